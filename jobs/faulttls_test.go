package jobs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"authreport/deliver"
	"authreport/smtptest"
)

// badTLS gives the rows of TLS that is not what it should be: nothing may be said but EHLO and STARTTLS.
func badTLS() (rows []faultRow) {
	for _, b := range []struct {
		name string
		at   smtptest.Step
		do   smtptest.Behaviour
		slow bool
	}{
		{"hangs up", smtptest.Handshake, smtptest.HangUp, false},
		{"hangs up in the middle", smtptest.Handshake, smtptest.HalfHandshake, false},
		{"says nothing", smtptest.Handshake, smtptest.Stall, true},
		{"sends what is no TLS", smtptest.Handshake, smtptest.Garble, true}, // which may come in one packet with the reply to STARTTLS, and be dropped
		{"ends it before EHLO", smtptest.Secured, smtptest.HangUp, false},
	} {
		for _, implicit := range []bool{false, true} {
			row := twice(fmt.Sprintf("%s: %s", b.at, b.name), retried, b.at, b.do)
			row.slow = b.slow
			if implicit {
				row.fault += " (implicit TLS)"
				row.prepare = implicitly
			}
			rows = append(rows, row)
		}
	}
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		self   bool // signed by itself
		other  bool // signed by an authority that nobody knows
		change func(*x509.Certificate)
	}{
		{"for another name", false, false, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"mx9.example.org"} }},
		{"without a name", false, false, func(c *x509.Certificate) { c.IPAddresses = nil; c.Subject.CommonName = "127.0.0.1" }},
		{"that has expired", false, false, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = c.NotBefore.Add(-2*day), c.NotAfter.Add(-day)
		}},
		{"that is not valid yet", false, false, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = c.NotBefore.Add(day), c.NotAfter.Add(2*day)
		}},
		{"signed by itself", true, false, nil},
		{"of an unknown authority", false, true, nil},
		{"for clients alone", false, false, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }},
	} {
		for _, implicit := range []bool{false, true} {
			row := faultRow{fault: "a certificate " + c.name, often: "always", want: nothing, silent: true}
			row.prepare = func(t *testing.T, f *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
				template, authority := smtptest.Template(), f.authority
				if c.change != nil {
					c.change(template)
				}
				if c.self {
					authority = &smtptest.Authority{}
				}
				if c.other {
					authority = smtptest.NewAuthority(t)
				}
				s.TLS = &tls.Config{Certificates: []tls.Certificate{authority.Make(t, template)}}
				if implicit {
					implicitly(t, f, s, o)
				}
			}
			if implicit {
				row.fault += " (implicit TLS)"
			}
			rows = append(rows, row)
		}
	}
	old := always("TLS 1.1 and no newer", nothing).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
		s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	})
	old.silent = true
	pretended := always("STARTTLS is answered, and clear text follows", nothing, &smtptest.Fault{At: smtptest.StartTLS, Do: smtptest.Pretend})
	early := always("TLS at once where STARTTLS is to come", nothing).prepared(func(t *testing.T, f *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
		implicitly(t, f, s, o)
		o.TLS, o.Timeout = deliver.StartTLS, 50*time.Millisecond
	})
	pretended.slow, early.slow = true, true
	const slipped = "250-mx1.example.org\r\n250 AUTH PLAIN LOGIN"
	return append(rows, old, pretended, early,
		always("STARTTLS is not offered", nothing).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.TLS = nil }),
		always("clear text where TLS is to begin at once", nothing).prepared(func(_ *testing.T, _ *faultSetup, _ *smtptest.Server, o *deliver.SMTPOptions) {
			o.TLS = deliver.ImplicitTLS
		}),
		always("STARTTLS is taken out of the answer to EHLO, and AUTH put in", nothing, &smtptest.Fault{At: smtptest.Hello, Do: smtptest.Say(slipped)}),
		always("STARTTLS is answered by 250", nothing, &smtptest.Fault{At: smtptest.StartTLS, Do: smtptest.Say("250 Ok")}),
		always("replies are slipped in behind that to STARTTLS (CVE-2011-0411)", nothing, &smtptest.Fault{At: smtptest.StartTLS, Do: smtptest.And(slipped)}),
		always("replies are slipped in behind that to EHLO", nothing, &smtptest.Fault{At: smtptest.Hello, Do: smtptest.And("220 2.0.0 Ready\r\n" + slipped)}),
		always("an answer to EHLO is slipped in behind the greeting", nothing, &smtptest.Fault{At: smtptest.Greeting, Do: smtptest.And(slipped)}),
	)
}

// implicitly has TLS from the first byte.
func implicitly(_ *testing.T, _ *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
	s.Implicit, o.TLS = true, deliver.ImplicitTLS
}
