package render

import (
	"bytes"
	"fmt"
	"image/png"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"authreport"
	"authreport/report"
)

// mailed builds the report of a range that ends with 23 Nov 2026 from counts in memory; change may change the request.
func mailed(t *testing.T, source *report.Memory, days int, change func(*report.Request)) *report.Report {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	request := report.Request{
		Name: "weekly", Title: "SMTP AUTH clients, weekly", Range: authreport.Range{First: companyLast - authreport.Day(days) + 1, Last: companyLast}, Zone: zone,
		Now: time.Date(2026, time.November, 24, 7, 0, 0, 0, zone), Next: time.Date(2026, time.November, 30, 7, 0, 0, 0, zone),
		Own: []string{"reports@example.org"}, Sources: []string{"mx1"},
	}
	if change != nil {
		change(&request)
	}
	r, err := report.Build(t.Context(), source, request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// office invents so many senders over 200 days: each has its own number of messages a day, and TLS versions in turn.
func office(senders int) *report.Memory {
	var m report.Memory
	versions := authreport.TLSVersions()
	for day := companyLast - 199; day <= companyLast; day++ {
		m.Read = append(m.Read, authreport.Lines{Source: "mx1", Day: day, Read: 10_007, NotUnderstood: 3, Example: "odd\x1b[31m <b>line</b>", First: day.UTC(), Last: day.UTC().Add(23 * time.Hour)})
		m.Attempts = append(m.Attempts, authreport.FailureCount{Day: day, Server: "mx1", Account: "user0@example0.org", Mechanism: "LOGIN", Attempts: 11})
		for i := range senders {
			address := fmt.Sprintf("user%d@example%d.org", i, i%9)
			c := authreport.Client{Server: "mx1", Account: address, Sender: address, Domain: authreport.SenderDomain(address, ""), Mechanism: "PLAIN", TLS: versions[i%len(versions)], IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
			m.Submissions = append(m.Submissions, authreport.Count{Day: day, Client: c, Messages: int64(10 + 13*i + int(day)%5), Recipients: int64(20 + 13*i)})
			if i%3 == 0 {
				c.TLS, c.Mechanism = authreport.TLS10, "XOAUTH2"
				m.Submissions = append(m.Submissions, authreport.Count{Day: day, Client: c, Messages: int64(1 + i), Recipients: 1})
			}
		}
	}
	return &m
}

var testFacts = MailFacts{VolumeCID: "volume@authreport", AttachedPage: "page.zip", AttachedWorkbook: "workbook.xlsx"}

// bodies renders both bodies, and gives the text that a reader of the HTML sees, pictures told by their alt text.
func bodies(t *testing.T, r *report.Report, facts MailFacts) (source, seen, plain string) {
	t.Helper()
	source, err := MailHTML(r, facts)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = MailText(r, facts); err != nil {
		t.Fatal(err)
	}
	return source, htmlText(t, source), plain
}

// htmlText is the text of an HTML mail without head and preheader, a space for each tag.
func htmlText(t *testing.T, source string) string {
	t.Helper()
	_, body, found := strings.Cut(source, "&nbsp;</div>\n") // after the preheader
	if !found {
		t.Fatal("no preheader")
	}
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				if a.Key == "alt" {
					b.WriteString(" " + a.Val)
				}
			}
			if token.Data != "wbr" { // within a name
				b.WriteByte(' ')
			}
		case html.EndTagToken, html.CommentToken, html.DoctypeToken:
			b.WriteByte(' ')
		}
	}
}

var figureForm = regexp.MustCompile(`[+−±<>]?\d[\d,.]*(?: %| points)?`)

