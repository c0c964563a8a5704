package config

import (
	"errors"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

var hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$`)

// defaultPorts are the ports of submission with STARTTLS (RFC 6409), with implicit TLS (RFC 8314 section 7.3), and of SMTP.
var defaultPorts = map[string]int{"starttls": 587, "implicit": 465, "none": 25}

// readMail reads a section of mail settings; section names it in reader.keys: mail, notify.mail.
func readMail(r *reader, v value, section string) Mail {
	m := Mail{
		TLS:        "starttls",
		Auth:       "auto",
		Timeout:    30 * time.Second,
		Outbox:     filepath.Join(r.folder, "outbox"),
		RetryAfter: time.Minute,
		RetryFor:   48 * time.Hour,
		MaxSize:    25_000_000,
	}
	given := map[string]value{}
	remember := func(name string, read func(value)) key {
		return key{name, func(v value) { given[name] = v; read(v) }, ""}
	}
	r.mapping(v, section, []key{
		{"host", checked(r, &m.Host, parseHost), ""},
		{"port", func(v value) { m.Port, _ = r.number(v, 1, 65535) }, ""},
		{"tls", choice(r, &m.TLS, "starttls", "implicit", "none"), ""},
		remember("auth", choice(r, &m.Auth, r.known.Auth...)),
		remember("username", plainText(r, &m.Username)),
		remember("password", func(v value) { m.Password = r.secret(v) }),
		remember("password_file", func(v value) { r.secretFile(v, &m.Password) }),
		remember("from", checked(r, &m.From, func(text string) (string, error) {
			address, err := parseAddress(text)
			if err != nil {
				return "", err
			}
			return address.String(), nil
		})),
		{"envelope_from", checked(r, &m.EnvelopeFrom, parseBareAddress), ""},
		{"reply_to", checked(r, &m.ReplyTo, parseBareAddress), ""},
		{"hello", checked(r, &m.Hello, parseHost), ""},
		{"ca_file", r.existing(&m.CAFile), ""},
		remember("oauth2", func(v value) { m.OAuth2 = readOAuth2(r, v, join(section, "oauth2")) }),
		remember("client_certificate", func(v value) { m.Certificate = readKeyPair(r, v, join(section, "client_certificate")) }),
		remember("dkim", func(value) {}),
		{"smime", func(v value) { m.SMIME = readKeyPair(r, v, join(section, "smime")) }, ""},
		{"timeout", duration(r, &m.Timeout, time.Second, 10*time.Minute, "must be a time from 1s to 10m, such as 30s"), ""},
		{"outbox", checked(r, &m.Outbox, r.path), ""},
		{"retry_after", duration(r, &m.RetryAfter, time.Second, time.Hour, "must be a time from 1s to 1h, such as 1m"), ""},
		{"max_size", r.size(&m.MaxSize, 100_000, 1_000_000_000, "must be a size from 100kB to 1GB, such as 20MB"), ""},
		{"retry_for", duration(r, &m.RetryFor, time.Second, 30*24*time.Hour, "must be a time from 1s to 30d, such as 2d"), ""},
	})
	if m.Port == 0 {
		m.Port = defaultPorts[m.TLS]
	}
	if sign := given["dkim"]; sign.node != nil {
		m.DKIM = readDKIM(r, sign, join(section, "dkim"), m.From)
	}
	checkMail(r, v, &m, given)
	return m
}

// checkMail checks what the keys of the section mail mean together.
func checkMail(r *reader, section value, m *Mail, given map[string]value) {
	checkAuth(r, m, given)
	if c := given["client_certificate"]; c.node != nil && m.TLS == "none" {
		r.fault(c.at, c.key, "must not stand with tls: none, over which no certificate is shown")
	}
	if given["from"].node == nil {
		if m.Host != "" {
			r.fault(section.at, join(section.key, "from"), "must be set with host, such as authreport <reports@example.org>, is missing")
		}
		m.From = "<authreport@localhost>" // for an outbox it is enough
	}
}

// needTLS are the mechanisms that send the password as it is, or are bound to TLS.
var needTLS = []string{"plain", "login", "xoauth2", "scram-sha-256-plus", "scram-sha-1-plus"}

// checkAuth checks what the keys of AUTH mean together.
func checkAuth(r *reader, m *Mail, given map[string]value) {
	user, password, file, auth, tokens := given["username"], given["password"], given["password_file"], given["auth"], given["oauth2"]
	if password.node != nil && file.node != nil {
		r.fault(file.at, file.key, "must not stand beside password: one of the two")
	}
	if password.node == nil {
		password = file
	}
	switch {
	case user.node != nil && m.Auth == "none":
		r.fault(user.at, user.key, "must not be set with auth: none")
	case tokens.node != nil:
		checkTokens(r, m, given, password)
	case user.node != nil && password.node == nil:
		r.fault(user.at, user.key, "must stand with password, password_file or oauth2, has none")
	case user.node == nil && password.node != nil:
		r.fault(password.at, password.key, "must stand with username, has none")
	case user.node == nil && m.Auth != "auto" && m.Auth != "none":
		r.fault(auth.at, auth.key, "must stand with username and password, has none")
	case m.TLS == "none" && slices.Contains(needTLS, m.Auth):
		r.fault(auth.at, auth.key, "must not send the password in the clear (tls: none), is "+describe(auth.node))
	}
}

// checkTokens checks what stands with oauth2, which means xoauth2.
func checkTokens(r *reader, m *Mail, given map[string]value, password value) {
	user, auth, tokens := given["username"], given["auth"], given["oauth2"]
	switch {
	case user.node == nil:
		r.fault(tokens.at, tokens.key, "must stand with username, the mailbox that sends, has none")
	case password.node != nil:
		r.fault(password.at, password.key, "must not stand beside oauth2: one of the two")
	case m.Auth != "auto" && m.Auth != "xoauth2":
		r.fault(auth.at, auth.key, "must be xoauth2 or auto with oauth2, is "+describe(auth.node))
	case m.TLS == "none":
		r.fault(tokens.at, tokens.key, "must not send access tokens in the clear (tls: none)")
	}
	m.Auth = "xoauth2"
}

// parseBareAddress takes an address without a name.
func parseBareAddress(text string) (string, error) {
	address, err := parseAddress(text)
	if err != nil || address.Name != "" {
		return "", errors.New("must be an address alone such as reports@example.org")
	}
	return alone(address), nil
}

// parseHost takes a host name or an IP address.
func parseHost(text string) (string, error) {
	if len(text) <= 253 && hostForm.MatchString(text) || net.ParseIP(strings.Trim(text, "[]")) != nil {
		return strings.Trim(text, "[]"), nil
	}
	return "", errors.New("must be a host name or address such as smtp.example.org")
}

// secret reads a text without ever telling it.
func (r *reader) secret(v value) Secret {
	var text string
	switch n := v.node.(type) {
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = strings.TrimSuffix(n.Value.Value, "\n")
	default:
		r.wrongSecret(v, "must be text (in quotes if it looks like a number)")
		return Secret{}
	}
	env := variableForm.FindString(text) == text && !strings.HasPrefix(text, "$$")
	text, ok := r.expand(v, text)
	if ok && (text == "" || strings.ContainsAny(text, "\r\n\x00")) {
		r.wrongSecret(v, "must be one line that is not empty")
		return Secret{}
	}
	return Secret{text: &text, env: env}
}

// secretFile reads the name of a file that holds a secret, and tries it.
func (r *reader) secretFile(v value, to *Secret) {
	var path string
	if checked(r, &path, r.path)(v); path == "" {
		return
	}
	secret := Secret{file: path}
	if _, err := secret.Reveal(); err != nil {
		r.fault(v.place(), v.key, "must name a file with one line that can be read: "+printable(err.Error()))
		return
	}
	*to = secret
}
