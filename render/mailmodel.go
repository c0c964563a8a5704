package render

import (
	"cmp"
	"html/template"
	"math"
	"net/url"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// How much of the long tables the mail shows; page and workbook have all.
const (
	mailRows   = 10
	mailName   = 90 // characters of a name
	mailDays   = 14 // days that are told one by one
	mailFailed = 5  // runs
)

// mailModel is everything that the mail says, as text: HTML and plain text are two shapes of the same words.
type mailModel struct {
	language                        *language
	Language                        string // tag (RFC 5646)
	Title, Dates, Zone, Scope, Made string
	Preheader                       string
	Partial                         string // empty if the data is whole
	Verdict                         *mailVerdict
	Notes                           []string
	Widget                          mailFigure
	WidgetDates, WidgetCompared     string
	Compared                        string // empty: WidgetCompared says it already
	Figures                         []mailFigure
	More                            []mailRow
	VolumeURL                       template.URL // empty: no picture
	VolumeAlt                       string
	Days                            []mailRow // one by one if there are at most mailDays, else empty
	DaysText                        string    // the days in a sentence, if there are more
	Domains                         []mailShare
	TLS                             []mailShare
	Senders, Legacy, Accounts       []mailRow
	SendersNote, LegacyNote         string
	AccountsNote                    string
	UnusualSummary, UnusualNote     string
	Unusual                         []mailUnusual
	Dependences                     []mailRow // what breaks when it is switched off
	Quality                         []string
	Sources                         []sourceRow
	Failed                          []failedRow // runs
	FailedNote                      string
	Page, PageHas, PageOpened       string
	Workbook, WorkbookHas           string
	Exports                         []string
	Series, Next                    string
	Readers                         []mailReader
	ReadersNote                     string
	Logo                            *logoModel // nil: none
	Footer                          string
	DarkStyle                       template.CSS

	reduced Reduced
}

// mailFigure is a headline figure.
type mailFigure struct{ Label, Value, Change, Note string }

// mailShare is a part of all messages, with the colour it has in a bar or chart.
type mailShare struct {
	Name, Share, Count, Change string
	Colour, TextColour         string
	Part                       int64
	Legacy                     bool // a deprecated TLS version
}

func (l *language) newMailModel(r *report.Report, facts MailFacts) mailModel {
	m := mailModel{
		language: l, Language: l.tag,
		Title: l.mailTitle(r), Dates: l.dates(r.Request.Range), Zone: r.Request.Zone.String(), Made: l.clock(r.Request.Now, r.Request.Zone), Scope: l.mailScope(r),
		Partial: l.partialNotice(r), Verdict: l.verdict(r), WidgetDates: l.dates(r.Week.Range), WidgetCompared: l.compared(r.Week),
		Widget:  mailFigure{l.plural("mail.widget", r.Week.Accounts.Value), l.number(r.Week.Accounts.Value), l.changeOf(r.Week, r.Week.Accounts), l.before(r.Week, r.Week.Accounts)},
		Figures: l.mailFigures(r), More: l.mailMore(r), Domains: l.mailDomains(r), TLS: l.mailTLS(r.Summary.TLS, r.Summary.TLSBefore, r.Summary.BeforeComplete),
		Quality: l.qualityNotices(r), Sources: l.sourceRows(r), Page: visible(facts.AttachedPage), Workbook: visible(facts.AttachedWorkbook), Series: visible(r.Request.Name),
		reduced: facts.Reduced, PageHas: l.pageInWords(facts.Reduced), WorkbookHas: l.bookInWords(facts.Reduced),
	}
	m.Footer, m.DarkStyle = l.brand.Footer, l.darkMail()
	if facts.LogoCID != "" {
		m.Logo = l.logo("cid:" + url.PathEscape(facts.LogoCID)) // RFC 2392
	}
	m.PageOpened = l.text("mail.page_open")
	if strings.HasSuffix(m.Page, ".zip") {
		m.PageOpened = l.text("mail.page_unzip")
	}
	for _, name := range facts.Exports {
		m.Exports = append(m.Exports, visible(name))
	}
	for _, note := range append(slices.Clip(facts.Notes), l.reduced(facts.Reduced, r)) {
		if note != "" {
			m.Notes = append(m.Notes, visible(note))
		}
	}
	if r.Week.Range != r.Summary.Range {
		m.Compared = l.text("mail.compared", "dates", m.Dates, "compared", l.compared(r.Summary))
	}
	if facts.VolumeCID != "" {
		m.VolumeURL = template.URL("cid:" + url.PathEscape(facts.VolumeCID)) // RFC 2392
	}
	if !r.Request.Next.IsZero() {
		m.Next = l.clock(r.Request.Next, r.Request.Zone)
	}
	m.readers(facts.Readers)
	m.days(r)
	m.senders(r)
	m.accounts(r)
	m.unusual(r)
	m.Failed = l.failedRows(r, mailFailed)
	if all := failedRuns(r); all > int64(len(r.Quality.FailedRuns)) { // the workbook does not have all either
		m.FailedNote = l.text("table.part", "shown", l.number(int64(len(m.Failed))), "all", l.counted("failed_run", all))
	} else {
		m.FailedNote = m.shown(len(m.Failed), all, "failed_run")
	}
	for _, d := range l.dependenceModels(r, 0) {
		m.Dependences = append(m.Dependences, mailRow{Name: d.Title, Detail: joined(" ", d.Sum+".", d.Trend)})
	}
	f := m.Figures
	if m.Partial != "" {
		m.Preheader = l.text("partial.mark") + " "
	}
	if m.Verdict != nil {
		m.Preheader = m.Verdict.Title + ". "
	}
	messages := l.counted("message", r.Summary.Messages.Value)
	if f[0].Change != "" {
		messages = l.text("mail.preheader_change", "messages", messages, "change", f[0].Change)
	}
	m.Preheader += l.text("mail.preheader", "dates", m.Dates, "messages", messages, "legacy", f[1].Value, "accounts", l.counted("account", r.Week.Accounts.Value))
	return m
}

// mailScope says which domains the report keeps to, cut short, and that it has pseudonyms; empty if it is the whole.
func (l *language) mailScope(r *report.Report) string {
	return l.scopeOf(r.Request.Domains, r.Request.Pseudonyms != nil, 300)
}

// scope is mailScope with all of the domains.
func (l *language) scope(r *report.Report) string {
	return l.scopeOf(r.Request.Domains, r.Request.Pseudonyms != nil, math.MaxInt)
}

// scopeOf says what keeps somebody from knowing everything, with so many characters of domains.
func (l *language) scopeOf(domains []string, pseudonyms bool, length int) string {
	only, disguised := "", ""
	if len(domains) > 0 {
		names := make([]string, len(domains))
		for i, d := range domains {
			names[i] = l.domainName(d)
		}
		only = l.text("scope.only", "domains", shorten(strings.Join(names, ", "), length))
	}
	if pseudonyms {
		disguised = l.text("scope.pseudonyms")
	}
	return joined("; ", only, disguised)
}

// failures names the failed AUTH attempts: those of the domains that the report keeps to, or all.
func (l *language) failures(r *report.Report) string {
	if len(r.Request.Domains) > 0 {
		return l.text("figure.failures_within")
	}
	return l.text("column.failed_auth_attempts")
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// joined joins what is not empty.
func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

// mailFigures is the three headline figures. Where the widget's week is the range, it tells the accounts already.
func (l *language) mailFigures(r *report.Report) []mailFigure {
	s := r.Summary
	third := mailFigure{l.text("column.accounts"), l.number(s.Accounts.Value), l.changeOf(s, s.Accounts), l.before(s, s.Accounts)}
	if r.Week.Range == s.Range {
		third = mailFigure{l.text("column.sender_addresses"), l.number(s.Senders.Value), l.changeOf(s, s.Senders), l.before(s, s.Senders)}
	}
	return []mailFigure{
		{l.text("column.messages"), l.number(s.Messages.Value), l.changeOf(s, s.Messages), l.before(s, s.Messages)},
		{l.text("figure.legacy_tls"), l.percent(s.Legacy.Value, s.Messages.Value), l.legacyChange(s),
			l.text("mail.legacy_note", "messages", l.counted("message", s.Legacy.Value), "accounts", l.counted("account", s.LegacyAccounts.Value))},
		third,
	}
}

// mailMore is the other headline figures.
func (l *language) mailMore(r *report.Report) []mailRow {
	s := r.Summary
	share := func(f report.Figure) string {
		return l.text("figure.of_messages", "share", l.percent(f.Value, s.Messages.Value))
	}
	return []mailRow{
		{Name: l.text("figure.no_tls"), Count: l.number(s.NoTLS.Value), Change: l.changeOf(s, s.NoTLS), Detail: share(s.NoTLS)},
		{Name: l.text("figure.basic"), Count: l.number(s.Basic.Value), Change: l.changeOf(s, s.Basic), Detail: share(s.Basic)},
		{Name: l.text("column.recipients"), Count: l.number(s.Recipients.Value), Change: l.changeOf(s, s.Recipients)},
		{Name: l.text("column.client_addresses"), Count: l.number(s.Addresses.Value), Change: l.changeOf(s, s.Addresses)},
		{Name: l.failures(r), Count: l.number(s.Failures.Value), Change: l.changeOf(s, s.Failures)},
	}
}

// days tells the messages of each day, as the volume picture shows them.
func (m *mailModel) days(r *report.Report) {
	l, s := m.language, r.Summary
	if len(s.Days) == 0 || s.Messages.Value == 0 {
		m.DaysText = l.text("mail.no_messages")
		m.VolumeAlt = l.text("mail.volume_none")
		return
	}
	if len(s.Days) <= mailDays {
		var told []string
		for _, d := range s.Days {
			day := mailRow{Name: l.weekdate(d.Day), Count: l.number(d.Messages)}
			if !d.HasLines {
				day.Count = l.text("mail.no_log")
			}
			m.Days = append(m.Days, day)
			told = append(told, l.day("weekday_of_year", d.Day)+" "+day.Count)
		}
		m.VolumeAlt = l.text("mail.volume", "days", strings.Join(told, ", "))
		return
	}
	most := slices.MaxFunc(s.Days, func(a, b report.Day) int { return cmp.Compare(a.Messages, b.Messages) })
	m.DaysText = l.text("mail.days", "messages", l.counted("message", s.Messages.Value), "days", l.counted("day", int64(len(s.Days))),
		"average", l.number(s.Messages.Value/int64(len(s.Days))), "day", l.weekdate(most.Day), "most", l.number(most.Messages))
	m.VolumeAlt = l.text("mail.volume_of", "sentence", m.DaysText)
}

// mailDomains gives the layers of the volume picture with their messages.
func (l *language) mailDomains(r *report.Report) []mailShare {
	groups := l.domainGroups(r)
	var shares []mailShare
	for i, d := range r.Domains {
		at := min(i, len(groups)-1)
		if at == len(shares) {
			shares = append(shares, mailShare{Name: shorten(groups[at].Name, mailName), Colour: groups[at].Colour})
			if at < len(groups)-1 {
				shares[at].Change = l.changeOf(r.Summary, d.Messages)
			}
		}
		shares[at].Part += d.Messages.Value
	}
	for i := range shares {
		shares[i].Count, shares[i].Share = l.number(shares[i].Part), l.percent(shares[i].Part, r.Summary.Messages.Value)
	}
	return shares
}

// mailTLS gives the TLS versions that are used, or were in the period before, in the order of authreport.TLSVersions.
func (l *language) mailTLS(now, earlier authreport.TLSCounts, compare bool) []mailShare {
	var shares []mailShare
	for _, v := range authreport.TLSVersions() {
		if now[v] == 0 && (!compare || earlier[v] == 0) {
			continue
		}
		s := mailShare{Name: l.version(v), Legacy: v.Legacy(), Share: l.percent(now[v], now.Total()), Count: l.number(now[v]), Colour: l.tlsColour(v), TextColour: l.onTLSColour(v), Part: now[v]}
		if compare {
			s.Change = l.change(report.Figure{Value: now[v], Before: earlier[v]})
		}
		shares = append(shares, s)
	}
	return shares
}
