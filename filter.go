package authreport

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Filter is clauses under a name, which the report's page offers: a sender is shown if all of them hold for it.
type Filter struct {
	Name    string
	Clauses []Clause // at least one
}

// Clause is one condition on a sender over the days that the reader of the page chose, such as "TLS1.0 share > 0". Only the page's script judges by it.
type Clause struct {
	Field    string `json:"field"`    // one of ClauseFields
	Operator string `json:"operator"` // one of ClauseOperators of the field
	Value    string `json:"value"`    // text, not empty; a whole number; percent from 0 to 100; or one of ClauseChanges
}

// clauseKind is what values a field has, and so how it can be compared.
type clauseKind int

const (
	textClause clauseKind = iota
	countClause
	shareClause
	changeClause
)

// clauseKinds has the fields that are no shares.
var clauseKinds = map[string]clauseKind{"sender": textClause, "domain": textClause, "messages": countClause, "change": changeClause}

var (
	textOperators   = []string{"is not", "is", "starts with", "ends with", "contains"} // the longer before what it begins with
	numberOperators = []string{"is not", "is", ">", "<"}
	changeOperators = []string{"is not", "is"}
)

const shareSuffix = " share"

// ClauseFields gives the fields of clauses: sender (the sender address), domain, messages, the share of each TLS version and of legacy TLS in the sender's
// messages, and change against the period before.
func ClauseFields() []string {
	fields := []string{"sender", "domain", "messages"}
	for _, v := range TLSVersions() {
		fields = append(fields, v.String()+shareSuffix)
	}
	return append(fields, "legacy"+shareSuffix, "change")
}

// ClauseOperators gives the operators that a field can be compared with.
func ClauseOperators(field string) []string {
	switch kindOfClause(field) {
	case textClause:
		return textOperators
	case changeClause:
		return changeOperators
	case countClause, shareClause:
	}
	return numberOperators
}

// ClauseChanges gives the values of the field change: new (no messages in the period before), gone (no messages but in the period before), up, down, unchanged.
func ClauseChanges() []string { return []string{"new", "gone", "up", "down", "unchanged"} }

func kindOfClause(field string) clauseKind {
	if strings.HasSuffix(field, shareSuffix) {
		return shareClause
	}
	return clauseKinds[field]
}

// ParseClause reads "FIELD OPERATOR VALUE" in any case: "TLS1.0 share > 0", "domain is example.org", "sender starts with printer-". The value is all that
// follows the operator; a share may have a percent sign. The error is the rule that the text breaks.
func ParseClause(text string) (Clause, error) {
	fields := ClauseFields()
	for _, field := range fields {
		rest, found := cutWords(text, field)
		if !found {
			continue
		}
		operators := ClauseOperators(field)
		for _, operator := range operators {
			if value, found := cutWords(rest, operator); found {
				value, err := clauseValue(field, value)
				return Clause{field, operator, value}, err
			}
		}
		return Clause{}, fmt.Errorf("must compare %s by %s", field, strings.Join(slices.Sorted(slices.Values(operators)), ", "))
	}
	return Clause{}, errors.New("must begin with one of " + strings.Join(fields, ", "))
}

// cutWords takes words and the blank behind them off the beginning of text, whatever its case.
func cutWords(text, words string) (rest string, found bool) {
	text = strings.TrimLeft(text, " ")
	if len(text) < len(words) || !strings.EqualFold(text[:len(words)], words) {
		return text, false
	}
	rest = text[len(words):]
	if rest != "" && rest[0] != ' ' {
		return text, false
	}
	return strings.TrimSpace(rest), true
}

// clauseValue checks the value that a field is compared with and gives it as the page's script takes it.
func clauseValue(field, value string) (string, error) {
	switch kindOfClause(field) {
	case countClause:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return "", errors.New("must compare messages with a whole number such as 100")
		}
		value = strconv.FormatInt(n, 10)
	case shareClause:
		percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(value, "%")), 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return "", errors.New("must compare a share with a percentage from 0 to 100")
		}
		value = strconv.FormatFloat(percent, 'f', -1, 64)
	case changeClause:
		value = strings.ToLower(value)
		if !slices.Contains(ClauseChanges(), value) {
			return "", errors.New("must compare change with " + strings.Join(ClauseChanges(), ", "))
		}
	case textClause:
		if value == "" {
			return "", errors.New("must compare " + field + " with some text")
		}
		if field == "domain" {
			value = FoldDomain(value)
		}
	}
	return value, nil
}
