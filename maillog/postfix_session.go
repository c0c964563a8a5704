package maillog

import (
	"iter"
	"time"

	"authreport"
)

// session is one connection to an smtpd process.
type session struct {
	service   *service // nil once it is let go
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

// allSessions gives the sessions of all services, ended ones included, in no order.
func (p *postfix) allSessions() iter.Seq[*session] {
	return func(yield func(*session) bool) {
		for _, h := range p.hosts {
			for _, v := range h.services {
				for _, s := range v.sessions {
					if !yield(s) {
						return
					}
				}
			}
		}
	}
}

// finish ends a session: what it left undecided is decided by its counters, if its disconnect line had them.
func (p *postfix) finish(s *session, counters []byte, tally *authreport.Tally) {
	if len(s.held) > 0 || len(s.open) > 0 {
		version, gap := p.verdict(s, counters)
		p.decide(s, version, gap, tally)
		for len(s.open) > 0 {
			m := s.open[len(s.open)-1]
			switch {
			case m.proven:
				p.acceptAsTold(m, tally)
			case m.filter:
				p.forget(m)
			default:
				s.open = s.open[:len(s.open)-1]
				m.session = nil
			}
		}
		s.current = nil
		if cap(s.open) > usualOpen || cap(s.held) > usualOpen {
			s.open, s.held = nil, nil
		}
	}
	s.live, s.connected, s.encrypted, s.layer, s.failures, s.kept, s.sender = false, false, false, tlsLayer{}, 0, false, ""
}

// usualOpen is how many messages a session may have had to keep their places for the process's next session.
const usualOpen = 8

// decide gives the session's undecided messages a TLS version; gap is why it is not known, if it is not.
func (p *postfix) decide(s *session, version authreport.TLS, gap authreport.Gap, tally *authreport.Tally) {
	for _, m := range s.open {
		if !m.decided {
			m.decided, m.version, m.gap = true, version, gap
		}
	}
	p.count(s, version, gap, tally)
}

// settle counts what the session has accepted by what the log tells so far of its TLS.
func (p *postfix) settle(s *session, tally *authreport.Tally) {
	if len(s.held) > 0 {
		version, gap := p.verdict(s, nil)
		p.count(s, version, gap, tally)
	}
}

// count counts the session's accepted messages that were undecided.
func (p *postfix) count(s *session, version authreport.TLS, gap authreport.Gap, tally *authreport.Tally) {
	for _, h := range s.held {
		why := gap
		if h.client.Cipher != "" { // a TLS line has told
			why = ""
		} else {
			h.client.TLS = version
		}
		p.held -= weight(h.client.Account, h.client.Sender)
		p.submit(authreport.Submission{Time: time.Unix(h.time, 0), Client: h.client, Recipients: h.recipients}, why, h.messages, tally)
	}
	clear(s.held)
	s.held = s.held[:0]
}
