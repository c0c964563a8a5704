package render

import "authreport"

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
	return "#0b1220"
}

const white = "#ffffff"

// domainColours is the colours of the busiest sender domains, busiest first; what comes after has otherColour.
var domainColours = [...]string{"#2f6fd6", "#e8833a", "#2a9d8f", "#b2569f", "#c9a227"}

// otherColour is the colour of everything beyond the busiest domains.
const otherColour = "#8a94a6"

// dependenceColours is the colours of the lines of what may be switched off, in the order of Report.Dependences: those of TLS1.0, of no TLS, and one more.
var dependenceColours = [...]string{"#d9542b", "#6b7280", "#b2569f"}
