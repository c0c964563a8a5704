package authreport

import "testing"

func TestTLSNames(t *testing.T) {
	seen := map[TLS]bool{}
	for _, version := range TLSVersions() {
		got, ok := ParseTLS(version.String())
		if !ok || got != version || seen[version] {
			t.Errorf("ParseTLS(%q) = %v, %v", version.String(), got, ok)
		}
		seen[version] = true
	}
	if len(seen) != int(tlsCount) {
		t.Errorf("TLSVersions lists %d versions, want %d", len(seen), tlsCount)
	}
}

func TestParseTLSAsLogged(t *testing.T) {
	for text, want := range map[string]TLS{
		"TLSv1": TLS10, "TLSv1.0": TLS10, "TLS1": TLS10, "TLS1.0": TLS10,
		"TLSv1.1": TLS11, "TLS1.1": TLS11, "TLSv1.2": TLS12, "TLS1.2": TLS12, "TLSv1.3": TLS13, "TLS1.3": TLS13,
		"SSLv3": SSL30, "SSLv2": SSL30,
		"": TLSUnknown, "TLS": TLSUnknown, "TLSv1/SSLv3": TLSUnknown, "TLS1.x": TLSUnknown, "TLSv2": TLSUnknown, "tlsv1": TLSUnknown,
	} {
		if got := ParseTLSAsLogged(text); got != want {
			t.Errorf("ParseTLSAsLogged(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestTLSCounts(t *testing.T) {
	var c TLSCounts
	c[TLS13], c[TLS10], c[SSL30], c[TLSNone] = 5, 2, 1, 2
	if c.Total() != 10 || c.Legacy() != 3 || c.Share(TLS13) != 0.5 || new(TLSCounts).Share(TLS13) != 0 {
		t.Errorf("total %d, legacy %d, share %v", c.Total(), c.Legacy(), c.Share(TLS13))
	}
}
