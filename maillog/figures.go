package maillog

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"authreport"
)

// lineFigures gathers the figures of lines (authreport.Lines) day by day of the log's own time, so that a line costs a few additions.
// A line without a stamp belongs to the day of the line before; before the first stamp, to the day on which the file was last written.
type lineFigures struct {
	current    authreport.Lines
	start, end int64 // the current day in Unix time, end excluded
	stamped    bool  // a line of the current day has a stamp
	first      int64 // earliest and latest stamp of the current day, in Unix time
	last       int64
}

// enter counts one line; the clock has read its stamp, if it has one.
func (l *lineFigures) enter(c *clock, stepped bool, tally *authreport.Tally) {
	now := c.now
	if !c.known {
		now = c.modified
	}
	if now < l.start || now >= l.end {
		l.flush(tally)
		day := authreport.DayOf(time.Unix(now, 0).In(tally.Zone()))
		l.current.Day, l.start, l.end = day, day.Start(tally.Zone()).Unix(), (day + 1).Start(tally.Zone()).Unix()
	}
	if c.known {
		if !l.stamped || now < l.first {
			l.stamped, l.first = true, now
		}
		l.last = max(l.last, now)
	}
	l.current.Read++
	if c.guessed {
		l.current.GuessedYears++
	}
	if stepped {
		l.current.ClockSteps++
	}
}

// again counts one line of the same second as the line before, if that was of the current day.
func (l *lineFigures) again(c *clock) {
	l.current.Read++
	if c.bsd {
		l.current.GuessedYears++
	}
}

// flush adds the figures to the tally and begins anew.
func (l *lineFigures) flush(tally *authreport.Tally) {
	if l.current.Read > 0 {
		if l.stamped {
			l.current.First, l.current.Last = time.Unix(l.first, 0).UTC(), time.Unix(l.last, 0).UTC()
		}
		tally.AddLines(l.current)
	}
	*l = lineFigures{current: authreport.Lines{Source: l.current.Source}}
}

// printable gives at most authreport.ExampleLength bytes of line, with U+FFFD in place of what is not UTF-8 or not printable.
func printable(line []byte) string {
	var b strings.Builder
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		if b.Len()+utf8.RuneLen(r) > authreport.ExampleLength {
			break
		}
		b.WriteRune(r)
		line = line[n:]
	}
	return b.String()
}
