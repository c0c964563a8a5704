package schedule

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode"
)

const form = "2006-01-02 15:04:05 -0700"

// parse reads a schedule that must be well, and a time.
func parse(t *testing.T, text, zone, from string) (Schedule, time.Time) {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(text, location)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	at, err := time.Parse(form, from)
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

// TestNext holds by examples what schedules mean, at clock changes above all.
func TestNext(t *testing.T) {
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
		{"asked within the repetition", "30 2 * * *", "Europe/Amsterdam", "2026-10-25 02:10:00 +0100",
			[]string{"2026-10-26 02:30:00 +0100"}},
		{"every quarter of the gap", "*/15 2 * * *", "Europe/Amsterdam", "2026-03-29 01:59:00 +0100",
			[]string{"2026-03-29 03:00:00 +0200", "2026-03-30 02:00:00 +0200"}},
		{"every quarter over the gap", "*/15 * * * *", "Europe/Amsterdam", "2026-03-29 01:30:00 +0100",
			[]string{"2026-03-29 01:45:00 +0100", "2026-03-29 03:00:00 +0200", "2026-03-29 03:15:00 +0200"}},
		{"every quarter over the repetition", "*/15 * * * *", "Europe/Amsterdam", "2026-10-25 02:30:00 +0200",
			[]string{"2026-10-25 02:45:00 +0200", "2026-10-25 03:00:00 +0100"}},
		{"hourly over the repetition", "@hourly", "Europe/Amsterdam", "2026-10-25 01:30:00 +0200",
			[]string{"2026-10-25 02:00:00 +0200", "2026-10-25 03:00:00 +0100"}},
		{"midnight that is skipped", "@daily", "America/Santiago", "2026-09-05 12:00:00 -0400",
			[]string{"2026-09-06 01:00:00 -0300", "2026-09-07 00:00:00 -0300"}},
		{"midnight that is repeated", "@daily", "America/Santiago", "2026-04-03 12:00:00 -0300",
			[]string{"2026-04-04 00:00:00 -0300", "2026-04-05 00:00:00 -0400"}},
		{"half an hour's change", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00:00 +1030",
			[]string{"2026-10-04 02:30:00 +1100", "2026-10-05 02:15:00 +1100"}},
		{"a day that is skipped", "0 7 * * *", "Pacific/Apia", "2011-12-29 06:00:00 -1000",
			[]string{"2011-12-29 07:00:00 -1000", "2011-12-31 00:00:00 +1400", "2011-12-31 07:00:00 +1400"}},
		{"a day that is repeated", "0 7 * * *", "Pacific/Kwajalein", "1969-09-29 12:00:00 +1100",
			[]string{"1969-09-30 07:00:00 +1100", "1969-10-01 07:00:00 -1200"}},
		{"its own zone", "CRON_TZ=Asia/Tokyo 0 7 * * *", "Europe/Amsterdam", "2026-11-24 00:00:00 +0000",
			[]string{"2026-11-25 07:00:00 +0900"}},
		{"elapsed time", "@every 12h", "Europe/Amsterdam", "2026-10-24 20:00:00 +0200",
			[]string{"2026-10-25 02:00:00 +0200", "2026-10-25 13:00:00 +0100"}},
		{"elapsed weeks", "@every 1w", "Asia/Tokyo", "2026-11-24 00:00:00 +0900", []string{"2026-11-30 09:00:00 +0900"}},
		{"a leap day", "0 0 29 2 *", "UTC", "2026-01-01 00:00:00 +0000", []string{"2028-02-29 00:00:00 +0000"}},
		{"a leap day over 2100", "0 0 29 2 *", "UTC", "2096-03-01 00:00:00 +0000", []string{"2104-02-29 00:00:00 +0000"}},
		{"day or weekday", "0 7 1 * MON", "UTC", "2026-11-24 00:00:00 +0000",
			[]string{"2026-11-30 07:00:00 +0000", "2026-12-01 07:00:00 +0000", "2026-12-07 07:00:00 +0000"}},
		{"last day", "0 7 L * *", "UTC", "2026-01-31 07:00:00 +0000", []string{"2026-02-28 07:00:00 +0000", "2026-03-31 07:00:00 +0000"}},
		{"last day of a leap year's February", "0 7 L 2 *", "UTC", "2026-03-01 00:00:00 +0000", []string{"2027-02-28 07:00:00 +0000", "2028-02-29 07:00:00 +0000"}},
		{"first business day", "0 7 1W * *", "UTC", "2026-07-02 00:00:00 +0000",
			[]string{"2026-08-03 07:00:00 +0000", "2026-09-01 07:00:00 +0000", "2026-10-01 07:00:00 +0000", "2026-11-02 07:00:00 +0000"}},
		{"nearest weekday", "0 7 15w * *", "UTC", "2026-08-01 00:00:00 +0000",
			[]string{"2026-08-14 07:00:00 +0000", "2026-09-15 07:00:00 +0000", "2026-10-15 07:00:00 +0000", "2026-11-16 07:00:00 +0000"}},
		{"31W stays in its month, and there must be a 31st", "0 7 31W * *", "UTC", "2026-05-01 00:00:00 +0000",
			[]string{"2026-05-29 07:00:00 +0000", "2026-07-31 07:00:00 +0000", "2026-08-31 07:00:00 +0000", "2026-10-30 07:00:00 +0000"}},
		{"last business day", "0 7 LW * *", "UTC", "2026-01-01 00:00:00 +0000",
			[]string{"2026-01-30 07:00:00 +0000", "2026-02-27 07:00:00 +0000", "2026-03-31 07:00:00 +0000"}},
		{"last Friday", "0 7 * * FRIL", "UTC", "2026-01-01 00:00:00 +0000",
			[]string{"2026-01-30 07:00:00 +0000", "2026-02-27 07:00:00 +0000", "2026-03-27 07:00:00 +0000"}},
		{"last Friday as a number, beside days", "0 7 1,15W * 5L", "UTC", "2026-01-02 00:00:00 +0000",
			[]string{"2026-01-15 07:00:00 +0000", "2026-01-30 07:00:00 +0000", "2026-02-01 07:00:00 +0000", "2026-02-16 07:00:00 +0000"}},
		{"first Monday", "0 7 * * MON#1", "UTC", "2026-01-01 00:00:00 +0000", []string{"2026-01-05 07:00:00 +0000", "2026-02-02 07:00:00 +0000"}},
		{"fifth Sunday", "0 7 * * 0#5", "UTC", "2026-01-01 00:00:00 +0000", []string{"2026-03-29 07:00:00 +0000", "2026-05-31 07:00:00 +0000"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, at := parse(t, test.schedule, test.zone, test.from)
			for _, text := range test.want {
				want, err := time.Parse(form, text)
				if err != nil {
					t.Fatal(err)
				}
				if at = s.Next(at); !at.Equal(want) || at.Format(form) != text {
					t.Fatalf("got %v, want %v", at, want)
				}
			}
		})
	}
	if next := (Schedule{}).Next(time.Unix(0, 0)); !next.IsZero() {
		t.Errorf("no schedule is due at %v", next)
	}
}

