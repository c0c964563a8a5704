package render

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// TestPageData unpacks the page's columns and finds every sender, cell and client of the report in them.
func TestPageData(t *testing.T) {
	r := companyReport(t, 60)
	p := parsePage(t, r, "")
	var facts pageFacts
	if err := json.Unmarshal([]byte(p.scripts["facts"]), &facts); err != nil {
		t.Fatal(err)
	}
	c := p.block(t, "senders-data")
	names, domains, own, cells := c.texts(facts.Senders), c.column(facts.Senders), c.column(facts.Senders), c.column(facts.Senders)
	var all int
	for _, n := range cells {
		all += int(n)
	}
	keys, messages := c.column(all), c.column(all)
	if len(c.rest) > 0 {
		t.Errorf("%d bytes are left over", len(c.rest))
	}
	var inRange int64
	for h := range r.Histories() {
		if names[0] != english.senderName(h.Address, false) || facts.Domains[domains[0]].Name != english.domainName(h.Domain) || own[0] != flag(h.Own) {
			t.Fatalf("sender is %s of %s, want %s of %s", names[0], facts.Domains[domains[0]].Name, h.Address, h.Domain)
		}
		day := facts.First
		var got []report.Cell
		for i := range cells[0] {
			day += authreport.Day(keys[i] >> 3)
			got = append(got, report.Cell{Day: day, TLS: authreport.TLSVersions()[keys[i]&7], Messages: int64(messages[i])})
			if r.Request.Range.Contains(day) {
				inRange += int64(messages[i])
			}
		}
		if diff := cmp.Diff(got, h.Cells); diff != "" {
			t.Fatalf("cells of %s (got, want):\n%s", h.Address, diff)
		}
		keys, messages = keys[cells[0]:], messages[cells[0]:]
		names, domains, own, cells = names[1:], domains[1:], own[1:], cells[1:]
	}
	if len(names) > 0 || inRange != r.Summary.Messages.Value {
		t.Errorf("%d senders too many; %d messages in the range, want %d", len(names), inRange, r.Summary.Messages.Value)
	}
	checkClients(t, r, facts, p.block(t, "clients-data"))
	checkAccounts(t, r, facts, p.block(t, "accounts-data"))
}

func checkClients(t *testing.T, r *report.Report, facts pageFacts, c *columnReader) {
	t.Helper()
	texts := c.texts(int(c.number()))
	listed, total := c.column(facts.Senders), c.column(facts.Senders)
	var all int
	for _, n := range listed {
		all += int(n)
	}
	var fields [10][]uint64
	for i := range fields {
		fields[i] = c.column(all)
	}
	for _, title := range facts.More.Titles {
		values := c.texts(int(c.number()))
		for row, place := range c.column(facts.More.Rows) {
			if place > uint64(len(values)) {
				t.Fatalf("%s of sender %d has place %d of %d", title, row, place, len(values))
			}
		}
	}
	if len(c.rest) > 0 {
		t.Errorf("%d bytes are left over", len(c.rest))
	}
	s, at := 0, 0
	for h := range r.Histories() {
		if int(listed[s]) != len(h.Clients) || int(total[s]) != h.ClientCount {
			t.Fatalf("%s: %d of %d clients, want %d of %d", h.Address, listed[s], total[s], len(h.Clients), h.ClientCount)
		}
		for _, want := range h.Clients {
			account := english.senderName(h.Address, false)
			if n := fields[1][at]; n > 0 {
				account = texts[n-1]
			}
			first := facts.Epoch + authreport.Day(fields[7][at])
			got := []any{texts[fields[0][at]], account, texts[fields[2][at]], authreport.TLSVersions()[fields[3][at]], texts[fields[4][at]], texts[fields[5][at]], int64(fields[6][at]), first, first + authreport.Day(fields[8][at]), fields[9][at]}
			if diff := cmp.Diff(got, []any{english.loggedName(want.Server), english.accountName(want.Account, false), english.addressName(want.IP), want.TLS, english.cipherName(want), english.loggedName(want.Mechanism), want.Messages, want.First, want.Last, flag(want.Own)}); diff != "" {
				t.Fatalf("client of %s (got, want):\n%s", h.Address, diff)
			}
			at++
		}
		s++
	}
}

// TestPagePolicy: only the page's own scripts and style are allowed, nothing can be loaded, and no name became an element or an attribute that runs.
func TestPagePolicy(t *testing.T) {
	echarts, _ := templates.ECharts()
	p := parsePage(t, companyReport(t, 40), echarts)
	var policy string
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if attribute(n, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(n, "content")
			if !strings.HasPrefix(policy, "default-src 'none'; script-src 'sha256-") || strings.Contains(policy, "unsafe") {
				t.Errorf("policy is %s", policy)
			}
		}
		switch {
		case n.Data == "style", n.Data == "script" && attribute(n, "type") == "":
			if !strings.Contains(policy, hash(n.FirstChild.Data)) {
				t.Errorf("the policy lacks the hash of the %s that begins %.40q", n.Data, n.FirstChild.Data)
			}
		case n.Data == "img", n.Data == "link", n.Data == "iframe", n.Data == "b", n.Data == "i", n.Data == "a":
			t.Errorf("the page has an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
				t.Errorf("%s has the attribute %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
}

// TestPageStatic: without JavaScript the page tells the days, the TLS versions and the busiest senders.
func TestPageStatic(t *testing.T) {
	r := companyReport(t, 60)
	p := parsePage(t, r, "")
	for _, want := range []string{english.weekdate(r.Summary.Days[0].Day), english.number(r.Summary.Days[0].Messages), "The busiest 50 of " + english.number(r.Summary.Senders.Value) + " senders"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPageTwice: the same report gives the same bytes.
func TestPageTwice(t *testing.T) {
	r := companyReport(t, 40)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := Page(b, r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the second page differs from the first")
	}
}

// TestPageEmpty: a report without a single message is a page too.
func TestPageEmpty(t *testing.T) {
	r := buildReport(t, &memorySource{})
	p := parsePage(t, r, "")
	if !strings.Contains(p.text, "<strong>Partial data.</strong> No line of the log was read of ") {
		t.Error("the page does not say that no line was read")
	}
}

// TestPageCharts: the options hold the report's figures, and names stay data.
func TestPageCharts(t *testing.T) {
	r := companyReport(t, 40)
	want := map[string]int64{"volume-days": r.Summary.Messages.Value, "tls-days": r.Summary.Messages.Value, "tls-share": r.Summary.Messages.Value, "week-days": r.Week.Messages.Value}
	for _, c := range pageCharts {
		option, err := c.Option(english, r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(option)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(text), "<>") {
			t.Errorf("%s: a name is not escaped", c.ID)
		}
		var sum int64
		for _, s := range option["series"].([]any) {
			for _, item := range s.(map[string]any)["data"].([]any) {
				n, err := item.(map[string]any)["value"].(json.Number).Int64()
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
		if n, known := want[c.ID]; known && sum != n {
			t.Errorf("%s: the series add up to %d, want %d", c.ID, sum, n)
		}
		if option["tooltip"].(map[string]any)["confine"] != true {
			t.Errorf("%s: the tooltip may leave the chart", c.ID)
		}
	}
}

// BenchmarkPage writes the page of 10,000 senders over 90 days; the zipped size is what a mail carries.
func BenchmarkPage(b *testing.B) {
	r := companyReport(b, 10000)
	for b.Loop() {
		if err := Page(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if err := Page(z, r); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(zipped.Len()), "zipped-bytes")
}
