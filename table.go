package authreport

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
)

// table finds sums by keys that cost much to hash as a whole: by a hash of the parts that tell most of them apart.
type table[K comparable, S any] struct {
	first map[uint64]int32 // of a hash: its latest row
	rows  []row[K, S]
}

type row[K comparable, S any] struct {
	key  K
	sum  S
	next int32 // an earlier row of the same hash; -1 if there is none
}

func newTable[K comparable, S any]() table[K, S] {
	return table[K, S]{first: make(map[uint64]int32)}
}

// at gives the sum of a key, zero if it is new. It is valid until the next call.
func (t *table[K, S]) at(key *K, hash uint64) *S {
	next, found := t.first[hash]
	if !found {
		next = -1
	}
	for i := next; i >= 0; i = t.rows[i].next {
		if r := &t.rows[i]; r.key == *key {
			return &r.sum
		}
	}
	t.first[hash] = int32(len(t.rows))
	t.rows = append(t.rows, row[K, S]{key: *key, next: next})
	return &t.rows[len(t.rows)-1].sum
}

// reset empties the table and keeps its memory.
func (t *table[K, S]) reset() {
	clear(t.first)
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
