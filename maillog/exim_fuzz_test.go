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
	f.Add([]byte("2026-11-24 10:00:00 Start queue run: pid=1\n2026-11-24 10:00:01 +0530"), uint16(0)) // a zone that is cut off
	f.Fuzz(func(t *testing.T, text []byte, split uint16) {
		lines := bytes.Split(text, []byte("\n"))
		// No stamp can be later than the file, else a restart may take a stamp without year for one of the year before.
		modified := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		one, two, whole, parts := bothWays(t, lines, split, func() *exim {
			p := newTestExim()
			p.File(modified)
			return p
		})
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
