package maillog

import (
	"bytes"

	"authreport"
)

// framing reads what stands before the server's own text in a line of syslog, and keeps the figures of the lines it has seen. The forms:
//
//	Nov 24 16:23:01 host tag[pid]: text                           BSD syslog (RFC 3164)
//	2026-11-24T16:23:01.123456+01:00 host tag[pid]: text          rsyslog's RSYSLOG_FileFormat; also syslog-ng, Postfix's postlogd
//	[<22>]1 2026-11-24T16:23:01Z host app pid msgid data text     RFC 5424; rsyslog cuts app at its first slash
type framing struct {
	clock  clock
	lines  lineFigures
	source string
}

// record is a line with its framing taken off. Its slices are parts of the line.
type record struct {
	time int64  // Unix time, whole seconds
	host []byte // empty if the framing has none
	tag  []byte // the program's name without its process ID; "postfix/submission/smtpd"
	pid  uint32 // 0 if the framing has none
	text []byte
}

// read takes the framing off line and enters the line in the day's figures. It is false for lines whose framing is not understood, for cut ones,
// and for "last message repeated" notices, which have no text of their own.
func (f *framing) read(line []byte, r *record, tally *authreport.Tally) bool {
	before, known := f.clock.now, f.clock.known
	junk := len(line) > 0 && line[0] == 0
	rest := line
	if junk { // a crash leaves blocks of NUL in a file; the line behind them is whole
		rest = bytes.TrimLeft(line, "\x00")
	}
	ok := len(line) < MaxLine && f.split(rest, r)
	f.lines.enter(&f.clock, known && f.clock.now < before-60, tally)
	if !ok || junk {
		f.notUnderstood(line)
	}
	if !ok {
		return false
	}
	if len(r.tag) == 0 && bytes.HasPrefix(r.text, []byte("last message repeated ")) {
		f.lines.current.Repeats++
		return false
	}
	return true
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
	f.clock.guessed = false
	if len(line) > 2 && line[0] == '<' {
		if i := bytes.IndexByte(line[:min(len(line), 5)], '>'); i > 0 {
			line = line[i+1:]
		}
	}
	if len(line) > 2 && line[0] == '1' && line[1] == ' ' {
		return f.splitRFC5424(line[2:], r)
	}
	rest, ok := f.clock.read(line)
	if !ok {
		return false
	}
	r.time = f.clock.now
	i := bytes.IndexByte(rest, ' ')
	if i <= 0 {
		return false
	}
	r.host, rest = rest[:i], rest[i+1:]
	r.tag, r.pid = nil, 0
	i = bytes.IndexByte(rest, ':')
	if i < 0 {
		r.text = rest
		return true
	}
	tag := rest[:i]
	if i > 0 && tag[i-1] == ']' {
		if j := bytes.LastIndexByte(tag, '['); j >= 0 {
			r.pid = number(tag[j+1 : i-1])
			tag = tag[:j]
		}
	}
	r.tag = tag
	r.text = rest[i+1:]
	if len(r.text) > 0 && r.text[0] == ' ' {
		r.text = r.text[1:]
	}
	return true
}

// splitRFC5424 reads a line from its time stamp on (RFC 5424 section 6).
func (f *framing) splitRFC5424(line []byte, r *record) bool {
	rest, ok := f.clock.read(line)
	if !ok || f.clock.bsd {
		return false
	}
	r.time = f.clock.now
	var fields [4][]byte // host, app, pid, msgid
	for i := range fields {
		field, after, found := bytes.Cut(rest, []byte{' '})
		if !found || len(field) == 0 {
			return false
		}
		fields[i], rest = field, after
	}
	r.host, r.tag, r.pid = fields[0], fields[1], number(fields[2])
	if len(r.host) == 1 && r.host[0] == '-' {
		r.host = nil
	}
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

// number reads a decimal number of at most nine digits; 0 if b is none.
func number(b []byte) uint32 {
	if len(b) > 9 {
		return 0
	}
	var n uint32
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint32(c-'0')
	}
	return n
}
