package deliver

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// How the program proves who it is, besides the names of Mechanisms.
const (
	AuthAuto = "auto" // the first of Mechanisms that the server offers, as OAuth2 and TLS allow
	AuthNone = "none" // not at all
)

// xoauth2 is the mechanism for access tokens (Google's and Microsoft's own, without an RFC).
const xoauth2 = "xoauth2"

// credentials is what a mechanism proves who we are with.
type credentials struct {
	user, secret string // secret: password or access token
	host         string
	tls          *tls.ConnectionState // nil without TLS
}

// mechanism is a SASL mechanism.
type mechanism struct {
	name  string // as configured; in upper case, as the server offers it
	tls   bool   // it needs TLS: the secret goes over the wire as it is, or the proof is bound to the TLS connection
	start func(c credentials) smtp.Auth
}

// mechanisms is in the order of AuthAuto. Within TLS whose certificate is verified the plain ones come first, because they work wherever they are
// offered: servers that use Cyrus SASL offer SCRAM and CRAM-MD5 by default, also where no stored password can ever match.
var mechanisms = []mechanism{
	{"plain", true, func(c credentials) smtp.Auth { return smtp.PlainAuth("", c.user, c.secret, c.host, false) }},
	{"login", true, func(c credentials) smtp.Auth { return smtp.LoginAuth(c.user, c.secret, c.host, false) }},
	{"scram-sha-256", false, func(c credentials) smtp.Auth { return smtp.ScramSHA256Auth(c.user, c.secret) }},
	{"scram-sha-1", false, func(c credentials) smtp.Auth { return smtp.ScramSHA1Auth(c.user, c.secret) }},
	{"cram-md5", false, func(c credentials) smtp.Auth { return smtp.CRAMMD5Auth(c.user, c.secret) }},
	{"scram-sha-256-plus", true, func(c credentials) smtp.Auth { return smtp.ScramSHA256PlusAuth(c.user, c.secret, c.tls) }},
	{"scram-sha-1-plus", true, func(c credentials) smtp.Auth { return smtp.ScramSHA1PlusAuth(c.user, c.secret, c.tls) }},
	{xoauth2, true, func(c credentials) smtp.Auth { return smtp.XOAuth2Auth(c.user, c.secret) }},
}

// Mechanisms gives the names of the SASL mechanisms that can be asked for, in the order in which AuthAuto tries what a server offers. AuthAuto takes
// xoauth2 with OAuth2 and never without; without TLS it takes only those that do not send the password itself.
func Mechanisms() []string {
	var names []string
	for _, m := range mechanisms {
		names = append(names, m.name)
	}
	return names
}

// errStale: the server refused an access token that had been kept for some time. A new one may do.
var errStale = errors.New("access token refused")

// authenticate does AUTH as the options want it. Its errors are ErrAuth, but for faults of the network and of a token server that may pass.
func (s *SMTP) authenticate(c *session) error {
	if s.options.Username == "" || s.options.Auth == AuthNone {
		return nil
	}
	_, line := c.client.Extension("AUTH")
	given := credentials{user: s.options.Username, host: s.options.Host}
	if state, secure := c.client.TLSConnectionState(); secure {
		given.tls = &state
	}
	m, err := choose(s.options.Auth, s.options.OAuth2 != nil, strings.Fields(strings.ToUpper(line)), given.tls != nil)
	if err != nil {
		return authFault(fmt.Errorf("AUTH at SMTP server %s: %w", s.address(), err))
	}
	var kept bool
	if given.secret, kept, err = s.secret(c.ctx); err != nil {
		return err
	}
	name := strings.ToUpper(m.name)
	talk := &conversation{Auth: m.start(given), secret: given.secret}
	err = c.step(func() error { return c.client.Auth(talk) })
	if err == nil {
		c.auth = name
		return nil
	}
	what := "AUTH " + name + " at SMTP server " + s.address()
	err = talk.hide(err)
	code, _ := reply(err)
	switch {
	case code == 0 && c.broken && c.ctx.Err() != nil:
		return err
	case code >= 400 && code < 500 || code == 0 && c.broken: // it says nothing of the credentials; 454 (RFC 4954 section 6), say
		return temporary(fmt.Errorf("%s: %w", what, err))
	case s.options.OAuth2 != nil && code >= 500:
		s.options.OAuth2.forget(given.secret) // also a new one: a right that is given now is only in the next one
		err = authFault(fmt.Errorf("%s: user %q or the access token is refused%s: %w", what, given.user, talk.reason(), err))
		if kept {
			err = &fault{err, []error{errStale}}
		}
		return err
	case code == 535:
		return authFault(fmt.Errorf("%s: user %q or the password is refused: %w", what, given.user, err))
	}
	return authFault(fmt.Errorf("%s as %q: %w", what, given.user, err))
}

