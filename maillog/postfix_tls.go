package maillog

import (
	"bytes"

	"authreport"
)

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

// tlsFrom gives what follows the words of a TLS line; ok is false for any other text. Old Postfix has no adjective.
func tlsFrom(text []byte) (rest []byte, ok bool) {
	if i := bytes.IndexByte(text[:min(len(text), len("Anonymous "))], ' '); i > 0 {
		switch string(text[:i]) {
		case "Anonymous", "Trusted", "Untrusted", "Verified":
			text = text[i+1:]
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
	if rest = rest[i+1:]; !bytes.HasPrefix(rest, []byte(": ")) {
		if i = bytes.Index(rest, []byte(": ")); i < 0 { // before it only a port and a host name
			return tlsLayer{}, false
		}
		rest = rest[i:]
	}
	rest = rest[len(": "):]
	slot := &p.ciphers[hash(rest[:min(len(rest), 40)])>>56]
	if c := *slot; c != nil && bytes.HasPrefix(rest, c.wording) {
		return tlsLayer{c.version, c.cipher, r.time}, true
	}
	protocol, after, found := bytes.Cut(rest, []byte(" with cipher "))
	if !found {
		return tlsLayer{}, false
	}
	cipher, _, whole := bytes.Cut(after, []byte(" ("))
	if len(cipher) == 0 || len(cipher) > longestName {
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
	if !ok || !good || len(ip) > longestName || len(port) > longestName {
		return false
	}
	if p.proxied >= maxSessions {
		for _, h := range p.hosts {
			clear(h.proxied)
		}
		p.proxied = 0
	}
	key := proxiedKey(ip, port)
	if _, known := h.proxied[key]; !known {
		p.proxied++
	}
	h.proxied[key] = layer
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
		p.proxied--
	}
}

// begins says that a session's TLS began at the layer's time. Postfix takes STARTTLS once in a session, so what was handed over before was handed over
// without. Its TLS line may come late, for a collector of many sources may mix up lines that are seconds apart.
func (p *postfix) begins(s *session, layer tlsLayer, tally *authreport.Tally) {
	for _, m := range s.open {
		if !m.decided && layer.time < m.time {
			m.decided, m.version, m.cipher = true, layer.version, layer.cipher
		}
	}
	for i := range s.held {
		if h := &s.held[i]; layer.time < h.time {
			h.client.TLS, h.client.Cipher = layer.version, layer.cipher
		}
	}
	p.decide(s, authreport.TLSNone, "", tally)
	s.encrypted, s.layer, s.service.tls = true, layer, layer.time
}

// verdict says what TLS a session without a TLS line had: none where the log proves it, else unknown, and why.
//
// Since 3.0 (RELEASE_NOTES-3.0) smtpd's disconnect line counts the commands, the last counter being that of all: STARTTLS is among them if there was TLS
// and the service starts it that way; a service with smtpd_tls_wrappermode never has it. Without counters only the service's other TLS lines tell:
// smtpd_tls_loglevel, 0 by default, was 1 or more, so that TLS in this session would have shown, provided that the session's first line was seen.
func (p *postfix) verdict(s *session, counters []byte) (authreport.TLS, authreport.Gap) {
	why := authreport.GapPostfixTLS
	shows := s.service.tls != 0 && s.service.host.now-s.service.tls <= hostAge
	switch {
	case !s.connected:
		why = authreport.GapBeforeLog
	case shows:
		why = authreport.GapPostfixLost
	}
	if s.service.starts == ImplicitTLS {
		return authreport.TLSUnknown, why
	}
	if bytes.Contains(counters, []byte(" commands=")) {
		if succeeded, _ := counter(counters, starttlsCounter); succeeded > 0 {
			return authreport.TLSUnknown, why
		}
		if s.service.starts == STARTTLS {
			return authreport.TLSNone, ""
		}
	}
	if s.connected && shows {
		return authreport.TLSNone, ""
	}
	return authreport.TLSUnknown, why
}
