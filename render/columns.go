package render

import (
	"authreport"
	"authreport/report"
)

// The columns of the report's tables. A new column is one line here: its heading, what it holds, how wide it is, and its value of one row.

// kind is what the cells of a column hold. It decides the type of the values, their number format and the side that they stand on.
type kind uint8

const (
	textKind   kind = iota // string
	numberKind             // int64
	weakKind               // int64: messages over legacy TLS or none; marked where there are any
	shareKind              // float64 from 0 to 1
	beforeKind             // int64 of the period before; the column is left out if that was not wholly read
	changeKind             // float64, -1 and up, or a string that says why there is none; left out as beforeKind is
	dayKind                // authreport.Day
	timeKind               // time.Time, shown in its own location
)

// compares says whether cells make sense only where the period before was wholly read.
func (k kind) compares() bool { return k == beforeKind || k == changeKind }

// column is one column of a table with rows of type T.
type column[T any] struct {
	Title string // different from the table's others
	Kind  kind
	Width float64          // characters
	Value func(row *T) any // of the type that Kind names, or nil for an empty cell
}

var senderColumns = []column[report.Sender]{
	{"Sender address", textKind, 38, func(s *report.Sender) any { return senderName(s.Address, s.Own) }},
	{"Domain", textKind, 26, func(s *report.Sender) any { return domainName(s.Domain) }},
	{"Messages", numberKind, 14, func(s *report.Sender) any { return s.Messages.Value }},
	{"Messages before", beforeKind, 14, func(s *report.Sender) any { return s.Messages.Before }},
	{"Change", changeKind, 14, func(s *report.Sender) any { return changeValue(s.Messages) }},
	{"Recipients", numberKind, 14, func(s *report.Sender) any { return s.Recipients }},
	{"Accounts", numberKind, 14, func(s *report.Sender) any { return s.Accounts }},
	{"Client addresses", numberKind, 14, func(s *report.Sender) any { return s.Addresses }},
	{"First seen", dayKind, 14, func(s *report.Sender) any { return s.First }},
	{"Last seen", dayKind, 14, func(s *report.Sender) any { return s.Last }},
}

// tlsColumns are the columns of the TLS usage of senders, before those of versionColumns.
var tlsColumns = []column[report.Sender]{
	{"Sender address", textKind, 38, func(s *report.Sender) any { return senderName(s.Address, s.Own) }},
	{"Domain", textKind, 26, func(s *report.Sender) any { return domainName(s.Domain) }},
	{"Messages", numberKind, 14, func(s *report.Sender) any { return s.Messages.Value }},
}

var accountColumns = []column[report.Account]{
	{"Account", textKind, 38, func(a *report.Account) any { return accountName(a.Name, a.Own) }},
	{"Messages", numberKind, 14, func(a *report.Account) any { return a.Messages.Value }},
	{"Messages before", beforeKind, 14, func(a *report.Account) any { return a.Messages.Before }},
	{"Change", changeKind, 14, func(a *report.Account) any { return changeValue(a.Messages) }},
	{"Recipients", numberKind, 14, func(a *report.Account) any { return a.Recipients }},
	{"Sender addresses", numberKind, 14, func(a *report.Account) any { return a.Senders }},
	{"Client addresses", numberKind, 14, func(a *report.Account) any { return a.Addresses }},
	{"Over legacy TLS", weakKind, 14, func(a *report.Account) any { return a.TLS.Legacy() }},
	{"Without TLS", weakKind, 14, func(a *report.Account) any { return a.TLS[authreport.TLSNone] }},
	{"After PLAIN or LOGIN", numberKind, 14, func(a *report.Account) any { return a.Basic }},
	{"After OAuth", numberKind, 14, func(a *report.Account) any { return a.OAuth }},
	{"Failed AUTH attempts", numberKind, 14, func(a *report.Account) any { return a.Failures }},
	{"First seen", dayKind, 14, func(a *report.Account) any { return a.First }},
	{"Last seen", dayKind, 14, func(a *report.Account) any { return a.Last }},
}

