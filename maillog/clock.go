package maillog

import (
	"encoding/binary"
	"time"
)

// clock reads the time stamps at the start of lines. Its zero value, with location set, is ready.
//
// A BSD stamp has neither year nor zone. For the first stamp the year is the largest for which the stamp is not later than a day after the file was last
// written. For later ones it is the one that goes on from the stamp before: at most yearBack before it, else after it. Where that is later than the file
// was last written, which stamps of a file that still grows may be by yearAhead, the rule for the first stamp holds.
// Its zone is location; where a clock change makes the same stamp occur twice, the occurrence nearest to the stamp before is taken.
type clock struct {
	location *time.Location
	modified int64 // Unix time at which the file was last written
	fresh    bool  // no stamp was read since modified was told

	now   int64 // Unix time of the latest stamp; with known, all that a stamp's meaning depends on
	known bool

	// The latest stamp up to its minute, so that most stamps cost one comparison; derived, not part of the state.
	prefix  int  // its length, 0 for none
	minuted head // of it
	bsd     bool
	wall    int64 // RFC 3339: the minute as if its zone were UTC
	minute  int64 // BSD: the minute's Unix time
	guessed bool  // the latest stamp had no year

	// The latest stamp, so that another of its second costs less still; derived.
	length int    // with the blank after it, 0 if there is none
	last   int    // where the last 8 bytes up to its second begin
	second head   // of the stamp up to its second
	zone   int    // RFC 3339: where the zone begins
	ending uint64 // RFC 3339: the 8 bytes that end with the blank, those before the zone taken off
}

// How far in seconds from the stamp before, back and ahead, a stamp without year may be for its year to be taken from there.
const (
	yearBack  = 31 * daySeconds
	yearAhead = 90 * daySeconds

	daySeconds = 86400
)

// file says when the file that the next lines are of was last written.
func (c *clock) file(modified time.Time) {
	c.modified, c.fresh = modified.Unix(), true
	c.forget()
}

// restore sets all that a stamp's meaning depends on.
func (c *clock) restore(now int64, known bool) {
	c.now, c.known = now, known
	c.forget()
}

// forget drops what is known of the latest stamp's text.
func (c *clock) forget() { c.prefix, c.length, c.last, c.second = 0, 0, 0, head{} }

// again gives the length of the stamp at the start of line, with the blank after it, if it is of the second of the latest one: c.now stays. 0 for any other,
// and for lines shorter than stamps may be.
func (c *clock) again(line []byte) int {
	if len(line) < longestStamp || headOf(line, c.last+8) != c.second {
		return 0
	}
	if c.bsd {
		return c.length
	}
	return c.againRFC3339(line)
}

// longestStamp is the length in bytes of a stamp with a fraction of nine digits, zone, and blank.
const longestStamp = len("2026-11-24T16:23:01.123456789+01:00 ")

// againRFC3339 compares what follows the seconds.
func (c *clock) againRFC3339(line []byte) int {
	n := c.length
	if n < c.zone || n < 8 || c.ended(line) != c.ending {
		return 0
	}
	if at := c.last + 8; at < c.zone {
		if line[at] != '.' {
			return 0
		}
		for _, digit := range line[at+1 : c.zone] {
			if digit < '0' || digit > '9' {
				return 0
			}
		}
	}
	return n
}

// ended gives the 8 bytes before c.length without those before the zone.
func (c *clock) ended(line []byte) uint64 {
	return binary.LittleEndian.Uint64(line[c.length-8:]) >> (64 - 8*(c.length-c.zone))
}

// read takes the stamp off the start of line, sets c.now, and gives what follows the blank after the stamp.
func (c *clock) read(line []byte) (rest []byte, ok bool) {
	if n := c.again(line); n > 0 {
		c.guessed = c.bsd
		return line[n:], true
	}
	n := c.prefix
	c.length, c.last, c.second = 0, 0, head{}
	if n == 0 || len(line) < n+3 || headOf(line, n) != c.minuted || c.bsd && uint64(c.now-c.minute) >= 60 {
		if n = c.readMinute(line); n == 0 {
			return nil, false
		}
		c.prefix, c.minuted = n, headOf(line, n)
	}
	second, ok := twoDigits(line[n:], 60)
	if !ok {
		c.prefix = 0
		return nil, false
	}
	rest = line[n+2:]
	if c.bsd {
		if len(rest) == 0 || rest[0] != ' ' {
			return nil, false
		}
		c.now, c.known, c.fresh, c.guessed = c.minute+second, true, false, true
		c.length, c.last, c.second = n+3, n+3-8, headOf(line, n+3)
		return rest[1:], true
	}
	offset, rest, ok := readZone(rest)
	if !ok {
		return nil, false
	}
	c.now, c.known, c.fresh, c.guessed = c.wall+second-offset, true, false, false
	c.length, c.last, c.second = len(line)-len(rest), n+2-8, headOf(line, n+2)
	c.zone = c.length - len("+01:00 ")
	if line[c.length-2] == 'Z' {
		c.zone = c.length - len("Z ")
	}
	c.ending = c.ended(line)
	return rest, true
}

