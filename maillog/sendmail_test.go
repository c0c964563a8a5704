package maillog

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

func newTestSendmail() *sendmail {
	p := newSendmail(Options{Source: "src", Location: time.UTC}).(*sendmail)
	p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return p
}

// sendmailSubmission is the lines of a client that hands over one message, a minute after the first line of its host.
func sendmailSubmission(account string) []string {
	return []string{
		at(0) + "sm-mta[9]: AUTH=server, relay=[192.0.2.9], authid=first, mech=PLAIN, bits=0",
		at(60) + "sm-mta[7]: STARTTLS=server, relay=pc [192.0.2.1], version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
		at(60) + "sm-mta[7]: AUTH=server, relay=pc [192.0.2.1], authid=" + account + ", mech=PLAIN, bits=0",
		at(61) + "sm-mta[7]: 6ANLhPWm000007: from=<" + account + "@example.org>, size=1, class=0, nrcpts=1, msgid=<1@x>, proto=ESMTPSA, daemon=MSA, relay=pc [192.0.2.1]",
	}
}

// TestSendmailWaits sees when a message counts whose content may still be refused.
func TestSendmailWaits(t *testing.T) {
	taken := map[string]int64{"a TLS1.3": 1}
	for _, c := range []struct {
		name string
		line string
		want map[string]int64
	}{
		{"not at once", at(62) + "sm-mta[8]: gethostbyaddr(192.0.2.2) failed: 1", map[string]int64{}},
		{"when it is delivered", at(62) + "sm-mta[8]: 6ANLhPWm000007: to=<x@dest.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30494, relay=x. [192.0.2.8], dsn=2.0.0, stat=Sent (ok)", taken},
		{"when its process goes on", at(62) + "sm-mta[7]: 6ANLhPWn000007: from=<a@example.org>, size=0, class=0, nrcpts=0, proto=ESMTPSA, daemon=MSA, relay=pc [192.0.2.1]", taken},
		{"when its process serves another", at(62) + "sm-mta[7]: STARTTLS=server, relay=[192.0.2.2], version=TLSv1.2, verify=NO, cipher=X, bits=256/256", taken},
		{"when its process serves another without TLS", at(62) + "sm-mta[7]: AUTH=server, relay=[192.0.2.2], authid=b, mech=PLAIN, bits=0", taken},
		{"after ten minutes", at(62+700) + "sm-mta[8]: gethostbyaddr(192.0.2.2) failed: 1", taken},
		{"never if it is refused", at(62) + "sm-mta[7]: 6ANLhPWm000007: to=<x@dest.example>, delay=00:00:01, pri=30494, stat=Eight bit data not allowed", map[string]int64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tally := newTestSendmail(), authreport.NewTally(time.UTC)
			for _, line := range append(sendmailSubmission("a"), c.line) {
				p.Line([]byte(line), tally)
			}
			if diff := gocmp.Diff(messages(tally), c.want); diff != "" {
				t.Errorf("messages (-got +want):\n%s", diff)
			}
		})
	}
}

// TestSendmailSettle counts what waits, once.
func TestSendmailSettle(t *testing.T) {
	p, tally := newTestSendmail(), authreport.NewTally(time.UTC)
	for _, line := range sendmailSubmission("a") {
		p.Line([]byte(line), tally)
	}
	p.Settle(tally)
	p.Settle(tally)
	p.Line([]byte(at(62)+"sm-mta[8]: 6ANLhPWm000007: to=<x@dest.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30494, stat=Sent"), tally)
	p.Settle(tally)
	if diff := gocmp.Diff(messages(tally), map[string]int64{"a TLS1.3": 1}); diff != "" {
		t.Errorf("messages (-got +want):\n%s", diff)
	}
}

