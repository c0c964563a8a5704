package render

import (
	"math"
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1234: "−1,234",
		math.MaxInt64: "9,223,372,036,854,775,807",
	} {
		if got := english.number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		part, whole int64
		want        string
	}{
		{0, 0, "–"}, {0, 5, "0 %"}, {5, 5, "100 %"}, {123, 1000, "12.3 %"}, {1, 3, "33.3 %"}, {1, 2, "50.0 %"},
		{1, 1_000_000, "<0.1 %"}, {999_999, 1_000_000, ">99.9 %"}, {5, 10_000, "0.1 %"}, {9_994, 10_000, "99.9 %"},
	} {
		if got := english.percent(test.part, test.whole); got != test.want {
			t.Errorf("percent(%d, %d) = %q, want %q", test.part, test.whole, got, test.want)
		}
	}
}

func TestChange(t *testing.T) {
	for _, test := range []struct {
		now, before int64
		want        string
	}{
		{0, 0, "–"}, {5, 0, "new"}, {7, 7, "unchanged"}, {1052, 1000, "+5.2 %"}, {970, 1000, "−3.0 %"}, {0, 9, "−100.0 %"}, {3000, 2, "+149,900 %"}, {99_999, 100_000, "±0.0 %"},
	} {
		if got := english.change(report.Figure{Value: test.now, Before: test.before}); got != test.want {
			t.Errorf("change(%d, %d) = %q, want %q", test.now, test.before, got, test.want)
		}
	}
}

func TestPoints(t *testing.T) {
	for _, test := range []struct {
		part, whole report.Figure
		want        string
	}{
		{report.Figure{Value: 5}, report.Figure{Value: 10}, "–"},
		{report.Figure{Value: 5, Before: 5}, report.Figure{Value: 10, Before: 10}, "unchanged"},
		{report.Figure{Value: 50, Before: 45}, report.Figure{Value: 1000, Before: 1000}, "+0.5 points"},
		{report.Figure{Value: 1, Before: 2}, report.Figure{Value: 10, Before: 10}, "−10.0 points"},
	} {
		if got := english.points(test.part, test.whole); got != test.want {
			t.Errorf("points(%v, %v) = %q, want %q", test.part, test.whole, got, test.want)
		}
	}
}

func TestDates(t *testing.T) {
	day := authreport.NewDay
	for _, test := range []struct {
		first, last authreport.Day
		want        string
	}{
		{day(2026, 11, 17), day(2026, 11, 23), "17 to 23 Nov 2026"},
		{day(2026, 10, 28), day(2026, 11, 3), "28 Oct to 3 Nov 2026"},
		{day(2025, 12, 29), day(2026, 1, 4), "29 Dec 2025 to 4 Jan 2026"},
		{day(2026, 11, 24), day(2026, 11, 24), "24 Nov 2026"},
	} {
		if got := english.dates(authreport.Range{First: test.first, Last: test.last}); got != test.want {
			t.Errorf("dates(%s, %s) = %q, want %q", test.first, test.last, got, test.want)
		}
	}
	zone := time.FixedZone("CET", 3600)
	if got, want := english.clock(time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC), zone), "Tue 24 Nov 2026, 07:00 CET"; got != want {
		t.Errorf("clock = %q, want %q", got, want)
	}
}

// What cannot be seen, or turns the text around it, must be written out.
func TestVisible(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"plain":          {"alice@example.org", "alice@example.org"},
		"unicode":        {"zoë@exämple.org 日本", "zoë@exämple.org 日本"},
		"line ends":      {"a\r\nBcc: b", `a\r\nBcc: b`},
		"escape":         {"a\x1b[31mb\x00", `a\x1b[31mb\x00`},
		"direction":      {"a\u202egnp.exe", `a\u202egnp.exe`},
		"isolate":        {"\u2066a\u2069", `\u2066a\u2069`},
		"zero width":     {"a\u200bb\ufeff", `a\u200bb\ufeff`},
		"line separator": {"a\u2028b", `a\u2028b`},
		"C1":             {"a\u0085b", `a\u0085b`},
		"not UTF-8":      {"a\xff\xfeb", `a\xff\xfeb`},
		"replacement":    {"a\ufffdb", "a\ufffdb"},
		"markup":         {"<b>&\"'", "<b>&\"'"},
	} {
		if got := visible(test.text); got != test.want {
			t.Errorf("%s: visible(%q) = %q, want %q", name, test.text, got, test.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text   string
		length int
		want   string
	}{
		{"short", 10, "short"}, {"0123456789", 10, "0123456789"}, {"0123456789a", 10, "01234…789a"}, {"äöüäöüäöü", 5, "äö…öü"},
	} {
		if got := shorten(test.text, test.length); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.length, got, test.want)
		}
	}
}
