package maillog

import "bytes"

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
