package maillog

import (
	"math"

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
				p.count(s, p.verdict(s, nil), tally)
			}
			if !s.live {
				delete(v.sessions, s.pid)
				s.service = nil // p.recent may have it
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
