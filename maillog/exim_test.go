package maillog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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

// TestEximHostile reads names that a client may word, of every length and kind, in the places where Exim logs them: each line is one submission by the same account.
func TestEximHostile(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	words := map[string]string{
		"NUL": "a\x00b", "controls": "a\x1b[31m\x7f\r", "bidi": "a\u202eb", "not UTF-8": "a\xff\xfeb", "formula": "=HYPERLINK(1)", "long": long,
		"fields": "P=esmtpa A=plain:eve@evil.example S=1", "address": ") [6.6.6.6]", "sign": "<= ", "failure": "plain authenticator failed for (c) [6.6.6.6]: 535 no (set_id=eve)",
	}
	places := map[string]string{
		"subject":    ` A=login:u@example.org S=1 T="%s"`,
		"DN":         ` DN="CN=%s" A=login:u@example.org S=1 T="s"`,
		"mailauth":   ` A=login:u@example.org:%s S=1`,
		"message-id": ` A=login:u@example.org S=1 id="%s"@example.org`,
		"recipient":  ` A=login:u@example.org S=1 for "%s"@example.net`,
	}
	for what, word := range words {
		for where, form := range places {
			t.Run(what+" in "+where, func(t *testing.T) {
				if what == "long" && where == "DN" {
					t.Skip("longer than Exim writes, and in doubt: not understood")
				}
				wantEximSubmission(t, "2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa"+fmt.Sprintf(form, word))
			})
		}
		t.Run(what+" in the sender", func(t *testing.T) {
			wantEximSubmission(t, fmt.Sprintf(`2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= "%s"@example.org H=(c) [192.0.2.1] P=esmtpa A=login:u@example.org S=1`, word))
		})
		t.Run(what+" in HELO", func(t *testing.T) {
			if what == "long" {
				word += " "
			}
			wantEximSubmission(t, fmt.Sprintf(`2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(%s) [192.0.2.1] P=esmtpa A=login:u@example.org S=1`, strings.TrimSpace(word)))
		})
	}
}

// wantEximSubmission reads a line that is one submission by u@example.org from 192.0.2.1 in clear text.
func wantEximSubmission(t *testing.T, line string) {
	t.Helper()
	_, tally := readExim(line)
	n := 0
	for c := range tally.Counts() {
		n++
		if k := c.Client; c.Messages != 1 || k.Account != "u@example.org" || k.IP.String() != "192.0.2.1" || k.TLS != authreport.TLSNone || k.Mechanism != "login" {
			t.Errorf("count is %.300v", c)
		}
	}
	if n != 1 {
		t.Errorf("%d counts, want 1, of %.200q", n, line)
	}
	for f := range tally.Failures() {
		t.Errorf("failure %.200v", f)
	}
}

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

// TestEximBounded opens more of everything than is kept.
func TestEximBounded(t *testing.T) {
	p, tally := newTestExim(), authreport.NewTally(time.UTC)
	for i := range 20_000 {
		for _, form := range []string{
			"2026-11-24 10:00:00 login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u%d)",
			"2026-11-24T10:00:00Z mx1 exim[%d]: [1/3] 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa",
			"2026-11-24T10:00:00Z mx1 exim[%d]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
			"2026-11-24T10:00:00Z mx%d exim[1]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
			"2026-11-24T10:00:00Z mx%d exim[1]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
		} {
			p.Line(fmt.Appendf(nil, form, i+1), tally)
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

// FuzzExim reads any text as a log, once in one go and once with a restart at a place of the fuzzer's choice: the counts are alike, and none is absurd. A line that only
// clients have worded, the text as a subject behind a reception without AUTH, never counts.
func FuzzExim(f *testing.F) {
	paths, err := filepath.Glob("testdata/exim/*.log")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no logs: %v", err)
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 8<<10)], uint16(7*i))
	}
	f.Fuzz(func(t *testing.T, text []byte, split uint16) {
		lines := bytes.Split(text, []byte("\n"))
		whole, parts := authreport.NewTally(time.UTC), authreport.NewTally(time.UTC)
		// No stamp can be later than the file, else a restart may take a stamp without year for one of the year before.
		modified := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		one, two := newTestExim(), newTestExim()
		one.File(modified)
		two.File(modified)
		for i, line := range lines {
			one.Line(line, whole)
			two.Line(line, parts)
			if i == int(split)%len(lines) {
				two.Flush(parts)
				state := must(two.MarshalBinary())
				two = newTestExim()
				two.File(modified)
				if err := two.UnmarshalBinary(state); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a, b := must(one.MarshalBinary()), must(two.MarshalBinary()); !bytes.Equal(a, b) {
			t.Errorf("state is %x, after a restart %x", a, b)
		}
		one.Flush(whole)
		two.Flush(parts)
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("counts (-one run +restarted):\n%s", diff)
		}
		var read, messages int64
		for l := range whole.Lines() {
			read += l.Read
		}
		for c := range whole.Counts() {
			messages += c.Messages
			if c.Messages < 1 || c.Hours == 0 || c.Client.Sender == "" || c.Client.TLS == authreport.TLSNone && c.Client.Cipher != "" {
				t.Errorf("count is %+v", c)
			}
		}
		if read != int64(len(lines)) || messages > read {
			t.Errorf("%d lines and %d messages of %d lines", read, messages, len(lines))
		}
		subject := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(string(text[:min(len(text), 8<<10)]))
		for _, helo := range []string{"c", "odd helo"} {
			line := fmt.Sprintf("2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(%s) [192.0.2.1] P=esmtp S=1 id=x@y T=\"%s\" for r@example.net", helo, subject)
			if _, tally := readExim(line); tally.Size() > 1 {
				t.Errorf("counted: %q", line)
			}
		}
	})
}

// FuzzEximState takes up any bytes as a state.
func FuzzEximState(f *testing.F) {
	p, _ := readExim(
		eximSubmission,
		"2026-11-24T10:00:00Z mx1 exim[1]: [1/3] 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa",
		"2026-11-24T10:00:00Z mx1 exim[2]: login authenticator failed for (c) [192.0.2.1]: 535 Incorrect authentication data (set_id=u)",
	)
	f.Add(must(p.MarshalBinary()))
	f.Fuzz(func(t *testing.T, state []byte) {
		p := newTestExim()
		if p.UnmarshalBinary(state) == nil {
			must(p.MarshalBinary())
		}
	})
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
