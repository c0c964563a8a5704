package report_test

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// model is a report made the slow and obvious way: each figure by a loop of its own over all counts.
type model struct {
	request  report.Request
	source   *report.Memory
	shown    []authreport.Count // of the days read, after the domain filter
	failures []authreport.FailureCount
	lines    []authreport.Lines
}

func newModel(source *report.Memory, request report.Request) *model {
	m := &model{request: request, source: source}
	week := authreport.Range{First: request.Range.Last - 6, Last: request.Range.Last}
	history := authreport.Range{First: request.Range.Last - authreport.Day(request.History) + 1, Last: request.Range.Last}
	first := min(week.Before().First, request.Range.First-28) // what days are compared with
	for _, days := range []authreport.Range{request.Range, request.Range.Before(), history} {
		if days.Days() > 0 {
			first = min(first, days.First)
		}
	}
	read := authreport.Range{First: first, Last: request.Range.Last}
	if len(request.Domains) > 0 {
		source = within(source, request.Domains)
	}
	for _, c := range source.Submissions {
		if read.Contains(c.Day) {
			m.shown = append(m.shown, c)
		}
	}
	for _, f := range source.Attempts {
		if read.Contains(f.Day) {
			m.failures = append(m.failures, f)
		}
	}
	for _, l := range source.Read {
		if read.Contains(l.Day) {
			m.lines = append(m.lines, l)
		}
	}
	return m
}

// within gives what may be told of some domains.
func within(all *report.Memory, domains []string) *report.Memory {
	m := &report.Memory{}
	isOf := func(name string) bool { return slices.Contains(domains, name[strings.LastIndex(name, "@")+1:]) }
	inside, outside := make(map[string]bool), make(map[string]bool) // accounts without domain, by what they are used for
	for _, c := range all.Submissions {
		use := outside
		if slices.Contains(domains, c.Client.Domain) {
			use = inside
			if strings.Contains(c.Client.Account, "@") && !isOf(c.Client.Account) {
				c.Client.Account = authreport.OtherAccount
			}
			m.Submissions = append(m.Submissions, c)
		}
		use[c.Client.Account] = true
	}
	for _, f := range all.Attempts {
		if strings.Contains(f.Account, "@") && isOf(f.Account) || !strings.Contains(f.Account, "@") && f.Account != "" && inside[f.Account] && !outside[f.Account] {
			m.Attempts = append(m.Attempts, f)
		}
	}
	for _, l := range all.Read {
		m.Read = append(m.Read, authreport.Lines{Source: l.Source, Day: l.Day, Read: min(l.Read, 1)})
	}
	return m
}

// in gives the counts of days that a condition holds for.
func (m *model) in(days authreport.Range, condition func(authreport.Count) bool) []authreport.Count {
	var counts []authreport.Count
	for _, c := range m.shown {
		if days.Contains(c.Day) && (condition == nil || condition(c)) {
			counts = append(counts, c)
		}
	}
	return counts
}

func messages(counts []authreport.Count) (n int64) {
	for _, c := range counts {
		n += c.Messages
	}
	return n
}

func recipients(counts []authreport.Count) (n int64) {
	for _, c := range counts {
		n += c.Recipients
	}
	return n
}

func byTLS(counts []authreport.Count) (tls authreport.TLSCounts) {
	for _, c := range counts {
		tls[c.Client.TLS] += c.Messages
	}
	return tls
}

