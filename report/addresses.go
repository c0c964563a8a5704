package report

import "net/netip"

// addresses is different client addresses with numbers, as texts has them: in a quarter of the memory that netip.Addr takes.
type addresses struct{ texts }

// maxAddress is the longest address without a zone, packed.
const maxAddress = 17

// packAddress gives an address as bytes whose order is that of netip.Addr.Compare: its length, its bytes, its zone. The unknown address is the first.
func packAddress(ip netip.Addr, scratch []byte) []byte {
	packed := append(scratch[:0], byte(ip.BitLen()/8))
	switch {
	case ip.Is4():
		four := ip.As4()
		packed = append(packed, four[:]...)
	case ip.Is6():
		all := ip.As16()
		packed = append(append(packed, all[:]...), ip.Zone()...)
	}
	return packed
}

func unpackAddress(packed string) netip.Addr {
	switch packed[0] {
	case 4:
		var four [4]byte
		copy(four[:], packed[1:])
		return netip.AddrFrom4(four)
	case 16:
		var all [16]byte
		copy(all[:], packed[1:])
		return netip.AddrFrom16(all).WithZone(packed[maxAddress:])
	}
	return netip.Addr{}
}

func (a *addresses) number(ip netip.Addr) uint32 {
	var scratch [maxAddress]byte
	return a.texts.number(string(packAddress(ip, scratch[:0])))
}

func (a *addresses) at(number uint32) netip.Addr { return unpackAddress(a.texts.at(number)) }

func (a *addresses) find(ip netip.Addr) (number uint32, known bool) {
	return a.texts.find(string(packAddress(ip, nil)))
}
