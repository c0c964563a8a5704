package maillog

import (
	"math"
	"net/netip"
	"time"

	"authreport"
)

// How long things wait for what would complete them, in seconds of the log's own time. smtpd gives up a silent client after smtpd_timeout (5 minutes),
// the queue manager takes a message within seconds unless its active queue is full, and a before-queue filter answers after it has queued the message.
const (
	sessionAge  = 24 * 3600      // a session without a line; also a message of an open session that waits for proof of TLS or of none
	messageAge  = 6 * 3600       // a message that is not its session's latest, or whose session has ended, and that the queue manager has not taken
	returnedAge = 600            // a message that came back from a before-queue filter
	hostAge     = 7 * daySeconds // a host without a line of interest; also how long a TLS line proves its service's log level
	sweepEvery  = 300            // between two looks at what has expired,
	sweepLines  = 64             // which are at least so many lines apart
	maxSessions = 1 << 15        // beyond this many, sessions and messages expire earlier, the oldest first
	maxHosts    = 1 << 12        // beyond this many, the one that has been silent longest is let go
	maxHeld     = 1 << 10        // different clients and quarter hours that one session may hold
	quarterHour = 900            // every zone's hours begin at a multiple of it
	everything  = math.MinInt64  // the age that everything has
)

// session is one connection to an smtpd process.
type session struct {
	service   *service
	pid       uint32
	live      bool // it has not ended
	connected bool // its connect line was seen, so no line of it was missed
	encrypted bool // its TLS line was seen; layer is valid
	layer     tlsLayer
	touched   int64      // Unix time of its latest line
	failures  int64      // failed AUTH attempts that a line told
	current   *message   // its latest message, while it waits for proof
	open      []*message // all its messages that wait for proof, current included
	held      []held     // accepted messages that wait for proof of TLS or of none
	kept      bool       // smtpd said that the next message will be held or discarded
	sender    string     // with kept: that message's envelope sender
}

// message is one that an authenticated client has begun to hand over.
type message struct {
	host      *mailHost
	id        string   // queue ID, in host.pending; empty if it went to a before-queue filter
	session   *session // nil once the session has ended
	time      int64    // of the client= line
	account   string
	mechanism string
	ip        netip.Addr
	decided   bool // version and cipher are valid
	version   authreport.TLS
	cipher    string
	kept      bool   // smtpd said that it will be held or discarded: the queue manager will not see it
	proven    bool   // cleanup got it whole or nearly so: it is accepted unless the connection is lost in DATA
	filter    bool   // it went to a before-queue filter, whose answer has not come
	sender    string // envelope sender, where a line before the proof has told it
}

// held is messages of one client within a quarter of an hour.
type held struct {
	time                 int64 // of the first
	client               authreport.Client
	messages, recipients int64
}

// reinjection is a message that came back from a before-queue filter.
type reinjection struct {
	time       int64
	recipients int64    // -1 until the queue manager has told
	message    *message // the message that was handed to the filter, once the filter's answer has come
}

// session gives the record's session; one whose beginning was not seen if there is none.
func (p *postfix) session(r *record, v *service, tally *authreport.Tally) *session {
	s := v.sessions[r.pid]
	if s == nil || !s.live {
		s = p.addSession(v, r.pid, tally)
	}
	s.touched = r.time
	return s
}

// openSession gives the session of a process, nil if there is none.
func (v *service) openSession(pid uint32) *session {
	if s := v.sessions[pid]; s != nil && s.live {
		return s
	}
	return nil
}

// addSession begins a session of a process that has none under way.
func (p *postfix) addSession(v *service, pid uint32, tally *authreport.Tally) *session {
	s := v.sessions[pid]
	if s == nil {
		if p.sessions >= maxSessions {
			p.crowded(tally)
		}
		s = &session{service: v, pid: pid}
		v.sessions[pid] = s
		p.sessions++
	}
	s.live, s.touched = true, v.host.now
	return s
}

