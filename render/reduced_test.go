package render

import (
	"strings"
	"testing"

	"authreport"
	"authreport/report"
)

// TestReduced holds that each step of making a mail smaller is named in both bodies, and that the mail does not say that something is attached whole that is not.
func TestReduced(t *testing.T) {
	r := mailed(t, office(30), 7, func(q *report.Request) {
		q.Domains = []string{"example1.org", "example2.org", "example3.org", "example4.org"}
	})
	const whole = "authreport --request weekly --from 2026-11-17 --to 2026-11-23 --domain example1.org --domain example2.org --domain example3.org --domain example4.org --out FOLDER"
	for _, test := range []struct {
		reduced   Reduced
		want, not []string
	}{
		{Reduced{}, []string{"with every sender, account and client."}, []string{"So that", "FOLDER"}},
		{Reduced{Limit: 10_240_000, ZippedPage: true}, []string{"than the mail server takes (10.2 MB): the page is zipped."}, []string{"FOLDER"}},
		{Reduced{Limit: 999_999, ZippedPage: true, ZippedExports: true}, []string{"(999 kB): the page is zipped; the files for programs are zipped."}, []string{"FOLDER"}},
		{Reduced{NoExports: true}, []string{"than the mail server takes: the files for programs (CSV, JSON) are left out.", whole}, nil},
		{Reduced{PageSenders: 1000}, []string{"the page lists the busiest 1,000 senders alone.", whole, "page, with the busiest 1,000 senders", "The workbook has all."}, []string{"page, with every"}},
		{Reduced{NoPage: true, Book: BookCut{NoClients: true}}, []string{"the page is left out; the workbook is without the sheets Clients and Daily by domain.", whole,
			"with every sender and account.", "The workbook has all."}, []string{"and client."}},
		{Reduced{Book: BookCut{Rows: 10}}, []string{"the workbook’s tables end after their first 10 rows.", whole, "with the first 10 rows of each table.", "The page has all."},
			[]string{"every sender, account", "The workbook has all."}},
		{Reduced{Book: BookCut{Rows: 10}, PageSenders: 10}, []string{"10 of 14 senders."}, []string{"has all."}},
		{Reduced{NoPage: true, NoBook: true, Plain: true}, []string{"the page is left out; the workbook is left out; HTML and picture are left out.", whole}, nil},
	} {
		_, seen, plain := bodies(t, r, MailFacts{AttachedPage: "page.zip", AttachedWorkbook: "workbook.xlsx", Reduced: test.reduced, Notes: []string{"It comes late."}})
		for what, text := range map[string]string{"HTML": seen, "text": strings.Join(strings.Fields(plain), " ")} {
			for _, want := range append(test.want, "It comes late.") {
				if !strings.Contains(text, want) {
					t.Errorf("%+v: %q is not in the %s:\n%.1500s", test.reduced, want, what, text)
				}
			}
			for _, not := range test.not {
				if strings.Contains(text, not) {
					t.Errorf("%+v: %q is in the %s", test.reduced, not, what)
				}
			}
		}
	}
}

// TestReducedCommand holds that the command in a mail stays one, whatever a one-off report is called.
func TestReducedCommand(t *testing.T) {
	r := mailed(t, office(1), 1, func(q *report.Request) { q.Name = "it's; rm -rf \u202e/" })
	note := english.reduced(Reduced{NoPage: true}, r)
	if want := `--request 'it'\''s; rm -rf \u202e/' --from ` + authreport.Day(companyLast).String(); !strings.Contains(note, want) {
		t.Errorf("the note is %s, want %s", note, want)
	}
}