// figuresOf is every number in a text, with its sign and unit.
func figuresOf(text string) []string {
	set := map[string]bool{}
	for _, f := range figureForm.FindAllString(text, -1) {
		set[strings.TrimRight(f, ",.")] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// Text and HTML must say the same figures, and those of the report.
func TestMailFigures(t *testing.T) {
	for _, days := range []int{7, 1, 14, 30, 90} {
		t.Run(strconv.Itoa(days), func(t *testing.T) {
			r := mailed(t, office(40), days, nil)
			_, seen, plain := bodies(t, r, testFacts)
			plain = strings.Join(strings.Fields(plain), " ")
			inHTML, inText := figuresOf(seen), figuresOf(plain)
			for _, f := range inHTML {
				// The bar's labels and the alt text's short dates are said once more elsewhere.
				if !slices.Contains(inText, f) {
					t.Errorf("%q is in the HTML alone", f)
				}
			}
			for _, f := range inText {
				if !slices.Contains(inHTML, f) {
					t.Errorf("%q is in the text alone", f)
				}
			}
			s := r.Summary
			want := []string{
				english.number(r.Week.Accounts.Value), english.number(s.Messages.Value), english.number(s.Messages.Before), english.change(s.Messages), english.percent(s.Legacy.Value, s.Messages.Value),
				english.number(s.Legacy.Value), english.number(s.LegacyAccounts.Value), english.number(s.NoTLS.Value), english.number(s.Basic.Value), english.number(s.Recipients.Value),
				english.number(s.Addresses.Value), english.number(s.Failures.Value), english.points(s.Legacy, s.Messages), english.dates(s.Range),
			}
			for _, v := range authreport.TLSVersions() {
				if s.TLS[v] > 0 {
					want = append(want, v.String(), english.number(s.TLS[v]), english.percent(s.TLS[v], s.Messages.Value))
				}
			}
			for _, d := range s.Days {
				if days <= mailDays {
					want = append(want, english.number(d.Messages))
				}
			}
			for _, d := range r.Domains[:len(domainColours)] {
				want = append(want, d.Name, english.number(d.Messages.Value), english.percent(d.Messages.Value, s.Messages.Value))
			}
			want = append(want, tableFigures(r)...)
			for _, w := range want {
				if !strings.Contains(seen, w) || !strings.Contains(plain, w) {
					t.Errorf("%q is in the HTML: %v, in the text: %v", w, strings.Contains(seen, w), strings.Contains(plain, w))
				}
			}
		})
	}
}

// tableFigures is what the mail's tables must say, worked out from the report's sequences anew.
func tableFigures(r *report.Report) []string {
	var want []string
	senders := slices.Collect(r.Senders())
	for _, s := range senders[:mailRows] {
		want = append(want, s.Address, english.number(s.Messages.Value), english.change(s.Messages))
		for _, v := range authreport.TLSVersions() {
			if s.TLS[v] > 0 {
				want = append(want, fmt.Sprintf("%s %s (%s)", v, english.percent(s.TLS[v], s.Messages.Value), english.number(s.TLS[v])))
			}
		}
	}
	slices.SortStableFunc(senders, func(a, b report.Sender) int { return int(b.TLS.Legacy() - a.TLS.Legacy()) })
	for _, s := range senders[:mailRows] {
		want = append(want, s.Address, english.number(s.TLS.Legacy()), english.percent(s.TLS.Legacy(), s.Messages.Value))
	}
	for i, a := range slices.Collect(r.Accounts()) {
		if i < mailRows {
			want = append(want, a.Name, english.number(a.Messages.Value))
		}
	}
	return want
}

// The table of legacy senders must be in the order of their legacy messages.
func TestMailLegacyOrder(t *testing.T) {
	r := mailed(t, office(40), 7, nil)
	senders := slices.Collect(r.Senders())
	slices.SortStableFunc(senders, func(a, b report.Sender) int { return int(b.TLS.Legacy() - a.TLS.Legacy()) })
	m := english.newMailModel(r, testFacts)
	for i, row := range m.Legacy {
		if row.Name != senders[i].Address {
			t.Errorf("row %d is %s, want %s", i, row.Name, senders[i].Address)
		}
	}
	all := len(slices.DeleteFunc(senders, func(s report.Sender) bool { return s.TLS.Legacy() == 0 }))
	if want := fmt.Sprintf("10 of %d senders. The workbook has all.", all); m.LegacyNote != want {
		t.Errorf("note %q, want %q", m.LegacyNote, want)
	}
}

// Whatever names a log holds, the mail must be the tables that the template says and nothing else: no element, attribute, address or control character of
// theirs; and small.
func TestMailHostileNames(t *testing.T) {
	m := office(40)
	long := strings.Repeat(`<img src="http://evil.example/x">&#x202e;"'`+"\u202e\u2066\x1b[31m\r\n\x00\xff{{.}}", 6)
	for i := range m.Submissions {
		c := &m.Submissions[i].Client
		name := fmt.Sprintf("%s%s%s", hostileSenders[i%len(hostileSenders)], long, c.Sender)
		c.Account, c.Sender, c.Domain, c.Mechanism, c.Server = name, name, name, name, name
		m.Submissions[i].Client = *c
	}
	for i := range m.Read {
		m.Read[i].Example = long[:authreport.ExampleLength]
	}
	r := mailed(t, m, 7, func(q *report.Request) {
		q.Title, q.Name, q.Sources, q.Domains = "T "+long, "N "+long, []string{"mx1", "S " + long}, nil
	})
	facts := MailFacts{VolumeCID: "v\"><script>", AttachedPage: "P " + long, AttachedWorkbook: "W " + long, Notes: []string{"N " + long}}
	source, _, plain := bodies(t, r, facts)
	if len(source) > 100_000 {
		t.Errorf("HTML has %d bytes, want less than 100,000", len(source))
	}
	for name, text := range map[string]string{"HTML": source, "text": plain} {
		for i, c := range text {
			if c == unicode.ReplacementChar || c != '\n' && c != '\u00a0' && c != '\u200c' && c != '\u034f' && !unicode.IsPrint(c) {
				t.Errorf("%s has %U after %q", name, c, text[max(0, i-30):i])
			}
		}
		if strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: the template refused a value", name)
		}
	}
	checkElements(t, source)
	for line := range strings.Lines(plain) {
		if strings.HasPrefix(line, "From ") || strings.TrimRight(line, "\n") == "." {
			t.Errorf("line %q", line)
		}
	}
	if strings.ContainsAny(Subject(r), "\r\n\x00") || len(Subject(r)) > 600 {
		t.Errorf("subject %q", Subject(r))
	}
}

// checkElements checks an HTML mail against the elements and attributes that its template uses.
func checkElements(t *testing.T, source string) {
	t.Helper()
	elements := strings.Fields("html head meta title style body div table tr td h1 h2 strong span img wbr")
	attributes := strings.Fields("lang xmlns charset name content class style role width height cellpadding cellspacing border align valign bgcolor colspan src alt")
	for z := html.NewTokenizer(strings.NewReader(source)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if !slices.Contains(elements, token.Data) {
				t.Errorf("element %s", token)
			}
			seen := map[string]bool{}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Key) || seen[a.Key] {
					t.Errorf("attribute %s of %s", a.Key, token)
				}
				seen[a.Key] = true
				if a.Key == "src" && !strings.HasPrefix(a.Val, "cid:") {
					t.Errorf("picture %s", a.Val)
				}
			}
		case html.CommentToken:
			if !strings.HasPrefix(token.Data, "[if mso]>") {
				t.Errorf("comment %s", token)
			}
		case html.TextToken, html.EndTagToken, html.DoctypeToken, html.ErrorToken:
		}
	}
}

