package render

import (
	"cmp"
	"fmt"
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
func tlsDetail(shares []mailShare) string {
	var told []string
	for _, s := range shares {
		told = append(told, s.Name+" "+s.Share+" ("+s.Count+")")
	}
	return strings.Join(told, ", ")
}

// senders fills the tables of the busiest senders and of those with legacy TLS, in one pass.
func (m *mailModel) senders(r *report.Report) {
	var legacy []report.Sender
	var all, old int64
	for s := range r.Senders() {
		all++
		if all <= mailRows {
			m.Senders = append(m.Senders, senderRow(r, s, s.Messages.Value, changeOf(r.Summary, s.Messages)))
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
		m.Legacy = append(m.Legacy, senderRow(r, s, s.TLS.Legacy(), percent(s.TLS.Legacy(), s.Messages.Value)))
	}
	m.SendersNote, m.LegacyNote = m.shown(len(m.Senders), all, "sender", "senders"), m.shown(len(legacy), old, "sender", "senders")
}

func senderRow(r *report.Report, s report.Sender, messages int64, change string) mailRow {
	row := mailRow{Name: shorten(senderName(s.Address, s.Own), mailName), Count: number(messages), Change: change, Bar: mailTLS(s.TLS, authreport.TLSCounts{}, false)}
	row.Detail = tlsDetail(row.Bar)
	return row
}

// accounts fills the table of the busiest accounts.
func (m *mailModel) accounts(r *report.Report) {
	var all int64
	for a := range r.Accounts() {
		all++
		if all > mailRows {
			continue
		}
		row := mailRow{Name: shorten(accountName(a.Name, a.Own), mailName), Count: number(a.Messages.Value), Change: changeOf(r.Summary, a.Messages)}
		details := []string{counted(a.Senders, "sender", "senders"), counted(a.Addresses, "client address", "client addresses")}
		for _, part := range []struct {
			name  string
			count int64
		}{{"PLAIN or LOGIN", a.Basic}, {"OAuth", a.OAuth}, {"legacy TLS", a.TLS.Legacy()}} {
			if part.count > 0 {
				details = append(details, part.name+" "+percent(part.count, a.Messages.Value))
			}
		}
		if a.Failures > 0 {
			details = append(details, counted(a.Failures, "failed AUTH attempt", "failed AUTH attempts"))
		}
		row.Detail = strings.Join(details, ", ")
		m.Accounts = append(m.Accounts, row)
	}
	m.AccountsNote = m.shown(len(m.Accounts), all, "account", "accounts")
}

// shown says how many of all a table shows, and where the others are; empty if it shows all.
func (m *mailModel) shown(rows int, all int64, one, many string) string {
	if int64(rows) == all {
		return ""
	}
	where := ""
	switch {
	case m.Workbook != "" && (m.reduced.Book.Rows == 0 || all <= int64(m.reduced.Book.Rows)):
		where = " The workbook has all."
	case m.Page != "" && m.reduced.PageSenders == 0:
		where = " The page has all."
	}
	return fmt.Sprintf("%s of %s.%s", number(int64(rows)), counted(all, one, many), where)
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
	m.UnusualSummary = unusualSummary(r)
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
		m.Unusual = append(m.Unusual, newMailUnusual(entries[account]))
	}
	m.UnusualNote = m.shown(len(shown), int64(r.UnusualCounts.Alarms+r.UnusualCounts.Notices), "entry", "entries")
}

// newMailUnusual tells the entries of an account, the gravest first.
func newMailUnusual(entries []report.Unusual) mailUnusual {
	var kinds []report.UnusualKind
	for _, u := range entries {
		kinds = append(kinds, u.Kind)
	}
	first := newUnusualRow(entries[0])
	one := mailUnusual{Grade: first.Grade, Account: shorten(first.Account, mailName), Alarm: first.Alarm}
	for _, u := range entries {
		row := newUnusualRow(u)
		sign := mailSign{row.Title, row.Days, shorten(unusualReasonBeside(u, kinds), 400)}
		if row.Grade != one.Grade {
			sign.Title = row.Grade + ": " + sign.Title
		}
		one.Signs = append(one.Signs, sign)
	}
	return one
}
