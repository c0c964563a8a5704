package maillog

import (
	"bytes"
	"encoding/binary"

	"authreport"
)

// framing reads what stands before the server's own text in a line of syslog, and keeps the figures of the lines it has seen. The usual forms:
//
//	Nov 24 16:23:01 host tag[pid]: text                           BSD syslog (RFC 3164)
//	2026-11-24T16:23:01.123456+01:00 host tag[pid]: text          rsyslog's RSYSLOG_FileFormat; also syslog-ng, Postfix's postlogd
//	[<22>]1 2026-11-24T16:23:01Z host app pid msgid data text     RFC 5424; rsyslog cuts app at its first slash
//
// Lines of any other form cost more: framing_other.go, framing_json.go.
type framing struct {
	clock   clock
	lines   lineFigures
	source  string
	origins [256]*origin // recently seen ones, by a hash of their key; derived
	form    form         // of the latest line that was not of a usual form; derived
	parts   [2][]byte    // the beginnings of lines that are spread over records, by stream (framing_json.go)
	objects [2]jsonLine  // a line that is an object, and an object within; scratch
	key     []byte       // scratch
}

// origin is a program on a host, as the framing names them.
type origin struct {
	words words
	key   string // what stands before the process ID in a line: "mx1 postfix/submission/smtpd"
	host  string // the source's name if the framing has none
	tag   string // "postfix/submission/smtpd"
	cut   bool   // tag may lack all from its first slash on
	// What the parser knows of the origin; forgotten with forget.
	known any
}

// record is a line with its framing taken off. Its text is a part of the line, or scratch of the framing's: it lasts until the next line.
type record struct {
	time int64   // Unix time, whole seconds
	from *origin // nil if the framing names no process
	pid  uint32  // 0 if the framing tells none
	text []byte  // with from nil all that follows the stamp
}

// read takes the framing off line and enters the line in the day's figures. It is false for lines whose framing is not understood, for cut ones,
// and for "last message repeated" notices, which have no text of their own.
func (f *framing) read(line []byte, r *record, tally *authreport.Tally) bool {
	if n := f.clock.again(line); n > 0 && f.clock.now < f.lines.end && len(line) < MaxLine && f.process(line[n:], r) {
		f.lines.again(&f.clock)
	} else if !f.readOther(line, r, tally) {
		return false
	}
	if r.pid == 0 && bytes.HasPrefix(r.text, repeated) {
		f.lines.current.Repeats++
		return false
	}
	return true
}

// readOther reads a line whose stamp is not that of the line before, or that is not understood.
func (f *framing) readOther(line []byte, r *record, tally *authreport.Tally) bool {
	before, known := f.clock.now, f.clock.known
	f.clock.guessed = false
	junk := len(line) > 0 && line[0] == 0
	rest := line
	if junk { // a crash leaves blocks of NUL in a file; the line behind them is whole
		rest = bytes.TrimLeft(line, "\x00")
	}
	ok := (f.split(rest, r) || f.other(rest, r)) && len(line) < MaxLine
	f.lines.enter(&f.clock, known && f.clock.now < before-60, tally)
	if !ok || junk {
		f.notUnderstood(line)
	}
	return ok
}

// notUnderstood marks the line that was read last.
func (f *framing) notUnderstood(line []byte) {
	f.lines.current.NotUnderstood++
	if f.lines.current.Example == "" {
		f.lines.current.Example = printable(line)
	}
}

// split finds the parts of a line.
func (f *framing) split(line []byte, r *record) bool {
	if len(line) > 2 && line[0] == '<' {
		if i := bytes.IndexByte(line[:min(len(line), 5)], '>'); i > 0 {
			line = line[i+1:]
		}
	}
	if len(line) > 2 && line[0] == '1' && line[1] == ' ' {
		return f.splitRFC5424(line[2:], r)
	}
	rest, ok := f.clock.read(line)
	return ok && f.process(rest, r)
}

// process reads what follows the stamp: "host tag[pid]: text"; false for anything else.
func (f *framing) process(rest []byte, r *record) bool {
	i := bytes.IndexByte(rest[:min(len(rest), longestOrigin)], '[')
	if i < 8 || len(rest) < i+16 {
		return f.processSlowly(rest, i, r)
	}
	after := rest[i+1:]
	pid, n := shortNumber(binary.LittleEndian.Uint64(after))
	if n == 8 || after[n] != ']' || after[n+1] != ':' || after[n+2] != ' ' || after[n+3] == '[' {
		return f.processSlowly(rest, i, r)
	}
	key := rest[:i]
	w := wordsOf(key)
	from := f.origins[w.hash()>>56]
	if from == nil || from.words != w || !w.whole() && from.key != string(key) || from.cut {
		if from = f.origin(key, false); from == nil {
			return f.splitPlain(rest, r)
		}
	}
	r.time, r.from, r.pid, r.text = f.clock.now, from, pid, after[n+3:]
	return true
}

