package report

import (
	"encoding/binary"
	"math"

	"authreport"
)

// sum is what one client submitted in one period.
type sum struct{ messages, recipients int64 }

// sums are sums in half their size: those that do not fit are few.
type sums struct {
	small chunks[smallSum]
	large map[int]sum
}

type smallSum struct{ messages, recipients uint32 }

// isLarge stands for the messages of a sum that is among the large ones.
const isLarge = math.MaxUint32

// grow adds so many sums of nothing.
func (s *sums) grow(count int) {
	for range count {
		s.small.add(smallSum{})
	}
}

func (s *sums) at(i int) sum {
	small := s.small.at(i)
	if small.messages == isLarge {
		return s.large[i]
	}
	return sum{int64(small.messages), int64(small.recipients)}
}

// add adds more to a sum.
func (s *sums) add(i int, more sum) {
	all := s.at(i)
	all.messages += more.messages
	all.recipients += more.recipients
	if all.messages < isLarge && all.recipients < isLarge {
		*s.small.at(i) = smallSum{uint32(all.messages), uint32(all.recipients)}
		return
	}
	if s.large == nil {
		s.large = make(map[int]sum)
	}
	s.small.at(i).messages = isLarge
	s.large[i] = all
}

// stream is the counts of one day, packed: for each, the client's number as difference from the one before, and its messages, both as varints; on detailed days
// then twice the number of its hours, and if the recipients are not as many as the messages one more, and the difference.
// Stores give the clients of a day in about the order of the days before it, so that most counts take two bytes, or three.
type stream struct {
	blocks [][]byte // each holds whole counts
	before uint32   // client added last
}

// streamBlock is the size of a block, longestCount that of a count at most.
const (
	streamBlock  = 1 << 14
	longestCount = 4 * binary.MaxVarintLen64
)

func (s *stream) add(n uint32, messages int64) {
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < longestCount {
		last++
		s.blocks = append(s.blocks, make([]byte, 0, min(streamBlock, 256<<min(last, 6)))) // most days have few counts
	}
	block := binary.AppendVarint(s.blocks[last], int64(n)-int64(s.before))
	s.blocks[last] = binary.AppendUvarint(block, uint64(messages))
	s.before = n
}

// addDetails adds to the count that was added last.
func (s *stream) addDetails(beyond int64, hours uint32) {
	last := len(s.blocks) - 1
	if beyond == 0 {
		s.blocks[last] = binary.AppendUvarint(s.blocks[last], uint64(hours)<<1)
		return
	}
	s.blocks[last] = binary.AppendVarint(binary.AppendUvarint(s.blocks[last], uint64(hours)<<1|1), beyond)
}

// hours gives sets of hours numbers, in the order of their coming.
type hours struct {
	numbers map[authreport.Hours]uint32
	values  []authreport.Hours
}

func (h *hours) number(set authreport.Hours) uint32 {
	number, known := h.numbers[set]
	if !known {
		if h.numbers == nil {
			h.numbers = make(map[authreport.Hours]uint32)
		}
		number = uint32(len(h.values))
		h.numbers[set] = number
		h.values = append(h.values, set)
	}
	return number
}

// chunkLength is how many values a chunk holds.
const chunkLength = 1 << 13

// chunks is a list that grows without being copied: it takes no more memory than it needs, and leaves none behind.
type chunks[T any] struct {
	all    [][]T
	length int
}

func (c *chunks[T]) add(value T) {
	if c.length%chunkLength == 0 {
		c.all = append(c.all, make([]T, chunkLength))
	}
	*c.at(c.length) = value
	c.length++
}

func (c *chunks[T]) at(i int) *T { return &c.all[i/chunkLength][i%chunkLength] }
