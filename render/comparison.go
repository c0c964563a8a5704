package render

import "authreport/report"

// Comparison with the period before: the same on the page, in the mail and in the workbook.

// compared says what the changes of a summary are against.
func (l *language) compared(s report.Summary) string {
	if !s.BeforeComplete {
		return l.text("compare.none")
	}
	return l.text("compare.with", "dates", l.dates(s.Before))
}

// changeOf gives the change of a summary's figure, nothing where the period before was not wholly read.
func (l *language) changeOf(s report.Summary, f report.Figure) string {
	if !s.BeforeComplete {
		return ""
	}
	return l.change(f)
}

// before says what a figure was, where the period before was wholly read.
func (l *language) before(s report.Summary, f report.Figure) string {
	if !s.BeforeComplete {
		return ""
	}
	return l.text("compare.before", "n", l.number(f.Before))
}

// legacyChange gives the change of legacy TLS's share of the messages in points, nothing where the period before was not wholly read.
func (l *language) legacyChange(s report.Summary) string {
	if !s.BeforeComplete {
		return ""
	}
	return l.points(s.Legacy, s.Messages)
}
