package maillog

import (
	"bytes"
	"strings"
	"time"

	"authreport"
)

// smtpd reads a line of an SMTP server process.
func (p *postfix) smtpd(r *record, v *service, tally *authreport.Tally) bool {
	text := r.text
	if len(text) == 0 || r.pid == 0 {
		return false
	}
	// A queue ID may begin with any of these letters, but long ones have no vowels, and short ones no lower case.
	switch text[0] {
	case 'c':
		if client, ok := bytes.CutPrefix(text, []byte("connect from ")); ok {
			return p.connect(r, v, client, tally)
		}
	case 'd':
		if client, ok := bytes.CutPrefix(text, []byte("disconnect from ")); ok {
			return p.disconnect(r, v, client, tally)
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
			if s := v.openSession(r.pid); s != nil && s.current != nil {
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
	id, rest, ok := queueID(text)
	if !ok {
		return true
	}
	if string(id) == "NOQUEUE" {
		id = nil
	}
	if client, ok := bytes.CutPrefix(rest, []byte("client=")); ok {
		return p.client(r, v, id, client, tally)
	}
	if lostInData(rest) {
		if m := v.host.pending[string(id)]; m != nil {
			p.forget(m)
		}
		return true
	}
	return p.action(r, v.host, v, id, rest, tally)
}

// connect begins a session. One of the same process that has not ended has lost its last line; or this line comes late, as with TLS lines.
func (p *postfix) connect(r *record, v *service, client []byte, tally *authreport.Tally) bool {
	s := v.sessions[r.pid]
	if s != nil && s.live {
		if !s.connected && r.time < s.touched {
			s.connected = true
			return true
		}
		p.finish(s, nil, tally)
	}
	s = p.addSession(v, r.pid, tally)
	s.connected = true
	if len(v.host.proxied) > 0 {
		p.joinTLSProxy(s, client)
	}
	return bytes.IndexByte(client, ']') > 0
}

// disconnect ends a session. smtpd writes a line for each failed AUTH attempt; where there is none, its counters tell (auth=0/1).
func (p *postfix) disconnect(r *record, v *service, client []byte, tally *authreport.Tally) bool {
	s := v.openSession(r.pid)
	if s == nil {
		return true
	}
	_, counters, _ := bytes.Cut(client, []byte{']'})
	if i := bytes.IndexByte(counters, ' '); i >= 0 { // after the port
		counters = counters[i:]
	}
	if s.connected && s.failures == 0 {
		if succeeded, total := counter(counters, " auth="); total > succeeded {
			ip, _, _, _ := parseClient(client)
			p.failed(r, v, authreport.Attempt{IP: p.address(ip)}, total-succeeded, tally)
		}
	}
	p.finish(s, counters, tally)
	return true
}

// counter reads a counter of a disconnect line: " name=succeeded" or " name=succeeded/total".
func counter(counters []byte, name string) (succeeded, total int64) {
	i := bytes.Index(counters, []byte(name))
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

// encrypted notes a session's TLS.
func (p *postfix) encrypted(r *record, v *service, rest []byte, tally *authreport.Tally) bool {
	layer, ok := p.tlsLine(r, rest)
	if !ok {
		return false
	}
	s := p.session(r, v, tally)
	if s.encrypted { // another session, whose first line was lost
		p.finish(s, nil, tally)
		s = p.session(r, v, tally)
	}
	p.begins(s, layer, tally)
	return true
}

// tlsFrom gives what follows the words of a TLS line; ok is false for any other text. Before 2.5 there was no adjective.
func tlsFrom(text []byte) (rest []byte, ok bool) {
	for _, adjective := range [...]string{"Anonymous ", "Trusted ", "Untrusted ", "Verified "} {
		if after, ok := bytes.CutPrefix(text, []byte(adjective)); ok {
			text = after
			break
		}
	}
	return bytes.CutPrefix(text, []byte("TLS connection established from "))
}

// tlsLine reads "name[address]:port to server.name.indication: TLSv1.3 with cipher NAME (256/256 bits) …", port and indication being optional.
func (p *postfix) tlsLine(r *record, rest []byte) (tlsLayer, bool) {
	i := bytes.IndexByte(rest, ']')
	if i < 0 {
		return tlsLayer{}, false
	}
	rest = rest[i+1:]
	if i = bytes.Index(rest, []byte(": ")); i < 0 { // before it only a port and a host name
		return tlsLayer{}, false
	}
	rest = rest[i+2:]
	slot := &p.ciphers[hash(rest[:min(len(rest), 40)])]
	if c := *slot; c != nil && bytes.HasPrefix(rest, c.wording) {
		return tlsLayer{c.version, c.cipher, r.time}, true
	}
	protocol, after, found := bytes.Cut(rest, []byte(" with cipher "))
	if !found {
		return tlsLayer{}, false
	}
	cipher, _, whole := bytes.Cut(after, []byte(" ("))
	if len(cipher) == 0 {
		return tlsLayer{}, false
	}
	layer := tlsLayer{authreport.ParseTLSAsLogged(string(protocol)), string(cipher), r.time}
	if whole {
		wording := bytes.Clone(rest[:len(rest)-len(after)+len(cipher)+len(" (")])
		*slot = &cipherWording{wording, layer.version, layer.cipher}
	}
	return layer, true
}

// cipherWording is a TLS line's words from the protocol to the parenthesis after the cipher, and what they mean.
type cipherWording struct {
	wording []byte
	version authreport.TLS
	cipher  string
}

// tlsproxy notes the TLS of a connection that tlsproxy holds for postscreen: "[address]:port" and no name. postscreen never hands such a connection to
// smtpd (POSTSCREEN_README), so only a session that shows the same address and port is the same connection.
func (p *postfix) tlsproxy(r *record, h *mailHost) bool {
	rest, ok := tlsFrom(r.text)
	if !ok {
		return true
	}
	ip, port, _, ok := parseClient(rest)
	layer, good := p.tlsLine(r, rest)
	if !ok || !good {
		return false
	}
	if len(h.proxied) >= maxSessions {
		clear(h.proxied)
	}
	h.proxied[proxiedKey(ip, port)] = layer
	return true
}

func proxiedKey(ip, port []byte) string { return string(ip) + "]:" + string(port) }

// joinTLSProxy gives a session the TLS that tlsproxy told for its connection; only smtpd_client_port_logging shows the port.
func (p *postfix) joinTLSProxy(s *session, client []byte) {
	ip, port, _, ok := parseClient(client)
	if !ok || len(port) == 0 {
		return
	}
	proxied := s.service.host.proxied
	if layer, ok := proxied[proxiedKey(ip, port)]; ok {
		s.encrypted, s.layer = true, layer
		delete(proxied, proxiedKey(ip, port))
	}
}

// warning reads "name[address]: SASL LOGIN authentication failed: reason, sasl_username=user" (the user since 3.9), and knows an oversized message.
// The Cyrus library's own "SASL authentication failure: …" tells of the same attempt a second time.
func (p *postfix) warning(r *record, v *service, warning []byte, times int64, tally *authreport.Tally) bool {
	ip, _, rest, ok := parseClient(warning)
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(": SASL "))
	}
	if !ok {
		if id, rest, ok := queueID(warning); ok && bytes.HasPrefix(rest, []byte("queue file size limit exceeded")) {
			if m := v.host.pending[string(id)]; m != nil {
				p.forget(m)
			}
		}
		return true
	}
	mechanism, rest, _ := bytes.Cut(rest, []byte{' '})
	if !bytes.HasPrefix(rest, []byte("authentication failed")) && !bytes.HasPrefix(rest, []byte("authentication aborted")) {
		return true
	}
	attempt := authreport.Attempt{IP: p.address(ip), Mechanism: mechanismName(mechanism)}
	if _, user, ok := bytes.Cut(rest, []byte(", sasl_username=")); ok && string(user) != "(unavailable)" {
		attempt.Account = string(user)
	}
	p.session(r, v, tally).failures += times
	p.failed(r, v, attempt, times, tally)
	return true
}

// failed counts failed attempts.
func (p *postfix) failed(r *record, v *service, a authreport.Attempt, times int64, tally *authreport.Tally) {
	a.Time, a.Server = time.Unix(r.time, 0), v.host.name
	for range min(times, maxRepeats) {
		tally.AddFailure(a)
	}
}

// maxRepeats is the most attempts that one line may tell of: a limit on the harm of a garbled number.
const maxRepeats = 1 << 16

// mechanismName gives a SASL mechanism in upper case; smtpd logs what the client typed. What cannot be one (RFC 4422 section 3.1) is empty.
func mechanismName(b []byte) string {
	switch string(b) {
	case "PLAIN": // without a copy
		return "PLAIN"
	case "LOGIN":
		return "LOGIN"
	}
	if len(b) > 20 {
		return ""
	}
	name := strings.ToUpper(string(b))
	for _, c := range []byte(name) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ""
		}
	}
	return name
}

// repeated reads rsyslog's "message repeated 3 times: [ text]" ($RepeatedMsgReduction), whose text it has written once before.
// Only failed attempts look alike twice in a row and count each time.
func (p *postfix) repeated(r *record, v *service, rest []byte, tally *authreport.Tally) bool {
	times, text, ok := bytes.Cut(rest, []byte(" times: ["))
	if !ok {
		return false
	}
	text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(" ")), []byte("]"))
	if warning, ok := bytes.CutPrefix(text, []byte("warning: ")); ok {
		return p.warning(r, v, warning, int64(number(times)), tally)
	}
	return true
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
	i := bytes.IndexByte(text[:min(len(text), 33)], ':')
	if i < 5 || len(text) < i+2 || text[i+1] != ' ' {
		return nil, nil, false
	}
	return text[:i], text[i+2:], true
}
