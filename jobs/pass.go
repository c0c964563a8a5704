package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authreport"
	"authreport/config"
	"authreport/maillog"
	"authreport/tail"
)

// A batch is stored when it has so much, whatever comes first, and at the end of each file. The more a batch has, the less often the same client's count is
// written; the less, the less is read again after a crash, and the less memory is taken.
const (
	batchKeys  = 20_000
	batchBytes = 64 << 20
	batchTime  = time.Second
	checkLines = 256 // between two looks at how much the batch has
)

// pass is one reading of all sources.
type pass struct {
	*Ingester
	ctx     context.Context
	sources []found
	read    map[streamKey]bool
	summary Summary

	done, total int64     // bytes on disk: of the files read, of all
	told        time.Time // when Progress was last told
}

// reading is the reading of one file.
type reading struct {
	*pass
	file   *tail.File
	parser maillog.Parser
	size   int64               // bytes on disk that were to be read
	start  int64               // offset where reading began
	stored authreport.Position // as the store has it
	since  time.Time           // when the batch began
	lines  int                 // since the last look at the batch
	failed error               // of the store
}

// file reads one file on to its end. settle says that no more lines of its stream are to come.
func (p *pass) file(source config.Source, f *tail.File, settle bool) error {
	if !f.Unread() {
		return nil
	}
	parser, err := p.parser(source, f.Position.Stream)
	if err != nil {
		return err
	}
	parser.File(f.Modified())
	r := &reading{pass: p, file: f, parser: parser, stored: f.Position, since: p.Now()}
	r.size, r.start = f.Remaining(), f.Position.Offset
	err = f.Lines(p.ctx, r.line)
	if r.failed != nil {
		return r.failed
	}
	if settle && err == nil && f.Position != r.stored { // what is settled must be stored with the sessions, or it is counted again
		parser.Settle(p.tally)
	}
	if stored := r.store(); stored != nil {
		return stored
	}
	if f.Position.Offset > r.start {
		p.summary.Files++
		p.summary.Bytes += f.Position.Offset - r.start
	}
	p.done += r.size
	p.tell(0)
	switch fileError := new(tail.FileError); {
	case errors.As(err, &fileError):
		p.fault(source.Name, err)
	case err != nil:
		return err
	}
	return f.Close()
}

// parser gives the parser of a stream, with the sessions that were open where reading ended.
func (p *pass) parser(source config.Source, stream string) (maillog.Parser, error) {
	key := streamKey{source.Name, stream}
	p.read[key] = true
	if parser := p.parsers[key]; parser != nil {
		return parser, nil
	}
	parser, err := NewParser(source)
	if err != nil {
		return nil, err
	}
	state, err := p.Store.Sessions(p.ctx, source.Name, stream)
	if err != nil {
		return nil, err
	}
	if state != nil {
		if err := parser.UnmarshalBinary(state); err != nil {
			// Written by a program that kept them otherwise, or under another format. The lines go on all the same; messages under way at that moment are lost.
			p.fault(source.Name, fmt.Errorf("the sessions that were open in %s cannot be taken up, and are left out: %w", stream, err))
			if parser, err = NewParser(source); err != nil {
				return nil, err
			}
		}
	}
	p.parsers[key] = parser
	return parser, nil
}

// line counts one line. The batch is stored before it, when the position is where the lines that it has end.
func (r *reading) line(line []byte) error {
	if r.lines++; r.lines >= checkLines {
		r.lines = 0
		now := r.Now()
		if r.tally.Size() >= batchKeys || r.file.Position.Offset-r.stored.Offset >= batchBytes || now.Sub(r.since) >= batchTime {
			if err := r.store(); err != nil {
				r.failed = err
				return err
			}
			r.since = r.Now()
		}
		if now.Sub(r.told) >= progressEvery {
			r.tell(r.size - r.file.Remaining())
			r.told = now
		}
	}
	r.parser.Line(line, r.tally)
	return nil
}

// store writes the batch. A transaction under way is not broken off when the program is to stop.
func (r *reading) store() error {
	position := r.file.Position
	if position.Length == 0 || position == r.stored {
		return nil
	}
	r.parser.Flush(r.tally)
	sessions, err := r.parser.MarshalBinary()
	if err != nil {
		return fmt.Errorf("keep open sessions of %s: %w", position.Stream, err)
	}
	written, err := r.Store.Write(context.WithoutCancel(r.ctx), authreport.Batch{Position: position, Sessions: sessions, Tally: r.tally})
	if err != nil {
		return err
	}
	r.file.Position.ID = written.ID
	r.stored = r.file.Position
	r.summary.add(r.tally)
	r.tally.Reset()
	return nil
}

// progressEvery is how often progress is told.
const progressEvery = 100 * time.Millisecond

// tell says how much is read, with so many bytes of the file under way.
func (p *pass) tell(current int64) {
	if p.Progress != nil {
		p.Progress(p.done+current, p.total)
	}
}

// add adds what was counted.
func (s *Summary) add(tally *authreport.Tally) {
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
}
