package render

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// inLanguage is a report as readers of a language get it, its title left to the language.
func inLanguage(r *report.Report, tag string) *report.Report {
	other := *r
	other.Request.Language, other.Request.Title = tag, ""
	return &other
}

// toldReports are reports that together have much of what can be told.
func toldReports(t *testing.T) map[string]*report.Report {
	t.Helper()
	everything := office(12)
	for _, g := range authreport.Gaps() {
		everything.Untold = append(everything.Untold, authreport.GapCount{Day: companyLast, Source: "mx1", Gap: g.Gap, Count: 3})
	}
	everything.Failed = []authreport.FailedRun{{Kind: authreport.ReadingRun, Name: "mx1", Fault: "EACCES"}, {Kind: authreport.ReportRun, Name: "weekly", Due: companyLast.UTC(), Fault: "EPIPE"}}
	for i := range everything.Read {
		everything.Read[i].Example, everything.Read[i].Repeats, everything.Read[i].GuessedYears, everything.Read[i].ClockSteps = "xyzzy", 2, 3, 1
	}
	silent := office(3)
	silent.Read = silent.Read[:195]
	return map[string]*report.Report{
		"everything": mailed(t, everything, 7, func(q *report.Request) { q.Now = companyLast.UTC() }),
		"long":       mailed(t, office(20), 30, func(q *report.Request) { q.Next = time.Time{}; q.Domains = []string{"example1.org", "example2.org"} }),
		"silent":     mailed(t, silent, 7, func(q *report.Request) { q.Sources = []string{"mx1", "mx2", "mx3", "mx4"} }),
		"nothing":    mailed(t, &report.Memory{}, 30, nil),
		"quiet":      mailed(t, calm("anna@example1.org"), 7, nil),
		"nobody":     mailed(t, office(0), 7, nil),
	}
}

// allReduced is a mail to which everything was done that can be.
var allReduced = Reduced{Limit: 10_240_000, ZippedPage: true, ZippedExports: true, NoExports: true, PageSenders: 30_000, NoPage: true, Book: BookCut{NoClients: true, Rows: 1000}, NoBook: true, Plain: true}

// outputsOf gives the words of everything that people read of a report in a language, by output.
func outputsOf(t *testing.T, r *report.Report, tag string) map[string]string {
	t.Helper()
	r = inLanguage(r, tag)
	facts := MailFacts{AttachedPage: "p.zip", AttachedWorkbook: "w.xlsx", Exports: []string{"e.csv"}, Reduced: allReduced, VolumeCID: "v"}
	facts.Notes = []string{LateNote(nil, tag, r.Request.Now, Stopped, Asleep, HeldUp, Busy, Undelivered)}
	source, seen, plain := bodies(t, r, facts)
	var page, cut, book bytes.Buffer
	for _, err := range []error{Page(&page, r), CutPage(&cut, r, 2), CutWorkbook(&book, r, BookCut{Rows: 3})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	preheader, _, _ := strings.Cut(source[strings.Index(source, "mso-hide:all"):], "&#847;")
	return map[string]string{
		"mail": seen, "text": strings.Join(strings.Fields(plain), " "), "preheader": strings.TrimPrefix(preheader, `mso-hide:all;">`), "subject": Subject(r),
		"page": shownWords(t, page.String()), "cut page": shownWords(t, cut.String()), "workbook": bookWords(t, book.Bytes()),
	}
}

// shownWords is all text of a page that is shown or spoken: its elements' and that of the attributes that hold text.
func shownWords(t *testing.T, page string) string {
	t.Helper()
	var words []string
	within := ""
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		case html.TextToken:
			if within != "style" && within != "script" {
				words = append(words, string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			within = token.Data
			for _, a := range token.Attr {
				if slices.Contains([]string{"aria-label", "placeholder", "title", "data-title", "alt"}, a.Key) {
					words = append(words, a.Val)
				}
			}
		case html.EndTagToken:
			within = ""
		}
	}
}

// What of a workbook's parts is read: texts of cells and charts, names of sheets and columns, formats' and footers' words.
var bookTexts = regexp.MustCompile(`<(?:a:)?t(?: [^>]*)?>([^<]+)<|<sheet name="([^"]+)"|<tableColumn [^>]*name="([^"]+)"|<oddFooter>([^<]+)<|<dc:title>([^<]+)<|descr="([^"]+)"|formatCode="([^"]*&quot;[^"]*)"`)

var footerCodes = regexp.MustCompile(`&[LCRAPN]`)

func bookWords(t *testing.T, book []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, f := range archive.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range bookTexts.FindAllStringSubmatch(string(text), -1) {
			words = append(words, footerCodes.ReplaceAllString(html.UnescapeString(strings.Join(m[1:], "")), " "))
		}
	}
	return strings.Join(words, "\n")
}

// Numbers as a language writes them, without what only looks like one: versions of TLS, addresses and networks, numbers of RFCs.
var (
	noNumbers   = regexp.MustCompile(`(?:TLS|SSL)v?\d\.\d|RFC \d+|\d+\.\d+\.\d+\.\d+(?:/\d+)?|\S*@\S*|\S*\.org|config\.yaml|Microsoft 365|\S*[=/\\]\S*|Exchange 2013|\b(?:Postfix|sendmail|OpenSMTPD) \d[\d.]*`)
	manyNumbers = regexp.MustCompile(`\d[\d.,]*`)
)

// numbersIn gives the numbers of a text in a plain form, ascending: "1234.5".
func numbersIn(text, thousands, decimal string) []string {
	var numbers []string
	for _, n := range manyNumbers.FindAllString(noNumbers.ReplaceAllString(text, " "), -1) {
		n = strings.TrimRight(n, ".,")
		numbers = append(numbers, strings.Replace(strings.ReplaceAll(n, thousands, ""), decimal, ".", 1))
	}
	slices.Sort(numbers)
	return numbers
}

