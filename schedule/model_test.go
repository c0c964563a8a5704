package schedule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// model is a slow and obvious reading of five fields: it looks at one minute of a wall clock at a time, and shares no code with the package.
type model struct {
	fields  []string
	minutes [60]bool
	hours   [24]bool
	days    map[int64]bool // what was found of days, by number
}

func newModel(text string) *model {
	m := &model{fields: strings.Fields(text), days: map[int64]bool{}}
	for i := range m.minutes {
		m.minutes[i] = within(m.fields[0], i, 0, 59)
	}
	for i := range m.hours {
		m.hours[i] = within(m.fields[1], i, 0, 23)
	}
	return m
}

// due says whether a wall clock shows a time of the schedule in that minute since 1970.
func (m *model) due(minute int64) bool {
	if !m.minutes[minute%60] || !m.hours[minute/60%24] {
		return false
	}
	number := minute / 60 / 24
	found, known := m.days[number]
	if !known {
		found = m.day(time.Unix(60*minute, 0).UTC())
		m.days[number] = found
	}
	return found
}

func (m *model) day(date time.Time) bool {
	if !within(m.fields[3], int(date.Month()), 1, 12) {
		return false
	}
	month, week := within(m.fields[2], date.Day(), 1, 31), within(m.fields[4], int(date.Weekday()), 0, 6)
	for item := range strings.SplitSeq(m.fields[2], ",") {
		month = month || dayOfItsMonth(item, date)
	}
	for item := range strings.SplitSeq(m.fields[4], ",") {
		week = week || weekdayOfItsMonth(item, date)
	}
	if m.fields[2] == "*" || m.fields[4] == "*" {
		return month && week
	}
	return month || week
}

// monthOf is the days of date's month.
func monthOf(date time.Time) (days []time.Time) {
	for n := -31; n <= 31; n++ {
		if d := date.AddDate(0, 0, n); d.Month() == date.Month() {
			days = append(days, d)
		}
	}
	return days
}

func onWeekdays(days []time.Time) []time.Time {
	return slices.DeleteFunc(days, func(d time.Time) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday })
}

func dayOfItsMonth(item string, date time.Time) bool {
	days := monthOf(date)
	last := days[len(days)-1].Day()
	if item == "L" {
		return date.Day() == last
	}
	text, found := strings.CutSuffix(item, "W")
	if !found {
		return false
	}
	n := last
	if text != "L" {
		if n, _ = strconv.Atoi(text); n > last {
			return false
		}
	}
	best := 100
	for _, d := range onWeekdays(days) {
		best = min(best, max(d.Day()-n, n-d.Day()))
	}
	distance := max(date.Day()-n, n-date.Day())
	return distance == best && date.Weekday() != time.Saturday && date.Weekday() != time.Sunday
}

func weekdayOfItsMonth(item string, date time.Time) bool {
	alike := slices.DeleteFunc(monthOf(date), func(d time.Time) bool { return d.Weekday() != date.Weekday() })
	name, last := strings.CutSuffix(item, "L")
	name, nth, numbered := strings.Cut(name, "#")
	if !last && !numbered || !within(name, int(date.Weekday()), 0, 6) {
		return false
	}
	if last {
		return alike[len(alike)-1].Day() == date.Day()
	}
	n, _ := strconv.Atoi(nth)
	return n <= len(alike) && alike[n-1].Day() == date.Day()
}

// within says whether one of a field's items that cron knows has the value.
func within(field string, value, low, high int) bool {
	for item := range strings.SplitSeq(field, ",") {
		span, stepText, stepped := strings.Cut(item, "/")
		step := 1
		if stepped {
			step, _ = strconv.Atoi(stepText)
		}
		from, to := low, high
		if span != "*" {
			first, second, ranged := strings.Cut(span, "-")
			if from = number(first); from < 0 {
				continue
			}
			if ranged {
				to = number(second)
			} else if !stepped {
				to = from
			}
		}
		if from <= value && value <= to && (value-from)%step == 0 {
			return true
		}
	}
	return false
}

