package maillog

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// FuzzExchange reads any text as a log, once in one go and once with a restart at a place of the fuzzer's choice: the counts are alike, and none is absurd.
func FuzzExchange(f *testing.F) {
	paths, err := filepath.Glob("testdata/exchange/*.log")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no logs: %v", err)
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 8<<10)], uint16(7*i))
		f.Add(text[len(text)-min(len(text), 8<<10):], uint16(11*i))
	}
	f.Fuzz(func(t *testing.T, text []byte, split uint16) {
		lines := bytes.Split(text, []byte("\n"))
		one, two, whole, parts := bothWays(t, lines, split, newTestExchange)
		queued := int64(bytes.Count(text, []byte("Queued mail for delivery")))
		for _, run := range []struct {
			x     *exchange
			tally *authreport.Tally
		}{{one, whole}, {two, parts}} {
			run.x.Settle(run.tally)
			run.x.Flush(run.tally)
			if run.x.held != 0 {
				t.Errorf("messages of weight %d wait", run.x.held)
			}
		}
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("counts (-one run +restarted):\n%s", diff)
		}
		var read, unknown, gaps int64
		for l := range whole.Lines() {
			read += l.Read
			if l.Read < 1 || l.NotUnderstood > l.Read || l.First.After(l.Last) {
				t.Errorf("lines are %+v", l)
			}
		}
		if read != int64(len(lines)) {
			t.Errorf("%d lines, want %d", read, len(lines))
		}
		for c := range whole.Counts() {
			if c.Messages < 1 || c.Hours == 0 || c.Client.Sender == "" || c.Client.TLS == authreport.TLSNone && c.Client.Cipher != "" {
				t.Errorf("count is %+v", c)
			}
			if c.Client.TLS == authreport.TLSUnknown {
				unknown += c.Messages
			} else if c.Client.Account == "" {
				t.Errorf("count without account is %+v", c)
			}
		}
		if total(whole) > queued {
			t.Errorf("%d messages of %d queued", total(whole), queued)
		}
		for g := range whole.Gaps() {
			if g.Gap != authreport.GapExchangeHub && g.Gap != authreport.GapExchangeFailure {
				gaps += g.Count
			}
		}
		if gaps != unknown {
			t.Errorf("%d gaps for %d messages of unknown TLS", gaps, unknown)
		}
	})
}

// FuzzExchangeState takes up any bytes as a state.
func FuzzExchangeState(f *testing.F) {
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	for _, line := range append(append(exchangeFrontEnd(1, 0), exchangeHub(2, 0)[:7]...), exchangeFrontEnd(3, 0)[:3]...) {
		x.Line([]byte(line), tally)
	}
	f.Add(must(x.MarshalBinary()))
	f.Fuzz(func(t *testing.T, state []byte) {
		x, tally := newTestExchange(), authreport.NewTally(time.UTC)
		if x.UnmarshalBinary(state) == nil {
			must(x.MarshalBinary())
			for _, line := range append(exchangeFrontEnd(2, 0), exchangeHub(1, 0)...) {
				x.Line([]byte(line), tally)
			}
		}
	})
}

func BenchmarkExchange(b *testing.B) {
	for _, name := range []string{"2010", "2013-mixed", "2013-hub-first"} {
		b.Run(name, func(b *testing.B) {
			lines := logCase{name: "exchange/" + name}.lines(b)
			size := 0
			for _, line := range lines {
				size += len(line) + 1
			}
			x, tally := newTestExchange(), authreport.NewTally(time.UTC)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					x.Line(line, tally)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
		})
	}
}
