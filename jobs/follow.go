package jobs

import (
	"context"
	"time"
)

// How long Follow waits between two passes.
const (
	pollQuiet    = time.Second            // when the last one found nothing: looking costs little, but not nothing
	pollBusy     = 500 * time.Millisecond // when lines are coming
	longestRetry = time.Minute            // after faults of the store, doubling from pollQuiet
)

// Follow reads the sources as they grow, until ctx ends, and returns nil then; the batch under way is stored first. A fault of a file is logged when it appears
// and when it is over. A fault of the store is logged, and what could not be stored is read again after a while: nothing is lost by it.
func (g *Ingester) Follow(ctx context.Context) error {
	var logged []Fault
	retry := pollQuiet
	for ctx.Err() == nil {
		summary, err := g.Once(ctx)
		pause := pollQuiet
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			pause = retry
			retry = min(2*retry, longestRetry)
			g.Log.Error("reading logs", "fault", err, "again in", pause)
		default:
			retry = pollQuiet
			logged = g.logFaults(logged, summary.Faults)
			if summary.Lines > 0 {
				pause = pollBusy
				g.Log.Debug("read logs", "files", summary.Files, "lines", summary.Lines, "submissions", summary.Submissions, "failures", summary.Failures)
			}
		}
		wait(ctx, pause)
	}
	return nil
}

// logFaults logs what has changed since the faults before, and gives those of now.
func (g *Ingester) logFaults(before, now []Fault) []Fault {
	missing := func(f Fault, in []Fault) bool {
		for _, other := range in {
			if f.String() == other.String() {
				return false
			}
		}
		return true
	}
	for _, f := range now {
		if missing(f, before) {
			g.Log.Warn("reading logs", "source", f.Source, "fault", f.Err)
		}
	}
	for _, f := range before {
		if missing(f, now) {
			g.Log.Info("reading logs: no longer", "source", f.Source, "fault", f.Err)
		}
	}
	return now
}
