package config

import (
	"testing"
	"time"
	_ "time/tzdata"

	"authreport"
)

// TestScheduleAtClockChanges holds the rule: a skipped time comes just after the gap, a repeated one once, the first time.
func TestScheduleAtClockChanges(t *testing.T) {
	const form = "2006-01-02 15:04:05 -0700"
	for _, test := range []struct {
		name, schedule, zone, from string
		want                       []string
	}{
		{"weekly over the change", "0 7 * * MON", "Europe/Amsterdam", "2026-10-20 12:00:00 +0200",
			[]string{"2026-10-26 07:00:00 +0100", "2026-11-02 07:00:00 +0100"}},
		{"a time in the gap", "30 2 * * *", "Europe/Amsterdam", "2026-03-28 12:00:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-30 02:30:00 +0200"}},
		{"a time that is repeated", "30 2 * * *", "Europe/Amsterdam", "2026-10-24 12:00:00 +0200",
			[]string{"2026-10-25 02:30:00 +0200", "2026-10-26 02:30:00 +0100"}},
		{"started within the repetition", "30 2 * * *", "Europe/Amsterdam", "2026-10-25 02:10:00 +0100",
			[]string{"2026-10-26 02:30:00 +0100"}},
		{"every quarter of the gap", "*/15 2 * * *", "Europe/Amsterdam", "2026-03-29 01:59:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-30 02:00:00 +0200"}},
		{"hourly over the repetition", "@hourly", "Europe/Amsterdam", "2026-10-25 01:30:00 +0200",
			[]string{"2026-10-25 02:00:00 +0200", "2026-10-25 03:00:00 +0100"}},
		{"midnight that is skipped", "@daily", "America/Santiago", "2026-09-05 12:00:00 -0400",
			[]string{"2026-09-06 01:00:00 -0300", "2026-09-07 00:00:00 -0300"}},
		{"half an hour's change", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00:00 +1030",
			[]string{"2026-10-04 02:30:00 +1100", "2026-10-05 02:15:00 +1100"}},
		{"its own zone", "CRON_TZ=Asia/Tokyo 0 7 * * *", "Europe/Amsterdam", "2026-11-24 00:00:00 +0000",
			[]string{"2026-11-25 07:00:00 +0900"}},
		{"elapsed time", "@every 12h", "Europe/Amsterdam", "2026-10-24 20:00:00 +0200",
			[]string{"2026-10-25 07:00:00 +0100", "2026-10-25 19:00:00 +0100"}},
		{"a leap day", "0 0 29 2 *", "UTC", "2026-01-01 00:00:00 +0000", []string{"2028-02-29 00:00:00 +0000"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			s, err := ParseSchedule(test.schedule, zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(form, test.from)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range test.want {
				want, err := time.Parse(form, text)
				if err != nil {
					t.Fatal(err)
				}
				if at = s.Next(at); !at.Equal(want) {
					t.Fatalf("got %v, want %v", at, want)
				}
			}
		})
	}
	if next := (Schedule{}).Next(time.Unix(0, 0)); !next.IsZero() {
		t.Errorf("no schedule is due at %v", next)
	}
}

func TestPeriod(t *testing.T) {
	day := func(text string) authreport.Day {
		d, err := authreport.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct{ text, today, first, last string }{
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
		{"last year", "2026-11-24", "2025-01-01", "2025-12-31"},
		{"this year", "2026-11-24", "2026-01-01", "2026-11-23"},
	} {
		p, err := ParsePeriod(test.text)
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
	for _, text := range []string{"", "today", "last 0 days", "last -1 days", "last 7", "7 days", "last 99999 days", "yesterday yesterday"} {
		if p, err := ParsePeriod(text); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", text, p)
		}
	}
}
