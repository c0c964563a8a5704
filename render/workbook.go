package render

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"authreport"
	"authreport/report"
)

// Workbook writes the report as a workbook (Office Open XML, ISO/IEC 29500): Summary with charts, then a sheet for each table with all of its rows.
// A table with more rows than a sheet can have (1,048,576) goes on in a second one, "Clients 2". Cells hold numbers, days and text, never formulas.
// Rows are written as they come, and none are held.
func Workbook(w io.Writer, r *report.Report) error { return CutWorkbook(w, r, BookCut{}) }

// CutWorkbook writes a workbook without some of its rows. Its summary is that of the whole one, and says what is left out.
func CutWorkbook(w io.Writer, r *report.Report, cut BookCut) error {
	l, err := languageOf(r)
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if err := l.writeWorkbook(w, r, excelize.TotalRows, cut); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// writeWorkbook writes a workbook whose sheets have at most rows rows, heading included; at least 2.
func (l *language) writeWorkbook(w io.Writer, r *report.Report, rows int, cut BookCut) (err error) {
	b, err := l.newBook(rows, r)
	if err != nil {
		return err
	}
	b.cut = cut
	defer func() {
		if closed := b.file.Close(); err == nil {
			err = closed
		}
	}()
	if err := writeSummary(b, r); err != nil {
		return err
	}
	if err := writeTables(b, r); err != nil {
		return err
	}
	return b.write(w)
}

func writeTables(b *book, r *report.Report) error {
	l, versions := b.language, shownVersions(r.Summary.TLS)
	bySender := versionColumns(l, versions, func(s *report.Sender) *authreport.TLSCounts { return &s.TLS })
	byDomain := versionColumns(l, versions, func(d *report.Domain) *authreport.TLSCounts { return &d.TLS })
	senders, accounts := r.Summary.Senders.Value, r.Summary.Accounts.Value
	for _, add := range []func() error{
		func() error { return addRanked(b, "volume", senderColumns, senders, r.Senders()) },
		func() error {
			return addRanked(b, "tls", slices.Concat(tlsColumns, bySender), senders, r.Senders())
		},
		func() error { return addRanked(b, "accounts", accountColumns, accounts, r.Accounts()) },
		func() error { return addList(b, "domains", slices.Concat(domainColumns, byDomain), few(b, r.Domains)) },
		func() error { return addList(b, dailySheet, l.dailyColumns(r), r.Summary.Days) },
		func() error {
			domains := b.cut.domains(r)
			return b.unless(b.cut.NoClients, func() error {
				return addTable(b, "daily_by_domain", domainDayColumns, count(domainDays(r, domains)), domainDays(r, domains))
			})
		},
		func() error {
			return b.unless(b.cut.NoClients, func() error { return addRanked(b, "clients", clientColumns, int64(r.ClientCount()), r.Clients()) })
		},
		func() error { return addList(b, "unusual", unusualColumns, few(b, r.Unusual)) },
		func() error {
			return addTable(b, "legacy", dependentColumns, dependentCount(r, b.cut.Rows), dependents(r, b.cut.Rows))
		},
		func() error { return addList(b, burnDownSheet, l.burnDownColumns(r), slices.Collect(burnDownDays(r))) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// addList adds a table of rows that are in memory.
func addList[T any](b *book, key string, all []column[T], rows []T) error {
	return addTable(b, key, all, int64(len(rows)), slices.Values(rows))
}

// addTable adds a table with filter buttons, on as many sheets as it needs; the name is that of its key under sheet in the catalogues. Its rows, so many of them, are written when the book is.
func addTable[T any](b *book, key string, all []column[T], count int64, rows iter.Seq[T]) error {
	name := b.sheetName(key)
	columns := slices.DeleteFunc(slices.Clone(all), func(c column[T]) bool { return c.Kind.compares() && !b.compares })
	heads := make([]head, len(columns))
	for i, c := range columns {
		heads[i] = head{c.title(b.language), c.Kind, c.Width}
	}
	most := int64(b.rows - 1)
	var parts []string
	for left := count; left > 0 || len(parts) == 0; left -= most {
		title := name
		if len(parts) > 0 {
			title += " " + strconv.Itoa(len(parts)+1)
		}
		s, err := b.openTable(title, heads)
		if err != nil {
			return err
		}
		if err := s.closeTable(heads, int(min(left, most))); err != nil {
			return err
		}
		parts = append(parts, s.part)
	}
	b.tables = append(b.tables, bookTable{parts, func(z *bookZip) error {
		t := tableWriter{zip: z, heads: heads, styles: b.cells[:], parts: parts, most: b.rows}
		written := int64(0)
		for row := range rows {
			if err := t.begin(); err != nil {
				return err
			}
			for i, c := range columns {
				t.add(i, c.Value(b.language, &row))
			}
			if err := t.endRow(); err != nil {
				return err
			}
			written++
		}
		if written != count {
			return fmt.Errorf("table %s has %d rows, and was to have %d", name, written, count)
		}
		return t.end()
	}})
	return nil
}

const (
	dailySheet    = "daily"         // the charts take the days from it
	burnDownSheet = "legacy_by_day" // the same
	headingLength = 60              // characters of a domain in a heading; Excel takes 255 in a table's
)

// dailyColumns are the columns of the days: their TLS versions, and the domains that the charts tell apart. A domain's name gets a number where another
// column has it already: Excel repairs a table whose headings are the same but for their case.
func (l *language) dailyColumns(r *report.Report) []column[report.Day] {
	columns := slices.Concat(dayColumns, versionCounts(l, shownVersions(r.Summary.TLS), func(d *report.Day) *authreport.TLSCounts { return &d.TLS }))
	taken := make(map[string]bool)
	for _, c := range columns {
		taken[strings.ToLower(c.title(l))] = true
	}
	first := r.Request.Range.First
	for _, layer := range l.domainLayers(r) {
		name := shorten(layer.name, headingLength)
		title := name
		for n := 2; taken[strings.ToLower(title)]; n++ {
			title = name + " " + strconv.Itoa(n)
		}
		taken[strings.ToLower(title)] = true
		columns = append(columns, column[report.Day]{Title: title, Kind: numberKind, Width: 20, Value: func(_ *language, d *report.Day) any { return layer.values[d.Day-first] }})
	}
	return columns
}

// domainLayers gives the busiest domains with their messages of each day, then all others as one if there are any.
func (l *language) domainLayers(r *report.Report) []series {
	var layers []series
	groups := l.domainGroups(r)
	for i, d := range r.Domains {
		at := min(i, len(groups)-1)
		if at == len(layers) {
			layers = append(layers, series{name: groups[at].Name, colour: groups[at].Colour, values: make([]int64, len(d.Days))})
		}
		for day, n := range d.Days {
			layers[at].values[day] += n
		}
	}
	return layers
}

// count counts rows.
func count[T any](rows iter.Seq[T]) (n int64) {
	for range rows {
		n++
	}
	return n
}

// domainDays gives the days and domains that have messages, day by day.
func domainDays(r *report.Report, domains []report.Domain) iter.Seq[domainDay] {
	return func(yield func(domainDay) bool) {
		for i, day := range r.Summary.Days {
			for _, d := range domains {
				if n := d.Days[i]; n > 0 && !yield(domainDay{day.Day, d.Name, n}) {
					return
				}
			}
		}
	}
}

// dependents gives the accounts of every dependence, kind by kind, of each at most so many; 0: all.
func dependents(r *report.Report, most int) iter.Seq[dependent] {
	return func(yield func(dependent) bool) {
		for _, d := range r.Dependences {
			all := r.Dependents(d.Kind)
			if most > 0 {
				all = atMost(all, most)
			}
			for one := range all {
				if !yield(dependent{one, d.Kind}) {
					return
				}
			}
		}
	}
}

// dependentCount is how many of them there are.
func dependentCount(r *report.Report, most int) (n int64) {
	for _, d := range r.Dependences {
		if most > 0 {
			n += min(d.Accounts.Value, int64(most))
		} else {
			n += d.Accounts.Value
		}
	}
	return n
}

// burnDownDays gives the days of the burn-down, ascending.
func burnDownDays(r *report.Report) iter.Seq[burnDownDay] {
	return func(yield func(burnDownDay) bool) {
		for i, first := range r.Dependences[0].Days {
			day := burnDownDay{Day: first.Day}
			for _, d := range r.Dependences {
				day.Kinds = append(day.Kinds, d.Days[i])
			}
			if !yield(day) {
				return
			}
		}
	}
}
