package maillog

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

func newTestExim() *exim {
	p := newExim(Options{Source: "src", Location: time.UTC}).(*exim)
	p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return p
}

// readExim reads lines with a new parser.
func readExim(lines ...string) (*exim, *authreport.Tally) {
	p, tally := newTestExim(), authreport.NewTally(time.UTC)
	for _, line := range lines {
		p.Line([]byte(line), tally)
	}
	p.Flush(tally)
	return p, tally
}

const eximSubmission = "2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no A=login:u@example.org S=1"

// TestEximRejectLog reads failed attempts of a file of which nothing shows yet whether it is the main log: they count once it does, and a day later no more.
func TestEximRejectLog(t *testing.T) {
	failure := func(stamp string) string {
		return stamp + " login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u@example.org)"
	}
	for _, c := range []struct {
		name         string
		lines        []string
		count, unfit int64
	}{
		{"reject log", []string{failure("2026-11-24 10:00:00"), "2026-11-24 10:00:01 1xVbdZ-0001A5-01 H=(c) [192.0.2.1] F=<a@example.org> rejected after DATA: spam"}, 0, 0},
		{"main log", []string{failure("2026-11-24 10:00:00"), "2026-11-24 10:00:01 1xVbdZ-0001A5-01 Completed", failure("2026-11-24 10:00:02")}, 2, 0},
		{"reject log of two days", []string{failure("2026-11-22 10:00:00"), failure("2026-11-23 09:00:00"), failure("2026-11-24 08:00:00")}, 0, 1},
		{"main log after two days", []string{failure("2026-11-22 10:00:00"), failure("2026-11-24 09:00:00"), "2026-11-24 10:00:01 Start queue run: pid=1"}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, tally := readExim(c.lines...)
			var count, unfit int64
			for f := range tally.Failures() {
				count += f.Attempts
			}
			for g := range tally.Gaps() {
				if g.Gap == authreport.GapEximRejectLog {
					unfit += g.Count
				}
			}
			if count != c.count || unfit != c.unfit {
				t.Errorf("%d attempts and %d in the gap, want %d and %d", count, unfit, c.count, c.unfit)
			}
		})
	}
}

// TestEximOneServer reads what one server wrote through syslog, with copies, and into its own files: the main log has the same counts, and its reject log none.
func TestEximOneServer(t *testing.T) {
	counts := func(name string) string {
		c := logCase{format: "exim", name: "exim/" + name, modified: time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC), options: Options{Source: "mx1"}}
		text, _, _ := strings.Cut(describe(c.read(t)), "\nmx1 ")
		return text
	}
	syslog := counts("K-copies")
	if diff := gocmp.Diff(counts("K-copies-mainlog"), syslog); diff != "" {
		t.Errorf("counts (-main log +syslog):\n%s", diff)
	}
	if rejects := counts("K-copies-rejectlog"); strings.Count(rejects, "\n") != 3 || strings.Count(syslog, "\n") < 10 {
		t.Errorf("of the reject log:\n%sof syslog:\n%s", rejects, syslog)
	}
}

// TestEximBounded opens more of everything than is kept.
func TestEximBounded(t *testing.T) {
	p, tally := newTestExim(), authreport.NewTally(time.UTC)
	for i := range 6_000 {
		for _, form := range []string{
			"2026-11-24 10:00:00 login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u%d)",
			"2026-11-24T10:00:00Z mx1 exim[%d]: [1/3] 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa",
			"2026-11-24T10:00:00Z mx1 exim[%d]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
			"2026-11-24T10:00:00Z mx%d exim[1]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
			"2026-11-24T10:00:00Z mx%d exim[1]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
		} {
			p.Line(fmt.Appendf(nil, form, i+1), tally)
		}
		if i%300 == 0 {
			tally.Reset()
		}
	}
	state := must(p.MarshalBinary())
	if len(p.held) > maxHeldAttempts || len(p.parts.open) > maxParts || len(p.runs.open) > maxRuns || len(p.hosts.open) > maxHosts || len(state) > 8<<20 {
		t.Errorf("%d held, %d parts, %d runs, %d hosts, state of %d bytes", len(p.held), len(p.parts.open), len(p.runs.open), len(p.hosts.open), len(state))
	}
}

// TestEximCommonLinesDoNotAllocate reads the lines that a log is full of.
func TestEximCommonLinesDoNotAllocate(t *testing.T) {
	lines := [][]byte{
		[]byte(eximSubmission),
		[]byte(eximSubmission + ` id=x@example.org T="subject" from <a@example.org> for r@example.net`),
		[]byte("2026-11-24 10:00:00 1xVbdZ-0001A5-01 => r@example.net R=smart T=remote_smtp H=relay.example.net [198.51.100.9] C=\"250 OK\""),
		[]byte("2026-11-24 10:00:01 1xVbdZ-0001A5-01 Completed"),
		[]byte("2026-11-24 10:00:01 H=(c) [192.0.2.1] F=<a@example.org> rejected RCPT <b@example.net>: Unknown user"),
		[]byte("2026-11-24 10:01:00 no host name found for IP address 192.0.2.1"),
	}
	p, tally := newTestExim(), authreport.NewTally(time.UTC)
	for _, line := range lines {
		p.Line(line, tally)
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, line := range lines {
			p.Line(line, tally)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRecogniseExim(t *testing.T) {
	for line, want := range map[string]bool{
		eximSubmission: true,
		"2026-11-24 10:00:00.123 +0100 [99] 1xVcSE-0000000007M-0KCn Completed":                                                         true,
		"2026-11-24 10:00:00 login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data":                        true,
		"Nov 24 10:00:00 mx1 exim[1]: anything":                                                                                        true,
		"Nov 24 10:00:00 mx1 dovecot[1]: imap-login: exim":                                                                             false,
		"2026-11-24 10:00:00 H=(c) [192.0.2.1] rejected EHLO or HELO c <= x":                                                           false,
		"2026-11-24 10:00:00 mx1 postfix/smtpd[1]: 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa A=login:u@example.org": false,
		"2026-11-24 10:00:00,1,2": false,
		"":                        false,
	} {
		p, tally := newTestExim(), authreport.NewTally(time.UTC)
		r := &p.record
		if !p.framing.read([]byte(line), r, tally) {
			r = nil
		}
		if got := recogniseExim([]byte(line), r); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func BenchmarkExim(b *testing.B) {
	for _, name := range []string{"A-default", "B-rich", "D-syslog"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile("testdata/exim/" + name + ".log")
			if err != nil {
				b.Fatal(err)
			}
			lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
			p, tally := newTestExim(), authreport.NewTally(time.UTC)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					p.Line(line, tally)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
		})
	}
}