// beyond gives what a has more than b; both are ascending.
func beyond(a, b []string) []string {
	counts := map[string]int{}
	for _, n := range b {
		counts[n]++
	}
	var more []string
	for _, n := range a {
		if counts[n]--; counts[n] < 0 {
			more = append(more, n)
		}
	}
	return more
}

var longWords = regexp.MustCompile(`\p{L}{3,}`)

// dutchWords are the words that Dutch outputs may have: the catalogue's, and names of protocols, programs, settings and of what the test's reports are about.
func dutchWords(t testing.TB) map[string]bool {
	t.Helper()
	c, err := templates.OpenCatalogue("nl")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	add := func(text string) {
		for _, word := range longWords.FindAllString(strings.ToLower(text), -1) {
			words[word] = true
		}
	}
	for _, key := range c.Keys() {
		for _, form := range c.Part(key[:strings.LastIndexByte(key, '.')])[key[strings.LastIndexByte(key, '.')+1:]].Forms() {
			add(form)
		}
	}
	add("authreport weekly Europe/Amsterdam CET CEST UTC odd example user anna org reports xyzzy EACCES EPIPE xlsx zip csv PLAIN LOGIN XOAUTH2 OAuth TLS SSL config.yaml request domain from out FOLDER")
	return words
}

// TestDutch reads every output back in both languages. The numbers are the same, each in the language's form; every Dutch word is one of the Dutch catalogue or a name,
// and no text of the English catalogue is left.
func TestDutch(t *testing.T) {
	known, left := dutchWords(t), englishSentences(t)
	for name, r := range toldReports(t) {
		en, nl := outputsOf(t, r, "en"), outputsOf(t, r, "nl")
		for output, text := range nl {
			got, want := numbersIn(text, ".", ","), numbersIn(en[output], ",", ".")
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: numbers are %v, in English %v", name, output, beyond(got, want), beyond(want, got))
			}
			if words := unknownWords(text, known); len(words) > 0 {
				t.Errorf("%s, %s: not Dutch: %v", name, output, words)
			}
			for key, sentence := range left {
				if strings.Contains(text, sentence) {
					t.Errorf("%s, %s: it has %q, which is %s in English", name, output, sentence, key)
				}
			}
		}
	}
}

// unknownWords gives the words of a text that are not known, whatever their case.
func unknownWords(text string, known map[string]bool) []string {
	unknown := map[string]bool{}
	for _, word := range longWords.FindAllString(text, -1) {
		if !known[strings.ToLower(word)] {
			unknown[word] = true
		}
	}
	return slices.Sorted(maps.Keys(unknown))
}

// englishSentences is what stands between placeholders in English, if it is long enough to tell and Dutch has it nowhere; by key.
func englishSentences(t *testing.T) map[string]string {
	t.Helper()
	var dutch strings.Builder
	sentences := map[string]string{}
	nl, err := templates.OpenCatalogue("nl")
	if err != nil {
		t.Fatal(err)
	}
	for area := range areasOf(english.catalogue) {
		for _, text := range nl.Part(area) {
			dutch.WriteString(strings.Join(slices.Collect(maps.Values(text.Forms())), "\n") + "\n")
		}
		for key, text := range english.catalogue.Part(area) {
			for _, form := range text.Forms() {
				for _, piece := range regexp.MustCompile(`\{[a-z_]+\}`).Split(form, -1) {
					if piece = strings.TrimSpace(piece); utf8.RuneCountInString(piece) > 8 {
						sentences[area+"."+key] = piece
					}
				}
			}
		}
	}
	maps.DeleteFunc(sentences, func(_, sentence string) bool { return strings.Contains(dutch.String(), sentence) })
	return sentences
}

func areasOf(c *templates.Catalogue) map[string]bool {
	areas := map[string]bool{}
	for _, key := range c.Keys() {
		areas[key[:strings.LastIndexByte(key, '.')]] = true
	}
	return areas
}

// TestForms holds how Dutch writes numbers, shares and days.
func TestForms(t *testing.T) {
	l, err := in("nl")
	if err != nil {
		t.Fatal(err)
	}
	last := authreport.NewDay(2026, time.November, 3)
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		l.number(1234567):        "1.234.567",
		l.number(-1234):          "−1.234",
		l.percent(1234, 10000):   "12,3%",
		l.percent(1, 1e9):        "<0,1%",
		l.percent(1e9-1, 1e9):    ">99,9%",
		l.percent(1, 1):          "100%",
		l.counted("message", 1):  "1 bericht",
		l.counted("day", 0):      "0 dagen",
		l.date(last):             "3 november 2026",
		l.weekdate(last):         "dinsdag 3 november 2026",
		l.day("on_axis", last):   "3 nov",
		l.bytesInWords(10240000): "10,2 MB",
		l.change(report.Figure{Value: 95, Before: 100}):             "−5,0%",
		l.change(report.Figure{Value: 50_000, Before: 10}):          "+499.900%",
		l.dates(authreport.Range{First: last - 6, Last: last}):      "28 oktober t/m 3 november 2026",
		l.dates(authreport.Range{First: last, Last: last + 3}):      "3 t/m 6 november 2026",
		l.clock(time.Date(2026, 3, 1, 6, 0, 0, 0, zone), zone):      "zondag 1 maart 2026, 06:00 CET",
		l.version(authreport.TLSNone) + l.version(authreport.TLS12): "geenTLS1.2",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
