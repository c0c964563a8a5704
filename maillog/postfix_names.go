package maillog

import (
	"net/netip"
	"strings"
)

// How many sessions are found by their process ID alone, and how many kinds of queue IDs are told apart before one is looked up.
const (
	recentSessions = 1 << 10
	waitingBits    = 12
)

// How many names, and how many addresses, are kept for the next time, and how long in bytes a name may be for that.
const (
	maxNames    = 1 << 13
	longestName = 256
)

// intern gives b as a string, the same one each time for names that come again.
func (p *postfix) intern(b []byte) string {
	if s, ok := p.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= longestName {
		if len(p.strings) >= maxNames {
			clear(p.strings)
		}
		p.strings[s] = s
	}
	return s
}

// address reads an IP address as Postfix writes it; the zero Addr for "unknown".
func (p *postfix) address(b []byte) netip.Addr {
	if a, ok := parseIPv4(b); ok {
		return a
	}
	if a, ok := p.addresses[string(b)]; ok {
		return a
	}
	text := string(b)
	a, err := netip.ParseAddr(strings.TrimPrefix(text, "IPv6:"))
	if err != nil {
		return netip.Addr{}
	}
	a = a.Unmap()
	if len(p.addresses) >= maxNames {
		clear(p.addresses)
	}
	p.addresses[text] = a
	return a
}

// parseIPv4 reads an address in the form of RFC 6943 section 3.1.1, four decimal numbers without leading zeros; ok is false for all else.
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
