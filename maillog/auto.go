package maillog

import (
	"bytes"
	"time"

	"authreport"
)

// Auto is the format that stands for finding out which one a log is of.
const Auto = "auto"

// Chooser is a Parser that finds out which format its lines are of: that of the first line that is unmistakably of one. Those before it are only counted.
type Chooser interface {
	// Chosen gives the format and what shows it, for people: "postfix", "postfix, RFC 3339 stamps". Both are empty while no line was recognised.
	Chosen() (format, why string)
}

// auto is the parser of format Auto. Which format it goes on with is part of its state.
type auto struct {
	options  Options
	framing  framing // of the lines before the first recognised one
	modified time.Time
	told     bool   // modified is known
	chosen   Parser // nil until then
	format   string
	why      string
	record   record
}

func newAuto(o Options) *auto {
	a := &auto{options: o}
	a.framing.clock.location = o.Location
	if o.Location == nil {
		a.framing.clock.location = time.UTC
	}
	a.framing.lines.current.Source, a.framing.source = o.Source, o.Source
	return a
}

func (a *auto) Chosen() (format, why string) { return a.format, a.why }

func (a *auto) File(modified time.Time) {
	a.modified, a.told = modified, true
	a.framing.clock.file(modified)
	if a.chosen != nil {
		a.chosen.File(modified)
	}
}

func (a *auto) Line(line []byte, tally *authreport.Tally) {
	if a.chosen != nil {
		a.chosen.Line(line, tally)
		return
	}
	before := a.framing.lines
	f, why := recognise(&a.framing, line, &a.record, tally)
	if f == nil {
		return
	}
	if now := &a.framing.lines; now.start == before.start && now.end == before.end { // the line is counted by the chosen parser
		*now = before
	} else {
		*now = lineFigures{current: authreport.Lines{Source: a.options.Source}}
	}
	a.framing.lines.flush(tally)
	a.choose(f, f.name+", "+why)
	a.chosen.Line(line, tally)
}

// choose goes on with a format.
func (a *auto) choose(f *format, why string) {
	a.chosen, a.format, a.why = f.new(a.options), f.name, why
	if a.told {
		a.chosen.File(a.modified)
	}
	a.framing.forget()
}

// recognise reads a line and gives the format that it is unmistakably of, and by what it is known, for people; nil if there is none.
func recognise(f *framing, line []byte, r *record, tally *authreport.Tally) (found *format, why string) {
	f.form = usualForm
	if !f.read(line, r, tally) {
		r = nil
	}
	for i := range formats {
		if known := formats[i].recognise; known == nil || !known(line, r) {
			continue
		}
		if r == nil {
			return &formats[i], "columns with names"
		}
		return &formats[i], f.formName()
	}
	return nil, ""
}

func (a *auto) Settle(tally *authreport.Tally) {
	if a.chosen != nil {
		a.chosen.Settle(tally)
	}
}

func (a *auto) Flush(tally *authreport.Tally) {
	a.framing.lines.flush(tally)
	if a.chosen != nil {
		a.chosen.Flush(tally)
	}
}

// autoState is the version of the state's form.
const autoState = 1

func (a *auto) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(autoState)
	e.text(a.format)
	if a.chosen == nil {
		a.framing.save(e)
		return e.b, nil
	}
	e.text(a.why)
	inner, err := a.chosen.MarshalBinary()
	return append(e.b, inner...), err
}

func (a *auto) UnmarshalBinary(data []byte) error { return a.takeUp(&decoder{b: data}) }

func (a *auto) takeUp(d *decoder) error {
	a.chosen, a.format, a.why = nil, "", ""
	a.framing.clock.restore(0, false)
	a.framing.forget()
	version, format := d.number(), d.text()
	if d.bad || version != autoState {
		return errState
	}
	if format == "" {
		if a.framing.restore(d); d.bad || len(d.b) > 0 {
			a.framing.clock.restore(0, false)
			a.framing.forget()
			return errState
		}
		return nil
	}
	why := d.text()
	for i := range formats {
		if f := &formats[i]; f.name == format && f.recognise != nil && !d.bad {
			a.choose(f, why)
			err := a.chosen.(stateful).takeUp(d)
			if err != nil {
				a.chosen, a.format, a.why = nil, "", ""
			}
			return err
		}
	}
	return errState
}

// KindOf says how a file is to be read whose text begins with head, 1,024 bytes or all there is. Of Auto the head decides; where nothing in it is recognised, and
// for a format that New does not take, the answer is authreport.Log.
func KindOf(format string, head []byte) authreport.FileKind {
	if format != Auto {
		for _, f := range formats {
			if f.name == format {
				return f.kind
			}
		}
		return authreport.Log
	}
	var r record
	a, tally := newAuto(Options{}), authreport.NewTally(time.UTC)
	for line := range bytes.Lines(head) {
		if f, _ := recognise(&a.framing, bytes.TrimRight(line, "\r\n"), &r, tally); f != nil {
			return f.kind
		}
	}
	return authreport.Log
}
