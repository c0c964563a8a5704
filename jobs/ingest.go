package jobs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"authreport"
	"authreport/config"
	"authreport/maillog"
	"authreport/store"
	"authreport/tail"
)

// LogStore takes what is read of logs, and knows how far they are read. Its errors name the store.
type LogStore interface {
	// Positions gives all files of a source that are known.
	Positions(ctx context.Context, source string) ([]authreport.Position, error)
	// Sessions gives the parser's state at the end of what is read of a stream; nil if nothing is.
	Sessions(ctx context.Context, source, stream string) ([]byte, error)
	// Write takes a batch as a whole or not at all, and gives its position with the file's number.
	Write(context.Context, authreport.Batch) (authreport.Position, error)
}

// Ingester reads logs into the store. It is not safe for concurrent use, and while it reads no other process may read logs into the same store:
// the caller holds the store's LockIngest.
type Ingester struct {
	Store interface {
		LogStore
		Facts
	}
	Sources  []config.Source
	Others   []string       // names of sources that are not read: what was counted for one of them is not counted again
	Zone     *time.Location // whose calendar days are counted
	Now      func() time.Time
	Log      *slog.Logger            // what Follow tells, and at the level debug where lines are that are not understood; nil: nothing
	Settle   bool                    // no more lines are to come: what waits for a later line to tell more of it is counted as far as is known
	Looked   func(error)             // told after each look of Follow at the logs what went wrong with the store, nil if nothing did; may be nil
	Progress func(done, total int64) // told several times a second how many of the bytes on disk are read, never by two at once; may be nil

	follows  bool                         // passes are made as the logs grow: a file that is being written is not silent, whatever its stamps
	tallies  []*authreport.Tally          // one for each stream that is read beside others
	open     map[streamKey]open           // streams where messages may wait; nil before the first pass
	parsers  map[streamKey]maillog.Parser // as far as the store; of the streams that the last pass read
	memories map[string]*tail.Memory      // by source
	faults   map[string]string            // by source, as stored; see storeFaults
	choices  map[string]map[string]string // by source and stream, as stored; see storeChoices
}

// streamKey tells a stream among those of all sources.
type streamKey struct{ source, stream string }

// Summary is what one pass over the logs read.
type Summary struct {
	Files         int // that had something new; the journal is one
	Lines         int64
	NotUnderstood int64    // of the lines
	Submissions   int64    // accepted
	Failures      int64    // failed AUTH attempts
	Bytes         int64    // of text, after decompression
	Faults        []Fault  // by source, in the order of the configuration
	Choices       []Choice // of the format auto, in what was read, by source and stream
}

// found is the files of one source.
type found struct {
	source  config.Source
	files   []*tail.File
	journal *tail.Journal // nil for files
}

// Once reads every source from where reading ended to its end as of now. Each file's lines are counted and its position moved on in common transactions, so
// that a pass can be broken off at any moment and goes on from there. Faults of single files are in the summary, and in the store for Faults; they stop nothing else.
// Messages that wait for a later line are counted as far as is known when their log has said nothing for ten minutes (silentAfter).
// If names are forgotten meanwhile (store.Store.Forget), it begins anew with what the store has then.
// Streams are read side by side, on as many cores as Go may use, at most eight.
//
// The error is of the store, and names it, or of ctx. What was not stored by then is read again by the next pass. When ctx ends, what is read is stored first.
func (g *Ingester) Once(ctx context.Context) (Summary, error) {
	summary, err := g.once(ctx, Summary{})
	if errors.Is(err, store.ErrForgotten) {
		summary.Faults, summary.Choices = nil, nil
		summary, err = g.once(ctx, summary)
	}
	return summary, err
}

// once is a pass that adds to a summary.
func (g *Ingester) once(ctx context.Context, summary Summary) (Summary, error) {
	p := &pass{Ingester: g, ctx: ctx, read: map[streamKey]bool{}, summary: summary}
	err := p.run()
	for _, s := range p.sources {
		for _, f := range s.files {
			f.Close()
		}
	}
	sortFaults(p.summary.Faults, g.Sources)
	p.summary.Choices = sortedChoices(p.summary.Choices)
	if err != nil { // parsers and tallies may be ahead of the store
		g.parsers, g.tallies = nil, nil
		return p.summary, err
	}
	for key := range g.parsers {
		if !p.read[key] {
			delete(g.parsers, key)
		}
	}
	return p.summary, errors.Join(g.storeFaults(ctx, p.summary.Faults), g.storeChoices(ctx, p.summary.Choices))
}

// run finds what is to be read, and reads it.
func (p *pass) run() error {
	if p.parsers == nil {
		p.parsers = map[streamKey]maillog.Parser{}
	}
	known, err := p.positions()
	if err != nil {
		return err
	}
	for _, source := range p.Sources {
		if len(source.Journal) > 0 {
			p.sources = append(p.sources, found{source: source, journal: tail.NewJournal(source.Name, source.Journal, source.JournalDirectory, known[source.Name])})
			continue
		}
		others := func() (all []authreport.Position) {
			for name, positions := range known {
				if name != source.Name {
					all = append(all, positions...)
				}
			}
			return all
		}
		files, faults := tail.Find(tail.Search{
			Source: source.Name, Patterns: source.Paths, Known: known[source.Name], Others: others, Now: p.Now(), Kind: Kind(source), Memory: p.memory(source.Name),
		})
		p.sources = append(p.sources, found{source: source, files: files})
		for _, err := range faults {
			p.fault(source.Name, err)
		}
	}
	p.settleOwners()
	p.remembered()
	for _, s := range p.sources {
		for _, f := range s.files {
			p.total += f.Remaining()
		}
	}
	if err := p.readAll(); err != nil {
		return err
	}
	return p.settleSilent()
}

// positions gives how far the files of all sources are read, by source.
func (p *pass) positions() (map[string][]authreport.Position, error) {
	names := slices.Clone(p.Others)
	for _, s := range p.Sources {
		names = append(names, s.Name)
	}
	known := map[string][]authreport.Position{}
	for _, name := range names {
		positions, err := p.Store.Positions(p.ctx, name)
		if err != nil {
			return nil, err
		}
		known[name] = positions
	}
	return known, nil
}

// memory gives what is remembered of a source's files.
func (g *Ingester) memory(source string) *tail.Memory {
	if g.memories == nil {
		g.memories = map[string]*tail.Memory{}
	}
	if g.memories[source] == nil {
		g.memories[source] = new(tail.Memory)
	}
	return g.memories[source]
}

// settleOwners sees to it that no file is read for two sources: the one that it was read for before has it, or else the first. The other one gets a fault.
func (p *pass) settleOwners() {
	type claim struct{ source, file int }
	owners := map[tail.DiskID]claim{}
	for i, s := range p.sources {
		for j, f := range s.files {
			first, taken := owners[f.DiskID()]
			if !taken {
				owners[f.DiskID()] = claim{i, j}
				continue
			}
			winner, loser := first, claim{i, j}
			if p.sources[first.source].files[first.file].Position.ID == 0 && f.Position.ID != 0 {
				winner, loser = loser, winner
				owners[f.DiskID()] = winner
			}
			owner, other := p.sources[winner.source].source.Name, p.sources[loser.source]
			p.fault(other.source.Name, tail.Alien(f.Position.Path, owner, other.source.Name))
			other.files[loser.file].Close()
		}
	}
}
