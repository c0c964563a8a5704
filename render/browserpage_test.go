package render

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// TestPageInBrowser uses the page as a reader does, in a real browser from a file.
func TestPageInBrowser(t *testing.T) {
	browser := startBrowser(t)
	r := companyReport(t, 320)
	echarts, charts := templates.ECharts()
	if !charts && os.Getenv("AUTHREPORT_TEST_ALL") != "" {
		t.Fatal("the ECharts bundle is missing: go generate ./templates/...")
	}
	file := pageFile(t, r, 0, echarts)
	open := func(t *testing.T) *tab { return openPage(t, browser, file, 1280, "light") }

	t.Run("figures", func(t *testing.T) { testFigures(open(t), r) })
	t.Run("clauses", func(t *testing.T) { testClauses(open(t), r) })
	t.Run("changes", func(t *testing.T) { testChanges(open(t), r) })
	t.Run("request", func(t *testing.T) { testRequest(open(t), r) })
	t.Run("views", func(t *testing.T) { testViews(open(t), r) })
	t.Run("filters", func(t *testing.T) { testFilters(open(t), r) })
	t.Run("table", func(t *testing.T) { testTable(open(t), r) })
	t.Run("sender", func(t *testing.T) { testSender(open(t), r) })
	t.Run("accounts", func(t *testing.T) { testAccounts(open(t), r) })
	t.Run("week", func(t *testing.T) { testWeek(open(t), r) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(open(t), r) })
	t.Run("hostile names", func(t *testing.T) { testHostile(open(t), r) })
	t.Run("phone", func(t *testing.T) { testPhone(openPage(t, browser, file, 390, "light")) })
	t.Run("dark", func(t *testing.T) { testDark(openPage(t, browser, file, 1280, "dark")) })
	t.Run("cut", func(t *testing.T) { testCut(openPage(t, browser, pageFile(t, r, 40, echarts), 1280, "light"), open(t)) })
	t.Run("without ECharts", func(t *testing.T) { testWithoutECharts(openPage(t, browser, pageFile(t, r, 0, ""), 1280, "light"), r) })
	t.Run("old browser", func(t *testing.T) {
		testOldBrowser(openPage(t, browser, file, 1280, "light", "delete window.DecompressionStream"), r)
	})
	t.Run("Dutch", func(t *testing.T) {
		dutch := pageFileIn(t, "nl", r, echarts)
		testDutch(openPage(t, browser, dutch, 1280, "light"), r, charts)
		testPhone(openPage(t, browser, dutch, 390, "light"))
	})
	if charts {
		t.Run("hover", func(t *testing.T) { testHover(open(t), r) })
		t.Run("paper", func(t *testing.T) { testPaper(openPage(t, browser, file, 1280, "dark")) })
		t.Run("accessible", func(t *testing.T) {
			sender := "#table-tls tr[data-row='0'] .open"
			chosen := "document.getElementById('named').value = '1'; document.getElementById('named').dispatchEvent(new Event('change'))"
			testAccessible(openPage(t, browser, file, 1280, "light"), "{}", "#tab-accounts", "#clause-open", "#tab-volume", chosen, "#trends button", "#tab-tls", sender)
			testAccessible(openPage(t, browser, file, 390, "dark"), `{ runOnly: ["color-contrast"] }`, "#clause-open", chosen, "#tab-tls", sender)
			testAccessible(openPage(t, browser, file, 390, "dark"), "{}", "#widget")
			branded := pageFileIn(t, "en", inLook(r, example(t)), echarts)
			testAccessible(openPage(t, browser, branded, 1280, "light"), "{}", "#clause-open", "#tab-tls", sender)
			testAccessible(openPage(t, browser, branded, 390, "dark"), `{ runOnly: ["color-contrast"] }`, "#clause-open", "#tab-tls", sender)
			testAccessible(openPage(t, browser, file, 390, "dark"), "{}", chosen, "#request-open")
		})
	}
}

// testFigures: what the page shows first is what the report holds.
func testFigures(p *tab, r *report.Report) {
	p.want("h1", "SMTP AUTH clients, weekly")
	p.want("#widget .figure", english.number(r.Week.Accounts.Value))
	p.want("#widget .change", english.change(r.Week.Accounts))
	p.want("[data-figure=messages] .figure", english.number(r.Summary.Messages.Value))
	p.want("[data-figure=senders] .figure", english.number(r.Summary.Senders.Value))
	p.want("[data-figure=legacy] .figure", english.number(r.Summary.Legacy.Value))
	p.want("[data-figure=failures] .figure", english.number(r.Summary.Failures.Value))
	p.want("#found", foundSenders(r, r.Request.Range, r.Summary.Before))
	var want []string
	for s := range r.Senders() {
		want = append(want, english.number(s.Messages.Value))
	}
	if got := p.column("volume", 2); len(got) < 10 || !slices.Equal(got, want[:len(got)]) {
		p.Errorf("the table's messages are %v, want the beginning of %v", got, want[:20])
	}
	// The same figures again, now summed up by the script from the counts in the page.
	p.set("#start", (r.Request.Range.First - 1).String(), "change")
	p.set("#start", r.Request.Range.First.String(), "change")
	p.want("[data-figure=messages] .figure", english.number(r.Summary.Messages.Value))
	for i, d := range r.Domains {
		p.set("#domain", fmt.Sprint(i), "change")
		p.want("[data-figure=messages] .figure", english.number(d.Messages.Value))
		p.want("[data-figure=messages] .change", english.change(d.Messages))
		p.want("[data-figure=senders] .figure", english.number(d.Senders))
		p.want("[data-figure=failures] .figure", noFigure)
	}
}