// domainColumns are the columns of the sender domains, before those of versionColumns.
var domainColumns = []column[report.Domain]{
	{"Domain", textKind, 34, func(d *report.Domain) any { return domainName(d.Name) }},
	{"Messages", numberKind, 14, func(d *report.Domain) any { return d.Messages.Value }},
	{"Messages before", beforeKind, 14, func(d *report.Domain) any { return d.Messages.Before }},
	{"Change", changeKind, 14, func(d *report.Domain) any { return changeValue(d.Messages) }},
	{"Sender addresses", numberKind, 14, func(d *report.Domain) any { return d.Senders }},
	{"Accounts", numberKind, 14, func(d *report.Domain) any { return d.Accounts }},
}

var clientColumns = []column[report.Client]{
	{"Server", textKind, 20, func(c *report.Client) any { return loggedName(c.Server) }},
	{"Sender address", textKind, 36, func(c *report.Client) any { return senderName(c.Sender, c.Own) }},
	{"Account", textKind, 32, func(c *report.Client) any { return accountName(c.Account, c.Own) }},
	{"Client address", textKind, 20, func(c *report.Client) any { return addressName(c.IP) }},
	{"TLS version", textKind, 14, func(c *report.Client) any { return c.TLS.String() }},
	{"Cipher", textKind, 32, func(c *report.Client) any { return cipherName(*c) }},
	{"Mechanism", textKind, 16, func(c *report.Client) any { return loggedName(c.Mechanism) }},
	{"Messages", numberKind, 14, func(c *report.Client) any { return c.Messages }},
	{"Recipients", numberKind, 14, func(c *report.Client) any { return c.Recipients }},
	{"First seen", dayKind, 14, func(c *report.Client) any { return c.First }},
	{"Last seen", dayKind, 14, func(c *report.Client) any { return c.Last }},
}

// dayColumns are the columns of the days, before those of versionCounts and the domains.
var dayColumns = []column[report.Day]{
	{"Day", dayKind, 14, func(d *report.Day) any { return d.Day }},
	{"Weekday", textKind, 14, func(d *report.Day) any { return d.Day.Weekday().String() }},
	{"Log lines", textKind, 13, func(d *report.Day) any { return linesRead(d.HasLines) }},
	{"Messages", numberKind, 14, func(d *report.Day) any { return d.Messages }},
	{"Accounts", numberKind, 14, func(d *report.Day) any { return d.Accounts }},
}

var unusualColumns = []column[report.Unusual]{
	{"Grade", textKind, 10, func(u *report.Unusual) any { return newUnusualRow(*u).Grade }},
	{"Kind", textKind, 24, func(u *report.Unusual) any { return unusualTitle(u.Kind) }},
	{"Account", textKind, 36, func(u *report.Unusual) any { return accountName(u.Account, u.Own) }},
	{"First day", dayKind, 14, func(u *report.Unusual) any { return u.First }},
	{"Last day", dayKind, 14, func(u *report.Unusual) any { return u.Last }},
	{"Why", textKind, 90, func(u *report.Unusual) any { return unusualReason(*u) }},
	{"Figure", numberKind, 14, func(u *report.Unusual) any { return u.Value }},
	{"Usual", numberKind, 14, func(u *report.Unusual) any { return u.Usual }},
	{"Unusual from", numberKind, 14, func(u *report.Unusual) any { return u.Limit }},
	{"Messages that day", numberKind, 14, func(u *report.Unusual) any { return u.Messages }},
}

// dependent is an account with what it depends on.
type dependent struct {
	report.Dependent
	kind report.DependenceKind
}

