package render

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"

	"authreport/report"
	"authreport/templates"
)

// Page writes the report as one self-contained HTML page: it loads nothing, and its policy (CSP) lets nothing be loaded and no script run but its own.
// The reader chooses days within report.HistoryRange, a domain, a view; without JavaScript the page shows the report's range as plain tables.
// Without the ECharts bundle (templates.ECharts) tables stand in place of the charts.
func Page(w io.Writer, r *report.Report) error { return CutPage(w, r, 0) }

// CutPage writes a page that carries so many senders, those with the most messages in report.HistoryRange; 0: all. The others are counted together, by domain: what
// the reader chooses has the same messages, and the page leaves blank what it cannot count. It says so on top, unless it carries all of them.
func CutPage(w io.Writer, r *report.Report, most int) error {
	l, err := languageOf(r)
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	echarts, _ := templates.ECharts()
	if err := l.writePage(w, r, most, echarts); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// pageModel is what the template of the page shows.
type pageModel struct {
	Policy       string
	Style        template.CSS
	Mark         template.JS
	Language     string // tag (RFC 5646)
	Title, Dates string
	When         string // Dates, and the Scope if there is one
	Scope        string // the domains that the report keeps to, and that it has pseudonyms; empty if it is the whole
	AllDomains   string
	Zone, Made   string
	History      string
	Partial      string // empty if the data is whole
	Logo         *logoModel
	Footer       string
	Cut          string // empty if the page carries all senders
	Week         pageWeekModel
	Cards        []pageCard
	Compared     string
	ECharts      bool
	Quick        []pageQuick
	Charts       []pageFigure
	Static       []pageTable
	Pictures     []pagePicture
	Quality      []string
	Sources      []sourceRow
	Failed       []failedRow
	FailedNote   string

	UnusualSummary, UnusualNote string
	Unusual                     []unusualRow
	Dependences                 []dependenceModel
}

// How many rows the page writes of what is unusual, and of each dependence; the workbook has all.
const (
	pageUnusual    = 100
	pageDependents = 25
)

type pageWeekModel struct {
	Dates, Compared                                                  string
	Accounts, Change, Messages, MessagesChange, Legacy, LegacyChange string
}

// pageFigure is a chart's place on the page.
type pageFigure struct {
	pageChart
	Title string
}

// pageCard is one headline figure; Share says that it is a part of the messages.
type pageCard struct {
	ID, Title, Value, Change, Note string
	Share                          bool
}

// pageQuick is a button that chooses a range: the last Days days, or the report's own if Days is 0.
type pageQuick struct {
	Days  int
	Title string
}

// headline is one headline figure of the page. Those that countable (templates/page/page.js) names follow the reader's choice of days and domain; the others
// are known for the report's own range alone.
type headline struct {
	ID, Title string
	Share     bool // whether it is a part of the messages
	Figure    report.Figure
}

// headlines gives the headline figures in their order. Where the widget's week is the range, it tells the accounts already.
func (l *language) headlines(r *report.Report) []headline {
	s := r.Summary
	accounts := headline{"accounts", l.text("column.accounts"), false, s.Accounts}
	if r.Week.Range == s.Range {
		accounts = headline{"addresses", l.text("column.client_addresses"), false, s.Addresses}
	}
	return []headline{
		{"messages", l.text("column.messages"), false, s.Messages},
		{"senders", l.text("column.sender_addresses"), false, s.Senders},
		accounts,
		{"legacy", l.text("figure.legacy"), true, s.Legacy},
		{"none", l.text("figure.no_tls"), true, s.NoTLS},
		{"failures", l.failures(r), false, s.Failures},
	}
}

func (l *language) writePage(w io.Writer, r *report.Report, most int, echarts string) error {
	data := l.newPageData(r, most)
	top, bottom, err := l.pageEnds(r, data.cutNotice(), echarts)
	if err != nil {
		return err
	}
	scripts, err := pageScripts(echarts)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if _, err := out.Write(top); err != nil {
		return err
	}
	if err := data.write(out, r); err != nil {
		return err
	}
	for _, s := range scripts {
		if err := writeScript(out, s); err != nil {
			return err
		}
	}
	if _, err := out.Write(bottom); err != nil {
		return err
	}
	return out.Flush()
}

// pageEnds gives what stands before and behind the page's data and scripts.
func (l *language) pageEnds(r *report.Report, cut, echarts string) (top, bottom []byte, err error) {
	const name = "page/page.html.tmpl"
	scripts, err := pageScripts(echarts)
	if err != nil {
		return nil, nil, err
	}
	model := l.newPageModel(r)
	model.Cut, model.Mark, model.ECharts = cut, markScript, echarts != ""
	err = l.withFiles(func() error {
		source, err := l.source(name)
		if err != nil {
			return err
		}
		texts, err := template.New(name).Funcs(template.FuncMap{"breakable": breakable, "text": l.text}).Parse(source)
		if err != nil {
			return err
		}
		style, err := l.source("page/page.css")
		if err != nil {
			return err
		}
		style += l.pageStyle()
		model.Style, model.Policy = template.CSS(style), pagePolicy(style, append(slices.Clip(scripts), markScript))
		var begin, end bytes.Buffer
		if err := errors.Join(texts.ExecuteTemplate(newBounded(&begin), "top", model), texts.ExecuteTemplate(newBounded(&end), "bottom", model)); err != nil {
			return err
		}
		top, bottom = begin.Bytes(), end.Bytes()
		return nil
	}, name)
	return top, bottom, err
}

// write writes the facts and the packed counts. encoding/json escapes <, > and &, so that no name ends the element.
func (d *pageData) write(w io.Writer, r *report.Report) error {
	facts, err := d.facts(r)
	if err != nil {
		return err
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "<script type=\"application/json\" id=\"facts\">%s</script>\n", text); err != nil {
		return err
	}
	for _, block := range []struct {
		id      string
		columns func(*report.Report) [][]byte
	}{{"senders-data", d.sendersBlock}, {"clients-data", d.clientsBlock}, {"accounts-data", d.accountsBlock}} {
		if err := writeBlock(w, block.id, block.columns(r)); err != nil {
			return err
		}
	}
	return nil
}

func writeBlock(w io.Writer, id string, columns [][]byte) error {
	if _, err := fmt.Fprintf(w, "<script type=\"text/plain\" id=%q>", id); err != nil {
		return err
	}
	encoder := base64.NewEncoder(base64.StdEncoding, w)
	if err := pack(encoder, columns); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</script>\n")
	return err
}

func (l *language) newPageModel(r *report.Report) pageModel {
	m := pageModel{
		Language: l.tag, Title: l.title(r), Dates: l.dates(r.Request.Range), Zone: r.Request.Zone.String(), Made: l.clock(r.Request.Now, r.Request.Zone),
		History: l.dates(r.HistoryRange()), Compared: l.compared(r.Summary), Week: l.weekModel(r.Week), Static: l.staticTables(r), Pictures: l.staticPictures(r),
		Partial: l.partialNotice(r), Quality: l.qualityNotices(r), Sources: l.sourceRows(r), Quick: []pageQuick{{0, l.text("page.quick_own")}},
	}
	m.Logo, m.Footer = l.logo(l.logoData()), l.brand.Footer
	m.UnusualSummary, m.Unusual, m.Dependences = l.unusualSummary(r), l.unusualRows(r, pageUnusual), l.dependenceModels(r, pageDependents)
	if all := r.UnusualCounts.Alarms + r.UnusualCounts.Notices; all > len(m.Unusual) {
		m.UnusualNote = l.text("unusual.cut", "n", l.number(int64(len(m.Unusual))))
	}
	m.Failed = l.failedRows(r, report.MaxFailedRuns)
	if all := failedRuns(r); all > int64(len(m.Failed)) {
		m.FailedNote = l.text("table.part", "shown", l.number(int64(len(m.Failed))), "all", l.counted("failed_run", all))
	}
	m.When, m.AllDomains, m.Scope = m.Dates, capital(l.text("page.all_domains")), l.scope(r)
	if len(r.Request.Domains) > 0 {
		m.AllDomains = capital(l.text("page.own_domains"))
	}
	if m.Scope != "" {
		m.When = l.text("page.when_scope", "dates", m.Dates, "scope", m.Scope)
	}
	for _, c := range pageCharts {
		m.Charts = append(m.Charts, pageFigure{c, l.text("chart." + c.ID)})
	}
	for _, h := range l.headlines(r) {
		m.Cards = append(m.Cards, pageCard{h.ID, h.Title, l.number(h.Figure.Value), l.changeOf(r.Summary, h.Figure), l.note(h, r), h.Share})
	}
	days := r.HistoryRange().Days()
	for _, n := range []int{7, 30} {
		if n < days && n != r.Request.Range.Days() {
			m.Quick = append(m.Quick, pageQuick{n, l.counted("day", int64(n))})
		}
	}
	if days > r.Request.Range.Days() {
		m.Quick = append(m.Quick, pageQuick{days, l.text("page.quick_all", "days", l.counted("day", int64(days)))})
	}
	return m
}

func (l *language) weekModel(s report.Summary) pageWeekModel {
	return pageWeekModel{
		Dates: l.dates(s.Range), Compared: l.compared(s),
		Accounts: l.number(s.Accounts.Value), Change: l.changeOf(s, s.Accounts),
		Messages: l.number(s.Messages.Value), MessagesChange: l.changeOf(s, s.Messages),
		Legacy: l.percent(s.Legacy.Value, s.Messages.Value), LegacyChange: l.legacyChange(s),
	}
}

// note gives a figure's share of the messages, where it is one, and its value in the period before.
func (l *language) note(h headline, r *report.Report) string {
	var notes []string
	s := r.Summary
	if h.Share && s.Messages.Value > 0 {
		notes = append(notes, l.text("figure.of_messages", "share", l.percent(h.Figure.Value, s.Messages.Value)))
	}
	return joined("; ", append(notes, l.before(s, h.Figure))...)
}
