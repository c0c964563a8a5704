package render

import (
	"fmt"

	"authreport"
	"authreport/report"
)

// pageFacts is the page's data as JSON; the script reads it by these names (templates/page/data.js). Days are days since 1970-01-01.
type pageFacts struct {
	Language string                    `json:"language"` // tag (RFC 5646)
	Words    map[string]any            `json:"words"`    // of the script: texts, or their forms by plural category
	First    authreport.Day            `json:"first"`    // of the days that the page carries
	Last     authreport.Day            `json:"last"`
	Days     int                       `json:"days"`
	Range    pageRange                 `json:"range"`
	Week     pageWeek                  `json:"week"`
	Earliest authreport.Day            `json:"earliest"` // first day that is surely whole: changes are shown against periods from here on
	Epoch    authreport.Day            `json:"epoch"`    // the clients' first and last days count from here
	Silent   []authreport.Day          `json:"silent"`   // days of the range of which no line was read
	All      string                    `json:"all"`      // what all domains together are called
	Compared string                    `json:"compared"` // what the report's own changes are against
	Complete bool                      `json:"complete"` // whether the period before the range was wholly read
	TLS      []pageVersion             `json:"tls"`      // in the order of authreport.TLSVersions
	Groups   []domainGroup             `json:"groups"`
	Domains  []pageDomain              `json:"domains"`
	Senders  int                       `json:"senders"`
	Folded   int                       `json:"folded"`   // the last of Senders are so many rows of senders that are counted together,
	Others   int                       `json:"others"`   // which are so many
	More     pageTitles                `json:"more"`     // columns of a sender that the script shows as they are
	Accounts pageTitles                `json:"accounts"` // columns of the accounts table
	Servers  int                       `json:"servers"`  // different servers among the listed clients
	Bars     int                       `json:"bars"`
	Unusual  []pageFlag                `json:"unusual"` // for the panel of a sender
	Clauses  []pageClause              `json:"clauses"` // what a clause can be about
	Filters  []pageFilter              `json:"filters"` // the named ones
	Request  pageRequest               `json:"request"`
	Charts   map[string]map[string]any `json:"charts"`
}

type pageRange struct {
	First authreport.Day `json:"first"`
	Last  authreport.Day `json:"last"`
}

type pageWeek struct {
	pageRange
	TLS []int64 `json:"tls"`
}

type pageVersion struct {
	ID     string `json:"id"` // whatever the language
	Name   string `json:"name"`
	Colour string `json:"colour"`
	Legacy bool   `json:"legacy"`
	Always bool   `json:"always"` // has a column even if nobody uses it
	Used   bool   `json:"used"`   // by some message that the page carries
}

// pageFlag is one unusual activity, in words. Its account is as the clients' are.
type pageFlag struct {
	Account string `json:"account"`
	Grade   string `json:"grade"`
	Title   string `json:"title"`
	Days    string `json:"days"`
	Reason  string `json:"reason"`
	Alarm   bool   `json:"alarm"`
}

// pageClause is a field of clauses and the operators that it can be compared by.
type pageClause struct {
	Field     string   `json:"field"`
	Operators []string `json:"operators"`
}

type pageFilter struct {
	Name    string              `json:"name"`
	Clauses []authreport.Clause `json:"clauses"`
}

// pageRequest is what a command that makes this report again names.
type pageRequest struct {
	Name    string   `json:"name"`
	Domains []string `json:"domains"` // that the report keeps to
}

type pageDomain struct {
	Name  string `json:"name"`
	Group int    `json:"group"` // place in Groups
	Rest  bool   `json:"rest"`  // it is all domains that have no entry of their own
}

// facts gives what the script needs beside the columns.
func (d *pageData) facts(r *report.Report) (pageFacts, error) {
	l := d.language
	f := pageFacts{
		First: d.history.First, Last: d.history.Last, Days: d.history.Days(),
		Range: pageRange{r.Request.Range.First, r.Request.Range.Last},
		Week:  pageWeek{pageRange: pageRange{r.Week.Range.First, r.Week.Range.Last}},
		Epoch: d.epoch, Earliest: d.earliest, Silent: append([]authreport.Day{}, r.Quality.DaysWithoutLines...), All: l.text("page.all_domains"), Compared: l.compared(r.Summary), Complete: r.Summary.BeforeComplete,
		Groups: l.domainGroups(r), Senders: len(d.names), Servers: len(d.servers), Bars: chartBars, Charts: make(map[string]map[string]any),
		More: titlesOf(l, moreSenderColumns(), len(d.names), nil), Accounts: titlesOf(l, whole(accountColumns, r.Summary), int(d.accountRows), countedAccounts),
	}
	if len(r.Request.Domains) > 0 {
		f.All = l.text("page.own_domains")
	}
	f.Request = pageRequest{r.Request.Name, append([]string{}, r.Request.Domains...)}
	for _, field := range authreport.ClauseFields() {
		f.Clauses = append(f.Clauses, pageClause{field, authreport.ClauseOperators(field)})
	}
	f.Language, f.Words = l.tag, l.scriptWords()
	f.Filters = []pageFilter{}
	for _, filter := range r.Request.Filters {
		f.Filters = append(f.Filters, pageFilter{visible(filter.Name), filter.Clauses})
	}
	f.Unusual = []pageFlag{}
	for _, u := range r.Unusual {
		row := l.newUnusualRow(u)
		f.Unusual = append(f.Unusual, pageFlag{l.accountName(u.Account, false), row.Grade, row.Title, row.Days, row.Reason, row.Alarm})
	}
	for _, v := range authreport.TLSVersions() {
		f.Week.TLS = append(f.Week.TLS, r.Week.TLS[v])
		f.TLS = append(f.TLS, pageVersion{ID: v.String(), Name: l.version(v), Colour: l.tlsColour(v), Legacy: v.Legacy(), Always: v >= authreport.TLS10, Used: d.used[v] > 0})
	}
	for i, name := range d.domains.texts {
		group := len(f.Groups) - 1
		if i < len(r.Domains) {
			group = min(i, group)
		}
		f.Domains = append(f.Domains, pageDomain{l.domainName(name), group, false})
	}
	if d.cut.restDomain {
		f.Domains = append(f.Domains, pageDomain{l.text("name.other_sender_domains"), len(f.Groups) - 1, true})
	}
	f.Folded, f.Others = d.cut.rows, d.cut.senders
	for _, c := range pageCharts {
		option, err := c.Option(l, r)
		if err != nil {
			return f, fmt.Errorf("chart %s: %w", c.ID, err)
		}
		f.Charts[c.ID] = option
	}
	return f, nil
}

// scriptWords gives what the script says: the keys under page.script without that, and those that it has in common with the program.
func (l *language) scriptWords() map[string]any {
	words := map[string]any{}
	for name, text := range l.catalogue.Part("page.script") {
		words[name] = text
	}
	for _, area := range []string{"column", "count", "form", "trend"} {
		for name, text := range l.catalogue.Part(area) {
			words[area+"."+name] = text
		}
	}
	return words
}
