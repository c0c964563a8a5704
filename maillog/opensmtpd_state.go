package maillog

import "authreport"

// opensmtpdState is the version of the state's form, its first number. A form that reads the state otherwise needs another.
const opensmtpdState = 1

// MarshalBinary writes the state. The same lines give the same bytes.
func (p *opensmtpd) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(opensmtpdState)
	p.framing.save(e)
	p.sessions.save(e, func(k uint64) { e.number(int64(k)) }, func(s *smtpdSession) {
		e.text(s.server)
		e.flag(s.connected)
		e.address(s.ip)
		if e.flag(s.encrypted); s.encrypted {
			e.number(int64(s.version))
			e.flag(s.family)
			e.text(s.cipher)
		}
		e.text(s.account)
		if e.number(s.failure.time); s.failure.time != 0 {
			e.text(s.failure.account)
		}
		if e.number(s.message.time); s.message.time != 0 {
			e.number(int64(s.message.id))
			e.text(s.message.sender)
			e.flag(s.message.named)
			e.number(s.message.recipients)
			e.flag(s.message.counted)
		}
	})
	return e.b, nil
}

// UnmarshalBinary takes up a state that MarshalBinary wrote, in place of the parser's own.
func (p *opensmtpd) UnmarshalBinary(data []byte) error { return p.takeUp(&decoder{b: data}) }

func (p *opensmtpd) takeUp(d *decoder) error {
	p.reset()
	version := d.number()
	p.framing.restore(d)
	if version != opensmtpdState {
		p.reset()
		return errState
	}
	p.sessions.restore(d, func() uint64 { return uint64(d.number()) }, func(s *smtpdSession) {
		s.server, s.connected, s.ip = p.names.text([]byte(d.text())), d.flag(), d.address()
		if s.encrypted = d.flag(); s.encrypted {
			s.version, s.family, s.cipher = authreport.TLS(d.number()), d.flag(), p.names.text([]byte(d.text()))
		}
		s.account = d.name()
		if s.failure.time = d.number(); s.failure.time != 0 {
			s.failure.account = d.name()
		}
		if s.message.time = d.number(); s.message.time != 0 {
			s.message.id, s.message.sender, s.message.named = uint32(d.number()), d.name(), d.flag()
			s.message.recipients, s.message.counted = d.number(), d.flag()
		}
	})
	if d.bad || len(d.b) > 0 {
		p.reset()
		return errState
	}
	return nil
}
