package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"

	"authreport"

	engine "modernc.org/sqlite/lib"
)

// chunkSize is how many bytes a chunk has at least, unless it is the last of its run: large enough that what SQLite does for a row is little beside it, and small
// enough that many runs can be read side by side.
const chunkSize = 64 << 10

// texts is how many texts a row has at most.
const textFields = 6

// packer packs rows one after the other. Numbers are varints, those of a sequence as differences. A text that the row before has in the same field, or this row
// in the field before, takes a byte; one that stands in the chunk already takes its place there.
type packer struct {
	data   []byte
	rows   int
	number int64              // of the row before
	texts  uint64             // how many texts there are so far
	places map[string]uint64  // of those that may come again
	before [textFields]string // of the row before, and of this one as far as it is packed
}

// How a text is packed: these, or its place among the texts so far plus textPlaces.
const (
	textFollows = iota // its length and its bytes
	textBefore         // as in the row before; empty in the first one
	textBeside         // as in the field before
	textPlaces
)

// reset begins a new chunk.
func (p *packer) reset() {
	clear(p.places)
	*p = packer{data: p.data[:0], places: p.places}
}

func (p *packer) uvarint(n uint64) { p.data = binary.AppendUvarint(p.data, n) }

func (p *packer) varint(n int64) { p.data = binary.AppendVarint(p.data, n) }

// ascending packs a number that is larger than that of the row before.
func (p *packer) ascending(n int64) {
	p.uvarint(uint64(n - p.number))
	p.number = n
}

// near packs a text that, if it stands in the chunk already, does so in the row before or in the field before.
func (p *packer) near(field int, text string) {
	if !p.repeated(field, text) {
		p.follows(text)
	}
}

// repeated packs a text that the row before has in the same field, or this row in the field before.
func (p *packer) repeated(field int, text string) bool {
	if text == p.before[field] {
		p.uvarint(textBefore)
		return true
	}
	p.before[field] = text
	if field > 0 && text == p.before[field-1] {
		p.uvarint(textBeside)
		return true
	}
	return false
}

// follows packs a text by its bytes.
func (p *packer) follows(text string) {
	p.uvarint(textFollows)
	p.bytes(text)
	p.texts++
}

func (p *packer) text(field int, text string) {
	if p.repeated(field, text) {
		return
	}
	if place, ok := p.places[text]; ok {
		p.uvarint(textPlaces + place)
		return
	}
	if p.places == nil {
		p.places = make(map[string]uint64)
	}
	p.places[text] = p.texts
	p.follows(text)
}

func (p *packer) bytes(text string) {
	p.uvarint(uint64(len(text)))
	p.data = append(p.data, text...)
}

// zoned is added to the length of an IPv6 address whose zone follows.
const zoned = 1

func (p *packer) ip(ip netip.Addr) {
	switch {
	case !ip.IsValid():
		p.data = append(p.data, 0)
	case ip.Is4():
		four := ip.As4()
		p.data = append(append(p.data, 4), four[:]...)
	default:
		all := ip.As16()
		if ip.Zone() == "" {
			p.data = append(append(p.data, 16), all[:]...)
			return
		}
		p.data = append(append(p.data, 16+zoned), all[:]...)
		p.bytes(ip.Zone())
	}
}

// hours packs a single hour, which most rows have, as its number.
func (p *packer) hours(h authreport.Hours) {
	if bits.OnesCount32(uint32(h)) == 1 {
		p.uvarint(uint64(bits.TrailingZeros32(uint32(h))))
		return
	}
	p.uvarint(32 + uint64(h))
}

// unpacker reads what a packer made. Texts that it gives are parts of data.
type unpacker struct {
	data    string
	at      int
	number  int64
	texts   []string
	before  [textFields]string
	damaged bool // what was read is not what a packer makes
}

// start begins a new chunk.
func (u *unpacker) start(data string) { *u = unpacker{data: data, texts: u.texts[:0]} }

func (u *unpacker) uvarint() uint64 {
	if u.at < len(u.data) && u.data[u.at] < 0x80 {
		u.at++
		return uint64(u.data[u.at-1])
	}
	var n uint64
	for shift := uint(0); u.at < len(u.data) && shift < 64; shift += 7 {
		b := u.data[u.at]
		u.at++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	u.damaged = true
	return 0
}

func (u *unpacker) varint() int64 {
	n := u.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) ascending() int64 {
	u.number += int64(u.uvarint())
	return u.number
}

func (u *unpacker) text(field int) string {
	switch code := u.uvarint(); {
	case code == textBefore:
	case code == textBeside && field > 0:
		u.before[field] = u.before[field-1]
	case code == textFollows:
		u.before[field] = u.bytes()
		u.texts = append(u.texts, u.before[field])
	case code >= textPlaces && code-textPlaces < uint64(len(u.texts)):
		u.before[field] = u.texts[code-textPlaces]
	default:
		u.damaged = true
	}
	return u.before[field]
}

func (u *unpacker) bytes() string { return u.take(u.uvarint()) }

func (u *unpacker) take(n uint64) string {
	if n > uint64(len(u.data)-u.at) {
		u.damaged = true
		return ""
	}
	u.at += int(n)
	return u.data[u.at-int(n) : u.at]
}

func (u *unpacker) ip() netip.Addr {
	switch length := u.uvarint(); length {
	case 0:
		return netip.Addr{}
	case 4:
		var four [4]byte
		copy(four[:], u.take(4))
		return netip.AddrFrom4(four)
	case 16, 16 + zoned:
		var all [16]byte
		copy(all[:], u.take(16))
		ip := netip.AddrFrom16(all)
		if length == 16 {
			return ip
		}
		return ip.WithZone(u.bytes())
	}
	u.damaged = true
	return netip.Addr{}
}

func (u *unpacker) hours() authreport.Hours {
	n := u.uvarint()
	if n < 32 {
		return 1 << n
	}
	return authreport.Hours(n - 32)
}

// end says whether all was read that there is, and nothing was damaged.
func (u *unpacker) end() bool { return !u.damaged && u.at == len(u.data) }

// damage is that a chunk is not what a packer made.
type damage struct{ chunk string }

func damaged(r run, place int64) error {
	return &damage{fmt.Sprintf("%s of %v, run %d, chunk %d", r.kind, r.day, r.number, place)}
}

func (d *damage) Error() string { return "what is packed cannot be read: " + d.chunk }

// Code is that of a damaged file, as the driver's error has it.
func (d *damage) Code() int { return engine.SQLITE_CORRUPT }
