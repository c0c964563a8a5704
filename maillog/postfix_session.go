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
	hostAge     = 7 * daySeconds // a host without a session; also how long a TLS line proves its service's log level
	sweepEvery  = 300            // between two looks at what has expired
	maxSessions = 1 << 16        // beyond this many, sessions and messages expire earlier, the oldest first
	maxHeld     = 1 << 10        // different clients and quarter hours that one session may hold
	quarterHour = 900            // every zone's hours begin at a multiple of it
)

// session is one connection to an smtpd process.
type session struct {
	service   *service
	pid       uint32
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
	key       string   // in postfix.pending; empty if it went to a before-queue filter
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
func (p *postfix) session(r *record, tag []byte, tally *authreport.Tally) *session {
	key := sessionKey{p.service(p.host(r), tag), r.pid}
	s := p.sessions[key]
	if s == nil {
		s = p.addSession(key, tally)
	}
	s.touched = r.time
	return s
}

func (p *postfix) addSession(key sessionKey, tally *authreport.Tally) *session {
	if len(p.sessions) >= maxSessions {
		p.crowded(tally)
	}
	var s *session
	if n := len(p.free); n > 0 {
		s, p.free = p.free[n-1], p.free[:n-1]
	} else {
		s = new(session)
	}
	s.service, s.pid, s.touched = key.service, key.pid, p.framing.clock.now
	key.service.host.seen = s.touched
	p.sessions[key] = s
	return s
}

// finish ends a session: what it left undecided is decided by its counters, if its disconnect line had them.
func (p *postfix) finish(s *session, counters []byte, tally *authreport.Tally) {
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
	delete(p.sessions, sessionKey{s.service, s.pid})
	*s = session{open: s.open[:0], held: s.held[:0]}
	if len(p.free) < 1024 {
		p.free = append(p.free, s)
	}
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
	if s.connected && s.service.tls != 0 && p.framing.clock.now-s.service.tls <= hostAge {
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
	for i := range s.held {
		h := &s.held[i]
		h.client.TLS = version
		tally.AddMessages(authreport.Submission{Time: time.Unix(h.time, 0), Client: h.client, Recipients: h.recipients}, h.messages)
	}
	clear(s.held)
	s.held = s.held[:0]
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
		if len(p.pending) >= maxSessions {
			p.crowded(tally)
		}
		m.key = string(p.queue(m.host, id))
		p.pending[m.key] = m
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
	if m.key != "" && p.pending[m.key] == m {
		delete(p.pending, m.key)
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

// sweep lets go of what has waited too long.
func (p *postfix) sweep(now int64, tally *authreport.Tally) {
	p.swept = now
	p.expire(now, sessionAge, messageAge, tally)
	for key, r := range p.returned {
		if now-r.time > returnedAge {
			delete(p.returned, key)
			if r.message != nil {
				p.accept(r.message, r.message.sender, 0, tally)
			}
		}
	}
	for key, layer := range p.proxied {
		if now-layer.time > sessionAge {
			delete(p.proxied, key)
		}
	}
	used := make(map[*mailHost]bool)
	for key := range p.sessions {
		used[key.service.host] = true
	}
	for _, m := range p.pending {
		used[m.host] = true
	}
	for name, h := range p.hosts {
		if now-h.seen > hostAge && !used[h] {
			delete(p.hosts, name)
			p.recent = [8]*mailHost{}
		}
	}
}

// expire ends sessions and drops messages that are older than the ages, in seconds.
func (p *postfix) expire(now, session, message int64, tally *authreport.Tally) {
	for _, s := range p.sessions {
		if now-s.touched > session {
			p.finish(s, nil, tally)
		} else if len(s.held) > 0 && now-s.held[0].time > session {
			p.decide(s, p.verdict(s, nil), tally)
		}
	}
	for _, m := range p.pending {
		if now-m.time > message && (m.session == nil || m.session.current != m) {
			p.forget(m)
		}
	}
}

// crowded makes room by letting go of the oldest sessions and messages.
func (p *postfix) crowded(tally *authreport.Tally) {
	now := p.framing.clock.now
	for age := int64(sessionAge / 2); len(p.sessions) >= maxSessions || len(p.pending) >= maxSessions; age /= 2 {
		if age == 0 {
			age = math.MinInt64 // all are of this second
		}
		p.expire(now, age, min(age, messageAge), tally)
	}
}