// TestSendmailBounded reads a log in which no message is ever said to be delivered, with a new host, process and client for each session: what is held has a bound, and so
// has the memory, however long the log; and every message counts.
func TestSendmailBounded(t *testing.T) {
	sessions := longTest()
	p, tally := newTestSendmail(), authreport.NewTally(time.UTC)
	var early uint64
	var counted int64
	var line []byte
	for i := range sessions {
		n := strconv.Itoa(i)
		stamp := time.Date(2026, 1, 1, 0, 0, i/500, 0, time.UTC).Format(time.RFC3339) // 500 sessions a second: all limits are reached before anything is too old
		relay := "[2001:db8::" + strconv.FormatInt(int64(i&0xffff), 16) + ":" + strconv.FormatInt(int64(i>>16), 16) + "]"
		add := func(parts ...string) {
			line = append(append(line[:0], stamp...), " host"+strconv.Itoa(i%5000)+" sm-mta["+strconv.Itoa(i%4_000_000+1)+"]: "...)
			for _, part := range parts {
				line = append(line, part...)
			}
			p.Line(line, tally)
		}
		add("STARTTLS=server, relay=", relay, ", version=TLSv1.3, verify=NO, cipher=CIPHER-", n, ", bits=256/256")
		if i%2 == 0 {
			add("AUTH=server, relay=", relay, ", authid=user", n, ", mech=PLAIN, bits=0")
			add("A00000", n, "X: from=<user", n, "@example.org>, size=1, class=0, nrcpts=1, msgid=<1@x>, proto=ESMTPSA, daemon=MSA, relay=", relay)
		} else {
			add("A00000", n, "X: ruleset=CheckSubject, arg1=x, relay=", relay, ", reject=553 5.7.1 no")
		}
		if len(p.starting.open) > maxConnections || len(p.open.open) > maxConnections || len(p.waiting.open) > maxWaiting || len(p.hosts.open) > maxHosts ||
			len(p.names.names.slots) > maxNames || len(p.names.addresses.slots) > maxNames || len(p.layers) > maxNames {
			t.Fatalf("after %d sessions: %d begin, %d are open, %d messages wait, %d hosts, %d names", i+1,
				len(p.starting.open), len(p.open.open), len(p.waiting.open), len(p.hosts.open), len(p.names.names.slots))
		}
		if i%50_000 == 49_999 { // as a batch is stored
			p.Flush(tally)
			counted += total(tally)
			tally.Reset()
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
	if counted += total(tally); counted != int64(sessions/2) {
		t.Errorf("%d messages, want %d", counted, sessions/2)
	}
	t.Logf("%d sessions: %d KiB", sessions, late>>10)
}

func TestSendmailStateOfAnother(t *testing.T) {
	p, tally := newTestSendmail(), authreport.NewTally(time.UTC)
	for _, line := range sendmailSubmission("a") {
		p.Line([]byte(line), tally)
	}
	otherStates(t, p, newTestSendmail())
}

// otherStates gives a parser states that are not its own: it refuses them, and keeps nothing.
func otherStates(t *testing.T, p, fresh Parser) {
	t.Helper()
	state := must(p.MarshalBinary())
	other := bytes.Clone(state)
	other[0]++
	for name, data := range map[string][]byte{"empty": nil, "other version": other, "cut": state[:len(state)-1], "longer": append(bytes.Clone(state), 0), "garbage": []byte("garbage")} {
		if err := p.UnmarshalBinary(data); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if !bytes.Equal(must(fresh.MarshalBinary()), must(p.MarshalBinary())) {
			t.Errorf("%s: something was kept", name)
		}
	}
	if err := p.UnmarshalBinary(state); err != nil {
		t.Error(err)
	}
}

func FuzzSendmail(f *testing.F) {
	fuzzFormat(f, "sendmail", func(text []byte) (messages, failures int64) {
		return int64(bytes.Count(text, []byte(": from="))), int64(bytes.Count(text, []byte("AUTH failure ("))) * maxRepeats
	})
}

func FuzzSendmailState(f *testing.F) { fuzzState(f, "sendmail", "testdata/sendmail/sessions.log") }

func BenchmarkSendmail(b *testing.B) {
	benchmarkFormat(b, "sendmail", "testdata/sendmail/A-loglevel9.log")
}
