package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// TestEveryKindHasItsWords holds that every language has a name and words for whatever a report can have.
func TestEveryKindHasItsWords(t *testing.T) {
	for _, tag := range templates.Languages() {
		l, err := in(tag)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, kind := range report.UnusualKinds() {
			for _, part := range []string{"title", "within", "why"} {
				keys = append(keys, fmt.Sprintf("unusual.%s.%s", kind, part))
			}
			if text := l.unusualReason(report.Unusual{Kind: kind, Names: []string{"x"}, More: 2, With: report.UnusualKinds()}); strings.Contains(text, "{") || strings.Contains(text, "unusual.") {
				t.Errorf("%s: the reason of %s is %s", tag, kind, text)
			}
		}
		for _, kind := range []report.DependenceKind{report.LegacyTLS, report.NoTLS, report.BasicMechanisms} {
			keys = append(keys, "dependence."+string(kind)+".title", "dependence."+string(kind)+".what")
		}
		for _, gap := range authreport.Gaps() {
			keys = append(keys, "gap."+string(gap.Gap)+".missing", "gap."+string(gap.Gap)+".remedy")
		}
		for _, c := range pageCharts {
			keys = append(keys, "chart."+c.ID)
		}
		for _, trouble := range []Trouble{TroubleSource, TroubleReading, TroubleSchedules, TroubleRequests, TroublePruning, TroubleStore, TroubleConfiguration} {
			keys = append(keys, trouble.key("what"), trouble.key("remedy"))
		}
		for _, key := range keys {
			if !l.catalogue.Has(key) {
				t.Errorf("%s: %s is missing", tag, key)
			}
		}
		sheets := map[string]bool{}
		for key := range l.catalogue.Part("sheet") {
			name := l.text("sheet." + key)
			if sheets[strings.ToLower(name)] || utf8.RuneCountInString(name) > 28 || strings.ContainsAny(name, `[]:*?/\'`) {
				t.Errorf("%s: a sheet cannot be called %q", tag, name)
			}
			sheets[strings.ToLower(name)] = true
		}
	}
}

// TestGapsInEnglish: the English catalogue says of gaps what the command line says.
func TestGapsInEnglish(t *testing.T) {
	for _, g := range authreport.Gaps() {
		if got := [2]string{english.advice(g.Gap, "missing", ""), english.advice(g.Gap, "remedy", "")}; got != [2]string{g.Missing, g.Remedy} {
			t.Errorf("%s: %q, want that of gap.go", g.Gap, got)
		}
	}
}

// TestNotices goes through every notice in both languages: nothing is left to be filled in, and no key in place of its text.
func TestNotices(t *testing.T) {
	keys := regexp.MustCompile(`\{[a-z_]+\}|\b(?:notice|count|form)\.[a-z_]+`)
	for _, tag := range templates.Languages() {
		var all strings.Builder
		for _, trouble := range []Trouble{TroubleSource, TroubleReading, TroubleSchedules, TroubleRequests, TroublePruning, TroubleStore, TroubleConfiguration} {
			subject, text, err := Notice{Language: tag, Host: "mx1", Config: "config.yaml", Zone: time.UTC, Trouble: trouble, Source: "mx1", Fault: "EACCES"}.Mail()
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(subject + "\n" + text)
		}
		n := testNotice()
		n.Language, n.Fault = tag, "EACCES"
		n.Missed = []Missed{{Refused: true, Code: 550}, {Refused: true, Code: 550, Reply: "5.2.2"}, {Refused: true, Code: 550, Reply: "5.7.1"}, {Refused: true}, {TooLarge: true}, {Code: 535}, {Code: 450, Attempts: 2}, {Attempts: 1, Unsure: true}, {}}
		for _, n.Recipients = range []int{1, 100} {
			subject, text, err := n.Mail()
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(subject + "\n" + text)
		}
		if found := keys.FindAllString(all.String(), -1); found != nil {
			t.Errorf("%s: %v", tag, found)
		}
		if tag == "nl" {
			known := dutchWords(t)
			for _, word := range []string{"status", "check", "recipient", "etc"} { // of commands
				known[word] = true
			}
			if words := unknownWords(all.String(), known); len(words) > 0 {
				t.Errorf("not Dutch: %v", words)
			}
		}
	}
}
