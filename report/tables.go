package report

import "iter"

// Senders gives the senders with messages in the range, most messages first, then by address and domain.
func (r *Report) Senders() iter.Seq[Sender] {
	d := r.data
	return func(yield func(Sender) bool) {
		var scratch []uint32
		for _, g := range d.senderOrder {
			var s Sender
			if s, scratch = d.sender(d.senders.of(g), scratch); !yield(s) {
				return
			}
		}
	}
}

func (d *data) sender(clients, scratch []uint32) (Sender, []uint32) {
	c := &d.clients[clients[0]]
	s := Sender{Address: d.texts.at(c.sender), Domain: d.texts.at(c.domain), TLS: d.tls(clients, d.main)}
	s.Messages, s.Recipients = d.figures(clients)
	s.First, s.Last = d.days(clients)
	s.Accounts, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.account })
	s.Addresses, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.ip })
	s.Own = d.marked(s.Address)
	return s, scratch
}

// Accounts gives the accounts with messages in the range, most messages first, then by name.
func (r *Report) Accounts() iter.Seq[Account] {
	d := r.data
	return func(yield func(Account) bool) {
		var scratch []uint32
		for _, g := range d.accountOrder {
			var a Account
			if a, scratch = d.account(g, scratch); !yield(a) {
				return
			}
		}
	}
}

func (d *data) account(g uint32, scratch []uint32) (Account, []uint32) {
	clients := d.accounts.of(g)
	a := Account{Name: d.accountName(g), TLS: d.tls(clients, d.main), Failures: d.failures[g]}
	a.Messages, a.Recipients = d.figures(clients)
	a.First, a.Last = d.days(clients)
	for _, n := range clients {
		switch d.wayOf(n).kind {
		case basicMechanism:
			a.Basic += d.in(n, d.main).messages
		case oauthMechanism:
			a.OAuth += d.in(n, d.main).messages
		case otherMechanism:
		}
	}
	a.Senders, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.group })
	a.Addresses, scratch = d.distinct(clients, d.main, scratch, func(c *client) uint32 { return c.ip })
	a.Own = d.marked(a.Name)
	return a, scratch
}

// accountName gives the name of a group of accounts.
func (d *data) accountName(g uint32) string {
	return d.texts.at(d.clients[d.accounts.of(g)[0]].account)
}

// figures gives the messages and recipients of some clients in the range.
func (d *data) figures(clients []uint32) (messages Figure, recipients int64) {
	for _, n := range clients {
		s := d.in(n, d.main)
		messages.Value += s.messages
		messages.Before += d.in(n, d.before).messages
		recipients += s.recipients
	}
	return messages, recipients
}

// Clients gives the SMTP AUTH clients with messages in the range, most messages first, then by their fields. It ranks them when it is ranged over.
func (r *Report) Clients() iter.Seq[Client] {
	d := r.data
	return func(yield func(Client) bool) {
		for _, place := range ranked(len(d.shown), func(place uint32) int64 { return d.in(d.shown[place], d.main).messages }) {
			if !yield(d.clientFigures(d.shown[place], d.main)) {
				return
			}
		}
	}
}

// ClientCount is how many clients Clients gives.
func (r *Report) ClientCount() int { return r.data.clientCount }

func (d *data) clientFigures(n uint32, period int) Client {
	s, span := d.in(n, period), d.spans.at(int(n))
	c := Client{Client: d.named(n), Messages: s.messages, Recipients: s.recipients, First: span.First, Last: span.Last}
	c.Own = d.marked(c.Account, c.Sender)
	return c
}

// Histories gives the senders with messages in HistoryRange, most messages first, then by address and domain. It packs the days by sender when it is ranged
// over; each Cells and Clients is the caller's to keep.
func (r *Report) Histories() iter.Seq[SenderHistory] {
	d := r.data
	return func(yield func(SenderHistory) bool) {
		cells := packCells(d, d.senders.count(), func(n uint32) uint32 { return d.clients[n].group })
		shared := newSharing(d)
		for _, g := range ranked(d.senders.count(), func(g uint32) int64 { return d.messages(d.senders.of(g), d.history) }) {
			clients := d.senders.of(g)
			c := &d.clients[clients[0]]
			h := SenderHistory{Address: d.texts.at(c.sender), Domain: d.texts.at(c.domain), Cells: cells.of(g)}
			h.Own = d.marked(h.Address)
			h.Clients, h.ClientCount = d.busiest(clients)
			h.Accounts = shared.of(g)
			if !yield(h) {
				return
			}
		}
	}
}

// busiest gives at most ClientsPerSender of clients with their figures over the history, most messages first, and how many have any.
func (d *data) busiest(clients []uint32) (top []Client, count int) {
	order := ranked(len(clients), func(i uint32) int64 { return d.in(clients[i], d.history).messages })
	for _, i := range order[:min(len(order), ClientsPerSender)] {
		top = append(top, d.clientFigures(clients[i], d.history))
	}
	return top, len(order)
}
