package maillog

import (
	"fmt"
	"testing"
)

// TestSessionsLetGo: what is silent for long, and the older half of too many, is let go and told, each once.
func TestSessionsLetGo(t *testing.T) {
	gone := map[string]int{}
	s := newSessions(800, 1000, func(key string, n *int) { gone[key] += *n })
	for i := range 100_000 {
		*s.at(fmt.Sprint("s", i), int64(i/100)) = 1 // 100 new ones a second: 80,000 within the age
		if len(s.open) > 1000 {
			t.Fatalf("%d sessions open after %d, limit 1000", len(s.open), i+1)
		}
	}
	*s.at("last", 1e6) = 1
	if len(s.open) != 1 || s.find("last", 1e6) == nil {
		t.Errorf("%d sessions open after a long silence, want the last one", len(s.open))
	}
	s.all()
	if len(gone) != 100_001 {
		t.Errorf("told of %d sessions, want 100001", len(gone))
	}
	for key, n := range gone {
		if n != 1 {
			t.Errorf("told %d times of %s", n, key)
		}
	}
}
