package render

import (
	"fmt"
	"strings"

	"authreport"
	"authreport/report"
)

// The words of data quality: the same on the page, in the mail and in the workbook.

// sourceRow is what was read of one source, in words.
type sourceRow struct {
	Name, Days, Read, NotUnderstood, First, Last, Example string
	Sum                                                   string // "5,451 lines of 7 days"
}

// sourceRows gives what was read of each source.
func sourceRows(r *report.Report) []sourceRow {
	var rows []sourceRow
	for _, s := range r.Quality.Sources {
		row := sourceRow{
			Name: visible(s.Source), Days: number(int64(s.Days)), Read: number(s.Read), NotUnderstood: number(s.NotUnderstood),
			First: noFigure, Last: noFigure, Example: visible(s.Example),
			Sum: counted(s.Read, "line", "lines") + " of " + counted(int64(s.Days), "day", "days"),
		}
		if !s.First.IsZero() {
			row.First, row.Last = clock(s.First, r.Request.Zone), clock(s.Last, r.Request.Zone)
		}
		rows = append(rows, row)
	}
	return rows
}

// partialNotice says why the range is not wholly covered; empty if it is.
func partialNotice(r *report.Report) string {
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
	unread := ""
	for _, run := range r.Quality.FailedRuns { // those of a source follow each other
		if run.Kind == authreport.ReadingRun && run.Name != unread {
			unread = run.Name
			reasons = append(reasons, "not all logs of the source "+visible(unread)+" could be read")
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

// failedRow is a run that failed, in words.
type failedRow struct {
	What, When, Fault string // Fault is empty where the reader is not to know it
}

// failedRows gives the runs that failed, at most limit.
func failedRows(r *report.Report, limit int) []failedRow {
	var rows []failedRow
	for _, run := range r.Quality.FailedRuns[:min(len(r.Quality.FailedRuns), limit)] {
		row := failedRow{"Report " + visible(run.Name), noFigure, visible(run.Fault)}
		if run.Kind == authreport.ReadingRun {
			row.What, row.When = "Source "+visible(run.Name), "last look at its logs"
		} else if !run.Due.IsZero() {
			row.When = "due " + clock(run.Due, r.Request.Zone)
		}
		rows = append(rows, row)
	}
	return rows
}

// failedRuns is how many runs failed.
func failedRuns(r *report.Report) int64 { return r.Quality.FailedReadings + r.Quality.FailedReports }

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

// qualityNotices is the data quality in sentences.
func qualityNotices(r *report.Report) []string {
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
	for _, g := range r.Quality.Gaps {
		notes = append(notes, fmt.Sprintf("%s in the logs of %s: %s. %s", counted(g.Count, "submission or attempt", "submissions or attempts"), visible(strings.Join(g.Sources, ", ")), g.Missing, g.Remedy))
	}
	if days := r.Quality.DaysWithoutLines; len(days) > 0 {
		notes = append(notes, "No line was read of "+daysInWords(days)+".")
	} else {
		notes = append(notes, "Every day has lines.")
	}
	for _, more := range []struct {
		n               int64
		one, many, text string
	}{
		{repeats, "“last message repeated” notice", "“last message repeated” notices", ", whose content is lost."},
		{guessed, "line", "lines", " whose stamp has no year, so that it was inferred."},
		{steps, "time", "times", " the log’s clock went back by more than a minute."},
		{r.Quality.FailedReadings, "log", "logs", " could not be read wholly when logs were last looked at."},
		{r.Quality.FailedReports, "report", "reports", " due in these days failed."},
	} {
		if more.n > 0 {
			notes = append(notes, counted(more.n, more.one, more.many)+more.text)
		}
	}
	return notes
}