// testViews: the tabs change the charts and the table, and the TLS view counts as the report does.
func testViews(p *tab, r *report.Report) {
	p.click("#tab-tls")
	p.want("[role=tab][aria-selected=true]", "TLS usage")
	if !eval[bool](p, `document.getElementById("view-volume").hidden && document.getElementById("table-volume").hidden && !document.getElementById("view-tls").hidden`) {
		p.Error("the view by volume is still there")
	}
	shares := eval[[][]string](p, `[...document.querySelectorAll("#tls-shares tbody tr")].map((row) => [row.cells[0].innerText, row.cells[2].innerText, row.cells[3].innerText])`)
	var want [][]string
	for _, v := range authreport.TLSVersions() {
		if n := r.Summary.TLS[v]; n > 0 || v >= authreport.TLS10 {
			want = append(want, []string{v.String(), english.percent(n, r.Summary.Messages.Value), english.number(n)})
		}
	}
	if fmt.Sprint(shares) != fmt.Sprint(want) {
		p.Errorf("TLS versions are %v, want %v", shares, want)
	}
	p.click("[data-mode=count]")
	p.want("[data-mode][aria-pressed=true]", "Count")
	for s := range r.Senders() { // the busiest
		if got := p.column("tls", 1)[0]; got != english.percent(s.TLS[authreport.TLS13], s.Messages.Value)+english.number(s.TLS[authreport.TLS13]) {
			p.Errorf("TLS1.3 of %s is %q", s.Address, got)
		}
		break
	}
}

// testFilters: days and domain apply to figures, charts and table; days are kept within those the page carries.
func testFilters(p *tab, r *report.Report) {
	day := r.Request.Range.Last - 20
	var messages int64
	for h := range r.Histories() {
		messages += messagesIn(h, authreport.Range{First: day, Last: day})
	}
	p.set("#end", day.String(), "change")
	p.set("#start", day.String(), "change")
	p.want("#chosen", english.date(day)+", all sender domains")
	p.want("[data-figure=messages] .figure", english.number(messages))
	p.want("#found", foundSenders(r, authreport.Range{First: day, Last: day}, authreport.Range{First: day - 1, Last: day - 1}))
	p.want("[data-figure=failures] .figure", noFigure)

	p.set("#start", "2020-01-01", "change")
	if got := eval[string](p, `document.getElementById("start").value`); got != r.HistoryRange().First.String() {
		p.Errorf("a start before the first day carried became %s", got)
	}
	p.want("#compared", "no earlier period to compare with")
	p.set("#start", "", "change") // a date half typed changes nothing
	p.want("#chosen", english.dates(authreport.Range{First: r.HistoryRange().First, Last: day})+", all sender domains")

	p.click(".quick button")
	p.want("#chosen", english.dates(r.Request.Range)+", all sender domains")
	p.want("[data-figure=failures] .figure", english.number(r.Summary.Failures.Value))
	p.set("#domain", "1", "change")
	p.want("#chosen", english.dates(r.Request.Range)+", "+english.domainName(r.Domains[1].Name))
	for _, domain := range p.column("volume", 1) {
		if domain != english.domainName(r.Domains[1].Name) {
			p.Errorf("a sender of %s is shown", domain)
		}
	}
}

// testTable: every column sorts both ways, the search finds parts of addresses in any case, and says when there is nothing.
func testTable(p *tab, r *report.Report) {
	p.click(`#table-volume th[data-key=address] button`)
	names := p.column("volume", 0)
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	if !slices.IsSorted(lower) {
		p.Errorf("addresses are not ascending: %v", names)
	}
	p.click(`#table-volume th[data-key=address] button`)
	if got := eval[string](p, `document.querySelector("#table-volume th[data-key=address]").getAttribute("aria-sort")`); got != "descending" {
		p.Errorf("aria-sort is %s", got)
	}
	p.click("#tab-tls")
	p.click(`#table-tls th[data-key="TLS1.0"] button`)
	if got := p.column("tls", 4)[0]; !strings.HasPrefix(got, "100 %") {
		p.Errorf("the sender with the largest share of TLS1.0 has %s", got)
	}
	p.set("#search", "PRINTER-", "input")
	for _, name := range p.column("tls", 0) {
		if !strings.HasPrefix(name, "printer-") {
			p.Errorf("found %s", name)
		}
	}
	p.set("#search", "no such address", "input")
	p.want("#table-tls .nothing", "Nothing found: no sender address contains this text.")
	p.want("#found", "0 of "+english.counted("sender", r.Summary.Senders.Value))
	p.set("#search", "", "input")
	eval[bool](p, `(document.querySelector("#table-tls .scroll").scrollTop = 1e6) > 0`)
	p.wait(fmt.Sprintf(`document.querySelector("#table-tls tr[data-row='%d']")`, r.Summary.Senders.Value-1))
}

