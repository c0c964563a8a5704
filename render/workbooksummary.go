package render

import (
	"cmp"
	"fmt"

	"github.com/xuri/excelize/v2"

	"authreport/report"
)

// The columns of the summary: what, value, before, change, share of the messages. Charts stand to the right of them.
var (
	summaryWidths = []float64{40, 15, 15, 15, 20, 3}
	summaryKinds  = []kind{textKind, numberKind, numberKind, changeKind, shareKind, textKind}
	sourceKinds   = []kind{textKind, numberKind, numberKind, numberKind, timeKind}
)

// summary is the first sheet being written.
type summary struct {
	*sheet
	report                                   *report.Report
	title, subtitle, quiet, warning, section int // styles
	wrapped                                  int
	headLeft, headRight                      int
	tlsFirst, tlsLast                        int // rows of the TLS versions
}

func writeSummary(b *book, r *report.Report) error {
	styles := make([]int, len(summaryKinds))
	for i, k := range summaryKinds {
		styles[i] = b.cells[k]
	}
	opened, err := b.open(b.sheetName("summary"), summaryWidths, styles, 0)
	if err != nil {
		return err
	}
	s := &summary{sheet: opened, report: r}
	for _, step := range []func() error{s.makeStyles, s.heading, s.figures, s.versions, s.quality, s.sources, s.failed, s.charts, s.logo} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.close()
}

func (s *summary) makeStyles() error {
	for _, style := range []struct {
		to    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: font(18, true, s.book.language.heading())}},
		{&s.subtitle, excelize.Style{Font: font(12, false, "")}},
		{&s.quiet, excelize.Style{Font: font(11, false, quietColour)}},
		{&s.warning, excelize.Style{Font: font(11, true, warningColour), Fill: fill(warningFill), Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}},
		{&s.wrapped, excelize.Style{Font: font(11, false, quietColour), Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&s.section, excelize.Style{Font: font(13, true, s.book.language.heading())}},
		{&s.headLeft, excelize.Style{Font: font(11, true, "#ffffff"), Fill: fill(s.book.language.heading())}},
		{&s.headRight, excelize.Style{Font: font(11, true, "#ffffff"), Fill: fill(s.book.language.heading()), Alignment: &excelize.Alignment{Horizontal: "right"}}},
	} {
		var err error
		if *style.to, err = s.book.file.NewStyle(&style.style); err != nil {
			return err
		}
	}
	return nil
}

// line writes a row of one text that runs over the columns to its right.
func (s *summary) line(style int, text string, options ...excelize.RowOpts) error {
	return s.add([]any{excelize.Cell{StyleID: style, Value: cellText(text)}}, options...)
}

// blank leaves a row empty.
func (s *summary) blank() { s.rows++ }

// merged writes a row of one text that may need several lines, in one cell over all columns of the tables.
func (s *summary) merged(style int, text string) error {
	const perLine = 90 // characters that the columns hold with a wide font
	if err := s.line(style, text, excelize.RowOpts{Height: rowHeight * float64(1+len(text)/perLine)}); err != nil {
		return err
	}
	return s.stream.MergeCell(fmt.Sprintf("A%d", s.rows), fmt.Sprintf("E%d", s.rows))
}

// head writes the headings of a table by their keys, the first on the left, others above their numbers.
func (s *summary) head(keys ...string) error {
	cells := make([]any, len(keys))
	for i, key := range keys {
		style := s.headRight
		if i == 0 {
			style = s.headLeft
		}
		cells[i] = excelize.Cell{StyleID: style, Value: s.book.language.text("column." + key)}
	}
	return s.add(cells)
}

// values writes a row of a table.
func (s *summary) values(values ...any) error {
	for i := range values {
		values[i] = cellValue(values[i])
	}
	return s.add(values)
}

func (s *summary) heading() error {
	r, l := s.report, s.book.language
	if partial := l.partialNotice(r); partial != "" {
		if err := s.merged(s.warning, l.text("partial.mark")+" "+partial); err != nil {
			return err
		}
	}
	if cut := l.cutNotice(s.book.cut); cut != "" {
		if err := s.merged(s.warning, cut); err != nil {
			return err
		}
	}
	if err := s.line(s.title, l.mailTitle(r), excelize.RowOpts{Height: 28}); err != nil {
		return err
	}
	days := l.counted("day", int64(r.Request.Range.Days()))
	if err := s.line(s.subtitle, l.text("workbook.range", "dates", l.dates(r.Request.Range), "days", days, "zone", r.Request.Zone.String()), excelize.RowOpts{Height: 20}); err != nil {
		return err
	}
	if err := s.line(s.quiet, l.text("workbook.made", "time", l.clock(r.Request.Now, r.Request.Zone))); err != nil {
		return err
	}
	if err := s.merged(s.wrapped, capital(cmp.Or(l.mailScope(r), l.text("page.all_domains")))); err != nil {
		return err
	}
	s.blank()
	return nil
}

