package maillog

import (
	"strings"

	"authreport"
)

// eximSender is an envelope sender as it is counted.
type eximSender struct{ address, domain string }

// eximLogin is what A= says.
type eximLogin struct {
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
	s, known := p.senders.at(b)
	if !known {
		address := authreport.FoldSender(s.text)
		s.value = eximSender{address, authreport.SenderDomain(address, p.options.DefaultDomain)}
	}
	return s.value
}

// login reads "plain_server:alice@example.com:bob@example.com", the last part, which the client words, being that of MAIL's AUTH= (log_selector +smtp_mailauth).
// What it gives is valid until the next call.
func (p *exim) login(b []byte) *eximLogin {
	l, known := p.logins.at(b)
	if !known {
		authenticator, rest, _ := strings.Cut(l.text, ":")
		account, _, _ := strings.Cut(rest, ":")
		l.value = eximLogin{authenticator: authenticator, account: account}
	}
	return &l.value
}

// cipher reads "TLS1.2:ECDHE-RSA-AES256-GCM-SHA384:256", with a star behind it for a session that was resumed; since 4.100 a key exchange group may follow.
func (p *exim) cipher(b []byte) eximCipher {
	c, known := p.ciphers.at(b)
	if !known {
		version, rest, _ := strings.Cut(strings.TrimSuffix(c.text, "*"), ":")
		c.value.version = authreport.ParseTLSAsLogged(version)
		if c.value.version != authreport.TLSUnknown || rest != "" {
			c.value.name, _, _ = strings.Cut(rest, ":")
		}
	}
	return c.value
}