// dependentColumns are the columns of what breaks when something is switched off.
var dependentColumns = []column[dependent]{
	{"Depends on", textKind, 18, func(d *dependent) any { return dependenceWords[d.kind].title }},
	{"Account", textKind, 36, func(d *dependent) any { return accountName(d.Account, d.Own) }},
	{"Messages", numberKind, 14, func(d *dependent) any { return d.Messages }},
	{"Of the account’s", shareKind, 14, func(d *dependent) any { return shareValue(d.Messages, d.All) }},
	{"Last seen", dayKind, 14, func(d *dependent) any { return d.Last }},
	{"Client addresses", numberKind, 14, func(d *dependent) any { return int64(d.AddressCount) }},
	{"Busiest addresses", textKind, 50, func(d *dependent) any { return dependentAddresses(d.Dependent) }},
	{"TLS versions", textKind, 40, func(d *dependent) any { return dependentVersions(d.Dependent) }},
	{"Mechanisms", textKind, 20, func(d *dependent) any { return dependentMechanisms(d.Dependent) }},
	{"Sender addresses", numberKind, 14, func(d *dependent) any { return d.Senders }},
}

// burnDownDay is one day of every dependence.
type burnDownDay struct {
	Day   authreport.Day
	Kinds []report.DependenceDay // in the order of Report.Dependences
}

// burnDownColumns are the columns of the way down: of each kind its messages and accounts.
func burnDownColumns(r *report.Report) []column[burnDownDay] {
	columns := []column[burnDownDay]{{"Day", dayKind, 14, func(d *burnDownDay) any { return d.Day }}}
	for i, d := range r.Dependences {
		title := dependenceWords[d.Kind].title
		columns = append(columns,
			column[burnDownDay]{title + ": accounts", numberKind, 18, func(d *burnDownDay) any { return d.Kinds[i].Accounts }},
			column[burnDownDay]{title + ": messages", numberKind, 18, func(d *burnDownDay) any { return d.Kinds[i].Messages }})
	}
	return columns
}

// domainDay is the messages of one sender domain on one day.
type domainDay struct {
	Day      authreport.Day
	Domain   string
	Messages int64
}

var domainDayColumns = []column[domainDay]{
	{"Day", dayKind, 14, func(d *domainDay) any { return d.Day }},
	{"Weekday", textKind, 14, func(d *domainDay) any { return d.Day.Weekday().String() }},
	{"Domain", textKind, 40, func(d *domainDay) any { return domainName(d.Domain) }},
	{"Messages", numberKind, 14, func(d *domainDay) any { return d.Messages }},
}

// versionColumns are two columns for each TLS version: its share of a row's messages, and their count.
func versionColumns[T any](versions []authreport.TLS, counts func(row *T) *authreport.TLSCounts) []column[T] {
	var columns []column[T]
	for _, v := range versions {
		share := func(row *T) any { return shareValue(counts(row)[v], counts(row).Total()) }
		columns = append(columns, column[T]{v.String() + " %", shareKind, 13, share})
		columns = append(columns, versionCounts([]authreport.TLS{v}, counts)...)
	}
	return columns
}

// versionCounts is one column for each TLS version: the count of a row's messages.
func versionCounts[T any](versions []authreport.TLS, counts func(row *T) *authreport.TLSCounts) []column[T] {
	var columns []column[T]
	for _, v := range versions {
		kind := numberKind
		if v.Legacy() || v == authreport.TLSNone {
			kind = weakKind
		}
		columns = append(columns, column[T]{v.String(), kind, 13, func(row *T) any { return counts(row)[v] }})
	}
	return columns
}

// shownVersions are the TLS versions that have columns, in the order of authreport.TLSVersions: those in use, and TLS1.0 and later always, so that a reader
// sees that nobody uses the old ones.
func shownVersions(used authreport.TLSCounts) []authreport.TLS {
	var versions []authreport.TLS
	for _, v := range authreport.TLSVersions() {
		if used[v] > 0 || v >= authreport.TLS10 {
			versions = append(versions, v)
		}
	}
	return versions
}

// changeValue is a figure's change as a part of what was before; "new" if there was nothing before, nil if there is nothing in either period.
func changeValue(f report.Figure) any {
	part, ok := f.Change()
	switch {
	case ok:
		return part
	case f.Value > 0:
		return "new"
	}
	return nil
}

// shareValue is part of whole; nil of nothing.
func shareValue(part, whole int64) any {
	if whole == 0 {
		return nil
	}
	return float64(part) / float64(whole)
}

func linesRead(any bool) string {
	if any {
		return "read"
	}
	return "none"
}
