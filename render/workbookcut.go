package render

import (
	"iter"

	"authreport/report"
)

// BookCut is what a workbook leaves out. The zero BookCut: nothing.
type BookCut struct {
	NoClients bool // the sheets Clients and Daily by domain, which are the longest
	Rows      int  // of other tables than those of days, rows beyond so many: the busiest stay, of unusual activity the gravest; 0: none
}

// cutNotice says what is left out; empty if nothing is.
func (l *language) cutNotice(c BookCut) string {
	switch {
	case c.Rows > 0:
		return l.text("workbook.cut_rows", "rows", l.number(int64(c.Rows)))
	case c.NoClients:
		return l.text("workbook.cut_sheets", "clients", l.text("sheet.clients"), "daily", l.text("sheet.daily_by_domain"))
	}
	return ""
}

// domains gives the domains whose days are listed: as many as fit into the rows, the busiest.
func (c BookCut) domains(r *report.Report) []report.Domain {
	if c.Rows == 0 {
		return r.Domains
	}
	return r.Domains[:min(len(r.Domains), max(1, c.Rows/r.Request.Range.Days()))]
}

// unless does something if it is not left out.
func (b *book) unless(leftOut bool, do func() error) error {
	if leftOut {
		return nil
	}
	return do()
}

// few gives those rows that a list keeps.
func few[T any](b *book, rows []T) []T {
	if b.cut.Rows == 0 {
		return rows
	}
	return rows[:min(len(rows), b.cut.Rows)]
}

// addRanked adds a table whose first rows are those that it keeps.
func addRanked[T any](b *book, key string, all []column[T], count int64, rows iter.Seq[T]) error {
	if most := b.cut.Rows; most > 0 && count > int64(most) {
		count, rows = int64(most), atMost(rows, most)
	}
	return addTable(b, key, all, count, rows)
}
