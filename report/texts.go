package report

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"strings"
)

// texts is different texts with numbers: in the order of their coming while they are gathered, in their own order once they are sorted. They lie one after the
// other in blocks: a million strings would take three times the memory, and be a million things for the garbage collector to look at.
type texts struct {
	blocks []*strings.Builder // each filled to its capacity at most, so that what was taken out of it stays valid
	places []uint32           // of each text: the number of its block in the upper half, and in the lower where its length and it itself stand
	slots  []uint32           // while they are gathered: numbers and one by hash, the next free slot after it; 0 is free. A power of two
	seed   maphash.Seed
}

// textBlock is the size of a block, at most what the lower half of a place can tell. A text that is longer has a block of its own.
const textBlock = 1 << 16

// number gives a text's number, a new one if it is new.
func (t *texts) number(text string) uint32 {
	if 4*len(t.places) >= 3*len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	i := maphash.String(t.seed, text) & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if number := t.slots[i] - 1; t.at(number) == text {
			return number
		}
	}
	t.places = append(t.places, t.keep(text))
	t.slots[i] = uint32(len(t.places))
	return t.slots[i] - 1
}

// grow makes room for as many texts again.
func (t *texts) grow() {
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for number := range uint32(len(t.places)) {
		i := maphash.String(t.seed, t.at(number)) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = number + 1
	}
}

// keep copies a text and gives its place.
func (t *texts) keep(text string) uint32 {
	var length [binary.MaxVarintLen64]byte
	prefix := length[:binary.PutUvarint(length[:], uint64(len(text)))]
	size := len(prefix) + len(text)
	if last := len(t.blocks) - 1; last < 0 || t.blocks[last].Cap()-t.blocks[last].Len() < size || t.blocks[last].Len() >= textBlock {
		block := new(strings.Builder)
		block.Grow(max(size, min(textBlock, 1<<10<<min(len(t.blocks), 6)))) // the first ones are small: most reports have few names
		t.blocks = append(t.blocks, block)
	}
	last := len(t.blocks) - 1
	block := t.blocks[last]
	at := block.Len()
	block.Write(prefix)
	block.WriteString(text)
	return uint32(last)<<16 | uint32(at)
}

// full says whether no more texts can be kept: there are 4 GB.
func (t *texts) full() bool { return len(t.blocks) > 1<<16-2 }

// at gives the text with a number.
func (t *texts) at(number uint32) string {
	place := t.places[number]
	block := t.blocks[place>>16].String()[place&0xffff:]
	length, size := 0, 0
	for shift := 0; ; shift += 7 {
		b := block[size]
		size++
		length |= int(b&0x7f) << shift
		if b < 0x80 {
			return block[size : size+length]
		}
	}
}

func (t *texts) count() int { return len(t.places) }

// sort puts the texts in order and gives the number that each of them has now, by the number that it had. No more can be added.
func (t *texts) sort() (numbers []uint32) {
	t.slots = nil
	order := make([]uint32, len(t.places))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(t.at(a), t.at(b)) })
	numbers = make([]uint32, len(order))
	for number, before := range order {
		numbers[before] = uint32(number)
		order[number] = t.places[before]
	}
	t.places = order
	return numbers
}

// find gives the number of a text, once they are sorted.
func (t *texts) find(text string) (number uint32, known bool) {
	low, high := 0, len(t.places)
	for low < high {
		if middle := (low + high) / 2; t.at(uint32(middle)) < text {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return uint32(low), low < len(t.places) && t.at(uint32(low)) == text
}
