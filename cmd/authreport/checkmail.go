package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
)

// How long before its end a certificate is told: one of ours takes a while to get, the server's renews itself as a rule.
const (
	ownSoon    = 30 * 24 * time.Hour
	serverSoon = 7 * 24 * time.Hour
)

// mailCheck is check of one section of mail settings.
type mailCheck struct {
	*findings
	config.Mail
	section string // "mail" or "notify.mail"
	zone    *time.Location
}

// mails tries the server of reports, and that of notices if it is another.
func (f *findings) mails(ctx context.Context, c *config.Config) {
	checks := []mailCheck{{f, c.Mail, "mail", c.Zone}}
	if c.Notify.Mail != c.Mail && len(c.Notify.Recipients) > 0 {
		checks = append(checks, mailCheck{f, c.Notify.Mail, "notify.mail", c.Zone})
	}
	for _, m := range checks {
		if m.client() {
			m.server(ctx)
		}
		m.smime()
		m.dkim(ctx)
	}
}

// secrets looks whether others can read a password or a key.
func (f *findings) secrets(c *config.Config) {
	var files []string
	add := func(path string) {
		if path != "" && !slices.Contains(files, path) {
			files = append(files, path)
		}
	}
	for _, m := range []config.Mail{c.Mail, c.Notify.Mail} {
		for _, secret := range []config.Secret{m.Password, m.OAuth2.ClientSecret, m.OAuth2.RefreshToken} {
			if secret.IsSet() && secret.File() == "" && !secret.FromEnv() {
				add(c.Path)
			}
			add(secret.File())
		}
		for _, path := range []string{m.Certificate.KeyFile, m.DKIM.KeyFile, m.SMIME.KeyFile} {
			add(path)
		}
	}
	add(c.Pseudonyms.File())
	for _, path := range files {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
			what := "key"
			if path == c.Path || slices.Contains([]string{c.Mail.Password.File(), c.Notify.Mail.Password.File()}, path) {
				what = "password"
			}
			f.note("chmod o= "+path, "%s: everybody on this machine can read the %s in it", path, what)
		}
	}
}

// server tries the SMTP server up to login, or the outbox.
func (m mailCheck) server(ctx context.Context) {
	if m.Host == "" {
		if err := writable(existing(m.Outbox)); err != nil {
			m.fault("give the folder to the user that runs authreport", "%s: finished mails cannot be put into the outbox: %v", m.section, err)
			return
		}
		m.note("set "+m.section+".host to send them", "%s: no SMTP server is named, so finished mails go to the folder %s", m.section, m.Outbox)
		return
	}
	smtp, err := smtpChannel(m.Mail)
	if err != nil {
		m.fault("", "%s: %v", m.section, err)
		return
	}
	server, err := smtp.Check(ctx)
	if err != nil {
		m.fault(m.remedy(err), "%s: %v", m.section, err)
		return
	}
	m.well("%s: %s", m.section, server)
	if !server.TokenEnds.IsZero() {
		m.well("%s.oauth2: the access token is good until %s; authreport fetches the next one", m.section, m.time(server.TokenEnds))
	}
	if !server.Ends.IsZero() {
		m.until("the server's certificate", server.Ends, serverSoon, "renew it there, or nothing is sent any more")
	}
}

// time is an instant in the configured zone.
func (m mailCheck) time(t time.Time) string { return t.In(m.zone).Format(timeForm) }

// until tells when a certificate ends, as a fault if that is past and as a note if it is near.
func (m mailCheck) until(what string, end time.Time, soon time.Duration, remedy string) {
	switch left := end.Sub(m.now()); {
	case left <= 0:
		m.fault(remedy, "%s: %s ended on %s", m.section, what, m.time(end))
	case left < soon:
		m.note(remedy, "%s: %s ends soon, on %s", m.section, what, m.time(end))
	default:
		m.well("%s: %s is good until %s", m.section, what, m.time(end))
	}
}

// client looks whether the client's certificate can be used; false if it cannot, so that the server cannot be tried.
func (m mailCheck) client() bool {
	if m.Certificate == (config.KeyPair{}) {
		return true
	}
	pair, err := deliver.KeyPair(m.Certificate).Load()
	if err != nil {
		m.fault("look at "+m.section+".client_certificate", "%s: client certificate: %v", m.section, err)
		return false
	}
	m.until("the client certificate "+m.Certificate.CertFile, pair.Leaf.NotAfter, ownSoon, "renew it; the new files are read at the next connection")
	return true
}

// smime looks whether the certificate of S/MIME can be used, and is for the sender.
func (m mailCheck) smime() {
	if m.SMIME == (config.KeyPair{}) {
		return
	}
	pair, err := deliver.KeyPair(m.SMIME).LoadSMIME()
	if err != nil {
		m.fault("look at "+m.section+".smime", "%s: %v", m.section, err)
		return
	}
	m.until("the S/MIME certificate "+m.SMIME.CertFile, pair.Leaf.NotAfter, ownSoon, "renew it; mails are signed all the same, and mail programs warn of them")
	from, whose := bareAddress(m.From), cmp.Or(strings.Join(pair.Leaf.EmailAddresses, ", "), "no address")
	if !slices.ContainsFunc(pair.Leaf.EmailAddresses, func(a string) bool { return strings.EqualFold(a, from) }) {
		m.note("use a certificate that was issued for the address of "+m.section+".from", "%s: the S/MIME certificate is not for %s but for %s, so mail programs warn of each mail",
			m.section, from, whose)
	}
}