// different lists the different values, in the order of their coming.
func different[T comparable](counts []authreport.Count, value func(authreport.Client) T) []T {
	seen := make(map[T]bool)
	var values []T
	for _, c := range counts {
		if v := value(c.Client); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// own says whether a name is one of authreport's own.
func (m *model) own(name string) bool { return name != "" && slices.Contains(m.request.Own, name) }

// who is a sender with its domain.
type who struct{ address, domain string }

func whoOf(c authreport.Client) who                  { return who{c.Sender, c.Domain} }
func accountOf(c authreport.Client) string           { return c.Account }
func domainOf(c authreport.Client) string            { return c.Domain }
func ipOf(c authreport.Client) netip.Addr            { return c.IP }
func clientOf(c authreport.Client) authreport.Client { return c }

func legacy(c authreport.Count) bool { return c.Client.TLS.Legacy() }
func basic(c authreport.Count) bool {
	return c.Client.Mechanism == "PLAIN" || c.Client.Mechanism == "LOGIN"
}
func oauth(c authreport.Count) bool {
	return c.Client.Mechanism == "XOAUTH2" || c.Client.Mechanism == "OAUTHBEARER"
}

func (m *model) summary(days authreport.Range) report.Summary {
	s := report.Summary{Range: days, Before: days.Before(), BeforeComplete: true}
	figure := func(of func(days authreport.Range) int64) report.Figure {
		return report.Figure{Value: of(s.Range), Before: of(s.Before)}
	}
	s.Accounts = figure(func(d authreport.Range) int64 { return int64(len(different(m.in(d, nil), accountOf))) })
	s.Senders = figure(func(d authreport.Range) int64 { return int64(len(different(m.in(d, nil), whoOf))) })
	s.Messages = figure(func(d authreport.Range) int64 { return messages(m.in(d, nil)) })
	s.Recipients = figure(func(d authreport.Range) int64 { return recipients(m.in(d, nil)) })
	s.Addresses = figure(func(d authreport.Range) int64 { return int64(len(different(m.in(d, nil), ipOf))) })
	s.Legacy = figure(func(d authreport.Range) int64 { return messages(m.in(d, legacy)) })
	s.LegacyAccounts = figure(func(d authreport.Range) int64 { return int64(len(different(m.in(d, legacy), accountOf))) })
	s.NoTLS = figure(func(d authreport.Range) int64 {
		return messages(m.in(d, func(c authreport.Count) bool { return c.Client.TLS == authreport.TLSNone }))
	})
	s.Basic = figure(func(d authreport.Range) int64 { return messages(m.in(d, basic)) })
	s.Failures = figure(func(d authreport.Range) (n int64) {
		for _, f := range m.failures {
			if d.Contains(f.Day) {
				n += f.Attempts
			}
		}
		return n
	})
	s.TLS, s.TLSBefore = byTLS(m.in(s.Range, nil)), byTLS(m.in(s.Before, nil))
	for day := range s.Range.All() {
		counts := m.in(authreport.Range{First: day, Last: day}, nil)
		s.Days = append(s.Days, report.Day{Day: day, Messages: messages(counts), Accounts: int64(len(different(counts, accountOf))), TLS: byTLS(counts), HasLines: m.hasLines(day)})
	}
	for day := range s.Before.All() {
		s.BeforeComplete = s.BeforeComplete && m.hasLines(day)
	}
	return s
}

func (m *model) hasLines(day authreport.Day) bool {
	return slices.ContainsFunc(m.lines, func(l authreport.Lines) bool { return l.Day == day && l.Read > 0 })
}

// span is the first and last day of the counts, among the days read, that a condition holds for.
func (m *model) span(condition func(authreport.Count) bool) (first, last authreport.Day) {
	var days []authreport.Day
	for _, c := range m.shown {
		if condition(c) {
			days = append(days, c.Day)
		}
	}
	return slices.Min(days), slices.Max(days)
}

func (m *model) domains() (domains []report.Domain) {
	days := m.request.Range
	for _, name := range different(m.in(days, nil), domainOf) {
		of := func(c authreport.Count) bool { return c.Client.Domain == name }
		counts := m.in(days, of)
		d := report.Domain{
			Name: name, Messages: report.Figure{Value: messages(counts), Before: messages(m.in(days.Before(), of))},
			Senders: int64(len(different(counts, whoOf))), Accounts: int64(len(different(counts, accountOf))), TLS: byTLS(counts),
		}
		for day := range days.All() {
			d.Days = append(d.Days, messages(m.in(authreport.Range{First: day, Last: day}, of)))
		}
		domains = append(domains, d)
	}
	slices.SortFunc(domains, func(a, b report.Domain) int {
		return cmp.Or(cmp.Compare(b.Messages.Value, a.Messages.Value), strings.Compare(a.Name, b.Name))
	})
	return domains
}

func (m *model) senders() (senders []report.Sender) {
	days := m.request.Range
	for _, name := range different(m.in(days, nil), whoOf) {
		of := func(c authreport.Count) bool { return whoOf(c.Client) == name }
		counts := m.in(days, of)
		s := report.Sender{
			Address: name.address, Domain: name.domain, Recipients: recipients(counts), TLS: byTLS(counts),
			Messages: report.Figure{Value: messages(counts), Before: messages(m.in(days.Before(), of))},
			Accounts: int64(len(different(counts, accountOf))), Addresses: int64(len(different(counts, ipOf))), Own: m.own(name.address),
		}
		s.First, s.Last = m.span(of)
		senders = append(senders, s)
	}
	slices.SortFunc(senders, func(a, b report.Sender) int {
		return cmp.Or(cmp.Compare(b.Messages.Value, a.Messages.Value), strings.Compare(a.Address, b.Address), strings.Compare(a.Domain, b.Domain))
	})
	return senders
}

func (m *model) accounts() (accounts []report.Account) {
	days := m.request.Range
	for _, name := range different(m.in(days, nil), accountOf) {
		of := func(c authreport.Count) bool { return c.Client.Account == name }
		counts := m.in(days, of)
		a := report.Account{
			Name: name, Recipients: recipients(counts), TLS: byTLS(counts), Messages: report.Figure{Value: messages(counts), Before: messages(m.in(days.Before(), of))},
			Basic:   messages(m.in(days, func(c authreport.Count) bool { return of(c) && basic(c) })),
			OAuth:   messages(m.in(days, func(c authreport.Count) bool { return of(c) && oauth(c) })),
			Senders: int64(len(different(counts, whoOf))), Addresses: int64(len(different(counts, ipOf))), Own: m.own(name),
		}
		for _, f := range m.failures {
			if days.Contains(f.Day) && f.Account == name {
				a.Failures += f.Attempts
			}
		}
		a.First, a.Last = m.span(of)
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b report.Account) int {
		return cmp.Or(cmp.Compare(b.Messages.Value, a.Messages.Value), strings.Compare(a.Name, b.Name))
	})
	return accounts
}

func compareClients(a, b report.Client) int {
	return cmp.Or(
		cmp.Compare(b.Messages, a.Messages), strings.Compare(a.Server, b.Server), strings.Compare(a.Account, b.Account), strings.Compare(a.Sender, b.Sender),
		strings.Compare(a.Domain, b.Domain), a.IP.Compare(b.IP), cmp.Compare(a.TLS, b.TLS), strings.Compare(a.Cipher, b.Cipher), strings.Compare(a.Mechanism, b.Mechanism),
	)
}

// clients gives the clients of days that a condition holds for.
func (m *model) clients(days authreport.Range, condition func(authreport.Count) bool) (clients []report.Client) {
	for _, client := range different(m.in(days, condition), clientOf) {
		of := func(c authreport.Count) bool { return c.Client == client }
		counts := m.in(days, of)
		c := report.Client{
			Client: client, Messages: messages(counts), Recipients: recipients(counts),
			Own: m.own(client.Account) || m.own(client.Sender),
		}
		c.First, c.Last = m.span(of)
		clients = append(clients, c)
	}
	slices.SortFunc(clients, compareClients)
	return clients
}

// cells gives the messages of days that a condition holds for, by day and TLS version.
func (m *model) cells(days authreport.Range, condition func(authreport.Count) bool) (cells []report.Cell) {
	for day := range days.All() {
		for tls, n := range byTLS(m.in(authreport.Range{First: day, Last: day}, condition)) {
			if n > 0 {
				cells = append(cells, report.Cell{Day: day, TLS: authreport.TLS(tls), Messages: n})
			}
		}
	}
	return cells
}

func (m *model) histories(days authreport.Range) (histories []report.SenderHistory) {
	all := make(map[who]int64)
	for _, name := range different(m.in(days, nil), whoOf) {
		of := func(c authreport.Count) bool { return whoOf(c.Client) == name }
		all[name] = messages(m.in(days, of))
		h := report.SenderHistory{Address: name.address, Domain: name.domain, Own: m.own(name.address)}
		h.Cells = m.cells(days, of)
		accounts := different(m.in(days, of), func(c authreport.Client) string { return c.Account })
		slices.Sort(accounts)
		for _, account := range accounts {
			one := report.AccountHistory{Name: account, Own: m.own(account)}
			if len(accounts) > 1 {
				one.Cells = m.cells(days, func(c authreport.Count) bool { return of(c) && c.Client.Account == account })
			}
			h.Accounts = append(h.Accounts, one)
		}
		h.Clients = m.clients(days, of)
		h.ClientCount = len(h.Clients)
		h.Clients = h.Clients[:min(len(h.Clients), report.ClientsPerSender)]
		histories = append(histories, h)
	}
	slices.SortFunc(histories, func(a, b report.SenderHistory) int {
		return cmp.Or(
			cmp.Compare(all[who{b.Address, b.Domain}], all[who{a.Address, a.Domain}]),
			strings.Compare(a.Address, b.Address), strings.Compare(a.Domain, b.Domain),
		)
	})
	return histories
}

// dependences says what depends on what, by the names of the kinds' conditions.
func (m *model) dependences(history authreport.Range) (all []report.Dependence) {
	for _, kind := range kinds {
		of := kind.of
		d := report.Dependence{
			Kind:     kind.kind,
			Messages: report.Figure{Value: messages(m.in(m.request.Range, of)), Before: messages(m.in(m.request.Range.Before(), of))},
			Accounts: report.Figure{Value: int64(len(different(m.in(m.request.Range, of), accountOf))), Before: int64(len(different(m.in(m.request.Range.Before(), of), accountOf)))},
		}
		for day := range history.All() {
			counts := m.in(authreport.Range{First: day, Last: day}, of)
			d.Days = append(d.Days, report.DependenceDay{Day: day, Messages: messages(counts), Accounts: int64(len(different(counts, accountOf)))})
		}
		all = append(all, d)
	}
	return all
}

var kinds = []struct {
	kind report.DependenceKind
	of   func(authreport.Count) bool
}{
	{report.LegacyTLS, legacy},
	{report.NoTLS, func(c authreport.Count) bool { return c.Client.TLS == authreport.TLSNone }},
	{report.BasicMechanisms, basic},
}

func (m *model) dependents(of func(authreport.Count) bool) (all []report.Dependent) {
	days := m.request.Range
	for _, name := range different(m.in(days, of), accountOf) {
		its := func(c authreport.Count) bool { return c.Client.Account == name }
		both := func(c authreport.Count) bool { return its(c) && of(c) }
		counts := m.in(days, both)
		d := report.Dependent{
			Account: name, Messages: messages(counts), All: messages(m.in(days, its)), TLS: byTLS(counts), Own: m.own(name),
			Mechanisms: different(counts, func(c authreport.Client) string { return c.Mechanism }), Senders: int64(len(different(counts, whoOf))),
		}
		slices.Sort(d.Mechanisms)
		_, d.Last = m.span(func(c authreport.Count) bool { return both(c) && days.Contains(c.Day) })
		d.Addresses = different(counts, ipOf)
		d.AddressCount = len(d.Addresses)
		from := func(ip netip.Addr) int64 {
			return messages(m.in(days, func(c authreport.Count) bool { return both(c) && c.Client.IP == ip }))
		}
		slices.SortFunc(d.Addresses, func(a, b netip.Addr) int { return cmp.Or(cmp.Compare(from(b), from(a)), a.Compare(b)) })
		d.Addresses = d.Addresses[:min(len(d.Addresses), report.AddressesPerDependent)]
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b report.Dependent) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), strings.Compare(a.Account, b.Account))
	})
	return all
}
