package maillog

import "bytes"

// envelope is what stands around a line that has a framing of its own, or none.
type envelope struct {
	form  form
	time  int64 // Unix time, with timed
	timed bool
	exact bool // time is that at which the line was written, to the second: no stamp within is better. Else it is later, and tells the year
	host  []byte
	tag   []byte // with a tag the line is the text; else it is a line of any form but JSON, or text alone
	pid   uint32
	depth int // how many objects are around the line
}

// other reads the lines that are in none of the usual forms, and those that name no process:
//
//	Nov 24 16:23:01 <mail.info> host tag[pid]: text        FreeBSD's syslogd -v; <2.6> without names
//	Nov 24 16:23:01 host mail.info tag[pid]: text          busybox
//	Nov 24 16:23:01 [host] tag[pid]: [ID 1 mail.info] text Solaris
//	2026-11-24T16:23:01Z [host] Nov 24 17:23:01 host tag[pid]: text   a collector's stamp in front
//	host tag[pid]: 2026-11-24 16:23:01 text                journalctl -o cat of a server that writes stamps of its own
//	name-1  | line                                         docker compose logs, docker service logs
//	{"MESSAGE": …}, {"log": …}, {"message": …}             framing_json.go
//
// and stamps as parseStamp has them.
func (f *framing) other(line []byte, r *record) bool {
	f.form = usualForm
	r.from, r.pid, r.text = nil, 0, nil
	return f.framed(line, r, &envelope{})
}

// framed reads a line of any form; e is what was around it.
func (f *framing) framed(line []byte, r *record, e *envelope) bool {
	f.note(e.form)
	rest, ok := f.stamp(skipPriority(line), e)
	if !ok {
		if inner, found := cutPrefix(line); found {
			f.note(formPrefixed)
			line = inner
			rest, ok = f.stamp(skipPriority(line), e)
		}
	}
	switch {
	case len(line) > 0 && line[0] == '{':
		ok = f.object(line, r, e.depth)
	case ok:
		ok = f.words(f.inner(rest), r, e)
	case bytes.HasPrefix(rest, []byte("1 ")): // the version of RFC 5424
		ok = f.splitRFC5424(rest[2:], r)
	case e.timed:
		f.clock.setUnix(e.time)
		if !f.words(line, r, e) || r.pid == 0 {
			r.from, r.text = nil, line
		}
		ok = true
	default:
		ok = f.words(rest, r, e) && r.pid > 0 && f.ownStamp(r.text)
	}
	if e.exact {
		f.clock.setUnix(e.time)
		ok = true
	}
	r.time = f.clock.now
	return ok
}

// note sets the form of the line, where none was noted: the outermost counts.
func (f *framing) note(form form) {
	if f.form == usualForm {
		f.form = form
	}
}

// ownStamp sets the clock by the stamp that a server put at the start of its text.
func (f *framing) ownStamp(text []byte) bool {
	s, n := parseStamp(text)
	if n == 0 || s.year == 0 {
		return false
	}
	f.note(formBare)
	f.clock.set(&s, 0)
	return true
}

// stamp takes a stamp off the start of line and sets the clock; else it gives the line.
func (f *framing) stamp(line []byte, e *envelope) (rest []byte, ok bool) {
	if !e.timed {
		if rest, ok := f.clock.read(line); ok {
			return rest, true
		}
	}
	s, n := parseStamp(line)
	if n == 0 {
		return line, false
	}
	if !e.exact {
		f.clock.set(&s, e.time)
	}
	if s.year != 0 {
		f.note(formDated)
	}
	return line[n:], true
}

// inner takes a second stamp off what follows the first, with the name of the collector that wrote the first: the second one's time of day counts, and
// the first one's year where it has none.
func (f *framing) inner(rest []byte) []byte {
	s, n := parseStamp(rest)
	after := rest
	if n == 0 {
		if i := bytes.IndexByte(rest, ' '); i > 0 {
			after = rest[i+1:]
			s, n = parseStamp(after)
		}
	}
	if n == 0 {
		return rest
	}
	f.clock.set(&s, f.clock.now)
	return after[n:]
}