// testPhone: nothing is wider than a phone but what scrolls by itself.
func testPhone(p *tab) {
	for _, state := range []string{"", "#tab-tls", "#table-tls tr[data-row='0'] .open"} {
		if state != "" {
			p.click(state)
		}
		if got := eval[int](p, `document.documentElement.scrollWidth`); got > 390 {
			p.Errorf("after %q the page is %d wide", state, got)
		}
	}
	if got := eval[bool](p, `document.getElementById("sender").scrollWidth > 390`); got {
		p.Error("the sender's panel is wider than the screen")
	}
}

// testDark: ground and text follow the reader's setting, in the charts too.
func testDark(p *tab) {
	light := `(() => { const [r, g, b] = getComputedStyle(%s).%s.match(/\d+/g).map(Number); return (r + g + b) / 3; })()`
	if got := eval[float64](p, fmt.Sprintf(light, "document.body", "backgroundColor")); got > 60 {
		p.Errorf("the ground is %v bright", got)
	}
	if got := eval[float64](p, fmt.Sprintf(light, "document.body", "color")); got < 200 {
		p.Errorf("the text is %v bright", got)
	}
}

// testWithoutECharts: tables stand in place of the charts.
func testWithoutECharts(p *tab, r *report.Report) {
	p.want("#no-charts", "This authreport was built without its charts (ECharts), so tables stand in their place.")
	if got := eval[int](p, `document.querySelectorAll("[data-chart=volume-days] tbody tr").length`); got != r.Request.Range.Days() {
		p.Errorf("%d days in the table of days", got)
	}
}

// testOldBrowser: where the data cannot be unpacked, the page says so and shows the plain tables.
func testOldBrowser(p *tab, r *report.Report) {
	if got := p.text("#trouble"); !strings.HasPrefix(got, "The interactive part needs a newer browser") {
		p.Errorf("the page says %q", got)
	}
	if got := eval[[]int](p, `[...document.querySelectorAll("#static .picture")].map((picture) => picture.querySelectorAll("rect").length)`); len(got) != 2 || got[0] < r.Request.Range.Days() || got[1] < 3 {
		p.Errorf("the pictures have %v bars", got)
	}
	if got := p.text("#static tbody tr td"); got != english.number(r.Summary.Days[0].Messages) {
		p.Errorf("the first day in the plain table has %q messages", got)
	}
	if !eval[bool](p, `document.getElementById("app").hidden && document.getElementById("static").offsetHeight > 0`) {
		p.Error("the plain tables cannot be seen")
	}
}

// testHover: the mouse over a day tells its count, and so do the arrow keys.
func testHover(p *tab, r *report.Report) {
	day := r.Summary.Days[3]
	at := p.middle("[data-chart=volume-days] .chart")
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0]-5, at[1]), chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
	p.wait(`document.querySelector("[data-chart=volume-days] .tip")`)
	if got := p.text("[data-chart=volume-days] .tip"); !strings.HasPrefix(got, english.weekdate(day.Day)+"\n"+english.counted("message", day.Messages)) {
		p.Errorf("hovering %s shows %q", day.Day, got)
	}
	p.do(chromedp.Focus(chromedp.CSS("[data-chart=volume-days] .chart")), chromedp.KeyEvent(kb.ArrowRight))
	first := r.Summary.Days[0]
	if got := p.text("#spoken"); !strings.HasPrefix(got, english.weekdate(first.Day)+": "+english.number(first.Messages)) {
		p.Errorf("the arrow key says %q", got)
	}
	p.click("[data-chart=volume-days] .legend button")
	if got := eval[string](p, `document.querySelector("[data-chart=volume-days] .legend button").getAttribute("aria-pressed")`); got != "false" {
		p.Errorf("aria-pressed is %s after switching a domain off", got)
	}
}

// testAccessible runs axe-core, with its rules as options say, after each click, or statement.
func testAccessible(p *tab, options string, clicks ...string) {
	axe, err := os.ReadFile("../templates/echarts/node_modules/axe-core/axe.min.js")
	if err != nil {
		p.Fatalf("axe-core comes with the chart bundle, go generate ./templates/...: %v", err)
	}
	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
		p.Fatal(err)
	}
	for _, state := range clicks {
		if strings.Contains(state, ";") {
			eval[bool](p, "(() => { "+state+"; return true; })()")
		} else {
			p.click(state)
		}
		found := eval[[]json.RawMessage](p, `axe.run({ exclude: ["tr[data-row]:nth-child(n+6)"] }, `+options+`).then((r) => r.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html.slice(0, 200) + n.failureSummary) })))`)
		for _, violation := range found {
			p.Errorf("after %s: %s", state, violation)
		}
	}
}
