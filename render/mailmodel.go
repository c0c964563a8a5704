package render

import (
	"cmp"
	"fmt"
	"html/template"
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
	volumeName = "Messages per day"
)

// mailModel is everything that the mail says, as text: HTML and plain text are two shapes of the same words.
type mailModel struct {
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

func newMailModel(r *report.Report, facts MailFacts) mailModel {
	m := mailModel{
		Title: mailTitle(r), Dates: dates(r.Request.Range), Zone: r.Request.Zone.String(), Made: clock(r.Request.Now, r.Request.Zone), Scope: mailScope(r),
		Partial: partialNotice(r), Verdict: verdict(r), WidgetDates: dates(r.Week.Range), WidgetCompared: compared(r.Week),
		Widget:  mailFigure{"accounts submitted mail in the last 7 days", number(r.Week.Accounts.Value), changeOf(r.Week, r.Week.Accounts), before(r.Week, r.Week.Accounts)},
		Figures: mailFigures(r), More: mailMore(r.Summary), Domains: mailDomains(r), TLS: mailTLS(r.Summary.TLS, r.Summary.TLSBefore, r.Summary.BeforeComplete),
		Quality: qualityNotices(r), Sources: sourceRows(r), Page: visible(facts.AttachedPage), Workbook: visible(facts.AttachedWorkbook), Series: visible(r.Request.Name),
		reduced: facts.Reduced, PageHas: facts.Reduced.pageInWords(), WorkbookHas: facts.Reduced.bookInWords(),
	}
	m.PageOpened = "Save it, then open it in a browser."
	if strings.HasSuffix(m.Page, ".zip") {
		m.PageOpened = "Unpack it, then open the page in a browser."
	}
	for _, name := range facts.Exports {
		m.Exports = append(m.Exports, visible(name))
	}
	for _, note := range append(slices.Clip(facts.Notes), facts.Reduced.note(r)) {
		if note != "" {
			m.Notes = append(m.Notes, visible(note))
		}
	}
	if r.Week.Range != r.Summary.Range {
		m.Compared = m.Dates + ", " + compared(r.Summary) + "."
	}
	if facts.VolumeCID != "" {
		m.VolumeURL = template.URL("cid:" + url.PathEscape(facts.VolumeCID)) // RFC 2392
	}
	if !r.Request.Next.IsZero() {
		m.Next = clock(r.Request.Next, r.Request.Zone)
	}
	m.days(r)
	m.senders(r)
	m.accounts(r)
	m.unusual(r)
	m.Failed = failedRows(r, mailFailed)
	if all := failedRuns(r); all > int64(len(r.Quality.FailedRuns)) { // the workbook does not have all either
		m.FailedNote = fmt.Sprintf("%d of %s runs that failed.", len(m.Failed), number(all))
	} else {
		m.FailedNote = m.shown(len(m.Failed), all, "run that failed", "runs that failed")
	}
	for _, d := range dependenceModels(r, 0) {
		m.Dependences = append(m.Dependences, mailRow{Name: d.Title, Detail: joined(" ", d.Sum+".", d.Trend)})
	}
	f := m.Figures
	if m.Partial != "" {
		m.Preheader = "Partial data. "
	}
	if m.Verdict != nil {
		m.Preheader = m.Verdict.Title + ". "
	}
	m.Preheader += fmt.Sprintf("%s: %s messages%s, legacy TLS %s, %s accounts in the last 7 days.", m.Dates, f[0].Value, inBrackets(f[0].Change), f[1].Value, m.Widget.Value)
	return m
}

// mailScope says which domains the report keeps to; empty if to none.
func mailScope(r *report.Report) string {
	if len(r.Request.Domains) == 0 {
		return ""
	}
	names := make([]string, len(r.Request.Domains))
	for i, d := range r.Request.Domains {
		names[i] = domainName(d)
	}
	return "only " + shorten(strings.Join(names, ", "), 300)
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
func mailFigures(r *report.Report) []mailFigure {
	s := r.Summary
	third := mailFigure{"Accounts", number(s.Accounts.Value), changeOf(s, s.Accounts), before(s, s.Accounts)}
	if r.Week.Range == s.Range {
		third = mailFigure{"Sender addresses", number(s.Senders.Value), changeOf(s, s.Senders), before(s, s.Senders)}
	}
	return []mailFigure{
		{"Messages", number(s.Messages.Value), changeOf(s, s.Messages), before(s, s.Messages)},
		{"Legacy TLS", percent(s.Legacy.Value, s.Messages.Value), legacyChange(s),
			counted(s.Legacy.Value, "message", "messages") + ", " + counted(s.LegacyAccounts.Value, "account", "accounts")},
		third,
	}
}

// mailMore is the other headline figures.
func mailMore(s report.Summary) []mailRow {
	share := func(f report.Figure) string { return percent(f.Value, s.Messages.Value) + " of messages" }
	return []mailRow{
		{Name: "Messages without TLS", Count: number(s.NoTLS.Value), Change: changeOf(s, s.NoTLS), Detail: share(s.NoTLS)},
		{Name: "Messages after PLAIN or LOGIN", Count: number(s.Basic.Value), Change: changeOf(s, s.Basic), Detail: share(s.Basic)},
		{Name: "Recipients", Count: number(s.Recipients.Value), Change: changeOf(s, s.Recipients)},
		{Name: "Client addresses", Count: number(s.Addresses.Value), Change: changeOf(s, s.Addresses)},
		{Name: "Failed AUTH attempts", Count: number(s.Failures.Value), Change: changeOf(s, s.Failures)},
	}
}

// days tells the messages of each day, as the volume picture shows them.
func (m *mailModel) days(r *report.Report) {
	s := r.Summary
	if len(s.Days) == 0 || s.Messages.Value == 0 {
		m.DaysText = "No messages in these days."
		m.VolumeAlt = volumeName + ": none."
		return
	}
	if len(s.Days) <= mailDays {
		var told []string
		for _, d := range s.Days {
			day := mailRow{Name: weekdate(d.Day), Count: number(d.Messages)}
			if !d.HasLines {
				day.Count = "no log"
			}
			m.Days = append(m.Days, day)
			told = append(told, d.Day.UTC().Format("Mon 2 Jan")+" "+day.Count)
		}
		m.VolumeAlt = volumeName + ": " + strings.Join(told, ", ") + "."
		return
	}
	most := slices.MaxFunc(s.Days, func(a, b report.Day) int { return cmp.Compare(a.Messages, b.Messages) })
	m.DaysText = fmt.Sprintf("%s in %s, %s a day on average, most on %s: %s.", counted(s.Messages.Value, "message", "messages"), counted(int64(len(s.Days)), "day", "days"),
		number(s.Messages.Value/int64(len(s.Days))), weekdate(most.Day), number(most.Messages))
	m.VolumeAlt = volumeName + ": " + m.DaysText
}

// mailDomains gives the layers of the volume picture with their messages.
func mailDomains(r *report.Report) []mailShare {
	groups := domainGroups(r)
	var shares []mailShare
	for i, d := range r.Domains {
		at := min(i, len(groups)-1)
		if at == len(shares) {
			shares = append(shares, mailShare{Name: shorten(groups[at].Name, mailName), Colour: groups[at].Colour})
			if at < len(groups)-1 {
				shares[at].Change = changeOf(r.Summary, d.Messages)
			}
		}
		shares[at].Part += d.Messages.Value
	}
	for i := range shares {
		shares[i].Count, shares[i].Share = number(shares[i].Part), percent(shares[i].Part, r.Summary.Messages.Value)
	}
	return shares
}

// mailTLS gives the TLS versions that are used, or were in the period before, in the order of authreport.TLSVersions.
func mailTLS(now, earlier authreport.TLSCounts, compare bool) []mailShare {
	var shares []mailShare
	for _, v := range authreport.TLSVersions() {
		if now[v] == 0 && (!compare || earlier[v] == 0) {
			continue
		}
		s := mailShare{Name: v.String(), Legacy: v.Legacy(), Share: percent(now[v], now.Total()), Count: number(now[v]), Colour: tlsColour(v), TextColour: onTLSColour(v), Part: now[v]}
		if compare {
			s.Change = change(report.Figure{Value: now[v], Before: earlier[v]})
		}
		shares = append(shares, s)
	}
	return shares
}
