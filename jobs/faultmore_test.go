package jobs

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/smtptest"
)

// oddReplies gives the rows of replies that are no refusals and not what is due.
func oddReplies() []faultRow {
	reply := func(at smtptest.Step, text, want string, keep bool) faultRow {
		return faultRow{fault: fmt.Sprintf("%s: says %s", at, text), often: "twice", want: want, twice: keep, unsure: keep, faults: []*smtptest.Fault{{At: at, Do: smtptest.Say(text), Times: 2, Keep: keep}}}
	}
	rows := []faultRow{
		reply(smtptest.Mail, "251 2.1.0 Fine", atOnce, false),
		reply(smtptest.Rcpt, "252 2.1.5 Shall see", atOnce, false),
		reply(smtptest.Rcpt, "354 Go on", retried, false),
		reply(smtptest.Data, "250 2.0.0 Ok", retried, false),
		reply(smtptest.End, "200 2.0.0 Taken", atOnce, true),
		reply(smtptest.End, "251 2.0.0 Taken", atOnce, true),
		reply(smtptest.End, "354 Go on", sentTwice, true),
		reply(smtptest.End, "199 Wait", sentTwice, true),
		reply(smtptest.End, "999 Whatever", sentTwice, true),
	}
	both := func(at smtptest.Step, text string) faultRow {
		return faultRow{fault: fmt.Sprintf("%s: says %s in the same breath", at, text), often: "twice", want: retried, faults: []*smtptest.Fault{{At: at, Do: smtptest.And(text), Times: 2}}}
	}
	return append(rows, both(smtptest.HelloAgain, "250 2.1.0 Ok"), both(smtptest.Mail, "250 2.1.5 Ok"), both(smtptest.Rcpt, "354 Go on"), both(smtptest.Data, "250 2.0.0 Ok: queued"))
}

// oddAuth gives the rows of AUTH.
func oddAuth() []faultRow {
	login := func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Mechanisms = "LOGIN" }
	var rows []faultRow
	for _, at := range []smtptest.Step{smtptest.AuthUser, smtptest.AuthPassword} {
		for _, b := range behaviours {
			if b.kind == harmless {
				continue
			}
			row := b.row(at, "twice", retried, smtptest.Fault{Times: 2})
			row.prepare = login
			rows = append(rows, row)
		}
	}
	return append(rows, []faultRow{
		{fault: "AUTH: says 535 to the right password", often: "twice", want: retried, faults: []*smtptest.Fault{{At: smtptest.Auth, Do: smtptest.Say("535 5.7.8 Error: authentication failed"), Times: 2}}},
		{fault: "AUTH: says 454", often: "twice", want: retried, faults: []*smtptest.Fault{{At: smtptest.Auth, Do: smtptest.Say("454 4.7.0 Temporary authentication failure"), Times: 2}}},
		{fault: "AUTH: asks again without end", often: "always", want: givenUp, faults: []*smtptest.Fault{{At: smtptest.Auth, Do: smtptest.Challenge}}},
		{fault: "AUTH LOGIN: asks again without end", often: "always", want: givenUp, prepare: login, faults: []*smtptest.Fault{{At: smtptest.AuthUser, Do: smtptest.Challenge}}},
		{fault: "another password than ours", often: "always", want: givenUp, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Password = "another"
		}},
		{fault: "no AUTH is offered", often: "always", want: nothing, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.User = ""
		}},
		{fault: "AUTH is offered that is not known", often: "always", want: nothing, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Mechanisms = "NTLM GSSAPI"
		}},
		{fault: "AUTH PLAIN without TLS, as the configuration says (tls: none)", often: "always", want: nothing, clear: true, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
			s.TLS, o.TLS = nil, deliver.NoTLS
		}},
	}...)
}

