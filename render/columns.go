package render

import (
	"authreport"
	"authreport/report"
)

// The columns of the report's tables. A new column is one line here: what it holds, how wide it is, and its value of one row; its heading is under column in the
// catalogues.

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
	Key   string // of the heading; different from the table's others
	Title string // heading that is the same in every language, in place of Key's
	Kind  kind
	Width float64                       // characters
	Value func(l *language, row *T) any // of the type that Kind names, or nil for an empty cell
}

// title is the heading, different from the table's others.
func (c column[T]) title(l *language) string {
	if c.Title != "" {
		return c.Title
	}
	return l.text("column." + c.Key)
}

var senderColumns = []column[report.Sender]{
	{Key: "sender_address", Kind: textKind, Width: 38, Value: func(l *language, s *report.Sender) any { return l.senderName(s.Address, s.Own) }},
	{Key: "domain", Kind: textKind, Width: 26, Value: func(l *language, s *report.Sender) any { return l.domainName(s.Domain) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Messages.Value }},
	{Key: "messages_before", Kind: beforeKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Messages.Before }},
	{Key: "change", Kind: changeKind, Width: 14, Value: func(l *language, s *report.Sender) any { return l.changeValue(s.Messages) }},
	{Key: "recipients", Kind: numberKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Recipients }},
	{Key: "accounts", Kind: numberKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Accounts }},
	{Key: "client_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Addresses }},
	{Key: "first_seen", Kind: dayKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.First }},
	{Key: "last_seen", Kind: dayKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Last }},
}

// tlsColumns are the columns of the TLS usage of senders, before those of versionColumns.
var tlsColumns = []column[report.Sender]{
	{Key: "sender_address", Kind: textKind, Width: 38, Value: func(l *language, s *report.Sender) any { return l.senderName(s.Address, s.Own) }},
	{Key: "domain", Kind: textKind, Width: 26, Value: func(l *language, s *report.Sender) any { return l.domainName(s.Domain) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, s *report.Sender) any { return s.Messages.Value }},
}

var accountColumns = []column[report.Account]{
	{Key: "account", Kind: textKind, Width: 38, Value: func(l *language, a *report.Account) any { return l.accountName(a.Name, a.Own) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Messages.Value }},
	{Key: "messages_before", Kind: beforeKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Messages.Before }},
	{Key: "change", Kind: changeKind, Width: 14, Value: func(l *language, a *report.Account) any { return l.changeValue(a.Messages) }},
	{Key: "recipients", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Recipients }},
	{Key: "sender_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Senders }},
	{Key: "client_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Addresses }},
	{Key: "over_legacy_tls", Kind: weakKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.TLS.Legacy() }},
	{Key: "without_tls", Kind: weakKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.TLS[authreport.TLSNone] }},
	{Key: "after_plain_or_login", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Basic }},
	{Key: "after_oauth", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.OAuth }},
	{Key: "failed_auth_attempts", Kind: numberKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Failures }},
	{Key: "first_seen", Kind: dayKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.First }},
	{Key: "last_seen", Kind: dayKind, Width: 14, Value: func(_ *language, a *report.Account) any { return a.Last }},
}

