package maillog

import (
	"time"

	"authreport"
)

// sendmailState is the version of the state's form, its first number. A form that reads the state otherwise needs another.
const sendmailState = 1

// MarshalBinary writes the state. The same lines give the same bytes.
func (p *sendmail) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(sendmailState)
	p.framing.save(e)
	key := func(k uint64) { e.number(int64(k)) }
	p.starting.save(e, key, e.sendmailTLS)
	p.open.save(e, key, func(c *sendmailConnection) {
		e.sendmailTLS(&c.tls)
		e.text(c.account)
		e.text(c.mechanism)
		e.flag(c.early)
		e.number(int64(c.message))
	})
	p.waiting.save(e, key, func(m *sendmailMessage) {
		e.flag(m.refused)
		if !m.refused {
			e.number(int64(m.pid))
			e.submission(&m.submission)
			e.text(string(m.gap))
		}
	})
	p.hosts.save(e, key, func(h *sendmailHost) {
		e.number(h.since)
		e.number(h.logged)
		e.flag(h.modern)
	})
	return e.b, nil
}

// UnmarshalBinary takes up a state that MarshalBinary wrote, in place of the parser's own.
func (p *sendmail) UnmarshalBinary(data []byte) error { return p.takeUp(&decoder{b: data}) }

func (p *sendmail) takeUp(d *decoder) error {
	p.reset()
	version := d.number()
	p.framing.restore(d)
	if version != sendmailState {
		p.reset()
		return errState
	}
	key := func() uint64 { return uint64(d.number()) }
	p.starting.restore(d, key, d.sendmailTLS)
	p.open.restore(d, key, func(c *sendmailConnection) {
		d.sendmailTLS(&c.tls)
		c.account, c.mechanism, c.early, c.message = d.name(), d.text(), d.flag(), uint64(d.number())
	})
	p.waiting.restore(d, key, func(m *sendmailMessage) {
		if m.refused = d.flag(); !m.refused {
			m.pid = uint32(d.number())
			d.submission(&m.submission)
			m.gap = authreport.Gap(d.text())
		}
	})
	p.hosts.restore(d, key, func(h *sendmailHost) {
		h.since, h.logged, h.modern = d.number(), d.number(), d.flag()
	})
	if d.bad || len(d.b) > 0 {
		p.reset()
		return errState
	}
	return nil
}

func (e *encoder) sendmailTLS(t *sendmailTLS) {
	e.address(t.ip)
	e.number(int64(t.version))
	e.flag(t.family)
	e.text(t.cipher)
}

func (d *decoder) sendmailTLS(t *sendmailTLS) {
	t.ip, t.version, t.family, t.cipher = d.address(), authreport.TLS(d.number()), d.flag(), d.text()
}

// submission writes a submission whose time is of whole seconds.
func (e *encoder) submission(s *authreport.Submission) {
	e.number(s.Time.Unix())
	e.number(s.Recipients)
	e.text(s.Client.Server)
	e.text(s.Client.Account)
	e.text(s.Client.Sender)
	e.text(s.Client.Domain)
	e.address(s.Client.IP)
	e.number(int64(s.Client.TLS))
	e.text(s.Client.Cipher)
	e.text(s.Client.Mechanism)
}

func (d *decoder) submission(s *authreport.Submission) {
	s.Time, s.Recipients = time.Unix(d.number(), 0), d.number()
	s.Client = authreport.Client{Server: d.text(), Account: d.name()}
	s.Client.Sender, s.Client.Domain = d.sender()
	s.Client.IP, s.Client.TLS, s.Client.Cipher, s.Client.Mechanism = d.address(), authreport.TLS(d.number()), d.text(), d.text()
}
