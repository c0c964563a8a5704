package maillog

import "math/bits"

// cache keeps what was made of texts that come again and again, so that a common one costs no allocation: of texts whose hashes begin alike the latest two, and
// nothing of long ones. What it keeps is derived, not part of a state. Its zero value is empty.
type cache[V any] struct {
	slots []cached[V] // a power of two; those of a pair have what came last in the first
	taken int
}

// cached is a text, and what was made of it.
type cached[V any] struct {
	text  string
	value V
}

// How many texts are kept for the next time, and how long in bytes one may be for that.
const (
	fewestNames = 1 << 6
	maxNames    = 1 << 13
	longestName = 256
)

// at gives what is kept of a text, until the next call. Where known is false, the value is zero, and is to be set.
func (c *cache[V]) at(b []byte) (kept *cached[V], known bool) {
	if len(b) == 0 || len(b) > longestName {
		return &cached[V]{text: string(b)}, false
	}
	if len(c.slots) == 0 {
		c.slots = make([]cached[V], fewestNames)
	}
	i := c.place(hash(b))
	first, second := &c.slots[i], &c.slots[i^1]
	if first.text == string(b) {
		return first, true
	}
	if second.text == string(b) {
		return second, true
	}
	if second.text != "" && len(c.slots) < maxNames && 2*c.taken > len(c.slots) {
		c.grow()
		return c.at(b)
	}
	c.put(i, cached[V]{text: string(b)})
	return &c.slots[i], false
}

// place is where texts of a hash are to be put.
func (c *cache[V]) place(hash uint64) int {
	return int(hash >> (64 - bits.TrailingZeros(uint(len(c.slots)))))
}

// put puts what is new at a place, and what was there into the other of the pair.
func (c *cache[V]) put(i int, kept cached[V]) {
	if c.slots[i^1].text == "" {
		c.taken++
	}
	c.slots[i^1], c.slots[i] = c.slots[i], kept
}

// grow makes room for twice as many.
func (c *cache[V]) grow() {
	old := c.slots
	*c = cache[V]{slots: make([]cached[V], 2*len(old))}
	for _, kept := range old {
		if kept.text != "" {
			c.put(c.place(hash([]byte(kept.text))), kept)
		}
	}
}
