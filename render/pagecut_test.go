package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"authreport"
	"authreport/report"
)

// TestCutPageData holds that a page that lists some senders alone carries the same messages by domain, day and TLS version as one that lists all.
func TestCutPageData(t *testing.T) {
	r := companyReport(t, 60)
	type key struct {
		domain string
		day    authreport.Day
		tls    authreport.TLS
	}
	want := make(map[key]int64)
	var senders int
	for h := range r.Histories() {
		senders++
		for _, c := range h.Cells {
			want[key{english.domainName(h.Domain), c.Day, c.TLS}] += c.Messages
		}
	}
	for _, most := range []int{1, 3, 20, senders - 1} {
		p := parseCut(t, r, most)
		var facts pageFacts
		if err := json.Unmarshal([]byte(p.scripts["facts"]), &facts); err != nil {
			t.Fatal(err)
		}
		if facts.Others != senders-most || facts.Senders != most+facts.Folded || !strings.Contains(p.text, fmt.Sprintf("lists the busiest %d of %d senders of 26 Aug to 23 Nov 2026", most, senders)) {
			t.Errorf("of %d senders %d are listed and %d are not, in %d rows", senders, facts.Senders-facts.Folded, facts.Others, facts.Folded)
		}
		c := p.block(t, "senders-data")
		c.texts(facts.Senders)
		domains, _, cells := c.column(facts.Senders), c.column(facts.Senders), c.column(facts.Senders)
		var all int
		for _, n := range cells {
			all += int(n)
		}
		keys, messages, got := c.column(all), c.column(all), make(map[key]int64)
		named, rest := make(map[string]bool), int64(0)
		for _, d := range facts.Domains {
			named[d.Name] = !d.Rest
		}
		for s, n := range cells {
			day := facts.First
			for range n {
				day += authreport.Day(keys[0] >> 3)
				if facts.Domains[domains[s]].Rest {
					rest += int64(messages[0])
				} else {
					got[key{facts.Domains[domains[s]].Name, day, authreport.TLSVersions()[keys[0]&7]}] += int64(messages[0])
				}
				keys, messages = keys[1:], messages[1:]
			}
		}
		for k, n := range want {
			if !named[k.domain] {
				rest -= n
			} else if got[k] != n {
				t.Errorf("%d senders: %v has %d messages, want %d", most, k, got[k], n)
			}
		}
		if rest != 0 || len(c.rest) > 0 || len(named) < min(most, len(r.Domains)) {
			t.Errorf("%d senders: other domains have %d messages too many; %d bytes are left over; %d domains", most, rest, len(c.rest), len(named))
		}
		checkCutAccounts(t, r, facts, p.block(t, "accounts-data"), most)
	}
	var whole, cut bytes.Buffer
	if err := Page(&whole, r); err != nil {
		t.Fatal(err)
	}
	if err := CutPage(&cut, r, senders); err != nil || !bytes.Equal(whole.Bytes(), cut.Bytes()) {
		t.Errorf("a page of all senders is not the whole page, %v", err)
	}
}

func parseCut(t *testing.T, r *report.Report, most int) parsedPage {
	t.Helper()
	var b strings.Builder
	if err := english.writePage(&b, r, most, ""); err != nil {
		t.Fatal(err)
	}
	return parsePageText(t, b.String())
}

// checkCutAccounts holds that the busiest accounts are listed by their names.
func checkCutAccounts(t *testing.T, r *report.Report, facts pageFacts, c *columnReader, most int) {
	t.Helper()
	names := c.texts(int(c.number()))
	places := c.column(facts.Accounts.Rows)
	if want := min(most, int(r.Summary.Accounts.Value)); len(places) != want {
		t.Errorf("%d accounts are listed, want %d", len(places), want)
	}
	row := 0
	for a := range r.Accounts() {
		if row == len(places) {
			break
		}
		if got, want := names[places[row]-1], english.accountName(a.Name, a.Own); got != want {
			t.Errorf("account %d is %s, want %s", row, got, want)
		}
		row++
	}
}

// testCut uses a page that lists 40 senders beside one that lists all: what a reader chooses has the same messages, and what is not known is not shown.
func testCut(cut, whole *tab) {
	const figures = `["messages", "legacy", "none"].map((id) => document.querySelector("[data-figure=" + id + "]").innerText).join("; ") + document.querySelector("#tls-shares").textContent`
	for _, domain := range []string{"All sender domains", "example.org", "(no domain)", "billing.example.org"} {
		for _, days := range [][2]string{{"2026-11-17", "2026-11-23"}, {"2026-08-26", "2026-11-23"}, {"2026-10-25", "2026-10-26"}} {
			for _, p := range []*tab{cut, whole} {
				p.set("#start", days[0], "change")
				p.set("#end", days[1], "change")
				value := eval[string](p, fmt.Sprintf(`[...document.querySelectorAll("#domain option")].find((o) => o.textContent === %q).value`, domain))
				p.set("#domain", value, "change")
			}
			if got, want := eval[string](cut, figures), eval[string](whole, figures); got != want {
				cut.Errorf("%s, %v: %s; want %s", domain, days, got, want)
			}
		}
	}
	cut.want("[data-figure=senders] .figure", "–")
	cut.want("[data-figure=senders] .note", "for the whole report only")
	cut.click("#tab-accounts")
	cut.wait(`document.querySelector("#table-accounts").innerText.includes("knows the accounts of the report’s own range")`)
	cut.click("#accounts-other [data-days='0']")
	cut.wait(`document.querySelectorAll("#table-accounts tr[data-row]").length > 3`)
	whole.click(".quick [data-days='0']")
	if got, want := eval[string](cut, figures), eval[string](whole, figures); got != want {
		cut.Errorf("the report's own range: %s; want %s", got, want)
	}
	cut.click("#tab-volume")
	cut.wait(`/^[0-9]+ senders, the busiest$|^[0-9]+ senders and [0-9]+ gone, the busiest$/.test(document.querySelector("#found").innerText)`)
	cut.set("#named", "1", "change")
	cut.wait(`document.querySelectorAll("#table-volume tr[data-row]").length > 3`)
	messages := `Number(document.querySelector("[data-figure=messages] .figure").innerText.replaceAll(",", "")) - [...document.querySelectorAll("#table-volume tr[data-row]")].reduce((n, row) => n + Number(row.cells[2].innerText.replaceAll(",", "")), 0)`
	if left := eval[int64](cut, messages); left != 0 {
		cut.Errorf("with clauses there are %d messages that no sender of the table has", left)
	}
	cut.click("#table-volume tr[data-row='0'] .open")
	cut.wait(`document.querySelector("#sender-clients li")`)
}
