package render

import (
	"strings"

	"authreport/report"
)

// Subject is the subject of a report's mail: the title, and the sources that it covers. It says no range and no figure, so that it is the same for all mails
// of a series and mail programs thread them.
func Subject(r *report.Report) string {
	l, err := languageOf(r)
	if err != nil {
		return shorten(visible(r.Request.Title), 120) // the bodies tell the fault
	}
	title := l.mailTitle(r)
	switch n := len(r.Request.Sources); {
	case n == 0:
		return title
	case n > 3:
		return title + ": " + l.counted("source", int64(n))
	}
	names := make([]string, len(r.Request.Sources))
	for i, name := range r.Request.Sources {
		names[i] = shorten(visible(name), 40)
	}
	return title + ": " + strings.Join(names, ", ")
}

// title is the report's title, or what it is if it has none.
func (l *language) title(r *report.Report) string {
	switch {
	case r.Request.Title != "":
		return visible(r.Request.Title)
	case r.Request.Name != "":
		return l.text("report.title", "name", visible(r.Request.Name))
	}
	return l.text("report.untitled")
}

func (l *language) mailTitle(r *report.Report) string { return shorten(l.title(r), 120) }

// FileName is the name of a report's file with the extension ext, given without the dot before it ("microsoft.csv" has one within): "smtp-auth-clients-weekly-2026-11-17-to-2026-11-23.xlsx". It has
// lower-case ASCII letters, digits, hyphens and the dot alone, and is shorter than 100 characters. A CSV file has no line that could say that the data is partial: its name does.
func FileName(r *report.Report, ext string) string {
	name := slug(r.Request.Title, 50)
	if name == "" {
		name = slug("smtp-auth-clients-"+r.Request.Name, 50)
	}
	days := r.Request.Range.First.String()
	if r.Request.Range.Last != r.Request.Range.First {
		days += "-to-" + r.Request.Range.Last.String()
	}
	if r.Quality.Partial && (ext == "csv" || strings.HasSuffix(ext, ".csv")) {
		days += "-partial"
	}
	for part := range strings.SplitSeq(ext, ".") {
		if part = slug(part, 10); part != "" {
			days += "." + part
		}
	}
	return name + "-" + days
}

// slug makes words of ASCII letters and digits of text, joined by hyphens, at most length characters; what is not ASCII is left out.
func slug(text string, length int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := b.String()
	return strings.Trim(s[:min(len(s), length)], "-")
}
