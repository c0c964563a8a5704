package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"authreport"
	"authreport/config"
	"authreport/maillog"
	"authreport/tail"
)

// A batch is stored when it has so much, whatever comes first, and at the end of each file. The more a batch has, the less often the same client's count is
// written; the less, the less is read again after a crash, and the less memory is taken. The keys are shared by the streams that are read at once.
const (
	batchKeys  = 20_000
	batchBytes = 64 << 20
	batchTime  = time.Second
	checkLines = 1024 // between two looks at how much the batch has
)

// progressEvery is how often progress is told.
const progressEvery = 100 * time.Millisecond

// reading is the reading of one file, or of the journal.
type reading struct {
	*worker
	parser   maillog.Parser
	position func() authreport.Position // where the lines that were read end
	number   func(id int64)             // notes the store's number of the position

	stored authreport.Position // as the store has it
	since  time.Time           // when the batch began
	lines  int                 // since the last look at the batch
	last   time.Time           // stamp of the latest line in batches that are stored
	looked func()              // called at each look; may be nil
	failed error               // of the store, or of the parser's state
	bad    int64               // lines of the batch that are not understood, at the level debug
	debug  bool                // where lines are that are not understood is logged
}

// reading begins to read where position is.
func (w *worker) reading(parser maillog.Parser, position func() authreport.Position, number func(int64)) *reading {
	debug := w.Log != nil && w.Log.Enabled(w.ctx, slog.LevelDebug)
	return &reading{worker: w, parser: parser, position: position, number: number, stored: position(), since: w.Now(), debug: debug}
}

// file reads one file on to its end. final says that it is the last of its stream.
func (w *worker) file(source config.Source, f *tail.File, final bool) error {
	parser, err := w.parser(source, f.Position.Stream)
	if err != nil {
		return err
	}
	parser.File(f.Modified())
	r := w.reading(parser, func() authreport.Position { return f.Position }, func(id int64) { f.Position.ID = id })
	size, start, told := f.Remaining(), f.Position.Offset, w.Now()
	r.looked = func() {
		if now := w.Now(); now.Sub(told) >= progressEvery {
			told = now
			w.progress(size - f.Remaining())
		}
	}
	err = f.Blocks(w.ctx, r.count)
	if r.failed != nil {
		return r.failed
	}
	stored := error(nil)
	if final && err == nil {
		stored = r.final(source, f)
	} else {
		stored = r.store()
	}
	if stored != nil {
		return stored
	}
	if read := f.Position.Offset - start; read > 0 {
		w.summarize(func(s *Summary) { s.Files++; s.Bytes += read })
	}
	w.choose(source, f.Position.Stream, parser)
	return err
}

// count counts some lines. The batch is stored before them, when the position is where the lines that it has end.
func (r *reading) count(lines []byte) error {
	if r.lines >= checkLines {
		if err := r.check(); err != nil {
			return err
		}
	}
	for offset := 0; len(lines) > 0; r.lines++ {
		line, rest := tail.NextLine(lines)
		r.parser.Line(line, r.tally)
		if r.debug {
			r.look(line, offset)
		}
		offset += len(lines) - len(rest)
		lines = rest
	}
	return nil
}

// check looks at how much the batch has, and stores it if that is enough.
func (r *reading) check() error {
	r.lines = 0
	if r.looked != nil {
		r.looked()
	}
	if r.tally.Size() >= r.keys || r.position().Offset-r.stored.Offset >= batchBytes || r.Now().Sub(r.since) >= batchTime {
		return r.store()
	}
	return nil
}

// look logs where a line is that was not understood.
func (r *reading) look(line []byte, offset int) {
	r.parser.Flush(r.tally)
	bad := int64(0)
	for l := range r.tally.Lines() {
		bad += l.NotUnderstood
	}
	if bad > r.bad {
		at := r.position()
		r.Log.Debug("a line is not understood", "source", at.Source, "file", at.Path, "offset", at.Offset+int64(offset), "line", string(line[:min(len(line), authreport.ExampleLength)]))
	}
	r.bad = bad
}

// store writes the batch. A transaction under way is not broken off when the program is to stop.
func (r *reading) store() error {
	r.since = r.Now()
	position := r.position()
	if position.Length == 0 && position.Cursor == "" || position == r.stored {
		return nil
	}
	r.latest()
	sessions, err := r.parser.MarshalBinary()
	if err != nil {
		err = fmt.Errorf("keep open sessions of %s: %w", position.Stream, err)
	} else {
		position, err = r.write(authreport.Batch{Position: position, Sessions: sessions, Tally: r.tally})
	}
	if err != nil {
		r.failed = err
		return err
	}
	r.number(position.ID)
	r.stored, r.bad = r.position(), 0
	return nil
}

// write stores a batch, and empties its tally.
func (w *worker) write(b authreport.Batch) (authreport.Position, error) {
	position, err := w.Store.Write(context.WithoutCancel(w.ctx), b)
	if err == nil && b.Tally != nil {
		w.count(b.Tally)
		b.Tally.Reset()
	}
	return position, err
}

// export reads a whole file into one batch, which takes the place of what earlier ones said of its days. If it cannot be read to its end, nothing of it counts.
func (w *worker) export(source config.Source, f *tail.File) error {
	parser, err := NewParser(source)
	if err != nil {
		return err
	}
	parser.File(f.Modified())
	size, start, told, lines := f.Remaining(), f.Position.Offset, w.Now(), 0
	err = f.Lines(w.ctx, func(line []byte) error {
		if lines++; lines%checkLines == 0 {
			if now := w.Now(); now.Sub(told) >= progressEvery {
				told = now
				w.progress(size - f.Remaining())
			}
		}
		parser.Line(line, w.tally)
		return nil
	})
	read := f.Position.Offset - start
	if refuser, ok := parser.(maillog.Refuser); ok && err == nil && refuser.Refused() != "" {
		f.Position.Offset, f.Position.Fault = 0, "it is "+refuser.Refused()
		err = &tail.FileError{Path: f.Position.Path, Err: errors.New(f.Position.Fault), Remedy: "nothing of it is counted; put a whole file in its place, or leave it out of paths"}
	}
	batch := authreport.Batch{Position: f.Position}
	switch {
	case err == nil && read > 0:
		parser.Settle(w.tally)
		parser.Flush(w.tally)
		batch.Tally, batch.Replace = w.tally, true
	case err != nil:
		w.tally.Reset()
		if f.Position.Fault == "" {
			return err
		}
	}
	if _, fault := w.write(batch); fault != nil {
		return fault
	}
	if read > 0 {
		w.summarize(func(s *Summary) { s.Files++; s.Bytes += read })
	}
	return err
}
