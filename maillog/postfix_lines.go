package maillog

import (
	"bytes"
	"time"

	"authreport"
)

// smtpd reads a line of an SMTP server process.
func (p *postfix) smtpd(r *record, v *service, tally *authreport.Tally) bool {
	text := r.text
	if len(text) == 0 {
		return false
	}
	// A queue ID may begin with any of these letters, but long ones have no vowels, and short ones no lower case.
	switch text[0] {
	case 'c':
		if len(text) > 13 && string(text[:13]) == "connect from " {
			return p.connect(r, v, text[13:], tally)
		}
	case 'd':
		if len(text) > 16 && string(text[:16]) == "disconnect from " {
			return p.disconnect(r, v, text[16:], tally)
		}
	case 'w':
		if warning, ok := bytes.CutPrefix(text, []byte("warning: ")); ok {
			return p.warning(r, v, warning, 1, tally)
		}
	case 'A', 'T', 'U', 'V':
		if rest, ok := tlsFrom(text); ok {
			return p.encrypted(r, v, rest, tally)
		}
	case 'l', 't': // before 3.10; later ones have a queue ID in front
		if lostInData(text) {
			if s := p.openSession(v, r.pid); s != nil && s.current != nil {
				p.forget(s.current)
			}
			return true
		}
	case 'p':
		if reply, ok := bytes.CutPrefix(text, []byte("proxy-accept: END-OF-MESSAGE: ")); ok {
			return p.proxyAccept(r, v, reply, tally)
		}
	case 'm':
		if rest, ok := bytes.CutPrefix(text, []byte("message repeated ")); ok {
			return p.repeated(r, v, rest, tally)
		}
	}
	return p.queued(r, v, tally)
}

// queued reads a line of smtpd about a message: with a queue ID, or NOQUEUE, in front.
func (p *postfix) queued(r *record, v *service, tally *authreport.Tally) bool {
	id, rest, ok := queueID(r.text)
	if !ok {
		return true
	}
	if string(id) == "NOQUEUE" {
		id = nil
	}
	if len(rest) > 7 && string(rest[:7]) == "client=" {
		return p.client(r, v, id, rest[7:], tally)
	}
	if lostInData(rest) {
		if m := p.waiting.find(v.host, id); m != nil {
			p.forget(m)
		}
		return true
	}
	return p.action(r, v.host, v, id, rest, tally)
}

// withoutProcess reads a line of an SMTP server process that the framing does not tell, as with mailcow's log from Redis. Lines of one session cannot be
// joined then; a message is, by its queue ID.
func (p *postfix) withoutProcess(r *record, v *service, tally *authreport.Tally) bool {
	if warning, ok := bytes.CutPrefix(r.text, []byte("warning: ")); ok {
		return p.warning(r, v, warning, 1, tally)
	}
	if rest, ok := bytes.CutPrefix(r.text, []byte("message repeated ")); ok {
		return p.repeated(r, v, rest, tally)
	}
	return p.queued(r, v, tally)
}

// connect begins a session. One of the same process that has not ended has lost its last line; or this line comes late, as with TLS lines.
func (p *postfix) connect(r *record, v *service, client []byte, tally *authreport.Tally) bool {
	s := p.lookUp(v, r.pid)
	if s != nil && s.live {
		if !s.connected && r.time < s.touched {
			s.connected = true
			return true
		}
		p.finish(s, nil, tally)
	}
	if s == nil {
		s = p.addSession(v, r.pid, tally)
	}
	s.live, s.touched, s.connected = true, v.host.now, true
	if len(v.host.proxied) > 0 {
		p.joinTLSProxy(s, client)
	}
	return endsInAddress(client)
}

// endsInAddress says whether b has a "name[address]", at its end for the most part.
func endsInAddress(b []byte) bool {
	return len(b) > 0 && b[len(b)-1] == ']' || bytes.IndexByte(b, ']') > 0
}

// disconnect ends a session. smtpd writes a line for each failed AUTH attempt; where there is none, its counters tell (auth=0/1).
func (p *postfix) disconnect(r *record, v *service, client []byte, tally *authreport.Tally) bool {
	s := p.openSession(v, r.pid)
	if s == nil {
		return true
	}
	counters := client[bytes.IndexByte(client, ']')+1:]
	if s.connected && s.failures == 0 {
		if succeeded, total := counter(counters, authCounter); total > succeeded {
			ip, _, _, _ := parseClient(client)
			p.failed(r, v, authreport.Attempt{IP: p.names.address(ip)}, total-succeeded, tally)
			tally.AddGap(p.options.Source, time.Unix(r.time, 0), authreport.GapPostfixCounter, min(total-succeeded, maxRepeats))
		}
	}
	p.finish(s, counters, tally)
	return true
}

// The counters of AUTH and STARTTLS commands.
var authCounter, starttlsCounter = []byte(" auth="), []byte(" starttls=")

// counter reads a counter of a disconnect line, " name=succeeded" or " name=succeeded/total".
func counter(counters, name []byte) (succeeded, total int64) {
	const short = 64 // bytes.Index is fast in a text of so many
	i := bytes.Index(counters[:min(len(counters), short)], name)
	if i < 0 && len(counters) > short {
		counters = counters[short+1-len(name):]
		i = bytes.Index(counters, name)
	}
	if i < 0 {
		return 0, 0
	}
	value, _, _ := bytes.Cut(counters[i+len(name):], []byte{' '})
	ok, all, found := bytes.Cut(value, []byte{'/'})
	succeeded = int64(number(ok))
	if !found {
		return succeeded, succeeded
	}
	return succeeded, int64(number(all))
}

// lostInData says whether a text tells that the session broke off inside a message's content. A break after the content is told as END-OF-MESSAGE.
func lostInData(text []byte) bool {
	if !bytes.HasPrefix(text, []byte("lost connection after ")) && !bytes.HasPrefix(text, []byte("timeout after ")) && !bytes.HasPrefix(text, []byte("too many errors after ")) {
		return false
	}
	_, where, _ := bytes.Cut(text, []byte(" after "))
	return bytes.HasPrefix(where, []byte("DATA (")) || bytes.HasPrefix(where, []byte("BDAT ("))
}

// parseClient reads "name[address]" or "name[address]:port" at the start of b. The name has been checked by Postfix: it holds no bracket and no blank.
func parseClient(b []byte) (ip, port, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '[')
	if i < 0 || bytes.IndexByte(b[:i], ' ') >= 0 {
		return nil, nil, nil, false
	}
	j := bytes.IndexByte(b[i:], ']')
	if j < 0 {
		return nil, nil, nil, false
	}
	ip, rest = b[i+1:i+j], b[i+j+1:]
	if len(rest) > 1 && rest[0] == ':' && rest[1] >= '0' && rest[1] <= '9' {
		n := 2
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		port, rest = rest[1:n], rest[n:]
	}
	return ip, port, rest, true
}

// queueID reads "4jYJGX4Z8tz1VJRT: " at the start of text: hexadecimal digits, or digits and letters without vowels (enable_long_queue_ids); also NOQUEUE.
// It does not look at the letters.
func queueID(text []byte) (id, rest []byte, ok bool) {
	i := 0
	for i < len(text) && i <= longestID && text[i] != ':' {
		i++
	}
	if i < 5 || i > longestID || len(text) < i+2 || text[i+1] != ' ' {
		return nil, nil, false
	}
	return text[:i], text[i+2:], true
}

// longestID is more letters than a queue ID has.
const longestID = 32
