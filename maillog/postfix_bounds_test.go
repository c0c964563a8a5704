package maillog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"authreport"
)

// checkBounds holds what is kept against its limits, and the sums of what is kept against what is there.
func checkBounds(t *testing.T, p *postfix) {
	t.Helper()
	var sessions, services, returned, proxied, waiting, weights int
	for _, h := range p.hosts {
		services += len(h.services)
		returned += len(h.returned)
		proxied += len(h.proxied)
		for _, v := range h.services {
			sessions += len(v.sessions)
			for _, s := range v.sessions {
				for _, held := range s.held {
					weights += weight(held.client.Account, held.client.Sender)
				}
			}
		}
		if len(h.services) > maxServices {
			t.Fatalf("%d services on %s", len(h.services), h.name)
		}
	}
	for m := range p.waiting.all() {
		waiting += weight(m.account.name)
	}
	if sessions != p.sessions || services != p.services || returned != p.returned || proxied != p.proxied || weights != p.held || waiting != p.waiting.weight {
		t.Fatalf("%d sessions (%d are there), %d services (%d), %d returned (%d), %d proxied (%d), %d held (%d), %d waiting (%d)",
			p.sessions, sessions, p.services, services, p.returned, returned, p.proxied, proxied, p.held, weights, p.waiting.weight, waiting)
	}
	if sessions > maxSessions || services > maxServicesInAll || returned > maxSessions || proxied > maxSessions || weights > maxHeldInAll+weight(strings.Repeat("x", 2*MaxLine)) ||
		waiting > maxSessions+weight(strings.Repeat("x", MaxLine)) || len(p.hosts) > maxHosts || len(p.accounts.slots) > maxNames || len(p.names.addresses.slots) > maxNames || len(p.names.names.slots) > maxNames {
		t.Fatalf("%d sessions, %d services, %d returned, %d proxied, %d held, %d waiting, %d hosts, %d accounts, %d addresses, %d names",
			sessions, services, returned, proxied, weights, waiting, len(p.hosts), len(p.accounts.slots), len(p.names.addresses.slots), len(p.names.names.slots))
	}
}

// TestNothingEnds reads a log in which nothing ever ends.
func TestNothingEnds(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	const sessions = maxSessions * 5 / 4
	for i := range sessions {
		second := i / 1000
		client := fmt.Sprintf("pc[2001:db8::%x]:%d", i, i%60000+1024)
		d := fmt.Sprintf("postfix/submission/smtpd[%d]: ", i)
		feed(p, tally, at(second)+d+"connect from "+client,
			at(second)+d+fmt.Sprintf("A%09X: client=%s, sasl_method=PLAIN, sasl_username=user%d", i, client, i),
			at(second)+fmt.Sprintf("postfix/tlsproxy[1]: Anonymous TLS connection established from [2001:db8::%x]:%d: TLSv1.3 with cipher C%d (256/256 bits)", i, i, i),
			at(second)+"postfix/reinject/smtpd[2]: NOQUEUE: client=localhost[127.0.0.1], sasl_method=PLAIN, sasl_username=x",
			at(second)+fmt.Sprintf("postfix/reinject/smtpd[3]: B%09X: client=localhost[127.0.0.1], orig_client=x[192.0.2.1]", i))
	}
	for i := range maxHosts + 50 {
		feed(p, tally, strings.Replace(at(sessions/1000), " mx1 ", fmt.Sprintf(" host%d ", i), 1)+"postfix/smtpd[1]: connect from x[192.0.2.1]")
	}
	checkBounds(t, p)
	state, err := p.MarshalBinary()
	if err != nil || len(state) > 40<<20 {
		t.Errorf("state of %d bytes: %v", len(state), err)
	}
}

// TestOneSessionWithoutEnd has a session with many senders and no end.
func TestOneSessionWithoutEnd(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	for i := range 4 * maxHeld { // one session without an end, of many senders
		feed(p, tally, submission(fmt.Sprintf("A%09X", i), fmt.Sprint("user", i))...)
		for _, h := range p.hosts {
			if n := len(h.services[0].sessions[7].held); n > maxHeld {
				t.Fatalf("%d messages wait in one session", n)
			}
		}
	}
	p.Settle(tally)
	if got := total(tally); got != 4*maxHeld {
		t.Errorf("%d messages, want %d", got, 4*maxHeld)
	}
}

