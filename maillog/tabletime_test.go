package maillog

import (
	"testing"
	"time"
)

// TestTableTime reads every form of time, in a zone with clock changes.
func TestTableTime(t *testing.T) {
	zone := mustLoad("Europe/Amsterdam")
	for text, want := range map[string]string{
		"2026-11-24T16:23:01Z":                "2026-11-24T16:23:01Z",
		"2026-11-24T16:23:01.1234567Z":        "2026-11-24T16:23:01Z",
		"2026-11-24 16:23:01,123 UTC":         "2026-11-24T16:23:01Z",
		"2026-11-24T16:23:01.123+01:00":       "2026-11-24T15:23:01Z",
		"2026-11-24T16:23-0530":               "2026-11-24T21:53:00Z",
		"2026-11-24T16:23:01+01":              "2026-11-24T15:23:01Z",
		" 2026-11-24 16:23:01 ":               "2026-11-24T15:23:01Z",
		"2026-07-24 16:23":                    "2026-07-24T14:23:00Z",
		"2026-11-24":                          "2026-11-24T11:00:00Z",
		"2026-03-29 02:30:00":                 "2026-03-29T01:30:00Z", // skipped by the clock change
		"11/9/2026 4:23:01 PM":                "2026-11-09T15:23:01Z",
		"11/9/2026 12:00 am":                  "2026-11-08T23:00:00Z",
		"11/9/2026, 12:00:00\u202fPM":         "2026-11-09T11:00:00Z",
		"11/9/2026 4:23:01":                   "2026-11-09T03:23:01Z",
		"11/09/2026":                          "2026-11-09T11:00:00Z",
		"9.11.2026 16:23:01":                  "2026-11-09T15:23:01Z",
		"24.11.2026":                          "2026-11-24T11:00:00Z",
		"1795537381":                          "2026-11-24T16:23:01Z",
		"1795537381.5":                        "2026-11-24T16:23:01Z",
		"1795537381123":                       "2026-11-24T16:23:01Z",
		"1795537381123456":                    "2026-11-24T16:23:01Z",
		"1795537381123456789":                 "2026-11-24T16:23:01Z",
		"24/11/2026 10:00":                    "", // never day first
		"11/9/2026 13:00 PM":                  "",
		"11/9/2026 0:00 AM":                   "",
		"11/9/26":                             "",
		"2026-02-29":                          "",
		"2026-11-24T25:00:00Z":                "",
		"2026-11-24T16:23:01.Z":               "",
		"2026-11-24T16:23:01X":                "",
		"2026-11-24T16:23:01+1:00":            "",
		"2026-11-24T16":                       "",
		"1969-11-24":                          "",
		"20261124":                            "",
		"9999999999999999999":                 "",
		"1795537381.x":                        "",
		"":                                    "",
		"soon":                                "",
		"11/":                                 "",
		"1/1/2":                               "",
		"2026-11-24T16:23:0":                  "",
		"\u00a0\u00a0":                        "",
		"1.1.1970 00:00:00 yesterday at noon": "",
	} {
		r := tableTime{clock: clock{location: zone}}
		for range 2 { // the second time from what is kept of the first
			got := ""
			if unix, ok := r.read([]byte(text)); ok {
				got = time.Unix(unix, 0).UTC().Format(time.RFC3339)
			}
			if got != want {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	}
}

// TestTableTimeTwice reads an hour that a clock change repeats.
func TestTableTimeTwice(t *testing.T) {
	r := tableTime{clock: clock{location: mustLoad("Europe/Amsterdam")}}
	for _, step := range [...]struct{ text, want string }{
		{"2026-10-25 01:59:00", "2026-10-24T23:59:00Z"},
		{"2026-10-25 02:10:00", "2026-10-25T00:10:00Z"},
		{"2026-10-25 02:59:00", "2026-10-25T00:59:00Z"},
		{"2026-10-25 02:05:00", "2026-10-25T01:05:00Z"}, // nearer to the second
		{"2026-10-25 02:10:00", "2026-10-25T01:10:00Z"},
	} {
		unix, ok := r.read([]byte(step.text))
		r.clock.now, r.clock.known = unix, true
		if got := time.Unix(unix, 0).UTC().Format(time.RFC3339); !ok || got != step.want {
			t.Errorf("%s is %s, want %s", step.text, got, step.want)
		}
	}
}
