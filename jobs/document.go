package jobs

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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
	logoCID      = "logo@authreport"
)

// Document is a report as files, each made when it is first asked for and then kept: once for all recipients. It is not safe for concurrent use.
type Document struct {
	Readers []render.Reader // who gets what of the report, as the mail tells; nil: it does not

	report *report.Report
	made   map[string]deliver.File // by key
	over   map[string]int64        // by key: the file has more bytes than so many
}

// NewDocument makes a document of a report.
func NewDocument(r *report.Report) *Document {
	return &Document{report: r, made: map[string]deliver.File{}, over: map[string]int64{}}
}

// fileKind is a kind of file that a report is written as.
type fileKind struct {
	key         string // no other kind has it
	extension   string // of its name
	contentType string
	write       func(io.Writer, *report.Report) error
}

// The files of a report beside the mail itself.
var (
	pageKind    = fileKind{"html", "html", "text/html", render.Page}
	bookKind    = fileKind{"xlsx", "xlsx", workbookType, render.Workbook}
	csvKind     = fileKind{"csv", "csv", "text/csv", render.CSV}
	msKind      = fileKind{"microsoft.csv", "microsoft.csv", "text/csv", render.MicrosoftCSV}
	jsonKind    = fileKind{"json", "json", "application/json", render.JSON}
	pictureKind = fileKind{"png", "png", "image/png", func(w io.Writer, r *report.Report) error {
		picture, err := render.VolumePNG(r)
		if err != nil {
			return err
		}
		_, err = w.Write(picture)
		return err
	}}
)

// cutPage is a page that lists so many senders; 0: all.
func cutPage(senders int) fileKind {
	if senders == 0 {
		return pageKind
	}
	return fileKind{fmt.Sprintf("html %d", senders), pageKind.extension, pageKind.contentType,
		func(w io.Writer, r *report.Report) error { return render.CutPage(w, r, senders) }}
}

// cutBook is a workbook without some of its rows.
func cutBook(cut render.BookCut) fileKind {
	if cut == (render.BookCut{}) {
		return bookKind
	}
	return fileKind{fmt.Sprintf("xlsx %+v", cut), bookKind.extension, bookKind.contentType,
		func(w io.Writer, r *report.Report) error { return render.CutWorkbook(w, r, cut) }}
}

// zipped is a kind of file within a zip file.
func (d *Document) zipped(k fileKind) fileKind {
	extension := k.extension + ".zip"
	if k.extension == pageKind.extension {
		extension = "zip"
	}
	return fileKind{k.key + " zip", extension, "application/zip", func(w io.Writer, r *report.Report) error {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
		entry, err := z.CreateHeader(&zip.FileHeader{Name: d.Name(k.extension), Method: zip.Deflate, Modified: r.Request.Now})
		if err == nil {
			err = d.write(entry, k)
		}
		if err != nil {
			return err
		}
		return z.Close()
	}}
}

// Name is the name of the file with that extension.
func (d *Document) Name(extension string) string { return render.FileName(d.report, extension) }

// Write writes the page ("html"), the workbook ("xlsx"), or the file for programs of that extension ("csv", "microsoft.csv", "json"). One that was made before is
// written as it was; else nothing of it is kept: a million senders have a workbook of 300 MB.
func (d *Document) Write(w io.Writer, extension string) error {
	for _, k := range []fileKind{pageKind, bookKind, csvKind, msKind, jsonKind} {
		if k.extension == extension {
			return d.write(w, k)
		}
	}
	return fmt.Errorf("there is no file %s of a report", extension)
}

func (d *Document) write(w io.Writer, k fileKind) error {
	if f, done := d.made[k.key]; done {
		_, err := w.Write(f.Data)
		return err
	}
	return k.write(w, d.report)
}

// errOver is of a file that has more bytes than it may.
var errOver = errors.New("larger than it may be")

// file gives a file, made the first time, or errOver if it has more than most bytes. Of one that has, no more than these are ever in memory.
func (d *Document) file(k fileKind, most int64) (deliver.File, error) {
	f, done := d.made[k.key]
	switch {
	case done && int64(len(f.Data)) > most, d.over[k.key] >= max(most, 1):
		return deliver.File{}, errOver
	case done:
		return f, nil
	}
	b := capped{most: most}
	err := k.write(&b, d.report)
	if errors.Is(err, errOver) {
		d.over[k.key] = max(most, 1)
		return deliver.File{}, errOver
	}
	if err != nil {
		return deliver.File{}, fmt.Errorf("render %s of report %s: %w", k.extension, d.report.Request.Name, err)
	}
	f = deliver.File{Name: d.Name(k.extension), ContentType: k.contentType, Data: b.Bytes()}
	d.made[k.key] = f
	return f, nil
}

// capped takes so many bytes.
type capped struct {
	bytes.Buffer
	most int64
}

func (c *capped) Write(p []byte) (int, error) {
	if int64(c.Len()+len(p)) > c.most {
		return 0, errOver
	}
	return c.Buffer.Write(p)
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