// What a report lacks must be said, and first of all that its data is not whole.
func TestMailSaysWhatIsMissing(t *testing.T) {
	none := &report.Memory{}
	partial := office(3)
	partial.Read = slices.DeleteFunc(partial.Read, func(l authreport.Lines) bool { return l.Day == companyLast-2 })
	fresh := office(3)
	fresh.Read = slices.DeleteFunc(fresh.Read, func(l authreport.Lines) bool { return l.Day < companyLast-8 })
	for name, test := range map[string]struct {
		source   *report.Memory
		change   func(*report.Request)
		facts    MailFacts
		want     []string
		unwanted []string
	}{
		"nothing at all":   {none, nil, testFacts, []string{"Partial data", "No messages in these days.", "None in these days.", english.text("compare.none")}, []string{"NaN", "new"}},
		"a day is missing": {partial, nil, testFacts, []string{"Partial data", "21 Nov 2026", "Sat 21 Nov no log"}, nil},
		"whole":            {office(3), nil, testFacts, []string{"The next report comes on Mon 30 Nov 2026, 07:00 CET.", "page.zip", "workbook.xlsx", "“weekly”"}, []string{"Partial", "No further report"}},
		"no period before": {fresh, nil, testFacts, []string{english.text("compare.none")}, []string{" before,", " before;", "+0", "unchanged", "points"}},
		"no next one":      {office(3), func(q *report.Request) { q.Next = time.Time{} }, testFacts, []string{"No further report of this kind is scheduled."}, []string{"The next report"}},
		"nothing attached": {office(30), nil, MailFacts{}, []string{"10 of 30 senders."}, []string{"workbook", "cid:", "Attached"}},
		"page alone":       {office(30), nil, MailFacts{AttachedPage: "page.zip"}, []string{"The page has all."}, []string{"workbook"}},
		"some domains": {office(30), func(q *report.Request) { q.Domains = []string{"example1.org", "example2.org"} }, testFacts,
			[]string{"only example1.org, example2.org"}, []string{"user3@example3.org"}},
		"notes":    {office(3), nil, MailFacts{Notes: []string{"The page is left out."}}, []string{"The page is left out."}, nil},
		"own mail": {office(3), func(q *report.Request) { q.Own = []string{"user1@example1.org"} }, testFacts, []string{"user1@example1.org (authreport)"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := mailed(t, test.source, 7, test.change)
			source, seen, plain := bodies(t, r, test.facts)
			plain = strings.Join(strings.Fields(strings.ReplaceAll(plain, "PARTIAL DATA", "Partial data")), " ")
			for _, w := range test.want {
				if !strings.Contains(seen, w) {
					t.Errorf("HTML lacks %q", w)
				}
				if !strings.Contains(plain, w) && !strings.Contains(w, "Nov no log") {
					t.Errorf("text lacks %q", w)
				}
			}
			for _, w := range test.unwanted {
				if strings.Contains(seen, w) || strings.Contains(plain, w) || w == "cid:" && strings.Contains(source, w) {
					t.Errorf("mail has %q", w)
				}
			}
			if r.Quality.Partial && (!strings.HasPrefix(plain, "Partial data") || !strings.HasPrefix(seen, "Partial data")) {
				t.Errorf("the first line is not that the data is partial: %.60q, %.60q", seen, plain)
			}
			checkElements(t, source)
		})
	}
}

