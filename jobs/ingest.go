package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"authreport"
	"authreport/config"
	"authreport/maillog"
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

// Facts keeps a text for each key. Its errors name the store.
type Facts interface {
	Runtime(ctx context.Context, key string) (value string, err error)
	SetRuntime(ctx context.Context, key, value string) error
}

// Ingester reads logs into the store. It is not safe for concurrent use, and while it reads no other process may read logs into the same store:
// the caller holds the store's LockIngest.
type Ingester struct {
	Store interface {
		LogStore
		Facts
	}
	Sources  []config.Source
	Zone     *time.Location // whose calendar days are counted
	Now      func() time.Time
	Log      *slog.Logger            // what Follow tells; Once tells nothing
	Settle   bool                    // no more lines are to come: what waits for a later line to tell more of it is counted as far as is known
	Progress func(done, total int64) // told several times a second how many of the bytes on disk are read; may be nil

	tally   *authreport.Tally
	parsers map[streamKey]maillog.Parser // as far as the store; of the streams that the last pass read
	faults  map[string]string            // by source, as stored; see storeFaults
}

// streamKey tells a stream among those of all sources.
type streamKey struct{ source, stream string }

// Summary is what one pass over the logs read.
type Summary struct {
	Files         int // that had something new
	Lines         int64
	NotUnderstood int64   // of the lines
	Submissions   int64   // accepted
	Failures      int64   // failed AUTH attempts
	Bytes         int64   // of text, after decompression
	Faults        []Fault // by source, in the order of the configuration
}

// Fault is why something that a source names cannot be read.
type Fault struct {
	Source string
	Err    error // a *tail.FileError with path and remedy, for the most part
}

// String names the source and says what is wrong.
func (f Fault) String() string { return "source " + f.Source + ": " + f.Err.Error() }

// found is the files of one source.
type found struct {
	source config.Source
	files  []*tail.File
}

// Once reads every source from where reading ended to its end as of now. Each file's lines are counted and its position moved on in common transactions, so
// that a pass can be broken off at any moment and goes on from there. Faults of single files are in the summary, and in the store for Faults; they stop nothing else.
//
// The error is of the store, and names it, or of ctx. What was not stored by then is read again by the next pass. When ctx ends, what is read is stored first.
func (g *Ingester) Once(ctx context.Context) (Summary, error) {
	p := &pass{Ingester: g, ctx: ctx, read: map[streamKey]bool{}}
	err := p.run()
	for _, s := range p.sources {
		for _, f := range s.files {
			f.Close()
		}
	}
	if err != nil { // parsers and tally may be ahead of the store
		g.parsers, g.tally = nil, nil
		return p.summary, err
	}
	for key := range g.parsers {
		if !p.read[key] {
			delete(g.parsers, key)
		}
	}
	return p.summary, g.storeFaults(ctx, p.summary.Faults)
}

// run finds what is to be read, and reads it.
func (p *pass) run() error {
	if p.tally == nil {
		p.tally = authreport.NewTally(p.Zone)
		p.parsers = map[streamKey]maillog.Parser{}
	}
	for _, source := range p.Sources {
		known, err := p.Store.Positions(p.ctx, source.Name)
		if err != nil {
			return err
		}
		files, faults := tail.Find(source.Name, source.Paths, known, p.Now())
		p.sources = append(p.sources, found{source, files})
		for _, err := range faults {
			p.fault(source.Name, err)
		}
	}
	p.settleOwners()
	for _, s := range p.sources {
		for _, f := range s.files {
			p.total += f.Remaining()
		}
	}
	for _, s := range p.sources {
		for i, f := range s.files {
			settle := p.Settle && !slices.ContainsFunc(s.files[i+1:], func(g *tail.File) bool { return g.Unread() && g.Position.Stream == f.Position.Stream })
			if err := p.file(s.source, f, settle); err != nil {
				return err
			}
		}
	}
	return nil
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
			p.fault(other.source.Name, &tail.FileError{
				Path:   f.Position.Path,
				Err:    fmt.Errorf("the sources %s and %s both name it, and it is counted for %s alone", p.sources[first.source].source.Name, s.source.Name, owner),
				Remedy: "take it out of the paths of one of them",
			})
			other.files[loser.file].Close()
		}
	}
}

func (p *pass) fault(source string, err error) {
	p.summary.Faults = append(p.summary.Faults, Fault{source, err})
}

// storeFaults keeps the faults of each source for Faults, if they have changed.
func (g *Ingester) storeFaults(ctx context.Context, faults []Fault) error {
	if g.faults == nil {
		g.faults = map[string]string{}
	}
	for _, source := range g.Sources {
		texts := []string{}
		for _, f := range faults {
			if f.Source == source.Name {
				texts = append(texts, f.Err.Error())
			}
		}
		encoded, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		stored, known := g.faults[source.Name]
		if !known {
			if stored, err = g.Store.Runtime(ctx, faultsKey(source.Name)); err != nil {
				return err
			}
		}
		if text := string(encoded); text != stored && (stored != "" || len(texts) > 0) {
			if err := g.Store.SetRuntime(ctx, faultsKey(source.Name), text); err != nil {
				return err
			}
			stored = text
		}
		g.faults[source.Name] = stored
	}
	return nil
}

func faultsKey(source string) string { return "faults of " + source }

// Faults gives what could not be read of a source, in words, when its logs were last looked at; empty if all was well.
func Faults(ctx context.Context, facts Facts, source string) ([]string, error) {
	text, err := facts.Runtime(ctx, faultsKey(source))
	if err != nil || text == "" {
		return nil, err
	}
	var faults []string
	if err := json.Unmarshal([]byte(text), &faults); err != nil {
		return nil, fmt.Errorf("read the faults of source %s: %w", source, err)
	}
	return slices.Clip(faults), nil
}