// finish ends a session: what it left undecided is decided by its counters, if its disconnect line had them.
func (p *postfix) finish(s *session, counters []byte, tally *authreport.Tally) {
	if len(s.held) > 0 || len(s.open) > 0 {
		p.decide(s, p.verdict(s, counters), tally)
		for len(s.open) > 0 {
			m := s.open[len(s.open)-1]
			switch {
			case m.proven:
				p.accept(m, m.sender, 0, tally)
			case m.filter:
				p.forget(m)
			default:
				s.open = s.open[:len(s.open)-1]
				m.session = nil
			}
		}
		s.open, s.held, s.current = nil, nil, nil
	}
	s.live, s.connected, s.encrypted, s.layer, s.failures, s.kept, s.sender = false, false, false, tlsLayer{}, 0, false, ""
}

// verdict says what TLS a session without a TLS line had: none where the log proves it, else unknown.
//
// Since 3.0 (HISTORY 20150929) smtpd's disconnect line counts the commands: STARTTLS is among them if there was TLS and the service starts it that way;
// a service with smtpd_tls_wrappermode never has it. Without counters only the service's other TLS lines tell: smtpd_tls_loglevel, 0 by default, was 1
// or more, so that TLS in this session would have shown, provided that the session's first line was seen.
func (p *postfix) verdict(s *session, counters []byte) authreport.TLS {
	if s.service.starts == ImplicitTLS {
		return authreport.TLSUnknown
	}
	if len(counters) > 0 {
		if succeeded, _ := counter(counters, " starttls="); succeeded > 0 {
			return authreport.TLSUnknown
		}
		if s.service.starts == STARTTLS {
			return authreport.TLSNone
		}
	}
	if s.connected && s.service.tls != 0 && s.service.host.now-s.service.tls <= hostAge {
		return authreport.TLSNone
	}
	return authreport.TLSUnknown
}

// decide gives the session's undecided messages a TLS version.
func (p *postfix) decide(s *session, version authreport.TLS, tally *authreport.Tally) {
	for _, m := range s.open {
		if !m.decided {
			m.decided, m.version = true, version
		}
	}
	p.count(s, version, tally)
}

// count counts the session's accepted messages that were undecided.
func (p *postfix) count(s *session, version authreport.TLS, tally *authreport.Tally) {
	for _, h := range s.held {
		if h.client.Cipher == "" {
			h.client.TLS = version
		}
		tally.AddMessages(authreport.Submission{Time: time.Unix(h.time, 0), Client: h.client, Recipients: h.recipients}, h.messages)
	}
	clear(s.held)
	s.held = s.held[:0]
}

// begins says that a session's TLS began at the layer's time. Postfix takes STARTTLS once in a session, so what was handed over before was handed over
// without. Its TLS line may come late, for a collector of many sources may mix up lines that are seconds apart.
func (p *postfix) begins(s *session, layer tlsLayer, tally *authreport.Tally) {
	for _, m := range s.open {
		if !m.decided && layer.time < m.time {
			m.decided, m.version, m.cipher = true, layer.version, layer.cipher
		}
	}
	for i := range s.held {
		if h := &s.held[i]; layer.time < h.time {
			h.client.TLS, h.client.Cipher = layer.version, layer.cipher
		}
	}
	p.decide(s, authreport.TLSNone, tally)
	s.encrypted, s.layer, s.service.tls = true, layer, layer.time
}

// begin enters a message of an authenticated client. id is nil if it went to a before-queue filter.
func (p *postfix) begin(s *session, m *message, id []byte, tally *authreport.Tally) {
	m.host, m.session = s.service.host, s
	if s.encrypted {
		m.decided, m.version, m.cipher = true, s.layer.version, s.layer.cipher
	}
	m.kept, m.sender, s.kept, s.sender = s.kept, s.sender, false, ""
	if m.kept {
		p.kept++
	}
	if id == nil {
		m.filter = true
		p.filtered++
	} else {
		if p.pending >= maxSessions {
			p.crowded(tally)
		}
		m.id = string(id)
		m.host.pending[m.id] = m
		p.pending++
	}
	s.open = append(s.open, m)
	s.current = m
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
		p.accept(m, m.sender, 0, tally)
	case m.filter:
		p.forget(m)
	}
}

