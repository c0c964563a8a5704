package maillog

import (
	"strings"
	"testing"
)

// TestCounter finds a counter wherever it stands.
func TestCounter(t *testing.T) {
	for before := range 200 {
		for after := range 3 {
			line := strings.Repeat("x", before) + " auth=3/7" + strings.Repeat(" data=1", 10*after)
			if succeeded, total := counter([]byte(line), authCounter); succeeded != 3 || total != 7 {
				t.Errorf("%q: %d of %d", line, succeeded, total)
			}
			if succeeded, total := counter([]byte(strings.Replace(line, "auth", "noop", 1)), authCounter); succeeded != 0 || total != 0 {
				t.Errorf("%q: %d of %d", line, succeeded, total)
			}
		}
	}
}
