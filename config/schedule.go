package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is when a report is due. The zero Schedule is never due.
//
// cron computes on the wall clock of the schedule's zone; the rule at clock changes is ours: a time that the change skips comes at the first instant
// after the gap, and a time that it repeats comes once, the first time. @every counts elapsed time and knows no clock changes.
type Schedule struct {
	text string
	spec cron.Schedule
	zone *time.Location // nil: @every
}

var cronFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// ParseSchedule reads five cron fields, @hourly, @daily, @weekly, @monthly, @yearly or "@every 12h". CRON_TZ=ZONE before them overrides zone.
func ParseSchedule(text string, zone *time.Location) (Schedule, error) {
	fields := strings.TrimSpace(text)
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if rest, found := strings.CutPrefix(fields, prefix); found {
			name, after, _ := strings.Cut(rest, " ")
			own, err := parseZone(name)
			if err != nil {
				return Schedule{}, fmt.Errorf("zone of the schedule %w", err)
			}
			zone, fields = own, strings.TrimSpace(after)
			break
		}
	}
	if strings.Contains(fields, "TZ=") || fields == "" {
		return Schedule{}, errors.New(scheduleRule)
	}
	spec, err := cronFields.Parse(fields)
	if err != nil {
		reason, _, _ := strings.Cut(err.Error(), ": strconv")
		return Schedule{}, fmt.Errorf("%s (%s)", scheduleRule, printable(reason))
	}
	s := Schedule{text: text, spec: spec, zone: zone}
	switch fixed := spec.(type) {
	case *cron.SpecSchedule:
		fixed.Location = time.UTC // the wall clock is carried as a time in UTC, which has no clock changes
	case cron.ConstantDelaySchedule:
		s.zone = nil
	}
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, errors.New("must be a schedule that comes around")
	}
	return s, nil
}

const scheduleRule = `must be five cron fields such as "0 7 * * MON", a descriptor such as @weekly, or "@every 12h"`

// String gives the schedule as it was written.
func (s Schedule) String() string { return s.text }

// IsZero says whether there is no schedule.
func (s Schedule) IsZero() bool { return s.spec == nil }

// Zone is the zone whose wall clock the schedule goes by; nil for @every and for the zero Schedule.
func (s Schedule) Zone() *time.Location { return s.zone }

// Next is the first time after t at which the schedule is due, to the second; zero for the zero Schedule.
func (s Schedule) Next(t time.Time) time.Time {
	if s.spec == nil {
		return time.Time{}
	}
	if s.zone == nil {
		return s.spec.Next(t)
	}
	local := t.In(s.zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	for {
		if wall = s.spec.Next(wall); wall.IsZero() {
			return time.Time{}
		}
		if due := instant(wall, s.zone); due.After(t) {
			return due
		}
	}
}

// instant is when the clock in zone first shows what wall shows in UTC; where a change skips that, the first instant after the gap.
func instant(wall time.Time, zone *time.Location) time.Time {
	_, before := wall.AddDate(0, 0, -1).In(zone).Zone()
	_, after := wall.AddDate(0, 0, 1).In(zone).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} {
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, actual := t.Zone(); actual == offset {
			return t
		}
	}
	start, _ := wall.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	return start
}
