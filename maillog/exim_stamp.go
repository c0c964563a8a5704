package maillog

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// eximStamp is the latest stamp of Exim's own, "2026-11-24 10:00:00[.123][ +0100] ", up to its minute, so that most stamps cost two comparisons.
type eximStamp struct {
	known bool
	last  uint64    // its last 8 bytes, the blank included; 0 unless it has nothing behind the second
	head  [2]uint64 // the 16 bytes of date, hour and minute
	zone  [5]byte   // zero if it has none
	start int64     // the minute's Unix time
	now   int64     // of the latest stamp; the clock's, unless a stamp of another form came between
}

// ownStamp reads Exim's own stamp at the start of a line (tod.c of its source; log_selector +millisec, log_timezone) and gives its length with the blank after it,
// 0 if there is none. Without a zone it is of the clock's.
func (p *exim) ownStamp(line []byte) int {
	s, c := &p.stamp, &p.framing.clock
	if s.last != 0 && len(line) > 20 && binary.LittleEndian.Uint64(line[12:]) == s.last && c.now == s.now && line[20] != '+' && line[20] != '-' &&
		binary.LittleEndian.Uint64(line) == s.head[0] && binary.LittleEndian.Uint64(line[8:]) == s.head[1] { // the same once more
		return 20
	}
	if len(line) < 20 || line[10] != ' ' || line[16] != ':' {
		return 0
	}
	n := 19
	if line[n] == '.' {
		for n++; n < len(line) && n < 29 && line[n] >= '0' && line[n] <= '9'; n++ {
		}
		if n >= len(line) || n == 20 {
			return 0
		}
	}
	if line[n] != ' ' {
		return 0
	}
	n++
	var zone [5]byte
	if len(line) > n && (line[n] == '+' || line[n] == '-') {
		if len(line) < n+6 || line[n+5] != ' ' {
			return 0
		}
		zone = [5]byte(line[n : n+5])
		n += 6
	}
	second, ok := twoDigits(line[17:], 60)
	if !ok {
		return 0
	}
	head := [2]uint64{binary.LittleEndian.Uint64(line), binary.LittleEndian.Uint64(line[8:])}
	if head != s.head || zone != s.zone || !s.known || c.now != s.now {
		whole, length := parseStamp(line)
		if length != n {
			return 0
		}
		*s = eximStamp{known: true, head: head, zone: zone, start: c.instant(&whole, 0) - whole.second}
	}
	s.now, s.last = s.start+second, 0
	if n == 20 {
		s.last = binary.LittleEndian.Uint64(line[12:])
	}
	return n
}

// enter takes the latest stamp for the line's time, and enters the line in the day's figures.
func (p *exim) enter() {
	f := &p.framing
	c, now := &f.clock, p.stamp.now
	if now >= c.now && now < f.lines.end && c.now >= f.lines.start && c.known {
		if now != c.now {
			c.now, c.fresh, f.lines.last = now, false, max(f.lines.last, now)
			c.forget()
		}
		f.lines.current.Read++
		return
	}
	stepped := c.known && now < c.now-60
	c.now, c.known, c.fresh, c.guessed = now, true, false, false
	c.forget()
	f.lines.enter(c, stepped, p.tally)
}

// skipProcess takes "[1234] " off the start of text (log_selector +pid).
func skipProcess(text []byte) []byte {
	if len(text) == 0 || text[0] != '[' {
		return text
	}
	i := bytes.IndexByte(text[:min(len(text), 12)], ']')
	if i < 2 || i+1 >= len(text) || text[i+1] != ' ' || number(text[1:i]) == 0 {
		return text
	}
	return text[i+2:]
}

// startsProcess says whether b begins with "tag[1234]:", as syslog daemons write it behind a host.
func startsProcess(b []byte) bool {
	if b[0] < 'A' { // a sign of Exim's, a parenthesis or a bracket
		return false
	}
	i := bytes.IndexByte(b[:min(len(b), 49)], '[')
	if i <= 0 || b[i-1] == ' ' || bytes.IndexByte(b[:i], ' ') >= 0 {
		return false
	}
	for i++; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
	}
	return i+1 < len(b) && b[i] == ']' && b[i+1] == ':'
}

// processKey names a process of a host; empty if the process is not known.
func processKey(host string, pid uint32) string {
	if pid == 0 {
		return ""
	}
	return host + " " + strconv.FormatUint(uint64(pid), 10)
}