// secret gives the password, or an access token; kept says that the token was not fetched just now.
func (s *SMTP) secret(ctx context.Context) (secret string, kept bool, err error) {
	if s.options.OAuth2 != nil {
		return s.options.OAuth2.Token(ctx)
	}
	if secret, err = s.options.Password(); err != nil {
		return "", false, authFault(fmt.Errorf("password for SMTP server %s: %w", s.address(), err))
	}
	return secret, false, nil
}

// choose picks the mechanism for what is wanted and what the server offers, in upper case.
func choose(wanted string, tokens bool, offered []string, secure bool) (mechanism, error) {
	if len(offered) == 0 {
		return mechanism{}, errors.New("the server offers none; leave out user name and password if it needs none")
	}
	withoutTLS := false
	for _, m := range mechanisms {
		if wanted != m.name && (wanted != AuthAuto || tokens != (m.name == xoauth2)) || !slices.Contains(offered, strings.ToUpper(m.name)) {
			continue
		}
		if !m.tls || secure {
			return m, nil
		}
		withoutTLS = true
	}
	if withoutTLS {
		return mechanism{}, errors.New("the connection has no TLS, and the password is not sent in clear text")
	}
	if tokens {
		wanted = xoauth2
	}
	return mechanism{}, fmt.Errorf("%s is wanted, the server offers %s", wanted, strings.Join(offered, " "))
}

// longestAuth is the longest AUTH command, with its line end, that may carry an initial response: the rest of SMTP's command line (RFC 4954 section 4,
// RFC 5321 section 4.5.3.1.4). Access tokens are often longer.
const longestAuth = 512

// conversation is a mechanism's exchange. It waits with an initial response that is too long for the command, and knows what was sent, so that a server
// that repeats it does not bring it into a log.
type conversation struct {
	smtp.Auth
	secret  string
	waiting []byte   // initial response that was not sent yet
	sent    []string // base64 of each response, also of one that waits
	told    string   // last challenge, on one line
}

// Start begins the exchange.
func (c *conversation) Start(server *smtp.ServerInfo) (name string, response []byte, err error) {
	name, response, err = c.Auth.Start(server)
	c.keep(response)
	if err == nil && len("AUTH "+name+" ")+base64.StdEncoding.EncodedLen(len(response))+len("\r\n") > longestAuth {
		c.waiting, response = response, nil
	}
	return name, response, err
}

// Next answers a challenge.
func (c *conversation) Next(challenge []byte, more bool) (response []byte, err error) {
	if more && c.waiting != nil {
		response, c.waiting = c.waiting, nil
		return response, nil
	}
	c.told = oneLine(string(challenge))
	response, err = c.Auth.Next(challenge, more)
	c.keep(response)
	return response, err
}

func (c *conversation) keep(response []byte) {
	if len(response) > 0 {
		c.sent = append(c.sent, base64.StdEncoding.EncodeToString(response))
	}
}

// reason is what the server said of an access token before it refused it, JSON as a rule.
func (c *conversation) reason() string {
	if c.told == "" {
		return ""
	}
	return " (" + c.without(c.told) + ")"
}

// hide takes out of err, the server's reply or what go-mail says of a challenge that it does not understand, what must not be read there.
func (c *conversation) hide(err error) error {
	text := c.without(err.Error())
	var r *textproto.Error
	switch {
	case text == err.Error():
		return err
	case errors.As(err, &r):
		return &textproto.Error{Code: r.Code, Msg: c.without(r.Msg)}
	}
	return errors.New(text)
}

// tokenRun is a run of the characters of base64 and of tokens (RFC 6750 section 2.1), long enough to say something.
var tokenRun = regexp.MustCompile(`[A-Za-z0-9+/=._~-]{8,}`)

// without gives text without the secret, or a part of it, and without any part of what was sent.
func (c *conversation) without(text string) string {
	text = hideIn(text, c.secret)
	return tokenRun.ReplaceAllStringFunc(text, func(run string) string {
		whole := func(text string) bool { return strings.Contains(text, run) }
		if whole(c.secret) || slices.ContainsFunc(c.sent, whole) {
			return hidden
		}
		return run
	})
}

// hidden stands where a secret would.
const hidden = "<secret>"

// hideIn takes secrets out of text.
func hideIn(text string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return text
}