// number reads a number, or the name of a month or weekday; -1 for anything else.
func number(text string) int {
	names := map[string]int{"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6, "JAN": 1, "FEB": 2, "MAR": 3, "JUN": 6, "OCT": 10, "DEC": 12}
	if n, known := names[text]; known {
		return n
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return -1
}

// clocked is a stretch of time in a zone, walked through minute by minute.
type clocked struct {
	zone  *time.Location
	from  time.Time
	shown []int64 // what the clock shows from from on, in minutes of a wall clock told in UTC
}

func clock(zone *time.Location, from, to time.Time) clocked {
	c := clocked{zone: zone, from: from}
	for t := from; !t.After(to); t = t.Add(time.Minute) {
		_, offset := t.In(zone).Zone()
		c.shown = append(c.shown, (t.Unix()+int64(offset))/60)
	}
	return c
}

func (c clocked) at(i int) time.Time { return c.from.Add(time.Duration(i) * time.Minute) }

// times is when a schedule is due after the first minute: whenever the clock comes to show times that it has not shown yet, nor left behind, and one of them
// is the schedule's.
func (c clocked) times(m *model) (due []time.Time) {
	latest := c.shown[0]
	for i, shown := range c.shown {
		found := false
		for minute := latest + 1; minute <= shown; minute++ {
			found = m.due(minute) || found
		}
		latest = max(latest, shown)
		if found {
			due = append(due, c.at(i))
		}
	}
	return due
}

// compare holds that a schedule's times over a stretch are the model's, one after the other and asked at any time.
func (c clocked) compare(t *testing.T, text string, chance *rand.Rand) (times int) {
	t.Helper()
	want := c.times(newModel(text))
	s, err := Parse(text, c.zone)
	if err != nil && len(want) == 0 && strings.HasSuffix(err.Error(), "comes around") {
		return 0 // "0 7 31 6 *"
	}
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	end := c.at(len(c.shown) - 1)
	at := c.from
	for _, due := range want {
		if next := s.Next(at); !next.Equal(due) {
			t.Errorf("%s %q: after %v comes %v, want %v", c.zone, text, at.In(c.zone), next, due.In(c.zone))
			return len(want)
		}
		at = due
	}
	if next := s.Next(at); !next.After(end) {
		t.Errorf("%s %q: after %v comes %v, want nothing until %v", c.zone, text, at.In(c.zone), next, end.In(c.zone))
	}
	for range 8 {
		at := c.from.Add(time.Duration(chance.Int64N(int64(end.Sub(c.from)))))
		i, _ := slices.BinarySearchFunc(want, at, func(due, at time.Time) int {
			if due.After(at) {
				return 1
			}
			return -1
		})
		if next := s.Next(at); i < len(want) && !next.Equal(want[i]) || i == len(want) && !next.After(end) {
			t.Errorf("%s %q: asked at %v, the next is %v", c.zone, text, at.In(c.zone), next)
		}
	}
	return len(want)
}

// randomFields gives five fields of all kinds, most often with hours of the night, when clocks change.
func randomFields(chance *rand.Rand) string {
	pick := func(texts ...string) string { return texts[chance.IntN(len(texts))] }
	n := func(low, high int) string { return strconv.Itoa(low + chance.IntN(high-low+1)) }
	span := func(low, high int) string {
		first := low + chance.IntN(high-low+1)
		return fmt.Sprintf("%d-%d", first, first+chance.IntN(high-first+1))
	}
	weekday := func() string { return pick("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", n(0, 6)) }
	return strings.Join([]string{
		pick("0", "30", n(0, 59), n(0, 59), "*/15", "*/"+n(2, 59), "*", span(0, 59)+"/"+n(1, 20), n(0, 29)+","+n(30, 59), n(0, 59)+"/"+n(1, 59)),
		pick("*", "0", "1", "2", "3", "23", n(0, 23), "*/2", "*/"+n(2, 23), span(0, 23), "0-3", "1,2", n(0, 11)+","+n(12, 23)),
		pick("*", "*", "*", "*", n(1, 31), span(1, 31), "*/"+n(2, 10), "L", "LW", n(1, 31)+"W", "1W", "15,L", "L,"+n(1, 31)+"W,"+n(1, 28)),
		pick("*", "*", "*", "*", "*", n(1, 12), "MAR,OCT", "*/3", "JAN-JUN", "10-12"),
		pick("*", "*", "*", "*", weekday(), weekday(), "MON-FRI", "1-5", weekday()+"L", weekday()+"#"+n(1, 5), weekday()+","+weekday()+"L", "*/2"),
	}, " ")
}

// TestRandomSchedules holds that schedules of all kinds mean over a year, with its clock changes, what the model takes them to.
func TestRandomSchedules(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	total := 0
	zones := []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "America/Asuncion", "Asia/Tokyo"}
	chance.Shuffle(len(zones), func(i, j int) { zones[i], zones[j] = zones[j], zones[i] })
	for _, zone := range zones[:min(len(zones), 2*long(3))] {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2023, 11, 1, 5, 0, 0, 0, time.UTC)
		year := clock(location, from, from.AddDate(1, 1, 0))
		for range 6 * long(50) {
			total += year.compare(t, randomFields(chance), chance)
		}
	}
	if total < 100 {
		t.Errorf("only %d times were compared", total)
	}
}

// TestPlainFields holds that where no clock changes and no day is of our own, schedules mean what they mean to cron.
func TestPlainFields(t *testing.T) {
	chance := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 2000 {
		text := randomFields(chance)
		want, err := cron.ParseStandard("CRON_TZ=UTC " + text)
		if err != nil {
			continue // it has days of our own
		}
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(chance.Int64N(int64(4 * 365 * 24 * time.Hour))))
		s, err := Parse(text, time.UTC)
		if next := want.Next(at); err != nil != next.IsZero() || err == nil && !s.Next(at).Equal(next) {
			t.Fatalf("%q: after %v comes %v (%v), cron says %v", text, at, s.Next(at), err, next)
		}
	}
}
