package maillog

import (
	"bytes"
	"strconv"
)

// jsonMember is a member of the objects in which lines travel.
type jsonMember uint8

const (
	otherMember jsonMember = iota
	// journald (systemd.journal-fields(7)); the texts of journalctl -o json
	journalMessage
	journalTime
	journalIdentifier
	journalCommand
	journalSyslogPID
	journalPID
	journalHost
	journalContainer // set by Docker's journald driver: the message is a line of the container's output
	journalPartial
	// Docker's json-file driver
	dockerLog
	dockerStream
	// mailcow's Redis lists, Filebeat and Logstash
	shippedMessage
	shippedProgram
	shippedPID
	shippedHost
	shippedLogHost
	shippedAt
	jsonTime // also Docker
	jsonMembers
)

func memberOf(name []byte) jsonMember {
	switch string(name) {
	case "MESSAGE":
		return journalMessage
	case "__REALTIME_TIMESTAMP":
		return journalTime
	case "SYSLOG_IDENTIFIER":
		return journalIdentifier
	case "_COMM":
		return journalCommand
	case "SYSLOG_PID":
		return journalSyslogPID
	case "_PID":
		return journalPID
	case "_HOSTNAME":
		return journalHost
	case "CONTAINER_NAME":
		return journalContainer
	case "CONTAINER_PARTIAL_MESSAGE":
		return journalPartial
	case "log":
		return dockerLog
	case "stream":
		return dockerStream
	case "message":
		return shippedMessage
	case "program":
		return shippedProgram
	case "pid":
		return shippedPID
	case "host":
		return shippedHost
	case "logsource":
		return shippedLogHost
	case "@timestamp":
		return shippedAt
	case "time":
		return jsonTime
	}
	return otherMember
}

// jsonLine is a line that is a JSON object. Its values are parts of the line, as they are written; of two members of the same name the last counts.
type jsonLine struct {
	values  [jsonMembers][]byte
	scratch []byte // texts that had escapes
}

// read reads a line: an object, and perhaps a comma.
func (j *jsonLine) read(line []byte) bool {
	clear(j.values[:])
	j.scratch = j.scratch[:0]
	b := skipSpace(skipSpace(line)[1:])
	for len(b) > 0 && b[0] != '}' {
		var name, value []byte
		var ok bool
		if name, value, b, ok = cutMember(b); !ok {
			return false
		}
		if bytes.IndexByte(name, '\\') >= 0 {
			if name, ok = j.unescape(name); !ok {
				return false
			}
		}
		j.values[memberOf(name)] = value
	}
	if len(b) == 0 {
		return false
	}
	b = skipSpace(b[1:])
	return len(b) == 0 || b[0] == ',' && len(skipSpace(b[1:])) == 0
}

// cutMember takes a member with the comma after it off what is left of an object; rest is the next member, or begins with the brace at the object's end.
func cutMember(b []byte) (name, value, rest []byte, ok bool) {
	name, b, ok = cutString(b)
	if b = skipSpace(b); !ok || len(b) == 0 || b[0] != ':' {
		return nil, nil, nil, false
	}
	b = skipSpace(b[1:])
	if rest, ok = skipValue(b); !ok {
		return nil, nil, nil, false
	}
	value = b[:len(b)-len(rest)]
	if rest = skipSpace(rest); len(rest) == 0 {
		return nil, nil, nil, false
	}
	if rest[0] == ',' {
		rest = skipSpace(rest[1:])
		return name, value, rest, len(rest) > 0 && rest[0] == '"'
	}
	return name, value, rest, rest[0] == '}'
}

// unescape gives what the inside of a string stands for.
func (j *jsonLine) unescape(inner []byte) (text []byte, ok bool) {
	start := len(j.scratch)
	j.scratch, ok = appendUnescaped(j.scratch, inner)
	return j.scratch[start:], ok
}

// text gives a value as text: what a string stands for; a number as it is written; of a list the first element, but a list of numbers is the text's bytes
// (journalctl writes what is no printable UTF-8 so); of an object the name, as Filebeat tells the host. nil for anything else.
func (j *jsonLine) text(value []byte) []byte { return j.textIn(value, 2) }

func (j *jsonLine) textIn(value []byte, depth int) []byte {
	if len(value) == 0 {
		return nil
	}
	switch c := value[0]; {
	case c == '"':
		inner := value[1 : len(value)-1]
		if bytes.IndexByte(inner, '\\') < 0 {
			return inner
		}
		if text, ok := j.unescape(inner); ok {
			return text
		}
	case c == '[' && depth > 0:
		first := skipSpace(value[1:])
		if len(first) > 0 && first[0] >= '0' && first[0] <= '9' {
			return j.bytes(first)
		}
		if rest, ok := skipValue(first); ok {
			return j.textIn(first[:len(first)-len(rest)], depth-1)
		}
	case c == '{' && depth > 0:
		b, ok := skipSpace(value[1:]), true
		var name, inner []byte
		for ok && len(b) > 0 && b[0] != '}' {
			if name, inner, b, ok = cutMember(b); ok && (string(name) == "name" || string(name) == "hostname") {
				return j.textIn(inner, 0)
			}
		}
	case c >= '0' && c <= '9':
		return value
	}
	return nil
}

// bytes gives the bytes whose values b lists up to its closing bracket; nil if it is no such list.
func (j *jsonLine) bytes(b []byte) []byte {
	start := len(j.scratch)
	for {
		n, i := 0, 0
		for ; i < len(b) && i < 3 && b[i] >= '0' && b[i] <= '9'; i++ {
			n = n*10 + int(b[i]-'0')
		}
		if b = skipSpace(b[i:]); i == 0 || n > 255 || len(b) == 0 {
			return nil
		}
		j.scratch = append(j.scratch, byte(n))
		if b[0] == ']' {
			return j.scratch[start:]
		}
		if b[0] != ',' {
			return nil
		}
		b = skipSpace(b[1:])
	}
}

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
