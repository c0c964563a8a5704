package maillog

import (
	"bytes"

	"authreport"
)

// text reads what smtpd wrote; false if it is of interest and in an impossible shape.
func (p *opensmtpd) text(r *record) bool {
	if id, rest, ok := smtpdEvent(r.text); ok {
		event, rest, _ := bytes.Cut(rest, []byte{' '})
		return p.event(r, id, bytes.TrimPrefix(event, []byte("event=")), rest)
	}
	if id, before, after, ok := smtpdSentence(r.text); ok {
		return p.sentence(r, id, before, after)
	}
	return true
}

// smtpdEvent takes "4a5b6c7d8e9f0a1b smtp " off the start of a text.
func smtpdEvent(text []byte) (id uint64, rest []byte, ok bool) {
	if len(text) < 24 || string(text[16:22]) != " smtp " {
		return 0, nil, false
	}
	id, ok = smtpdNumber(text[:16])
	return id, text[22:], ok
}

// smtpdNumber reads a number of up to 16 hexadecimal digits in lower case (printf's %016x).
func smtpdNumber(b []byte) (n uint64, ok bool) {
	var all byte
	for _, c := range b {
		digit := smtpdDigits[c]
		all |= digit
		n = n<<4 | uint64(digit&15)
	}
	return n, all&noDigit == 0
}

// smtpdDigits is what each byte is as such a digit.
var smtpdDigits = func() (table [256]byte) {
	for i := range table {
		switch c := byte(i); {
		case c >= '0' && c <= '9':
			table[i] = c - '0'
		case c >= 'a' && c <= 'f':
			table[i] = c - 'a' + 10
		default:
			table[i] = noDigit
		}
	}
	return table
}()

const noDigit = 0x80

// event reads a line of 6.0 and later.
func (p *opensmtpd) event(r *record, id uint64, event, b []byte) bool {
	switch string(event) {
	case "connected":
		address, ok := smtpdField(b, "address=", " host=")
		return ok && p.connected(r, id, address)
	case "tls", "starttls": // 6.6 and later; before
		i := bytes.LastIndex(b, []byte("ciphers=")) // before it only an address and a host name
		return i >= 0 && p.tls(r, id, bytes.Trim(b[i+len("ciphers="):], `"`))
	case "authentication":
		i := bytes.LastIndex(b, []byte(" result="))
		user, ok := bytes.CutPrefix(b, []byte("user="))
		if i < 0 || !ok {
			return false
		}
		result := string(b[i+len(" result="):])
		user = user[:i-len("user=")]
		user, rest, _ := bytes.Cut(user, []byte{' '}) // before 6.6: " address=192.0.2.1 host=name"; a blank in a user is written \040
		return p.authentication(r, id, user, rest, result == "ok")
	case "message":
		return p.message(r, id, b)
	case "envelope":
		return p.envelope(r, id, b)
	case "failed-command":
		p.failedCommand(r, id, b)
	case "disconnected", "closed": // 6.4 and later; before
		p.closed(id)
	default:
		if s := p.sessions.find(id, r.time); s != nil {
			p.settle(s)
		}
	}
	return true
}

// smtpdField gives what stands between name, at the start of b, and end.
func smtpdField(b []byte, name, end string) (value []byte, ok bool) {
	value, ok = bytes.CutPrefix(b, []byte(name))
	if !ok {
		return nil, false
	}
	value, _, _ = bytes.Cut(value, []byte(end))
	return value, true
}

// connected begins a session.
func (p *opensmtpd) connected(r *record, id uint64, address []byte) bool {
	p.closed(id)
	*p.sessions.at(id, r.time) = smtpdSession{server: r.from.host, connected: true, ip: p.names.address(bytes.Trim(address, "[]"))}
	return true
}

// closed ends a session.
func (p *opensmtpd) closed(id uint64) {
	if o := p.sessions.open[id]; o != nil {
		p.settle(&o.value)
		p.sessions.drop(id)
	}
}

// session gives a session, a new one if its first line was not seen, and counts what its next line has ended.
func (p *opensmtpd) session(r *record, id uint64) *smtpdSession {
	s := p.sessions.at(id, r.time)
	if s.server == "" {
		s.server = r.from.host
	}
	p.settle(s)
	return s
}

