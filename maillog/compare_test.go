package maillog

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"authreport"
)

// compareFigures reports the first figures that differ.
func compareFigures(t *testing.T, got, want map[string]int64) {
	t.Helper()
	differ := 0
	for _, k := range slices.Sorted(maps.Keys(maps.Collect(union(got, want)))) {
		if got[k] == want[k] {
			continue
		}
		if differ++; differ <= 5 {
			t.Errorf("%s: got %d, want %d", k, got[k], want[k])
		}
	}
	if differ > 5 {
		t.Errorf("and %d more", differ-5)
	}
}

func union(a, b map[string]int64) iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for _, m := range []map[string]int64{a, b} {
			for k, v := range m {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// figures gives what a tally counts, without the figures of the lines; server, if it is not empty, in place of the servers' names.
func figures(tally *authreport.Tally, server string) map[string]int64 {
	sums := make(map[string]int64)
	for c := range tally.Counts() {
		if server != "" {
			c.Client.Server = server
		}
		sums[fmt.Sprintf("%s %+v %06x recipients", c.Day, c.Client, c.Hours)] += c.Recipients
		sums[fmt.Sprintf("%s %+v %06x messages", c.Day, c.Client, c.Hours)] += c.Messages
	}
	for f := range tally.Failures() {
		if server != "" {
			f.Server = server
		}
		sums[fmt.Sprintf("%s %s %s %v %s %06x failures", f.Day, f.Server, f.Account, f.IP, f.Mechanism, f.Hours)] += f.Attempts
	}
	for g := range tally.Gaps() {
		sums[fmt.Sprintf("%s gap %s", g.Day, g.Gap)] += g.Count
	}
	var notUnderstood int64
	for l := range tally.Lines() {
		notUnderstood += l.NotUnderstood
	}
	sums["lines not understood"] = notUnderstood
	return sums
}
