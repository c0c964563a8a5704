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
	reply := func(at smtptest.Step, text, want string) faultRow {
		r := twice(fmt.Sprintf("%s: says %s", at, text), want, at, smtptest.Say(text))
		r.twice, r.unsure, r.faults[0].Keep = at == smtptest.End, at == smtptest.End, at == smtptest.End
		return r
	}
	both := func(at smtptest.Step, text string) faultRow {
		return twice(fmt.Sprintf("%s: says %s in the same breath", at, text), retried, at, smtptest.And(text))
	}
	return []faultRow{
		reply(smtptest.Mail, "251 2.1.0 Fine", atOnce),
		reply(smtptest.Rcpt, "252 2.1.5 Shall see", atOnce),
		reply(smtptest.Rcpt, "354 Go on", retried),
		reply(smtptest.Data, "250 2.0.0 Ok", retried),
		reply(smtptest.End, "200 2.0.0 Taken", atOnce),
		reply(smtptest.End, "251 2.0.0 Taken", atOnce),
		reply(smtptest.End, "354 Go on", sentTwice),
		reply(smtptest.End, "199 Wait", sentTwice),
		reply(smtptest.End, "999 Whatever", sentTwice),
		both(smtptest.HelloAgain, "250 2.1.0 Ok"),
		both(smtptest.Mail, "250 2.1.5 Ok"),
		both(smtptest.Rcpt, "354 Go on"),
		both(smtptest.Data, "250 2.0.0 Ok: queued"),
	}
}

// oddAuth gives the rows of AUTH.
func oddAuth() []faultRow {
	login := func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Mechanisms = "LOGIN" }
	var rows []faultRow
	for _, at := range []smtptest.Step{smtptest.AuthUser, smtptest.AuthPassword} {
		for _, b := range behaviours {
			if b.kind != harmless {
				rows = append(rows, b.row(at, "twice", retried, smtptest.Fault{Times: 2}).prepared(login))
			}
		}
	}
	clear := always("AUTH PLAIN without TLS, as the configuration says (tls: none)", nothing)
	clear.clear = true
	return append(rows,
		twice("AUTH: says 535 to the right password", retried, smtptest.Auth, smtptest.Say("535 5.7.8 Error: authentication failed")),
		twice("AUTH: says 454", retried, smtptest.Auth, smtptest.Say("454 4.7.0 Temporary authentication failure")),
		always("AUTH: asks again without end", givenUp, &smtptest.Fault{At: smtptest.Auth, Do: smtptest.Challenge}),
		always("AUTH LOGIN: asks again without end", givenUp, &smtptest.Fault{At: smtptest.AuthUser, Do: smtptest.Challenge}).prepared(login),
		always("another password than ours", givenUp).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Password = "another"
		}),
		always("no AUTH is offered", nothing).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.User = "" }),
		always("AUTH is offered that is not known", nothing).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) {
			s.Mechanisms = "NTLM GSSAPI"
		}),
		clear.prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, o *deliver.SMTPOptions) {
			s.TLS, o.TLS = nil, deliver.NoTLS
		}),
	)
}

