package config

import (
	"fmt"
	"testing"
	"time"

	"authreport"
)

func TestPeriod(t *testing.T) {
	day := func(text string) authreport.Day {
		d, err := authreport.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct{ text, today, first, last string }{ // weeks from Monday
		{"yesterday", "2026-03-01", "2026-02-28", "2026-02-28"},
		{"last 7 days", "2026-11-24", "2026-11-17", "2026-11-23"},
		{"last day", "2026-11-24", "2026-11-23", "2026-11-23"},
		{" Last  30  Days ", "2026-11-24", "2026-10-25", "2026-11-23"},
		{"last week", "2026-11-24", "2026-11-16", "2026-11-22"}, // the 24th is a Tuesday
		{"last week", "2026-11-23", "2026-11-16", "2026-11-22"},
		{"last week", "2026-11-22", "2026-11-09", "2026-11-15"},
		{"last 2 weeks", "2026-11-24", "2026-11-09", "2026-11-22"},
		{"this week", "2026-11-24", "2026-11-23", "2026-11-23"},
		{"this week", "2026-11-23", "2026-11-16", "2026-11-22"}, // nothing of it is complete
		{"last month", "2026-03-31", "2026-02-01", "2026-02-28"},
		{"last 3 months", "2026-01-05", "2025-10-01", "2025-12-31"},
		{"this month", "2026-11-24", "2026-11-01", "2026-11-23"},
		{"this month", "2026-11-01", "2026-10-01", "2026-10-31"},
		{"30 days", "2026-11-24", "2026-10-25", "2026-11-23"},
		{"1 day", "2026-11-24", "2026-11-23", "2026-11-23"},
		{"2 weeks", "2026-11-24", "2026-11-09", "2026-11-22"},
		{"last quarter", "2026-11-24", "2026-07-01", "2026-09-30"},
		{"last 2 quarters", "2026-01-01", "2025-07-01", "2025-12-31"},
		{"this quarter", "2026-11-24", "2026-10-01", "2026-11-23"},
		{"last year", "2026-11-24", "2025-01-01", "2025-12-31"},
		{"this year", "2026-11-24", "2026-01-01", "2026-11-23"},
	} {
		p, err := ParsePeriod(test.text, time.Monday)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		got := p.Range(day(test.today))
		if want := (authreport.Range{First: day(test.first), Last: day(test.last)}); got != want {
			t.Errorf("%q on %s is %v, want %v", test.text, test.today, got, want)
		}
		if got.Days() > p.MaxDays() {
			t.Errorf("%q on %s has %d days, at most %d were promised", test.text, test.today, got.Days(), p.MaxDays())
		}
	}
	for _, text := range []string{"", "today", "last 0 days", "last -1 days", "last 7", "7", "0 days", "this day", "last last day",
		"last 99999 days", "this 2 weeks", "7 days ago", "yesterday yesterday"} {
		if p, err := ParsePeriod(text, time.Monday); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", text, p)
		}
	}
}

// TestPeriods holds for each day of five years that a period's days are complete, no more than MaxDays, and those of a slow and obvious model: the days before
// today, taken one by one from yesterday back, until the unit that they are in has changed often enough.
func TestPeriods(t *testing.T) {
	const firstDay, days = 18262, 10 * 366 // from 2020 on
	for unit, name := range map[string]func(authreport.Day, time.Weekday) string{
		"day":   func(d authreport.Day, _ time.Weekday) string { return d.String() },
		"month": func(d authreport.Day, _ time.Weekday) string { return d.String()[:7] },
		"quarter": func(d authreport.Day, _ time.Weekday) string {
			return fmt.Sprint(d.UTC().Year(), (d.UTC().Month()+2)/3)
		},
		"year": func(d authreport.Day, _ time.Weekday) string { return d.String()[:4] },
		"week": func(d authreport.Day, starts time.Weekday) string {
			for d.Weekday() != starts {
				d--
			}
			return d.String()
		},
	} {
		for _, starts := range []time.Weekday{time.Monday, time.Sunday, time.Saturday} {
			names := make([]string, days)
			for i := range names {
				names[i] = name(firstDay+authreport.Day(i), starts)
			}
			for n := range 5 {
				if n > 0 || unit != "day" {
					comparePeriod(t, unit, starts, n, firstDay, names)
				}
			}
		}
	}
}

// comparePeriod compares the last n units, or this one for 0, with what follows from the name of the unit that each day is in.
func comparePeriod(t *testing.T, unit string, starts time.Weekday, n int, firstDay authreport.Day, names []string) {
	t.Helper()
	words := fmt.Sprintf("last %d %ss", n, unit)
	if n == 0 {
		words = "this " + unit
	}
	p, err := ParsePeriod(words, starts)
	if err != nil {
		t.Fatal(err)
	}
	longest := 0
	for today := 5 * 366; today < len(names); today++ {
		last := today - 1
		for n > 0 && names[last] == names[today] {
			last--
		}
		first := last
		for units := max(n, 1); units > 1 || names[first-1] == names[first]; first-- {
			if names[first-1] != names[first] {
				units--
			}
		}
		want := authreport.Range{First: firstDay + authreport.Day(first), Last: firstDay + authreport.Day(last)}
		if got := p.Range(firstDay + authreport.Day(today)); got != want {
			t.Fatalf("%s, weeks from %s, on %s is %v, want %v", words, starts, firstDay+authreport.Day(today), got, want)
		}
		longest = max(longest, want.Days())
	}
	if longest > p.MaxDays() || n > 0 && longest < p.MaxDays() {
		t.Errorf("%s has at most %d days, MaxDays says %d", words, longest, p.MaxDays())
	}
}
