package maillog

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// fuzzFormat reads any text as a log of a format, once in one go and once with a restart at a place of the fuzzer's choice: the counts are alike, and none is absurd.
// most is the most submissions and failed attempts that a text can prove.
func fuzzFormat(f *testing.F, format string, most func(text []byte) (messages, failures int64)) {
	paths, err := filepath.Glob("testdata/" + format + "/*.log")
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
		start := func() Parser {
			p, err := New(format, Options{Source: "src", Location: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			// No stamp can be later than the file, else a restart may take a stamp without year for one of the year before.
			p.File(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
			return p
		}
		one, two, whole, parts := bothWays(t, lines, split, start)
		one.Settle(whole)
		one.Flush(whole)
		two.Settle(parts)
		two.Flush(parts)
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("counts (-one run +restarted):\n%s", diff)
		}
		messages, failures := most(text)
		if got := total(whole); got > messages {
			t.Errorf("%d messages, and the text has %d at most", got, messages)
		}
		var failed int64
		for c := range whole.Failures() {
			failed += c.Attempts
		}
		if failed > failures {
			t.Errorf("%d failed attempts, and the text has %d at most", failed, failures)
		}
		unknown, gaps := int64(0), int64(0)
		for c := range whole.Counts() {
			k := c.Client
			if c.Messages < 1 || c.Hours == 0 || k.Sender == "" || k.TLS == authreport.TLSNone && k.Cipher != "" {
				t.Errorf("count is %+v", c)
			}
			if k.TLS == authreport.TLSUnknown {
				unknown += c.Messages
			}
			if k.Account == "" {
				unknown += c.Messages
			}
		}
		for g := range whole.Gaps() {
			if g.Gap != authreport.GapSendmailFailure && g.Gap != authreport.GapOpenSMTPDSender {
				gaps += g.Count
			}
		}
		if unknown != gaps {
			t.Errorf("%d unknown TLS versions and accounts, %d gaps", unknown, gaps)
		}
	})
}

// fuzzState takes up any bytes as a state, seeded with one of what a log of the format leaves.
func fuzzState(f *testing.F, format, path string) {
	start := func() Parser {
		p, err := New(format, Options{Source: "src", Location: time.UTC})
		if err != nil {
			f.Fatal(err)
		}
		p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
		return p
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	p, tally := start(), authreport.NewTally(time.UTC)
	for i, line := range bytes.Split(text, []byte("\n")) {
		p.Line(line, tally)
		if i%40 == 39 {
			f.Add(must(p.MarshalBinary()))
		}
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		p, tally := start(), authreport.NewTally(time.UTC)
		if p.UnmarshalBinary(state) != nil {
			return
		}
		written := must(p.MarshalBinary())
		again := start()
		if err := again.UnmarshalBinary(written); err != nil || !bytes.Equal(written, must(again.MarshalBinary())) {
			t.Errorf("what was taken up is not what is written: %v", err)
		}
		p.Settle(tally)
	})
}

// benchmarkFormat reads a capture, or the log that AUTHREPORT_BENCH_LOG names.
func benchmarkFormat(b *testing.B, format, path string) {
	if given := os.Getenv("AUTHREPORT_BENCH_LOG"); given != "" {
		path = given
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	p, err := New(format, Options{Source: "src", Location: time.UTC})
	if err != nil {
		b.Fatal(err)
	}
	p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	tally := authreport.NewTally(time.UTC)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range lines {
			p.Line(line, tally)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
}

// longTest is how many sessions the tests of bounds read, enough to reach every limit: AUTHREPORT_TEST_LONG=1 makes it ten million.
func longTest() int {
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		return 10_000_000
	}
	return 160_000
}

// heapOf is the memory in use, in bytes, while p is.
func heapOf(p Parser) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(p)
	return m.HeapInuse
}
