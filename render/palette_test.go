package render

import (
	"math"
	"strconv"
	"testing"

	"authreport"
)

// Text on every TLS colour must read: a contrast of 4.5:1 (WCAG 2.2 section 1.4.3).
func TestTextOnTLSColours(t *testing.T) {
	for _, v := range authreport.TLSVersions() {
		a, b := luminance(t, tlsColour(v)), luminance(t, onTLSColour(v))
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%s: contrast %.2f, want at least 4.5", v, ratio)
		}
	}
	if got, want := len(tlsColours), len(authreport.TLSVersions()); got != want {
		t.Errorf("%d TLS colours, want %d", got, want)
	}
}

// luminance is the relative luminance of a colour "#rrggbb", 0 to 1 (WCAG 2.2, relative luminance).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	channel := func(hex string) float64 {
		n, err := strconv.ParseUint(hex, 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", colour, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(colour[1:3]) + 0.7152*channel(colour[3:5]) + 0.0722*channel(colour[5:7])
}
