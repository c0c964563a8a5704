package authreport

import (
	"testing"
	"time"
)

// TestDayStart goes through two years of days in zones with odd clock changes: each day starts within itself, right after the day before ends.
func TestDayStart(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Amsterdam", "America/New_York", "America/Santiago", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Chatham"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for d := NewDay(2024, time.January, 1); d < NewDay(2026, time.January, 1); d++ {
			start := d.Start(zone)
			if got := DayOf(start.In(zone)); got != d {
				t.Fatalf("%s: %v starts at %v, which is on %v", name, d, start, got)
			}
			if got := DayOf(start.Add(-time.Nanosecond).In(zone)); got != d-1 {
				t.Fatalf("%s: just before %v is %v, want the day before", name, start, got)
			}
		}
	}
}

func TestDayText(t *testing.T) {
	for _, text := range []string{"1969-12-31", "1970-01-01", "2024-02-29", "2026-11-24"} {
		d, err := ParseDay(text)
		if err != nil || d.String() != text {
			t.Errorf("ParseDay(%q) = %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "2026-11-31", "24-11-2026", "2026-11-24 "} {
		if d, err := ParseDay(text); err == nil {
			t.Errorf("ParseDay(%q) = %v, want an error", text, d)
		}
	}
}

func TestRange(t *testing.T) {
	week := Range{First: 100, Last: 106}
	if got, want := week.Before(), (Range{First: 93, Last: 99}); got != want {
		t.Errorf("Before() = %v, want %v", got, want)
	}
	days := 0
	for d := range week.All() {
		if !week.Contains(d) {
			t.Errorf("%v is not in %v", d, week)
		}
		days++
	}
	if days != 7 || week.Days() != 7 {
		t.Errorf("a week has %d days, Days() says %d", days, week.Days())
	}
	if empty := (Range{First: 5, Last: 3}); empty.Days() != 0 || empty.Contains(4) {
		t.Errorf("%v is not empty", empty)
	}
}
