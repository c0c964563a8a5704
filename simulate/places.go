package simulate

import (
	"net/netip"

	"authreport"
)

// The addresses of the simulated internet: 10.0.0.0/8 and 2001:db8::/32 stand in for it, a first byte after the 10 for each kind of place.

// office is the company's own networks: a few buildings behind address translation, which once change their provider.
func (w *world) office(building int, day authreport.Day, host int) netip.Addr {
	third := byte(building)
	if building == 0 && day >= w.newProvider {
		third += 100
	}
	return netip.AddrFrom4([4]byte{10, 0, third, byte(1 + host%4)})
}

// server is a machine room: each machine keeps its address.
func server(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}) }

// home is a connection at home: fixed, changing now and then, each night, or IPv6 with a prefix that changes.
type home struct {
	provider byte
	changes  float64 // part of the days on which the network changes
	ipv6     bool
	now      netip.Addr
}

func newHome(d dice) *home {
	h := &home{provider: byte(d.IntN(6)), ipv6: d.chance(0.15)}
	switch {
	case d.chance(0.08):
		h.changes = 0.9
	case d.chance(0.35):
		h.changes = 1 / float64(d.between(7, 60))
	}
	h.move(d)
	return h
}

// move gives the connection another address.
func (h *home) move(d dice) {
	if h.ipv6 {
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0x40 + h.provider, byte(d.IntN(256)), 0, byte(d.IntN(16)), 15: byte(2 + d.IntN(200))}
		h.now = netip.AddrFrom16(b)
		return
	}
	h.now = netip.AddrFrom4([4]byte{10, 16 + h.provider, byte(d.IntN(220)), byte(1 + d.IntN(254))})
}

// pass lets a night go by.
func (h *home) pass(d dice) {
	if d.chance(h.changes) {
		h.move(d)
	}
}

// mobile is an address of a mobile network, which puts a phone behind another one of its /24s several times a day.
func mobile(d dice, carrier int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 64 + byte(carrier), byte(min(d.IntN(70), d.IntN(70))), byte(1 + d.IntN(254))})
}

// publicPlace is a train, a hotel, a customer, a café.
func publicPlace(d dice) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 80 + byte(d.IntN(8)), byte(d.IntN(256)), byte(1 + d.IntN(254))})
}

// abroad is a hotel or a mobile network of another country.
func abroad(d dice, country int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 96 + byte(country), byte(d.IntN(256)), byte(1 + d.IntN(254))})
}

// cloud is a provider of servers, from which hosted applications send.
func cloud(d dice, region int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 120 + byte(region), byte(d.IntN(48)), byte(1 + d.IntN(254))})
}

// crook is an address that an intruder uses: a hired server mostly, or somebody's connection at home who does not know.
func crook(d dice) netip.Addr {
	if d.chance(0.2) {
		h := newHome(d)
		return h.now
	}
	return netip.AddrFrom4([4]byte{10, 130 + byte(d.IntN(120)), byte(d.IntN(256)), byte(1 + d.IntN(254))})
}