// processSlowly is process for short lines and rare forms. The first '[' is at i, below 0 if there is none.
func (f *framing) processSlowly(rest []byte, i int, r *record) bool {
	r.time, r.from = f.clock.now, nil
	if i < 0 {
		return f.splitPlain(rest, r)
	}
	pid, n := leadingNumber(rest[i+1:])
	j := i + 1 + n
	if j+2 >= len(rest) || rest[j] != ']' || rest[j+1] != ':' {
		return f.splitPlain(rest, r)
	}
	if r.from = f.origin(rest[:i], false); r.from == nil {
		return f.splitPlain(rest, r)
	}
	if r.text = rest[j+2:]; r.text[0] == ' ' {
		r.text = r.text[1:]
	}
	r.pid = pid
	return len(r.text) == 0 || r.text[0] != '[' || !bytes.HasPrefix(r.text, []byte("[ID "))
}

// longestOrigin is the length in bytes of the longest host and tag that are read; RFC 5424 section 6 allows 255 and 48.
const longestOrigin = 320

// splitPlain reads what follows the stamp of a line without a process ID: "host tag: text".
func (f *framing) splitPlain(rest []byte, r *record) bool {
	i := bytes.IndexByte(rest, ' ')
	j := bytes.IndexByte(rest[i+1:], ' ') + i
	if i <= 0 || j <= i || rest[j] != ':' || rest[i-1] == ':' {
		return false
	}
	r.time, r.from, r.pid, r.text = f.clock.now, f.origin(rest[:j], false), 0, rest[j+2:]
	return r.from != nil
}

// origin gives the origin that a key names, nil if it is not "host tag".
func (f *framing) origin(key []byte, cut bool) *origin {
	if len(key) > longestOrigin {
		return nil
	}
	w := wordsOfAny(key)
	slot := &f.origins[w.hash()>>56]
	if o := *slot; o != nil && o.key == string(key) && o.cut == cut {
		return o
	}
	host, tag, found := bytes.Cut(key, []byte{' '})
	if !found || len(host) == 0 || len(tag) == 0 || tag[0] == '[' || bytes.IndexByte(tag, ' ') >= 0 || bytes.IndexByte(tag, ':') >= 0 {
		return nil
	}
	o := &origin{words: w, key: string(key), host: string(host), tag: string(tag), cut: cut}
	if cut && o.host == "-" { // the nil value of RFC 5424
		o.host = f.source
	}
	*slot = o
	return o
}

// forget drops what the parser knew of origins, and what there is of unfinished lines.
func (f *framing) forget() {
	f.forgetOrigins()
	f.parts = [2][]byte{}
}

// forgetOrigins drops what the parser knew of origins.
func (f *framing) forgetOrigins() { f.origins = [256]*origin{} }

// splitRFC5424 reads a line from its time stamp on (RFC 5424 section 6).
func (f *framing) splitRFC5424(line []byte, r *record) bool {
	rest, ok := f.clock.read(line)
	if !ok || f.clock.bsd {
		return false
	}
	f.form, r.time = formRFC5424, f.clock.now
	start := rest
	var fields [4][]byte // host, app, pid, msgid
	for i := range fields {
		field, after, found := bytes.Cut(rest, []byte{' '})
		if !found || len(field) == 0 {
			return false
		}
		fields[i], rest = field, after
	}
	r.from = f.origin(start[:len(fields[0])+1+len(fields[1])], true)
	r.pid = number(fields[2])
	if rest, ok = skipStructuredData(rest); !ok {
		return false
	}
	rest = bytes.TrimLeft(rest, " ")
	r.text = bytes.TrimPrefix(rest, []byte("\ufeff"))
	return true
}

// skipStructuredData takes "-" or elements in brackets off b. Within the quotes of a value a backslash keeps the next byte (RFC 5424 section 6.3).
func skipStructuredData(b []byte) ([]byte, bool) {
	if len(b) > 0 && b[0] == '-' {
		return b[1:], true
	}
	for len(b) > 0 && b[0] == '[' {
		quoted, i := false, 1
		for ; i < len(b) && (quoted || b[i] != ']'); i++ {
			switch {
			case quoted && b[i] == '\\':
				i++
			case b[i] == '"':
				quoted = !quoted
			}
		}
		if i >= len(b) {
			return nil, false
		}
		if b = b[i+1:]; len(b) == 0 || b[0] == ' ' {
			return b, true
		}
	}
	return nil, false
}

// save writes what the meaning of the next line's framing depends on.
func (f *framing) save(e *encoder) {
	e.number(f.clock.now)
	unfinished := len(f.parts[0])+len(f.parts[1]) > 0
	e.bits(f.clock.known, unfinished)
	if unfinished {
		for _, part := range f.parts {
			e.text(string(part))
		}
	}
}

// restore reads what save wrote.
func (f *framing) restore(d *decoder) {
	now := d.number()
	known, unfinished := d.bits()
	f.clock.restore(now, known)
	f.parts = [2][]byte{}
	if unfinished {
		for i := range f.parts {
			f.parts[i] = []byte(d.name())
		}
	}
}
