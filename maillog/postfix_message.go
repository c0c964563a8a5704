package maillog

import (
	"net/netip"
	"time"

	"authreport"
)

// message is one that an authenticated client has begun to hand over.
type message struct {
	host      *mailHost
	id        queueName // by which it waits; none if it went to a before-queue filter
	next      *message  // in a chain of waiting
	session   *session  // nil once the session has ended, and where none is known
	time      int64     // of the client= line
	account   *account
	mechanism string
	ip        netip.Addr
	decided   bool // version, cipher and gap are valid
	version   authreport.TLS
	cipher    string
	gap       authreport.Gap // why the version is not known
	kept      bool           // smtpd said that it will be held or discarded: the queue manager will not see it
	proven    bool           // cleanup got it whole or nearly so: it is accepted unless the connection is lost in DATA
	filter    bool           // it went to a before-queue filter, whose answer has not come
	sender    string         // envelope sender, where a line before the proof has told it
}

// begin enters a message of an authenticated client. s is nil if the log cannot tell its session, and id if it went to a before-queue filter.
func (p *postfix) begin(s *session, m *message, id []byte) {
	switch {
	case s == nil:
		m.decided, m.version, m.gap = true, authreport.TLSUnknown, authreport.GapPostfixProcess
	case s.encrypted:
		m.decided, m.version, m.cipher = true, s.layer.version, s.layer.cipher
	}
	if s != nil {
		m.kept, m.sender, s.kept, s.sender = s.kept, s.sender, false, ""
	}
	if m.kept {
		p.kept++
	}
	if id == nil {
		m.filter = true
		p.filtered++
	} else {
		m.id.set(id)
		p.waiting.add(m)
	}
	if s != nil {
		m.session = s
		s.open = append(s.open, m)
		s.current = m
	}
}

// newMessage gives an empty message, one that is no longer needed if there is one.
func (p *postfix) newMessage() *message {
	if m := p.spare; m != nil {
		p.spare = m.next
		*m = message{}
		return m
	}
	return new(message)
}

// supersede says that the session goes on to another message: the one before is accepted if all it lacked was that the connection held.
func (p *postfix) supersede(s *session, tally *authreport.Tally) {
	m := s.current
	if m == nil {
		return
	}
	s.current = nil
	switch {
	case m.proven:
		p.acceptAsTold(m, tally)
	case m.filter:
		p.forget(m)
	}
}

// acceptAsTold counts a message of which no line will tell more.
func (p *postfix) acceptAsTold(m *message, tally *authreport.Tally) {
	p.accept(m, []byte(m.sender), 0, tally)
}

// accept counts a message, or lets it wait in its session for proof of TLS or of none. The message must not be used any more.
func (p *postfix) accept(m *message, sender []byte, recipients int64, tally *authreport.Tally) {
	s := m.session
	p.forget(m)
	from, domain := m.account.from(sender, p.options.DefaultDomain)
	submission := authreport.Submission{
		Time: time.Unix(m.time, 0),
		Client: authreport.Client{
			Server: m.host.name, Account: m.account.name, Sender: from, Domain: domain,
			IP: m.ip, TLS: m.version, Cipher: m.cipher, Mechanism: m.mechanism,
		},
		Recipients: recipients,
	}
	if m.decided {
		p.submit(submission, m.gap, 1, tally)
	} else {
		p.hold(s, submission, tally)
	}
	m.next, p.spare = p.spare, m
}

// submit counts n messages of one client. gap is why their TLS version is not known, if it is not.
func (p *postfix) submit(s authreport.Submission, gap authreport.Gap, n int64, tally *authreport.Tally) {
	tally.AddMessages(s, n)
	if s.Client.TLS == authreport.TLSUnknown {
		if gap == "" { // there was a TLS line
			gap = authreport.GapTLSName
		}
		tally.AddGap(p.options.Source, s.Time, gap, n)
	}
	if s.Client.Account == "" {
		tally.AddGap(p.options.Source, s.Time, authreport.GapPostfixAccount, n)
	}
}

// hold lets an accepted message wait in its session.
func (p *postfix) hold(s *session, m authreport.Submission, tally *authreport.Tally) {
	now := m.Time.Unix()
	for i := len(s.held) - 1; i >= 0 && s.held[i].time/quarterHour == now/quarterHour; i-- {
		if h := &s.held[i]; h.client == m.Client {
			h.messages++
			h.recipients += m.Recipients
			return
		}
	}
	if len(s.held) >= maxHeld {
		p.settle(s, tally)
	}
	if p.held >= maxHeldInAll {
		for s := range p.allSessions() {
			p.settle(s, tally)
		}
	}
	s.held = append(s.held, held{now, m.Client, 1, m.Recipients})
	p.held += weight(m.Client.Account, m.Client.Sender)
}

// forget takes a message out of all that waits.
func (p *postfix) forget(m *message) {
	if m.id.length > 0 {
		p.waiting.remove(m)
	}
	if m.kept {
		m.kept = false
		p.kept--
	}
	if m.filter {
		m.filter = false
		p.filtered--
	}
	s := m.session
	if s == nil {
		return
	}
	m.session = nil
	if s.current == m {
		s.current = nil
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i] == m {
			s.open = append(s.open[:i], s.open[i+1:]...)
			break
		}
	}
}
