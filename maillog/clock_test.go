package maillog

import (
	"testing"
	"time"
)

// TestClock reads stamps one after the other; want has what each means.
func TestClock(t *testing.T) {
	for _, c := range []struct {
		name, zone, modified string
		stamps, want         []string
	}{
		{"largest year not later than the file", "UTC", "2026-11-24T12:00:00Z",
			[]string{"Nov 24 11:59:59"}, []string{"2026-11-24T11:59:59Z"}},
		{"a clock a day ahead of the file system's", "UTC", "2026-11-24T12:00:00Z",
			[]string{"Nov 25 11:59:59", "Nov 25 12:00:30"}, []string{"2026-11-25T11:59:59Z", "2026-11-25T12:00:30Z"}},
		{"later than that is last year's", "UTC", "2026-11-24T12:00:00Z",
			[]string{"Nov 25 12:01:00"}, []string{"2025-11-25T12:01:00Z"}},
		{"a new year", "UTC", "2027-01-02T00:00:00Z",
			[]string{"Dec 30 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59"}, []string{"2026-12-30T23:59:59Z", "2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z"}},
		{"a new year in a file that a copy made look older", "UTC", "2026-12-31T12:00:00Z",
			[]string{"Dec 31 23:59:59", "Jan  1 00:00:00"}, []string{"2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"}},
		{"29 February in a common year", "UTC", "2027-06-01T00:00:00Z",
			[]string{"Feb 29 10:00:00", "Mar  1 10:00:00"}, []string{"2024-02-29T10:00:00Z", "2024-03-01T10:00:00Z"}},
		{"29 February after a stamp with a year", "UTC", "2027-06-01T00:00:00Z",
			[]string{"2028-02-28T10:00:00Z", "Feb 29 10:00:00"}, []string{"2028-02-28T10:00:00Z", "2028-02-29T10:00:00Z"}},
		{"29 February of a machine that takes this year for a leap year", "UTC", "2026-11-24T12:00:00Z",
			[]string{"Nov 24 10:00:00", "Feb 29 10:00:00", "Nov 24 10:00:01"}, []string{"2026-11-24T10:00:00Z", "2026-03-01T10:00:00Z", "2026-11-24T10:00:01Z"}},
		{"the same on the day after the last of February", "UTC", "2025-03-01T12:00:00Z",
			[]string{"Mar  1 10:00:00", "Feb 29 10:00:00", "Mar  1 10:00:01"}, []string{"2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z", "2025-03-01T10:00:01Z"}},
		{"a long silence", "UTC", "2026-11-24T12:00:00Z",
			[]string{"2026-01-10T10:00:00Z", "Nov 20 10:00:00"}, []string{"2026-01-10T10:00:00Z", "2026-11-20T10:00:00Z"}},
		{"zone", "Pacific/Auckland", "2026-11-24T12:00:00Z",
			[]string{"Nov 24 10:15:00"}, []string{"2026-11-23T21:15:00Z"}},
		{"the hour that comes twice", "Europe/Amsterdam", "2026-10-26T00:00:00Z",
			[]string{"Oct 25 01:59:00", "Oct 25 02:30:00", "Oct 25 02:59:59", "Oct 25 02:00:00", "Oct 25 02:30:00", "Oct 25 03:00:00"},
			[]string{"2026-10-24T23:59:00Z", "2026-10-25T00:30:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"}},
		{"an hour that does not exist", "Europe/Amsterdam", "2026-03-30T00:00:00Z",
			[]string{"Mar 29 01:59:59", "Mar 29 02:30:00", "Mar 29 03:00:00"}, []string{"2026-03-29T00:59:59Z", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z"}},
		{"offsets and fractions", "Europe/Amsterdam", "2026-11-24T12:00:00Z",
			[]string{"2026-11-24T10:00:00Z", "2026-11-24T10:00:00.1+00:00", "2026-11-24T10:00:00.123456789-03:30", "2026-11-24T23:59:60+01:00"},
			[]string{"2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z", "2026-11-24T13:30:00Z", "2026-11-24T23:00:00Z"}},
		{"not a stamp", "UTC", "2026-11-24T12:00:00Z",
			[]string{"Nov 31 10:00:00", "Nov  0 10:00:00", "Nov 111 10:00:00", "Nov 24 24:00:00", "Nov 24 10:60:00", "Nov 24 10:00:61", "Now 24 10:00:00", "nov 24 10:00:00", "Nov 24 10:00",
				"2026-02-29T10:00:00Z", "2026-11-24 10:00:00Z", "2026-11-24T10:00:00", "2026-11-24T10:00:00.Z", "2026-11-24T10:00:00.1234567890Z", "2026-11-24T10:00:00+1:00", "2026-11-24T10:00:00+01:60"},
			make([]string, 16)},
	} {
		t.Run(c.name, func(t *testing.T) {
			modified, err := time.Parse(time.RFC3339, c.modified)
			if err != nil {
				t.Fatal(err)
			}
			clock := clock{location: mustLoad(c.zone)}
			clock.file(modified)
			for i, stamp := range c.stamps {
				rest, ok := clock.read([]byte(stamp + " mx1 text"))
				got := ""
				if ok {
					got = time.Unix(clock.now, 0).UTC().Format(time.RFC3339)
					if string(rest) != "mx1 text" {
						t.Errorf("after %q: %q", stamp, rest)
					}
				}
				if got != c.want[i] {
					t.Errorf("%q is %q, want %q", stamp, got, c.want[i])
				}
			}
		})
	}
}

// TestClockOldFile reads a file of last year after this year's: its stamps are not later than its own time.
func TestClockOldFile(t *testing.T) {
	clock := clock{location: time.UTC}
	clock.file(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	clock.read([]byte("Nov 23 10:00:00 mx1"))
	clock.file(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC))
	clock.read([]byte("Nov 30 10:00:00 mx1"))
	if got, want := time.Unix(clock.now, 0).UTC(), time.Date(2025, 11, 30, 10, 0, 0, 0, time.UTC); got != want {
		t.Errorf("stamp is %v, want %v", got, want)
	}
	clock.file(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC))
	clock.read([]byte("Feb 29 10:00:00 mx1"))
	if got, want := time.Unix(clock.now, 0).UTC(), time.Date(2024, 2, 29, 10, 0, 0, 0, time.UTC); got != want {
		t.Errorf("stamp is %v, want %v", got, want)
	}
}
