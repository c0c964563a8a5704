package maillog

import (
	"net/netip"
	"strings"
)

// interned keeps names and addresses that come again and again. It is derived, not part of a state.
type interned struct {
	names     cache[struct{}]
	addresses cache[netip.Addr]
}

// text gives b as a string, the same one each time for names that come again.
func (n *interned) text(b []byte) string {
	name, _ := n.names.at(b)
	return name.text
}

// address reads an IP address, with or without the prefix "IPv6:" of an address literal (RFC 5321 section 4.1.3); the zero Addr if b is none.
func (n *interned) address(b []byte) netip.Addr {
	if a, ok := parseIPv4(b); ok {
		return a
	}
	if len(b) > longestName {
		return netip.Addr{}
	}
	address, known := n.addresses.at(b)
	if !known {
		if a, err := netip.ParseAddr(strings.TrimPrefix(address.text, "IPv6:")); err == nil {
			address.value = a.Unmap()
		}
	}
	return address.value
}

// parseIPv4 reads an address of four decimal numbers without leading zeros, as netip.ParseAddr does; ok is false for all else.
func parseIPv4(b []byte) (a netip.Addr, ok bool) {
	var octets [4]byte
	n := 0
	for i := range octets {
		if i > 0 {
			if n >= len(b) || b[n] != '.' {
				return a, false
			}
			n++
		}
		value, start := 0, n
		for ; n < len(b) && n < start+3 && b[n] >= '0' && b[n] <= '9'; n++ {
			value = 10*value + int(b[n]-'0')
		}
		if n == start || value > 255 || b[start] == '0' && n > start+1 {
			return a, false
		}
		octets[i] = byte(value)
	}
	return netip.AddrFrom4(octets), n == len(b)
}
