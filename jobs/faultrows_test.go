package jobs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/smtptest"
)

// faultRow is one way of a server to misbehave, and what must become of the deliveries of three reports by it.
type faultRow struct {
	fault, often string
	want         string
	within       time.Duration // the latest that a delivery may come after its report was due; 0: five minutes
	slow         bool          // the server is waited for: with short limits
	twice        bool          // it may keep messages and not say so
	unsure       bool          // it may be unknown whether it keeps them
	vague        bool          // and that is a matter of moments
	silent       bool          // within TLS nothing may be said to it
	clear        bool          // it is reached without TLS, as the configuration says

	to      []string             // recipients; nil: four
	report  func() config.Report // nil: one without attachments
	faults  []*smtptest.Fault
	prepare func(*testing.T, *faultSetup, *smtptest.Server, *deliver.SMTPOptions)              // may be nil
	begin   func(*sending, *smtptest.Server)                                                   // once the server runs; may be nil
	serve   func(*testing.T, *smtptest.Authority, func() time.Time) (port int, mailbox string) // starts a real server; nil: one that misbehaves as told
}

func (r faultRow) recipients() []string {
	if r.to != nil {
		return r.to
	}
	return []string{"a@example.org", "b@example.org", "c@example.org", "d@example.org"}
}

// What becomes of deliveries.
const (
	atOnce    = "all delivered at once"
	retried   = "all delivered after retry"
	sentTwice = "all delivered after retry, counted as possibly twice"
	nothing   = "12 given up, reason kept; neither password nor message was sent"
	givenUp   = "12 given up, reason kept"
	refusals  = "12 refused, reply kept"
	unknown   = "12 given up, told that it may have arrived"
	others    = "; the others delivered at once"
)

// kind is what a behaviour means to the client.
type kind int

const (
	breaks   kind = iota // no reply, and none to come
	bye                  // 421, and the end
	putsOff              // 4xx
	refuses              // 5xx
	harmless             // a reply that can be read
)

type behaviour struct {
	name string
	do   smtptest.Behaviour
	kind kind
	slow bool
}

var behaviours = []behaviour{
	{"hangs up before the reply", smtptest.HangUp, breaks, false},
	{"hangs up within the reply", smtptest.HalfReply, breaks, false},
	{"says nothing", smtptest.Stall, breaks, true},
	{"says half of the reply, and no more", smtptest.StallHalfway, breaks, true},
	{"says a byte a time, not done within the limit", smtptest.Trickle(200 * time.Millisecond), breaks, true},
	{"says a byte a time, done within the limit", smtptest.Trickle(time.Millisecond), harmless, false},
	{"says text without a number", smtptest.Say("Hello, what can I do for you?"), breaks, false},
	{"says a number that is none", smtptest.Say("2x0 fine"), breaks, false},
	{"says NULs and nothing else", smtptest.Say("\x00\x00\x00\x00\x00"), breaks, false},
	{"says a line of 1 MB", smtptest.LongLine(1 << 20), breaks, false},
	{"says lines without end", smtptest.Endless, breaks, false},
	{"has NULs in its reply", smtptest.Decorate(" \x00\x00\x1b[2J"), harmless, false},
	{"says 421 and hangs up", smtptest.SayAndHangUp("421 4.3.2 mx1.example.org is going away"), bye, false},
	{"says 451", smtptest.Say("451 4.3.0 Not now"), putsOff, false},
	{"says 554", smtptest.Say("554 5.7.1 Not here"), refuses, false},
}

// before is the steps before a message: whatever goes wrong there is no recipient's fault.
var before = []smtptest.Step{smtptest.Greeting, smtptest.Hello, smtptest.StartTLS, smtptest.HelloAgain, smtptest.Auth}

// within is the steps of a message before its content.
var within = []smtptest.Step{smtptest.Mail, smtptest.Rcpt, smtptest.Data}

// wantTwice is what must become of it if a server misbehaves twice and then is well.
func wantTwice(at smtptest.Step, b behaviour) string {
	switch {
	case at == smtptest.Quit:
		return atOnce
	case b.kind == harmless:
		return atOnce
	case slices.Contains(before, at):
		return retried
	case b.kind == refuses:
		return "2 refused, reply kept" + others
	case at == smtptest.End && b.kind == breaks:
		return sentTwice
	}
	return retried
}

// wantAlways is what must become of it if a server always misbehaves.
func wantAlways(at smtptest.Step, b behaviour) string {
	switch {
	case at == smtptest.Auth:
		return givenUp
	case slices.Contains(before, at):
		return nothing
	case b.kind == refuses:
		return refusals
	case at == smtptest.End && b.kind == breaks:
		return unknown
	}
	return givenUp
}

// wantOne is what must become of it if a server misbehaves whenever a message goes to one of four recipients.
func wantOne(at smtptest.Step, b behaviour) string {
	switch {
	case b.kind == refuses:
		return "3 refused, reply kept" + others
	case at == smtptest.End && b.kind == breaks:
		return "3 given up, told that it may have arrived" + others
	}
	return "3 given up, reason kept" + others
}

func (b behaviour) row(at smtptest.Step, often, want string, fault smtptest.Fault) faultRow {
	fault.At, fault.Do = at, b.do
	ending := at == smtptest.End && b.kind == breaks
	fault.Keep = fault.Keep || at == smtptest.End && b.kind == harmless
	return faultRow{fault: fmt.Sprintf("%s: %s", at, b.name), often: often, want: want, slow: b.slow, faults: []*smtptest.Fault{&fault},
		unsure: ending, twice: ending && fault.Keep}
}

