package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const rule = `must be five cron fields such as "0 7 * * MON", a descriptor such as @weekly, or "@every 12h"`

// fields is the five of them: name, what may stand in each, its longest step, how cron reads an item of it, and how an item is read that is a day of our own.
var fields = [5]struct {
	name, allowed string
	longest       int
	option        cron.ParseOption
	bits          func(*cron.SpecSchedule) uint64
	own           func(item string) day
}{
	{"minute", "0 to 59", 59, cron.Minute, func(s *cron.SpecSchedule) uint64 { return s.Minute }, nil},
	{"hour", "0 to 23", 23, cron.Hour, func(s *cron.SpecSchedule) uint64 { return s.Hour }, nil},
	{"day of the month", "1 to 31, L (the last day), LW (the last Monday to Friday), 15W (the Monday to Friday nearest the 15th)",
		31, cron.Dom, func(s *cron.SpecSchedule) uint64 { return s.Dom }, dayOfMonth},
	{"month", "1 to 12 or JAN to DEC", 12, cron.Month, func(s *cron.SpecSchedule) uint64 { return s.Month }, nil},
	{"weekday", "0 (Sunday) to 6 or SUN to SAT, FRIL (the last Friday), MON#1 (the first Monday)",
		6, cron.Dow, func(s *cron.SpecSchedule) uint64 { return s.Dow }, dayOfWeek},
}

// Parse reads five cron fields, in which days of our own may stand (L, LW, 15W, FRIL, MON#1), or @hourly, @daily, @weekly, @monthly, @yearly, or an interval
// such as "@every 12h". Their wall clock is that of zone, or the one that CRON_TZ=ZONE before them names. Case does not matter, but in the name of a zone.
// The error is the rule that the text breaks, as it stands in a sentence: "must be …".
func Parse(text string, zone *time.Location) (Schedule, error) {
	words := strings.Fields(text)
	if len(words) > 0 && strings.Contains(words[0], "=") {
		own, err := parseZone(words[0])
		if err != nil {
			return Schedule{}, err
		}
		zone, words = own, words[1:]
	}
	s := Schedule{text: text, zone: zone}
	err := errors.New(rule)
	switch {
	case len(words) == 1 && strings.HasPrefix(words[0], "@"):
		err = s.descriptor(strings.ToLower(words[0]))
	case len(words) == 2 && strings.EqualFold(words[0], "@every"):
		s.every, err = parseInterval(strings.ToLower(words[1]))
	case len(words) == len(fields):
		err = s.fields(words)
	}
	if err == nil && s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		err = errors.New("must be a schedule that comes around")
	}
	if err != nil {
		return Schedule{}, err
	}
	return s, nil
}

func parseZone(word string) (*time.Location, error) {
	_, name, _ := strings.Cut(word, "=")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" || word != "CRON_TZ="+name && word != "TZ="+name {
		return nil, errors.New("must have after CRON_TZ= a name of the time zone database such as Europe/Amsterdam or UTC")
	}
	return zone, nil
}

// longForm is an interval in days or weeks, which time.ParseDuration does not know.
var longForm = regexp.MustCompile(`^([0-9]{1,4})([dw])$`)

func parseInterval(text string) (time.Duration, error) {
	every, err := time.ParseDuration(text)
	if m := longForm.FindStringSubmatch(text); m != nil {
		var n int
		n, err = strconv.Atoi(m[1])
		every = time.Duration(n) * 24 * time.Hour
		if m[2] == "w" {
			every *= 7
		}
	}
	if err != nil || every < time.Second || every%time.Second != 0 {
		return 0, errors.New("must have after @every an interval of whole seconds such as 90m, 12h, 2d or 1w")
	}
	return every, nil
}

// everyDay is the bits of a field that is *, as cron has them.
const everyDay = ^uint64(0)

func (s *Schedule) descriptor(word string) error {
	parsed, err := cron.NewParser(cron.Descriptor).Parse(word)
	times, ok := parsed.(*cron.SpecSchedule)
	if err != nil || !ok {
		return errors.New(rule)
	}
	s.days = days{month: times.Dom, week: times.Dow}
	times.Dom, times.Dow, times.Location = everyDay, everyDay, time.UTC
	s.times = times
	return nil
}

// fields reads five fields.
func (s *Schedule) fields(words []string) error {
	var bits [len(fields)]uint64
	var own [len(fields)][]day
	for i, f := range fields {
		for text := range strings.SplitSeq(words[i], ",") {
			item := strings.ToLower(text)
			if f.own != nil {
				if d := f.own(item); d != nil {
					own[i] = append(own[i], d)
					continue
				}
			}
			spec, ok := parseItem(item, f.option, f.longest)
			if !ok {
				return fmt.Errorf(`must have as its %s *, %s, a range (2-5), a step (*/5), or several of these with commas, not %.20q`, f.name, f.allowed, text)
			}
			bits[i] |= f.bits(spec)
		}
	}
	s.times = &cron.SpecSchedule{Second: 1, Minute: bits[0], Hour: bits[1], Dom: everyDay, Month: bits[3], Dow: everyDay, Location: time.UTC}
	s.days = days{bits[2], bits[4], own[2], own[4]}
	return nil
}

// itemForm is an item that cron reads: * or a value or a range of values, with a step or without one. cron itself takes more, such as "*-5".
var itemForm = regexp.MustCompile(`^(?:[*?]|(?:[0-9]{1,2}|[a-z]{3})(?:-(?:[0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?$`)

// parseItem has cron read an item of one field. A step that never comes to a second value is refused: "*/90" minutes would be each hour.
func parseItem(item string, option cron.ParseOption, longest int) (spec *cron.SpecSchedule, ok bool) {
	m := itemForm.FindStringSubmatch(item)
	if m == nil {
		return nil, false
	}
	if step, err := strconv.Atoi(m[1]); err == nil && step > longest {
		return nil, false
	}
	parsed, err := cron.NewParser(option).Parse(item)
	if err != nil {
		return nil, false
	}
	spec, ok = parsed.(*cron.SpecSchedule)
	return spec, ok
}
