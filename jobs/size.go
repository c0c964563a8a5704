package jobs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"authreport/config"
	"authreport/deliver"
	"authreport/render"
	"authreport/store"
)

// sizeLimit is how many bytes a message may have.
type sizeLimit struct {
	bytes   int64 // 0: any number
	guessed bool  // nobody said so: a larger one was refused
}

// largest gives the limit that is left for others last: none, or the one of most bytes.
func largest(waiting map[sizeLimit][]store.Delivery) sizeLimit {
	return slices.MaxFunc(slices.Collect(maps.Keys(waiting)), func(a, b sizeLimit) int { return cmp.Compare(uint64(a.bytes)-1, uint64(b.bytes)-1) })
}

// smaller is the limit for another attempt, after a message was too large: what the server says that it takes, or half as much.
func smaller(m *deliver.Message, r deliver.Result) sizeLimit {
	size := deliver.Size(m)
	if r.Limit > 0 && r.Limit < size {
		return sizeLimit{bytes: r.Limit}
	}
	return sizeLimit{bytes: max(size/2, 1), guessed: true}
}

// plainTooLarge is what the reply of a delivery begins with that cannot be made small enough.
const plainTooLarge = "even the plain text alone is too large: "

func isTooLarge(d store.Delivery) bool { return strings.HasPrefix(d.Reply, plainTooLarge) }

// Draft is the mail of a document without Message-ID, sender and recipient.
type Draft struct {
	deliver.Message
	Size    int64          // bytes that it has at most, as it travels
	Reduced render.Reduced // what was done to make it smaller
}

// Message is the mail of the document with the attachments that settings ask for, or with less so that it has at most so many bytes; 0: any number. Notes are told
// in it. The smallest that there is may have more.
func (d *Document) Message(settings config.Report, most int64, notes ...string) (Draft, error) {
	return d.fit(settings, sizeLimit{bytes: most}, notes)
}

const (
	unlimited = math.MaxInt64 / 4
	noteSize  = 4 << 10 // bytes that a mail may have more where it says what was left out, and that it comes late
)

// fit makes the first of the ladder's mails that is small enough. What is too large is given up as soon as it is, and no file is made twice.
func (d *Document) fit(settings config.Report, limit sizeLimit, notes []string) (Draft, error) {
	whole, err := d.bare(settings, render.Reduced{}, notes)
	if err != nil {
		return whole, err
	}
	room := int64(unlimited)
	if limit.bytes > 0 {
		room = limit.bytes - whole.Size - noteSize
	}
	for _, step := range ladder(settings) {
		x, files, err := d.attachments(settings, step, room)
		switch {
		case x.Plain: // the end of the ladder, whatever its size
		case errors.Is(err, errOver):
			continue
		case err != nil:
			return whole, err
		}
		draft := whole
		if x != (render.Reduced{}) {
			if !limit.guessed {
				x.Limit = limit.bytes
			}
			if draft, err = d.bare(settings, x, notes); err != nil {
				return draft, err
			}
		}
		draft.Attachments = files
		draft.Size = deliver.Size(&draft.Message)
		if limit.bytes == 0 || draft.Size+noteSize <= limit.bytes || x.Plain {
			return draft, nil
		}
	}
	return whole, errors.New("the ladder has no end") // its end fits always
}

const (
	asMany     = -1   // in a step: as many senders or rows as there is room for
	besideBook = 1000 // senders of a page beside a workbook that is cut short, at most
)

// ladder gives what can be done to make a mail smaller, in the order in which it is tried: what loses nothing first, then the page before the workbook.
func ladder(settings config.Report) []render.Reduced {
	var x render.Reduced
	steps := []render.Reduced{x}
	step := func(change func(*render.Reduced)) {
		change(&x)
		steps = append(steps, x)
	}
	page := settings.AttachPage != "none"
	if settings.AttachPage == "html" {
		step(func(x *render.Reduced) { x.ZippedPage = true })
	}
	if settings.AttachCSV || settings.AttachMS || settings.AttachJSON {
		step(func(x *render.Reduced) { x.ZippedExports = true })
		step(func(x *render.Reduced) { x.ZippedExports, x.NoExports = false, true })
	}
	if page {
		step(func(x *render.Reduced) { x.PageSenders = asMany })
		step(noPage)
	}
	if settings.AttachWorkbook {
		for _, cut := range []render.BookCut{{NoClients: true}, {Rows: asMany}} {
			x.Book = cut
			if page {
				step(func(x *render.Reduced) {
					x.NoPage, x.ZippedPage, x.PageSenders = false, settings.AttachPage == "html", besideBook
				})
				noPage(&x)
			}
			steps = append(steps, x)
		}
		step(func(x *render.Reduced) { x.Book, x.NoBook = render.BookCut{}, true })
	}
	step(func(x *render.Reduced) { x.Plain = true })
	return steps
}

func noPage(x *render.Reduced) { x.ZippedPage, x.PageSenders, x.NoPage = false, 0, true }

