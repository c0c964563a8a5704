package maillog

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"authreport"
)

// sendmail reads what sendmail's SMTP server logs. The shapes are those of sendmail 8.12 to 8.18 (srvrsmtp.c, tls.c, collect.c, headers.c, deliver.c of its sources).
//
// A message is found in two steps. Its from= line is written when its content has been read, and shows by proto=ESMTPA or ESMTPSA, since 8.15.1, that the client had
// authenticated; the AUTH=server and STARTTLS=server lines of its session, which have no queue ID, are joined by host, process ID and client address. But the content may
// still be refused: then the same process goes on with a line for each recipient that names no mailer. So a message waits until the process or a delivery goes on
// otherwise, or for waitAge. From= lines without msgid= are of messages whose content was never read to its end.
type sendmail struct {
	framing framing
	options Options
	names   interned
	layers  map[string]sendmailTLS // by their wording in a line, without the client; derived
	record  record
	tally   *authreport.Tally // of the call under way

	starting sessions[uint64, sendmailTLS]        // connections whose TLS began and that have not authenticated, by host and process ID
	open     sessions[uint64, sendmailConnection] // authenticated connections, likewise
	waiting  sessions[uint64, sendmailMessage]    // messages that may still be refused, by host and queue ID
	hosts    sessions[uint64, sendmailHost]       // what is known of a host's sendmail, by its name
}

// How long things wait, in seconds of the log's own time. sendmail gives a client an hour for its next command, and as much for a block of content
// (Timeout.command, Timeout.datablock); a milter has five minutes by default for its last word (INPUT_MAIL_FILTER's E:).
const (
	startingAge     = 900
	connectionAge   = 2 * 3600
	waitAge         = 600
	maxConnections  = 1 << 16
	maxWaiting      = 1 << 15
	sendmailHostAge = hostAge
)

// sendmailTLS is what a STARTTLS=server line tells.
type sendmailTLS struct {
	ip      netip.Addr
	version authreport.TLS
	family  bool   // the version is a family's name, "TLSv1/SSLv3"
	cipher  string // never empty
}

// sendmailConnection is a connection whose client has authenticated.
type sendmailConnection struct {
	tls                sendmailTLS // ip is the client's; no cipher: without TLS
	account, mechanism string
	early              bool   // its first line may be older than what was read of the host
	message            uint64 // key of its latest message in waiting
}

// sendmailMessage is a message whose content was read.
type sendmailMessage struct {
	pid        uint32
	refused    bool // a header check has refused it; its from= line is still to come
	submission authreport.Submission
	gap        authreport.Gap // why its TLS version is not known
}

// sendmailHost is what the log tells of a host's sendmail.
type sendmailHost struct {
	since  int64 // Unix time of the first line of interest
	logged int64 // Unix time of the latest AUTH= or STARTTLS= line: LogLevel was 9 or more then
	modern bool  // proto= shows TLS and authentication: 8.15.1 or later
}

// sendmailOrigin is what an origin is to sendmail; nil is not kept.
type sendmailOrigin struct {
	server bool   // sendmail's
	hash   uint64 // of the host's name
}

func newSendmail(o Options) Parser {
	p := &sendmail{options: o}
	p.framing.clock.location = o.Location
	if o.Location == nil {
		p.framing.clock.location = time.UTC
	}
	p.framing.lines.current.Source, p.framing.source = o.Source, o.Source
	p.reset()
	return p
}

// reset forgets all but the options.
func (p *sendmail) reset() {
	p.names, p.layers = interned{}, make(map[string]sendmailTLS)
	p.starting = newSessions[uint64, sendmailTLS](startingAge, maxConnections, nil)
	p.open = newSessions[uint64, sendmailConnection](connectionAge, maxConnections, nil)
	p.waiting = newSessions(waitAge, maxWaiting, p.accept)
	p.hosts = newSessions[uint64, sendmailHost](sendmailHostAge, maxHosts, nil)
	p.framing.clock = clock{location: p.framing.clock.location, modified: p.framing.clock.modified, fresh: p.framing.clock.fresh}
	p.framing.forget()
}

func (p *sendmail) File(modified time.Time) { p.framing.clock.file(modified) }

func (p *sendmail) Flush(tally *authreport.Tally) { p.framing.lines.flush(tally) }

// Settle counts the messages that may still be refused.
func (p *sendmail) Settle(tally *authreport.Tally) {
	p.tally = tally
	p.waiting.all()
}

func (p *sendmail) Line(line []byte, tally *authreport.Tally) {
	r := &p.record
	if !p.framing.read(line, r, tally) || r.from == nil {
		return
	}
	of, _ := r.from.known.(*sendmailOrigin)
	if of == nil {
		of = &sendmailOrigin{isSendmail(r.from.tag), hashOfHost(r.from.host)}
		r.from.known = of
	}
	if !of.server {
		return
	}
	p.tally = tally
	p.waiting.sweep(r.time)
	if !p.text(r, of, r.text) {
		p.framing.notUnderstood(line)
	}
}

