package jobs

import (
	"context"
	"errors"
	"sync"

	"authreport/config"
	"authreport/store"
	"authreport/tail"
)

// journal reads systemd's journal to its end, or with follow on until ctx ends. What is read is stored half a second later at the latest.
func (w *worker) journal(source config.Source, j *tail.Journal, follow bool) error {
	parser, err := w.parser(source, tail.JournalStream)
	if err != nil {
		return err
	}
	parser.File(w.Now())
	r := w.reading(parser, j.Position, j.Stored)
	start := r.stored.Offset
	err = j.Read(w.ctx, follow, r.count, r.store)
	if r.failed != nil {
		return r.failed
	}
	if stored := r.store(); stored != nil {
		return stored
	}
	if read := j.Position().Offset - start; read > 0 {
		w.summarize(func(s *Summary) { s.Files++; s.Bytes += read })
	}
	w.choose(source, tail.JournalStream, parser)
	return err
}

// followJournals follows the journal of each source, until ctx ends.
func (g *Ingester) followJournals(ctx context.Context) {
	var all sync.WaitGroup
	for _, source := range g.Sources {
		one := &Ingester{Store: g.Store, Sources: []config.Source{source}, Zone: g.Zone, Now: g.Now, Log: g.Log, Looked: g.Looked}
		all.Go(func() { one.followJournal(ctx) })
	}
	all.Wait()
}

// followJournal reads the journal of the only source, and then follows it; after a fault it does so anew.
func (g *Ingester) followJournal(ctx context.Context) {
	f := follower{Ingester: g, retry: pollQuiet}
	again := pollQuiet
	for ctx.Err() == nil {
		pause, ok := f.pass(ctx)
		if ok {
			start := g.Now()
			err := g.followed(ctx)
			if ctx.Err() != nil {
				return
			}
			if errors.Is(err, store.ErrForgotten) {
				continue
			}
			if g.Now().Sub(start) > longestRetry {
				again = pollQuiet
			}
			if len(f.logged) == 0 { // else it is told already
				g.Log.Warn("following the journal", "source", g.Sources[0].Name, "fault", err, "again in", again)
			}
			pause, again = again, min(2*again, longestRetry)
		}
		wait(ctx, pause)
	}
}

// followed follows the journal until ctx ends or something fails.
func (g *Ingester) followed(ctx context.Context) error {
	p := &pass{Ingester: g, ctx: ctx, read: map[streamKey]bool{}}
	known, err := p.positions()
	if err != nil {
		return err
	}
	source := g.Sources[0]
	j := tail.NewJournal(source.Name, source.Journal, source.JournalDirectory, known[source.Name])
	if err = p.worker(ctx, 0, 1).journal(source, j, true); err != nil {
		g.parsers, g.tallies = nil, nil // they may be ahead of the store
	}
	return err
}