// dkim looks whether the DKIM key can be used, and whether the domain publishes it.
func (m mailCheck) dkim(ctx context.Context) {
	if m.DKIM == (config.DKIM{}) {
		return
	}
	sign := deliver.DKIM(m.DKIM)
	key, err := sign.Key()
	if err != nil {
		m.fault("look at "+m.section+".dkim.key_file", "%s: %v", m.section, err)
		return
	}
	if key.Kind == "rsa" && key.Bits < 2048 {
		m.note("make one of 2048 bits", "%s: the DKIM key %s has %d bits, too few for some recipients", m.section, m.DKIM.KeyFile, key.Bits)
	}
	if _, from, _ := strings.Cut(bareAddress(m.From), "@"); !aligned(m.DKIM.Domain, strings.ToLower(from)) {
		m.note("sign for the domain of "+m.section+".from", "%s: DKIM signs for %s and mails are from %s, so the signature counts for nothing in DMARC", m.section, m.DKIM.Domain, from)
	}
	publish := key.Name + " TXT " + key.Record
	ctx, end := context.WithTimeout(ctx, m.Timeout)
	defer end()
	switch err := sign.Published(ctx, m.lookup); {
	case err == nil:
		m.well("%s: DKIM key %s (%s, %d bits) is published as %s", m.section, m.DKIM.KeyFile, key.Kind, key.Bits, key.Name)
	case errors.Is(err, deliver.ErrNotPublished), errors.Is(err, deliver.ErrOtherKey):
		m.fault("publish: "+publish, "%s: DKIM, %s: %v", m.section, key.Name, err)
	default:
		m.note("it should be: "+publish, "%s: whether the DKIM key is published cannot be said: %v", m.section, err)
	}
}

// aligned says whether a DKIM domain may speak for a From domain in DMARC's relaxed mode (RFC 7489 section 3.1.1), as far as that can be told without a
// list of public suffixes.
func aligned(signs, from string) bool {
	return signs == from || strings.HasSuffix(from, "."+signs) || strings.HasSuffix(signs, "."+from)
}

// bareAddress is an address of the configuration without its name.
func bareAddress(text string) string {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return text
	}
	return a.Address
}

// lookup asks the machine's resolver for TXT records, without its search list.
func (p *program) lookup(ctx context.Context, name string) ([]string, error) {
	if p.lookupTXT != nil {
		return p.lookupTXT(ctx, name)
	}
	return net.DefaultResolver.LookupTXT(ctx, name+".")
}

// remedy is what may help against a fault of the SMTP server.
func (m mailCheck) remedy(err error) string {
	var network *net.OpError
	switch {
	case errors.Is(err, deliver.ErrAuth) && m.OAuth2.IsSet():
		return "look at " + m.section + ".username and oauth2, and what the provider wants (docs/sending.md)"
	case errors.Is(err, deliver.ErrAuth):
		return fmt.Sprintf("look at %[1]s.username, %[1]s.password_file and %[1]s.auth", m.section)
	case errors.As(err, &network) && network.Op != "remote error":
		return fmt.Sprintf("look at %[1]s.host and %[1]s.port (%s %d), and whether a firewall is between", m.section, m.Host, m.Port)
	}
	return ""
}

// send mails a test message.
func (f *findings) send(ctx context.Context, c *config.Config, to string) {
	addresses, err := c.Addresses([]string{to})
	if err != nil {
		f.fault("", "test message: %v", err)
		return
	}
	way, name, err := channel(c.Mail)
	if err != nil {
		f.fault("", "test message: %v", err)
		return
	}
	var messages []deliver.Message
	for i, address := range addresses {
		messages = append(messages, deliver.Message{
			ID:      fmt.Sprintf("<test.%d.%d@%s>", f.now().UnixNano(), i, jobs.MessageHost(c.Mail)),
			From:    c.Mail.From,
			To:      address,
			ReplyTo: c.Mail.ReplyTo,
			Subject: "authreport: test message",
			Date:    f.now(),
			Text: "This is the test message that `authreport check --send-to` was asked for.\n\nIt came through " + name +
				". Reports will come the same way.\n",
		})
	}
	_ = way.Deliver(ctx, messages, func(_ int, r deliver.Result) { // the results tell all that the error does
		if r.Err != nil {
			f.fault(mailCheck{f, c.Mail, "mail", c.Zone}.remedy(r.Err), "test message to %s: %v", r.Recipient, r.Err)
			return
		}
		f.well("test message to %s: delivered (%s)", r.Recipient, r.Reply)
	})
}
