package maillog

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

func newTestOpenSMTPD() *opensmtpd {
	p := newOpenSMTPD(Options{Source: "src", Location: time.UTC}).(*opensmtpd)
	p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return p
}

const smtpdTest = "smtpd[9]: 4a5b6c7d8e9f0001 smtp "

func openSMTPDSubmission(account string) []string {
	return []string{
		at(0) + smtpdTest + "connected address=192.0.2.1 host=pc",
		at(1) + smtpdTest + "authentication user=" + account + " result=ok",
		at(2) + smtpdTest + "message msgid=6f9a1b2c size=494 nrcpt=2 proto=ESMTP",
	}
}

// TestOpenSMTPDExpiry sees what becomes of sessions whose last line does not come.
func TestOpenSMTPDExpiry(t *testing.T) {
	other := func(second int) string {
		return at(second) + "smtpd[9]: 0000000000000002 smtp connected address=192.0.2.2 host=x"
	}
	envelope := smtpdTest + "envelope evpid=6f9a1b2c00000001 from=<a@example.org> to=<b@example.org>"
	for _, c := range []struct {
		name  string
		lines []string
		want  map[string]int64
	}{
		{"waits for the sender", []string{other(1000)}, map[string]int64{}},
		{"counts with it", []string{at(2) + envelope}, map[string]int64{"a none": 1}},
		{"once", []string{at(2) + envelope, at(2) + envelope, other(9000)}, map[string]int64{"a none": 1}},
		{"or without it after an hour", []string{other(9000), at(9001) + envelope}, map[string]int64{"a none": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tally := newTestOpenSMTPD(), authreport.NewTally(time.UTC)
			for _, line := range append(openSMTPDSubmission("a"), c.lines...) {
				p.Line([]byte(line), tally)
			}
			if diff := gocmp.Diff(messages(tally), c.want); diff != "" {
				t.Errorf("messages (-got +want):\n%s", diff)
			}
		})
	}
}

// TestOpenSMTPDSettle counts what waits, once: a message without its sender, one that may have more recipients, and a failed attempt.
func TestOpenSMTPDSettle(t *testing.T) {
	p, tally := newTestOpenSMTPD(), authreport.NewTally(time.UTC)
	settle := func(lines ...string) {
		for _, line := range lines {
			p.Line([]byte(line), tally)
		}
		p.Settle(tally)
		p.Settle(tally)
	}
	settle(openSMTPDSubmission("new")...)
	settle(at(3) + smtpdTest + "envelope evpid=6f9a1b2c00000001 from=<a@example.org> to=<b@example.org>")
	old := "smtpd[9]: 4a5b6c7d8e9f0002 smtp event="
	settle(at(4)+old+"connected address=192.0.2.1 host=pc", at(4)+old+"authentication user=old address=192.0.2.1 host=pc result=ok",
		at(4)+old+"message address=192.0.2.1 host=pc msgid=6f9a1b2c from=<a@b> to=<c@d> size=494 ndest=1 proto=ESMTP")
	settle(at(4) + old + "message address=192.0.2.1 host=pc msgid=6f9a1b2c from=<a@b> to=<e@d> size=494 ndest=1 proto=ESMTP")
	settle(at(5)+smtpdTest+"authentication user=wrong result=permfail", at(6)+smtpdTest+`failed-command command="AUTH PLAIN (...)" result="535 Authentication failed"`)
	if diff := gocmp.Diff(messages(tally), map[string]int64{"new none": 1, "old none": 1}); diff != "" {
		t.Errorf("messages (-got +want):\n%s", diff)
	}
	var failures int64
	for f := range tally.Failures() {
		failures += f.Attempts
	}
	if failures != 1 {
		t.Errorf("%d failed attempts, want 1", failures)
	}
}

// TestOpenSMTPDBounded reads a log in which no session ever ends and every message's last line is lost: what is held has a bound, and so has the memory, however long the
// log; and every message and failed attempt counts.
func TestOpenSMTPDBounded(t *testing.T) {
	sessions := longTest()
	p, tally := newTestOpenSMTPD(), authreport.NewTally(time.UTC)
	var early uint64
	var counted, failed int64
	var line []byte
	sum := func() {
		counted += total(tally)
		for f := range tally.Failures() {
			failed += f.Attempts
		}
		tally.Reset()
	}
	for i := range sessions {
		n := strconv.Itoa(i)
		stamp := time.Date(2026, 1, 1, 0, 0, i/500, 0, time.UTC).Format(time.RFC3339) // 500 sessions a second: the limit is reached before anything is too old
		id := fmt.Sprintf("%016x", uint64(i)<<20|1)
		add := func(parts ...string) {
			line = append(append(line[:0], stamp...), " host"+strconv.Itoa(i%5000)+" smtpd[9]: "+id+" smtp "...)
			for _, part := range parts {
				line = append(line, part...)
			}
			p.Line(line, tally)
		}
		add("connected address=[2001:db8::", strconv.FormatInt(int64(i&0xffff), 16), "] host=pc", n)
		add("tls ciphers=TLSv1.3:CIPHER-", n, ":256")
		if i%2 == 0 {
			add("authentication user=user", n, " result=ok")
			add("message msgid=", id[8:], " size=1 nrcpt=1 proto=ESMTP")
		} else {
			add("authentication user=user", n, " result=permfail")
		}
		if len(p.sessions.open) > maxSmtpdSessions || len(p.names.names.slots) > maxNames || len(p.names.addresses.slots) > maxNames {
			t.Fatalf("after %d sessions: %d are open, %d names", i+1, len(p.sessions.open), len(p.names.names.slots))
		}
		if i%50_000 == 49_999 { // as a batch is stored
			p.Flush(tally)
			sum()
		}
		if i == 149_999 {
			early = heapOf(p)
		}
	}
	late := heapOf(p)
	if late > early+8<<20 {
		t.Errorf("memory is %d KiB after %d sessions, %d KiB after 150,000", late>>10, sessions, early>>10)
	}
	if state := must(p.MarshalBinary()); len(state) > 32<<20 {
		t.Errorf("state of %d bytes", len(state))
	}
	p.Settle(tally)
	sum()
	if counted != int64(sessions/2) || failed != int64(sessions/2) {
		t.Errorf("%d messages and %d failed attempts, want %d of each", counted, failed, sessions/2)
	}
	t.Logf("%d sessions: %d KiB", sessions, late>>10)
}

func TestOpenSMTPDStateOfAnother(t *testing.T) {
	p, tally := newTestOpenSMTPD(), authreport.NewTally(time.UTC)
	for _, line := range openSMTPDSubmission("a") {
		p.Line([]byte(line), tally)
	}
	otherStates(t, p, newTestOpenSMTPD())
}

func FuzzOpenSMTPD(f *testing.F) {
	fuzzFormat(f, "opensmtpd", func(text []byte) (messages, failures int64) {
		return int64(bytes.Count(text, []byte("msgid=")) + bytes.Count(text, []byte("Accepted message "))),
			int64(bytes.Count(text, []byte("authentication")) + bytes.Count(text, []byte("Authentication")))
	})
}

func FuzzOpenSMTPDState(f *testing.F) { fuzzState(f, "opensmtpd", "testdata/opensmtpd/events-6.6.log") }

func BenchmarkOpenSMTPD(b *testing.B) {
	benchmarkFormat(b, "opensmtpd", "testdata/opensmtpd/A-6.8.log")
}