// isSendmail knows sendmail's syslog tags: "sendmail", and what distributions set with -L: "sm-mta", "sm-acceptingconnections". Postfix's sendmail has a slash.
func isSendmail(tag string) bool {
	return strings.HasPrefix(tag, "sm-") || strings.Contains(tag, "sendmail") && strings.IndexByte(tag, '/') < 0
}

// recogniseSendmail goes by the tag.
func recogniseSendmail(_ []byte, r *record) bool {
	return r != nil && r.from != nil && isSendmail(r.from.tag)
}

// text reads what sendmail wrote; false if it is of interest and in an impossible shape. A queue ID may stand in front of a STARTTLS= line when there is a milter.
func (p *sendmail) text(r *record, of *sendmailOrigin, text []byte) bool {
	id, rest := sendmailID(text)
	if len(rest) < 4 {
		return true
	}
	switch rest[0] {
	case 'A':
		if b, ok := bytes.CutPrefix(rest, []byte("AUTH=server, relay=")); ok {
			return p.authenticated(r, of, b)
		}
		if b, ok := bytes.CutPrefix(rest, []byte("AUTH failure (")); ok {
			return p.failed(r, of, b, 1)
		}
	case 'S':
		if b, ok := bytes.CutPrefix(rest, []byte("STARTTLS=server, relay=")); ok {
			return p.encrypted(r, of, b)
		}
	case 'c':
		if bytes.HasPrefix(rest, []byte("connect from ")) { // LogLevel 11
			p.forget(connectionKey(of, r.pid))
			return true
		}
	case 'm':
		if b, ok := bytes.CutPrefix(rest, []byte("message repeated ")); ok {
			return p.repeated(r, of, b)
		}
	}
	if id == 0 {
		return true
	}
	key := mixKeys(of.hash, id)
	p.goesOn(r, of, key)
	switch rest[0] {
	case 'f':
		if b, ok := bytes.CutPrefix(rest, []byte("from=")); ok {
			return p.from(r, of, key, b)
		}
	case 'l':
		if bytes.HasPrefix(rest, []byte("lost input channel from ")) {
			p.forget(connectionKey(of, r.pid))
		}
	case 't', 'm', 'M', 'r':
		p.verdict(r, key, rest)
	}
	return true
}

// sendmailID takes "6ANLhPbW000421: " or "NOQUEUE: " off the start of text. It gives a queue ID's hash; 0 if there is none. Every queue ID ends in the process ID that made it.
func sendmailID(text []byte) (id uint64, rest []byte) {
	h, digits := fnvOffset, false
	for i, c := range text[:min(len(text), 33)] {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		case c == ':' && i >= 5 && len(text) > i+1 && text[i+1] == ' ':
			if digits {
				return h, text[i+2:]
			}
			if string(text[:i]) == "NOQUEUE" {
				return 0, text[i+2:]
			}
			return 0, text
		default:
			return 0, text
		}
		h = (h ^ uint64(c)) * fnvPrime
	}
	return 0, text
}

// forget ends a connection. Its latest message was accepted: nothing refused it.
func (p *sendmail) forget(key uint64) {
	if c := p.open.open[key]; c != nil {
		p.take(c.value.message)
		p.open.drop(key)
	}
	p.starting.drop(key)
}

// goesOn says that a process writes of a queue ID: if its latest message has another, nothing has refused that.
func (p *sendmail) goesOn(r *record, of *sendmailOrigin, key uint64) {
	if c := p.open.open[connectionKey(of, r.pid)]; c != nil && c.value.message != 0 && c.value.message != key {
		p.take(c.value.message)
		c.value.message = 0
	}
}

// take counts a message that waits.
func (p *sendmail) take(key uint64) {
	if m := p.waiting.open[key]; m != nil {
		p.waiting.drop(key)
		p.accept(key, &m.value)
	}
}

// accept counts a message that was not refused.
func (p *sendmail) accept(_ uint64, m *sendmailMessage) {
	if m.refused {
		return
	}
	p.tally.Add(m.submission)
	if m.gap != "" {
		p.tally.AddGap(p.options.Source, m.submission.Time, m.gap, 1)
	}
	if m.submission.Client.Account == "" {
		p.tally.AddGap(p.options.Source, m.submission.Time, authreport.GapSendmailAccount, 1)
	}
}

// connectionKey tells connections apart. A process serves one after another at most; 0 stands for a framing without process IDs.
func connectionKey(of *sendmailOrigin, pid uint32) uint64 {
	if pid == 0 {
		return 0
	}
	return mixKeys(of.hash, uint64(pid))
}

// FNV-1a, the same for every run, since hashes are part of the state. None of what is hashed is worded by a client.
const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func hashOfHost(s string) uint64 {
	h := fnvOffset
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// mixKeys makes one key of two, never 0.
func mixKeys(a, b uint64) uint64 {
	h := (a ^ b*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	return (h ^ h>>32) | 1
}
