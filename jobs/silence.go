package jobs

import (
	"slices"
	"time"

	"authreport"
	"authreport/config"
	"authreport/tail"
)

// How long ago a log's last line must be for nothing more to be expected of what its sessions left open. Servers give up a silent client after minutes
// (smtpd_timeout of Postfix 5, RFC 5321 section 4.5.3.2.7); logs of which several make one may be copied here one after the other, a day apart.
const (
	silentAfter       = 10 * time.Minute
	joinedSilentAfter = 48 * time.Hour
)

// open is a stream that was read to its end, while messages may wait there for a later line.
type open struct {
	source   config.Source
	position authreport.Position // as stored
	last     time.Time           // when its latest line came
	kind     authreport.FileKind
}

// silent says whether nothing more is to be expected.
func (o open) silent(now time.Time) bool {
	after := silentAfter
	if o.kind == authreport.JoinedLogs {
		after = joinedSilentAfter
	}
	return !o.last.IsZero() && now.Sub(o.last) >= after
}

// left notes that the stream of o is read to its end; settled says that nothing waits there.
func (p *pass) left(o open, settled bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := streamKey{o.source.Name, o.position.Stream}
	if settled {
		delete(p.open, key)
	} else {
		p.open[key] = o
	}
}

// remembered makes the streams that earlier processes read to their end known: their last line is at most as young as their newest file.
func (p *pass) remembered() {
	if p.open != nil {
		return
	}
	p.open = map[streamKey]open{}
	for _, s := range p.sources {
		for _, f := range slices.Backward(s.files) {
			key := streamKey{s.source.Name, f.Position.Stream}
			if _, known := p.open[key]; !known && f.Position.ID != 0 && f.Kind != authreport.Export {
				p.open[key] = open{s.source, f.Position, f.Modified(), f.Kind}
			}
		}
	}
}

// settleSilent counts what waits in streams of which no line has come for long. A log that goes on after all goes on from there.
func (p *pass) settleSilent() error {
	for key, o := range p.open {
		if p.read[key] || !o.silent(p.Now()) {
			continue
		}
		if len(p.tallies) == 0 {
			p.tallies = append(p.tallies, authreport.NewTally(p.Zone))
		}
		w := p.worker(p.ctx, 0, 1)
		if err := w.settle(o); err != nil {
			return err
		}
		delete(p.open, key)
	}
	return nil
}

// settle counts what waits in one stream.
func (w *worker) settle(o open) error {
	parser, err := w.parser(o.source, o.position.Stream)
	if err != nil {
		return err
	}
	parser.Settle(w.tally)
	if w.tally.Size() == 0 {
		return nil
	}
	r := w.reading(parser, func() authreport.Position { return o.position }, func(int64) {})
	r.stored = authreport.Position{} // the position is as it was, but the sessions are not
	return r.store()
}

// final ends the reading of a stream's last file. What is settled is stored with the sessions, or it would be counted again.
func (r *reading) final(source config.Source, f *tail.File) error {
	r.latest()
	o := open{source, f.Position, r.last, f.Kind}
	if r.follows && o.last.Before(f.Modified()) { // by a clock or in a zone other than the source's, and its stamps are old from the start
		o.last = f.Modified()
	}
	settled := f.Position.Length > 0 && (r.Settle || o.silent(r.Now())) // a position without length is not stored
	if settled {
		r.parser.Settle(r.tally)
		if r.tally.Size() > 0 {
			r.stored = authreport.Position{} // also if the last batch ended here
		}
	}
	if err := r.store(); err != nil {
		return err
	}
	o.position = r.stored
	r.left(o, settled)
	return nil
}

// latest notes the stamp of the latest line.
func (r *reading) latest() {
	r.parser.Flush(r.tally)
	for l := range r.tally.Lines() {
		if l.Last.After(r.last) {
			r.last = l.Last
		}
	}
}
