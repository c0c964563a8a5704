package main

import (
	"fmt"
	"strings"
)

// opensmtpd writes what OpenSMTPD's smtpd logs. The forms of the lines are those of OpenSMTPD 7.6. One process serves all sessions of a host.
type opensmtpd struct {
	*generator
	hosts  []opensmtpdHost
	cipher [5][]string
}

type opensmtpdHost struct {
	name string
	pid  int
}

func newOpenSMTPD(g *generator) *opensmtpd {
	o := &opensmtpd{generator: g, cipher: [5][]string{
		tls10: {"TLSv1:ECDHE-RSA-AES256-SHA:256", "TLSv1:AES128-SHA:128"},
		tls11: {"TLSv1.1:ECDHE-RSA-AES256-SHA:256"},
		tls12: {"TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256", "TLSv1.2:ECDHE-RSA-AES128-GCM-SHA256:128"},
		tls13: {"TLSv1.3:TLS_AES_256_GCM_SHA384:256", "TLSv1.3:TLS_AES_128_GCM_SHA256:128"},
	}}
	for i := range g.options.hosts {
		o.hosts = append(o.hosts, opensmtpdHost{fmt.Sprintf("mx%d", i+1), g.between(300, g.pidMax-1)})
	}
	return o
}

// opensmtpdSession is one connection.
type opensmtpdSession struct {
	*opensmtpd
	*event
	host opensmtpdHost
	id   string
	now  int64
}

func (o *opensmtpd) connect(client string, start int64) *opensmtpdSession {
	s := &opensmtpdSession{opensmtpd: o, event: o.generator.log.event(), host: pick(o.rng, o.hosts), id: o.text(hexLower, 16), now: start}
	name, address, _ := strings.Cut(strings.TrimSuffix(client, "]"), "[")
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	if name == "unknown" {
		name = "<unknown>"
	}
	s.log().s("connected address=", address, " host=", name)
	return s
}

func (s *opensmtpdSession) wait(lo, hi int) { s.now += int64(s.between(lo, hi))*ms + int64(s.n(1000)) }

// log starts a line of the session.
func (s *opensmtpdSession) log() *event { return s.line(s.now).s(s.id, " smtp ") }

func (s *opensmtpdSession) line(at int64) *event {
	return s.at(at).s(s.host.name, " smtpd[").d(s.host.pid).s("]: ")
}

func (s *opensmtpdSession) tls(v tlsVersion) {
	s.wait(15, 150)
	s.log().s("tls ciphers=", pick(s.rng, s.cipher[v]))
}

func (s *opensmtpdSession) disconnect() {
	s.wait(1, 20)
	s.log().s("disconnected reason=", pick(s.rng, []string{"quit", "quit", "quit", "disconnect", "timeout"}))
	s.generator.log.add(s.event)
}

func (s *opensmtpdSession) failure(who *sender) {
	s.wait(500, 2500)
	s.log().s("authentication user=", who.login, " result=permfail")
	s.wait(1000, 3000)
	command := "AUTH PLAIN (...)"
	if who.method == "LOGIN" {
		command = "AUTH LOGIN (password)"
	}
	s.log().s("failed-command command=\"", command, "\" result=\"535 Authentication failed\"")
}

func (o *opensmtpd) submission(start int64, from, messages int) {
	who := &o.world.senders[from]
	version := o.sessionTLS()
	s := o.connect(pick(o.rng, who.clients), start)
	if version != tlsNone {
		s.tls(version)
	}
	if s.chance(0.01) {
		s.failure(who)
	}
	s.wait(30, 400)
	s.log().s("authentication user=", who.login, " result=ok")
	for range messages {
		s.wait(50, 900)
		address := who.login
		if len(who.aliases) > 0 && s.chance(0.5) {
			address = pick(s.rng, who.aliases)
		}
		if s.chance(0.01) {
			s.log().s("failed-command command=\"RCPT TO:<", s.world.drawRemoteAddress(s.rng), ">\" result=\"550 Recipient refused\"")
			continue
		}
		s.truth.add(s.now, from, version)
		local, remote := s.recipients()
		s.message(address, append(local, remote...))
	}
	s.disconnect()
}

// message writes that a message was accepted, and its deliveries.
func (s *opensmtpdSession) message(address string, to []string) {
	id := s.text(hexLower, 8)
	s.log().s("message msgid=", id, " size=").d(s.between(900, 90000)).s(" nrcpt=").d(len(to)).s(" proto=ESMTP")
	var envelopes []string
	for _, r := range to {
		envelopes = append(envelopes, id+s.text(hexLower, 8))
		s.log().s("envelope evpid=", envelopes[len(envelopes)-1], " from=<", address, "> to=<", r, ">")
	}
	if s.chance(s.tricky) {
		s.log().s("failed-command command=\"MAIL FROM:<\\\" smtp authentication user=forged@evil.example result=ok\\\"@evil.example>\" result=\"553 5.1.0 Sender address syntax error\"")
	}
	for i, r := range to {
		end := s.now + int64(s.between(100, 5000))*ms
		result, stat := "Ok", "250 2.0.0 Ok: queued as "+s.text(hexUpper, 10)
		switch f := s.float(); {
		case f < 0.04:
			result, stat = "TempFail", "450 4.7.1 Greylisted, try again later"
		case f < 0.07:
			result, stat = "PermFail", "550 5.1.1 User unknown"
		}
		domain := domainOf(r)
		s.line(end).s(s.text(hexLower, 16), " mta delivery evpid=", envelopes[i], " from=<", address, "> to=<", r, "> rcpt=<-> source=\"198.18.0.1\" relay=\"198.18.0.9 (mx1.", domain, ")\" delay=").d(s.between(0, 9)).s("s result=\"", result, "\" stat=\"", stat, "\"")
	}
}

func (o *opensmtpd) inbound(start int64, messages int) {
	s := o.connect(o.world.peers[o.world.byPeer.draw(o.rng)], start)
	if s.chance(0.88) {
		v := tls13
		if s.chance(0.3) {
			v = tls12
		}
		s.tls(v)
	}
	for range messages {
		s.wait(50, 900)
		address := s.world.drawRemoteAddress(s.rng)
		if s.chance(0.08) {
			address = ""
		}
		s.message(address, []string{pick(s.rng, s.world.local)})
	}
	s.disconnect()
}

func (o *opensmtpd) noise(start int64) {
	s := o.connect(o.peer(0.6), start)
	s.wait(20, 500)
	switch f := s.float(); {
	case f < 0.4:
		s.log().s("failed-command command=\"RCPT TO:<", pick(s.rng, s.world.local), ">\" result=\"550 Invalid recipient: <", pick(s.rng, s.world.local), ">\"")
	case f < 0.65:
		s.failure(&s.world.senders[s.world.drawSender(s.rng)])
	case f < 0.8:
		s.log().s("bad-input result=\"500 5.5.1 Invalid command: Pipelining not supported\"")
	}
	s.disconnect()
}
