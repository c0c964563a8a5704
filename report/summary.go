package report

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"

	"authreport"
)

// readFailures adds failed attempts to the summaries, and to the accounts that they named.
func (r *Report) readFailures(source iter.Seq2[authreport.FailureCount, error]) error {
	d := r.data
	for f, err := range source {
		if err != nil {
			return err
		}
		for _, s := range []*Summary{&r.Summary, &r.Week} {
			if s.Range.Contains(f.Day) {
				s.Failures.Value += f.Attempts
			}
			if s.Before.Contains(f.Day) {
				s.Failures.Before += f.Attempts
			}
		}
		before := f.Day < r.Summary.Range.First
		if f.Day > r.Summary.Range.Last || f.Day < r.Summary.Range.First-baselineDays {
			continue
		}
		if g, known := sort.Find(d.accounts.count(), func(g int) int { return strings.Compare(f.Account, d.accountName(uint32(g))) }); known {
			if before {
				d.failedEarlier[g] += f.Attempts
			} else {
				d.failures[uint32(g)] += f.Attempts
				noteFailure(d.failedAccounts, failureKey{f.Day, uint32(g)}, f)
			}
		}
		if f.Day < r.Summary.Range.First-1 || !f.IP.IsValid() {
			continue
		}
		if ip, known := d.names.addresses.find(f.IP); known {
			noteFailure(d.failedAddresses, failureKey{f.Day, ip}, f)
		}
	}
	return nil
}

// summarize fills in what s says of a period and the one before it.
func (d *data) summarize(s *Summary, period, before int, lines *lines) {
	now, then := d.headlines(period), d.headlines(before)
	s.BeforeComplete = lines.complete(s.Before)
	s.Accounts = Figure{now.accounts, then.accounts}
	s.Senders = Figure{now.senders, then.senders}
	s.Messages = Figure{now.messages, then.messages}
	s.Recipients = Figure{now.recipients, then.recipients}
	s.Addresses = Figure{now.addresses, then.addresses}
	s.Legacy = Figure{now.tls.Legacy(), then.tls.Legacy()}
	s.LegacyAccounts = Figure{now.legacyAccounts, then.legacyAccounts}
	s.NoTLS = Figure{now.tls[authreport.TLSNone], then.tls[authreport.TLSNone]}
	s.Basic = Figure{now.basic, then.basic}
	s.TLS, s.TLSBefore = now.tls, then.tls
	s.Days = d.dayFigures(s.Range, lines)
}

// headlines are the figures of one period.
type headlines struct {
	sum
	accounts, senders, addresses, legacyAccounts, basic int64
	tls                                                 authreport.TLSCounts
}

func (d *data) headlines(period int) headlines {
	var h headlines
	addresses := make([]bool, d.addresses.count())
	for _, n := range d.shown {
		c, w, s := &d.clients[n], d.wayOf(n), d.in(n, period)
		if s.messages == 0 {
			continue
		}
		h.messages += s.messages
		h.recipients += s.recipients
		h.tls[w.tls] += s.messages
		if w.kind == basicMechanism {
			h.basic += s.messages
		}
		if !addresses[c.ip] {
			addresses[c.ip] = true
			h.addresses++
		}
	}
	for g := range uint32(d.senders.count()) {
		if d.messages(d.senders.of(g), period) > 0 {
			h.senders++
		}
	}
	for g := range uint32(d.accounts.count()) {
		tls := d.tls(d.accounts.of(g), period)
		if tls.Total() > 0 {
			h.accounts++
		}
		if tls.Legacy() > 0 {
			h.legacyAccounts++
		}
	}
	return h
}

// dayFigures gives each day of a range that does not begin before periods.daily.
func (d *data) dayFigures(days authreport.Range, lines *lines) []Day {
	figures := make([]Day, 0, days.Days())
	seen := make([]authreport.Day, d.texts.count()) // by account: the last day that it was counted on
	for i := range seen {
		seen[i] = days.First - 1
	}
	for day := range days.All() {
		f := Day{Day: day, HasLines: lines.any(day)}
		for n, messages := range d.day(day) {
			c := &d.clients[n]
			f.Messages += messages
			f.TLS[d.ways[c.way].tls] += messages
			if seen[c.account] != day {
				seen[c.account] = day
				f.Accounts++
			}
		}
		figures = append(figures, f)
	}
	return figures
}

// domainFigures gives the domains with messages in the range, most messages first, then by name.
func (d *data) domainFigures() []Domain {
	var domains []Domain
	days := d.all[d.main]
	places := make([]int, d.texts.count()) // by domain: its place in domains
	var scratch []uint32
	for g := range uint32(d.domains.count()) {
		clients := d.domains.of(g)
		name := d.clients[clients[0]].domain
		f := Domain{
			Name:     d.texts.at(name),
			Messages: Figure{d.messages(clients, d.main), d.messages(clients, d.before)},
			TLS:      d.tls(clients, d.main),
		}
		if f.Messages.Value == 0 {
			continue
		}
		f.Days = make([]int64, days.Days())
		f.Senders, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.group })
		f.Accounts, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.account })
		places[name] = len(domains)
		domains = append(domains, f)
	}
	for day := range days.All() {
		for n, messages := range d.day(day) {
			domains[places[d.clients[n].domain]].Days[day-days.First] += messages
		}
	}
	slices.SortStableFunc(domains, func(a, b Domain) int { return cmp.Compare(b.Messages.Value, a.Messages.Value) })
	return domains
}