// domainColumns are the columns of the sender domains, before those of versionColumns.
var domainColumns = []column[report.Domain]{
	{Key: "domain", Kind: textKind, Width: 34, Value: func(l *language, d *report.Domain) any { return l.domainName(d.Name) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, d *report.Domain) any { return d.Messages.Value }},
	{Key: "messages_before", Kind: beforeKind, Width: 14, Value: func(_ *language, d *report.Domain) any { return d.Messages.Before }},
	{Key: "change", Kind: changeKind, Width: 14, Value: func(l *language, d *report.Domain) any { return l.changeValue(d.Messages) }},
	{Key: "sender_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, d *report.Domain) any { return d.Senders }},
	{Key: "accounts", Kind: numberKind, Width: 14, Value: func(_ *language, d *report.Domain) any { return d.Accounts }},
}

var clientColumns = []column[report.Client]{
	{Key: "server", Kind: textKind, Width: 20, Value: func(l *language, c *report.Client) any { return l.loggedName(c.Server) }},
	{Key: "sender_address", Kind: textKind, Width: 36, Value: func(l *language, c *report.Client) any { return l.senderName(c.Sender, c.Own) }},
	{Key: "account", Kind: textKind, Width: 32, Value: func(l *language, c *report.Client) any { return l.accountName(c.Account, c.Own) }},
	{Key: "client_address", Kind: textKind, Width: 20, Value: func(l *language, c *report.Client) any { return l.addressName(c.IP) }},
	{Key: "tls_version", Kind: textKind, Width: 14, Value: func(l *language, c *report.Client) any { return l.version(c.TLS) }},
	{Key: "cipher", Kind: textKind, Width: 32, Value: func(l *language, c *report.Client) any { return l.cipherName(*c) }},
	{Key: "mechanism", Kind: textKind, Width: 16, Value: func(l *language, c *report.Client) any { return l.loggedName(c.Mechanism) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, c *report.Client) any { return c.Messages }},
	{Key: "recipients", Kind: numberKind, Width: 14, Value: func(_ *language, c *report.Client) any { return c.Recipients }},
	{Key: "first_seen", Kind: dayKind, Width: 14, Value: func(_ *language, c *report.Client) any { return c.First }},
	{Key: "last_seen", Kind: dayKind, Width: 14, Value: func(_ *language, c *report.Client) any { return c.Last }},
}

// dayColumns are the columns of the days, before those of versionCounts and the domains.
var dayColumns = []column[report.Day]{
	{Key: "day", Kind: dayKind, Width: 14, Value: func(_ *language, d *report.Day) any { return d.Day }},
	{Key: "weekday", Kind: textKind, Width: 14, Value: func(l *language, d *report.Day) any { return l.day("weekday", d.Day) }},
	{Key: "log_lines", Kind: textKind, Width: 13, Value: func(l *language, d *report.Day) any { return l.linesRead(d.HasLines) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, d *report.Day) any { return d.Messages }},
	{Key: "accounts", Kind: numberKind, Width: 14, Value: func(_ *language, d *report.Day) any { return d.Accounts }},
}

var unusualColumns = []column[report.Unusual]{
	{Key: "grade", Kind: textKind, Width: 10, Value: func(l *language, u *report.Unusual) any { return l.newUnusualRow(*u).Grade }},
	{Key: "kind", Kind: textKind, Width: 24, Value: func(l *language, u *report.Unusual) any { return l.unusualTitle(u.Kind) }},
	{Key: "account", Kind: textKind, Width: 36, Value: func(l *language, u *report.Unusual) any { return l.accountName(u.Account, u.Own) }},
	{Key: "first_day", Kind: dayKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.First }},
	{Key: "last_day", Kind: dayKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.Last }},
	{Key: "why", Kind: textKind, Width: 90, Value: func(l *language, u *report.Unusual) any { return l.unusualReason(*u) }},
	{Key: "figure", Kind: numberKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.Value }},
	{Key: "usual", Kind: numberKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.Usual }},
	{Key: "unusual_from", Kind: numberKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.Limit }},
	{Key: "messages_that_day", Kind: numberKind, Width: 14, Value: func(_ *language, u *report.Unusual) any { return u.Messages }},
}

// dependent is an account with what it depends on.
type dependent struct {
	report.Dependent
	kind report.DependenceKind
}

