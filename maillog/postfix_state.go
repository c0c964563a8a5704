package maillog

import (
	"maps"
	"slices"

	"authreport"
)

// postfixState is the version of the state's form, its first number. A form that reads the state otherwise needs another.
const postfixState = 2

// MarshalBinary writes the state. The same lines give the same bytes.
func (p *postfix) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(postfixState)
	p.framing.save(e)
	e.number(p.swept)
	e.number(p.unswept)
	e.number(int64(len(p.hosts)))
	ended := p.waiting.withoutSession()
	for _, name := range slices.Sorted(maps.Keys(p.hosts)) {
		e.host(p.hosts[name], ended[p.hosts[name]])
	}
	return e.b, nil
}

// host writes a host: its services, the messages that wait, ended being those of no open session, then what refers to them by number.
func (e *encoder) host(h *mailHost, ended []*message) {
	e.text(h.name)
	e.number(h.now)
	e.number(int64(len(h.services)))
	var sessions []*session // of every service, by process ID
	lives := make([]int, len(h.services))
	for i, v := range h.services {
		e.text(v.tag)
		e.number(v.used)
		e.number(v.tls)
		for _, pid := range slices.Sorted(maps.Keys(v.sessions)) {
			if s := v.sessions[pid]; s.live {
				sessions = append(sessions, s)
				lives[i]++
			}
		}
	}
	messages := h.messages(sessions, ended)
	number := make(map[*message]int64, len(messages))
	e.number(int64(len(messages)))
	for i, m := range messages {
		number[m] = int64(i)
		e.message(m)
	}
	for _, n := range lives {
		e.number(int64(n))
		for _, s := range sessions[:n] {
			e.session(s, number)
		}
		sessions = sessions[n:]
	}
	e.number(int64(len(h.returned)))
	for _, id := range slices.Sorted(maps.Keys(h.returned)) {
		back := h.returned[id]
		e.text(id)
		e.number(back.time)
		e.number(back.recipients)
		e.reference(back.message, number)
	}
	e.number(int64(len(h.proxied)))
	for _, key := range slices.Sorted(maps.Keys(h.proxied)) {
		e.text(key)
		e.layer(h.proxied[key])
	}
}

// messages gives every message that waits, in an order that depends on the lines alone.
func (h *mailHost) messages(sessions []*session, ended []*message) []*message {
	var all []*message
	for _, s := range sessions {
		all = append(all, s.open...)
	}
	all = append(all, ended...)
	for _, id := range slices.Sorted(maps.Keys(h.returned)) {
		if m := h.returned[id].message; m != nil && m.session == nil {
			all = append(all, m)
		}
	}
	return all
}

func (e *encoder) layer(l tlsLayer) {
	e.number(int64(l.version))
	e.text(l.cipher)
	e.number(l.time)
}

// reference writes a message's number, -1 for none.
func (e *encoder) reference(m *message, number map[*message]int64) {
	if m == nil {
		e.number(-1)
		return
	}
	e.number(number[m])
}

func (e *encoder) message(m *message) {
	e.text(string(m.id.bytes()))
	e.number(m.time)
	e.text(m.account.name)
	e.text(m.mechanism)
	e.address(m.ip)
	e.flag(m.decided)
	e.number(int64(m.version))
	e.text(m.cipher)
	e.text(string(m.gap))
	e.flag(m.kept)
	e.flag(m.proven)
	e.flag(m.filter)
	e.text(m.sender)
}

func (e *encoder) session(s *session, number map[*message]int64) {
	e.number(int64(s.pid))
	e.flag(s.connected)
	e.flag(s.encrypted)
	e.layer(s.layer)
	e.number(s.touched)
	e.number(s.failures)
	e.reference(s.current, number)
	e.number(int64(len(s.open)))
	for _, m := range s.open {
		e.reference(m, number)
	}
	e.number(int64(len(s.held)))
	for _, h := range s.held {
		e.number(h.time)
		e.number(h.messages)
		e.number(h.recipients)
		e.text(h.client.Server)
		e.text(h.client.Account)
		e.text(h.client.Sender)
		e.text(h.client.Domain)
		e.address(h.client.IP)
		e.text(h.client.Mechanism)
	}
	e.flag(s.kept)
	e.text(s.sender)
}

