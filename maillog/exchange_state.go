package maillog

import (
	"slices"
	"time"

	"authreport"
)

// exchangeState is the version of the state's form, its first number. A form that reads the state otherwise needs another.
const exchangeState = 1

// MarshalBinary writes the state. The same lines give the same bytes.
func (x *exchange) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(exchangeState)
	e.number(x.clock.now)
	e.flag(x.clock.known)
	e.text(x.refused)
	e.number(int64(x.columns.count))
	for _, place := range x.columns.place {
		e.number(int64(place))
	}
	e.number(x.front)
	e.number(x.hub)
	key := func(id uint64) { e.number(int64(id)) }
	x.open.save(e, key, e.exchangeSession)
	x.logins.save(e, key, e.exchangeLogin)
	x.handed.save(e, key, e.exchangeHandedOver)
	e.number(x.logins.age)
	e.number(x.handed.age)
	return e.b, nil
}

// UnmarshalBinary takes up a state. After an error the parser is as new.
func (x *exchange) UnmarshalBinary(state []byte) error { return x.takeUp(&decoder{b: state}) }

func (x *exchange) takeUp(d *decoder) error {
	x.reset()
	if d.number() != exchangeState {
		d.bad = true
	}
	x.clock.now, x.clock.known = d.number(), d.flag()
	x.refused = d.text()
	x.columns.count = int(d.number())
	for i := range x.columns.place {
		x.columns.place[i] = int(d.number())
	}
	if !x.columns.valid() {
		d.bad, d.b = true, nil
	}
	x.front, x.hub = d.number(), d.number()
	key := func() uint64 { return uint64(d.number()) }
	x.open.restore(d, key, d.exchangeSession)
	x.logins.restore(d, key, d.exchangeLogin)
	x.handed.restore(d, key, d.exchangeHandedOver)
	for _, h := range x.handed.open {
		x.held += h.value.weight()
	}
	x.logins.age, x.handed.age = d.number(), d.number()
	if d.bad || len(d.b) > 0 {
		x.reset()
		return errState
	}
	return nil
}

// valid says whether every column has a place in the row, or none where none is needed.
func (c *exchangeColumns) valid() bool {
	needed := []exchangeColumn{exchangeTime, exchangeSessionID, exchangeEvent, exchangeData, exchangeContext}
	for i, place := range c.place {
		if place < -1 || place >= c.count || place < 0 && slices.Contains(needed, exchangeColumn(i)) {
			return false
		}
	}
	return c.count <= exchangeMostColumns
}

func (e *encoder) exchangeSession(s *exchangeSession) {
	for _, flag := range [...]bool{s.complete, s.started, s.encrypted, s.server, s.monitoring, s.passed, s.sent, s.asked, s.failure.inside} {
		e.flag(flag)
	}
	e.number(int64(s.version))
	e.text(s.cipher)
	e.text(s.mechanism)
	e.text(s.account)
	e.address(s.ip)
	e.text(s.host)
	e.number(int64(s.front))
	e.address(s.client)
	e.exchangeMail(&s.mail)
	e.number(int64(s.failure.state))
	e.number(int64(s.failure.answered))
	if s.failure.state == failurePending {
		a := &s.failure.attempt
		e.number(a.Time.Unix())
		e.text(a.Server)
		e.text(a.Account)
		e.address(a.IP)
		e.text(a.Mechanism)
	}
}

func (d *decoder) exchangeSession(s *exchangeSession) {
	for _, flag := range [...]*bool{&s.complete, &s.started, &s.encrypted, &s.server, &s.monitoring, &s.passed, &s.sent, &s.asked, &s.failure.inside} {
		*flag = d.flag()
	}
	s.version = authreport.TLS(d.number())
	s.cipher, s.mechanism, s.account, s.ip, s.host = d.text(), d.text(), d.name(), d.address(), d.text()
	s.front, s.client = uint64(d.number()), d.address()
	d.exchangeMail(&s.mail)
	s.failure.state = failureState(d.number())
	s.failure.answered = uint32(d.number())
	if s.failure.state == failurePending {
		s.failure.attempt = authreport.Attempt{Time: time.Unix(d.number(), 0), Server: d.text(), Account: d.name(), IP: d.address(), Mechanism: d.text()}
	}
}

func (e *encoder) exchangeMail(m *exchangeMail) {
	e.flag(m.began)
	e.number(m.time)
	e.text(m.sender)
	e.number(m.recipients)
}

func (d *decoder) exchangeMail(m *exchangeMail) {
	m.began, m.time, m.sender, m.recipients = d.flag(), d.number(), d.name(), d.number()
}

func (e *encoder) exchangeLogin(l *exchangeLogin) {
	e.number(l.time)
	e.text(l.server)
	e.text(l.account)
	e.text(l.mechanism)
	e.address(l.ip)
	e.number(int64(l.version))
	e.text(l.cipher)
	e.text(string(l.gap))
	for _, flag := range [...]bool{l.monitoring, l.passed, l.joined, l.told} {
		e.flag(flag)
	}
}

func (d *decoder) exchangeLogin(l *exchangeLogin) {
	*l = exchangeLogin{
		time: d.number(), server: d.text(), account: d.name(), mechanism: d.text(), ip: d.address(), version: authreport.TLS(d.number()),
		cipher: d.text(), gap: authreport.Gap(d.text()), monitoring: d.flag(), passed: d.flag(), joined: d.flag(), told: d.flag(),
	}
}

func (e *encoder) exchangeHandedOver(h *exchangeHandedOver) {
	e.text(h.server)
	e.address(h.ip)
	e.flag(h.ended)
	e.number(int64(len(h.mails)))
	for i := range h.mails {
		e.exchangeMail(&h.mails[i])
	}
}

func (d *decoder) exchangeHandedOver(h *exchangeHandedOver) {
	h.server, h.ip, h.ended = d.text(), d.address(), d.flag()
	if n := d.count(); n > 0 {
		h.mails = make([]exchangeMail, n)
		for i := range h.mails {
			d.exchangeMail(&h.mails[i])
		}
	}
}
