package report

import (
	"iter"
	"net/netip"
	"slices"

	"authreport"
)

// DependenceKind is something that an administrator may want to switch off. Its value serves as a key in documents.
type DependenceKind string

// What may be switched off, in the order of Report.Dependences.
const (
	LegacyTLS       DependenceKind = "legacy_tls"       // SSL3.0, TLS1.0 and TLS1.1 (RFC 8996)
	NoTLS           DependenceKind = "no_tls"           // submission without TLS (RFC 8314 section 3)
	BasicMechanisms DependenceKind = "basic_mechanisms" // PLAIN and LOGIN, which need the password itself
)

// dependenceKind is a kind with the ways that depend on it.
type dependenceKind struct {
	kind DependenceKind
	of   func(*way) bool
}

var dependenceKinds = []dependenceKind{
	{LegacyTLS, func(w *way) bool { return w.tls.Legacy() }},
	{NoTLS, func(w *way) bool { return w.tls == authreport.TLSNone }},
	{BasicMechanisms, func(w *way) bool { return w.kind == basicMechanism }},
}

// Dependence is how much mail still depends on something, and how that has gone down.
type Dependence struct {
	Kind     DependenceKind
	Messages Figure          // of the range; their share is that of Summary.Messages
	Accounts Figure          // with such a message
	Days     []DependenceDay // each day of HistoryRange, ascending: the burn-down
}

// DependenceDay is one day of a Dependence.
type DependenceDay struct {
	Day      authreport.Day
	Messages int64
	Accounts int64
}

// Dependent is one account of a Dependence over the range.
type Dependent struct {
	Account      string // empty: the server did not say
	Messages     int64  // that depend
	All          int64  // all of the account's messages
	TLS          authreport.TLSCounts
	Mechanisms   []string       // of the messages that depend, by name, each once; "" where it was not logged
	Last         authreport.Day // last day with a message that depends
	Addresses    []netip.Addr   // the client addresses with most of these messages, at most AddressesPerDependent
	AddressCount int            // how many client addresses there are: devices, where each has one
	Senders      int64          // different sender addresses of these messages
	Own          bool
}

// AddressesPerDependent is how many client addresses a Dependent lists.
const AddressesPerDependent = 10

// dependences gives every kind.
func (d *data) dependences(history authreport.Range) []Dependence {
	all := make([]Dependence, len(dependenceKinds))
	seen := make([]authreport.Day, d.texts.count()) // by account: the last day that it was counted on
	for i, kind := range dependenceKinds {
		f := &all[i]
		f.Kind = kind.kind
		for g := range uint32(d.accounts.count()) {
			var now, before int64
			for _, n := range d.accounts.of(g) {
				if kind.of(d.wayOf(n)) {
					now += d.in(n, d.main).messages
					before += d.in(n, d.before).messages
				}
			}
			f.Messages.Value += now
			f.Messages.Before += before
			f.Accounts.Value += min(now, 1)
			f.Accounts.Before += min(before, 1)
		}
		for account := range seen {
			seen[account] = history.First - 1
		}
		for day := range history.All() {
			figures := DependenceDay{Day: day}
			for n, messages := range d.day(day) {
				c := &d.clients[n]
				if !kind.of(&d.ways[c.way]) {
					continue
				}
				figures.Messages += messages
				if seen[c.account] != day {
					seen[c.account] = day
					figures.Accounts++
				}
			}
			f.Days = append(f.Days, figures)
		}
	}
	return all
}

// Dependents gives the accounts with messages in the range that depend on kind, most of these messages first, then by name. Nothing comes of an unknown kind.
func (r *Report) Dependents(kind DependenceKind) iter.Seq[Dependent] {
	d := r.data
	return func(yield func(Dependent) bool) {
		i := slices.IndexFunc(dependenceKinds, func(k dependenceKind) bool { return k.kind == kind })
		if i < 0 {
			return
		}
		of := dependenceKinds[i].of
		depending := func(g uint32) (clients []uint32, messages int64) {
			for _, n := range d.accounts.of(g) {
				if m := d.in(n, d.main).messages; m > 0 && of(d.wayOf(n)) {
					clients, messages = append(clients, n), messages+m
				}
			}
			return clients, messages
		}
		for _, g := range ranked(d.accounts.count(), func(g uint32) int64 { _, m := depending(g); return m }) {
			clients, messages := depending(g)
			if !yield(d.dependent(g, clients, messages)) {
				return
			}
		}
	}
}

// dependent gives the figures of a group of accounts whose clients with messages in the range depend.
func (d *data) dependent(g uint32, clients []uint32, messages int64) Dependent {
	f := Dependent{Account: d.accountName(g), Messages: messages, All: d.messages(d.accounts.of(g), d.main), TLS: d.tls(clients, d.main)}
	_, f.Last = d.days(clients)
	f.Senders, _ = d.distinct(clients, d.main, nil, func(c *client) uint32 { return c.group })
	byAddress := make(map[uint32]int64)
	for _, n := range clients {
		c := &d.clients[n]
		byAddress[c.ip] += d.in(n, d.main).messages
		if name := d.texts.at(d.ways[c.way].mechanism); !slices.Contains(f.Mechanisms, name) {
			f.Mechanisms = append(f.Mechanisms, name)
		}
	}
	slices.Sort(f.Mechanisms)
	var addresses []uint32
	for ip := range byAddress {
		addresses = append(addresses, ip)
	}
	slices.Sort(addresses)
	f.AddressCount = len(addresses)
	for _, i := range ranked(len(addresses), func(i uint32) int64 { return byAddress[addresses[i]] }) {
		if len(f.Addresses) < AddressesPerDependent {
			f.Addresses = append(f.Addresses, d.addresses.at(addresses[i]))
		}
	}
	f.Own = d.marked(f.Account)
	return f
}
