package render

import (
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

// Steps names in English what was done, each step in words.
func (x Reduced) Steps() (steps []string) {
	l, err := in(forPrograms)
	if err != nil {
		return nil
	}
	return l.steps(x)
}

func (l *language) steps(x Reduced) (steps []string) {
	for _, step := range []struct {
		taken bool
		key   string
		n     int
	}{
		{x.ZippedPage, "page_zipped", 0},
		{x.ZippedExports, "exports_zipped", 0},
		{x.NoExports, "no_exports", 0},
		{x.PageSenders > 0, "page_senders", x.PageSenders},
		{x.NoPage, "no_page", 0},
		{x.Book.NoClients, "book_sheets", 0},
		{x.Book.Rows > 0, "book_rows", x.Book.Rows},
		{x.NoBook, "no_book", 0},
		{x.Plain, "plain", 0},
	} {
		if step.taken {
			steps = append(steps, l.text("reduced."+step.key, "n", l.number(int64(step.n)), "clients", l.text("sheet.clients"), "daily", l.text("sheet.daily_by_domain")))
		}
	}
	return steps
}

// reduced says it all in sentences; empty if nothing was done.
func (l *language) reduced(x Reduced, r *report.Report) string {
	steps := strings.Join(l.steps(x), "; ")
	if steps == "" {
		return ""
	}
	text := l.text("reduced.why", "steps", steps)
	if x.Limit > 0 {
		text = l.text("reduced.why_limit", "limit", l.bytesInWords(x.Limit), "steps", steps)
	}
	whole := x
	whole.Limit, whole.ZippedPage, whole.ZippedExports = 0, false, false
	if whole == (Reduced{}) {
		return text
	}
	asked := Notice{Report: r.Request.Name, Range: r.Request.Range, Domains: r.Request.Domains}
	return text + " " + l.text("reduced.everything", "command", "authreport"+asked.arguments()+" --out FOLDER")
}

// bytesInWords gives a size as "10.2 MB" or "95 kB", cut off and never rounded up; a MB is a million bytes.
func (l *language) bytesInWords(n int64) string {
	if n < 1_000_000 {
		return l.number(n/1000) + " kB"
	}
	return l.decimal(float64(n/100_000)/10) + " MB"
}

// pageInWords says what the attached page has.
func (l *language) pageInWords(x Reduced) string {
	if x.PageSenders > 0 {
		return l.text("mail.page_cut", "n", l.number(int64(x.PageSenders)))
	}
	return l.text("mail.page")
}

// bookInWords says what the attached workbook has.
func (l *language) bookInWords(x Reduced) string {
	switch {
	case x.Book.Rows > 0:
		return l.text("mail.workbook_rows", "n", l.number(int64(x.Book.Rows)))
	case x.Book.NoClients:
		return l.text("mail.workbook_sheets")
	}
	return l.text("mail.workbook")
}
