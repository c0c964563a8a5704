package maillog

import (
	"bytes"
	"testing"
	"time"

	"authreport"
)

// bothWays reads lines in one go, and with a restart after one of them that split chooses. At the end the states are the same bytes.
func bothWays[P Parser](t *testing.T, lines [][]byte, split uint16, fresh func() P) (one, two P, whole, parts *authreport.Tally) {
	t.Helper()
	whole, parts = authreport.NewTally(time.UTC), authreport.NewTally(time.UTC)
	one, two = fresh(), fresh()
	for i, line := range lines {
		one.Line(line, whole)
		two.Line(line, parts)
		if i == int(split)%len(lines) {
			two.Flush(parts)
			state := must(two.MarshalBinary())
			two = fresh()
			if err := two.UnmarshalBinary(state); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, b := must(one.MarshalBinary()), must(two.MarshalBinary()); !bytes.Equal(a, b) {
		t.Errorf("state is %x, after a restart %x", a, b)
	}
	return one, two, whole, parts
}
