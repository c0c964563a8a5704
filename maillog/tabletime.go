package maillog

import "bytes"

// tableTime reads the times that tables tell. Its clock's location is the zone of those without one. The forms:
//
//	2026-11-24T16:23:01.123+01:00   ISO 8601 (RFC 3339): a blank for the T, no seconds, a fraction of any length, Z, UTC, +01:00, +0100, +01 or no zone
//	2026-11-24                      a day without a time counts at noon
//	11/24/2026 4:23:01 PM           month first, as Microsoft's reports have it in every language; never day first, even where only that makes a date
//	24.11.2026 16:23:01             day first, as everybody writes who writes dots
//	1795883581, 1795883581.123      Unix time in seconds; 13 digits are milliseconds, 16 microseconds, 19 nanoseconds
type tableTime struct {
	clock clock

	// The latest minute without zone, so that most times cost one comparison; derived.
	prefix [len(isoMinute)]byte
	minute int64 // its Unix time
}

// isoMinute is the form of a minute, its length above all.
const isoMinute = "2026-11-24T16:23"

// noon is where a day without a time is counted, in minutes: a day in one zone is then the same in another, but for the farthest.
const noon = 12 * 60

// read gives the Unix time that text tells. A time that a clock change makes ambiguous is the one nearest to the time read before.
func (t *tableTime) read(text []byte) (unix int64, ok bool) {
	text = trimBlanks(text)
	if len(text) >= 10 && text[4] == '-' && text[7] == '-' {
		return t.readISO(text)
	}
	if len(text) < 8 || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	switch i := bytes.IndexAny(text[:5], "/."); {
	case i < 1 || i > 2:
		return readUnix(text)
	case text[i] == '/':
		return t.readParts(text, '/', true)
	}
	return t.readParts(text, '.', false)
}

// readISO reads the first two forms.
func (t *tableTime) readISO(text []byte) (int64, bool) {
	const minutes = len(isoMinute)
	if len(text) >= minutes && [minutes]byte(text) == t.prefix {
		if second, rest, ok := readSeconds(text[minutes:]); ok && len(rest) == 0 {
			return t.minute + second, true
		}
	}
	century, ok1 := twoDigits(text, 99)
	year, ok2 := twoDigits(text[2:], 99)
	month, ok3 := twoDigits(text[5:], 12)
	day, ok4 := twoDigits(text[8:], 31)
	year += 100 * century
	if !(ok1 && ok2 && ok3 && ok4) || year < 1970 || !isDate(year, month, day) {
		return 0, false
	}
	if len(text) == 10 {
		return t.clock.local(year, month, day, noon), true
	}
	if len(text) < minutes || text[10] != 'T' && text[10] != 't' && text[10] != ' ' || text[13] != ':' {
		return 0, false
	}
	hour, ok1 := twoDigits(text[11:], 23)
	minute, ok2 := twoDigits(text[14:], 59)
	second, rest, ok3 := readSeconds(text[minutes:])
	if !(ok1 && ok2 && ok3) {
		return 0, false
	}
	if len(rest) > 0 {
		offset, ok := readOffset(rest)
		return civil(year, month, day) + hour*3600 + minute*60 + second - offset, ok
	}
	t.prefix, t.minute = [minutes]byte(text), t.clock.local(year, month, day, hour*60+minute)
	return t.minute + second, true
}

// readSeconds takes ":01", ":01.123" or nothing off b.
func readSeconds(b []byte) (second int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != ':' {
		return 0, b, true
	}
	if second, ok = twoDigits(b[1:], 60); !ok {
		return 0, nil, false
	}
	b = b[3:]
	if len(b) > 1 && (b[0] == '.' || b[0] == ',') {
		i := 1
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return second, b[i:], i > 1
	}
	return second, b, true
}

// readOffset reads a zone as seconds east of UTC.
func readOffset(b []byte) (offset int64, ok bool) {
	b = bytes.TrimPrefix(b, []byte{' '})
	switch string(b) {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hours, ok := twoDigits(b[1:], 23)
	var minutes int64
	if rest := bytes.TrimPrefix(b[3:], []byte{':'}); ok && len(b) > 3 {
		minutes, ok = twoDigits(rest, 59)
		ok = ok && len(rest) == 2
	}
	offset = hours*3600 + minutes*60
	if b[0] == '-' {
		offset = -offset
	}
	return offset, ok
}

// readParts reads "11/24/2026 4:23:01 PM" and its kin: three numbers, then a time of 24 hours or of twice twelve, or none.
func (t *tableTime) readParts(text []byte, separator byte, monthFirst bool) (int64, bool) {
	first, text, ok1 := cutDigits(text, separator)
	second, text, ok2 := cutDigits(text, separator)
	if !ok1 || !ok2 || len(text) < 4 {
		return 0, false
	}
	century, ok1 := twoDigits(text, 99)
	year, ok2 := twoDigits(text[2:], 99)
	year += 100 * century
	month, day := first, second
	if !monthFirst {
		month, day = second, first
	}
	if !ok1 || !ok2 || year < 1970 || !isDate(year, month, day) {
		return 0, false
	}
	if text = bytes.TrimLeft(text[4:], ", T"); len(text) == 0 {
		return t.clock.local(year, month, day, noon), true
	}
	hour, text, ok1 := cutDigits(text, ':')
	minute, ok2 := twoDigits(text, 59)
	if !ok1 || !ok2 {
		return 0, false
	}
	seconds, half, ok := readSeconds(text[2:])
	switch string(trimBlanks(half)) {
	case "AM", "am":
		ok = ok && hour >= 1 && hour <= 12
		hour %= 12
	case "PM", "pm":
		ok = ok && hour >= 1 && hour <= 12
		hour = hour%12 + 12
	case "":
		ok = ok && hour <= 23
	default:
		return 0, false
	}
	return t.clock.local(year, month, day, hour*60+minute) + seconds, ok
}

// cutDigits takes one or two digits and what ends them off b.
func cutDigits(b []byte, end byte) (n int64, rest []byte, ok bool) {
	i := bytes.IndexByte(b[:min(len(b), 3)], end)
	if i < 1 {
		return 0, nil, false
	}
	for _, c := range b[:i] {
		if c < '0' || c > '9' {
			return 0, nil, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, b[i+1:], true
}

// readUnix reads the last form.
func readUnix(b []byte) (int64, bool) {
	whole, fraction, cut := bytes.Cut(b, []byte{'.'})
	n, ok := wholeNumber(whole)
	if _, digits := wholeNumber(fraction); cut && (!digits || len(whole) != 10) {
		return 0, false
	}
	switch len(whole) {
	case 10:
		return n, ok
	case 13:
		return n / 1e3, ok
	case 16:
		return n / 1e6, ok
	case 19:
		return n / 1e9, ok
	}
	return 0, false
}

// wholeNumber reads a number of up to 19 digits without sign.
func wholeNumber(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n >= 0
}

// trimBlanks takes blanks off both ends; also those of Unicode that .NET puts before AM and PM.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 {
		switch n := len(b); {
		case b[0] == ' ' || b[0] == '\t':
			b = b[1:]
		case b[n-1] == ' ' || b[n-1] == '\t':
			b = b[:n-1]
		case b[0] == 0xC2 || b[0] == 0xE2:
			rest, ok := bytes.CutPrefix(b, []byte("\u00a0"))
			if !ok {
				if rest, ok = bytes.CutPrefix(b, []byte("\u202f")); !ok {
					return b
				}
			}
			b = rest
		default:
			return b
		}
	}
	return b
}
