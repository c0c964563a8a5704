// Package schedule says when something is due: at times of a wall clock, or at fixed intervals.
//
// It reads the text of a schedule and computes times from it; cron/v3 reads what it can, days such as "last Friday" are ours. It knows neither reports nor
// what was done: the same text gives the same times on every machine, whenever it is asked.
//
// A schedule is due at the first instant at which the clock of its zone shows a time of the schedule or a later one. So a time that a clock change skips comes
// at the first instant after the gap, once, however many of the schedule's times lie in the gap; and a time that a change repeats comes once, the first time.
// Fixed intervals (@every) count elapsed time and know no clock changes.
package schedule

import (
	"sort"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is when something is due. The zero Schedule is never due. It is safe for concurrent use.
type Schedule struct {
	text  string
	times *cron.SpecSchedule // months, hours and minutes on a wall clock; nil: every
	days  days               // on which the clock has them
	every time.Duration
	zone  *time.Location
}

// String gives the schedule as it was written.
func (s Schedule) String() string { return s.text }

// IsZero says whether there is no schedule.
func (s Schedule) IsZero() bool { return s.zone == nil }

// Zone is the zone whose wall clock the schedule goes by; of @every, the zone in which Next gives its times. It is nil for the zero Schedule.
func (s Schedule) Zone() *time.Location { return s.zone }

// Next is the first time after t at which the schedule is due, to the second, in its zone; zero for the zero Schedule.
func (s Schedule) Next(t time.Time) time.Time {
	switch {
	case s.zone == nil:
		return time.Time{}
	case s.times == nil:
		return t.UTC().Truncate(s.every).Add(s.every).In(s.zone)
	}
	local := t.In(s.zone)
	// The wall clock is carried as a time in UTC, which has no clock changes. What it shows after local comes after t, or had come when a change repeats it.
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	for {
		if wall = s.nextWall(wall); wall.IsZero() {
			return time.Time{}
		}
		if due := instant(wall, s.zone); due.After(t) {
			return due
		}
	}
}

// longestGap is more years than there are between two days of any schedule that comes around: 29 February falls on a given weekday every 28 years, and over
// a year like 2100, which is no leap year, after 40.
const longestGap = 41

// nextWall is the first time after wall that the schedule's clock shows when it is due; zero if there is none.
func (s Schedule) nextWall(wall time.Time) time.Time {
	for last := wall.Year() + longestGap; ; {
		wall = s.times.Next(wall)
		if wall.IsZero() || wall.Year() > last || s.days.has(wall) {
			break
		}
		wall = time.Date(wall.Year(), wall.Month(), wall.Day(), 23, 59, 59, 0, time.UTC)
	}
	if wall.IsZero() || !s.days.has(wall) {
		return time.Time{}
	}
	return wall
}

// instant is the first time at which the clock in zone shows wall, which is told in UTC, or a later time. The clock changes once at most in the days around it.
func instant(wall time.Time, zone *time.Location) time.Time {
	before, after := offset(wall.AddDate(0, 0, -1), zone), offset(wall.AddDate(0, 0, 1), zone)
	for _, seconds := range []time.Duration{max(before, after), min(before, after)} {
		if t := wall.Add(-seconds); offset(t, zone) == seconds {
			return t.In(zone)
		}
	}
	// The change skips wall: its time is looked for, since ZoneBounds does not have all of them right (golang.org/issue/81583).
	earliest := wall.Add(-after)
	seconds := sort.Search(int((after-before)/time.Second), func(i int) bool { return offset(earliest.Add(time.Duration(i)*time.Second), zone) == after })
	return earliest.Add(time.Duration(seconds) * time.Second).In(zone)
}

// offset is how far the clock in zone is ahead of UTC.
func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
