package render

import (
	"strings"

	"authreport"
	"authreport/report"
)

// Data quality in words: the same on the page, in the mail and in the workbook.

// sourceRow is what was read of one source, in words.
type sourceRow struct {
	Name, Days, Read, NotUnderstood, First, Last, Example string
	Sum                                                   string // "5,451 lines of 7 days"
}

// sourceRows gives what was read of each source.
func (l *language) sourceRows(r *report.Report) []sourceRow {
	var rows []sourceRow
	for _, s := range r.Quality.Sources {
		row := sourceRow{
			Name: visible(s.Source), Days: l.number(int64(s.Days)), Read: l.number(s.Read), NotUnderstood: l.number(s.NotUnderstood),
			First: noFigure, Last: noFigure, Example: visible(s.Example),
			Sum: l.text("quality.lines_of_days", "lines", l.counted("line", s.Read), "days", l.counted("day", int64(s.Days))),
		}
		if !s.First.IsZero() {
			row.First, row.Last = l.clock(s.First, r.Request.Zone), l.clock(s.Last, r.Request.Zone)
		}
		rows = append(rows, row)
	}
	return rows
}

// partialNotice says why the range is not wholly covered; empty if it is.
func (l *language) partialNotice(r *report.Report) string {
	if !r.Quality.Partial {
		return ""
	}
	var reasons []string
	if days := r.Quality.DaysWithoutLines; len(days) > 0 {
		reasons = append(reasons, l.text("partial.days", "days", l.daysInWords(days)))
	}
	for _, source := range r.Quality.Sources {
		if source.Days == 0 && len(r.Quality.DaysWithoutLines) < r.Request.Range.Days() {
			reasons = append(reasons, l.text("partial.source", "source", visible(source.Source)))
		}
	}
	unread := ""
	for _, run := range r.Quality.FailedRuns { // those of a source follow each other
		if run.Kind == authreport.ReadingRun && run.Name != unread {
			unread = run.Name
			reasons = append(reasons, l.text("partial.unread", "source", visible(unread)))
		}
	}
	if end := (r.Request.Range.Last + 1).Start(r.Request.Zone); r.Request.Now.Before(end) {
		reasons = append(reasons, l.text("partial.not_over", "date", l.date(r.Request.Range.Last)))
	}
	if len(reasons) == 0 {
		return l.text("partial.unclear")
	}
	return capital(strings.Join(reasons, "; ")) + "."
}

// failedRow is a run that failed, in words.
type failedRow struct {
	What, When, Fault string // Fault is empty where the reader is not to know it
}

// failedRows gives the runs that failed, at most limit.
func (l *language) failedRows(r *report.Report, limit int) []failedRow {
	var rows []failedRow
	for _, run := range r.Quality.FailedRuns[:min(len(r.Quality.FailedRuns), limit)] {
		row := failedRow{l.text("failed.report", "name", visible(run.Name)), noFigure, visible(run.Fault)}
		if run.Kind == authreport.ReadingRun {
			row.What, row.When = l.text("failed.source", "name", visible(run.Name)), l.text("failed.last_look")
		} else if !run.Due.IsZero() {
			row.When = l.text("failed.due", "time", l.clock(run.Due, r.Request.Zone))
		}
		rows = append(rows, row)
	}
	return rows
}

// failedRuns is how many runs failed.
func failedRuns(r *report.Report) int64 { return r.Quality.FailedReadings + r.Quality.FailedReports }

// daysInWords names up to seven days, or says how many there are and the first and last.
func (l *language) daysInWords(days []authreport.Day) string {
	if len(days) > 7 {
		return l.text("quality.days_between", "days", l.counted("day", int64(len(days))), "first", l.date(days[0]), "last", l.date(days[len(days)-1]))
	}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = l.date(d)
	}
	return strings.Join(names, ", ")
}

// qualityNotices is the data quality in sentences.
func (l *language) qualityNotices(r *report.Report) []string {
	var lines, bad, repeats, guessed, steps int64
	for _, s := range r.Quality.Sources {
		lines += s.Read
		bad += s.NotUnderstood
		repeats += s.Repeats
		guessed += s.GuessedYears
		steps += s.ClockSteps
	}
	var notes []string
	if len(r.Request.Domains) == 0 {
		notes = append(notes, l.text("quality.read", "lines", l.counted("line", lines), "sources", l.counted("source", int64(len(r.Quality.Sources))), "bad", l.number(bad)))
	}
	if n := r.Quality.UnknownTLS; n > 0 {
		notes = append(notes, l.text("quality.unknown_tls", "messages", l.counted("message", n), "share", l.percent(n, r.Summary.Messages.Value)))
	}
	for _, g := range r.Quality.Gaps {
		notes = append(notes, l.text("quality.gap", "count", l.counted("submission_or_attempt", g.Count), "sources", visible(strings.Join(g.Sources, ", ")),
			"missing", l.advice(g.Gap, "missing", g.Missing), "remedy", l.advice(g.Gap, "remedy", g.Remedy)))
	}
	if days := r.Quality.DaysWithoutLines; len(days) > 0 {
		notes = append(notes, l.text("quality.silent", "days", l.daysInWords(days)))
	} else {
		notes = append(notes, l.text("quality.no_silence"))
	}
	for _, more := range []struct {
		key string
		n   int64
	}{{"repeats", repeats}, {"guessed_years", guessed}, {"clock_steps", steps}, {"failed_readings", r.Quality.FailedReadings}, {"failed_reports", r.Quality.FailedReports}} {
		if more.n > 0 {
			notes = append(notes, l.plural("quality."+more.key, more.n, "n", l.number(more.n)))
		}
	}
	return notes
}

// advice gives what a gap's missing or remedy is in words; a gap that the catalogue does not know tells it itself.
func (l *language) advice(gap authreport.Gap, part, itself string) string {
	if key := "gap." + string(gap) + "." + part; l.catalogue.Has(key) {
		return l.text(key)
	}
	return itself
}
