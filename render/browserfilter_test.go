package render

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authreport"
	"authreport/report"
)

// messagesIn gives a sender's messages of some days.
func messagesIn(h report.SenderHistory, days authreport.Range) (messages int64) {
	for _, c := range h.Cells {
		if days.Contains(c.Day) {
			messages += c.Messages
		}
	}
	return messages
}

// foundSenders says how many senders the table lists for some days, and for those before.
func foundSenders(r *report.Report, days, before authreport.Range) string {
	var senders, gone int64
	for h := range r.Histories() {
		switch {
		case messagesIn(h, days) > 0:
			senders++
		case messagesIn(h, before) > 0:
			gone++
		}
	}
	text := english.counted("sender", senders)
	if gone > 0 {
		text += " and " + english.number(gone) + " gone"
	}
	return text
}

// legacyOf gives a sender's messages over legacy TLS.
func legacyOf(s report.Sender) int64 {
	return s.TLS[authreport.SSL30] + s.TLS[authreport.TLS10] + s.TLS[authreport.TLS11]
}

// testClauses: clauses typed in and named ones keep figures, charts and tables to the senders that fit all of them.
func testClauses(p *tab, r *report.Report) {
	check := func(what string, fits func(report.Sender) bool) {
		p.Helper()
		var messages, senders int64
		for s := range r.Senders() {
			if fits(s) {
				messages += s.Messages.Value
				senders++
			}
		}
		if senders == 0 || senders == r.Summary.Senders.Value {
			p.Fatalf("%s: %d senders tell nothing", what, senders)
		}
		for selector, want := range map[string]int64{"messages": messages, "senders": senders} {
			if got := p.text("[data-figure=" + selector + "] .figure"); got != english.number(want) {
				p.Errorf("%s: %s %s, want %d", what, selector, got, want)
			}
		}
		for _, chart := range []string{"volume-days", "tls-days"} {
			p.click("#tab-" + chart[:strings.IndexByte(chart, '-')])
			if got := eval[string](p, fmt.Sprintf(`document.querySelector("[data-chart=%s] .chart").getAttribute("aria-label")`, chart)); !strings.HasSuffix(got, ": "+english.counted("message", messages)) {
				p.Errorf("%s: the chart says %q, want %d messages", what, got, messages)
			}
		}
		p.want("#found", english.counted("sender", senders))
	}
	add := func(field, operator, value string) {
		p.set("#clause-field", field, "change")
		p.set("#clause-operator", operator, "change")
		p.set("#clause-text", value, "input")
		p.do(chromedp.Focus(chromedp.CSS("#clause-text")), chromedp.KeyEvent(kb.Enter))
	}
	p.do(chromedp.Focus(chromedp.CSS("#clause-open")), chromedp.KeyEvent(kb.Enter))
	add("sender", "starts with", "PRINTER-")
	check("a beginning", func(s report.Sender) bool { return strings.HasPrefix(s.Address, "printer-") })
	add("messages", ">", "100")
	add("messages", ">", "100") // twice says nothing more
	check("two clauses", func(s report.Sender) bool { return strings.HasPrefix(s.Address, "printer-") && s.Messages.Value > 100 })
	if got := eval[[]string](p, `[...document.querySelectorAll("#clauses bdi")].map((clause) => clause.innerText)`); !slices.Equal(got, []string{"Sender address starts with PRINTER-", "Messages is greater than 100"}) {
		p.Errorf("the clauses are %q", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#clauses button")), chromedp.KeyEvent(kb.Enter))
	if got := eval[string](p, `document.activeElement.getAttribute("aria-label")`); got != "Remove: Messages is greater than 100" {
		p.Errorf("after a clause was removed the focus is on %q", got)
	}
	check("the second clause", func(s report.Sender) bool { return s.Messages.Value > 100 })
	p.click("#clauses-clear")
	for _, clause := range []struct {
		field, operator, value string
		fits                   func(report.Sender) bool
	}{
		{"sender", "contains", "CAN", func(s report.Sender) bool { return strings.Contains(s.Address, "can") }},
		{"sender", "ends with", ".com", func(s report.Sender) bool { return strings.HasSuffix(s.Address, ".com") }},
		{"domain", "is", "example.org", func(s report.Sender) bool { return s.Domain == "example.org" }},
		{"domain", "is not", "example.org", func(s report.Sender) bool { return s.Domain != "example.org" }},
		{"TLS1.0 share", "is", "100", func(s report.Sender) bool { return s.TLS[authreport.TLS10] == s.Messages.Value }},
		{"TLS1.3 share", "<", "12.5", func(s report.Sender) bool { return s.TLS[authreport.TLS13]*1000 < s.Messages.Value*125 }},
		{"none share", "is not", "0", func(s report.Sender) bool { return s.TLS[authreport.TLSNone] > 0 }},
	} {
		add(clause.field, clause.operator, clause.value)
		check(clause.field+" "+clause.operator, clause.fits)
		p.click("#clauses-clear")
	}
	p.set("#named", "0", "change")
	check("a named filter", func(s report.Sender) bool { return s.Domain == "example.org" && legacyOf(s) > 0 })
	p.set("#clause-text", "5", "input")
	p.click("#clause-form [type=submit]")
	if got := eval[string](p, `document.getElementById("named").value`); got != "own" {
		p.Errorf("with a clause more the named filter is %q", got)
	}
	p.click("#tab-accounts")
	p.wait(`!document.getElementById("accounts-other").hidden`)
	p.click("#accounts-other button")
	if got := eval[string](p, `document.getElementById("named").value`); got != "" {
		p.Errorf("back at the report's own range the named filter is %q", got)
	}
}

// testChanges: senders that are new, gone, up or down can be told and chosen, and gone ones are listed.
func testChanges(p *tab, r *report.Report) {
	senders := map[string][]string{}
	for h := range r.Histories() {
		now, before := messagesIn(h, r.Request.Range), messagesIn(h, r.Summary.Before)
		change := ""
		switch {
		case now == 0 && before == 0:
			continue
		case before == 0:
			change = "new"
		case now == 0:
			change = "gone"
		case now > before:
			change = "up"
		case now < before:
			change = "down"
		default:
			change = "unchanged"
		}
		senders[change] = append(senders[change], english.senderName(h.Address, false))
	}
	for i, change := range authreport.ClauseChanges() {
		button := fmt.Sprintf("#trends button:nth-child(%d)", i+1)
		p.want(button, english.number(int64(len(senders[change])))+" "+change)
		if len(senders[change]) == 0 {
			p.Fatalf("no sender is %s", change)
		}
		p.click(button)
		p.want("#trends [aria-pressed=true]", english.number(int64(len(senders[change])))+" "+change)
		got := p.column("volume", 0)
		for _, name := range got {
			if !slices.Contains(senders[change], strings.TrimSuffix(name, "authreport")) {
				p.Errorf("%s is not %s", name, change)
			}
		}
		if change == "gone" {
			if len(got) != len(senders[change]) || p.column("volume", 2)[0] != "0" || p.column("volume", 4)[0] != "gone" {
				p.Errorf("of gone senders the table has %v, %v, %v", got, p.column("volume", 2), p.column("volume", 4))
			}
			p.click("#table-volume tr[data-row='0'] .open")
			p.want("#sender-change", "gone")
			p.click("#sender .close")
		}
		p.click(button)
	}
	p.set("#start", r.HistoryRange().First.String(), "change")
	if !eval[bool](p, `document.getElementById("trends").hidden`) {
		p.Error("changes are told where there is no period before")
	}
}

// testRequest: the command asks for what is chosen, and a shell takes it apart as it was meant.
func testRequest(p *tab, r *report.Report) {
	p.set("#domain", "1", "change")
	p.set("#named", "1", "change")
	p.set("#start", (r.Request.Range.First - 3).String(), "change")
	p.click("#request-open")
	p.do(chromedp.Focus(chromedp.CSS("#request-recipients")))
	p.set("#request-recipients", "o'neil@example.org; admins, \"john doe\"@example.org $(x)@example.org", "input")
	command := p.text("#request-command")
	var out bytes.Buffer
	shell := exec.Command("sh", "-c", "authreport() { printf '%s\\n' \"$@\"; }; "+command)
	shell.Stdout = &out
	if err := shell.Run(); err != nil {
		p.Fatalf("%s: %v", command, err)
	}
	want := []string{
		"--request", "weekly", "--from", (r.Request.Range.First - 3).String(), "--to", r.Request.Range.Last.String(), "--domain", r.Domains[1].Name,
		"--recipient", "o'neil@example.org", "--recipient", "admins", "--recipient", `"john doe"@example.org`, "--recipient", "$(x)@example.org",
	}
	if got := strings.Split(strings.TrimSpace(out.String()), "\n"); !slices.Equal(got, want) {
		p.Errorf("the command %s means %q, want %q", command, got, want)
	}
	p.want("#request-fault", "")
	p.want("#request-clauses", "Clauses keep this page to some senders; the report has all senders of these days and domains.")
	p.set("#request-recipients", "a@b@c.example", "input")
	p.want("#request-fault", "a@b@c.example is neither an address nor a group.")
	p.set("#request-recipients", "", "input")
	p.click("#request-copy")
	p.wait(`document.getElementById("request-copied").textContent !== ""`)
	p.click("#request .close")
	none := slices.IndexFunc(r.Domains, func(d report.Domain) bool { return d.Name == "" })
	p.set("#domain", fmt.Sprint(none), "change")
	p.click("#request-open")
	p.want("#request-fault", "A report cannot keep to (no domain): it has all domains.")
}

// testPaper: printed, everything fits the width of A4, in light colours, with the heading of the table on each sheet.
func testPaper(p *tab) {
	preferred := true
	printed, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &preferred})
	if err != nil {
		p.Fatal(err)
	}
	if sheets := bytes.Count(printed.Data, []byte("/Type /Page\n")); sheets < 5 || sheets > 30 {
		p.Errorf("%d sheets", sheets)
	}
	if eval[bool](p, `document.documentElement.hasAttribute("data-printing")`) {
		p.Error("after printing the page still has the form for paper")
	}
	eval[bool](p, `window.dispatchEvent(new Event("beforeprint"))`)
	const paper = 703 // 186 mm
	for _, view := range []string{"volume", "tls"} {
		if got := eval[[]string](p, fmt.Sprintf(`(() => {
			const left = document.querySelector("main").getBoundingClientRect().left;
			return [...document.querySelectorAll("#view-%s *, #table-%[1]s *")].filter((e) => e.getBoundingClientRect().right - left > %d).map((e) => e.outerHTML.slice(0, 100)).slice(0, 5);
		})()`, view, paper+1)); len(got) > 0 {
			p.Errorf("wider than the paper: %s", got)
		}
	}
	if got := eval[string](p, `getComputedStyle(document.documentElement).getPropertyValue("--text")`); strings.TrimSpace(got) != "#000" {
		p.Errorf("text is printed in %s", got)
	}
	if got := eval[int](p, `document.querySelectorAll("#table-volume tr[data-row]").length`); got != 250 {
		p.Errorf("%d rows are printed, want 250", got)
	}
	if got := p.text("#table-volume > .note"); !strings.HasPrefix(got, "The first 250 of 3") {
		p.Errorf("below the printed rows stands %q", got)
	}
}