// limits gives the rows of servers that take only so much.
func limits() []faultRow {
	limited := func(at smtptest.Step, most int, reply smtptest.Behaviour) func(*sending, *smtptest.Server) {
		return func(s *sending, server *smtptest.Server) {
			taken, hour := 0, s.clock
			server.Faults = append(server.Faults, &smtptest.Fault{At: at, Do: reply, When: func(*smtptest.Conn) bool {
				if s.clock.Sub(hour) >= time.Hour {
					taken, hour = 0, s.clock
				}
				taken++
				return taken > most
			}})
		}
	}
	perConnection := func(at smtptest.Step, most int, reply smtptest.Behaviour) func(*sending, *smtptest.Server) {
		return func(_ *sending, server *smtptest.Server) {
			taken := map[*smtptest.Conn]int{}
			server.Faults = append(server.Faults, &smtptest.Fault{At: at, Do: reply, When: func(c *smtptest.Conn) bool {
				taken[c]++
				return taken[c] > most
			}})
		}
	}
	return []faultRow{
		{fault: "takes two messages a connection, then says 421", often: "always", want: atOnce,
			begin: perConnection(smtptest.Mail, 2, smtptest.SayAndHangUp("421 Too many messages in this connection"))},
		{fault: "takes two messages a connection, then says 452", often: "always", want: atOnce,
			begin: perConnection(smtptest.Mail, 2, smtptest.Say("452 4.5.3 Too many messages"))},
		{fault: "takes two messages a connection, then hangs up", often: "always", want: atOnce, begin: perConnection(smtptest.Mail, 2, smtptest.HangUp)},
		{fault: "takes three recipients a connection, then says 452", often: "always", want: retried,
			begin: perConnection(smtptest.Rcpt, 3, smtptest.Say("452 4.5.3 Error: too many recipients"))},
		{fault: "takes five messages an hour, then says 450", often: "always", want: retried, within: 2 * time.Hour,
			begin: limited(smtptest.Mail, 5, smtptest.Say("450 4.7.1 Error: too much mail from 127.0.0.1"))},
		{fault: "takes five recipients an hour, then says 450", often: "always", want: retried, within: 2 * time.Hour,
			begin: limited(smtptest.Rcpt, 5, smtptest.Say("450 4.7.1 Error: too many recipients from 127.0.0.1"))},
		{fault: "takes one connection an hour, then says 421", often: "always", want: retried, within: 2 * time.Hour,
			begin: limited(smtptest.Greeting, 1, smtptest.SayAndHangUp("421 4.7.0 Error: too many connections from 127.0.0.1"))},
		{fault: "takes five messages a day, then says 550", often: "always", want: "7 refused, reply kept" + others,
			faults: []*smtptest.Fault{{At: smtptest.Mail, Do: smtptest.Say("550 5.4.5 Daily sending quota exceeded"), After: 5}}},
		{fault: "greylists each recipient for five minutes", often: "always", want: retried, within: 6 * time.Minute, begin: func(s *sending, server *smtptest.Server) {
			grey := smtptest.NewGreylist(5*time.Minute, s.now)
			server.Faults = []*smtptest.Fault{{At: smtptest.Rcpt, Do: func(c *smtptest.Conn, usual string) bool {
				if wait := grey.Ask(c.To()); wait > 0 {
					return c.Send(fmt.Sprintf("450 4.2.0 Recipient address rejected: Greylisted for %d seconds\r\n", int(wait.Seconds())))
				}
				return c.Send(usual)
			}}}
		}},
		{fault: "RCPT TO: says that a mailbox is full (452)", often: "for one of four", want: "3 given up, reason kept" + others,
			faults: []*smtptest.Fault{{At: smtptest.Rcpt, To: "b@example.org", Do: smtptest.Say("452 4.2.2 Mailbox full, over quota")}}},
		{fault: "end of content: says that a mailbox is full (552)", often: "for one of four", want: "3 refused, reply kept" + others,
			faults: []*smtptest.Fault{{At: smtptest.End, To: "b@example.org", Do: smtptest.Say("552 5.2.2 Mailbox full, over quota")}}},
		{fault: "has no room (452)", often: "twice", want: retried, faults: []*smtptest.Fault{{At: smtptest.Mail, Do: smtptest.Say("452 4.3.1 Insufficient system storage"), Times: 2}}},
		{fault: "RSET: hangs up, after 451 to RCPT TO", often: "for one of four", want: "3 given up, reason kept" + others, faults: []*smtptest.Fault{
			{At: smtptest.Rcpt, To: "b@example.org", Do: smtptest.Say("451 4.3.0 Not now")}, {At: smtptest.Reset, Do: smtptest.HangUp}}},
		{fault: "RSET: says 554, after 550 to RCPT TO", often: "for one of four", want: "3 refused, reply kept" + others, faults: []*smtptest.Fault{
			{At: smtptest.Rcpt, To: "b@example.org", Do: smtptest.Say("550 5.1.1 User unknown")}, {At: smtptest.Reset, Do: smtptest.Say("554 5.7.1 Not here")}}},
		{fault: "is not there", often: "always", want: nothing, begin: func(_ *sending, server *smtptest.Server) { server.Stop() }},
	}
}

// full is a report with everything attached.
func full() config.Report {
	r := config.Default("once")
	r.AttachCSV, r.AttachJSON = true, true
	return r
}

// sizes gives the rows of servers that take only small messages.
func sizes() []faultRow {
	return []faultRow{
		{fault: "SIZE 40000", often: "always", want: atOnce, report: full, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Size = 40_000
		}},
		{fault: "SIZE 500", often: "always", want: refusals, report: full, prepare: func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Size = 500
		}},
		{fault: "end of content: says 552 to more than 40000 bytes, without SIZE", often: "always", want: atOnce, report: full, faults: []*smtptest.Fault{{
			At: smtptest.End, Do: smtptest.Over(40_000, "552 Message size exceeds maximum permitted")}}},
		{fault: "end of content: says 554 5.3.4 to everything", often: "always", want: refusals, report: full, faults: []*smtptest.Fault{{
			At: smtptest.End, Do: smtptest.Say("554 5.3.4 Message too big for system")}}},
	}
}

// chaos gives the rows of servers that misbehave at random, at every step.
func chaos() (rows []faultRow) {
	for seed := range uint64(5) {
		rows = append(rows, faultRow{fault: fmt.Sprintf("any of these at every step, one time in ten (%d)", seed+1), often: "at random", want: retried, within: 4 * time.Hour, twice: true, unsure: true, vague: true,
			begin: func(_ *sending, server *smtptest.Server) {
				random := rand.New(rand.NewPCG(seed, 1))
				for _, at := range []smtptest.Step{smtptest.Greeting, smtptest.Hello, smtptest.StartTLS, smtptest.Handshake, smtptest.HelloAgain, smtptest.Auth, smtptest.Mail,
					smtptest.Rcpt, smtptest.Data, smtptest.Content, smtptest.End, smtptest.Reset, smtptest.Quit} {
					able := []smtptest.Behaviour{smtptest.HangUp}
					if at != smtptest.Handshake && at != smtptest.Content && at != smtptest.End {
						able = nil
						for _, b := range behaviours {
							if !b.slow && b.kind != refuses && b.kind != harmless {
								able = append(able, b.do)
							}
						}
					}
					for _, do := range able {
						when := func(*smtptest.Conn) bool { return random.IntN(10*len(able)) == 0 }
						server.Faults = append(server.Faults, &smtptest.Fault{At: at, Do: do, Keep: at == smtptest.End, When: when})
					}
				}
			}})
	}
	return rows
}
