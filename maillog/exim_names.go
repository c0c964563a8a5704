package maillog

import (
	"bytes"
	"strings"

	"authreport"
)

// eximSender is an envelope sender as it is counted.
type eximSender struct{ address, domain string }

// recentBits is how many bits of a hash find a login without a look into the map.
const recentBits = 12

// eximLogin is what A= says.
type eximLogin struct {
	text          string // as logged
	authenticator string // the name of its section in the configuration; "plain_server"
	account       string // as logged, bytes beyond ASCII as octal escapes; empty if the authenticator has no server_set_id

	logged string     // the sender that it used last, as it was logged
	sender eximSender // what counts for it
}

// eximCipher is what X= says.
type eximCipher struct {
	version authreport.TLS
	name    string // empty if it has none
}

// senderOf gives what counts for a sender of a login's as it was logged; most logins use one alone.
func (p *exim) senderOf(l *eximLogin, b []byte) eximSender {
	if len(b) == 0 || string(b) != l.logged {
		l.sender = p.sender(b)
		l.logged = ""
		if len(b) <= longestName {
			l.logged = string(b)
		}
	}
	return l.sender
}

// sender gives what counts for a sender as it was logged.
func (p *exim) sender(b []byte) eximSender {
	s, known := p.senders[string(b)]
	if !known {
		s.address = authreport.FoldSender(string(b))
		s.domain = authreport.SenderDomain(s.address, p.options.DefaultDomain)
		remember(p.senders, b, s)
	}
	return s
}

// login reads "plain_server:alice@example.com:bob@example.com", the last part, which the client words, being that of MAIL's AUTH= (log_selector +smtp_mailauth).
func (p *exim) login(b []byte) *eximLogin {
	recent := &p.recent[hash(b)>>(64-recentBits)]
	if l := *recent; l != nil && l.text == string(b) {
		return l
	}
	l, known := p.logins[string(b)]
	if !known {
		authenticator, rest, _ := bytes.Cut(b, []byte{':'})
		account, _, _ := bytes.Cut(rest, []byte{':'})
		l = &eximLogin{text: string(b), authenticator: string(authenticator), account: string(account)}
		remember(p.logins, b, l)
	}
	if len(b) <= longestName {
		*recent = l
	}
	return l
}

// cipher reads "TLS1.2:ECDHE-RSA-AES256-GCM-SHA384:256", with a star behind it for a session that was resumed; since 4.100 a key exchange group may follow.
func (p *exim) cipher(b []byte) eximCipher {
	c, known := p.ciphers[string(b)]
	if !known {
		version, rest, _ := strings.Cut(strings.TrimSuffix(string(b), "*"), ":")
		c.version = authreport.ParseTLSAsLogged(version)
		if c.version != authreport.TLSUnknown || rest != "" {
			c.name, _, _ = strings.Cut(rest, ":")
		}
		remember(p.ciphers, b, c)
	}
	return c
}

// remember keeps a value for the next time.
func remember[V any](known map[string]V, name []byte, value V) {
	if len(name) > longestName {
		return
	}
	if len(known) >= maxNames {
		clear(known)
	}
	known[string(name)] = value
}
