package report

import (
	"encoding/binary"
	"slices"

	"authreport"
)

// cells is the messages of the history by some grouping of the clients: each group's days one after the other, packed as varints. A cell is the days since the
// group's cell before (or the first day) times tlsRadix plus the TLS version, then its messages.
type cells struct {
	first  authreport.Day
	packed []byte
	starts []int    // of each group in packed, and after the last its end
	counts []uint32 // cells of each group
}

// tlsRadix is above every TLS version.
const tlsRadix = 8

// noGroup is the group of a client that is in none.
const noGroup = ^uint32(0)

// packCells turns the days of the history around: twice through them, first for the sizes. Groups are below count.
func packCells(d *data, count int, group func(client uint32) uint32) *cells {
	days := d.all[d.history]
	c := &cells{first: days.First, starts: make([]int, count+1), counts: make([]uint32, count)}
	before := make([]authreport.Day, count)
	each := func(add func(group uint32, key, messages uint64)) {
		for g := range before {
			before[g] = days.First
		}
		for day := range days.All() {
			for n, messages := range d.day(day) {
				if g := group(n); g != noGroup {
					add(g, uint64(day-before[g])*tlsRadix+uint64(d.wayOf(n).tls), uint64(messages))
					before[g] = day
				}
			}
		}
	}
	each(func(g uint32, key, messages uint64) {
		c.starts[g+1] += varintSize(key) + varintSize(messages)
		c.counts[g]++
	})
	for g := range count {
		c.starts[g+1] += c.starts[g]
	}
	c.packed = make([]byte, c.starts[count])
	next := append([]int(nil), c.starts...)
	each(func(g uint32, key, messages uint64) {
		next[g] += binary.PutUvarint(c.packed[next[g]:], key)
		next[g] += binary.PutUvarint(c.packed[next[g]:], messages)
	})
	return c
}

func varintSize(n uint64) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// of gives the cells of a group.
func (c *cells) of(group uint32) []Cell {
	all := make([]Cell, 0, c.counts[group])
	day := c.first
	for rest := c.packed[c.starts[group]:c.starts[group+1]]; len(rest) > 0; {
		key, size := binary.Uvarint(rest)
		messages, more := binary.Uvarint(rest[size:])
		rest = rest[size+more:]
		day += authreport.Day(key / tlsRadix)
		all = append(all, Cell{Day: day, TLS: authreport.TLS(key % tlsRadix), Messages: int64(messages)})
	}
	return merged(all)
}

// compareCells orders cells by day, then TLS version.
func compareCells(a, b Cell) int {
	if a.Day != b.Day {
		return int(a.Day - b.Day)
	}
	return int(a.TLS) - int(b.TLS)
}

// merged sorts cells and adds those of the same day and TLS version together, in place.
func merged(cells []Cell) []Cell {
	if !slices.IsSortedFunc(cells, compareCells) {
		slices.SortStableFunc(cells, compareCells)
	}
	kept := cells[:0]
	for _, c := range cells {
		if last := len(kept) - 1; last >= 0 && compareCells(kept[last], c) == 0 {
			kept[last].Messages += c.Messages
		} else {
			kept = append(kept, c)
		}
	}
	return kept
}
