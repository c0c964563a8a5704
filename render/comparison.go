package render

import "authreport/report"

// The words of a comparison with the period before: the same on the page, in the mail and in the workbook.

// noEarlier stands where a comparison would, if the period before was not wholly read.
const noEarlier = "no earlier period to compare with"

// compared says what the changes of a summary are against.
func compared(s report.Summary) string {
	if !s.BeforeComplete {
		return noEarlier
	}
	return "compared with " + dates(s.Before)
}

// changeOf gives the change of a summary's figure, nothing where the period before was not wholly read.
func changeOf(s report.Summary, f report.Figure) string {
	if !s.BeforeComplete {
		return ""
	}
	return change(f)
}

// before says what a figure was, where the period before was wholly read.
func before(s report.Summary, f report.Figure) string {
	if !s.BeforeComplete {
		return ""
	}
	return number(f.Before) + " before"
}

// legacyChange gives the change of legacy TLS's share of the messages in points, nothing where the period before was not wholly read.
func legacyChange(s report.Summary) string {
	if !s.BeforeComplete {
		return ""
	}
	return points(s.Legacy, s.Messages)
}
