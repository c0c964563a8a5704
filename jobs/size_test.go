package jobs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/render"
	"authreport/report"
)

// everything is a report with all that can be attached.
func everything(name string) config.Report {
	r := config.Default(name)
	r.AttachPage, r.AttachCSV, r.AttachMS, r.AttachJSON = "html", true, true, true
	return r
}

// crowd is a report of so many senders in several domains, with a few clients each.
func crowd(t testing.TB, senders int) *report.Report {
	t.Helper()
	last := authreport.DayOf(start) - 1
	m := &report.Memory{}
	for i := range senders {
		domain := fmt.Sprintf("example%d.org", i%23)
		for j := range 3 {
			client := authreport.Client{Server: "mx1", Account: fmt.Sprintf("account-%d", i), Sender: fmt.Sprintf("user-%d@%s", i, domain), Domain: domain,
				IP: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(j)}), TLS: authreport.TLS(j % 7), Mechanism: "PLAIN"}
			for day := range authreport.Day(9) {
				m.Submissions = append(m.Submissions, authreport.Count{Day: last - day, Client: client, Messages: int64(1 + i%97 + j), Recipients: int64(2 + i)})
			}
		}
	}
	for day := range authreport.Day(14) {
		m.Read = append(m.Read, authreport.Lines{Source: "mx1", Day: last - day, Read: 9})
	}
	r, err := report.Build(t.Context(), m, report.Request{Name: "once", Title: "Crowd", Range: authreport.Range{First: last - 6, Last: last}, History: 9, Zone: time.UTC, Now: start,
		Sources: []string{"mx1"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFit holds that a mail has no more bytes than it may, down to the plain text, says in both bodies each step that was taken, and has as much as fits: with
// more room never less. No file is made twice.
func TestFit(t *testing.T) {
	d := NewDocument(crowd(t, 250))
	settings := everything("once")
	steps := ladder(settings)
	made, before, rows := map[string]*byte{}, len(steps), 0
	for limit := int64(30_000); ; limit *= 2 {
		draft, err := d.Message(settings, limit, "It comes late.")
		if err != nil {
			t.Fatal(err)
		}
		m := draft.Message
		m.ID, m.From, m.To, m.Date = "<1@example.org>", "reports@example.org", "a@example.org", start
		eml, err := deliver.EML(m)
		if err != nil {
			t.Fatal(err)
		}
		if size := int64(len(eml)); size > limit || size > draft.Size {
			t.Errorf("%d bytes, reckoned to be %d, where there may be %d: %+v", size, draft.Size, limit, draft.Reduced)
		}
		for _, text := range []string{words(draft.Text), htmlWords(draft.HTML)} {
			for _, step := range append(draft.Reduced.Steps(), "It comes late.") {
				if text != "" && !strings.Contains(text, step) {
					t.Errorf("%d bytes: the mail does not say %q", limit, step)
				}
			}
		}
		for _, f := range m.Attachments {
			first := &f.Data[0]
			if key := f.Name + f.ContentType + fmt.Sprint(len(f.Data)); made[key] == nil {
				made[key] = first
			} else if made[key] != first {
				t.Errorf("%s was made twice", f.Name)
			}
		}
		x := draft.Reduced
		n := max(x.PageSenders, x.Book.Rows)
		x.Limit = 0
		switch {
		case x.Book.Rows > 0:
			x.Book.Rows = asMany
		case x.PageSenders > 0:
			x.PageSenders = asMany
		}
		if x.Book != (render.BookCut{}) && !x.NoPage {
			x.PageSenders = besideBook // which lists all
		}
		place := slices.Index(steps, x)
		if place < 0 || place > before || place == before && n < rows {
			t.Errorf("%d bytes: step %d of the ladder, with %d rows, after step %d with %d: %+v", limit, place, n, before, rows, x)
		}
		if before, rows = place, n; place == 0 {
			break
		}
	}
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func htmlWords(html string) string {
	return words(strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(html))
}

// TestLadder holds that what loses nothing comes first, then page, then workbook, and that steps are there only where they change something.
func TestLadder(t *testing.T) {
	exports := render.Reduced{NoExports: true}
	page, none := exports, exports
	page.ZippedPage, none.NoPage = true, true
	with := func(x render.Reduced, change func(*render.Reduced)) render.Reduced {
		change(&x)
		return x
	}
	book := func(cut render.BookCut) (steps []render.Reduced) {
		return []render.Reduced{with(page, func(x *render.Reduced) { x.PageSenders, x.Book = besideBook, cut }), with(none, func(x *render.Reduced) { x.Book = cut })}
	}
	bare := config.Default("a")
	bare.AttachPage, bare.AttachWorkbook = "none", false
	for name, test := range map[string]struct {
		settings config.Report
		want     []render.Reduced
	}{
		"everything": {everything("a"), slices.Concat(
			[]render.Reduced{{}, {ZippedPage: true}, {ZippedPage: true, ZippedExports: true}, page, with(page, func(x *render.Reduced) { x.PageSenders = asMany }), none},
			book(render.BookCut{NoClients: true}), book(render.BookCut{Rows: asMany}),
			[]render.Reduced{with(none, func(x *render.Reduced) { x.NoBook = true }), with(none, func(x *render.Reduced) { x.NoBook, x.Plain = true, true })})},
		"default": {config.Default("a"), []render.Reduced{{}, {PageSenders: asMany}, {NoPage: true}, {PageSenders: besideBook, Book: render.BookCut{NoClients: true}},
			{NoPage: true, Book: render.BookCut{NoClients: true}}, {PageSenders: besideBook, Book: render.BookCut{Rows: asMany}}, {NoPage: true, Book: render.BookCut{Rows: asMany}},
			{NoPage: true, NoBook: true}, {NoPage: true, NoBook: true, Plain: true}}},
		"nothing attached": {bare, []render.Reduced{{}, {Plain: true}}},
	} {
		if diff := cmp.Diff(test.want, ladder(test.settings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAsMany holds that a page or a workbook that is cut short has nearly as many senders or rows as there is room for, and is found in a few attempts.
func TestAsMany(t *testing.T) {
	r := crowd(t, 1400)
	d := NewDocument(r)
	for _, kind := range []func(int) fileKind{func(n int) fileKind { return d.zipped(cutPage(n)) }, func(n int) fileKind { return cutBook(render.BookCut{Rows: n}) }} {
		whole, err := NewDocument(r).file(kind(1300), unlimited)
		if err != nil {
			t.Fatal(err)
		}
		d.made, d.over = map[string]deliver.File{}, map[string]int64{}
		n, err := d.most(config.Report{Form: config.Form{AttachPage: "none"}}, render.Reduced{}, deliver.EncodedSize(int64(len(whole.Data)))+200, 1400, kind)
		if err != nil || n < 1050 || n > 1399 || len(d.made)+len(d.over) > 6 {
			t.Errorf("%d, %v, after %d files; want about 1300", n, err, len(d.made)+len(d.over))
		}
	}
	none := config.Report{Form: config.Form{AttachPage: "none"}}
	if n, err := d.most(none, render.Reduced{}, 5000, 1400, cutPage); !errors.Is(err, errOver) {
		t.Errorf("%d senders, %v in 5000 bytes", n, err)
	}
	if n, err := d.most(none, render.Reduced{}, unlimited, 100, cutPage); !errors.Is(err, errOver) {
		t.Errorf("%d of 100 senders, %v", n, err)
	}
	for n, want := range map[int]int{0: 0, 7: 7, 99: 99, 100: 100, 1234: 1200, 99999: 99000} {
		if got := rounded(n); got != want {
			t.Errorf("%d is rounded to %d, want %d", n, got, want)
		}
	}
}