// words reads what follows the stamps: a host, a process, and a facility with its severity before either. Where there is no process, the text is all of it.
func (f *framing) words(rest []byte, r *record, e *envelope) bool {
	start := skipFacility(rest)
	host := e.host
	tag, pid, text := cutProcess(start)
	if pid == 0 { // it is the host's name
		i := bytes.IndexByte(start, ' ')
		if i <= 0 || start[i-1] == ':' {
			r.text = rest
			return i > 0
		}
		host, start = start[:i], skipFacility(start[i+1:])
		tag, pid, text = cutProcess(start)
	}
	if tag != nil {
		r.from = f.named(host, tag)
	}
	if r.from == nil {
		if r.text = rest; bytes.HasPrefix(start, repeated) {
			r.text = start
		}
		return len(start) > 0
	}
	r.pid, r.text = pid, skipMessageID(text)
	return true
}

// repeated is the start of what syslogd writes in place of a text that it has just written.
var repeated = []byte("last message repeated ")

// named gives the origin of a host and a tag; nil if they cannot be such. The host's name is the source's where there is none.
func (f *framing) named(host, tag []byte) *origin {
	cut := false
	if unit, found := bytes.CutSuffix(tag, []byte(".service")); found { // journalctl -o with-unit names the unit instead: "postfix@-.service"
		tag, _, _ = bytes.Cut(unit, []byte("@"))
		cut = true
	}
	f.key = f.key[:0]
	if len(host) == 0 {
		f.key = append(f.key, f.source...)
	} else {
		f.key = append(f.key, host...)
	}
	f.key = append(append(f.key, ' '), tag...)
	if len(f.key) > longestOrigin {
		return nil
	}
	return f.origin(f.key, cut)
}

// cutProcess reads "tag[pid]: text" or "tag: text"; tag is nil if there is none.
func cutProcess(b []byte) (tag []byte, pid uint32, text []byte) {
	i := 0
	for i < len(b) && i < longestOrigin && b[i] > ' ' && b[i] != ':' && b[i] != '[' {
		i++
	}
	if i == 0 || i == len(b) {
		return nil, 0, nil
	}
	tag = b[:i]
	if b[i] == '[' {
		j := i + 1
		for j < len(b) && j < i+10 && b[j] >= '0' && b[j] <= '9' {
			j++
		}
		pid = number(b[i+1 : j])
		if i = j + 1; pid == 0 || i >= len(b) || b[j] != ']' {
			return nil, 0, nil
		}
	}
	if b[i] != ':' || i+1 < len(b) && pid == 0 && b[i+1] != ' ' {
		return nil, 0, nil
	}
	return tag, pid, bytes.TrimPrefix(b[i+1:], []byte(" "))
}

// skipPriority takes a priority in angle brackets off the start of a line (RFC 3164 section 4.1.1).
func skipPriority(b []byte) []byte {
	if len(b) > 2 && b[0] == '<' {
		if i := bytes.IndexByte(b[:min(len(b), 5)], '>'); i > 1 && number(b[1:i]) > 0 {
			return b[i+1:]
		}
	}
	return b
}

// skipFacility takes "mail.info ", "<mail.info> " or "<2.6> " off the start of b.
func skipFacility(b []byte) []byte {
	i := bytes.IndexByte(b[:min(len(b), len("<authpriv.warning> "))], ' ')
	if i < 0 {
		return b
	}
	word := b[:i]
	if i > 2 && word[0] == '<' && word[i-1] == '>' {
		word = word[1 : i-1]
	}
	facility, severity, found := bytes.Cut(word, []byte{'.'})
	if !found || len(facility) == 0 {
		return b
	}
	switch string(severity) {
	case "emerg", "panic", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug":
		return b[i+1:]
	}
	if len(severity) == 1 && severity[0] >= '0' && severity[0] <= '7' && b[0] == '<' {
		return b[i+1:]
	}
	return b
}

// skipMessageID takes Solaris's "[ID 801593 mail.info] " off the start of a text.
func skipMessageID(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("[ID ")) {
		return b
	}
	i := bytes.IndexByte(b[:min(len(b), len("[ID 4294967295 authpriv.warning] "))], ']')
	if i < 0 || i+1 >= len(b) || b[i+1] != ' ' {
		return b
	}
	return b[i+2:]
}

// cutPrefix takes "name-1  | " off the start of a line: docker compose and docker service write the container's name there.
func cutPrefix(b []byte) (rest []byte, found bool) {
	i := bytes.IndexByte(b[:min(len(b), longestOrigin)], '|')
	if i < 2 || i+1 >= len(b) || b[i-1] != ' ' || b[i+1] != ' ' {
		return b, false
	}
	for _, c := range bytes.TrimRight(b[:i], " ") {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_', c == '.', c == '-', c == '@':
		default:
			return b, false
		}
	}
	return b[i+2:], true
}
