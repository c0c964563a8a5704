package maillog

import "authreport"

// jsonl reads files that have a JSON object in each line (RFC 8259, one value a line), by the columns that the configuration names.
type jsonl struct {
	table
	row jsonRow
}

func newJSONL(o Options) Parser {
	p := &jsonl{table: newTable(o, authreport.GapTableTLS)}
	p.row = jsonRow{paths: p.columns, values: p.cells, counts: p.counts}
	return p
}

func (p *jsonl) Line(line []byte, tally *authreport.Tally) {
	ok := len(line) < MaxLine
	switch {
	case !ok:
	case len(line) == 0:
	case p.row.read(trimMark(line)):
		at, timed := p.time.read(p.cells[timeCell])
		ok = p.count(at, timed, tally)
	default:
		ok = false
	}
	p.enter(ok, tally)
	if !ok {
		p.notUnderstood(line)
	}
}

// jsonlState is the version of the state's form, its first number.
const jsonlState = 1

// MarshalBinary writes the state: the clock.
func (p *jsonl) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(jsonlState)
	p.save(e)
	return e.b, nil
}

// UnmarshalBinary takes up a state.
func (p *jsonl) UnmarshalBinary(state []byte) error { return p.takeUp(&decoder{b: state}) }

func (p *jsonl) takeUp(d *decoder) error {
	version := d.number()
	p.restore(d)
	if d.bad || version != jsonlState || len(d.b) > 0 {
		p.forget()
		return errState
	}
	return nil
}
