package maillog

import (
	"bytes"
	"net/netip"
)

// eximTail is what stands behind the protocol in the line of a reception.
type eximTail struct {
	tls, auth  []byte
	recipients int64
	reached    bool // S= was found, up to which are the fields of interest
	quoted     bool // one of these is in quotes
	whole      bool // the rest of the line, too, is as Exim writes it
}

// readEximTail reads " L X=cipher CV=yes DN="name" SNI=name A=auth:id:sender PRDR PRX=ip K S=size" and the rest of the line. depth is how many fields in quotes there were.
func readEximTail(b []byte, depth int) (t eximTail) {
	for len(b) > 3 && b[0] == ' ' {
		field := b[1:]
		switch {
		case field[0] == 'S' && field[1] == '=':
			size, rest := eximToken(field[2:])
			if t.reached = isNumber(size); !t.reached {
				return t
			}
			t.recipients, t.whole = readEximEnd(rest)
			return t
		case field[0] == 'X' && field[1] == '=':
			if t.tls, b = eximToken(field[2:]); bytes.IndexByte(t.tls, '"') >= 0 {
				return eximTail{}
			}
		case field[0] == 'A' && field[1] == '=':
			t.auth, b = eximAuth(field[2:])
		case depth == 0 && bytes.HasPrefix(field, []byte(`DN="`)):
			return t.behindQuotes(field, 1)
		default:
			if depth <= 1 && bytes.HasPrefix(field, []byte(`SNI="`)) { // in quotes before 4.95, else they are the client's
				if found := t.behindQuotes(field, 2); found.whole {
					return found
				}
			}
			var word []byte
			if word, b = eximToken(field); !isEximWord(word) && !bytes.HasPrefix(word, []byte("SNI=")) {
				return t
			}
		}
	}
	return t
}

// behindQuotes reads on behind a field in quotes. They end where the last one is behind which the line is as Exim writes it: OpenSSL does not escape those in a name.
func (t eximTail) behindQuotes(b []byte, depth int) eximTail {
	b = b[bytes.IndexByte(b, '"')+1:]
	t.quoted = true
	if len(b) > longestText {
		return t
	}
	end := len(b)
	for range maxImitations {
		if end = bytes.LastIndex(b[:end], []byte(`" `)); end < 0 {
			break
		}
		if found := readEximTail(b[end+1:], depth); found.whole {
			if found.quoted = true; len(found.tls) == 0 {
				found.tls = t.tls
			}
			return found
		}
	}
	return t
}

// isNumber says whether b is digits.
func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// eximToken gives what b has up to the next blank, and the rest from there on.
func eximToken(b []byte) (token, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i:]
}

// isEximWord says whether b may be another field between the protocol and S=, or behind that: "CV=yes", "PRDR", "L*". Those of interest, and what would begin the line
// anew, are none.
func isEximWord(b []byte) bool {
	if len(b) == 0 || b[0] < 'A' || b[0] > 'Z' || bytes.IndexByte(b, '"') >= 0 {
		return false
	}
	return len(b) < 2 || b[1] != '=' || b[0] == 'Q'
}

// eximAuth reads "login_server:alice@example.com", in which there may be blanks, up to the next field; the rest begins with that.
func eximAuth(b []byte) (auth, rest []byte) {
	for end := 0; ; end++ {
		i := bytes.Index(b[end:], []byte(" S="))
		if i < 0 {
			return nil, nil
		}
		end += i
		if len(b) > end+3 && b[end+3] >= '0' && b[end+3] <= '9' {
			auth, rest = b[:end], b[end:]
			break
		}
	}
	auth = bytes.TrimSuffix(auth, []byte(" K"))
	if i := bytes.LastIndexByte(auth, ' '); i >= 0 && bytes.HasPrefix(auth[i+1:], []byte("PRX=")) {
		auth = auth[:i]
	}
	return bytes.TrimSuffix(auth, []byte(" PRDR")), rest
}

// The fields behind S=, in their order; the others of that place come before them.
const (
	eximOthers = iota
	eximMessageID
	eximSubject
	eximFrom
	eximFor
)

