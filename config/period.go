package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"authreport"
)

// Period is a range of whole days told by its place before a day: complete days, the last of them the day before.
type Period struct {
	text    string
	n       int // units; 0: this one, as far as it has come
	unit    string
	maxDays int
}

var (
	lastSevenDays = Period{text: "last 7 days", n: 7, unit: "day", maxDays: 7}
	periodForm    = regexp.MustCompile(`^(?:yesterday|(this) (week|month|year)|last (?:([1-9][0-9]{0,3}) )?(day|week|month|year)s?)$`)
	unitDays      = map[string]int{"day": 1, "week": 7, "month": 31, "year": 366}
)

// ParsePeriod reads "yesterday", "last N days", "last week" or "last N weeks" (Monday to Sunday), "last month" or "last N months", "last year", and
// "this week", "this month" or "this year": what of them is complete, or the one before if nothing is.
func ParsePeriod(text string) (Period, error) {
	words := strings.ToLower(strings.Join(strings.Fields(text), " "))
	m := periodForm.FindStringSubmatch(words)
	switch {
	case m == nil:
		return Period{}, errors.New(`must be a period such as "last 7 days", "yesterday", "last week", "this month" or "last month"`)
	case words == "yesterday":
		return Period{words, 1, "day", 1}, nil
	case m[1] != "":
		return Period{words, 0, m[2], unitDays[m[2]]}, nil
	case m[3] == "":
		return Period{words, 1, m[4], unitDays[m[4]]}, nil
	}
	n, err := strconv.Atoi(m[3])
	if err != nil {
		return Period{}, err
	}
	return Period{words, n, m[4], n * unitDays[m[4]]}, nil
}

// String gives the period in words: "last 7 days".
func (p Period) String() string { return p.text }

// MaxDays is the most days that the period can have.
func (p Period) MaxDays() int { return p.maxDays }

// Range is the period's days as seen on the day today, which is not among them.
func (p Period) Range(today authreport.Day) authreport.Range {
	if p.n == 0 {
		if first := p.start(today, 0); first < today {
			return authreport.Range{First: first, Last: today - 1}
		}
		return authreport.Range{First: p.start(today, 1), Last: today - 1}
	}
	return authreport.Range{First: p.start(today, p.n), Last: p.start(today, 0) - 1}
}

// start is the first day of the unit n before the one that today is in.
func (p Period) start(today authreport.Day, n int) authreport.Day {
	date := today.UTC()
	switch p.unit {
	case "week": // from Monday (ISO 8601)
		return today - authreport.Day((int(today.Weekday())+6)%7+7*n)
	case "month":
		return authreport.NewDay(date.Year(), date.Month()-time.Month(n), 1)
	case "year":
		return authreport.NewDay(date.Year()-n, time.January, 1)
	}
	return today - authreport.Day(n)
}
