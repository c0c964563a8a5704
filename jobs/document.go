package jobs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/render"
	"authreport/report"
)

const (
	workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	volumeCID    = "volume@authreport"
)

// Document is a report as files, each made when it is first asked for and then kept: once for all recipients. It is not safe for concurrent use.
type Document struct {
	report *report.Report
	made   map[string]deliver.File
}

// NewDocument makes a document of a report.
func NewDocument(r *report.Report) *Document {
	return &Document{r, map[string]deliver.File{}}
}

// fileKind is a kind of file that a report is written as.
type fileKind struct {
	contentType string
	write       func(io.Writer, *report.Report) error
}

// fileKinds is the files of a report beside the mail itself, by their extensions.
var fileKinds = map[string]fileKind{
	"html":          {"text/html", render.Page},
	"xlsx":          {workbookType, render.Workbook},
	"csv":           {"text/csv", render.CSV},
	"microsoft.csv": {"text/csv", render.MicrosoftCSV},
	"json":          {"application/json", render.JSON},
}

// Name is the name of the file with that extension.
func (d *Document) Name(extension string) string { return render.FileName(d.report, extension) }

// Write writes the page ("html"), the workbook ("xlsx"), or the file for programs of that extension ("csv", "microsoft.csv", "json"). One that was made before is
// written as it was; else nothing of it is kept: a million senders have a workbook of 300 MB.
func (d *Document) Write(w io.Writer, extension string) error {
	if f, done := d.made[extension]; done {
		_, err := w.Write(f.Data)
		return err
	}
	kind, known := fileKinds[extension]
	if !known {
		return fmt.Errorf("there is no file %s of a report", extension)
	}
	return kind.write(w, d.report)
}

// make gives the file of that extension, made by write the first time.
func (d *Document) make(extension, contentType string, write func(io.Writer) error) (deliver.File, error) {
	if f, done := d.made[extension]; done {
		return f, nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return deliver.File{}, fmt.Errorf("render %s of report %s: %w", extension, d.report.Request.Name, err)
	}
	f := deliver.File{Name: d.Name(extension), ContentType: contentType, Data: b.Bytes()}
	d.made[extension] = f
	return f, nil
}

// file gives one of fileKinds.
func (d *Document) file(extension string) (deliver.File, error) {
	kind := fileKinds[extension]
	return d.make(extension, kind.contentType, func(w io.Writer) error { return kind.write(w, d.report) })
}

// Page is the interactive page, an HTML file.
func (d *Document) Page() (deliver.File, error) { return d.file("html") }

// ZippedPage is the page within a zip file.
func (d *Document) ZippedPage() (deliver.File, error) {
	page, err := d.Page()
	if err != nil {
		return deliver.File{}, err
	}
	return d.make("zip", "application/zip", func(w io.Writer) error { return zipFile(w, page, d.report.Request.Now) })
}

// Workbook is the XLSX file.
func (d *Document) Workbook() (deliver.File, error) { return d.file("xlsx") }

// CSV is the senders as CSV.
func (d *Document) CSV() (deliver.File, error) { return d.file("csv") }

// MicrosoftCSV is a row for each day and client, with the columns of Microsoft 365's requested report.
func (d *Document) MicrosoftCSV() (deliver.File, error) { return d.file("microsoft.csv") }

// JSON is the whole report for programs.
func (d *Document) JSON() (deliver.File, error) { return d.file("json") }

