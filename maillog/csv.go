package maillog

import (
	"bytes"
	"slices"

	"authreport"
)

// csvTable reads files of rows with a delimiter between their fields (RFC 4180), by the columns that the configuration names, or those of a format.
//
// A header tells where the columns are: a row that has all that is needed. It may stand anywhere: files are rotated, and joined. Without names, where the
// columns are numbers, there is no header.
type csvTable struct {
	table
	csvRows
	delimiters []byte     // that may stand between fields; the header tells which one does
	names      [][]string // by cell: the names that its column may have, as sameName gives them
	needed     []int      // the cells without which a row is no header
	numbered   bool
	header     []byte // the latest one; nil if there was none
	position   []int  // by cell: where its column is, from 0; -1 if there is none
	width      int    // fields of a row; 0 if no header was seen, or if there is none

	adjust func(cells [][]byte) bool // changes a row's cells before they count; false if they cannot; may be nil
	refuse func(line []byte) string  // says why a line in the place of the header is none; may be nil
}

func newCSV(o Options) Parser {
	p := &csvTable{table: newTable(o, authreport.GapTableTLS), delimiters: []byte{','}}
	if o.Delimiter != 0 {
		p.delimiters[0] = byte(o.Delimiter)
	}
	p.needed = []int{timeCell, accountCell}
	for i, name := range p.columns {
		p.names = append(p.names, nil)
		if name != "" {
			p.names[i] = []string{sameName([]byte(name))}
		}
		if i >= tableCells {
			p.needed = append(p.needed, i)
		}
	}
	for _, r := range slices.Concat(p.accepted, p.failed) {
		p.needed = append(p.needed, r.cell)
	}
	p.forget()
	if number, ok := wholeNumber([]byte(p.columns[timeCell])); ok && number > 0 {
		p.number()
	}
	return p
}

// number takes the columns' names for their places.
func (p *csvTable) number() {
	p.numbered = true
	for i, name := range p.columns {
		if n, ok := wholeNumber([]byte(name)); ok && n > 0 && n <= maxFields {
			p.position[i] = int(n) - 1
		}
	}
}

// forget forgets all but the options.
func (p *csvTable) forget() {
	p.table.forget()
	p.drop()
	p.delimiter, p.header, p.width = p.delimiters[0], nil, 0
	if !p.numbered {
		p.position = slices.Repeat([]int{-1}, len(p.columns))
	}
}

func (p *csvTable) Line(line []byte, tally *authreport.Tally) {
	state := rowBroken
	if p.heldLines == 0 {
		line = trimMark(line)
	}
	if len(line) < MaxLine {
		state = p.add(line)
	}
	switch {
	case state == rowOpen && (p.numbered || p.width > 0):
		p.enter(true, tally)
	case state == rowOpen: // a header is one line
		p.drop()
		p.enter(false, tally)
		p.reject(line)
	case state == rowComplete && p.take(line, tally):
		p.drop()
		p.enter(true, tally)
	default:
		p.enter(false, tally)
		p.giveUp(line, tally)
	}
}

// giveUp marks the first line of a row that is none, and reads the others as rows of their own, if there are any: one bad quote is to cost one line.
func (p *csvTable) giveUp(line []byte, tally *authreport.Tally) {
	lines := append(p.release(), line)
	p.reject(lines[0])
	for _, line := range lines[1:] {
		if len(line) >= MaxLine || p.add(line) != rowComplete || !p.take(line, tally) {
			p.reject(line)
		}
		p.drop()
	}
}

// reject marks a line that is not understood, and says why if it is a header of something else.
func (p *csvTable) reject(line []byte) {
	if p.refuse != nil && p.width == 0 {
		if reason := p.refuse(line); reason != "" {
			line = append([]byte(reason+": "), line...)
		}
	}
	p.notUnderstood(line)
}

// take counts the row at hand, or learns from it where the columns are; false if it is not understood. line is its last line.
func (p *csvTable) take(line []byte, tally *authreport.Tally) bool {
	if len(line) == 0 && len(p.fields) == 1 {
		return true // an empty line
	}
	if !p.numbered && (p.width == 0 || len(p.fields) != p.width) {
		return p.readHeader(line)
	}
	for i, at := range p.position {
		switch {
		case at < 0:
			p.cells[i] = nil
		case at >= len(p.fields):
			return false
		default:
			p.cells[i] = p.fields[at]
		}
	}
	at, timed := p.time.read(p.cells[timeCell])
	if !timed && !p.numbered && p.readHeader(line) {
		return true
	}
	if p.adjust != nil && !p.adjust(p.cells) {
		return false
	}
	return p.count(at, timed, tally)
}

// readHeader learns from a row of one line where the columns are; false if it is no header.
func (p *csvTable) readHeader(line []byte) bool {
	if len(line) > maxHeader || p.heldLines > 0 {
		return false
	}
	for _, delimiter := range p.delimiters {
		rows := csvRows{delimiter: delimiter}
		if rows.split(line, false) != rowComplete {
			continue
		}
		if position, ok := p.positions(rows.fields); ok {
			p.delimiter, p.position, p.width, p.header = delimiter, position, len(rows.fields), bytes.Clone(line)
			return true
		}
	}
	return false
}

// maxHeader is the length in bytes of the longest header: it is kept.
const maxHeader = 16 << 10

// positions finds the columns in a header.
func (p *csvTable) positions(fields [][]byte) ([]int, bool) {
	position := slices.Repeat([]int{-1}, len(p.columns))
	for at, field := range fields {
		name := sameName(field)
		for i, names := range p.names {
			if position[i] < 0 && slices.Contains(names, name) {
				position[i] = at
			}
		}
	}
	for _, i := range p.needed {
		if position[i] < 0 {
			return nil, false
		}
	}
	return position, true
}

// csvState is the version of the state's form, its first number.
const csvState = 1

// MarshalBinary writes the state: the clock, the header, and the lines of a row that is not at its end.
func (p *csvTable) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(csvState)
	p.save(e)
	e.text(string(p.header))
	e.number(int64(p.heldLines))
	e.text(string(p.held))
	return e.b, nil
}

// UnmarshalBinary takes up a state. A header in which the columns are no more found, since the configuration has changed, is left out.
func (p *csvTable) UnmarshalBinary(state []byte) error { return p.takeUp(&decoder{b: state}) }

func (p *csvTable) takeUp(d *decoder) error {
	p.forget()
	version := d.number()
	p.restore(d)
	header, lines, held := d.name(), d.number(), d.name()
	if d.bad || version != csvState || len(d.b) > 0 || lines < 0 || lines >= maxRowLines || len(held) >= maxRow+1 || int64(bytes.Count([]byte(held), []byte{'\n'})) != lines {
		p.forget()
		return errState
	}
	if header != "" && !p.numbered {
		p.readHeader([]byte(header))
	}
	p.held, p.heldLines = append(p.held, held...), int(lines)
	return nil
}