// UnmarshalBinary takes up a state that MarshalBinary wrote, in place of the parser's own.
func (p *postfix) UnmarshalBinary(data []byte) error { return p.takeUp(&decoder{b: data}) }

func (p *postfix) takeUp(d *decoder) error {
	p.reset()
	version := d.number()
	p.framing.restore(d)
	if version != postfixState {
		p.reset()
		return errState
	}
	p.swept = d.number()
	p.unswept = d.number()
	for range d.count() {
		p.readHost(d)
	}
	if d.bad || len(d.b) > 0 {
		p.reset()
		return errState
	}
	return nil
}

func (p *postfix) readHost(d *decoder) {
	h := p.host(d.text())
	h.now = d.number()
	for range d.count() {
		tag := d.text()
		if len(h.services) >= maxServices || p.services >= maxServicesInAll {
			d.bad = true
			return
		}
		v := p.service(h, tag, nil)
		v.used, v.tls = d.number(), d.number()
	}
	var messages []*message
	for range d.count() {
		messages = append(messages, p.readMessage(d, h))
	}
	for _, v := range h.services {
		for range d.count() {
			p.readSession(d, v, messages)
		}
	}
	for _, m := range messages {
		d.bad = d.bad || m.session == nil && !m.decided
	}
	for range d.count() {
		id := d.text()
		h.returned[id] = &reinjection{time: d.number(), recipients: d.number(), message: element(d, messages)}
		p.returned++
	}
	for range d.count() {
		key := d.text()
		h.proxied[key] = d.layer()
		p.proxied++
	}
}

// element reads the number of one of all, nil for -1.
func element[T any](d *decoder, all []*T) *T {
	n := d.number()
	if n < 0 || n >= int64(len(all)) {
		d.bad = d.bad || n != -1
		return nil
	}
	return all[n]
}

func (d *decoder) layer() tlsLayer {
	return tlsLayer{authreport.TLS(d.number()), d.text(), d.number()}
}

func (p *postfix) readMessage(d *decoder, host *mailHost) *message {
	id := d.text()
	m := &message{
		host: host, time: d.number(), account: p.account([]byte(d.name())), mechanism: d.text(), ip: d.address(),
		decided: d.flag(), version: authreport.TLS(d.number()), cipher: d.text(), gap: authreport.Gap(d.text()),
		kept: d.flag(), proven: d.flag(), filter: d.flag(), sender: d.name(),
	}
	if id != "" {
		m.id.set([]byte(id))
		p.waiting.add(m)
	}
	if m.kept {
		p.kept++
	}
	if m.filter {
		p.filtered++
	}
	return m
}

func (p *postfix) readSession(d *decoder, service *service, messages []*message) {
	s := &session{
		service: service, pid: uint32(d.number()), live: true, connected: d.flag(), encrypted: d.flag(), layer: d.layer(),
		touched: d.number(), failures: d.number(), current: element(d, messages),
	}
	for range d.count() {
		if m := element(d, messages); m != nil {
			s.open = append(s.open, m)
			m.session = s
		}
	}
	for range d.count() {
		h := held{time: d.number(), messages: d.number(), recipients: d.number()}
		h.client = authreport.Client{Server: d.text(), Account: d.name()}
		h.client.Sender, h.client.Domain = d.sender()
		h.client.IP, h.client.Mechanism = d.address(), d.text()
		s.held = append(s.held, h)
		p.held += weight(h.client.Account, h.client.Sender)
	}
	s.kept = d.flag()
	s.sender = d.name()
	service.sessions[s.pid] = s
	p.sessions++
}