// Exports gives the files for programs that settings ask for, in the order CSV, Microsoft's CSV, JSON.
func (d *Document) Exports(settings config.Report) (files []deliver.File, err error) {
	for _, export := range []struct {
		wanted bool
		make   func() (deliver.File, error)
	}{{settings.AttachCSV, d.CSV}, {settings.AttachMS, d.MicrosoftCSV}, {settings.AttachJSON, d.JSON}} {
		if !export.wanted {
			continue
		}
		f, err := export.make()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (d *Document) picture() (deliver.File, error) {
	f, err := d.make("png", "image/png", func(w io.Writer) error {
		picture, err := render.VolumePNG(d.report)
		if err != nil {
			return err
		}
		_, err = w.Write(picture)
		return err
	})
	f.ContentID = volumeCID
	return f, err
}

// Message is the mail of the document without Message-ID, sender and recipient, with the attachments that settings ask for. Notes are told in it.
func (d *Document) Message(settings config.Report, notes ...string) (deliver.Message, error) {
	facts := render.MailFacts{VolumeCID: volumeCID, Notes: notes}
	m := deliver.Message{Series: d.report.Request.Name, Subject: render.Subject(d.report)}
	attach := func(make func() (deliver.File, error), name *string) error {
		f, err := make()
		if err != nil {
			return err
		}
		*name = f.Name
		m.Attachments = append(m.Attachments, f)
		return nil
	}
	var err error
	switch settings.AttachPage {
	case "zip":
		err = attach(d.ZippedPage, &facts.AttachedPage)
	case "html":
		err = attach(d.Page, &facts.AttachedPage)
	}
	if err == nil && settings.AttachWorkbook {
		err = attach(d.Workbook, &facts.AttachedWorkbook)
	}
	if err != nil {
		return deliver.Message{}, err
	}
	exports, err := d.Exports(settings)
	if err != nil {
		return deliver.Message{}, err
	}
	for _, f := range exports {
		facts.Exports = append(facts.Exports, f.Name)
	}
	m.Attachments = append(m.Attachments, exports...)
	picture, err := d.picture()
	if err != nil {
		return deliver.Message{}, err
	}
	m.Inline = []deliver.File{picture}
	if m.HTML, err = render.MailHTML(d.report, facts); err == nil {
		m.Text, err = render.MailText(d.report, facts)
	}
	if err != nil {
		return deliver.Message{}, fmt.Errorf("render mail of report %s: %w", d.report.Request.Name, err)
	}
	return m, nil
}

// smaller gives settings whose mail is one step smaller, with what to say about it in the mail; ok is false if there is none.
func smaller(settings config.Report) (_ config.Report, note string, ok bool) {
	switch {
	case settings.AttachCSV || settings.AttachMS || settings.AttachJSON:
		settings.AttachCSV, settings.AttachMS, settings.AttachJSON = false, false, false
		return settings, "The files for programs (CSV, JSON) are left out: with them, the message was larger than the mail server takes.", true
	case settings.AttachPage == "html":
		settings.AttachPage = "zip"
		return settings, "The page is zipped: as it is, the message was larger than the mail server takes.", true
	case settings.AttachPage == "zip":
		settings.AttachPage = "none"
		return settings, "The page is left out: with it, the message was larger than the mail server takes.", true
	case settings.AttachWorkbook:
		settings.AttachWorkbook = false
		return settings, "Page and workbook are left out: with them, the message was larger than the mail server takes.", true
	}
	return settings, "", false
}

// thresholds gives the configuration's thresholds as a report takes them.
func thresholds(u config.Unusual) report.Thresholds {
	t := report.Thresholds{
		History: u.History, Known: u.Known, Messages: u.Messages, Recipients: u.Recipients, Spreads: u.Spreads, Networks: u.Networks, Senders: u.Senders,
		Dormant: u.Dormant, Failures: u.Failures, Night: u.Night, NightFrom: u.NightFrom, NightTo: u.NightTo, NewAccount: u.NewAccount,
	}
	for _, kind := range u.Off {
		t.Off = append(t.Off, report.UnusualKind(kind))
	}
	return t
}

// zipFile writes a zip file with one file in it.
func zipFile(w io.Writer, f deliver.File, modified time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	entry, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: modified})
	if err != nil {
		return err
	}
	if _, err := entry.Write(f.Data); err != nil {
		return err
	}
	return z.Close()
}

// own is the account and the addresses that authreport itself submits mail with, so that reports can tell its own mail.
func own(m config.Mail) []string {
	names := []string{m.Username, asSent(m.EnvelopeFrom), asSent(bareAddress(m.From))}
	return slices.Compact(slices.DeleteFunc(names, func(name string) bool { return name == "" }))
}

// asSent is an address as deliver sends it, and logs show it: its domain in lower case and A-labels.
func asSent(address string) string {
	at := strings.LastIndexByte(address, '@') + 1
	return address[:at] + authreport.FoldDomain(address[at:])
}

// bareAddress is an address without the name before it.
func bareAddress(text string) string {
	start, end := strings.LastIndexByte(text, '<'), strings.LastIndexByte(text, '>')
	if start < 0 || end < start {
		return text
	}
	return text[start+1 : end]
}
