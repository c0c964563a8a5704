package render

import (
	"cmp"

	"authreport"
	"authreport/templates"
)

// The colours of charts and bars, in "#rrggbb". They are mid-tones: each reads on white and on a dark page, and with the common kinds of colour
// blindness neighbours differ in lightness. Colour is never the only cue: bars keep the order of authreport.TLSVersions and carry their names.

// tlsColours is the colour of each TLS version; index it with an authreport.TLS.
var tlsColours = [...]string{
	authreport.TLSUnknown: "#aab2bf",
	authreport.TLSNone:    "#6b7280",
	authreport.SSL30:      "#9b2c2c",
	authreport.TLS10:      "#d9542b",
	authreport.TLS11:      "#e0a100",
	authreport.TLS12:      "#3f83d6",
	authreport.TLS13:      "#198555",
}

// tlsColour is the colour of a TLS version.
func tlsColour(v authreport.TLS) string {
	if int(v) >= len(tlsColours) {
		v = authreport.TLSUnknown
	}
	return tlsColours[v]
}

// onTLSColour is the colour of text on tlsColour(v): the contrast is at least 4.5:1, which WCAG 2.2 section 1.4.3 asks of small text.
func onTLSColour(v authreport.TLS) string {
	switch v {
	case authreport.TLSNone, authreport.SSL30, authreport.TLS13:
		return white
	}
	return templates.Ink
}

const white = templates.White

// domainColours is the colours of the busiest sender domains, busiest first; what comes after has otherColour.
var domainColours = [...]string{"#2f6fd6", "#e8833a", "#2a9d8f", "#b2569f", "#c9a227"}

// otherColour is the colour of everything beyond the busiest domains.
const otherColour = "#8a94a6"

// dependenceColours is the colours of the lines of what may be switched off, in the order of Report.Dependences: those of TLS1.0, of no TLS, and one more.
var dependenceColours = [...]string{"#d9542b", "#6b7280", "#b2569f"}

// tlsColour is the colour of a TLS version, the brand's if it has one.
func (l *language) tlsColour(v authreport.TLS) string {
	if int(v) < len(l.brand.TLS) && l.brand.TLS[v] != "" {
		return l.brand.TLS[v]
	}
	return tlsColour(v)
}

// onTLSColour is the colour of text on it.
func (l *language) onTLSColour(v authreport.TLS) string {
	if colour := l.tlsColour(v); colour != tlsColour(v) {
		return templates.OnColour(colour)
	}
	return onTLSColour(v)
}

// domainColour is the colour of one of the busiest domains, by its place.
func (l *language) domainColour(place int) string {
	if place < len(l.brand.Domains) && l.brand.Domains[place] != "" {
		return l.brand.Domains[place]
	}
	return domainColours[place]
}

// dependenceColour is the colour of the line of what may be switched off, by its place in Report.Dependences.
func (l *language) dependenceColour(place int) string {
	switch place {
	case 0:
		return l.tlsColour(authreport.TLS10)
	case 1:
		return l.tlsColour(authreport.TLSNone)
	}
	return dependenceColours[place]
}

// heading is the colour of headings in workbooks, and of their ground.
func (l *language) heading() string { return cmp.Or(l.brand.Light.Colour, headingColour) }
