package maillog

import (
	"bytes"
	"strings"

	"authreport"
)

// sendmailFrom is what a from= line tells.
type sendmailFrom struct {
	sender     []byte // without brackets
	recipients int64
	read       bool // the content was read to its end
	protocol   []byte
	daemon     bool // an SMTP daemon took it
	local      bool // a process of the same machine handed it over without SMTP
	relay      []byte
}

// longestSender is where sendmail cuts a sender in a log line (%.200s in headers.c).
const longestSender = 200

// parseFrom reads "<a@b>, size=494, class=0, nrcpts=1, msgid=<x@y>[, bodytype=8BITMIME], proto=ESMTPSA, daemon=MSP-v4, relay=name [address]". Sender and
// message ID are worded by the client, and may look like any of it.
func parseFrom(b []byte) (f sendmailFrom, ok bool) {
	i := addressEnd(b, longestSender, ", size=")
	if i < 0 {
		return f, false
	}
	f.sender = inBrackets(b[:i])
	rest := b[i:]
	for _, name := range [...]string{", size=", ", class=", ", nrcpts="} {
		if rest, ok = bytes.CutPrefix(rest, []byte(name)); !ok {
			return f, false
		}
		rest = bytes.TrimPrefix(rest, []byte{'-'})
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 0 {
			return f, false
		}
		f.recipients, rest = int64(number(rest[:n])), rest[n:]
	}
	if f.read = bytes.HasPrefix(rest, []byte(", msgid=")); !f.read {
		return f, len(rest) == 0 || rest[0] == ','
	}
	i = bytes.LastIndexByte(rest, ',')
	if !bytes.HasPrefix(rest[i:], []byte(", relay=")) { // the client is of a kind that has a comma
		if i = bytes.LastIndex(rest, []byte(", relay=")); i < 0 {
			return f, false
		}
	}
	f.relay, rest = rest[i+len(", relay="):], rest[:i]
	f.local = bytes.IndexByte(f.relay, '[') < 0 || bytes.HasPrefix(f.relay, []byte("[RESPONSE]"))
	for i = bytes.LastIndexByte(rest, ','); i >= 0; i = bytes.LastIndexByte(rest[:i], ',') {
		if after, ok := bytes.CutPrefix(rest[i:], []byte(", proto=")); ok {
			f.protocol, after, _ = bytes.Cut(after, []byte{','})
			f.daemon = bytes.HasPrefix(after, []byte(" daemon="))
			break
		}
	}
	return f, true
}

// inBrackets gives what a sender's angle brackets hold: of "<a@b>", or of "Name <a@b>", which clients send too. Others come back as they are.
func inBrackets(sender []byte) []byte {
	if len(sender) < 2 || sender[len(sender)-1] != '>' {
		return sender
	}
	start := 0
	if sender[0] != '<' {
		start = bytes.LastIndexByte(sender, '<')
	}
	return sender[start+1 : len(sender)-1]
}

// addressEnd gives where marker first stands outside of the quoted strings, comments and brackets of addresses (RFC 5322 section 3.2), -1 if nowhere.
// A field that is cut at limit bytes may end inside of them.
func addressEnd(b []byte, limit int, marker string) int {
	quoted, brackets, comments := false, 0, 0
	for i := 0; i < len(b) && i <= limit; i++ {
		switch c := b[i]; {
		case c == '\\':
			i++
		case c == '"' && comments == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			comments++
		case c == ')':
			comments = max(comments-1, 0)
		case comments > 0:
		case c == '<':
			brackets++
		case c == '>':
			brackets = max(brackets-1, 0)
		case c == ',' && brackets == 0 && bytes.HasPrefix(b[i:], []byte(marker)):
			return i
		}
	}
	if limit < len(b) && bytes.HasPrefix(b[limit:], []byte(marker)) {
		return limit
	}
	return bytes.Index(b, []byte(marker))
}

// tlsOrFamily reads a TLS version as OpenSSL names it. Servers that ask for the cipher's version (SSL_CIPHER_get_version: sendmail before 8.15.1, OpenSMTPD before 5.9) write
// "TLSv1/SSLv3" for all from SSL3.0 to TLS1.2, in which only TLS1.2's own ciphers (RFC 5246, 5288, 6655, 7905) tell the version.
func tlsOrFamily(version, cipher string) (tls authreport.TLS, family bool) {
	if tls = authreport.ParseTLSAsLogged(version); tls != authreport.TLSUnknown {
		return tls, false
	}
	family = strings.HasPrefix(version, "TLSv1/SSLv3")
	if !family {
		return authreport.TLSUnknown, false
	}
	if strings.HasSuffix(cipher, "-SHA256") || strings.HasSuffix(cipher, "-SHA384") || strings.Contains(cipher, "GCM") || strings.Contains(cipher, "CCM") || strings.Contains(cipher, "POLY1305") {
		return authreport.TLS12, true
	}
	return authreport.TLSUnknown, true
}
