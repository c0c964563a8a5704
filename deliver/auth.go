package deliver

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// How the program proves who it is, besides the names of Mechanisms.
const (
	AuthAuto = "auto" // the first of Mechanisms but xoauth2 that the server offers
	AuthNone = "none" // not at all
)

// mechanism is a SASL mechanism.
type mechanism struct {
	name  string // as configured; in upper case, as the server offers it
	clear bool   // the password, or a token, goes over the wire as it is
	start func(user, password, host string) smtp.Auth
}

// mechanisms is in the order of AuthAuto. Within TLS whose certificate is verified the plain ones come first, because they work wherever they are
// offered: servers that use Cyrus SASL offer SCRAM and CRAM-MD5 by default, also where no stored password can ever match.
var mechanisms = []mechanism{
	{"plain", true, func(user, password, host string) smtp.Auth { return smtp.PlainAuth("", user, password, host, false) }},
	{"login", true, func(user, password, host string) smtp.Auth { return smtp.LoginAuth(user, password, host, false) }},
	{"scram-sha-256", false, func(user, password, _ string) smtp.Auth { return smtp.ScramSHA256Auth(user, password) }},
	{"scram-sha-1", false, func(user, password, _ string) smtp.Auth { return smtp.ScramSHA1Auth(user, password) }},
	{"cram-md5", false, func(user, password, _ string) smtp.Auth { return smtp.CRAMMD5Auth(user, password) }},
	{"xoauth2", true, func(user, token, _ string) smtp.Auth { return smtp.XOAuth2Auth(user, token) }},
}

// Mechanisms gives the names of the SASL mechanisms that can be asked for, in the order in which AuthAuto tries what a server offers. AuthAuto never
// takes xoauth2, for which the password is an access token; without TLS it takes only those that do not send the password itself.
func Mechanisms() []string {
	var names []string
	for _, m := range mechanisms {
		names = append(names, m.name)
	}
	return names
}

// authenticate does AUTH as the options want it. Its errors are ErrAuth.
func (s *SMTP) authenticate(c *session) error {
	if s.options.Username == "" || s.options.Auth == AuthNone {
		return nil
	}
	_, line := c.client.Extension("AUTH")
	_, secure := c.client.TLSConnectionState()
	m, err := choose(s.options.Auth, strings.Fields(strings.ToUpper(line)), secure)
	if err != nil {
		return authFault(fmt.Errorf("AUTH at SMTP server %s: %w", s.address(), err))
	}
	password, err := s.options.Password()
	if err != nil {
		return authFault(fmt.Errorf("password for SMTP server %s: %w", s.address(), err))
	}
	name := strings.ToUpper(m.name)
	if err := c.step(func() error { return c.client.Auth(m.start(s.options.Username, password, s.options.Host)) }); err != nil {
		what := "AUTH " + name + " at SMTP server " + s.address()
		switch code, _ := reply(err); {
		case code == 0 && c.broken && c.ctx.Err() != nil:
			return err
		case code == 535:
			return authFault(fmt.Errorf("%s: user %q or the password is refused: %w", what, s.options.Username, err))
		default:
			return authFault(fmt.Errorf("%s as %q: %w", what, s.options.Username, err))
		}
	}
	c.auth = name
	return nil
}

// choose picks the mechanism for what is wanted and what the server offers, in upper case.
func choose(wanted string, offered []string, secure bool) (mechanism, error) {
	if len(offered) == 0 {
		return mechanism{}, errors.New("the server offers none; leave out user name and password if it needs none")
	}
	clearOnly := false
	for _, m := range mechanisms {
		if wanted != m.name && (wanted != AuthAuto || m.name == "xoauth2") || !slices.Contains(offered, strings.ToUpper(m.name)) {
			continue
		}
		if !m.clear || secure {
			return m, nil
		}
		clearOnly = true
	}
	if clearOnly {
		return mechanism{}, errors.New("the connection has no TLS, and the password is not sent in clear text")
	}
	return mechanism{}, fmt.Errorf("%s is wanted, the server offers %s", wanted, strings.Join(offered, " "))
}
