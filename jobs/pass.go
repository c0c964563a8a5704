package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"authreport"
	"authreport/config"
	"authreport/maillog"
	"authreport/tail"
)

// mostReaders bounds how many streams are read at once, and so the memory: each takes a buffer, a tally, and what its file's compression needs. The store takes
// one batch after the other.
const mostReaders = 8

// pass is one reading of all sources.
type pass struct {
	*Ingester
	ctx     context.Context
	sources []found
	total   int64 // bytes on disk of all files that are to be read

	mutex   sync.Mutex // guards what follows, and the parsers
	read    map[streamKey]bool
	summary Summary
	done    int64 // bytes on disk that are read
}

// work is one stream.
type work struct {
	source  config.Source
	files   []*tail.File  // oldest first
	journal *tail.Journal // nil for files
}

// size is how many bytes on disk there are to read; the journal's are not known.
func (w *work) size() (sum int64) {
	for _, f := range w.files {
		sum += f.Remaining()
	}
	return sum
}

// works gives the streams that have something to read, the largest first, so that none is begun when all others are done; the order of equal ones is that of the sources.
func (p *pass) works() []work {
	var works []work
	for _, s := range p.sources {
		if s.journal != nil {
			works = append(works, work{source: s.source, journal: s.journal})
			continue
		}
		for files := s.files; len(files) > 0; {
			n := slices.IndexFunc(files, func(f *tail.File) bool { return f.Position.Stream != files[0].Position.Stream })
			if n < 0 {
				n = len(files)
			}
			if slices.ContainsFunc(files[:n], (*tail.File).Unread) {
				works = append(works, work{source: s.source, files: files[:n]})
			}
			files = files[n:]
		}
	}
	slices.SortStableFunc(works, func(a, b work) int { return cmp.Compare(b.size(), a.size()) })
	return works
}

// readAll reads every stream, several at once if there are cores.
func (p *pass) readAll() error {
	works := p.works()
	if p.Progress != nil && p.total > 0 {
		p.Progress(0, p.total)
	}
	readers := min(len(works), runtime.GOMAXPROCS(0), mostReaders)
	for len(p.tallies) < readers {
		p.tallies = append(p.tallies, authreport.NewTally(p.Zone))
	}
	if readers <= 1 {
		return p.worker(p.ctx, 0, readers).do(works, new(atomic.Int64))
	}
	ctx, stop := context.WithCancel(p.ctx)
	defer stop()
	var next atomic.Int64
	var all sync.WaitGroup
	faults := make([]error, readers)
	for i := range readers {
		all.Go(func() {
			if faults[i] = p.worker(ctx, i, readers).do(works, &next); faults[i] != nil {
				stop() // the others store what they have
			}
		})
	}
	all.Wait()
	if err := p.ctx.Err(); err != nil {
		return err
	}
	return errors.Join(slices.DeleteFunc(faults, func(err error) bool { return errors.Is(err, context.Canceled) })...)
}

// worker reads one stream after the other.
type worker struct {
	*pass
	ctx   context.Context
	tally *authreport.Tally
	keys  int   // that a batch may have
	told  int64 // bytes of the file under way that are told as read
}

func (p *pass) worker(ctx context.Context, i, of int) *worker {
	if of == 0 {
		return &worker{}
	}
	return &worker{pass: p, ctx: ctx, tally: p.tallies[i], keys: batchKeys / of}
}

// do takes works until none is left.
func (w *worker) do(works []work, next *atomic.Int64) error {
	for {
		i := int(next.Add(1)) - 1
		if i >= len(works) {
			return nil
		}
		if err := w.stream(works[i]); err != nil {
			return err
		}
	}
}

func (w *worker) stream(s work) error {
	if s.journal != nil {
		return w.noted(s.source, w.journal(s.source, s.journal, false))
	}
	for i, f := range s.files {
		if !f.Unread() {
			continue
		}
		final := !slices.ContainsFunc(s.files[i+1:], (*tail.File).Unread)
		read := func() error { return w.file(s.source, f, final) }
		if f.Kind == authreport.Export {
			read = func() error { return w.export(s.source, f) }
		}
		size := f.Remaining()
		w.told = 0
		if err := w.noted(s.source, read()); err != nil {
			return err
		}
		w.progress(size)
		f.Close()
	}
	return nil
}

// noted notes the fault of a file, and gives other errors back.
func (p *pass) noted(source config.Source, err error) error {
	if fault := new(tail.FileError); errors.As(err, &fault) {
		p.fault(source.Name, err)
		return nil
	}
	return err
}

func (p *pass) fault(source string, err error) {
	p.summarize(func(s *Summary) { s.Faults = append(s.Faults, Fault{source, err}) })
}

// progress says how many bytes of the file under way are read.
func (w *worker) progress(read int64) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.done += read - w.told
	w.told = read
	if w.Progress != nil {
		w.Progress(w.done, w.total)
	}
}

// summarize changes the summary.
func (p *pass) summarize(change func(*Summary)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	change(&p.summary)
}

// count adds what was read to the summary.
func (p *pass) count(tally *authreport.Tally) {
	p.summarize(func(s *Summary) {
		for c := range tally.Counts() {
			s.Submissions += c.Messages
		}
		for f := range tally.Failures() {
			s.Failures += f.Attempts
		}
		for l := range tally.Lines() {
			s.Lines += l.Read
			s.NotUnderstood += l.NotUnderstood
		}
	})
}

// parser gives the parser of a stream, with the sessions that were open where reading ended.
func (w *worker) parser(source config.Source, stream string) (maillog.Parser, error) {
	key := streamKey{source.Name, stream}
	w.mutex.Lock()
	w.pass.read[key] = true
	parser := w.parsers[key]
	w.mutex.Unlock()
	if parser != nil {
		return parser, nil
	}
	parser, err := NewParser(source)
	if err != nil {
		return nil, err
	}
	state, err := w.Store.Sessions(w.ctx, source.Name, stream)
	if err != nil {
		return nil, err
	}
	if state != nil {
		if err := parser.UnmarshalBinary(state); err != nil {
			// Written by a program that kept them otherwise, or under another format. The lines go on all the same; messages under way at that moment are lost.
			w.fault(source.Name, fmt.Errorf("the sessions that were open in %s cannot be taken up, and are left out: %w", stream, err))
			if parser, err = NewParser(source); err != nil {
				return nil, err
			}
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.parsers[key] = parser
	return parser, nil
}
