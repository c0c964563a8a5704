package render

import (
	"cmp"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// mailRow is one row of a table: a name, its messages, and a line about it.
type mailRow struct {
	Name, Count, Detail, Change string
	Bar                         []mailShare // TLS versions of the messages
}

// tlsDetail tells a sender's TLS versions by percent and count.
func (l *language) tlsDetail(shares []mailShare) string {
	var told []string
	for _, s := range shares {
		told = append(told, s.Name+" "+s.Share+" ("+s.Count+")")
	}
	return strings.Join(told, ", ")
}

// senders fills the tables of the busiest senders and of those with legacy TLS, in one pass.
func (m *mailModel) senders(r *report.Report) {
	l := m.language
	var legacy []report.Sender
	var all, old int64
	for s := range r.Senders() {
		all++
		if all <= mailRows {
			m.Senders = append(m.Senders, l.senderRow(r, s, s.Messages.Value, l.changeOf(r.Summary, s.Messages)))
		}
		if s.TLS.Legacy() == 0 {
			continue
		}
		old++
		at, _ := slices.BinarySearchFunc(legacy, s, func(a, b report.Sender) int { // after its equals, which have more messages
			return cmp.Or(cmp.Compare(b.TLS.Legacy(), a.TLS.Legacy()), -1)
		})
		if at < mailRows {
			legacy = slices.Insert(legacy, at, s)
			legacy = legacy[:min(len(legacy), mailRows)]
		}
	}
	for _, s := range legacy {
		m.Legacy = append(m.Legacy, l.senderRow(r, s, s.TLS.Legacy(), l.percent(s.TLS.Legacy(), s.Messages.Value)))
	}
	m.SendersNote, m.LegacyNote = m.shown(len(m.Senders), all, "sender"), m.shown(len(legacy), old, "sender")
}

func (l *language) senderRow(r *report.Report, s report.Sender, messages int64, change string) mailRow {
	row := mailRow{Name: shorten(l.senderName(s.Address, s.Own), mailName), Count: l.number(messages), Change: change, Bar: l.mailTLS(s.TLS, authreport.TLSCounts{}, false)}
	row.Detail = l.tlsDetail(row.Bar)
	return row
}

// accounts fills the table of the busiest accounts.
func (m *mailModel) accounts(r *report.Report) {
	l := m.language
	var all int64
	for a := range r.Accounts() {
		all++
		if all > mailRows {
			continue
		}
		row := mailRow{Name: shorten(l.accountName(a.Name, a.Own), mailName), Count: l.number(a.Messages.Value), Change: l.changeOf(r.Summary, a.Messages)}
		details := []string{l.counted("sender", a.Senders), l.counted("client_address", a.Addresses)}
		for _, part := range []struct {
			key   string
			count int64
		}{{"plain", a.Basic}, {"oauth", a.OAuth}, {"legacy_share", a.TLS.Legacy()}} {
			if part.count > 0 {
				details = append(details, l.text("mail."+part.key, "share", l.percent(part.count, a.Messages.Value)))
			}
		}
		if a.Failures > 0 {
			details = append(details, l.counted("failed_attempt", a.Failures))
		}
		row.Detail = strings.Join(details, ", ")
		m.Accounts = append(m.Accounts, row)
	}
	m.AccountsNote = m.shown(len(m.Accounts), all, "account")
}

// shown says how many of all a table shows, and where the others are; empty if it shows all.
func (m *mailModel) shown(rows int, all int64, noun string) string {
	if int64(rows) == all {
		return ""
	}
	l, where := m.language, ""
	switch {
	case m.Workbook != "" && (m.reduced.Book.Rows == 0 || all <= int64(m.reduced.Book.Rows)):
		where = l.text("table.workbook")
	case m.Page != "" && m.reduced.PageSenders == 0:
		where = l.text("table.page")
	}
	return joined(" ", l.text("table.part", "shown", l.number(int64(rows)), "all", l.counted(noun, all)), where)
}

// mailUnusual is what is unusual about one account.
type mailUnusual struct {
	Grade, Account string // the gravest
	Alarm          bool
	Signs          []mailSign
}

// mailSign is one unusual activity of an account.
type mailSign struct{ Title, Days, Reason string }

// unusual fills the list of unusual activity: the first entries, by account.
func (m *mailModel) unusual(r *report.Report) {
	l := m.language
	m.UnusualSummary = l.unusualSummary(r)
	shown := r.Unusual[:min(len(r.Unusual), mailRows)]
	var accounts []string // in the order of their first entries
	entries := make(map[string][]report.Unusual)
	for _, u := range shown {
		if entries[u.Account] == nil {
			accounts = append(accounts, u.Account)
		}
		entries[u.Account] = append(entries[u.Account], u)
	}
	for _, account := range accounts {
		m.Unusual = append(m.Unusual, l.newMailUnusual(entries[account]))
	}
	m.UnusualNote = m.shown(len(shown), int64(r.UnusualCounts.Alarms+r.UnusualCounts.Notices), "entry")
}

// newMailUnusual tells the entries of an account, the gravest first.
func (l *language) newMailUnusual(entries []report.Unusual) mailUnusual {
	var kinds []report.UnusualKind
	for _, u := range entries {
		kinds = append(kinds, u.Kind)
	}
	first := l.newUnusualRow(entries[0])
	one := mailUnusual{Grade: first.Grade, Account: shorten(first.Account, mailName), Alarm: first.Alarm}
	for _, u := range entries {
		row := l.newUnusualRow(u)
		sign := mailSign{row.Title, row.Days, shorten(l.unusualReasonBeside(u, kinds), 400)}
		if row.Grade != one.Grade {
			sign.Title = row.Grade + ": " + sign.Title
		}
		one.Signs = append(one.Signs, sign)
	}
	return one
}
