package authreport

import "strings"

// TLS is the TLS version of a session, in the order of the report's columns.
type TLS uint8

// The TLS versions. TLSUnknown is the zero value: nothing is claimed that the log did not say.
const (
	TLSUnknown TLS = iota // the log cannot tell
	TLSNone               // the log proves that there was no TLS
	SSL30                 // deprecated by RFC 7568
	TLS10                 // deprecated by RFC 8996
	TLS11                 // deprecated by RFC 8996
	TLS12                 // RFC 5246
	TLS13                 // RFC 8446

	tlsCount
)

var tlsNames = [tlsCount]string{"unknown", "none", "SSL3.0", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"}

// TLSVersions lists every version from the newest to the oldest, then none, then unknown: the order in which reports show them.
func TLSVersions() []TLS {
	return []TLS{TLS13, TLS12, TLS11, TLS10, SSL30, TLSNone, TLSUnknown}
}

// String gives the name that reports and exports use: SSL3.0, TLS1.0, TLS1.1, TLS1.2, TLS1.3, none or unknown.
func (t TLS) String() string {
	if t >= tlsCount {
		t = TLSUnknown
	}
	return tlsNames[t]
}

// Legacy says whether the version is one of SSL3.0, TLS1.0 and TLS1.1, deprecated by RFC 7568 and RFC 8996.
func (t TLS) Legacy() bool { return t == SSL30 || t == TLS10 || t == TLS11 }

// ParseTLS reads a version as String writes it; ok is false for any other text.
func ParseTLS(name string) (version TLS, ok bool) {
	for i, n := range tlsNames {
		if n == name {
			return TLS(i), true
		}
	}
	return TLSUnknown, false
}

// ParseTLSAsLogged reads a version as mail servers spell it: TLSv1, TLSv1.0, TLS1, TLS1.0 and the same for later ones, SSLv3, SSLv2 (shown as SSL3.0,
// the oldest class there is). Everything else, the family name "TLSv1/SSLv3" of old sendmail and OpenSMTPD included, is TLSUnknown.
func ParseTLSAsLogged(text string) TLS {
	rest, found := strings.CutPrefix(text, "TLS")
	if !found {
		if text == "SSLv3" || text == "SSLv2" {
			return SSL30
		}
		return TLSUnknown
	}
	switch strings.TrimPrefix(rest, "v") {
	case "1", "1.0":
		return TLS10
	case "1.1":
		return TLS11
	case "1.2":
		return TLS12
	case "1.3":
		return TLS13
	}
	return TLSUnknown
}

// TLSCounts holds messages by TLS version; index it with a TLS.
type TLSCounts [tlsCount]int64

// Total is the messages of all versions, none and unknown included.
func (c *TLSCounts) Total() int64 {
	var sum int64
	for _, n := range c {
		sum += n
	}
	return sum
}

// Add adds the messages of other, version by version.
func (c *TLSCounts) Add(other *TLSCounts) {
	for i, n := range other {
		c[i] += n
	}
}

// Legacy is the messages of SSL3.0, TLS1.0 and TLS1.1.
func (c *TLSCounts) Legacy() int64 { return c[SSL30] + c[TLS10] + c[TLS11] }

// Share is the part of all messages that used version, 0 to 1; 0 if there are no messages.
func (c *TLSCounts) Share(version TLS) float64 {
	total := c.Total()
	if total == 0 {
		return 0
	}
	return float64(c[version]) / float64(total)
}