// TestParseRefuses holds that what is no schedule is refused, with the field that is wrong.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "five cron fields",
		"  ":                   "five cron fields",
		"* * * *":              "five cron fields",
		"0 0 7 * * MON":        "five cron fields",
		"@fortnightly":         "five cron fields",
		"@every":               "five cron fields",
		"@every 12h 3m":        "five cron fields",
		"@every 12":            "after @every an interval",
		"@every 0s":            "after @every an interval",
		"@every 1500ms":        "after @every an interval",
		"@every -12h":          "after @every an interval",
		"@every 9999999999w":   "after @every an interval",
		"60 7 * * *":           `must have as its minute *, 0 to 59, a range (2-5), a step (*/5), or several of these with commas, not "60"`,
		"*/90 7 * * *":         `as its minute `,
		"*-5 7 * * *":          `as its minute `,
		"0 24 * * *":           `as its hour `,
		"0 7-3 * * *":          `as its hour `,
		"0 1,,2 * * *":         `as its hour `,
		"0 7 0 * *":            `as its day of the month `,
		"0 7 32W * *":          `not "32W"`,
		"0 7 W * *":            `as its day of the month `,
		"0 7 L-3 * *":          `as its day of the month `,
		"0 7 * 13 *":           `as its month `,
		"0 7 * MON *":          `as its month `,
		"0 7 * L *":            `as its month `,
		"0 7 * * 7":            `as its weekday `,
		"0 7 * * L":            `as its weekday `,
		"0 7 * * MON#6":        `as its weekday `,
		"0 7 * * MONL#1":       `as its weekday `,
		"0 7 * * a\x1b[31m":    `not "a\x1b[31m"`,
		"0 7 30 2 *":           "comes around",
		"0 7 31W 2,4,6 *":      "comes around",
		"TZ= 0 7 * * *":        "after CRON_TZ=",
		"TZ=0 7 * * *":         "after CRON_TZ=",
		"CRON_TZ=Local @daily": "after CRON_TZ=",
		"XTZ=UTC @daily":       "after CRON_TZ=",
		"CRON_TZ=UTC":          "five cron fields",
		"TZ=UTC TZ=UTC @daily": "five cron fields",
	} {
		s, err := Parse(text, time.UTC)
		if err == nil || !strings.HasPrefix(err.Error(), "must ") || !strings.Contains(err.Error(), want) || !s.IsZero() {
			t.Errorf("Parse(%q) = %v, %v, want an error with %q", text, s, err, want)
		}
	}
}

// TestDocumented holds that every schedule that the documentation shows is one.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/schedules.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(text)) {
		cell, isRow := strings.CutPrefix(line, "| `")
		cell, _, _ = strings.Cut(cell, " |")
		if !isRow || !strings.ContainsAny(cell, "*@") {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch("`"+cell, -1) {
			found++
			if _, err := Parse(m[1], time.UTC); err != nil {
				t.Errorf("%q: %v", m[1], err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d schedules are shown", found)
	}
}

// FuzzParse holds that no text breaks Parse, that a schedule's times go on and on in its zone, each at the whole second, and that a fault is printable.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"0 7 * * MON", "*/15 2-4,6 1,15 JAN-MAR/2 ?", "0 0 L,LW,15W * 5L,MON#1", "@daily", "@every 90m", "@every 2w", "CRON_TZ=Asia/Tokyo 0 7 * * *", "TZ=x", "1-/ * * * *",
	} {
		f.Add(text, int64(1774746000)) // an hour before Amsterdam's change of March 2026
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		s, err := Parse(text, zone)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("Parse(%q): %q", text, err)
			}
			return
		}
		at := time.Unix(unix%(1<<33), 1)
		for range 3 {
			next := s.Next(at)
			if !next.After(at) || next.Nanosecond() != 0 || next.Location() != s.Zone() {
				t.Fatalf("%q: after %v comes %v", text, at, next)
			}
			if earlier := s.Next(next.Add(-1)); !earlier.Equal(next) {
				t.Fatalf("%q: just before %v comes %v", text, next, earlier)
			}
			at = next
		}
	})
}
