package main

import (
	"fmt"
	"strings"
)

// sendmail writes what sendmail's daemon logs at LogLevel 9. The forms of the lines are those of sendmail 8.17.
type sendmail struct {
	*generator
	hosts  []*sendmailHost
	cipher [5][]string
}

type sendmailHost struct {
	name string
	pids *pids
}

func newSendmail(g *generator) *sendmail {
	m := &sendmail{generator: g, cipher: [5][]string{
		tls10: {"version=TLSv1, verify=NO, cipher=ECDHE-RSA-AES256-SHA, bits=256/256", "version=TLSv1, verify=NO, cipher=AES128-SHA, bits=128/128"},
		tls11: {"version=TLSv1.1, verify=NO, cipher=ECDHE-RSA-AES256-SHA, bits=256/256"},
		tls12: {"version=TLSv1.2, verify=NO, cipher=ECDHE-RSA-AES256-GCM-SHA384, bits=256/256", "version=TLSv1.2, verify=OK, cipher=ECDHE-RSA-AES128-GCM-SHA256, bits=128/128"},
		tls13: {"version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256", "version=TLSv1.3, verify=OK, cipher=TLS_AES_128_GCM_SHA256, bits=128/128"},
	}}
	for i := range g.options.hosts {
		m.hosts = append(m.hosts, &sendmailHost{fmt.Sprintf("mx%d", i+1), newPids(g.rng, g.pidMax)})
	}
	return m
}

// sendmailSession is one connection, and the process that serves it alone.
type sendmailSession struct {
	*sendmail
	*event
	host  *sendmailHost
	pid   int
	relay string
	now   int64
	count int // of queue IDs
}

func (m *sendmail) connect(client string, start int64) *sendmailSession {
	s := &sendmailSession{sendmail: m, event: m.generator.log.event(), host: pick(m.rng, m.hosts), now: start}
	s.pid = s.host.pids.take(m.rng, start)
	name, address, _ := strings.Cut(strings.TrimSuffix(client, "]"), "[")
	if strings.Contains(address, ":") {
		address = "IPv6:" + address
	}
	switch s.relay = "[" + address + "]"; {
	case name == "unknown":
	case m.chance(0.05):
		s.relay = name + " " + s.relay + " (may be forged)"
	default:
		s.relay = name + " " + s.relay
	}
	return s
}

func (s *sendmailSession) wait(lo, hi int) { s.now += int64(s.between(lo, hi))*ms + int64(s.n(1000)) }

// log starts a line of the session's process.
func (s *sendmailSession) log() *event { return s.from(s.pid, s.now) }

func (s *sendmailSession) from(pid int, at int64) *event {
	return s.at(at).s(s.host.name, " sm-mta[").d(pid).s("]: ")
}

// queueID makes an ID from the time and the process, as sendmail does.
func (s *sendmailSession) queueID() string {
	s.count++
	return base62Digits(s.now/sec%(62*62*62*62*62*62), 6) + base62Digits(int64(s.count), 2) + fmt.Sprintf("%06d", s.pid)
}

func (s *sendmailSession) starttls(v tlsVersion) {
	s.wait(15, 150)
	s.log().s("STARTTLS=server, relay=", s.relay, ", ", pick(s.rng, s.cipher[v]))
}

// disconnect ends the session, of which sendmail says nothing, and frees its process.
func (s *sendmailSession) disconnect() {
	s.host.pids.freeAt[s.pid] = s.now
	s.generator.log.add(s.event)
}

func (m *sendmail) submission(start int64, from, messages int) {
	who := &m.world.senders[from]
	version := m.sessionTLS()
	s := m.connect(pick(m.rng, who.clients), start)
	protocol := "ESMTPA"
	if version != tlsNone {
		s.starttls(version)
		protocol = "ESMTPSA"
	}
	s.wait(30, 400)
	if s.chance(0.01) {
		s.failure(who.method, who.login)
		s.wait(500, 2500)
	}
	s.log().s("AUTH=server, relay=", s.relay, ", authid=", who.login, ", mech=", who.method, ", bits=0")
	for range messages {
		s.wait(50, 900)
		address := who.login
		if len(who.aliases) > 0 && s.chance(0.5) {
			address = pick(s.rng, who.aliases)
		}
		local, remote := s.recipients()
		id := s.queueID()
		if s.chance(0.006) { // no recipient was taken
			to := s.world.drawRemoteAddress(s.rng)
			s.log().s(id, ": ruleset=check_rcpt, arg1=<", to, ">, relay=", s.relay, ", reject=550 5.7.1 <", to, ">... Recipient refused")
			s.log().s(id, ": from=<", address, ">, size=0, class=0, nrcpts=0, proto=", protocol, ", daemon=MSA, relay=", s.relay)
			continue
		}
		s.sender(id, address, len(local)+len(remote), protocol, "MSA")
		if s.chance(0.004) { // refused by a filter
			s.wait(100, 5000)
			s.log().s(id, ": Milter: data, reject=550 5.7.1 Message rejected as spam")
			for _, to := range append(local, remote...) {
				s.log().s(id, ": to=<", to, ">, delay=00:00:01, pri=30220, stat=Message rejected as spam")
			}
			continue
		}
		s.truth.add(s.now, from, version)
		s.deliver(id, local, remote)
	}
	s.disconnect()
}

