package jobs

import (
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

	to       []string             // recipients; nil: four
	together bool                 // they get one message
	report   func() config.Report // nil: one without attachments
	faults   []*smtptest.Fault
	prepare  func(*testing.T, *faultSetup, *smtptest.Server, *deliver.SMTPOptions)              // may be nil
	begin    func(*sending, *smtptest.Server)                                                   // once the server runs; may be nil
	serve    func(*testing.T, *smtptest.Authority, func() time.Time) (port int, mailbox string) // starts a real server; nil: one that misbehaves as told
}

// preparation changes a server that works and how it is reached, before it starts.
type preparation func(*testing.T, *faultSetup, *smtptest.Server, *deliver.SMTPOptions)

// always is a row of a server that has these faults for ever.
func always(fault, want string, faults ...*smtptest.Fault) faultRow {
	return faultRow{fault: fault, often: "always", want: want, faults: faults}
}

// twice is a row of a server that misbehaves two times.
func twice(fault, want string, at smtptest.Step, do smtptest.Behaviour) faultRow {
	return faultRow{fault: fault, often: "twice", want: want, faults: []*smtptest.Fault{{At: at, Do: do, Times: 2}}}
}

// one is a row of a server that has these faults with one of four recipients.
func one(fault, want string, faults ...*smtptest.Fault) faultRow {
	return faultRow{fault: fault, often: "for one of four", want: want, faults: faults}
}

// prepared is the row with a preparation.
func (r faultRow) prepared(p preparation) faultRow {
	r.prepare = p
	return r
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
		single := b.row(smtptest.Content, "for one of four", wantOne(smtptest.Content, b), smtptest.Fault{To: "b@example.org"})
		if b.kind == breaks {
			row.unsure, row.vague, single.unsure, single.vague = true, true, true, true
			single.want = "3 given up" + others
		}
		rows = append(rows, row)
		if !b.slow {
			rows = append(rows, single)
		}
	}
	return rows
}
