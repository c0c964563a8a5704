package maillog

import (
	"net/netip"
	"testing"
)

// TestAddressesAreThoseOfNetip holds that an address is read as netip reads it, whichever way it goes, and that what is none is none.
func TestAddressesAreThoseOfNetip(t *testing.T) {
	var names interned
	for _, text := range []string{
		"192.0.2.1", "0.0.0.0", "255.255.255.255", "1.2.3.4", "256.1.1.1", "01.2.3.4", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1..3.4", ".1.2.3", "1.2.3.x", "1.2.3.1000",
		"", "unknown", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0",
	} {
		want, err := netip.ParseAddr(text)
		if err != nil {
			want = netip.Addr{}
		}
		want = want.Unmap()
		for range 2 { // the second time from memory
			if got := names.address([]byte(text)); got != want {
				t.Errorf("%q: got %v, want %v", text, got, want)
			}
		}
	}
}
