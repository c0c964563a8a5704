package maillog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// newTestPostfix makes a parser of a log written today, in the sense of these tests.
func newTestPostfix(services map[string]Service) *postfix {
	p := newPostfix(Options{Source: "src", Location: time.UTC, Services: services}).(*postfix)
	p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return p
}

// at is the start of a line of host mx1, so many seconds after 10 o'clock of 20 November 2026.
func at(second int) string {
	return time.Date(2026, 11, 20, 10, 0, second, 0, time.UTC).Format(time.RFC3339) + " mx1 "
}

func feed(p *postfix, tally *authreport.Tally, lines ...string) {
	for _, line := range lines {
		p.Line([]byte(line), tally)
	}
}

// messages gives the messages by account and TLS version.
func messages(tally *authreport.Tally) map[string]int64 {
	sums := make(map[string]int64)
	for c := range tally.Counts() {
		sums[c.Client.Account+" "+c.Client.TLS.String()] += c.Messages
	}
	return sums
}

const clearText = "postfix/submission/smtpd[7]: "

func submission(id, account string) []string {
	return []string{
		at(1) + clearText + id + ": client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=" + account,
		at(2) + "postfix/qmgr[8]: " + id + ": from=<" + account + "@example.org>, size=1, nrcpt=1 (queue active)",
	}
}

func TestLongLine(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	lines := submission("AAAAA00001", "long")
	lines[0] += strings.Repeat("x", MaxLine)
	feed(p, tally, lines...)
	feed(p, tally, at(3)+clearText+"disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6")
	p.Flush(tally)
	if got := messages(tally); len(got) != 0 {
		t.Errorf("a cut line counts: %v", got)
	}
	for l := range tally.Lines() {
		if l.NotUnderstood != 1 || len(l.Example) != authreport.ExampleLength {
			t.Errorf("lines are %+v", l)
		}
	}
}

// TestExpiry sees what becomes of a message in clear text whose session's end does not come.
func TestExpiry(t *testing.T) {
	disconnect := clearText + "disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6"
	other := func(second int) (lines []string) {
		for range sweepLines {
			lines = append(lines, at(second)+"postfix/qmgr[8]: AAAAA00009: removed")
		}
		return lines
	}
	tls := at(0) + "postfix/submission/smtpd[6]: Anonymous TLS connection established from pc[192.0.2.1]: TLSv1.3 with cipher X (256/256 bits)"
	connect := at(0) + clearText + "connect from pc[192.0.2.1]"
	for _, c := range []struct {
		name  string
		lines []string
		want  map[string]int64
	}{
		{"waits for the session's end", append(submission("AAAAA00001", "a"), other(3600)...), map[string]int64{}},
		{"counts when it comes", append(submission("AAAAA00001", "a"), at(3)+disconnect), map[string]int64{"a none": 1}},
		{"after a day the log cannot tell", append(submission("AAAAA00001", "a"), other(3*daySeconds)...), map[string]int64{"a unknown": 1}},
		{"but for the service's TLS lines", append(append([]string{tls, connect}, submission("AAAAA00001", "a")...), other(3*daySeconds)...), map[string]int64{"a none": 1}},
		{"which prove the log level for a week", append(append([]string{tls, at(9*daySeconds) + connect[len(at(0)):]}, strings.ReplaceAll(submission("AAAAA00001", "a")[0], at(1), at(9*daySeconds)),
			strings.ReplaceAll(submission("AAAAA00001", "a")[1], at(2), at(9*daySeconds))), other(12*daySeconds)...), map[string]int64{"a unknown": 1}},
		{"the queue manager is hours late", append(append(submission("AAAAA00001", "a")[:1], at(3)+disconnect), append(other(5*3600), at(5*3600)+submission("AAAAA00001", "a")[1][len(at(2)):])...), map[string]int64{"a none": 1}},
		{"the queue manager takes another message of that ID next day", append(append(submission("AAAAA00001", "a")[:1], at(3)+disconnect), append(other(daySeconds), at(daySeconds)+submission("AAAAA00001", "a")[1][len(at(2)):])...), map[string]int64{}},
		{"a host that is silent for a week", append(append(submission("AAAAA00001", "a"), other(3600)...), strings.Split(strings.ReplaceAll(strings.Join(other(9*daySeconds), "\n"), " mx1 ", " mx2 "), "\n")...), map[string]int64{"a unknown": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
			feed(p, tally, c.lines...)
			if diff := gocmp.Diff(messages(tally), c.want); diff != "" {
				t.Errorf("messages (-got +want):\n%s", diff)
			}
		})
	}
}

// TestServices has the configuration say how services start TLS.
func TestServices(t *testing.T) {
	for _, c := range []struct {
		tag  string
		say  map[string]Service
		want string
	}{
		{"postfix/submission", nil, "none"},
		{"postfix/smtps", nil, "unknown"},
		{"postfix/submissions", map[string]Service{"mua": STARTTLS}, "unknown"},
		{"postfix/mua", nil, "unknown"},
		{"postfix/mua", map[string]Service{"mua": STARTTLS}, "none"},
		{"postfix", nil, "none"},
		{"postfix-out", nil, "none"},
		{"postfix", map[string]Service{"smtpd": ImplicitTLS}, "unknown"},
	} {
		p, tally := newTestPostfix(c.say), authreport.NewTally(time.UTC)
		for _, line := range append(submission("AAAAA00001", "a"), at(3)+clearText+"disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6") {
			feed(p, tally, strings.Replace(line, "postfix/submission/smtpd", c.tag+"/smtpd", 1))
		}
		if diff := gocmp.Diff(messages(tally), map[string]int64{"a " + c.want: 1}); diff != "" {
			t.Errorf("%s with %v (-got +want):\n%s", c.tag, c.say, diff)
		}
	}
}

