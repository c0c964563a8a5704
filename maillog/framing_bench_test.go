package maillog

import (
	"maps"
	"slices"
	"testing"
	"time"

	"authreport"
)

// BenchmarkFraming reads the lines of a capture in each form; nothing is done with what they say.
func BenchmarkFraming(b *testing.B) {
	c := logCase{format: "postfix", name: "postfix/A-syslog-long"}
	lines := c.lines(b)
	all := maps.Clone(forms)
	all["RFC 3339"] = func(l taken) string { return l.time.Format("2006-01-02T15:04:05.000000-07:00 ") + l.rest() }
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(name, func(b *testing.B) {
			var written [][]byte
			var size int64
			for _, line := range lines {
				if l, ok := takeApart(line); ok {
					line = []byte(all[name](l))
				}
				written = append(written, line)
				size += int64(len(line)) + 1
			}
			f, tally := newTestFraming(time.UTC), authreport.NewTally(time.UTC)
			var r record
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range written {
					if !f.read(line, &r, tally) {
						b.Fatalf("not understood: %s", line)
					}
				}
			}
		})
	}
}
