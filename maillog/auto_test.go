package maillog

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// recognised says whether a format can be found out.
func recognised(name string) bool {
	return slices.ContainsFunc(formats, func(f format) bool { return f.name == name && f.recognise != nil })
}

// TestAuto reads every log without being told its format: the counts are the same, also with a restart in the middle of the lines before the format is known.
func TestAuto(t *testing.T) {
	chosen := make(map[string]int)
	for _, c := range logCases(t) {
		if !recognised(c.format) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			want := c.read(t)
			found := c
			found.format = Auto
			p, tally := found.parser(t), authreport.NewTally(time.UTC)
			for i, line := range c.lines(t) {
				p.Line(line, tally)
				if i < 50 || i%50 == 0 {
					p = found.restarted(t, p, tally)
				}
			}
			if c.settle {
				p.Settle(tally)
			}
			p.Flush(tally)
			format, why := p.(Chooser).Chosen()
			if format == "" {
				if len(figures(want, "")) > 1 {
					t.Error("not recognised")
				}
				return
			}
			if chosen[format]++; format != c.format || !strings.HasPrefix(why, format+", ") {
				t.Fatalf("chose %s (%s)", format, why)
			}
			if diff := gocmp.Diff(describe(tally), describe(want)); diff != "" {
				t.Errorf("counts (-chosen +told):\n%s", diff)
			}
		})
	}
	for _, f := range formats {
		if f.recognise != nil && chosen[f.name] == 0 {
			t.Errorf("%s was never chosen", f.name)
		}
	}
}

// restarted goes on with another parser.
func (c logCase) restarted(t *testing.T, p Parser, tally *authreport.Tally) Parser {
	t.Helper()
	p.Flush(tally)
	state := must(p.MarshalBinary())
	p = c.parser(t)
	if err := p.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if again := must(p.MarshalBinary()); !bytes.Equal(again, state) {
		t.Fatal("the state changed when it was taken up")
	}
	return p
}

// TestChosen has the words of some choices.
func TestChosen(t *testing.T) {
	for _, c := range []struct {
		lines []string
		why   string
	}{
		{[]string{"Nov 20 10:00:00 mx1 kernel: x", "Nov 20 10:00:00 mx1 postfix/qmgr[1]: x"}, "postfix, stamps without year"},
		{[]string{"", "2026-11-20T10:00:00Z mx1 incoming/smtpd[1]: x"}, "postfix, RFC 3339 stamps"},
		{[]string{"<22>1 2026-11-20T10:00:00Z mx1 postfix 1 - - x"}, "postfix, RFC 5424"},
		{[]string{"Fri 2026-11-20 10:00:00 UTC mx1 postfix@-.service[1]: x"}, "postfix, stamps with a date"},
		{[]string{`{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1795188181000000","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"12"}`}, "postfix, journald's JSON"},
		{[]string{`{"log":"Nov 20 10:00:00 mx1 postfix/smtpd[1]: x\n","stream":"stdout","time":"2026-11-20T10:00:00Z"}`}, "postfix, Docker's JSON"},
		{[]string{`{"time":"1795188181","priority":"info","program":"postfix/smtpd","message":"x"},`}, "postfix, mailcow's JSON"},
		{[]string{"mail-1  | Nov 20 10:00:00 mx1 postfix/smtpd[1]: x"}, "postfix, container names in front"},
		{[]string{"Nov 20 10:00:00 mx1 sm-mta[1]: x"}, "sendmail, stamps without year"},
		{[]string{"\ufeff#Software: Microsoft Exchange Server\r"}, "exchange, columns with names"},
		{[]string{"Nov 20 10:00:00 mx1 dovecot: x", "x", "Nov 20 10:00:00 mx1 foo/bar[1]: postfix/smtpd[1]: x", "Nov 20 10:00:00 mx1 smtpd[1]: x"}, ""},
	} {
		p, tally := newAuto(Options{Source: "src"}), authreport.NewTally(time.UTC)
		p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
		for _, line := range c.lines {
			p.Line([]byte(line), tally)
		}
		p.Flush(tally)
		if _, why := p.Chosen(); why != c.why {
			t.Errorf("%q: chose %q, want %q", c.lines, why, c.why)
		}
		var read int64
		for l := range tally.Lines() {
			read += l.Read
		}
		if want := int64(len(c.lines)); read != want && !strings.HasPrefix(c.why, "exchange") {
			t.Errorf("%q: counted %d lines, want %d", c.lines, read, want)
		}
	}
}

// TestKindOf finds the kinds of the logs in testdata by their first 1,024 bytes.
func TestKindOf(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	seen := make(map[authreport.FileKind]int)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		format := filepath.Base(filepath.Dir(path))
		want := authreport.Log
		p := newAuto(Options{})
		for line := range bytes.Lines(text) {
			p.Line(bytes.TrimRight(line, "\r\n"), authreport.NewTally(time.UTC))
		}
		if chosen, _ := p.Chosen(); chosen != "" {
			want = KindOf(format, nil)
		}
		if got := KindOf(Auto, text[:min(len(text), authreport.FingerprintLength)]); got != want {
			t.Errorf("%s: kind %d, want %d", path, got, want)
		}
		seen[want]++
	}
	if len(seen) < 2 {
		t.Errorf("kinds in testdata: %v", seen)
	}
	if got := KindOf("qmail", nil); got != authreport.Log {
		t.Errorf("kind of a format that is not known: %d", got)
	}
}

// TestAutoState refuses states that are none.
func TestAutoState(t *testing.T) {
	p := newAuto(Options{Source: "src", Location: time.UTC})
	p.Line([]byte("Nov 20 10:00:00 mx1 postfix/qmgr[1]: x"), authreport.NewTally(time.UTC))
	state := must(p.MarshalBinary())
	for i := range state {
		if err := newAuto(Options{}).UnmarshalBinary(state[:i]); err == nil {
			t.Errorf("%x was taken up", state[:i])
		}
	}
	e := &encoder{}
	e.number(autoState)
	e.text("qmail")
	e.text("x")
	if err := p.UnmarshalBinary(e.b); err == nil {
		t.Error("a state of another format was taken up")
	}
	if format, why := p.Chosen(); format != "" || why != "" {
		t.Errorf("chosen after that: %q, %q", format, why)
	}
}