// everywhere gives the rows of every behaviour at every step.
func everywhere() (rows []faultRow) {
	for _, at := range slices.Concat(before, within, []smtptest.Step{smtptest.End, smtptest.Quit}) {
		for _, b := range behaviours {
			rows = append(rows, b.row(at, "twice", wantTwice(at, b), smtptest.Fault{Times: 2}))
			if at == smtptest.End && b.kind == breaks {
				row := b.row(at, "twice", wantTwice(at, b), smtptest.Fault{Times: 2, Keep: true})
				row.fault += ", and keeps the message"
				rows = append(rows, row)
			}
		}
	}
	for _, b := range behaviours {
		if b.slow || b.kind == harmless {
			continue
		}
		for _, at := range slices.Concat(before, within, []smtptest.Step{smtptest.End}) {
			rows = append(rows, b.row(at, "always", wantAlways(at, b), smtptest.Fault{}))
		}
		for _, at := range []smtptest.Step{smtptest.Rcpt, smtptest.Data, smtptest.End} {
			rows = append(rows, b.row(at, "for one of four", wantOne(at, b), smtptest.Fault{To: "b@example.org"}))
		}
	}
	return rows
}

// inContent gives the rows of what can happen while a message's content is under way. A client that has sent all of it when it hears of the end cannot know
// how much of it arrived.
func inContent() (rows []faultRow) {
	for _, b := range []behaviour{
		{"hangs up", smtptest.HangUp, breaks, false},
		{"reads no further", smtptest.Stall, breaks, true},
		{"says 421 early", smtptest.SayEarly("421 4.3.2 mx1.example.org is going away"), bye, false},
		{"says 451 early", smtptest.SayEarly("451 4.3.0 Not now"), putsOff, false},
		{"says 554 early", smtptest.SayEarly("554 5.7.1 Not this"), refuses, false},
	} {
		row := b.row(smtptest.Content, "twice", wantTwice(smtptest.Content, b), smtptest.Fault{Times: 2})
		one := b.row(smtptest.Content, "for one of four", wantOne(smtptest.Content, b), smtptest.Fault{To: "b@example.org"})
		if b.kind == breaks {
			row.unsure, row.vague, one.unsure, one.vague = true, true, true, true
			one.want = "3 given up" + others
		}
		rows = append(rows, row)
		if !b.slow {
			rows = append(rows, one)
		}
	}
	return rows
}

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
			row := faultRow{fault: fmt.Sprintf("%s: %s", b.at, b.name), often: "twice", want: retried, slow: b.slow, faults: []*smtptest.Fault{{At: b.at, Do: b.do, Times: 2}}}
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
	return append(rows, []faultRow{
		{fault: "TLS 1.1 and no newer", often: "always", want: nothing, silent: true, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}},
		{fault: "STARTTLS is not offered", often: "always", want: nothing, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.TLS = nil
		}},
		{fault: "STARTTLS is taken out of the answer to EHLO, and AUTH put in", often: "always", want: nothing,
			faults: []*smtptest.Fault{{At: smtptest.Hello, Do: smtptest.Say("250-mx1.example.org\r\n250 AUTH PLAIN LOGIN")}}},
		{fault: "STARTTLS is answered, and clear text follows", often: "always", want: nothing, faults: []*smtptest.Fault{{At: smtptest.StartTLS, Do: smtptest.Pretend}}, slow: true},
		{fault: "STARTTLS is answered by 250", often: "always", want: nothing, faults: []*smtptest.Fault{{At: smtptest.StartTLS, Do: smtptest.Say("250 Ok")}}},
		{fault: "replies are slipped in behind that to STARTTLS (CVE-2011-0411)", often: "always", want: nothing,
			faults: []*smtptest.Fault{{At: smtptest.StartTLS, Do: smtptest.And("250-mx1.example.org\r\n250 AUTH PLAIN LOGIN")}}},
		{fault: "replies are slipped in behind that to EHLO", often: "always", want: nothing,
			faults: []*smtptest.Fault{{At: smtptest.Hello, Do: smtptest.And("220 2.0.0 Ready\r\n250-mx1.example.org\r\n250 AUTH PLAIN LOGIN")}}},
		{fault: "an answer to EHLO is slipped in behind the greeting", often: "always", want: nothing,
			faults: []*smtptest.Fault{{At: smtptest.Greeting, Do: smtptest.And("250-mx1.example.org\r\n250 AUTH PLAIN LOGIN")}}},
		{fault: "clear text where TLS is to begin at once", often: "always", want: nothing, prepare: func(_ *testing.T, _ *faultSetup, _ *smtptest.Server, o *deliver.SMTPOptions) {
			o.TLS = deliver.ImplicitTLS
		}},
		{fault: "TLS at once where STARTTLS is to come", often: "always", want: nothing, slow: true, prepare: func(t *testing.T, f *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
			implicitly(t, f, s, o)
			o.TLS, o.Timeout = deliver.StartTLS, 50*time.Millisecond
		}},
	}...)
}

// implicitly has TLS from the first byte.
func implicitly(_ *testing.T, _ *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
	s.Implicit, o.TLS = true, deliver.ImplicitTLS
}
