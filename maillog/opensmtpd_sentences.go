package maillog

import "bytes"

// smtpdSentence finds the session in a sentence of 5.4 to 5.9 ("smtp-in: Accepted message 6f9a1b2c on session 4a5b6c7d8e9f0a1b: …"), and gives what stands
// before the word "session" and after the number.
func smtpdSentence(text []byte) (id uint64, before, after []byte, ok bool) {
	text, ok = bytes.CutPrefix(text, []byte("smtp-in: "))
	if !ok {
		return 0, nil, nil, false
	}
	// What a client words comes later, but for a user's name, which has no blank.
	const word = "session "
	for i := 0; ; i += len(word) {
		n := bytes.Index(text[i:], []byte(word))
		if i += n; n < 0 || len(text) < i+len(word)+16 {
			return 0, nil, nil, false
		}
		if id, ok = smtpdNumber(text[i+len(word):][:16]); ok {
			return id, text[:i], text[i+len(word)+16:], true
		}
	}
}

// sentence reads a line of 5.4 to 5.9.
func (p *opensmtpd) sentence(r *record, id uint64, before, after []byte) bool {
	switch {
	case len(before) == 0: // 5.7
		rest, ok := bytes.CutPrefix(after, []byte(": "))
		return ok && p.clause(r, id, rest)
	case string(before) == "New ": // "New session 4a5b6c7d8e9f0a1b from host name [192.0.2.1]"
		return p.connected(r, id, lastBrackets(after))
	case string(before) == "Started TLS on ":
		return p.tls(r, id, bytes.TrimPrefix(after, []byte(": ")))
	case bytes.HasPrefix(before, []byte("Accepted authentication for user ")):
		user, _, _ := bytes.Cut(before[len("Accepted authentication for user "):], []byte{' '})
		return p.authentication(r, id, user, nil, true)
	case bytes.HasPrefix(before, []byte("Authentication ")): // "failed", "temporarily failed"
		_, user, ok := bytes.Cut(before, []byte("failed for user "))
		user, _, _ = bytes.Cut(user, []byte{' '})
		return ok && p.authentication(r, id, user, nil, false)
	case bytes.HasPrefix(before, []byte("Accepted message ")):
		s := p.sessions.find(id, r.time)
		if s == nil {
			return true
		}
		sender, ok := smtpdField(after, ": from=<", ">, to=<")
		msgid, _, _ := bytes.Cut(before[len("Accepted message "):], []byte{' '})
		return ok && p.recipient(r, s, msgid, sender)
	case string(before) == "Failed command on ":
		p.failedSentence(r, id, after)
	case string(before) == "Closing ", string(before) == "Disconnecting ", string(before) == "Received disconnect from ", string(before) == "Ending ":
		p.closed(id)
	}
	return true
}

// clause reads what follows "session 4a5b6c7d8e9f0a1b: " in 5.7.
func (p *opensmtpd) clause(r *record, id uint64, b []byte) bool {
	if rest, ok := bytes.CutPrefix(b, []byte("connection from host ")); ok {
		if bytes.HasSuffix(rest, []byte(" established")) {
			return p.connected(r, id, lastBrackets(rest))
		}
		p.closed(id)
		return true
	}
	if rest, ok := bytes.CutPrefix(b, []byte("TLS started ")); ok {
		return p.tls(r, id, rest)
	}
	if rest, ok := bytes.CutPrefix(b, []byte("authentication successful for user ")); ok {
		return p.authentication(r, id, bytes.TrimSuffix(rest, []byte{' '}), nil, true)
	}
	for _, words := range [...]string{"authentication failure for user ", "authentication temporary failure for user "} {
		if rest, ok := bytes.CutPrefix(b, []byte(words)); ok {
			return p.authentication(r, id, rest, nil, false)
		}
	}
	s := p.sessions.find(id, r.time)
	if s == nil {
		return true
	}
	if msgid, ok := smtpdField(b, "msgid=", ", status=Ok, from=<"); ok {
		sender, ok := smtpdField(b[len("msgid=")+len(msgid):], ", status=Ok, from=<", ">, to=<")
		return ok && p.recipient(r, s, msgid, sender)
	}
	p.settle(s)
	return true
}

// failedSentence reads `: "AUTH LOGIN (password)" => 535 …`; 5.4 hides the mechanism: `"AUTH [...]"`.
func (p *opensmtpd) failedSentence(r *record, id uint64, b []byte) {
	s := p.sessions.find(id, r.time)
	if s == nil {
		return
	}
	if rest, ok := bytes.CutPrefix(b, []byte(`: "AUTH `)); ok && s.failure.time != 0 {
		mechanism, _, _ := bytes.Cut(rest, []byte{' '})
		p.fail(s, mechanismName(bytes.Trim(mechanism, `".`)))
	}
	p.settle(s)
}

// lastBrackets gives what stands in the last pair of brackets.
func lastBrackets(b []byte) []byte {
	i, j := bytes.LastIndexByte(b, '['), bytes.LastIndexByte(b, ']')
	if i < 0 || j < i {
		return nil
	}
	return b[i+1 : j]
}
