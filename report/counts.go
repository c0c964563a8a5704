package report

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"authreport"
)

// periods are the ranges that a report sums up. Equal ones are summed once: periods.all has each range once, the fields are places in it.
type periods struct {
	all              []authreport.Range
	main, before     int // the range and the period before it
	week, weekBefore int
	history          int              // what the page carries
	read             authreport.Range // from the first day of the earliest of them to the end of the range
	daily            authreport.Day   // first day of which messages are kept by day
	detailed         authreport.Day   // first day of which recipients and hours are kept by day, too
}

func newPeriods(r *Report) periods {
	p := periods{read: authreport.Range{First: r.Request.Range.Last + 1, Last: r.Request.Range.Last}}
	p.main = p.add(r.Summary.Range)
	p.before = p.add(r.Summary.Before)
	p.week = p.add(r.Week.Range)
	p.weekBefore = p.add(r.Week.Before)
	p.history = p.add(r.HistoryRange())
	p.detailed = min(r.Request.Range.First-baselineDays, max(r.Request.Range.First-monthDays, r.HistoryRange().First))
	p.daily = min(r.HistoryRange().First, r.Week.Range.First, p.detailed)
	p.read.First = min(p.read.First, p.daily)
	return p
}

func (p *periods) add(days authreport.Range) (place int) {
	if days.Days() > 0 {
		p.read.First = min(p.read.First, days.First)
	}
	for place, other := range p.all {
		if other == days {
			return place
		}
	}
	p.all = append(p.all, days)
	return len(p.all) - 1
}

// sum is what one client submitted in one period.
type sum struct{ messages, recipients int64 }

// counts is what one pass over a source's counts leaves: by client and period, and by client and day. Clients have numbers of their own, in the order of their coming.
type counts struct {
	periods
	numbers numbers
	sums    chunks[sum]              // of client n and period p at n*len(periods.all)+p
	spans   chunks[authreport.Range] // first and last day of each client, among the days read
	streams []stream                 // of each day from periods.daily on
	covers  [][]int                  // the periods that each day read lies in
	hours   index[authreport.Hours]  // that the detailed days' counts refer to: many counts have the same
}

func newCounts(p periods) *counts {
	c := &counts{periods: p, covers: make([][]int, p.read.Days()), streams: make([]stream, authreport.Range{First: p.daily, Last: p.read.Last}.Days())}
	for i := range c.covers {
		for place, days := range p.all {
			if days.Contains(p.read.First + authreport.Day(i)) {
				c.covers[i] = append(c.covers[i], place)
			}
		}
	}
	return c
}

// readAll adds every count of a sequence.
func (c *counts) readAll(source iter.Seq2[authreport.ClientCount, error]) error {
	for count, err := range source {
		if err != nil {
			return err
		}
		if !c.read.Contains(count.Day) || count.Messages < 1 || count.Recipients < 0 {
			return fmt.Errorf("count of client %d on %s: %d messages to %d recipients cannot be", count.ClientID, count.Day, count.Messages, count.Recipients)
		}
		c.add(count)
	}
	return nil
}

func (c *counts) add(count authreport.ClientCount) {
	n, known := c.numbers.of(count.ClientID)
	if !known {
		for range c.all {
			c.sums.add(sum{})
		}
		c.spans.add(authreport.Range{First: count.Day, Last: count.Day})
	}
	for _, p := range c.covers[count.Day-c.read.First] {
		s := c.sums.at(int(n)*len(c.all) + p)
		s.messages += count.Messages
		s.recipients += count.Recipients
	}
	span := c.spans.at(int(n))
	span.First, span.Last = min(span.First, count.Day), max(span.Last, count.Day)
	if count.Day >= c.daily {
		s := &c.streams[count.Day-c.daily]
		s.add(n, count.Messages)
		if count.Day >= c.detailed {
			s.addDetails(count.Recipients-count.Messages, c.hours.number(count.Hours))
		}
	}
}

