package maillog

import (
	"bytes"
	"strconv"
)

// object reads a line that begins with a brace; depth is how many such were around it.
func (f *framing) object(line []byte, r *record, depth int) bool {
	if depth == len(f.objects) {
		return false
	}
	j := &f.objects[depth]
	if !j.read(line) {
		return false
	}
	e := envelope{depth: depth + 1}
	switch log := j.values[dockerLog]; {
	case j.values[journalMessage] != nil:
		return f.journal(j, r, &e)
	case len(log) > 0 && log[0] == '"':
		return f.docker(j, r, &e)
	case j.values[shippedMessage] != nil:
		return f.shipped(j, r, &e)
	}
	return false
}

// journal reads an entry of systemd's journal. A multi-valued field counts with its first value.
func (f *framing) journal(j *jsonLine, r *record, e *envelope) bool {
	micros, err := strconv.ParseInt(string(j.text(j.values[journalTime])), 10, 64)
	message := j.text(j.values[journalMessage])
	if err != nil || message == nil { // journalctl without --all writes null for more than 4096 bytes
		return false
	}
	e.form, e.time, e.timed, e.exact = formJournal, micros/1e6, true, true
	e.host = j.text(j.values[journalHost])
	if j.values[journalContainer] != nil {
		whole := string(j.text(j.values[journalPartial])) != "true"
		return f.joined(message, 0, whole, r, e)
	}
	if e.tag = j.text(j.values[journalIdentifier]); e.tag == nil {
		e.tag = j.text(j.values[journalCommand])
	}
	if e.pid = number(j.text(j.values[journalSyslogPID])); e.pid == 0 {
		e.pid = number(j.text(j.values[journalPID]))
	}
	return f.told(message, r, e)
}

// docker reads a record of Docker's json-file driver. Lines of more than 16 KiB are spread over several; the last one ends with the line end.
func (f *framing) docker(j *jsonLine, r *record, e *envelope) bool {
	text, stream := j.text(j.values[dockerLog]), j.text(j.values[dockerStream])
	if text == nil {
		return false
	}
	e.form = formDocker
	e.time, e.timed = instant(j.text(j.values[jsonTime]))
	e.exact = e.timed
	whole := stream == nil || bytes.HasSuffix(text, []byte("\n"))
	if string(stream) == "stderr" {
		return f.joined(text, 1, whole, r, e)
	}
	return f.joined(text, 0, whole, r, e)
}

// joined reads text, a line or a part of one.
func (f *framing) joined(text []byte, stream int, whole bool, r *record, e *envelope) bool {
	part := &f.parts[stream]
	if !whole || len(*part) > 0 {
		*part = append(*part, text[:max(0, min(len(text), MaxLine-len(*part)))]...)
		if !whole { // nothing yet
			return f.told(nil, r, e)
		}
		text, *part = *part, (*part)[:0]
		if len(text) >= MaxLine {
			return false
		}
	}
	return f.framed(bytes.TrimRight(text, "\r\n"), r, e)
}

// shipped reads a line that Filebeat, Logstash or mailcow put into the member "message".
func (f *framing) shipped(j *jsonLine, r *record, e *envelope) bool {
	message := j.text(j.values[shippedMessage])
	if message == nil {
		return false
	}
	e.form, e.tag = formShipped, j.text(j.values[shippedProgram])
	if e.host = j.text(j.values[shippedLogHost]); e.host == nil {
		e.host = j.text(j.values[shippedHost])
	}
	e.time, e.timed = instant(j.text(j.values[shippedAt]))
	if at, ok := instant(j.text(j.values[jsonTime])); ok {
		e.time, e.timed = at, true
	}
	message = bytes.TrimRight(message, "\r\n")
	if e.tag == nil {
		return f.framed(message, r, e)
	}
	if e.pid = number(j.text(j.values[shippedPID])); j.values[shippedAt] == nil {
		e.form = formMailcow
	}
	e.exact = e.timed
	return e.timed && f.told(message, r, e)
}

// told reads a text whose framing the envelope tells.
func (f *framing) told(text []byte, r *record, e *envelope) bool {
	f.note(e.form)
	if e.timed {
		f.clock.setUnix(e.time)
	}
	r.time, r.pid, r.text = f.clock.now, e.pid, text
	if len(e.tag) > 0 {
		r.from = f.named(e.host, e.tag)
	}
	return true
}

// instant reads a point in time: a stamp with a zone, or Unix time in seconds, milliseconds, microseconds or nanoseconds, which its length tells.
func instant(b []byte) (unix int64, ok bool) {
	if s, n := parseStamp(b); n > 0 && n == len(b) && s.zoned {
		return civil(s.year, s.month, s.day) + s.minute*60 + s.second - s.offset, true
	}
	b, _, _ = bytes.Cut(b, []byte{'.'})
	switch n := len(b); {
	case n >= 18 && n <= 20:
		b = b[:n-9]
	case n >= 15 && n < 18:
		b = b[:n-6]
	case n >= 12 && n < 15:
		b = b[:n-3]
	case n < 8 || n > 20:
		return 0, false
	}
	unix, err := strconv.ParseInt(string(b), 10, 64)
	return unix, err == nil && unix >= 0
}