// dependentColumns are the columns of what breaks when something is switched off.
var dependentColumns = []column[dependent]{
	{Key: "depends_on", Kind: textKind, Width: 18, Value: func(l *language, d *dependent) any { return l.text("dependence." + string(d.kind) + ".title") }},
	{Key: "account", Kind: textKind, Width: 36, Value: func(l *language, d *dependent) any { return l.accountName(d.Account, d.Own) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, d *dependent) any { return d.Messages }},
	{Key: "of_the_accounts", Kind: shareKind, Width: 14, Value: func(_ *language, d *dependent) any { return shareValue(d.Messages, d.All) }},
	{Key: "last_seen", Kind: dayKind, Width: 14, Value: func(_ *language, d *dependent) any { return d.Last }},
	{Key: "client_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, d *dependent) any { return int64(d.AddressCount) }},
	{Key: "busiest_addresses", Kind: textKind, Width: 50, Value: func(l *language, d *dependent) any { return l.dependentAddresses(d.Dependent) }},
	{Key: "tls_versions", Kind: textKind, Width: 40, Value: func(l *language, d *dependent) any { return l.dependentVersions(d.Dependent) }},
	{Key: "mechanisms", Kind: textKind, Width: 20, Value: func(l *language, d *dependent) any { return l.dependentMechanisms(d.Dependent) }},
	{Key: "sender_addresses", Kind: numberKind, Width: 14, Value: func(_ *language, d *dependent) any { return d.Senders }},
}

// burnDownDay is one day of every dependence.
type burnDownDay struct {
	Day   authreport.Day
	Kinds []report.DependenceDay // in the order of Report.Dependences
}

// burnDownColumns are the columns of the way down: of each kind its messages and accounts.
func (l *language) burnDownColumns(r *report.Report) []column[burnDownDay] {
	columns := []column[burnDownDay]{{Key: "day", Kind: dayKind, Width: 14, Value: func(_ *language, d *burnDownDay) any { return d.Day }}}
	for i, d := range r.Dependences {
		kind := l.text("dependence." + string(d.Kind) + ".title")
		columns = append(columns,
			column[burnDownDay]{Title: l.text("column.accounts_of", "kind", kind), Kind: numberKind, Width: 18, Value: func(_ *language, d *burnDownDay) any { return d.Kinds[i].Accounts }},
			column[burnDownDay]{Title: l.text("column.messages_of", "kind", kind), Kind: numberKind, Width: 18, Value: func(_ *language, d *burnDownDay) any { return d.Kinds[i].Messages }})
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
	{Key: "day", Kind: dayKind, Width: 14, Value: func(_ *language, d *domainDay) any { return d.Day }},
	{Key: "weekday", Kind: textKind, Width: 14, Value: func(l *language, d *domainDay) any { return l.day("weekday", d.Day) }},
	{Key: "domain", Kind: textKind, Width: 40, Value: func(l *language, d *domainDay) any { return l.domainName(d.Domain) }},
	{Key: "messages", Kind: numberKind, Width: 14, Value: func(_ *language, d *domainDay) any { return d.Messages }},
}

// versionColumns are two columns for each TLS version: its share of a row's messages, and their count.
func versionColumns[T any](l *language, versions []authreport.TLS, counts func(row *T) *authreport.TLSCounts) []column[T] {
	var columns []column[T]
	for _, v := range versions {
		share := func(_ *language, row *T) any { return shareValue(counts(row)[v], counts(row).Total()) }
		columns = append(columns, column[T]{Title: l.version(v) + " %", Kind: shareKind, Width: 13, Value: share})
		columns = append(columns, versionCounts(l, []authreport.TLS{v}, counts)...)
	}
	return columns
}

// versionCounts is one column for each TLS version: the count of a row's messages.
func versionCounts[T any](l *language, versions []authreport.TLS, counts func(row *T) *authreport.TLSCounts) []column[T] {
	var columns []column[T]
	for _, v := range versions {
		kind := numberKind
		if v.Legacy() || v == authreport.TLSNone {
			kind = weakKind
		}
		columns = append(columns, column[T]{Title: l.version(v), Kind: kind, Width: 13, Value: func(_ *language, row *T) any { return counts(row)[v] }})
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
func (l *language) changeValue(f report.Figure) any {
	part, ok := f.Change()
	switch {
	case ok:
		return part
	case f.Value > 0:
		return l.text("trend.new")
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

func (l *language) linesRead(any bool) string {
	if any {
		return l.text("name.lines_read")
	}
	return l.text("name.no_lines")
}