// TestSettle counts what waits, once, and lets the sessions go on.
func TestSettle(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	feed(p, tally, submission("AAAAA00001", "first")...)
	p.Settle(tally)
	p.Settle(tally)
	feed(p, tally, submission("AAAAA00002", "second")...)
	feed(p, tally, at(3)+clearText+"AAAAA00003: client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=held",
		at(3)+"postfix/cleanup[9]: AAAAA00003: hold: header Subject: x from pc[192.0.2.1]; from=<held@example.org> to=<x@example.org> proto=ESMTP helo=<pc>")
	p.Settle(tally)
	feed(p, tally, submission("AAAAA00004", "last")...)
	feed(p, tally, at(4)+clearText+"disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=4 rcpt=4 data=4 quit=1 commands=15")
	want := map[string]int64{"first unknown": 1, "second unknown": 1, "held unknown": 1, "last none": 1}
	if diff := gocmp.Diff(messages(tally), want); diff != "" {
		t.Errorf("messages (-got +want):\n%s", diff)
	}
}

// TestSettleCountsOnce settles after every line of every log: the messages are those of one run, whatever is said of their TLS.
func TestSettleCountsOnce(t *testing.T) {
	for _, c := range logCases(t) {
		p, tally := c.parser(t), authreport.NewTally(time.UTC)
		for _, line := range c.lines(t) {
			p.Line(line, tally)
			p.Settle(tally)
		}
		if got, want := total(tally), total(c.read(t)); got < want {
			t.Errorf("%s: %d messages, want %d", c.name, got, want)
		}
	}
}

func total(tally *authreport.Tally) (n int64) {
	for c := range tally.Counts() {
		n += c.Messages
	}
	return n
}

func TestStateOfAnother(t *testing.T) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	feed(p, tally, submission("AAAAA00001", "a")...)
	state, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(state)
	other[0]++
	for name, data := range map[string][]byte{"empty": nil, "other version": other, "cut": state[:len(state)-1], "longer": append(bytes.Clone(state), 0), "garbage": []byte("garbage")} {
		if err := p.UnmarshalBinary(data); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if fresh, _ := newTestPostfix(nil).MarshalBinary(); !bytes.Equal(fresh, must(p.MarshalBinary())) {
			t.Errorf("%s: something was kept", name)
		}
	}
	if err := p.UnmarshalBinary(state); err != nil {
		t.Error(err)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestNew(t *testing.T) {
	if _, err := New("qmail", Options{}); err == nil || !strings.Contains(err.Error(), "postfix") {
		t.Errorf("error is %v", err)
	}
	for _, format := range Formats() {
		if _, err := New(format, Options{}); err != nil {
			t.Error(err)
		}
	}
}

// FuzzPostfix reads any text as a log, once in one go and once with a restart at a place of the fuzzer's choice: the counts are alike, and none is absurd.
func FuzzPostfix(f *testing.F) {
	paths, err := filepath.Glob("testdata/postfix/*.log")
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
		// No stamp can be later than the file, else a restart may take a stamp without year for one of the year before.
		modified := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		one, two, whole, parts := bothWays(t, lines, split, func() *postfix {
			p := newTestPostfix(nil)
			p.File(modified)
			return p
		})
		for _, run := range []struct {
			p     *postfix
			tally *authreport.Tally
		}{{one, whole}, {two, parts}} {
			checkBounds(t, run.p)
			run.p.Settle(run.tally)
			run.p.Flush(run.tally)
			checkGaps(t, run.tally)
		}
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("counts (-one run +restarted):\n%s", diff)
		}
		var read int64
		for l := range whole.Lines() {
			read += l.Read
			if l.Read < 1 || l.NotUnderstood > l.Read || l.GuessedYears > l.Read || l.First.After(l.Last) {
				t.Errorf("lines are %+v", l)
			}
		}
		if read != int64(len(lines)) {
			t.Errorf("%d lines, want %d", read, len(lines))
		}
		for c := range whole.Counts() {
			if c.Messages < 1 || c.Messages > int64(len(lines)) || c.Hours == 0 || c.Client.Sender == "" || c.Client.TLS <= authreport.TLSNone && c.Client.Cipher != "" && c.Client.TLS == authreport.TLSNone {
				t.Errorf("count is %+v", c)
			}
		}
	})
}

// FuzzPostfixState takes up any bytes as a state.
func FuzzPostfixState(f *testing.F) {
	p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
	feed(p, tally, submission("AAAAA00001", "a")...)
	f.Add(must(p.MarshalBinary()))
	f.Fuzz(func(t *testing.T, state []byte) {
		p := newTestPostfix(nil)
		if p.UnmarshalBinary(state) == nil {
			must(p.MarshalBinary())
		}
	})
}

func BenchmarkPostfix(b *testing.B) {
	for _, name := range []string{"A-syslog-long", "F1-newyear-bsd"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile("testdata/postfix/" + name + ".log")
			if err != nil {
				b.Fatal(err)
			}
			lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
			p, tally := newTestPostfix(nil), authreport.NewTally(time.UTC)
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