// limits gives the rows of servers that take only so much.
func limits() []faultRow {
	limited := func(at smtptest.Step, most int, reply smtptest.Behaviour) func(*sending, *smtptest.Server) {
		return func(s *sending, server *smtptest.Server) {
			taken, hour := 0, start
			server.Faults = append(server.Faults, &smtptest.Fault{At: at, Do: reply, When: func(*smtptest.Conn) bool {
				if now := s.seenFromOutside(); now.Sub(hour) >= time.Hour {
					taken, hour = 0, now
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
	begun := func(r faultRow, within time.Duration, begin func(*sending, *smtptest.Server)) faultRow {
		r.within, r.begin = within, begin
		return r
	}
	greylist := func(s *sending, server *smtptest.Server) {
		grey := smtptest.NewGreylist(5*time.Minute, s.seenFromOutside)
		server.Faults = []*smtptest.Fault{{At: smtptest.Rcpt, Do: func(c *smtptest.Conn, usual string) bool {
			if wait := grey.Ask(c.To()); wait > 0 {
				usual = fmt.Sprintf("450 4.2.0 Recipient address rejected: Greylisted for %d seconds\r\n", int(wait.Seconds()))
			}
			return c.Send(usual)
		}}}
	}
	const b = "b@example.org"
	return []faultRow{
		begun(always("takes two messages a connection, then says 421", atOnce), 0,
			perConnection(smtptest.Mail, 2, smtptest.SayAndHangUp("421 Too many messages in this connection"))),
		begun(always("takes two messages a connection, then says 452", atOnce), 0, perConnection(smtptest.Mail, 2, smtptest.Say("452 4.5.3 Too many messages"))),
		begun(always("takes two messages a connection, then hangs up", atOnce), 0, perConnection(smtptest.Mail, 2, smtptest.HangUp)),
		begun(always("takes three recipients a connection, then says 452", retried), 0,
			perConnection(smtptest.Rcpt, 3, smtptest.Say("452 4.5.3 Error: too many recipients"))),
		begun(always("takes five messages an hour, then says 450", retried), 2*time.Hour,
			limited(smtptest.Mail, 5, smtptest.Say("450 4.7.1 Error: too much mail from 127.0.0.1"))),
		begun(always("takes five recipients an hour, then says 450", retried), 2*time.Hour,
			limited(smtptest.Rcpt, 5, smtptest.Say("450 4.7.1 Error: too many recipients from 127.0.0.1"))),
		begun(always("takes one connection an hour, then says 421", retried), 2*time.Hour,
			limited(smtptest.Greeting, 1, smtptest.SayAndHangUp("421 4.7.0 Error: too many connections from 127.0.0.1"))),
		always("takes five messages a day, then says 550", "7 refused, reply kept"+others,
			&smtptest.Fault{At: smtptest.Mail, Do: smtptest.Say("550 5.4.5 Daily sending quota exceeded"), After: 5}),
		begun(always("greylists each recipient for five minutes", retried), 6*time.Minute, greylist),
		one("RCPT TO: says that a mailbox is full (452)", "3 given up, reason kept"+others,
			&smtptest.Fault{At: smtptest.Rcpt, To: b, Do: smtptest.Say("452 4.2.2 Mailbox full, over quota")}),
		one("end of content: says that a mailbox is full (552)", "3 refused, reply kept"+others,
			&smtptest.Fault{At: smtptest.End, To: b, Do: smtptest.Say("552 5.2.2 Mailbox full, over quota")}),
		twice("has no room (452)", retried, smtptest.Mail, smtptest.Say("452 4.3.1 Insufficient system storage")),
		one("RSET: hangs up, after 451 to RCPT TO", "3 given up, reason kept"+others,
			&smtptest.Fault{At: smtptest.Rcpt, To: b, Do: smtptest.Say("451 4.3.0 Not now")}, &smtptest.Fault{At: smtptest.Reset, Do: smtptest.HangUp}),
		one("RSET: says 554, after 550 to RCPT TO", "3 refused, reply kept"+others,
			&smtptest.Fault{At: smtptest.Rcpt, To: b, Do: smtptest.Say("550 5.1.1 User unknown")},
			&smtptest.Fault{At: smtptest.Reset, Do: smtptest.Say("554 5.7.1 Not here")}),
		begun(always("is not there", nothing), 0, func(_ *sending, server *smtptest.Server) { server.Stop() }),
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
	size := func(bytes int) preparation {
		return func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Size = bytes }
	}
	rows := []faultRow{
		always("SIZE 40000", atOnce).prepared(size(40_000)),
		always("SIZE 500", refusals).prepared(size(500)),
		always("end of content: says 552 to more than 40000 bytes, without SIZE", atOnce,
			&smtptest.Fault{At: smtptest.End, Do: smtptest.Over(40_000, "552 Message size exceeds maximum permitted")}),
		always("end of content: says 554 5.3.4 to everything", refusals, &smtptest.Fault{At: smtptest.End, Do: smtptest.Say("554 5.3.4 Message too big for system")}),
	}
	for i := range rows {
		rows[i].report = full
	}
	return rows
}

// chaos gives the rows of servers that misbehave at random, at every step.
func chaos() (rows []faultRow) {
	for seed := range uint64(5) {
		rows = append(rows, faultRow{fault: fmt.Sprintf("any of these at every step, one time in ten (%d)", seed+1), often: "at random",
			want: retried, within: 4 * time.Hour, twice: true, unsure: true, vague: true,
			begin: func(_ *sending, server *smtptest.Server) {
				random := rand.New(rand.NewPCG(seed, 1))
				for _, at := range []smtptest.Step{smtptest.Greeting, smtptest.Hello, smtptest.StartTLS, smtptest.Handshake, smtptest.HelloAgain, smtptest.Auth,
					smtptest.Mail, smtptest.Rcpt, smtptest.Data, smtptest.Content, smtptest.End, smtptest.Reset, smtptest.Quit} {
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
