package maillog

import (
	"bytes"
	"time"

	"authreport"
)

// eximAttempt is a failed AUTH attempt.
type eximAttempt struct {
	authreport.Attempt
	nameless bool // there was an identity, and the log does not tell it
}

// attempt reads what follows "NAME authenticator failed for ", which every failed AUTH attempt has (smtp_in.c of 4.96; since 4.99 with H= or U= in front):
//
//	name (helo) [ip]:port I=[ip]:port U=ident Ci=id: 535 Incorrect authentication data (set_id=alice@example.com)
//
// Other replies are 435, whose reason follows set_id, if the server could not tell, and 501 and 553 if the client broke off or was garbled. HELO may imitate all this, so the
// last address with a reply behind it is the client's.
func (p *exim) attempt(name, b []byte, server string) (a eximAttempt, ok bool) {
	var ip, reply []byte
	for end, n := len(b), 0; !ok && n < maxImitations; n++ {
		if end = lastIndexByte(b[:end], '['); end < 0 {
			reply, ok = eximReply(b) // of exim -bs
			break
		}
		if end >= 2 && string(b[end-2:end]) == "I=" {
			continue
		}
		if ip, reply, ok = eximIP(b[end:]); ok {
			reply, ok = eximReply(reply)
		}
	}
	if !ok {
		return a, false
	}
	a.Attempt = authreport.Attempt{
		Time: time.Unix(p.framing.clock.now, 0), Server: server, Account: p.names.text(eximSetID(reply)), IP: p.names.address(ip), Mechanism: p.names.text(name),
	}
	a.nameless = a.Account == "" && reply[1] == '3'
	return a, true
}

// eximReply gives the reply, "535 Incorrect authentication data", that follows a colon and perhaps Exim's own address, an ident and a connection ID.
func eximReply(b []byte) (reply []byte, ok bool) {
	for _, field := range [...]string{":", " I=[", " U=", " Ci=", "U="} {
		if bytes.HasPrefix(b, []byte(field)) {
			ok = true
			break
		}
	}
	for ok {
		if _, b, ok = bytes.Cut(b, []byte(": ")); len(b) > 4 && (b[0] == '4' || b[0] == '5') && number(b[:3]) > 0 && b[3] == ' ' {
			return b, true
		}
	}
	return nil, false
}

// eximSetID gives the identity that a reply tells; empty if there is none.
func eximSetID(reply []byte) []byte {
	i := -1
	for from := 0; ; {
		next := bytes.IndexByte(reply[from:], '(')
		if next < 0 {
			break
		}
		if from += next; bytes.HasPrefix(reply[from:], eximSetIDField) {
			i = from
		}
		from++
	}
	if i < 0 {
		return nil
	}
	id := reply[i+len(eximSetIDField):]
	end := len(id) - 1
	if reply[0] == '4' {
		end = bytes.LastIndex(id, []byte("): "))
	}
	if end < 0 || id[end] != ')' {
		return nil
	}
	return id[:end]
}

var eximSetIDField = []byte("(set_id=")

// failed counts a failed attempt in a file of Exim's own.
func (p *exim) failed(line, name, b []byte) {
	a, ok := p.attempt(name, b, p.options.Source)
	switch {
	case !ok:
		p.framing.notUnderstood(line)
	case p.mainLog:
		p.count(a)
	default:
		p.hold(a)
	}
}

// count counts a failed attempt.
func (p *exim) count(a eximAttempt) {
	p.tally.AddFailure(a.Attempt)
	if a.nameless {
		p.tally.AddGap(p.options.Source, a.Time, authreport.GapEximFailure, 1)
	}
}

// hold keeps a failed attempt of a file that has shown nothing yet but what the reject log has, too. After heldAge, or when there are many, it takes the file for one.
func (p *exim) hold(a eximAttempt) {
	p.held = append(p.held, a)
	n := 0
	for n < len(p.held) && (len(p.held)-n > maxHeldAttempts || a.Time.Unix()-p.held[n].Time.Unix() > heldAge) {
		p.tally.AddGap(p.options.Source, p.held[n].Time, authreport.GapEximRejectLog, 1)
		n++
	}
	p.held = p.held[n:]
}

const (
	heldAge         = daySeconds
	maxHeldAttempts = 1 << 9
)

// isMainLog says that the file is the main log.
func (p *exim) isMainLog() {
	p.mainLog = true
	for _, a := range p.held {
		p.count(a)
	}
	p.held = nil
}

// inMainLog says whether a text of two words or more is one that the reject log never has (the calls of log_write without LOG_REJECT in 4.96).
func inMainLog(word, rest []byte) bool {
	if isMessageID(word) {
		for _, mark := range [...]string{"<= ", "(= ", "=> ", "-> ", ">> ", "*> ", "** ", "== ", "Completed", "SMTP connection", "no immediate delivery", "Message is frozen"} {
			if bytes.HasPrefix(rest, []byte(mark)) {
				return true
			}
		}
		return false
	}
	switch string(word) {
	case "Start", "End":
		return bytes.HasPrefix(rest, []byte("queue run"))
	case "exim":
		return bytes.Contains(rest, []byte("daemon started"))
	case "no":
		return bytes.HasPrefix(rest, []byte("host name found")) || bytes.HasPrefix(rest, []byte("MAIL in "))
	case "SMTP":
		return bytes.HasPrefix(rest, []byte("connection from "))
	}
	return bytes.HasPrefix(word, []byte("cwd="))
}