// readEximEnd reads ` M8S=0 DKIM=domain Q=queue RT=1s id=message-id T="subject" from <sender> for recipient recipient`, each of them optional. ok is false if b is
// anything else. The recipients are 0 if they are not logged (log_selector +received_recipients) or cut off.
func readEximEnd(b []byte) (recipients int64, ok bool) {
	for last := eximOthers; len(b) > 0; {
		if b[0] != ' ' {
			return 0, false
		}
		field, rank := b[1:], eximOthers
		switch {
		case bytes.HasPrefix(field, []byte("id=")), bytes.HasPrefix(field, []byte("id*=")):
			rank = eximMessageID
			_, b, ok = eximQuotable(field, ' ')
		case bytes.HasPrefix(field, []byte(`T="`)):
			rank = eximSubject
			b, ok = behindSubject(field[len(`T="`):])
		case bytes.HasPrefix(field, []byte("from <")):
			rank = eximFrom
			if _, b, ok = eximQuotable(field[len("from <"):], '>'); len(b) > 0 {
				b = b[1:]
			} else {
				ok = false
			}
		case bytes.HasPrefix(field, []byte("for ")):
			return countRecipients(field[len("for "):])
		default:
			var word []byte
			word, b = eximToken(field)
			ok = isEximWord(word) || len(word) == 0 && len(b) == 0
		}
		if !ok || rank < last || rank == last && rank != eximOthers {
			return 0, false
		}
		last = rank
	}
	return 0, true
}

// behindSubject gives what follows the quote that ends a subject. A backslash keeps the next character.
func behindSubject(b []byte) (rest []byte, ok bool) {
	i := bytes.IndexByte(b, '"')
	if i < 0 || bytes.IndexByte(b[:i], '\\') < 0 {
		return b[i+1:], i >= 0
	}
	for i = 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[i+1:], true
		}
	}
	return nil, false
}

// eximQuotable gives what b has up to the next end character outside quotes, and the rest from there on; all of b if there is none. A backslash keeps the next
// character. ok is false if quotes do not end.
func eximQuotable(b []byte, end byte) (token, rest []byte, ok bool) {
	i := bytes.IndexByte(b, end)
	if i < 0 {
		i = len(b)
	}
	if bytes.IndexByte(b[:i], '"') < 0 && bytes.IndexByte(b[:i], '\\') < 0 {
		return b[:i], b[i:], true
	}
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == end && !quoted:
			return b[:i], b[i:], true
		}
	}
	return b, nil, !quoted
}

// countRecipients counts the addresses of a list; ok is false if it has anything else. Exim's buffer may be too small for all of them (log.c of 4.96).
func countRecipients(b []byte) (n int64, ok bool) {
	for {
		address, rest, ok := eximQuotable(b, ' ')
		if !ok {
			return 0, false
		}
		if len(rest) == 0 && bytes.HasSuffix(address, []byte("<trunc>")) {
			return 0, true
		}
		if !isRecipient(address) {
			return 0, false
		}
		n++
		if len(rest) == 0 {
			return n, true
		}
		b = rest[1:]
	}
}

// isRecipient says whether an address may be one of a RCPT command: with a domain, unless it is postmaster, and without special characters outside quotes (RFC 5321 section 4.1.2).
func isRecipient(b []byte) bool {
	at := bytes.LastIndexByte(b, '@')
	if at < 0 {
		return bytes.EqualFold(b, []byte("postmaster"))
	}
	quoted := false
	for i := 0; i < at; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '(', ')', '<', '>', '[', ']', ':', ';', ',':
			if !quoted {
				return false
			}
		}
	}
	return at > 0 && !quoted && bytes.IndexByte(b[at:], '"') < 0 && bytes.IndexByte(b[at:], ')') < 0
}

// eximAddress gives the length of the sender at the start of b, in whose local part there may be blanks in quotes.
func eximAddress(b []byte) int {
	if i := bytes.IndexByte(b, ' '); i < 0 || bytes.IndexByte(b[:i], '"') < 0 && bytes.IndexByte(b[:i], '\\') < 0 {
		return max(i, 0)
	}
	address, _, _ := eximQuotable(b, ' ')
	return len(address)
}

// lastEximIP gives the last IP address in brackets that is not one of Exim's own (I=); nil if there is none.
func lastEximIP(b []byte) []byte {
	for end := len(b); ; {
		end = lastIndexByte(b[:end], '[')
		if end < 0 {
			return nil
		}
		ip, _, ok := eximIP(b[end:])
		if !ok || end >= 2 && string(b[end-2:end]) == "I=" {
			continue
		}
		if _, err := netip.ParseAddr(string(ip)); err == nil {
			return ip
		}
	}
}
