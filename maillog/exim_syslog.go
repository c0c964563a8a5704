package maillog

import "bytes"

// eximParts is the beginning of a line that Exim has cut for syslog.
type eximParts struct {
	next uint32 // number of the part that is to come
	text string
}

const (
	partsAge    = 60      // seconds for which the beginning of a cut line is kept; Exim writes the parts at once
	maxParts    = 1 << 10 // beyond this many, the older half is let go
	longestText = 1 << 14 // of a line in parts; Exim's buffer has 8 KiB (macros.h of 4.96, LOG_BUFFER_SIZE)
)

// syslogText reads a text from syslog: "[1/4] 2026-11-24 10:00:00 [1234] text", all but the text optional. Of a text of several lines, which is an entry of the
// reject log with the message's header, all but the first line are left out.
func (p *exim) syslogText(line, text []byte, server, process string) {
	part, of, newline, rest := syslogPart(text)
	if of == 0 {
		p.text(line, p.withoutStamp(text), server, process)
		return
	}
	if process == "" { // parts of several processes cannot be told apart
		process = server
	}
	complete := newline || part == of
	if part == 1 {
		rest = p.withoutStamp(rest)
		if complete {
			p.text(line, rest, server, process)
			return
		}
		*p.parts.at(process, p.framing.clock.now) = eximParts{2, string(rest)}
		return
	}
	begun := p.parts.find(process, p.framing.clock.now)
	if begun == nil {
		return
	}
	if begun.next != part || len(begun.text)+len(rest) > longestText {
		p.parts.drop(process)
		return
	}
	begun.next++
	begun.text += string(rest)
	if complete {
		whole := []byte(begun.text)
		p.parts.drop(process)
		p.text(line, whole, server, process)
	}
}

// syslogPart reads "[2/4] " at the start of a text that Exim has cut, or "[2\4] " if a line ends with this part (write_syslog in log.c of 4.96); of is 0 if there is none.
func syslogPart(text []byte) (part, of uint32, newline bool, rest []byte) {
	if len(text) < 6 || text[0] != '[' {
		return 0, 0, false, text
	}
	end := bytes.IndexByte(text[:min(len(text), 14)], ']')
	if end < 0 || end+1 >= len(text) || text[end+1] != ' ' {
		return 0, 0, false, text
	}
	inner := text[1:end]
	i := bytes.IndexAny(inner, `/\`)
	if i < 0 {
		return 0, 0, false, text
	}
	part, of = number(inner[:i]), number(inner[i+1:])
	if part == 0 || of < part {
		return 0, 0, false, text
	}
	return part, of, inner[i] == '\\', text[end+2:]
}

// withoutStamp takes Exim's own stamp (syslog_timestamp) and process ID off a text whose time the framing has told.
func (p *exim) withoutStamp(text []byte) []byte {
	return skipProcess(text[p.ownStamp(text):])
}

// afterOrigin reads "host exim[1234]: 2026-11-24 10:00:00 text", as journalctl -o cat gives it: the only stamp is Exim's own. The text begins with that.
func (p *exim) afterOrigin(line []byte) (text []byte, server, process string, ok bool) {
	i := bytes.Index(line[:min(len(line), longestOrigin)], []byte("]: "))
	if i < 0 || len(line) >= MaxLine {
		return nil, "", "", false
	}
	host, tag, _ := bytes.Cut(line[:i], []byte{' '})
	name, pid, found := bytes.Cut(tag, []byte{'['})
	if !found || number(pid) == 0 || len(host) == 0 || bytes.IndexByte(name, ' ') >= 0 || !bytes.Contains(name, []byte("exim")) {
		return nil, "", "", false
	}
	text = line[i+len("]: "):]
	if p.ownStamp(text) == 0 {
		return nil, "", "", false
	}
	server = p.names.text(host)
	return text, server, processKey(server, number(pid)), true
}
