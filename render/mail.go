package render

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"

	"authreport/report"
)

// MailFacts is what a mail says beside the report's figures.
type MailFacts struct {
	VolumeCID        string   // Content-ID of the picture that VolumePNG draws; empty: the mail has none
	LogoCID          string   // Content-ID of the brand's logo, templates.Brand.Logo; empty: the mail has none
	AttachedPage     string   // name of the attached page, or of the zip file with it; empty: not attached
	AttachedWorkbook string   // name of the attached workbook; empty: not attached
	Exports          []string // names of the attached files for programs
	Notes            []string // sentences that the reader must know, such as that it comes late
	Reduced          Reduced  // what was done to make the message smaller; the mail says it
	Readers          []Reader // who gets what of the report; empty: the mail does not say
}

// MailHTML gives the HTML body of a report's mail: tables and inline styles, under 100 kB whatever the report holds (Gmail clips a body at 102 kB). It reads
// without pictures, on a screen 320 pixels wide, and in dark mode; a small style sheet in the head serves the last two where it is let in. A quiet report's
// (report.Standing.Quiet) is short: the headline figures, and that all is well.
func MailHTML(r *report.Report, m MailFacts) (string, error) {
	l, err := languageOf(r)
	if err != nil {
		return "", fmt.Errorf("render mail: %w", err)
	}
	text, err := l.mailHTML(r, m)
	if err != nil {
		return "", fmt.Errorf("render mail: %w", err)
	}
	return text, nil
}

func (l *language) mailHTML(r *report.Report, m MailFacts) (string, error) {
	const name = "mail/mail.html.tmpl"
	var b strings.Builder
	model := l.newMailModel(r, m)
	err := l.withFiles(func() error {
		source, err := l.source(name)
		if err != nil {
			return err
		}
		t, err := htmltemplate.New(name).Funcs(htmlFunctions).Funcs(htmltemplate.FuncMap{"text": l.text, "look": l.look}).Parse(source)
		if err != nil {
			return err
		}
		b.Reset()
		return t.Execute(newBounded(&b), model)
	}, name)
	return b.String(), err
}

// htmlFunctions is what the template of the HTML mail calls. pad is a range of what keeps a mail program from showing the body after the preheader.
var htmlFunctions = htmltemplate.FuncMap{"breakable": breakable, "bar": newBar, "outlook": outlook, "colour": func(c string) htmltemplate.CSS { return htmltemplate.CSS(c) }, "pad": func() []struct{} { return make([]struct{}, 60) }}

// MailText gives the plain-text body of a report's mail, with the figures of MailHTML, for a screen 72 characters wide. Lines end with \n.
func MailText(r *report.Report, m MailFacts) (string, error) {
	l, err := languageOf(r)
	if err != nil {
		return "", fmt.Errorf("render mail text: %w", err)
	}
	text, err := l.mailText(r, m)
	if err != nil {
		return "", fmt.Errorf("render mail text: %w", err)
	}
	return text, nil
}

func (l *language) mailText(r *report.Report, m MailFacts) (string, error) {
	return l.plainText("mail/mail.txt.tmpl", texttemplate.FuncMap{"named": l.named}, l.newMailModel(r, m))
}

// plainText fills a template of plain text.
func (l *language) plainText(name string, functions texttemplate.FuncMap, model any) (string, error) {
	var b strings.Builder
	err := l.withFiles(func() error {
		source, err := l.source(name)
		if err != nil {
			return err
		}
		t, err := texttemplate.New(name).Funcs(textFunctions).Funcs(texttemplate.FuncMap{"text": l.text}).Funcs(functions).Parse(source)
		if err != nil {
			return err
		}
		b.Reset()
		return t.Execute(newBounded(&b), model)
	}, name)
	return b.String(), err
}

// named gives the name of a share, and says of a deprecated TLS version that it is.
func (l *language) named(s mailShare) string {
	if s.Legacy {
		return l.text("tls.deprecated", "version", s.Name)
	}
	return s.Name
}
