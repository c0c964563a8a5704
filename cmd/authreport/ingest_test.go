package main

import (
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	for _, test := range []struct {
		done, total int64
		after       time.Duration
		want        string
	}{
		{0, 1_000_000_000, 10 * time.Second, "0 of 1000 MB read"},
		{500_000_000, 2_000_000_000, 10 * time.Second, "500 of 2000 MB read, 50 MB/s, 30s left"},
		{2_000_000_000, 2_000_000_000, 40 * time.Second, "2000 of 2000 MB read, 50 MB/s, 0s left"},
	} {
		if got := progressText(test.done, test.total, test.after); got != test.want {
			t.Errorf("%d of %d after %v: %q, want %q", test.done, test.total, test.after, got, test.want)
		}
	}
}
