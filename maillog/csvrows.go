package maillog

import (
	"bytes"
	"slices"
)

// csvRows puts the lines of a CSV file together to rows (RFC 4180). It is forgiving where writers are careless: a quote counts as a field's own letter unless
// the field begins with it, and within a quoted field unless another quote, the delimiter or the line's end follows.
type csvRows struct {
	delimiter byte
	fields    [][]byte // of the row at hand, valid until the next line; at most maxFields

	held      []byte // the lines of a row whose last field is quoted and still open, each with its line end
	heldLines int
	scratch   []byte // fields that had doubled quotes
}

// What a row may have. A quote that is never closed takes no more than this with it.
const (
	maxFields   = 512
	maxRow      = 64 << 10 // bytes, of a row of several lines
	maxRowLines = 64
)

// rowState is what has become of a line.
type rowState uint8

const (
	rowComplete rowState = iota // fields has the row
	rowOpen                     // the row goes on with the next line
	rowBroken                   // it went on for too long, or has too many fields
)

// add adds a line. After rowBroken, held has the lines before this one.
func (c *csvRows) add(line []byte) rowState {
	if c.heldLines == 0 {
		switch c.split(line, false) {
		case rowOpen:
			return c.hold(line)
		case rowBroken:
			return rowBroken
		}
		return rowComplete
	}
	if len(c.held)+len(line) >= maxRow {
		return rowBroken
	}
	switch c.split(line, true) {
	case rowOpen:
		return c.hold(line)
	case rowBroken:
		return rowBroken
	}
	c.held = append(c.held, line...)
	state := c.split(c.held, false)
	if state != rowComplete {
		c.held = c.held[:len(c.held)-len(line)]
		return rowBroken
	}
	return rowComplete
}

func (c *csvRows) hold(line []byte) rowState {
	if len(c.held)+len(line) >= maxRow || c.heldLines+1 >= maxRowLines {
		return rowBroken
	}
	c.held = append(append(c.held, line...), '\n')
	c.heldLines++
	return rowOpen
}

// release forgets the lines of the row, and gives them.
func (c *csvRows) release() [][]byte {
	if c.heldLines == 0 {
		return nil
	}
	lines := bytes.SplitN(slices.Clone(c.held), []byte{'\n'}, c.heldLines+1)[:c.heldLines]
	c.drop()
	return lines
}

// drop forgets the lines of the row.
func (c *csvRows) drop() { c.held, c.heldLines = c.held[:0], 0 }

// split finds the fields of a row, which may begin within a quoted field.
func (c *csvRows) split(row []byte, quoted bool) rowState {
	c.fields, c.scratch = c.fields[:0], c.scratch[:0]
	for {
		if len(c.fields) == maxFields {
			return rowBroken
		}
		if !quoted && (len(row) == 0 || row[0] != '"') {
			i := bytes.IndexByte(row, c.delimiter)
			if i < 0 {
				c.fields = append(c.fields, row)
				return rowComplete
			}
			c.fields = append(c.fields, row[:i])
			row = row[i+1:]
			continue
		}
		if !quoted {
			row = row[1:]
		}
		quoted = false
		end, doubled := c.closing(row)
		if end < 0 {
			return rowOpen
		}
		field := row[:end]
		if doubled {
			field = c.undouble(field)
		}
		c.fields = append(c.fields, field)
		if end+1 == len(row) {
			return rowComplete
		}
		row = row[end+2:]
	}
}

// closing gives the place of the quote that closes the field which b begins with; -1 if there is none. doubled says that there are doubled ones before it.
func (c *csvRows) closing(b []byte) (end int, doubled bool) {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1, doubled
		}
		i += n
		switch {
		case i+1 == len(b) || b[i+1] == c.delimiter:
			return i, doubled
		case b[i+1] == '"':
			doubled = true
			i++
		}
		if i+1 >= len(b) {
			return -1, doubled
		}
	}
}

// undouble makes one quote of two.
func (c *csvRows) undouble(field []byte) []byte {
	start := len(c.scratch)
	for {
		i := bytes.Index(field, []byte(`""`))
		if i < 0 {
			c.scratch = append(c.scratch, field...)
			return c.scratch[start:]
		}
		c.scratch = append(c.scratch, field[:i+1]...)
		field = field[i+2:]
	}
}
