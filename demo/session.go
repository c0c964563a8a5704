package demo

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"authreport"
)

// session is one connection to an smtpd process.
type session struct {
	*life
	process *process
	tag     string
	client  string // name and address, as smtpd logs them
	helo    string
	at      int64 // the time, which only goes forward
	verbs   [len(verbNames)]struct{ good, all int }
}

// The commands in the order of smtpd's closing line (smtpd_cmd_table of Postfix's smtpd.c).
var verbNames = [...]string{"ehlo", "starttls", "auth", "mail", "rcpt", "data", "rset", "quit"}

const (
	ehlo = iota
	starttls
	auth
	mail
	rcpt
	data
	rset
	quit
)

// connect begins a session, which holds its process until it ends.
func (l *life) connect(service, name string, address netip.Addr, at int64) *session {
	v, p := l.process(service, at)
	s := &session{life: l, process: p, tag: fmt.Sprintf("%s[%d]", v.tag, p.pid), at: at, helo: name}
	if name == "" {
		name = "unknown"
		s.helo = "[" + address.String() + "]"
	}
	s.client = fmt.Sprintf("%s[%s]", name, address)
	s.say("connect from %s", s.client)
	return s
}

// say adds a line of the session's process, a moment after its last.
func (s *session) say(format string, arguments ...any) *line {
	s.at += int64(s.between(15, 250))
	return s.log(s.at, s.tag, format, arguments...)
}

// wait lets time pass, in milliseconds.
func (s *session) wait(least, most int) {
	s.at += int64(s.between(least, most))*millisecond + int64(s.IntN(1000))
}

// did counts a command and whether it was accepted.
func (s *session) did(verb int, good bool) {
	s.verbs[verb].all++
	if good {
		s.verbs[verb].good++
	}
}

// secure greets, and starts TLS unless the client speaks none.
func (s *session) secure(h *handshake) {
	s.wait(2, 30)
	if h.version != authreport.TLSNone {
		if !strings.Contains(s.tag, "/smtps/") {
			s.did(ehlo, true)
			s.did(starttls, true)
		}
		s.wait(10, 120)
		s.say("Anonymous TLS connection established from %s: %s", s.client, h)
	}
	s.did(ehlo, true)
}

// refuse is an AUTH command with a password that does not fit. Dovecot tells of it too, and lets the client wait two seconds (auth_failure_delay).
func (s *session) refuse(account, mechanism string, address netip.Addr, known bool) {
	s.wait(20, 200)
	reason := "unknown user"
	if known {
		reason = "Password mismatch"
	}
	s.log(s.at, "dovecot", "auth: passwd-file(%s,%s): %s", account, address, reason)
	s.wait(2000, 2100)
	s.did(auth, false)
	failure := s.say("warning: %s: SASL %s authentication failed: (reason unavailable), sasl_username=%s", s.client, mechanism, account)
	failure.attempt = &authreport.Attempt{Time: time.UnixMicro(failure.at), Server: host, Account: account, IP: address, Mechanism: mechanism}
}

// leave ends the session. A client that goes without QUIT after a command is told of by what was lost.
func (s *session) leave(lost string) {
	if lost != "" {
		s.say("%s from %s", lost, s.client)
	} else {
		s.wait(1, 60)
		s.did(quit, true)
	}
	var b strings.Builder
	good, all := 0, 0
	for i, v := range s.verbs {
		if v.all > 0 {
			fmt.Fprintf(&b, " %s=%s", verbNames[i], ratio(v.good, v.all))
		}
		good, all = good+v.good, all+v.all
	}
	s.say("disconnect from %s%s commands=%s", s.client, b.String(), ratio(good, all))
	s.process.free = s.at
}

func ratio(good, all int) string {
	if good == all {
		return fmt.Sprint(all)
	}
	return fmt.Sprintf("%d/%d", good, all)
}

// letter takes a letter from the client, who is nil or whose fields are in the truth once the letter is accepted. It returns what the connection was lost over, if it was.
func (s *session) letter(m *letter, who *authreport.Client) (lost string) {
	named := s.envelope(m, who)
	s.wait(5, 30+m.size/4000)
	if who != nil {
		switch luck := s.Float64(); {
		case luck < 0.003:
			s.did(data, false)
			s.log(s.at+2*millisecond, s.brief("cleanup", s.at, s.at+3*millisecond), "%s: removed (canceled)", m.id)
			return fmt.Sprintf("%s: lost connection after DATA (%d bytes)", m.id, s.IntN(m.size))
		case luck < 0.005:
			s.did(data, false)
			s.log(s.at, s.brief("cleanup", s.at, s.at+millisecond), "%s: milter-reject: END-OF-MESSAGE from %s: 5.7.1 Message contains a forbidden attachment; from=<%s> to=<%s> proto=ESMTP helo=<%s>", m.id, s.client, m.sender, m.to[0], s.helo)
			return ""
		}
	}
	s.did(data, true)
	accepted := s.enqueue(m, s.at)
	if who != nil {
		accepted.submission = &authreport.Submission{Time: time.UnixMicro(named), Client: *who, Recipients: int64(len(m.to))}
	}
	s.distribute(m, s.at)
	s.wait(1, 9)
	return ""
}

// envelope is MAIL and RCPT. It returns when the line was written that names the client.
func (s *session) envelope(m *letter, who *authreport.Client) (named int64) {
	words, trail := "", ""
	if who != nil {
		words = fmt.Sprintf(", sasl_method=%s, sasl_username=%s", who.Mechanism, who.Account)
		trail = fmt.Sprintf(" sasl_method=%s sasl_username=%s", who.Mechanism, who.Account)
	}
	s.wait(3, 60)
	s.did(mail, true)
	id := "NOQUEUE"
	for _, to := range m.to {
		if s.chance(0.004) { // an address that was mistyped
			s.wait(1, 12)
			s.did(rcpt, false)
			s.say("%s: reject: RCPT from %s: 550 5.1.1 <x%s>: Recipient address rejected: User unknown in virtual mailbox table; from=<%s> to=<x%s> proto=ESMTP helo=<%s>%s", id, s.client, to, m.sender, to, s.helo, trail)
		}
		s.wait(1, 12)
		s.did(rcpt, true)
		if id == "NOQUEUE" {
			id = s.queueID(s.at)
			named = s.say("%s: client=%s%s", id, s.client, words).at
			m.received, m.id = named, id
		}
	}
	return named
}