// The same report must give the same bytes.
func TestMailIsStable(t *testing.T) {
	r := mailed(t, office(40), 7, nil)
	first, _, plain := bodies(t, r, testFacts)
	second, _, again := bodies(t, r, testFacts)
	if first != second || plain != again {
		t.Error("two renderings differ")
	}
}

// A bar's cells must make 100 percent, and every part be seen.
func TestBar(t *testing.T) {
	for _, parts := range [][]int64{nil, {0}, {5}, {1, 1_000_000}, {1, 1, 1}, {1, 1, 1, 1, 1, 1, 1_000_000}, {333, 333, 334, 0}} {
		var shares []mailShare
		seen := 0
		for _, p := range parts {
			shares = append(shares, mailShare{Part: p})
			if p > 0 {
				seen++
			}
		}
		bar := newBar(shares)
		total := 0
		for _, p := range bar {
			total += p.Width
			if p.Width < 1 {
				t.Errorf("%v: a cell of %d %%", parts, p.Width)
			}
		}
		if len(bar) != seen || seen > 0 && total != 100 {
			t.Errorf("%v: %d cells of %d %%, want %d of 100 %%", parts, len(bar), total, seen)
		}
	}
}

// The picture must be drawn for any number of days and domains, opaque, and small enough to be mailed.
func TestVolumePNG(t *testing.T) {
	names := []string{"example.org", "", "xn--mnchen-3ya.example", strings.Repeat("long", 60) + ".example", "<b>\u202e\x00", "日本.example", "x.example", "y.example"}
	for _, test := range []struct{ days, domains int }{{0, 0}, {1, 0}, {1, 1}, {7, len(names)}, {15, 2}, {90, len(names)}, {366, 6}} {
		var r report.Report
		for i := range test.days {
			r.Summary.Days = append(r.Summary.Days, report.Day{Day: companyLast - authreport.Day(test.days-i), HasLines: i != 3})
		}
		for i := range test.domains {
			d := report.Domain{Name: names[i], Days: make([]int64, test.days)}
			for day := range test.days {
				d.Days[day] = int64(day*i) * 1_000_000
			}
			r.Domains = append(r.Domains, d)
		}
		data, err := VolumePNG(&r)
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if b := picture.Bounds(); b.Dx() != 1200 || b.Dy() != 600 || len(data) > 60_000 {
			t.Errorf("%+v: %v, %d bytes", test, b, len(data))
		}
		if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha != 0xffff {
			t.Errorf("%+v: not opaque", test)
		}
	}
}

