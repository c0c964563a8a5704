package maillog

import "bytes"

// eximArrival is what the line of a reception tells. Its parts are parts of the line.
type eximArrival struct {
	sender        []byte // as logged; "<>"
	ip            []byte // the client's; empty for the command line
	authenticated bool   // by AUTH in SMTP
	clear         bool   // the protocol proves that there was no TLS
	auth          []byte // "login_server:alice@example.com"
	tls           []byte // "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"; empty if not logged
	recipients    int64  // 0 if not logged
	ident         bool   // the client's host gave an ident
}

// read takes the line apart, from the sender on (receive.c of 4.99; earlier versions leave fields out and swap some):
//
//	sender R=id DS H=name (helo) [ip]:port I=[ip]:port TFO U=ident Ci=id P=protocol L X=cipher CV=yes DN="name" SNI=name A=auth:id:sender PRDR PRX=ip K S=size …
//
// HELO, if the administrator allows junk in it, the ident that the client's host answers, and the names in certificates are worded by clients, and may look like the
// fields behind them. A line with one way to read it is read field by field, up to S=. In any other the last " P=" counts from which on the line, to its end, is as
// Exim writes it: what imitates fields further on is in quotes, and cannot go on to the end without breaking them.
func (a *eximArrival) read(b []byte) bool {
	n := eximAddress(b)
	*a = eximArrival{sender: b[:n]}
	b = b[n:]
	rest, ok := a.head(b)
	if !ok {
		return a.search(b)
	}
	protocol, rest := eximToken(rest)
	t := readEximTail(rest, 0)
	if a.ident || hasAddress(rest) || !t.whole && (t.quoted || !t.reached) {
		return a.search(b)
	}
	a.take(protocol, &t)
	return true
}

// hasAddress says whether b has ") [", as HELO is followed by the client's address.
func hasAddress(b []byte) bool {
	for {
		i := bytes.IndexByte(b, ')')
		if i < 0 {
			return false
		}
		if b = b[i+1:]; len(b) > 1 && b[0] == ' ' && b[1] == '[' {
			return true
		}
	}
}

// take takes over the protocol and what follows it. Without A= there was no AUTH, whatever the protocol.
func (a *eximArrival) take(protocol []byte, t *eximTail) {
	a.setProtocol(protocol)
	a.tls, a.auth, a.recipients = t.tls, t.auth, t.recipients
	a.authenticated = a.authenticated && len(a.auth) > 0
}

// search finds the last " P=" from which on the line is as Exim writes it, and before it the last address that is not Exim's own.
func (a *eximArrival) search(b []byte) bool {
	if len(b) > longestText {
		return false
	}
	end := len(b)
	for range maxImitations {
		if end = bytes.LastIndex(b[:end], []byte(" P=")); end < 0 {
			return false
		}
		protocol, rest := eximToken(b[end+3:])
		_, _, closed := eximQuotable(b[end:], '\n')
		if t := readEximTail(rest, 0); t.whole && closed && bytes.IndexByte(t.auth, '"') < 0 {
			a.take(protocol, &t)
			a.ip = lastEximIP(b[:end])
			return true
		}
	}
	return false
}

// maxImitations is how many places in one line may look like what is searched for: the work on a hostile line is bounded.
const maxImitations = 32

// head reads the fields up to " P=" and gives what follows that; ok is false if they are not as they should be.
func (a *eximArrival) head(b []byte) (rest []byte, ok bool) {
	for len(b) > 4 && b[0] == ' ' {
		field := b[1:]
		if field[1] != '=' { // DS, TFO, Ci=1234
			var word []byte
			if word, b = eximToken(field); !isEximWord(word) {
				return nil, false
			}
			continue
		}
		switch field[0] {
		case 'P':
			return field[2:], true
		case 'H':
			if b, ok = a.host(field[2:]); !ok {
				return nil, false
			}
		case 'U', 'R', 'I':
			a.ident = a.ident || field[0] == 'U'
			_, b = eximToken(field)
		default:
			return nil, false
		}
	}
	return nil, false
}

// host reads "name (helo) [ip]:port", of which name, helo and port are optional, where helo has no blank.
func (a *eximArrival) host(b []byte) (rest []byte, ok bool) {
	if len(b) > 0 && b[0] != '(' && b[0] != '[' {
		_, b = eximToken(b)
		b = b[min(1, len(b)):]
	}
	if len(b) > 0 && b[0] == '(' {
		i := bytes.IndexByte(b, ' ')
		if i < 2 || b[i-1] != ')' {
			return nil, false
		}
		b = b[i+1:]
	}
	a.ip, b, ok = eximIP(b)
	return b, ok
}

// eximIP reads "[ip]" or "[ip]:port".
func eximIP(b []byte) (ip, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '[' {
		return nil, nil, false
	}
	i := bytes.IndexByte(b[:min(len(b), 64)], ']')
	if i < 0 {
		return nil, nil, false
	}
	ip, rest = b[1:i], b[i+1:]
	if len(rest) > 0 && rest[0] == ':' {
		i = 1
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i > 1 {
			rest = rest[i:]
		}
	}
	return ip, rest, true
}

// setProtocol notes whether a protocol is SMTP with AUTH, and whether without TLS: esmtpa and esmtpsa (RFC 3848), essmtpa for implicit TLS (log_selector
// +tls_on_connect of 4.99), asmtp before 4.43, which may have had TLS; with utf8 in front for SMTPUTF8 and local- for exim -bs (smtp_in.c of 4.99). All others are
// without AUTH, or named by a local program (exim -oMr).
func (a *eximArrival) setProtocol(protocol []byte) {
	protocol = bytes.TrimPrefix(protocol, []byte("utf8"))
	protocol = bytes.TrimPrefix(protocol, []byte("local-"))
	switch string(protocol) {
	case "esmtpa":
		a.authenticated, a.clear = true, true
	case "esmtpsa", "essmtpa", "asmtp":
		a.authenticated, a.clear = true, false
	default:
		a.authenticated, a.clear = false, false
	}
}
