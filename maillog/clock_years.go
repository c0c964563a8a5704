package maillog

import "time"

// nearest gives the Unix time of a date without year and a minute of the day. The date exists in some years.
func (c *clock) nearest(month, day, minute int64) int64 {
	older := c.fresh && c.now > c.modified+daySeconds // a file of the past, read after later ones
	if c.known {
		year := int64(time.Unix(c.now, 0).In(c.location).Year())
		for _, y := range [...]int64{year, year + 1, year - 1} {
			if !isDate(y, month, day) {
				continue
			}
			t := c.local(y, month, day, minute)
			if t < c.now-yearBack || t >= c.now+365*daySeconds-yearBack {
				continue
			}
			if t <= c.modified+daySeconds || !older && t <= c.now+yearAhead {
				return t
			}
		}
	}
	limit := c.modified
	if c.known && !c.fresh {
		limit = max(limit, c.now)
	}
	limit += daySeconds
	for year := int64(time.Unix(limit, 0).In(c.location).Year()); ; year-- {
		if isDate(year, month, day) {
			t := c.local(year, month, day, minute)
			if t <= limit && month == 2 && day == 29 && c.known && !older && t < c.now-365*daySeconds+yearBack {
				return c.nearest(3, 1, minute) // some machine takes this year for a leap year; the stamps to come would go on from an earlier one for good
			}
			if t <= limit {
				return t
			}
		}
	}
}

// local gives the Unix time of a minute in the clock's zone; of two that have this wall time, the one nearest to the stamp before.
func (c *clock) local(year, month, day, minute int64) int64 {
	wall := civil(year, month, day) + minute*60
	if c.location == time.UTC {
		return wall
	}
	t := time.Date(int(year), time.Month(month), int(day), 0, int(minute), 0, 0, c.location)
	best := t.Unix()
	if !c.known {
		return best
	}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		if other := wall - offsetAt(start.Unix()-1, c.location); other < start.Unix() && distance(other, c.now) < distance(best, c.now) {
			best = other
		}
	}
	if !end.IsZero() {
		if other := wall - offsetAt(end.Unix(), c.location); other >= end.Unix() && distance(other, c.now) < distance(best, c.now) {
			best = other
		}
	}
	return best
}

func offsetAt(unix int64, zone *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(zone).Zone()
	return int64(offset)
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// latest gives the Unix time of the latest date without year that is not later than limit. The date exists in some years.
func (c *clock) latest(limit, month, day, minute int64) int64 {
	for year := int64(time.Unix(limit, 0).In(c.location).Year()); ; year-- {
		if isDate(year, month, day) {
			if t := c.local(year, month, day, minute); t <= limit {
				return t
			}
		}
	}
}

// inZone gives the instant with t's wall time at which the clock's zone has a name; t if there is none. Of an hour that comes twice this tells which.
func (c *clock) inZone(t int64, name []byte) int64 {
	if len(name) == 0 {
		return t
	}
	wall := t + offsetAt(t, c.location)
	for _, near := range [...]int64{t, t - daySeconds, t + daySeconds} {
		other := wall - offsetAt(near, c.location)
		if zone, offset := time.Unix(other, 0).In(c.location).Zone(); zone == string(name) && other+int64(offset) == wall {
			return other
		}
	}
	return t
}

// isDate says whether a date exists in the Gregorian calendar.
func isDate(year, month, day int64) bool {
	switch {
	case month < 1 || month > 12 || day < 1:
		return false
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return day <= 29
	case month == 2:
		return day <= 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return day <= 30
	}
	return day <= 31
}

// civil gives the Unix time of midnight UTC of a date.
func civil(year, month, day int64) int64 {
	return time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC).Unix()
}