// sender writes the line of a message whose content was read.
func (s *sendmailSession) sender(id, address string, recipients int, protocol, daemon string) {
	messageID := s.text(hexLower, 8) + "-" + s.text(hexLower, 12) + "@" + domainOf(address)
	if s.chance(s.tricky) {
		messageID = "x, proto=ESMTPSA, daemon=MSA, relay=forged@evil.example [198.18.0.1]"
	}
	s.log().s(id, ": from=<", address, ">, size=").d(s.between(900, 90000)).s(", class=0, nrcpts=").d(recipients).s(", msgid=<", messageID, ">, ")
	if s.chance(0.3) {
		s.s("bodytype=8BITMIME, ")
	}
	s.s("proto=", protocol, ", daemon=", daemon, ", relay=", s.relay)
}

func (m *sendmail) inbound(start int64, messages int) {
	s := m.connect(m.world.peers[m.world.byPeer.draw(m.rng)], start)
	protocol := "ESMTP"
	if s.chance(0.88) {
		protocol = "ESMTPS"
		switch f := s.float(); {
		case f < 0.7:
			s.starttls(tls13)
		case f < 0.97:
			s.starttls(tls12)
		default:
			s.starttls(tls10)
		}
	}
	for range messages {
		s.wait(50, 900)
		address := s.world.drawRemoteAddress(s.rng)
		if s.chance(0.08) {
			address = ""
		}
		id := s.queueID()
		s.sender(id, address, 1, protocol, "MTA")
		s.deliver(id, []string{pick(s.rng, s.world.local)}, nil)
	}
	s.disconnect()
}

// deliver writes the deliveries of a message, by a process of its own.
func (s *sendmailSession) deliver(id string, local, remote []string) {
	start := s.now + int64(s.between(5, 60))*ms
	pid := s.host.pids.take(s.rng, start)
	end := start
	for _, to := range local {
		end += int64(s.between(5, 400)) * ms
		user, _, _ := strings.Cut(to, "@")
		s.from(pid, end).s(id, ": to=<", to, ">, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=").d(s.between(30000, 60000)).s(", dsn=2.0.0, stat=Sent (", user, ")")
	}
	for _, to := range remote {
		end += int64(s.between(100, 5000)) * ms
		domain := domainOf(to)
		if s.chance(0.8) {
			s.from(pid, end).s("STARTTLS=client, relay=mx1.", domain, "., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256")
		}
		s.from(pid, end).s(id, ": to=<", to, ">, ctladdr=<a@", domain, "> (1000/1000), delay=00:00:0").d(int((end-start)/sec%10)).s(", xdelay=00:00:0").d(s.n(10)).s(", mailer=esmtp, pri=").d(s.between(30000, 60000)).s(", relay=mx1.", domain, ". [198.18.0.9], ")
		switch f := s.float(); {
		case f < 0.04:
			s.s("dsn=4.7.1, reply=450 4.7.1 Greylisted, stat=Deferred: 450 4.7.1 <", to, ">: Recipient address rejected: Greylisted, try again later")
		case f < 0.07:
			s.s("dsn=5.1.1, reply=550 5.1.1 User unknown, stat=User unknown")
		default:
			s.s("dsn=2.0.0, stat=Sent (Ok: queued as ", s.text(hexUpper, 10), ")")
		}
	}
	s.host.pids.freeAt[pid] = end
}

func (s *sendmailSession) failure(method, login string) {
	s.log().s(s.queueID(), ": AUTH failure (", method, "): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=", login, ", relay=", s.relay)
}

func (m *sendmail) noise(start int64) {
	s := m.connect(m.peer(0.6), start)
	switch f := s.float(); {
	case f < 0.40:
		to := pick(s.rng, s.world.local)
		s.log().s(s.queueID(), ": ruleset=check_rcpt, arg1=<", to, ">, relay=", s.relay, ", reject=550 5.7.1 <", to, ">... Relaying denied")
	case f < 0.65:
		who := &s.world.senders[s.world.drawSender(s.rng)]
		s.failure(who.method, who.login)
	case f < 0.85:
		s.log().s(s.queueID(), ": ", s.relay, " did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA")
	default:
		s.log().s("STARTTLS=server, error: accept failed=-1, reason=no shared cipher, SSL_error=1, errno=0, retry=-1, relay=", s.relay)
	}
	s.wait(1, 500)
	s.disconnect()
}
