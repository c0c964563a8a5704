package demo

import (
	"fmt"
	"strings"

	"authreport"
)

// handshake is how a client's TLS shows in the log.
type handshake struct {
	version authreport.TLS
	cipher  string
	logged  string // Postfix's words after the version and cipher, tls_misc.c of version 3.10
}

const modern = " (256/256 bits) key-exchange x25519 server-signature RSA-PSS (2048 bits) server-digest SHA256"

// The handshakes of the company's clients. TLS1.3 is offered to all: what a machine speaks is its own doing.
var (
	tls13      = handshake{authreport.TLS13, "TLS_AES_256_GCM_SHA384", modern}
	tls13phone = handshake{authreport.TLS13, "TLS_AES_128_GCM_SHA256", strings.Replace(modern, "256/256", "128/128", 1)}
	tls12      = handshake{authreport.TLS12, "ECDHE-RSA-AES256-GCM-SHA384", " (256/256 bits)"}
	tls12cbc   = handshake{authreport.TLS12, "AES128-SHA256", " (128/128 bits)"}
	tls11      = handshake{authreport.TLS11, "ECDHE-RSA-AES256-SHA", " (256/256 bits)"}
	tls10      = handshake{authreport.TLS10, "ECDHE-RSA-AES256-SHA", " (256/256 bits)"}
	tls10old   = handshake{authreport.TLS10, "AES128-SHA", " (128/128 bits)"}
	clear      = handshake{version: authreport.TLSNone}
)

// String is the handshake as smtpd logs it at smtpd_tls_loglevel = 1.
func (h *handshake) String() string {
	version := map[authreport.TLS]string{authreport.TLS10: "TLSv1", authreport.TLS11: "TLSv1.1", authreport.TLS12: "TLSv1.2", authreport.TLS13: "TLSv1.3"}[h.version]
	return version + " with cipher " + h.cipher + h.logged
}

// server is the mail server: its processes and queue, and the lines that they write.
type server struct {
	dice
	*timeline
	lastPID  int
	services map[string]*service
	queued   int // messages so far
}

// service is the processes of one Postfix service. A process takes one client at a time, up to 100 of them, and exits when idle for 100 seconds (max_use, max_idle).
type service struct {
	tag     string
	running []*process
}

type process struct {
	pid  int
	free int64 // when it can take the next client
	used int
}

func newServer(d dice, t *timeline) *server {
	return &server{dice: d, timeline: t, lastPID: 1100, services: map[string]*service{}}
}

// start is the number of a new process. Debian's kernels count to four million before they begin again.
func (s *server) start() int {
	s.lastPID += s.between(1, 9)
	return s.lastPID
}

// process is one of the named service that is free at the time.
func (s *server) process(name string, at int64) (*service, *process) {
	v := s.services[name]
	if v == nil {
		v = &service{tag: "postfix/" + name}
		s.services[name] = v
	}
	running := v.running[:0]
	var found *process
	for _, p := range v.running {
		if p.used >= 100 && p.free <= at || p.free < at-100*second {
			continue
		}
		if found == nil && p.used < 100 && p.free <= at {
			found = p
		}
		running = append(running, p)
	}
	if found == nil {
		found = &process{pid: s.start()}
		running = append(running, found)
	}
	v.running = running
	found.used++
	return v, found
}

// brief is the tag of a process of the named service that is busy for a moment.
func (s *server) brief(name string, from, to int64) string {
	v, p := s.process(name, from)
	p.free = to
	return fmt.Sprintf("%s[%d]", v.tag, p.pid)
}

// one is the tag of a service that has a single process for as long as the server runs.
func (s *server) one(name string) string {
	v := s.services[name]
	if v == nil {
		v = &service{tag: "postfix/" + name, running: []*process{{pid: s.start()}}}
		s.services[name] = v
	}
	return fmt.Sprintf("%s[%d]", v.tag, v.running[0].pid)
}

// log adds a line of a process.
func (s *server) log(at int64, tag, format string, arguments ...any) *line {
	l := &line{at: at, text: host + " " + tag + ": " + fmt.Sprintf(format, arguments...)}
	s.add(l)
	return l
}

// queueID is a short one: five digits of the microsecond, and the inode of the queue file, which is used again after some time
// (MQID_SH_ENCODE of Postfix's mail_queue.h).
func (s *server) queueID(at int64) string {
	s.queued++
	return fmt.Sprintf("%05X%X", at%second, 0x2C0A0+s.queued*7%0x9000)
}

// letter is a message on its way through the server.
type letter struct {
	id       string
	sender   string // as in MAIL FROM; empty for the null sender
	to       []string
	size     int
	received int64
}

// enqueue writes what cleanup and qmgr log of a letter whose data end at the time, and returns the line that proves its acceptance.
func (s *server) enqueue(m *letter, at int64) *line {
	messageDomain := serverName
	if i := strings.LastIndexByte(m.sender, '@'); i >= 0 {
		messageDomain = m.sender[i+1:]
	}
	messageID := fmt.Sprintf("%s-%s@%s", s.text("0123456789abcdef", 8), s.text("0123456789abcdef", 12), messageDomain)
	s.log(at-3*millisecond, s.brief("cleanup", at-40*millisecond, at), "%s: message-id=<%s>", m.id, messageID)
	return s.activate(m, at)
}

// activate is the queue manager's word that it takes a letter up: once it is there, and again after each time of waiting.
func (s *server) activate(m *letter, at int64) *line {
	return s.log(at, s.one("qmgr"), "%s: from=<%s>, size=%d, nrcpt=%d (queue active)", m.id, m.sender, m.size, len(m.to))
}
