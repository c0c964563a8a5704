package render

import (
	"fmt"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// Unusual activity in words: the same on the page, in the mail, in the workbook and in JSON.

// unusualTitle is what a kind is called.
func (l *language) unusualTitle(kind report.UnusualKind) string {
	if key := "unusual." + string(kind) + ".title"; l.catalogue.Has(key) {
		return l.text(key)
	}
	return visible(string(kind))
}

// unusualRow is one unusual activity, in words.
type unusualRow struct {
	Grade, Title, Account, Days, Reason string
	Messages                            string
	Alarm                               bool
}

func (l *language) newUnusualRow(u report.Unusual) unusualRow {
	row := unusualRow{
		Grade: l.text("unusual.notice"), Title: l.unusualTitle(u.Kind), Account: l.accountName(u.Account, u.Own), Days: l.dates(authreport.Range{First: u.First, Last: u.Last}),
		Reason: l.unusualReason(u), Messages: l.number(u.Messages), Alarm: u.Grade == report.Alarm,
	}
	if row.Alarm {
		row.Grade = l.text("unusual.alarm")
	}
	return row
}

// unusualRows gives the rows of a report, at most limit.
func (l *language) unusualRows(r *report.Report, limit int) []unusualRow {
	var rows []unusualRow
	for _, u := range r.Unusual[:min(len(r.Unusual), limit)] {
		rows = append(rows, l.newUnusualRow(u))
	}
	return rows
}

// unusualReason says in one sentence why something is unusual, with the figures behind it.
func (l *language) unusualReason(u report.Unusual) string { return l.unusualReasonBeside(u, nil) }

// unusualReasonBeside leaves out which kinds it comes together with as far as the reader has these in sight.
func (l *language) unusualReasonBeside(u report.Unusual, inSight []report.UnusualKind) string {
	text := l.unusualFigures(u)
	var names []string
	for _, kind := range u.With {
		if !slices.Contains(inSight, kind) {
			names = append(names, l.text("unusual."+string(kind)+".within"))
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		text = l.text("unusual.together", "reason", text, "kinds", strings.Join(names, ", "))
	}
	return text + "."
}

func (l *language) unusualFigures(u report.Unusual) string {
	values := []string{"n", l.number(u.Value), "usual", l.number(u.Usual), "limit", l.number(u.Limit), "names", l.unusualNames(u)}
	switch u.Kind {
	case report.NewAccount, report.UnusualVolume, report.TLSDowngrade, report.NewMechanism:
		values = append(values, "messages", l.counted("message", u.Value))
	case report.ManyRecipients:
		values = append(values, "recipients", l.counted("recipient", u.Value))
	case report.NewNetwork:
		values = append(values, "messages", l.counted("message", u.Value))
		if u.Program {
			return l.text("unusual.new_network.why_program", values...)
		}
	case report.ManyNetworks, report.ManySenders:
	case report.DormantAccount:
		values = append(values, "messages", l.counted("message", u.Value), "days", l.counted("day", u.Usual))
	case report.NightHours:
		values = append(values, "messages", l.counted("message", u.Value), "hour", fmt.Sprintf("%02d:00", max(u.Hour, 0)))
	case report.AfterFailures:
		values = append(values, "attempts", l.counted("failed_attempt", u.Value))
	default:
		return l.unusualTitle(u.Kind) + ": " + l.number(u.Value)
	}
	return l.text("unusual."+string(u.Kind)+".why", values...)
}

// unusualNames lists what is new.
func (l *language) unusualNames(u report.Unusual) string {
	names := make([]string, len(u.Names))
	for i, name := range u.Names {
		names[i] = shorten(l.loggedName(name), mailName)
		if v := authreport.TLSNone; u.Kind == report.TLSDowngrade && name == v.String() {
			names[i] = l.version(v)
		}
	}
	text := strings.Join(names, ", ")
	if u.More > 0 {
		return l.text("name.and_more", "names", text, "n", l.number(int64(u.More)))
	}
	return text
}

// unusualSummary says in a sentence how much is unusual, and of which days that is said.
func (l *language) unusualSummary(r *report.Report) string {
	c := r.UnusualCounts
	days := r.Request.Range.Days()
	switch {
	case c.Judged == 0:
		return l.text("unusual.not_judged")
	case c.Alarms+c.Notices == 0 && c.Judged == days:
		return l.text("unusual.nothing")
	}
	text := l.text("unusual.nothing")
	if c.Alarms+c.Notices > 0 {
		text = l.text("unusual.sum", "alarms", l.counted("alarm", int64(c.Alarms)), "accounts", l.counted("account", int64(c.AlarmAccounts)), "notices", l.counted("notice", int64(c.Notices)))
	}
	if c.Judged < days {
		text += " " + l.text("unusual.not_judged_before", "date", l.date(c.FirstJudged))
	}
	return text
}
