package templates

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The grounds of page and mail on which accents are read, of the light and of the dark look, as page.css has them: card, page, a row under the pointer.
var (
	lightGrounds = []string{"#ffffff", "#f4f6f9", "#f3f6fb"}
	darkGrounds  = []string{"#1a212b", "#11161d", "#222b37"}
)

// Texts of both looks: plain and muted.
var (
	lightTexts = []string{"#1b2430", "#566070"}
	darkTexts  = []string{"#e7ebf0", "#a5b0bf"}
)

// White and Ink are the colours of text on a coloured ground.
const (
	White = "#ffffff"
	Ink   = "#0b1220"
)

const (
	readable = 4.5 // contrast of text and its ground (WCAG 2.2 section 1.4.3, level AA)
	visible  = 2.0 // contrast of parts of charts and the page: those built in have it. Colour is never the only cue
)

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// parseColour gives a colour in the form "#rrggbb", lower case.
func parseColour(text string) (string, error) {
	colour := strings.ToLower(text)
	if !colourForm.MatchString(colour) {
		return "", errors.New(`must be a colour such as "#1f5cba", in quotes`)
	}
	return colour, nil
}

// channels gives red, green and blue of a colour "#rrggbb", 0 to 255.
func channels(colour string) (rgb [3]float64) {
	for i := range rgb {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // parseColour has looked
		rgb[i] = float64(n)
	}
	return rgb
}

// Contrast gives the contrast of two colours "#rrggbb", from 1 to 21 (WCAG 2.2, contrast ratio).
func Contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of a colour, 0 to 1 (WCAG 2.2, relative luminance).
func luminance(colour string) float64 {
	var linear [3]float64
	for i, c := range channels(colour) {
		if c /= 255; c <= 0.04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// mixed gives a colour with a part, 0 to 1, of another in it.
func mixed(colour, other string, part float64) string {
	a, b := channels(colour), channels(other)
	var rgb [3]int
	for i := range rgb {
		rgb[i] = int(math.Round(a[i] + part*(b[i]-a[i])))
	}
	return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2])
}

// OnColour gives the colour of text that reads best on a ground, White or Ink.
func OnColour(ground string) string {
	if Contrast(ground, White) >= Contrast(ground, Ink) {
		return White
	}
	return Ink
}

// contrasts gives an error if a colour has too little contrast with one of some others.
func contrasts(colour string, least float64, others ...string) error {
	for _, other := range others {
		if got := Contrast(colour, other); got < least {
			level := ""
			if least == readable {
				level = ", which WCAG AA asks of text"
			}
			return fmt.Errorf("must have a contrast of at least %.1f:1 with %s%s; has %.2f:1", least, other, level, math.Floor(got*100)/100)
		}
	}
	return nil
}

// Accent is the colour of what stands out, and the soft one behind it. Empty: as built in.
type Accent struct{ Colour, Soft string }

// newAccent makes the soft colour, and looks whether all that stands on both can be read.
func newAccent(colour string, softness float64, grounds, texts []string) (Accent, error) {
	a := Accent{colour, mixed(grounds[0], colour, softness)}
	if err := contrasts(colour, readable, append([]string{a.Soft}, grounds...)...); err != nil {
		return Accent{}, err
	}
	if err := contrasts(a.Soft, readable, texts...); err != nil {
		return Accent{}, fmt.Errorf("its soft tone %s %w", a.Soft, err)
	}
	return a, nil
}

func lightAccent(colour string) (Accent, error) {
	return newAccent(colour, 0.1, lightGrounds, lightTexts)
}

func darkAccent(colour string) (Accent, error) {
	return newAccent(colour, 0.18, darkGrounds, darkTexts)
}

// lightened gives the accent of the dark look that is nearest to one of the light look; ok is false if there is none.
func lightened(colour string) (a Accent, ok bool) {
	for part := 0.0; part <= 1; part += 0.05 {
		if a, err := darkAccent(mixed(colour, White, part)); err == nil {
			return a, true
		}
	}
	return Accent{}, false
}
