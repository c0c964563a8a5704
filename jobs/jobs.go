// Package jobs is what the program does, at its time or on demand: it reads logs into the store, writes requests when reports are due, makes and delivers
// the reports, and prunes the store. It conducts tail, maillog, store, report, render and deliver, which do not know each other.
//
// It knows nothing of command lines; cmd/authreport hands it the configuration, an open store, a channel and a clock.
package jobs

import (
	"context"
	"time"
)

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
