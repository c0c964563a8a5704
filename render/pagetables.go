package render

import (
	"fmt"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// pageTable is a plain table of the page, for viewers without JavaScript.
type pageTable struct {
	Title string
	Head  []string
	Rows  [][]string
	Note  string
}

// pageSource is one source's row in the page's data quality.
type pageSource struct{ Name, Days, Read, NotUnderstood, First, Last, Example string }

// staticSenders is how many senders the page lists without JavaScript.
const staticSenders = 50

func staticTables(r *report.Report) []pageTable {
	return []pageTable{staticDays(r), staticTLS(r), staticSendersTable(r)}
}

func staticDays(r *report.Report) pageTable {
	t := pageTable{Title: "Messages per day", Head: append([]string{"Day", "Messages", "Accounts"}, versionNames()...)}
	for _, d := range r.Summary.Days {
		row := []string{weekdate(d.Day), number(d.Messages), number(d.Accounts)}
		if !d.HasLines {
			row[0] += " (no line of the log was read)"
		}
		t.Rows = append(t.Rows, append(row, versionCells(d.TLS)...))
	}
	return t
}

func staticTLS(r *report.Report) pageTable {
	t := pageTable{Title: "Messages by TLS version", Head: []string{"TLS version", "Share", "Messages"}}
	for _, v := range authreport.TLSVersions() {
		t.Rows = append(t.Rows, []string{v.String(), percent(r.Summary.TLS[v], r.Summary.TLS.Total()), number(r.Summary.TLS[v])})
	}
	return t
}

func staticSendersTable(r *report.Report) pageTable {
	shown := whole(slices.Concat(senderColumns, versionCounts(shownVersions(r.Summary.TLS), func(s *report.Sender) *authreport.TLSCounts { return &s.TLS })), r.Summary)
	t := pageTable{Title: "Senders", Head: titlesOf(shown, 0).Titles}
	for s := range r.Senders() {
		if len(t.Rows) == staticSenders {
			break
		}
		var row []string
		for _, c := range shown {
			row = append(row, shownValue(c.Kind, c.Value(&s)))
		}
		t.Rows = append(t.Rows, row)
	}
	if all := r.Summary.Senders.Value; all > int64(len(t.Rows)) {
		t.Note = fmt.Sprintf("The busiest %d of %s senders. Scripts are needed to see the others here; the workbook has all.", len(t.Rows), number(all))
	}
	return t
}

func versionNames() []string {
	var names []string
	for _, v := range authreport.TLSVersions() {
		names = append(names, v.String())
	}
	return names
}

func versionCells(counts authreport.TLSCounts) []string {
	var cells []string
	for _, v := range authreport.TLSVersions() {
		cells = append(cells, number(counts[v]))
	}
	return cells
}

func pageSources(r *report.Report) []pageSource {
	var rows []pageSource
	for _, s := range r.Quality.Sources {
		row := pageSource{
			Name: visible(s.Source), Days: number(int64(s.Days)), Read: number(s.Read), NotUnderstood: number(s.NotUnderstood),
			First: noFigure, Last: noFigure, Example: visible(s.Example),
		}
		if !s.First.IsZero() {
			row.First, row.Last = clock(s.First, r.Request.Zone), clock(s.Last, r.Request.Zone)
		}
		rows = append(rows, row)
	}
	return rows
}

// pagePartial says why the range is not wholly covered; empty if it is.
func pagePartial(r *report.Report) string {
	if !r.Quality.Partial {
		return ""
	}
	var reasons []string
	if days := r.Quality.DaysWithoutLines; len(days) > 0 {
		reasons = append(reasons, "no line of the log was read of "+daysInWords(days))
	}
	for _, source := range r.Quality.Sources {
		if source.Days == 0 && len(r.Quality.DaysWithoutLines) < r.Request.Range.Days() {
			reasons = append(reasons, "no line was read of the source "+visible(source.Source))
		}
	}
	if end := (r.Request.Range.Last + 1).Start(r.Request.Zone); r.Request.Now.Before(end) {
		reasons = append(reasons, date(r.Request.Range.Last)+" had not ended when this was made")
	}
	if len(reasons) == 0 {
		return "The logs do not cover all of these days."
	}
	text := strings.Join(reasons, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// daysInWords names up to seven days, or says how many there are and the first and last.
func daysInWords(days []authreport.Day) string {
	if len(days) > 7 {
		return fmt.Sprintf("%d days between %s and %s", len(days), date(days[0]), date(days[len(days)-1]))
	}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = date(d)
	}
	return strings.Join(names, ", ")
}

// pageQuality is the data quality in sentences.
func pageQuality(r *report.Report) []string {
	var lines, bad, repeats, guessed, steps int64
	for _, s := range r.Quality.Sources {
		lines += s.Read
		bad += s.NotUnderstood
		repeats += s.Repeats
		guessed += s.GuessedYears
		steps += s.ClockSteps
	}
	notes := []string{fmt.Sprintf("%s of %s read in these days; %s not understood.", counted(lines, "line", "lines"), counted(int64(len(r.Quality.Sources)), "source", "sources"), number(bad))}
	if n := r.Quality.UnknownTLS; n > 0 {
		notes = append(notes, fmt.Sprintf("%s with unknown TLS version (%s): the log does not tell it.", counted(n, "message", "messages"), percent(n, r.Summary.Messages.Value)))
	}
	if days := r.Quality.DaysWithoutLines; len(days) > 0 {
		notes = append(notes, "No line was read of "+daysInWords(days)+".")
	} else {
		notes = append(notes, "Every day has lines.")
	}
	for _, more := range []struct {
		n    int64
		text string
	}{
		{repeats, "“last message repeated” notices, whose content is lost"},
		{guessed, "lines whose stamp has no year, so that it was inferred"},
		{steps, "times the log’s clock went back by more than a minute"},
	} {
		if more.n > 0 {
			notes = append(notes, number(more.n)+" "+more.text+".")
		}
	}
	return notes
}
