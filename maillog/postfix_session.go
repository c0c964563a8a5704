package maillog

import (
	"net/netip"
	"time"

	"authreport"
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
	s := p.lookUp(v, r.pid)
	if s == nil || !s.live {
		s = p.addSession(v, r.pid, tally)
	}
	s.touched = r.time
	return s
}

// lookUp gives the session of a process, which may have ended; nil if there is none.
func (p *postfix) lookUp(v *service, pid uint32) *session {
	slot := &p.recent[pid%recentSessions]
	if s := *slot; s != nil && s.pid == pid && s.service == v {
		return s
	}
	s := v.sessions[pid]
	if s != nil {
		*slot = s
	}
	return s
}

// openSession gives the session of a process that is under way, nil if there is none.
func (p *postfix) openSession(v *service, pid uint32) *session {
	if s := p.lookUp(v, pid); s != nil && s.live {
		return s
	}
	return nil
}

// waitingFor gives the host's message of a queue ID that waits for proof, nil if there is none, as for most.
func (p *postfix) waitingFor(h *mailHost, id []byte) *message {
	if p.waiting[hash(id)>>(64-waitingBits)] == 0 {
		return nil
	}
	return h.pending[string(id)]
}

// wait enters a message that waits for proof under its queue ID.
func (p *postfix) wait(m *message) {
	m.host.pending[m.id] = m
	p.waiting[hash([]byte(m.id))>>(64-waitingBits)]++
	p.pending++
}

// addSession begins a session of a process that has none under way.
func (p *postfix) addSession(v *service, pid uint32, tally *authreport.Tally) *session {
	s := p.lookUp(v, pid)
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
		p.wait(m)
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
		p.count(s, p.verdict(s, nil), tally)
	}
	s.held = append(s.held, held{m.time, client, 1, recipients})
}

// forget takes a message out of all that waits.
func (p *postfix) forget(m *message) {
	if m.id != "" {
		delete(m.host.pending, m.id)
		p.waiting[hash([]byte(m.id))>>(64-waitingBits)]--
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