// tls reads "TLSv1.3:TLS_AES_256_GCM_SHA384:256", or before 6.6 "version=TLSv1.2, cipher=NAME, bits=256" (in 5.7 "version=TLSv1/SSLv3 (TLSv1.2), …").
func (p *opensmtpd) tls(r *record, id uint64, b []byte) bool {
	s := p.session(r, id)
	s.encrypted, s.version, s.family, s.cipher = true, authreport.TLSUnknown, false, ""
	if version, ok := bytes.CutPrefix(b, []byte("version=")); ok {
		version, rest, ok := bytes.Cut(version, []byte(", cipher="))
		cipher, _, _ := bytes.Cut(rest, []byte(", bits="))
		s.cipher = p.names.text(cipher)
		s.version, s.family = tlsOrFamily(p.names.text(version), s.cipher)
		return ok
	}
	version, rest, ok := bytes.Cut(b, []byte{':'})
	cipher, _, _ := bytes.Cut(rest, []byte{':'})
	s.cipher = p.names.text(cipher)
	s.version = authreport.ParseTLSAsLogged(p.names.text(version))
	return ok
}

// authentication reads who has authenticated, or has failed to. The address is in the line before 6.6 only.
func (p *opensmtpd) authentication(r *record, id uint64, user, address []byte, succeeded bool) bool {
	s := p.session(r, id)
	if address, ok := smtpdField(address, "address=", " host="); ok && !s.ip.IsValid() {
		s.ip = p.names.address(bytes.Trim(address, "[]"))
	}
	if succeeded {
		s.account = p.names.text(user)
	} else {
		s.failure = smtpdFailure{r.time, p.names.text(user)}
	}
	return true
}

// failedCommand knows the line that tells of a failed attempt a second time: it names the mechanism. Its reply is 535, or 421 if the server could not tell.
func (p *opensmtpd) failedCommand(r *record, id uint64, b []byte) {
	s := p.sessions.find(id, r.time)
	if s == nil {
		return
	}
	if i := bytes.Index(b, []byte(`command="AUTH `)); i >= 0 && s.failure.time != 0 {
		mechanism := b[i+len(`command="AUTH `):]
		p.fail(s, mechanismName(mechanism[:max(bytes.IndexAny(mechanism, ` "`), 0)]))
	}
	p.settle(s)
}

// message reads "msgid=6f9a1b2c size=494 nrcpt=2 proto=ESMTP", or before 6.6 "address=192.0.2.1 host=name msgid=6f9a1b2c from=<a@b> to=<c@d> size=494 ndest=1 proto=ESMTP".
func (p *opensmtpd) message(r *record, id uint64, b []byte) bool {
	s := p.sessions.find(id, r.time)
	if s == nil {
		return true
	}
	if rest, ok := bytes.CutPrefix(b, []byte("msgid=")); ok {
		if len(rest) < 9 {
			return false
		}
		msgid, ok := smtpdNumber(rest[:8])
		i := bytes.Index(rest, []byte(" nrcpt="))
		if !ok || i < 0 {
			return false
		}
		p.settle(s)
		if s.account != "" {
			recipients, _, _ := bytes.Cut(rest[i+len(" nrcpt="):], []byte{' '})
			s.message = smtpdMessage{id: uint32(msgid), time: r.time, recipients: int64(number(recipients))}
		}
		return true
	}
	i := bytes.Index(b, []byte(" msgid=")) // before it only an address and a host name
	if i < 0 || len(b) < i+len(" msgid=")+9 {
		return false
	}
	rest := b[i+len(" msgid="):]
	sender, ok := smtpdField(rest[8:], " from=<", "> to=<")
	return ok && p.recipient(r, s, rest[:8], sender)
}

// recipient notes a message line of before 6.6: the message's first, or one more recipient.
func (p *opensmtpd) recipient(r *record, s *smtpdSession, id, sender []byte) bool {
	msgid, ok := smtpdNumber(id)
	if !ok {
		return false
	}
	if m := &s.message; m.time != 0 && m.id == uint32(msgid) {
		m.recipients++
		return true
	}
	p.settle(s)
	if s.account != "" {
		s.message = smtpdMessage{id: uint32(msgid), time: r.time, sender: p.names.text(sender), named: true, recipients: 1}
	}
	return true
}

// envelope reads "evpid=6f9a1b2c4d5e6f70 from=<a@b> to=<c@d>", whose first half is the message's number.
func (p *opensmtpd) envelope(r *record, id uint64, b []byte) bool {
	s := p.sessions.find(id, r.time)
	if s == nil || s.message.time == 0 || s.message.counted {
		return true
	}
	rest, ok := bytes.CutPrefix(b, []byte("evpid="))
	if !ok || len(rest) < 17 {
		return false
	}
	msgid, ok := smtpdNumber(rest[:8])
	sender, found := smtpdField(rest[16:], " from=<", "> to=<")
	if !ok || !found {
		return false
	}
	if uint32(msgid) == s.message.id {
		s.message.sender, s.message.named = p.names.text(sender), true
	}
	p.count(s)
	return true
}
