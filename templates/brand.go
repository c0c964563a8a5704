package templates

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // kinds of logos
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"path"
	"strconv"
	"strings"
	"unicode"

	"authreport"
)

// Brand is how reports look, as brand.yaml says it. What is empty is as built in.
type Brand struct {
	Name    string    // whose reports these are: what stands for the logo where no picture is shown
	Footer  string    // a sentence at the end of mail and page
	Logo    *Logo     // nil: none
	Light   Accent    // of the light look, and of workbooks
	Dark    Accent    // of the dark one; made from Light where brand.yaml does not say it
	Domains []string  // colours of the busiest domains, busiest first; an empty one is as built in
	TLS     [7]string // colours of the TLS versions, by authreport.TLS
}

// Logo is a picture.
type Logo struct {
	Data          []byte
	Type          string  // "image/png", "image/jpeg" or "image/gif"
	Width, Height int     // in CSS pixels as it is shown, at most logoWidth and logoHeight
	Scale         float64 // shown pixels for each of its own, at most 1
}

// How large a logo is shown, and how large its file may be: it goes with each mail.
const (
	logoWidth, logoHeight = 240, 48
	logoPixels            = 2000 // each way
	logoBytes             = 100 << 10
)

// How many colours of domains there are.
const brandDomains = 5

const brandSettings = "name, footer, logo, colours.accent, colours.accent_dark, colours.domains, colours.tls"

// readBrand reads brand.yaml, and gives the name of the logo's file.
func (s *Set) readBrand(name string, source []byte) (logo string) {
	all, err := leaves(source)
	if syntax := new(syntaxError); errors.As(err, &syntax) {
		s.fault(name, syntax.line, "", syntax.problem)
	}
	b := &s.Brand
	for _, l := range all {
		var err error
		switch {
		case !l.isText:
			err = errors.New("must be text (put it in quotes), is " + shown(l.text))
		case l.key == "name":
			b.Name, err = oneLine(l.text, 100)
		case l.key == "footer":
			b.Footer, err = oneLine(l.text, 500)
		case l.key == "logo":
			logo = path.Clean(l.text)
			b.Logo, err = s.readLogo(l.text)
		default:
			err = b.colour(l.key, l.text)
		}
		if err != nil {
			s.fault(name, l.line, l.key, err.Error())
		}
	}
	if b.Light.Colour != "" && b.Dark.Colour == "" {
		b.Dark, _ = lightened(b.Light.Colour)
	}
	return logo
}

// colour takes a setting that is a colour.
func (b *Brand) colour(key, text string) error {
	place, isColour := strings.CutPrefix(key, "colours.")
	version, isTLS := strings.CutPrefix(place, "tls.")
	number, isDomain := strings.CutPrefix(place, "domains[")
	if !isColour || !isTLS && !isDomain && place != "accent" && place != "accent_dark" {
		return errors.New("is no setting here; there are " + brandSettings)
	}
	colour, err := parseColour(text)
	if err != nil {
		return fmt.Errorf("%w, is %s", err, shown(text))
	}
	switch {
	case place == "accent":
		b.Light, err = lightAccent(colour)
		return err
	case place == "accent_dark":
		b.Dark, err = darkAccent(colour)
		return err
	}
	if err := contrasts(colour, visible, White, darkGrounds[0]); err != nil {
		return err
	}
	if isDomain {
		n, err := strconv.Atoi(strings.TrimSuffix(number, "]"))
		if err != nil || n >= brandDomains {
			return fmt.Errorf("must be at most %d colours", brandDomains)
		}
		for len(b.Domains) <= n {
			b.Domains = append(b.Domains, "")
		}
		b.Domains[n] = colour
		return nil
	}
	for _, v := range authreport.TLSVersions() {
		if v.String() == version {
			if err := contrasts(colour, readable, OnColour(colour)); err != nil {
				return err
			}
			b.TLS[v] = colour
			return nil
		}
	}
	return errors.New("must be a TLS version such as TLS1.2, none or unknown")
}

// readLogo reads the logo's file.
func (s *Set) readLogo(name string) (*Logo, error) {
	if !fsValid(name) {
		return nil, errors.New("must be a file in this folder, is " + shown(name))
	}
	data, err := s.read(path.Clean(name), logoBytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, reason(err))
	}
	picture, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && (picture.Width > logoPixels || picture.Height > logoPixels) { // few bytes may hold more than the memory
		return nil, fmt.Errorf("%s: must have at most %d by %d pixels, has %d by %d", name, logoPixels, logoPixels, picture.Width, picture.Height)
	}
	if err == nil {
		_, _, err = image.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: must be a PNG, JPEG or GIF picture (mail programs show no SVG): %w", name, err)
	}
	scale := min(1, float64(logoWidth)/float64(picture.Width), float64(logoHeight)/float64(picture.Height))
	return &Logo{data, "image/" + kind, max(1, int(float64(picture.Width)*scale)), max(1, int(float64(picture.Height)*scale)), scale}, nil
}

// fsValid says whether a name is of a file within the folder.
func fsValid(name string) bool {
	clean := path.Clean(name)
	return name != "" && !path.IsAbs(name) && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.ContainsAny(name, `\:`)
}

// oneLine takes a text of one line.
func oneLine(text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if len([]rune(text)) > most || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("must be one line of at most %d characters", most)
	}
	return text, nil
}

// shown quotes a value for a fault, cut.
func shown(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:59]) + "…"
	}
	return strconv.Quote(text)
}
