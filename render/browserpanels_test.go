package render

import (
	"fmt"
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authreport"
	"authreport/report"
)

// testSender: a row opens the sender's panel with its figures and clients.
func testSender(p *tab, r *report.Report) {
	var busiest report.SenderHistory
	for h := range r.Histories() {
		if len(h.Clients) > 1 {
			busiest = h
			break
		}
	}
	p.set("#search", busiest.Address, "input")
	p.click("#table-volume tr[data-row='0'] td")
	p.wait(`document.querySelector("#sender-clients li")`)
	p.want("#sender-name", busiest.Address)
	for s := range r.Senders() {
		if s.Address == busiest.Address {
			p.want("#sender-messages", english.number(s.Messages.Value))
			p.want("#sender-change", english.change(s.Messages))
		}
	}
	c := busiest.Clients[0]
	want := []string{
		english.accountName(c.Account, false), english.addressName(c.IP), c.TLS.String() + ", " + c.Mechanism, english.cipherName(c),
		english.counted("message", c.Messages), "seen " + english.dates(authreport.Range{First: c.First, Last: c.Last}),
	}
	got := eval[[]string](p, `[...document.querySelectorAll("#sender-clients li:first-child > div > div")].map((line) => line.innerText)`)
	if !slices.Equal(got, want) {
		p.Errorf("the first client is %v, want %v", got, want)
	}
	for s := range r.Senders() {
		if s.Address == busiest.Address {
			p.want("#sender-more div:first-child dd", english.number(s.Recipients))
		}
	}
	p.want("#sender-clients > .note", english.counted("client", int64(busiest.ClientCount))+" in all")
	p.click("#sender .close")
	p.wait(`!document.getElementById("sender").open`)
	p.set("#search", "reports@example.org", "input")
	p.click("#table-volume tr[data-row='0'] .open")
	p.want("#sender-own", "mail of authreport itself")
}

// testWeek: the widget opens the last week's panel.
func testWeek(p *tab, r *report.Report) {
	p.click("#widget")
	p.want("#week .facts div:nth-child(2) dd", english.number(r.Week.Messages.Value)+" "+english.change(r.Week.Messages))
	p.want("#week .facts div:nth-child(3) dd", english.percent(r.Week.Legacy.Value, r.Week.Messages.Value)+" "+english.points(r.Week.Legacy, r.Week.Messages))
	if got := eval[int](p, `document.querySelectorAll("#week-shares tbody tr").length`); got < 4 {
		p.Errorf("%d TLS versions in the week's panel", got)
	}
}

// testKeyboard: everything can be reached and done without a mouse.
func testKeyboard(p *tab, r *report.Report) {
	focused := func() string {
		return eval[string](p, `document.activeElement.id || document.activeElement.innerText.trim()`)
	}
	press := func(keys ...string) {
		for _, key := range keys {
			p.do(chromedp.KeyEvent(key))
		}
	}
	p.do(chromedp.Focus(chromedp.CSS("#widget")))
	press(kb.Enter)
	p.wait(`document.getElementById("week").open`)
	press(kb.Escape)
	p.wait(`!document.getElementById("week").open`)
	if got := focused(); got != "widget" {
		p.Errorf("after the week's panel the focus is on %q", got)
	}
	press(kb.Tab, kb.Tab) // start date; its parts are stops of their own in Chromium
	if got := focused(); got != "start" {
		p.Errorf("after the widget the focus is on %q", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#tab-volume")))
	press(kb.ArrowRight)
	p.want("[role=tab][aria-selected=true]", "TLS usage")
	press(kb.Home)
	p.want("[role=tab][aria-selected=true]", "Sending volume")
	p.do(chromedp.Focus(chromedp.CSS("#search")))
	press(kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab) // past the buttons of the changes
	if got := focused(); got != "Sender address" {
		p.Errorf("after the search the focus is on %q", got)
	}
	press(kb.Enter)
	names := p.column("volume", 0)
	p.do(chromedp.Focus(chromedp.CSS("#table-volume tr[data-row='0'] .open")))
	press(kb.ArrowDown, kb.ArrowDown, kb.Enter)
	p.wait(`document.getElementById("sender").open`)
	p.want("#sender-name", names[2])
	press(kb.Escape)
	p.wait(`!document.getElementById("sender").open`)
	if got := focused(); got != names[2] {
		p.Errorf("after the sender's panel the focus is on %q, want %q", got, names[2])
	}
	press(kb.End)
	last := -1
	for h := range r.Histories() {
		if messagesIn(h, r.Request.Range)+messagesIn(h, r.Summary.Before) > 0 {
			last++
		}
	}
	p.wait(fmt.Sprintf(`document.activeElement.closest("tr")?.dataset.row === "%d"`, last))
}

// testHostile: names from the log are text, wherever they stand. A dialog or a script error would be trouble of the tab.
func testHostile(p *tab, r *report.Report) {
	for _, name := range hostileSenders {
		shown := visible(name)
		p.set("#search", shown, "input")
		p.want("#found", "1 of "+foundSenders(r, r.Request.Range, r.Summary.Before))
		p.click("#table-volume tr[data-row='0'] .open")
		p.wait(`document.querySelector("#sender-clients li")`)
		if got := eval[string](p, `document.getElementById("sender-name").textContent`); got != shown {
			p.Errorf("the sender is shown as %q, want %q", got, shown)
		}
		p.click("#sender .close")
	}
	p.set("#named", "1", "change")
	p.want("#named option:checked", "<b>busy</b> & new")
	p.set("#clause-text", hostileSenders[1], "input")
	eval[bool](p, `(document.getElementById("clause-form").requestSubmit(), true)`)
	p.want("#clauses li:last-child bdi", "Sender address is "+hostileSenders[1])
	if got := eval[int](p, `document.querySelectorAll("b[onclick], img, i, script[src]").length`); got != 0 {
		p.Errorf("%d elements came from names", got)
	}
}
