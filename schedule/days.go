package schedule

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// days is the days on which a schedule has times. A day of the month and a weekday that are both given count either of them, as in cron.
type days struct {
	month, week       uint64 // as cron keeps them: a bit for each day of the month, weekday from Sunday; anyDay for *
	ownMonth, ownWeek []day
}

const anyDay = 1 << 63

// day says whether a date is a day of our own.
type day func(date time.Time) bool

// has says whether a date, at any hour, is one of the days.
func (d days) has(date time.Time) bool {
	is := func(own day) bool { return own(date) }
	month := d.month>>date.Day()&1 != 0 || slices.ContainsFunc(d.ownMonth, is)
	week := d.week>>date.Weekday()&1 != 0 || slices.ContainsFunc(d.ownWeek, is)
	if (d.month|d.week)&anyDay != 0 {
		return month && week
	}
	return month || week
}

var (
	nearestForm = regexp.MustCompile(`^([1-9]|[12][0-9]|3[01])w$`)
	weekForm    = regexp.MustCompile(`^([0-6]|sun|mon|tue|wed|thu|fri|sat)(?:l|#([1-5]))$`)
	weekdays    = strings.Fields("sun mon tue wed thu fri sat")
)

// dayOfMonth reads L, the last day of a month; LW, its last Monday to Friday; 15W, the Monday to Friday of the month that is nearest to its 15th. It gives nil
// for anything else. A month without a 31st has no 31W.
func dayOfMonth(item string) day {
	switch item {
	case "l":
		return func(date time.Time) bool { return date.Day() == lastDay(date) }
	case "lw":
		return func(date time.Time) bool { return date.Day() == nearestWeekday(date, lastDay(date)) }
	}
	m := nearestForm.FindStringSubmatch(item)
	if m == nil {
		return nil
	}
	n, err := strconv.Atoi(m[1])
	return func(date time.Time) bool {
		return err == nil && n <= lastDay(date) && date.Day() == nearestWeekday(date, n)
	}
}

// nearestWeekday is the day of date's month that is a Monday to Friday and nearest to the day n of that month.
func nearestWeekday(date time.Time, n int) int {
	switch weekday := date.AddDate(0, 0, n-date.Day()).Weekday(); {
	case weekday == time.Saturday && n == 1:
		return 3
	case weekday == time.Saturday:
		return n - 1
	case weekday == time.Sunday && n == lastDay(date):
		return n - 2
	case weekday == time.Sunday:
		return n + 1
	}
	return n
}

// dayOfWeek reads FRIL or 5L, the last Friday of a month, and MON#1 or 1#1, its first Monday, up to #5; nil for anything else.
func dayOfWeek(item string) day {
	m := weekForm.FindStringSubmatch(item)
	if m == nil {
		return nil
	}
	weekday, err := strconv.Atoi(m[1])
	if err != nil {
		weekday = slices.Index(weekdays, m[1])
	}
	return func(date time.Time) bool {
		if int(date.Weekday()) != weekday {
			return false
		}
		if m[2] == "" {
			return date.Day()+7 > lastDay(date)
		}
		return strconv.Itoa((date.Day()+6)/7) == m[2]
	}
}

// lastDay is the number of days that date's month has.
func lastDay(date time.Time) int {
	return time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
