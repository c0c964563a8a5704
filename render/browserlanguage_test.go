package render

import (
	"regexp"
	"strings"

	"authreport/report"
)

// partialWords are names that are cut in their middle.
var partialWords = regexp.MustCompile(`\S*…\S*`)

// testDutch goes through the page in Dutch: the script writes numbers and days as the program does, no word is English, and axe-core finds nothing.
func testDutch(p *tab, r *report.Report, charts bool) {
	l, err := in("nl")
	if err != nil {
		p.Fatal(err)
	}
	known := dutchWords(p)
	know := func(names ...string) {
		for _, word := range longWords.FindAllString(strings.ToLower(strings.Join(names, " ")), -1) {
			known[word] = true
		}
	}
	for s := range r.Senders() {
		know(visible(s.Address), s.Domain)
	}
	for a := range r.Accounts() {
		know(visible(a.Name))
	}
	for c := range r.Clients() {
		know(visible(c.Sender), visible(c.Account), c.Domain, c.Server, c.Cipher, c.Mechanism)
	}
	for _, f := range r.Request.Filters {
		know(f.Name)
	}
	for _, s := range r.Quality.Sources {
		know(s.Source, s.Example)
	}
	const shown = `document.title + " " + document.body.innerText + " " + [...document.querySelectorAll("[aria-label], [placeholder], option")].map((e) => [e.ariaLabel, e.placeholder, e.label].join(" ")).join(" ")`
	check := func(after string) {
		if words := unknownWords(partialWords.ReplaceAllString(eval[string](p, shown), " "), known); len(words) > 0 {
			p.Errorf("after %s: not Dutch: %v", after, words)
		}
	}
	if got := eval[string](p, "document.documentElement.lang"); got != "nl" {
		p.Errorf("the page's language is %s", got)
	}
	own := p.text("[data-figure=messages]")
	if want := l.number(r.Summary.Messages.Value); !strings.Contains(own, want) {
		p.Errorf("the headline figure is %q, want %s in it", own, want)
	}
	check("the beginning")
	for _, step := range []string{".quick button:last-child", "#trends button", "#tab-tls", "[data-mode=count]", "#tab-accounts", "#clauses-clear", "#tab-volume", "#clause-open", "#request-open", "#request .close",
		"#table-volume tr[data-row='0'] .open"} {
		p.click(step)
		check(step)
	}
	p.wait(`document.querySelector("#sender-clients li")`)
	check("the clients of a sender")
	days := r.HistoryRange()
	if got := p.text("#sender"); !strings.Contains(got, l.dates(days)) {
		p.Errorf("the panel does not say %s:\n%s", l.dates(days), got)
	}
	p.click("#sender .close")
	p.set("#start", days.First.String(), "change")
	p.set("#end", days.Last.String(), "change")
	if got, want := p.text("#chosen"), l.dates(days)+", "+l.text("page.all_domains"); got != want {
		p.Errorf("what is chosen is %q, want %q", got, want)
	}
	p.click(".quick [data-days='0']")
	if got := p.text("[data-figure=messages]"); got != own {
		p.Errorf("back at the report's range the figure is %q, was %q", got, own)
	}
	if charts {
		sender := "#table-tls tr[data-row='0'] .open"
		testAccessible(p, "{}", "#tab-accounts", "#clause-open", "#trends button", "#tab-tls", sender)
	}
}
