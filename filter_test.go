package authreport

import (
	"strings"
	"testing"
)

func TestParseClause(t *testing.T) {
	for text, want := range map[string]Clause{
		"domain is example.org":          {"domain", "is", "example.org"},
		"domain is not BÜCHER.example":   {"domain", "is not", "xn--bcher-kva.example"},
		"Sender  starts with  printer-":  {"sender", "starts with", "printer-"},
		`sender is "john doe"@x.example`: {"sender", "is", `"john doe"@x.example`},
		"sender is is not":               {"sender", "is", "is not"},
		"sender contains and":            {"sender", "contains", "and"},
		"messages > 100":                 {"messages", ">", "100"},
		"messages < +5":                  {"messages", "<", "5"},
		"messages is 0":                  {"messages", "is", "0"},
		"tls1.0 SHARE > 2.5 %":           {"TLS1.0 share", ">", "2.5"},
		"none share is 100%":             {"none share", "is", "100"},
		"legacy share > 0":               {"legacy share", ">", "0"},
		"change is Gone":                 {"change", "is", "gone"},
	} {
		if got, err := ParseClause(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                        "must begin with one of sender, domain, messages, TLS1.3 share,",
		"senders is x":            "must begin with one of",
		"TLS1.0 > 0":              "must begin with one of",
		"messages starts with 1":  "must compare messages by <, >, is, is not",
		"messages":                "must compare messages by",
		"sender > 1":              "must compare sender by contains, ends with, is, is not, starts with",
		"change > 1":              "must compare change by is, is not",
		"sender isx":              "must compare sender by",
		"messages<5":              "must begin with one of",
		"sender is":               "must compare sender with some text",
		"messages > many":         "must compare messages with a whole number such as 100",
		"messages > -1":           "must compare messages with a whole number",
		"messages > 1.5":          "must compare messages with a whole number",
		"TLS1.3 share > 101":      "must compare a share with a percentage from 0 to 100",
		"TLS1.3 share < NaN":      "must compare a share with a percentage",
		"unknown share is little": "must compare a share with a percentage",
		"change is sideways":      "must compare change with new, gone, up, down, unchanged",
	} {
		if got, err := ParseClause(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want the error %q", text, got, err, want)
		}
	}
}
