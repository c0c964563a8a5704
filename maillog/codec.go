package maillog

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"authreport"
)

// errState says that a state was not written by this format's MarshalBinary, or by another version of it.
var errState = errors.New("parser state is damaged or of another version")

// encoder writes a parser's state: numbers as varints, strings with their length in front.
type encoder struct{ b []byte }

func (e *encoder) number(n int64) { e.b = binary.AppendVarint(e.b, n) }

func (e *encoder) text(s string) {
	e.number(int64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) flag(f bool) {
	if f {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

// bits writes two flags; without the second one it writes what flag does.
func (e *encoder) bits(first, second bool) {
	e.flag(first)
	if second {
		e.b[len(e.b)-1] |= 2
	}
}

func (e *encoder) address(a netip.Addr) {
	b, _ := a.MarshalBinary() // never fails
	e.text(string(b))
}

// decoder reads what encoder wrote. After a fault everything it gives is zero, and bad is set.
type decoder struct {
	b      []byte
	bad    bool
	rename func(string) string // of names; nil: they are as they were written
}

func (d *decoder) number() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count reads the number of things that follow, each at least a byte long.
func (d *decoder) count() int {
	n := d.number()
	if n < 0 || n > int64(len(d.b)) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// name reads a text that names an account or a sender, or is a part of a line that may.
func (d *decoder) name() string {
	s := d.text()
	if d.rename != nil {
		s = d.rename(s)
	}
	return s
}

// sender reads a folded sender and its domain; one that is renamed to nothing is the null sender.
func (d *decoder) sender() (sender, domain string) {
	if sender, domain = d.name(), d.text(); sender == "" && !d.bad {
		return authreport.NullSender, ""
	}
	return sender, domain
}

func (d *decoder) flag() bool {
	if len(d.b) == 0 {
		d.bad = true
		return false
	}
	f := d.b[0] != 0
	d.b = d.b[1:]
	return f
}

// bits reads what encoder.bits wrote.
func (d *decoder) bits() (first, second bool) {
	if len(d.b) == 0 {
		d.bad = true
		return false, false
	}
	b := d.b[0]
	d.b = d.b[1:]
	return b&1 != 0, b&2 != 0
}

func (d *decoder) address() (a netip.Addr) {
	if a.UnmarshalBinary([]byte(d.text())) != nil {
		d.bad = true
	}
	return a
}

// stateful is a Parser as it takes up a state.
type stateful interface {
	takeUp(*decoder) error
}

// RenameState gives a state of parser's format in which names are as rename gives them: it is called for each account and sender, and for each part of a line
// that is kept. The parser is of no use after it. The error is of a state that the parser cannot take up.
func RenameState(parser Parser, state []byte, rename func(string) string) ([]byte, error) {
	if err := parser.(stateful).takeUp(&decoder{b: state, rename: rename}); err != nil {
		return nil, err
	}
	return parser.MarshalBinary()
}