func TestSubjectAndFileName(t *testing.T) {
	days := authreport.Range{First: authreport.NewDay(2026, 11, 17), Last: authreport.NewDay(2026, 11, 23)}
	for _, test := range []struct {
		title         string
		sources       []string
		days          authreport.Range
		ext           string
		subject, file string
	}{
		{"SMTP AUTH clients, weekly", []string{"mx1"}, days, "xlsx", "SMTP AUTH clients, weekly: mx1", "smtp-auth-clients-weekly-2026-11-17-to-2026-11-23.xlsx"},
		{"SMTP AUTH clients, weekly", nil, days, "zip", "SMTP AUTH clients, weekly", "smtp-auth-clients-weekly-2026-11-17-to-2026-11-23.zip"},
		{"", []string{"a", "b"}, authreport.Range{First: days.Last, Last: days.Last}, "html", "SMTP AUTH clients: a, b", "smtp-auth-clients-2026-11-23.html"},
		{"Überblick\r\nBcc: x", []string{"a\nb", "c", "d", "e"}, days, "html", `Überblick\r\nBcc: x: 4 sources`, "berblick-bcc-x-2026-11-17-to-2026-11-23.html"},
		{"../../etc/passwd", nil, days, "../sh", "../../etc/passwd", "etc-passwd-2026-11-17-to-2026-11-23.sh"},
		{"日本", nil, days, "html", "日本", "smtp-auth-clients-2026-11-17-to-2026-11-23.html"},
	} {
		r := &report.Report{Request: report.Request{Title: test.title, Sources: test.sources, Range: test.days}}
		if got := Subject(r); got != test.subject {
			t.Errorf("subject %q, want %q", got, test.subject)
		}
		if got := FileName(r, test.ext); got != test.file {
			t.Errorf("file %q, want %q", got, test.file)
		}
	}
	long := &report.Report{Request: report.Request{Title: strings.Repeat("long ", 100), Range: days}}
	if n := len(FileName(long, "xlsx")); n > 100 {
		t.Errorf("file name of %d characters", n)
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct{ indent, text, want string }{
		{"  ", "", ""},
		{"  ", "a  b\nc", "  a b c"},
		{"> ", strings.Repeat("word ", 20), "> word word word word word word word word word word word word word word\n> word word word word word word"},
		{"", strings.Repeat("x", 100) + " y", strings.Repeat("x", 100) + "\ny"},
	} {
		if got := wrap(test.indent, test.text); got != test.want {
			t.Errorf("wrap(%q, %q) = %q, want %q", test.indent, test.text, got, test.want)
		}
	}
	if got, want := ends("left", "right"), "left"+strings.Repeat(" ", textWidth-9)+"right"; got != want {
		t.Errorf("ends = %q, want %q", got, want)
	}
	if got := ends(strings.Repeat("l", 70), "right"); got != strings.Repeat("l", 70)+"\n"+strings.Repeat(" ", textWidth-5)+"right" {
		t.Errorf("ends of a long line = %q", got)
	}
}
