package maillog

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"authreport"
)

// How long things wait for what would complete them, in seconds of the log's own time. smtpd gives up a silent client after smtpd_timeout (5 minutes),
// the queue manager takes a message within seconds unless its active queue is full, and a before-queue filter answers after it has queued the message.
const (
	sessionAge       = 24 * 3600      // a session without a line; also a message of an open session that waits for proof of TLS or of none
	messageAge       = 6 * 3600       // a message that is not its session's latest, or whose session has ended, and that the queue manager has not taken
	returnedAge      = 600            // a message that came back from a before-queue filter
	hostAge          = 7 * daySeconds // a host without a line of interest; also how long a TLS line proves its service's log level
	sweepEvery       = 300            // between two looks at what has expired,
	sweepLines       = 64             // which are at least so many lines apart
	maxSessions      = 1 << 15        // beyond this many, sessions and messages expire earlier, the oldest first
	maxServices      = 1 << 7         // of a host; beyond this many, and
	maxServicesInAll = 1 << 13        // this many of all hosts, the one without a line for longest is let go
	maxHosts         = 1 << 12        // beyond this many, the one that has been silent longest is let go
	maxHeld          = 1 << 10        // different clients and quarter hours that one session may hold; beyond this many, and
	maxHeldInAll     = 1 << 16        // this many of all sessions, they count by what is known
	quarterHour      = 900            // every zone's hours begin at a multiple of it
	everything       = math.MinInt64  // the age that everything has
)

// sweep lets go of what has waited too long, and of hosts that have gone.
func (p *postfix) sweep(tally *authreport.Tally) {
	now := p.framing.clock.now
	p.swept, p.unswept = now, 0
	p.leave(func(h *mailHost) bool { return now-h.now > hostAge }, tally)
	for _, h := range p.hosts {
		p.expire(h, sessionAge, tally)
		for _, v := range slices.Clone(h.services) {
			if len(v.sessions) == 0 && h.now-v.used > hostAge {
				p.retire(v, tally)
			}
		}
	}
	p.expireMessages(messageAge)
}

// Settle counts messages of sessions that have not ended.
func (p *postfix) Settle(tally *authreport.Tally) {
	for _, h := range p.hosts {
		for id, back := range h.returned {
			if back.message != nil {
				p.take(h, id)
				p.acceptAsTold(back.message, tally)
			}
		}
	}
	for s := range p.allSessions() {
		if s.current != nil && s.current.proven {
			p.acceptAsTold(s.current, tally)
		}
		p.settle(s, tally)
	}
}

// leave lets go of hosts and of all that waits there.
func (p *postfix) leave(which func(*mailHost) bool, tally *authreport.Tally) {
	left := false
	for _, h := range p.hosts {
		if which(h) {
			p.expire(h, everything, tally)
			delete(p.hosts, h.name)
			p.services -= len(h.services)
			h.gone, left = true, true
		}
	}
	if !left {
		return
	}
	for m := range p.waiting.all() {
		if m.host.gone {
			p.forget(m)
		}
	}
	p.framing.forgetOrigins()
}

// leaveSilent lets go of the eighth of the hosts that has been silent longest.
func (p *postfix) leaveSilent(tally *authreport.Tally) {
	bySilence := func(a, b *mailHost) int { return cmp.Or(cmp.Compare(a.now, b.now), cmp.Compare(a.name, b.name)) }
	all := slices.SortedFunc(maps.Values(p.hosts), bySilence)
	limit := all[len(all)/8]
	p.leave(func(h *mailHost) bool { return bySilence(h, limit) <= 0 }, tally)
}

// expire ends sessions of a host that are older than an age in seconds, and all else that is too old. It lets go of ended sessions.
func (p *postfix) expire(h *mailHost, age int64, tally *authreport.Tally) {
	for _, v := range h.services {
		for _, s := range v.sessions {
			if s.live && h.now-s.touched > age {
				p.finish(s, nil, tally)
			} else if len(s.held) > 0 && h.now-s.held[0].time > age {
				p.settle(s, tally)
			}
			if !s.live {
				p.drop(s)
			}
		}
	}
	for id, back := range h.returned {
		if h.now-back.time > min(age, returnedAge) {
			p.take(h, id)
			if back.message != nil {
				p.acceptAsTold(back.message, tally)
			}
		}
	}
	for key, layer := range h.proxied {
		if h.now-layer.time > age {
			delete(h.proxied, key)
			p.proxied--
		}
	}
}

// expireMessages drops messages that are older than an age in seconds and not the latest of a session.
func (p *postfix) expireMessages(age int64) {
	for m := range p.waiting.all() {
		if m.host.now-m.time > age && (m.session == nil || m.session.current != m) {
			p.forget(m)
		}
	}
}

// crowded makes room by letting go of the oldest sessions and messages: a quarter at least, so that it is seldom needed.
func (p *postfix) crowded(tally *authreport.Tally) {
	for age := int64(sessionAge / 2); p.sessions > maxSessions*3/4 || p.waiting.weight > maxSessions*3/4; age /= 2 {
		if age == 0 {
			age = everything // all are of this second
		}
		for _, h := range p.hosts {
			p.expire(h, age, tally)
		}
		p.expireMessages(min(age, messageAge))
	}
}
