package render

import (
	"fmt"
	"strconv"
	"strings"

	"authreport/report"
)

// Reduced is what a report's mail has less than it was to have, so that it is not larger than it may be. The zero Reduced: nothing.
type Reduced struct {
	Limit         int64   // bytes that the mail may have; 0: nobody knows
	ZippedPage    bool    // it was to be attached as it is
	ZippedExports bool    // the files for programs, each in a zip file
	NoExports     bool    // they are left out
	PageSenders   int     // that the page lists; 0: all
	NoPage        bool    // it is left out
	Book          BookCut // of the workbook
	NoBook        bool    // it is left out
	Plain         bool    // the mail is its plain text alone
}

// Steps names what was done, each step in words.
func (x Reduced) Steps() (steps []string) {
	for _, step := range []struct {
		taken bool
		words string
	}{
		{x.ZippedPage, "the page is zipped"},
		{x.ZippedExports, "the files for programs are zipped"},
		{x.NoExports, "the files for programs (CSV, JSON) are left out"},
		{x.PageSenders > 0, "the page lists the busiest " + number(int64(x.PageSenders)) + " senders alone"},
		{x.NoPage, "the page is left out"},
		{x.Book.NoClients, "the workbook is without the sheets Clients and Daily by domain"},
		{x.Book.Rows > 0, "the workbook’s tables end after their first " + number(int64(x.Book.Rows)) + " rows"},
		{x.NoBook, "the workbook is left out"},
		{x.Plain, "HTML and picture are left out"},
	} {
		if step.taken {
			steps = append(steps, step.words)
		}
	}
	return steps
}

// note says it all in sentences; empty if nothing was done.
func (x Reduced) note(r *report.Report) string {
	steps := x.Steps()
	if len(steps) == 0 {
		return ""
	}
	limit := ""
	if x.Limit > 0 {
		limit = " (" + bytesInWords(x.Limit) + ")"
	}
	text := "So that this mail is not larger than the mail server takes" + limit + ": " + strings.Join(steps, "; ") + "."
	whole := x
	whole.Limit, whole.ZippedPage, whole.ZippedExports = 0, false, false
	if whole == (Reduced{}) {
		return text
	}
	asked := Notice{Report: r.Request.Name, Range: r.Request.Range, Domains: r.Request.Domains}
	return text + " Whoever runs authreport has everything by: authreport" + asked.arguments() + " --out FOLDER"
}

// bytesInWords gives a size as "10.2 MB" or "95 kB", cut off and never rounded up; a MB is a million bytes.
func bytesInWords(n int64) string {
	if n < 1_000_000 {
		return strconv.FormatInt(n/1000, 10) + " kB"
	}
	return fmt.Sprintf("%d.%d MB", n/1_000_000, n/100_000%10)
}

// pageInWords says what the attached page has.
func (x Reduced) pageInWords() string {
	if x.PageSenders > 0 {
		return "the interactive page, with the busiest " + number(int64(x.PageSenders)) + " senders, filters and days before these."
	}
	return "the interactive page, with every sender, filters and days before these."
}

// bookInWords says what the attached workbook has.
func (x Reduced) bookInWords() string {
	switch {
	case x.Book.Rows > 0:
		return "the workbook, with the first " + number(int64(x.Book.Rows)) + " rows of each table."
	case x.Book.NoClients:
		return "the workbook, with every sender and account."
	}
	return "the workbook, with every sender, account and client."
}