// head is the first bytes of a line, 12 to 20, as numbers that overlap: the first 8, those from the fifth on, and the last.
type head struct{ first, second, last uint64 }

// headOf gives the head of n bytes.
func headOf(line []byte, n int) head {
	return head{binary.LittleEndian.Uint64(line), binary.LittleEndian.Uint64(line[4:]), binary.LittleEndian.Uint64(line[n-8:])}
}

// readMinute reads the stamp up to the colon after its minute and gives its length, 12 to 17; 0 if it is none.
func (c *clock) readMinute(line []byte) int {
	c.prefix = 0
	if len(line) < len("Nov 4 10:14:00 ") {
		return 0
	}
	if line[0] >= '0' && line[0] <= '9' {
		return c.readRFC3339(line)
	}
	return c.readBSD(line)
}

// readRFC3339 reads "2026-11-24T16:23:" (RFC 3339 section 5.6).
func (c *clock) readRFC3339(line []byte) int {
	if len(line) < 17 || line[4] != '-' || line[7] != '-' || line[10] != 'T' || line[13] != ':' || line[16] != ':' {
		return 0
	}
	century, ok1 := twoDigits(line, 99)
	year, ok2 := twoDigits(line[2:], 99)
	month, ok3 := twoDigits(line[5:], 12)
	day, ok4 := twoDigits(line[8:], 31)
	hour, ok5 := twoDigits(line[11:], 23)
	minute, ok6 := twoDigits(line[14:], 59)
	year += 100 * century
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || year < firstYear || !isDate(year, month, day) {
		return 0
	}
	c.bsd, c.wall = false, civil(year, month, day)+hour*3600+minute*60
	return 17
}

// readZone reads what follows the seconds of an RFC 3339 stamp: a fraction of up to nine digits, Z or an offset, and the blank after the stamp.
func readZone(b []byte) (offset int64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] == '.' {
		i := 1
		for i < len(b) && i <= 10 && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		if i == 1 || i > 10 {
			return 0, nil, false
		}
		b = b[i:]
	}
	if len(b) >= 2 && b[0] == 'Z' && b[1] == ' ' {
		return 0, b[2:], true
	}
	if len(b) < 7 || b[0] != '+' && b[0] != '-' || b[3] != ':' || b[6] != ' ' {
		return 0, nil, false
	}
	hours, ok1 := twoDigits(b[1:], 23)
	minutes, ok2 := twoDigits(b[4:], 59)
	offset = hours*3600 + minutes*60
	if b[0] == '-' {
		offset = -offset
	}
	return offset, b[7:], ok1 && ok2
}

// readBSD reads "Nov 24 16:23:", with the day padded by a blank, by a zero, or not at all (RFC 3164 section 4.1.2 has the first).
func (c *clock) readBSD(line []byte) int {
	month := monthOf(line)
	if month == 0 || line[3] != ' ' {
		return 0
	}
	n := 4
	if line[n] == ' ' {
		n++
	}
	var day int64
	for ; n < 6 && line[n] >= '0' && line[n] <= '9'; n++ {
		day = day*10 + int64(line[n]-'0')
	}
	if line[n] != ' ' || len(line) < n+10 || line[n+3] != ':' || line[n+6] != ':' {
		return 0
	}
	hour, ok1 := twoDigits(line[n+1:], 23)
	minute, ok2 := twoDigits(line[n+4:], 59)
	if !ok1 || !ok2 || !isDate(4, month, day) {
		return 0
	}
	c.minute = c.nearest(month, day, hour*60+minute)
	c.bsd = true
	return n + 7
}

// twoDigits reads two digits at the start of b, at most limit.
func twoDigits(b []byte, limit int64) (int64, bool) {
	if len(b) < 2 {
		return 0, false
	}
	tens, ones := b[0]-'0', b[1]-'0'
	n := int64(tens)*10 + int64(ones)
	return n, tens <= 9 && ones <= 9 && n <= limit
}

// monthOf gives the month whose English abbreviation b begins with, 1 to 12; 0 if none. b has three bytes or more.
func monthOf(b []byte) int64 {
	switch string(b[:3]) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}