// kinds gives the files that a mail has attached, in their order.
func (d *Document) kinds(settings config.Report, x render.Reduced) (page, book *fileKind, exports []fileKind) {
	if settings.AttachPage != "none" && !x.NoPage {
		k := cutPage(x.PageSenders)
		if settings.AttachPage == "zip" || x.ZippedPage {
			k = d.zipped(k)
		}
		page = &k
	}
	if settings.AttachWorkbook && !x.NoBook {
		k := cutBook(x.Book)
		book = &k
	}
	for _, export := range []struct {
		wanted bool
		kind   fileKind
	}{{settings.AttachCSV, csvKind}, {settings.AttachMS, msKind}, {settings.AttachJSON, jsonKind}} {
		switch {
		case !export.wanted || x.NoExports:
		case x.ZippedExports:
			exports = append(exports, d.zipped(export.kind))
		default:
			exports = append(exports, export.kind)
		}
	}
	return page, book, exports
}

// attachments makes the files that a mail has attached after a step, or gives errOver if they have more than room bytes as parts of it. It gives the step back with
// as many senders or rows as there was room for.
func (d *Document) attachments(settings config.Report, x render.Reduced, room int64) (_ render.Reduced, files []deliver.File, err error) {
	if senders := d.report.HistoryCount(); x.PageSenders == asMany {
		rest := x
		rest.NoPage = true
		x.PageSenders, err = d.most(settings, rest, room, senders, func(n int) fileKind {
			cut := x
			cut.PageSenders = n
			page, _, _ := d.kinds(settings, cut)
			return *page
		})
	} else if x.PageSenders >= senders {
		x.PageSenders = 0 // all of them
	}
	if x.Book.Rows == asMany {
		rest := x
		rest.NoBook = true
		x.Book.Rows, err = d.most(settings, rest, room, d.report.ClientCount(), func(n int) fileKind { return cutBook(render.BookCut{Rows: n}) })
	}
	if err == nil {
		files, _, err = d.attach(settings, x, room)
	}
	return x, files, err
}

// attach makes the files that a mail has attached, and says how much room they leave.
func (d *Document) attach(settings config.Report, x render.Reduced, room int64) (files []deliver.File, left int64, err error) {
	page, book, all := d.kinds(settings, x)
	for _, k := range []*fileKind{book, page} {
		if k != nil {
			all = append([]fileKind{*k}, all...)
		}
	}
	for _, k := range all {
		f, err := d.file(k, deliver.FileSize(room))
		if err != nil {
			return nil, room, err
		}
		room -= deliver.EncodedSize(int64(len(f.Data)))
		files = append(files, f)
	}
	if room < 0 {
		return nil, room, errOver
	}
	return files, room, nil
}

// most gives how many of all senders or rows a file can have beside the rest of a mail's, at least a hundred; errOver if there is no room for them. It is reckoned
// from two short files.
func (d *Document) most(settings config.Report, rest render.Reduced, room int64, all int, kind func(n int) fileKind) (int, error) {
	const few, more = 100, 1000
	_, room, err := d.attach(settings, rest, room)
	if err != nil || all <= few {
		return few, cmp.Or(err, errOver)
	}
	room = deliver.FileSize(room)
	short, err := d.file(kind(few), room)
	if err != nil || all <= more {
		return few, err
	}
	long, err := d.file(kind(more), room)
	if errors.Is(err, errOver) {
		return few, nil
	}
	rows := float64(room-int64(len(short.Data))) / max(1, float64(len(long.Data)-len(short.Data))) * (more - few)
	for n := int(min(rows*0.95, float64(all-1))); err == nil && n > more; n -= n / 5 {
		n = rounded(n)
		if _, err = d.file(kind(n), room); err == nil {
			return n, nil
		}
		if errors.Is(err, errOver) {
			err = nil
		}
	}
	return more, err
}

// rounded is n with all but its first two digits 0.
func rounded(n int) int {
	digits := 1
	for n/digits > 99 {
		digits *= 10
	}
	return n / digits * digits
}

// bare makes a mail without its attachments.
func (d *Document) bare(settings config.Report, x render.Reduced, notes []string) (m Draft, err error) {
	page, book, exports := d.kinds(settings, x)
	facts := render.MailFacts{Notes: notes, Reduced: x, Readers: d.Readers}
	if page != nil {
		facts.AttachedPage = d.Name(page.extension)
	}
	if book != nil {
		facts.AttachedWorkbook = d.Name(book.extension)
	}
	for _, k := range exports {
		facts.Exports = append(facts.Exports, d.Name(k.extension))
	}
	logo := render.Logo(d.report)
	if logo != nil && !x.Plain {
		facts.LogoCID = logoCID
	}
	m.Series, m.Subject, m.Reduced = d.report.Request.Name, render.Subject(d.report), x
	if !x.Plain {
		if !d.report.Standing().Quiet() {
			picture, err := d.file(pictureKind, unlimited)
			if err != nil {
				return m, err
			}
			picture.ContentID, facts.VolumeCID = volumeCID, volumeCID
			m.Inline = []deliver.File{picture}
		}
		if logo != nil {
			m.Inline = append(m.Inline, deliver.File{Name: "logo." + strings.TrimPrefix(logo.Type, "image/"), ContentType: logo.Type, ContentID: logoCID, Data: logo.Data})
		}
		m.HTML, err = render.MailHTML(d.report, facts)
	}
	if err == nil {
		m.Text, err = render.MailText(d.report, facts)
	}
	if err != nil {
		return m, fmt.Errorf("render mail of report %s: %w", d.report.Request.Name, err)
	}
	m.Size = deliver.Size(&m.Message)
	return m, nil
}
