package jobs

import (
	"context"
	"sync"
	"time"
)

// How long Follow waits between two passes.
const (
	pollQuiet    = time.Second            // when the last one found nothing: looking costs little, but not nothing
	pollBusy     = 500 * time.Millisecond // when lines are coming
	pollShare    = 100                    // of the time, at most one part in so many goes into looking when nothing comes: with very many files it takes long
	longestQuiet = 10 * time.Second       // even so
	longestRetry = time.Minute            // after faults of the store, doubling from pollQuiet
)

// Follow reads the sources as they grow, until ctx ends, and returns nil then; the batch under way is stored first. A fault of a file is logged when it appears
// and when it is over. A fault of the store is logged, and what could not be stored is read again after a while: nothing is lost by it.
func (g *Ingester) Follow(ctx context.Context) error {
	files, journals := *g, *g
	files.Sources, journals.Sources, files.follows = nil, nil, true
	for _, s := range g.Sources {
		if len(s.Journal) > 0 {
			journals.Sources = append(journals.Sources, s)
		} else {
			files.Sources = append(files.Sources, s)
		}
	}
	var all sync.WaitGroup
	all.Go(func() { journals.followJournals(ctx) })
	if len(files.Sources) > 0 {
		f := follower{Ingester: &files, retry: pollQuiet}
		for ctx.Err() == nil {
			pause, _ := f.pass(ctx)
			wait(ctx, pause)
		}
	}
	all.Wait()
	return nil
}

// follower is what Follow keeps from one pass to the next.
type follower struct {
	*Ingester
	logged []Fault
	chosen map[streamKey]string
	retry  time.Duration // wait after the next fault of the store
}

// pass reads all sources once, logs what is to be told, and says when to look again. ok is false after a fault of the store.
func (f *follower) pass(ctx context.Context) (pause time.Duration, ok bool) {
	start := f.Now()
	summary, err := f.Once(ctx)
	if f.Looked != nil && ctx.Err() == nil {
		f.Looked(err)
	}
	switch {
	case ctx.Err() != nil:
		return 0, false
	case err != nil:
		pause = f.retry
		f.retry = min(2*f.retry, longestRetry)
		f.Log.Error("reading logs", "fault", err, "again in", pause)
		return pause, false
	}
	f.retry = pollQuiet
	f.logged = f.logFaults(f.logged, summary.Faults)
	f.logChoices(summary.Choices)
	if summary.Lines > 0 {
		f.Log.Debug("read logs", "files", summary.Files, "lines", summary.Lines, "submissions", summary.Submissions, "failures", summary.Failures)
		return pollBusy, true
	}
	return min(max(pollQuiet, pollShare*f.Now().Sub(start)), longestQuiet), true
}

// logChoices logs what the format auto has recognised, once.
func (f *follower) logChoices(choices []Choice) {
	if f.chosen == nil {
		f.chosen = map[streamKey]string{}
	}
	for _, c := range choices {
		if key := (streamKey{c.Source, c.Stream}); f.chosen[key] != c.Format {
			f.chosen[key] = c.Format
			f.Log.Info("format recognised", "source", c.Source, "log", c.Stream, "format", c.Format)
		}
	}
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