// TestServicesAreBounded has whoever may write to syslog invent services and hosts: those that are in use keep their sessions.
func TestServicesAreBounded(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	lines := submission("AAAAA00001", "a")
	feed(p, tally, at(0)+clearText+"connect from pc[192.0.2.1]", lines[0])
	for i := range 4 * maxServices { // a host's own services
		feed(p, tally, at(i)+fmt.Sprintf("postfix/x%d/smtpd[9]: connect from x[192.0.2.9]", i), at(i)+clearText+"NOQUEUE: x")
		feed(p, tally, at(i)+clearText+"AAAAA00002: client=pc[192.0.2.1]") // a line of the session in use
	}
	checkBounds(t, p)
	for i := range 2 * maxServicesInAll {
		feed(p, tally, strings.Replace(at(1000+i/100), " mx1 ", fmt.Sprintf(" host%d ", i%(maxHosts/2)), 1)+fmt.Sprintf("postfix/x%d/smtpd[9]: connect from x[192.0.2.9]", i))
		if i%100 == 0 {
			feed(p, tally, at(1000+i/100)+clearText+"AAAAA00002: client=pc[192.0.2.1]")
		}
	}
	checkBounds(t, p)
	feed(p, tally, at(1200)+lines[1][len(at(2)):], at(1201)+clearText+"disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6")
	if got := messages(tally); got["a none"] != 1 || len(got) != 1 {
		t.Errorf("messages are %v", got)
	}
	if state := must(p.MarshalBinary()); len(state) > 4<<20 {
		t.Errorf("state of %d bytes", len(state))
	}
}

// TestLongNamesWeigh has accounts and senders of 64 KB wait: what is kept of them is bounded by bytes, not by their number, and all are counted.
func TestLongNamesWeigh(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	long := strings.Repeat("\"\x00=\u202e", 64<<10/6)
	const count = 600
	for i := range count {
		lines := submission(fmt.Sprintf("A%09d", i), fmt.Sprint(i, long))
		feed(p, tally, lines...)
		feed(p, tally, strings.ReplaceAll(strings.Replace(lines[0], ": A", ": B", 1), "smtpd[7]", fmt.Sprintf("smtpd[%d]", 10+i)))
		feed(p, tally, at(2)+fmt.Sprintf("postfix/cleanup[8]: B%09d: hold: header Subject: x from pc[192.0.2.1]; from=<%s> to=<x@example.org> proto=ESMTP helo=<x>", i, long))
	}
	checkBounds(t, p)
	if state := must(p.MarshalBinary()); len(state) > 64<<20 {
		t.Errorf("state of %d bytes", len(state))
	}
	p.Settle(tally)
	if got := total(tally); got != 2*count {
		t.Errorf("%d messages, want %d", got, 2*count)
	}
}

// TestManySessions reads sessions of many hosts and processes, most of which never end, at flat memory.
func TestManySessions(t *testing.T) {
	sessions := longTest()
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	var early uint64
	var counted, unknown int64
	gather := func() {
		counted += total(tally)
		for g := range tally.Gaps() {
			unknown += g.Count
		}
		tally.Reset()
	}
	var line bytes.Buffer
	read := func(i int, format string, args ...any) {
		line.Reset()
		fmt.Fprintf(&line, "%s mx%d postfix/", start.Add(time.Duration(i/200)*time.Second).Format(time.RFC3339), i%300)
		fmt.Fprintf(&line, format, args...)
		p.Line(line.Bytes(), tally)
	}
	for i := range sessions {
		read(i, "submission/smtpd[%d]: connect from pc[2001:db8::%x]", i/300, i)
		read(i, "submission/smtpd[%d]: A%09X: client=pc[2001:db8::%x], sasl_method=PLAIN, sasl_username=user%d", i/300, i, i, i%100_000)
		if i%2 == 0 {
			read(i, "qmgr[1]: A%09X: from=<user%d@example.org>, size=1, nrcpt=1 (queue active)", i, i%100_000)
		}
		if i%8 == 0 {
			read(i, "submission/smtpd[%d]: disconnect from pc[2001:db8::%x] ehlo=1 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=7", i/300, i)
		}
		if i%20_000 == 19_999 {
			checkBounds(t, p)
			gather()
		}
		if i == 79_999 {
			early = heapOf(p)
		}
	}
	late, state := heapOf(p), len(must(p.MarshalBinary()))
	if late > early+16<<20 || state > 16<<20 {
		t.Errorf("memory is %d KiB, state %d KiB after %d sessions; memory was %d KiB after 80,000", late>>10, state>>10, sessions, early>>10)
	}
	p.Settle(tally)
	gather()
	if want := int64(sessions+1) / 2; counted != want || unknown != want {
		t.Errorf("%d messages, %d of unknown TLS with a reason, want %d", counted, unknown, want)
	}
	t.Logf("%d sessions: memory %d KiB, state %d KiB", sessions, late>>10, state>>10)
}
