package demo

import (
	"fmt"
	"strings"
)

// distribute delivers a letter that the queue manager took at the time, and writes its removal from the queue.
func (l *life) distribute(m *letter, at int64) {
	done := at
	var failed, later []string
	for _, to := range m.to {
		end, outcome := at, "sent"
		if l.local(to) {
			end = l.deliverHere(m, to, at)
		} else {
			end, outcome = l.deliverThere(m, to, at, true)
		}
		done = max(done, end)
		switch outcome {
		case "bounced":
			failed = append(failed, to)
		case "deferred":
			later = append(later, to)
		}
	}
	if len(failed) > 0 && m.sender != "" {
		l.bounce(m, done+2*millisecond)
	}
	if len(later) > 0 {
		again := done + int64(l.between(300, 4000))*second
		retry := *m
		retry.to = later
		l.activate(&retry, again)
		for _, to := range later {
			end, _ := l.deliverThere(m, to, again, false)
			done = max(done, end)
		}
	}
	l.log(done+int64(l.between(1, 5))*millisecond, l.one("qmgr"), "%s: removed", m.id)
}

// local says whether an address is of one of the company's domains.
func (l *life) local(address string) bool {
	for _, d := range l.company.Domains() {
		if strings.HasSuffix(address, "@"+d) {
			return true
		}
	}
	return false
}

// deliverHere hands a letter to Dovecot.
func (l *life) deliverHere(m *letter, to string, at int64) int64 {
	end := at + int64(l.between(20, 300))*millisecond
	session := l.text(base62, 22)
	l.log(end-2*millisecond, "dovecot", "lmtp(%s)<%d><%s>: msgid=<%s@%s>: saved mail to INBOX", to, l.start(), session, strings.ToLower(m.id), serverName)
	l.log(end, l.brief("lmtp", at, end), "%s: to=<%s>, relay=%s[private/dovecot-lmtp], %s, dsn=2.0.0, status=sent (250 2.0.0 <%s> %s Saved)", m.id, to, serverName, delays(m, at, end), to, session)
	return end
}

// deliverThere hands a letter to another company's server, which may say no or not now.
func (l *life) deliverThere(m *letter, to string, at int64, mayFail bool) (end int64, outcome string) {
	domain := to[strings.LastIndexByte(to, '@')+1:]
	relay := fmt.Sprintf("mx1.%s[%s]:25", domain, l.company.partnerAddress(domain))
	end = at + int64(l.between(150, 4000))*millisecond
	tag := l.brief("smtp", at, end)
	if len(domain)%5 > 0 {
		l.log(at+60*millisecond, tag, "%s TLS connection established to %s: %s", []string{"Untrusted", "Trusted", "Verified", "Trusted"}[len(domain)%4], relay, &tls13)
	}
	luck := l.Float64()
	switch {
	case mayFail && luck < 0.03:
		l.log(end, tag, "%s: to=<%s>, relay=%s, %s, dsn=4.7.1, status=deferred (host %s said: 450 4.7.1 <%s>: Recipient address rejected: Greylisted, see http://postgrey.example.org/help (in reply to RCPT TO command))", m.id, to, relay, delays(m, at, end), strings.TrimSuffix(relay, ":25"), to)
		return end, "deferred"
	case mayFail && luck < 0.04:
		l.log(end, tag, "%s: to=<%s>, relay=%s, %s, dsn=5.1.1, status=bounced (host %s said: 550 5.1.1 <%s>: Recipient address rejected: User unknown (in reply to RCPT TO command))", m.id, to, relay, delays(m, at, end), strings.TrimSuffix(relay, ":25"), to)
		return end, "bounced"
	}
	l.log(end, tag, "%s: to=<%s>, relay=%s, %s, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %s)", m.id, to, relay, delays(m, at, end), l.text("0123456789ABCDEF", 10))
	return end, "sent"
}

// bounce tells the sender of a letter that it did not arrive: a new letter, from nobody.
func (l *life) bounce(m *letter, at int64) {
	to := m.sender
	if !l.local(to) {
		return
	}
	notice := &letter{id: l.queueID(at), to: []string{to}, size: m.size%4000 + 2800, received: at}
	active := l.enqueue(notice, at+8*millisecond)
	l.log(at+6*millisecond, l.brief("bounce", at, at+9*millisecond), "%s: sender non-delivery notification: %s", m.id, notice.id)
	end := l.deliverHere(notice, to, active.at)
	l.log(end+millisecond, l.one("qmgr"), "%s: removed", notice.id)
}

// delays is the time a letter took: in all, before the queue manager, in the queue, on connecting, and in transmission. As Postfix has it, small times have more digits.
func delays(m *letter, at, end int64) string {
	seconds := func(t int64) string {
		s := float64(t) / float64(second)
		if s >= 10 {
			return fmt.Sprintf("%.0f", s)
		}
		return strings.TrimSuffix(fmt.Sprintf("%.2g", s), ".0")
	}
	before, transmission := at-m.received, end-at
	return fmt.Sprintf("delay=%s, delays=%s/0.01/%s/%s", seconds(end-m.received), seconds(before), seconds(transmission/3), seconds(transmission-transmission/3))
}