// figure writes a headline figure, with its share of the messages if it is a part of them.
func (s *summary) figure(of report.Summary, name string, f report.Figure, share bool) error {
	values := []any{name, f.Value, nil, nil, nil}
	if of.BeforeComplete {
		values[2], values[3] = f.Before, s.book.language.changeValue(f)
	}
	if share {
		values[4] = shareValue(f.Value, of.Messages.Value)
	}
	return s.values(values...)
}

func (s *summary) figures() error {
	l, week, all := s.book.language, s.report.Week, s.report.Summary
	if err := s.line(s.section, l.text("section.figures")); err != nil {
		return err
	}
	for _, note := range []string{l.text("workbook.week", "dates", l.dates(week.Range), "compared", l.compared(week)), l.text("workbook.whole", "compared", l.compared(all))} {
		if err := s.line(s.quiet, note); err != nil {
			return err
		}
	}
	if err := s.head("figure", "value", "before", "change", "of_messages"); err != nil {
		return err
	}
	if err := s.figure(week, l.text("figure.week_accounts"), week.Accounts, false); err != nil {
		return err
	}
	for _, f := range []struct {
		name   string
		figure report.Figure
		share  bool
	}{
		{l.text("column.messages"), all.Messages, false},
		{l.text("column.recipients"), all.Recipients, false},
		{l.text("column.sender_addresses"), all.Senders, false},
		{l.text("column.accounts"), all.Accounts, false},
		{l.text("column.client_addresses"), all.Addresses, false},
		{l.text("figure.legacy"), all.Legacy, true},
		{l.text("figure.legacy_accounts"), all.LegacyAccounts, false},
		{l.text("figure.no_tls"), all.NoTLS, true},
		{l.text("figure.basic"), all.Basic, true},
		{l.failures(s.report), all.Failures, false},
	} {
		if err := s.figure(all, f.name, f.figure, f.share); err != nil {
			return err
		}
	}
	s.blank()
	return nil
}

func (s *summary) versions() error {
	l, all := s.book.language, s.report.Summary
	used := all.TLS
	if all.BeforeComplete {
		used.Add(&all.TLSBefore)
	}
	if err := s.line(s.section, l.text("sheet.tls")); err != nil {
		return err
	}
	if err := s.head("tls_version", "messages", "before", "change", "of_messages"); err != nil {
		return err
	}
	s.tlsFirst = s.rows + 1
	for _, v := range shownVersions(used) {
		name := l.version(v)
		if v.Legacy() {
			name = l.text("tls.deprecated", "version", name)
		}
		if err := s.figure(all, name, report.Figure{Value: all.TLS[v], Before: all.TLSBefore[v]}, true); err != nil {
			return err
		}
	}
	s.tlsLast = s.rows
	s.blank()
	return nil
}

func (s *summary) quality() error {
	if err := s.line(s.section, s.book.language.text("section.quality")); err != nil {
		return err
	}
	for _, note := range s.book.language.qualityNotices(s.report) {
		if err := s.merged(s.wrapped, note); err != nil {
			return err
		}
	}
	s.blank()
	return nil
}

// sources tells what was read of each source, and shows the first line that was not understood.
func (s *summary) sources() error {
	if len(s.report.Quality.Sources) == 0 {
		return nil
	}
	if err := s.head("source", "days_with_lines", "lines", "not_understood", "last_line"); err != nil {
		return err
	}
	zone := s.report.Request.Zone
	for _, q := range s.report.Quality.Sources {
		cells := []any{visible(q.Source), int64(q.Days), q.Read, q.NotUnderstood, nil}
		if !q.Last.IsZero() {
			cells[4] = q.Last.In(zone)
		}
		for i := range cells {
			cells[i] = excelize.Cell{StyleID: s.book.cells[sourceKinds[i]], Value: cellValue(cells[i])}
		}
		if err := s.add(cells); err != nil {
			return err
		}
		if q.Example != "" {
			if err := s.merged(s.wrapped, s.book.language.text("workbook.example", "line", visible(q.Example))); err != nil {
				return err
			}
		}
	}
	return nil
}

// failed tells of the runs that failed.
func (s *summary) failed() error {
	rows := s.book.language.failedRows(s.report, report.MaxFailedRuns)
	if len(rows) == 0 {
		return nil
	}
	s.blank()
	if err := s.line(s.section, s.book.language.text("section.failed")); err != nil {
		return err
	}
	for _, row := range rows {
		if err := s.merged(s.wrapped, joined("; ", row.What+", "+row.When, row.Fault)); err != nil {
			return err
		}
	}
	return nil
}
