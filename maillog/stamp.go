package maillog

// stamp is a time stamp as it is written, in one of the forms
//
//	Nov 24 16:23:01[.123456]                              RFC 3164; journalctl -o short-precise
//	2026-11-24T16:23:01[.123456]Z|+01:00|+0100            RFC 3339; journalctl -o short-iso, short-iso-precise
//	2026-11-24 16:23:01[.123][ +0100]                     syslog-ng's ISODATE-like templates, Exim, container logs (with a comma)
//	Tue 2026-11-24 16:23:01[.123456] CET                  journalctl -o short-full, with-unit
type stamp struct {
	year   int64 // 0: none
	month  int64
	day    int64
	minute int64  // of the day
	second int64  // 60: a leap second
	zoned  bool   // offset is told
	offset int64  // seconds east of UTC
	zone   []byte // its abbreviation, where that is told instead
}

// firstYear is that of Unix time 0, with which machines start that have no clock. Earlier years are no stamps.
const firstYear = 1970

// parseStamp reads the stamp at the start of b and gives its length with the blank after it; 0 if there is none.
func parseStamp(b []byte) (s stamp, n int) {
	if len(b) < len("Nov 4 10:14:00") {
		return s, 0
	}
	weekday := b[3] == ' ' && isWeekday(b)
	ok := false
	switch {
	case weekday:
		n, ok = s.readDate(b, 4)
	case b[0] <= '9':
		n, ok = s.readDate(b, 0)
	default:
		n, ok = s.readMonthDay(b)
	}
	if !ok || len(b) < n+len("16:23:01") || b[n+2] != ':' || b[n+5] != ':' {
		return s, 0
	}
	hour, ok1 := twoDigits(b[n:], 23)
	minute, ok2 := twoDigits(b[n+3:], 59)
	second, ok3 := twoDigits(b[n+6:], 60)
	if !ok1 || !ok2 || !ok3 {
		return s, 0
	}
	s.minute, s.second = hour*60+minute, second
	if n, ok = skipFraction(b, n+8); !ok {
		return s, 0
	}
	if s.year != 0 {
		n = s.readZone(b, n, weekday)
	}
	if n < len(b) && b[n] != ' ' {
		return s, 0
	}
	return s, min(n+1, len(b))
}

// readDate reads "2026-11-24T" from n on, with a T or a blank at its end.
func (s *stamp) readDate(b []byte, n int) (int, bool) {
	if len(b) < n+11 {
		return 0, false
	}
	b = b[n:]
	if b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' {
		return 0, false
	}
	century, ok1 := twoDigits(b, 99)
	year, ok2 := twoDigits(b[2:], 99)
	month, ok3 := twoDigits(b[5:], 12)
	day, ok4 := twoDigits(b[8:], 31)
	s.year, s.month, s.day = century*100+year, month, day
	return n + 11, ok1 && ok2 && ok3 && ok4 && s.year >= firstYear && isDate(s.year, month, day)
}

// readMonthDay reads "Nov 24 ".
func (s *stamp) readMonthDay(b []byte) (int, bool) {
	if s.month = monthOf(b); s.month == 0 || b[3] != ' ' {
		return 0, false
	}
	n := 4
	if b[n] == ' ' {
		n++
	}
	for ; n < 6 && b[n] >= '0' && b[n] <= '9'; n++ {
		s.day = s.day*10 + int64(b[n]-'0')
	}
	return n + 1, b[n] == ' ' && isDate(4, s.month, s.day)
}

// skipFraction skips a point or comma and up to nine digits at n.
func skipFraction(b []byte, n int) (int, bool) {
	if n == len(b) || b[n] != '.' && b[n] != ',' {
		return n, true
	}
	from := n + 1
	for n = from; n < len(b) && n-from <= 9 && b[n] >= '0' && b[n] <= '9'; n++ {
	}
	return n, n > from && n-from <= 9
}

// readZone reads the zone at n, directly or after a blank, and gives what follows it; n if there is none. After a blank, a name is a zone only where one has to be.
func (s *stamp) readZone(b []byte, n int, named bool) int {
	at := n
	if at < len(b) && b[at] == ' ' {
		at++
	}
	if at == len(b) {
		return n
	}
	if at == n && b[at] == 'Z' {
		s.zoned = true
		return at + 1
	}
	end := at
	for end < len(b) && b[end] != ' ' && end-at <= 6 {
		end++
	}
	word := b[at:end]
	if len(word) == 0 {
		return n
	}
	if word[0] == '+' || word[0] == '-' {
		if offset, ok := parseOffset(word, named); ok {
			s.zoned, s.offset = true, offset
			return end
		}
		return n
	}
	if !named || at == n {
		return n
	}
	for _, c := range word {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return n
		}
	}
	s.zone = word
	s.zoned = string(word) == "UTC" || string(word) == "GMT"
	return end
}

// parseOffset reads "+01:00" or "+0100"; and with hours, "+01", which stands for the name of a zone that has none.
func parseOffset(b []byte, hours bool) (int64, bool) {
	h, ok := twoDigits(b[1:], 23)
	m, rest := int64(0), b[min(3, len(b)):]
	if len(rest) == 3 && rest[0] == ':' {
		rest = rest[1:]
	}
	if len(rest) > 0 || !hours {
		var ok2 bool
		m, ok2 = twoDigits(rest, 59)
		ok = ok && ok2 && len(rest) == 2
	}
	if b[0] == '-' {
		return -h*3600 - m*60, ok
	}
	return h*3600 + m*60, ok
}

func isWeekday(b []byte) bool {
	switch string(b[:3]) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// set takes a stamp for the time of the line. With a limit, a Unix time, a stamp without year is the latest that is at most a day later than the limit.
func (c *clock) set(s *stamp, limit int64) {
	c.now, c.guessed = c.instant(s, limit), s.year == 0 && limit == 0
	c.known, c.fresh, c.length = true, false, 0
}

// setUnix takes an instant for the time of the line.
func (c *clock) setUnix(unix int64) {
	c.now, c.guessed = unix, false
	c.known, c.fresh, c.length = true, false, 0
}

// instant gives the Unix time of a stamp; limit as in set.
func (c *clock) instant(s *stamp, limit int64) int64 {
	switch {
	case s.zoned:
		return civil(s.year, s.month, s.day) + s.minute*60 + s.second - s.offset
	case s.year != 0:
		return c.inZone(c.local(s.year, s.month, s.day, s.minute), s.zone) + s.second
	case limit != 0:
		return c.latest(limit+daySeconds, s.month, s.day, s.minute) + s.second
	}
	return c.nearest(s.month, s.day, s.minute) + s.second
}
