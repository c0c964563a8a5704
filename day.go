package authreport

import (
	"fmt"
	"iter"
	"time"
)

// Day is a calendar day in the counting zone, as days since 1970-01-01. The zone is not part of it: a store counts in one zone.
type Day int32

// DayFormat is the text form of a Day: ISO 8601, extended.
const DayFormat = "2006-01-02"

// DayOf is the calendar day of t in t's own location.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return NewDay(year, month, day)
}

// NewDay is the day of a date; values out of range are carried as time.Date does.
func NewDay(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads a day in the form 2026-11-24.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(DayFormat, text)
	if err != nil {
		return 0, fmt.Errorf("day must be a date like 2026-11-24, is %q", text)
	}
	return DayOf(t), nil
}

// String gives the day in the form 2026-11-24.
func (d Day) String() string { return d.UTC().Format(DayFormat) }

// UTC is midnight UTC of the day: for calendar arithmetic and for date cells, not an instant of the counting zone.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Start is the first instant of the day in zone. Where a clock change takes midnight away, it is the first instant after the gap.
func (d Day) Start(zone *time.Location) time.Time {
	year, month, day := d.UTC().Date()
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if DayOf(t) < d { // midnight does not exist: time.Date went back before the gap
		_, before := t.Zone()
		_, after := t.Add(12 * time.Hour).Zone()
		t = t.Add(time.Duration(after-before) * time.Second)
	}
	return t
}

// Weekday is the day's weekday.
func (d Day) Weekday() time.Weekday { return d.UTC().Weekday() }

// Range is whole days, both ends included. It is empty if Last is before First.
type Range struct{ First, Last Day }

// Days is the number of days, 0 for an empty range.
func (r Range) Days() int { return max(0, int(r.Last-r.First)+1) }

// Contains says whether d lies in the range.
func (r Range) Contains(d Day) bool { return r.First <= d && d <= r.Last }

// Before is the range of the same length that ends on the day before this one begins.
func (r Range) Before() Range {
	return Range{First: r.First - Day(r.Days()), Last: r.First - 1}
}

// All gives every day of the range, ascending.
func (r Range) All() iter.Seq[Day] {
	return func(yield func(Day) bool) {
		for d := r.First; d <= r.Last; d++ {
			if !yield(d) {
				return
			}
		}
	}
}

// String gives both ends: "2026-11-01 to 2026-11-07".
func (r Range) String() string { return r.First.String() + " to " + r.Last.String() }