// in gives what client n submitted in a period.
func (c *counts) in(n uint32, period int) sum { return *c.sums.at(int(n)*len(c.all) + period) }

// dayCount is one count of a day.
type dayCount struct {
	client               uint32
	messages, recipients int64
	hours                authreport.Hours
}

// day gives the clients of one day, not before periods.daily, with their messages; a client may come more than once.
func (c *counts) day(d authreport.Day) iter.Seq2[uint32, int64] {
	return func(yield func(uint32, int64) bool) {
		for count := range c.details(d) {
			if !yield(count.client, count.messages) {
				return
			}
		}
	}
}

// details gives the counts of one day, not before periods.daily; before periods.detailed without recipients and hours.
func (c *counts) details(d authreport.Day) iter.Seq[dayCount] {
	return func(yield func(dayCount) bool) {
		n, detailed := int64(0), d >= c.detailed
		for rest := c.streams[d-c.daily].packed; len(rest) > 0; {
			step, size := binary.Varint(rest)
			messages, more := binary.Uvarint(rest[size:])
			rest = rest[size+more:]
			n += step
			count := dayCount{client: uint32(n), messages: int64(messages)}
			if detailed {
				beyond, size := binary.Varint(rest)
				hours, more := binary.Uvarint(rest[size:])
				rest = rest[size+more:]
				count.recipients, count.hours = count.messages+beyond, c.hours.values[hours]
			}
			if !yield(count) {
				return
			}
		}
	}
}

// stream is the counts of one day, packed: for each, the client's number as difference from the one before, and its messages, both as varints; on detailed days
// then its recipients as difference from the messages, and the number of its hours.
// Stores give the clients of a day in about the order of the days before it, so that most counts take two bytes, or four.
type stream struct {
	packed []byte
	before uint32 // client added last
}

func (s *stream) add(n uint32, messages int64) {
	s.packed = binary.AppendVarint(s.packed, int64(n)-int64(s.before))
	s.packed = binary.AppendUvarint(s.packed, uint64(messages))
	s.before = n
}

func (s *stream) addDetails(beyond int64, hours uint32) {
	s.packed = binary.AppendVarint(s.packed, beyond)
	s.packed = binary.AppendUvarint(s.packed, uint64(hours))
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

// denseIDs bounds the IDs that numbers looks up in a slice: stores number their clients from 1, and a slice answers several times faster than a map.
const denseIDs = 1 << 22

// numbers gives a store's client IDs numbers from 0 on.
type numbers struct {
	dense  []uint32 // number plus one by ID; 0: none
	sparse map[int64]uint32
	count  uint32
}

// of gives an ID's number; known is false if it is new.
func (m *numbers) of(id int64) (n uint32, known bool) {
	if n, known = m.find(id); known {
		return n, true
	}
	n = m.count
	m.count++
	if id < 0 || id >= denseIDs {
		if m.sparse == nil {
			m.sparse = make(map[int64]uint32)
		}
		m.sparse[id] = n
		return n, false
	}
	if int64(len(m.dense)) <= id {
		m.dense = append(m.dense, make([]uint32, int(id)-len(m.dense)+1)...)
	}
	m.dense[id] = n + 1
	return n, false
}

func (m *numbers) find(id int64) (n uint32, known bool) {
	if id >= 0 && id < int64(len(m.dense)) {
		n = m.dense[id]
		return n - 1, n > 0
	}
	if id >= 0 && id < denseIDs {
		return math.MaxUint32, false
	}
	n, known = m.sparse[id]
	return n, known
}

// id gives the ID that has a number, for messages: it looks through all of them.
func (m *numbers) id(number uint32) int64 {
	for id, n := range m.dense {
		if n == number+1 {
			return int64(id)
		}
	}
	for id, n := range m.sparse {
		if n == number {
			return id
		}
	}
	return 0
}
