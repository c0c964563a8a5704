package maillog

import (
	"cmp"
	"maps"
	"slices"

	"authreport"
)

// postfixState is the version of the state's form, its first number. A form that reads the state otherwise needs another.
const postfixState = 1

// MarshalBinary writes the state. The same lines give the same bytes.
func (p *postfix) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(postfixState)
	e.number(p.framing.clock.now)
	e.flag(p.framing.clock.known)
	e.number(p.swept)
	e.number(int64(len(p.hosts)))
	services := make(map[*service]int64)
	hosts := make(map[*mailHost]int64)
	for _, name := range slices.Sorted(maps.Keys(p.hosts)) {
		h := p.hosts[name]
		hosts[h] = int64(len(hosts))
		e.text(h.name)
		e.number(h.seen)
		e.number(int64(len(h.services)))
		for _, s := range h.services {
			services[s] = int64(len(services))
			e.text(s.tag)
			e.number(s.tls)
		}
	}
	sessions := slices.SortedFunc(maps.Values(p.sessions), func(a, b *session) int {
		return cmp.Or(cmp.Compare(services[a.service], services[b.service]), cmp.Compare(a.pid, b.pid))
	})
	messages := p.messages(sessions)
	e.number(int64(len(messages)))
	number := make(map[*message]int64, len(messages))
	for i, m := range messages {
		number[m] = int64(i)
		e.number(hosts[m.host])
		e.message(m)
	}
	e.number(int64(len(sessions)))
	for _, s := range sessions {
		e.number(services[s.service])
		e.session(s, number)
	}
	e.number(int64(len(p.returned)))
	for _, key := range slices.Sorted(maps.Keys(p.returned)) {
		r := p.returned[key]
		e.text(key)
		e.number(r.time)
		e.number(r.recipients)
		e.reference(r.message, number)
	}
	e.number(int64(len(p.proxied)))
	for _, key := range slices.Sorted(maps.Keys(p.proxied)) {
		e.text(key)
		e.layer(p.proxied[key])
	}
	return e.b, nil
}

// messages gives every message that waits, in an order that depends on the lines alone.
func (p *postfix) messages(sessions []*session) []*message {
	var all []*message
	for _, s := range sessions {
		all = append(all, s.open...)
	}
	for _, key := range slices.Sorted(maps.Keys(p.pending)) {
		if m := p.pending[key]; m.session == nil {
			all = append(all, m)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.returned)) {
		if m := p.returned[key].message; m != nil && m.session == nil {
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
	e.text(m.key)
	e.number(m.time)
	e.text(m.account)
	e.text(m.mechanism)
	e.address(m.ip)
	e.flag(m.decided)
	e.number(int64(m.version))
	e.text(m.cipher)
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
func (p *postfix) UnmarshalBinary(data []byte) error {
	p.reset()
	d := &decoder{b: data}
	if d.number() != postfixState {
		return errState
	}
	p.framing.clock.now = d.number()
	p.framing.clock.known = d.flag()
	p.framing.clock.prefix = ""
	p.swept = d.number()
	var hosts []*mailHost
	var services []*service
	for range d.count() {
		h := p.addHost(d.text())
		h.seen = d.number()
		hosts = append(hosts, h)
		for range d.count() {
			s := p.addService(h, d.text())
			s.tls = d.number()
			services = append(services, s)
		}
	}
	var messages []*message
	for range d.count() {
		host := element(d, hosts)
		if host == nil {
			return errState
		}
		messages = append(messages, p.readMessage(d, host))
	}
	for range d.count() {
		service := element(d, services)
		if service == nil {
			return errState
		}
		p.readSession(d, service, messages)
	}
	for range d.count() {
		key := d.text()
		p.returned[key] = &reinjection{time: d.number(), recipients: d.number(), message: element(d, messages)}
	}
	for range d.count() {
		key := d.text()
		p.proxied[key] = d.layer()
	}
	if d.bad || len(d.b) > 0 {
		return errState
	}
	return nil
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
	m := &message{
		host: host, key: d.text(), time: d.number(), account: d.text(), mechanism: d.text(), ip: d.address(),
		decided: d.flag(), version: authreport.TLS(d.number()), cipher: d.text(),
		kept: d.flag(), proven: d.flag(), filter: d.flag(), sender: d.text(),
	}
	if m.key != "" {
		p.pending[m.key] = m
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
		service: service, pid: uint32(d.number()), connected: d.flag(), encrypted: d.flag(), layer: d.layer(),
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
		h.client = authreport.Client{
			Server: d.text(), Account: d.text(), Sender: d.text(), Domain: d.text(), IP: d.address(), Mechanism: d.text(),
		}
		s.held = append(s.held, h)
	}
	s.kept = d.flag()
	s.sender = d.text()
	p.sessions[sessionKey{service, s.pid}] = s
}
