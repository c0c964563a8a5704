package authreport

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"slices"
)

// table finds sums by keys that cost much to hash as a whole: by a hash of the parts that tell most of them apart. Its zero value is empty.
type table[K comparable, S any] struct {
	slots []slot // a power of two, a third more than rows at least; by hash, the next free one after it
	rows  []row[K, S]
}

// slot says which row has a hash.
type slot struct {
	hash uint32
	row  int32 // its number from 1; 0 if the slot is free
}

type row[K comparable, S any] struct {
	key K
	sum S
}

// at gives the sum of a key, zero if it is new. It is valid until the next call.
func (t *table[K, S]) at(key *K, hash uint64) *S {
	if 4*len(t.rows) >= 3*len(t.slots) {
		t.grow()
	}
	mask := uint32(len(t.slots) - 1)
	h := uint32(hash >> 32)
	i := h & mask
	for ; t.slots[i].row != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s.hash == h {
			if r := &t.rows[s.row-1]; r.key == *key {
				return &r.sum
			}
		}
	}
	t.rows = append(t.rows, row[K, S]{key: *key})
	t.slots[i] = slot{h, int32(len(t.rows))}
	return &t.rows[len(t.rows)-1].sum
}

// grow makes room for as many rows again.
func (t *table[K, S]) grow() {
	old := t.slots
	t.slots = make([]slot, max(64, 2*len(old)))
	t.rows = slices.Grow(t.rows, 3*len(t.slots)/4-len(t.rows))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.row == 0 {
			continue
		}
		i := s.hash & mask
		for t.slots[i].row != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// reset empties the table and keeps its memory.
func (t *table[K, S]) reset() {
	clear(t.slots)
	clear(t.rows)
	t.rows = t.rows[:0]
}

// hash mixes what tells most keys apart. Those who write logs cannot foresee it.
func (t *Tally) hash(day Day, ip netip.Addr, account, sender string) uint64 {
	var b [20]byte
	address := ip.As16()
	copy(b[:], address[:])
	binary.LittleEndian.PutUint32(b[16:], uint32(day))
	h := maphash.Bytes(t.seed, b[:]) ^ maphash.String(t.seed, account)
	return h*0x9e3779b97f4a7c15 ^ maphash.String(t.seed, sender)
}