// accept counts a message, or lets it wait in its session for proof of TLS or of none.
func (p *postfix) accept(m *message, sender string, recipients int64, tally *authreport.Tally) {
	s := m.session
	p.forget(m)
	sender = authreport.FoldSender(sender)
	client := authreport.Client{
		Server: m.host.name, Account: m.account, Sender: sender, Domain: authreport.SenderDomain(sender, p.options.DefaultDomain),
		IP: m.ip, TLS: m.version, Cipher: m.cipher, Mechanism: m.mechanism,
	}
	if m.decided {
		tally.Add(authreport.Submission{Time: time.Unix(m.time, 0), Client: client, Recipients: recipients})
		return
	}
	for i := len(s.held) - 1; i >= 0 && s.held[i].time/quarterHour == m.time/quarterHour; i-- {
		if h := &s.held[i]; h.client == client {
			h.messages++
			h.recipients += recipients
			return
		}
	}
	if len(s.held) >= maxHeld {
		p.decide(s, p.verdict(s, nil), tally)
	}
	s.held = append(s.held, held{m.time, client, 1, recipients})
}

// forget takes a message out of all that waits.
func (p *postfix) forget(m *message) {
	if m.id != "" {
		delete(m.host.pending, m.id)
		m.id = ""
		p.pending--
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

// sweep lets go of what has waited too long, and of hosts that have gone.
func (p *postfix) sweep(tally *authreport.Tally) {
	now := p.framing.clock.now
	p.swept, p.unswept = now, 0
	for _, h := range p.hosts {
		if now-h.now > hostAge {
			p.leave(h, tally)
		} else {
			p.expire(h, sessionAge, messageAge, tally)
		}
	}
}

// Settle counts messages of sessions that have not ended.
func (p *postfix) Settle(tally *authreport.Tally) {
	for _, h := range p.hosts {
		for id, back := range h.returned {
			if back.message != nil {
				delete(h.returned, id)
				p.accept(back.message, back.message.sender, 0, tally)
			}
		}
		for _, v := range h.services {
			for _, s := range v.sessions {
				if s.current != nil && s.current.proven {
					p.accept(s.current, s.current.sender, 0, tally)
				}
				if len(s.held) > 0 {
					p.count(s, p.verdict(s, nil), tally)
				}
			}
		}
	}
}

// leave lets go of a host and of all that waits there.
func (p *postfix) leave(h *mailHost, tally *authreport.Tally) {
	p.expire(h, everything, everything, tally)
	delete(p.hosts, h.name)
	p.framing.forget()
}

// expire ends sessions and drops messages of a host that are older than the ages, in seconds, and all else that is too old. It forgets ended sessions.
func (p *postfix) expire(h *mailHost, session, message int64, tally *authreport.Tally) {
	for _, v := range h.services {
		for _, s := range v.sessions {
			if s.live && h.now-s.touched > session {
				p.finish(s, nil, tally)
			} else if len(s.held) > 0 && h.now-s.held[0].time > session {
				p.decide(s, p.verdict(s, nil), tally)
			}
			if !s.live {
				delete(v.sessions, s.pid)
				p.sessions--
			}
		}
	}
	for _, m := range h.pending {
		if h.now-m.time > message && (m.session == nil || m.session.current != m) {
			p.forget(m)
		}
	}
	for id, back := range h.returned {
		if h.now-back.time > min(session, returnedAge) {
			delete(h.returned, id)
			if back.message != nil {
				p.accept(back.message, back.message.sender, 0, tally)
			}
		}
	}
	for key, layer := range h.proxied {
		if h.now-layer.time > session {
			delete(h.proxied, key)
		}
	}
}

// crowded makes room by letting go of the oldest sessions and messages.
func (p *postfix) crowded(tally *authreport.Tally) {
	for age := int64(sessionAge / 2); p.sessions >= maxSessions || p.pending >= maxSessions; age /= 2 {
		if age == 0 {
			age = everything // all are of this second
		}
		for _, h := range p.hosts {
			p.expire(h, age, min(age, messageAge), tally)
		}
	}
}
