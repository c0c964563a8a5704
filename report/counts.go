package report

import (
	"encoding/binary"
	"fmt"
	"iter"

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

// counts is what one pass over a source's counts leaves: by client and period, and by client and day. Clients have numbers of their own, in the order of their coming.
type counts struct {
	periods
	numbers numbers
	sums    sums                     // of client n and period p at n*len(periods.all)+p
	spans   chunks[authreport.Range] // first and last day of each client, among the days read
	streams []stream                 // of each day from periods.daily on
	covers  [][]int                  // the periods that each day read lies in
	hours   hours                    // that the detailed days' counts refer to: many counts have the same
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
		c.sums.grow(len(c.all))
		c.spans.add(authreport.Range{First: count.Day, Last: count.Day})
	}
	for _, p := range c.covers[count.Day-c.read.First] {
		c.sums.add(int(n)*len(c.all)+p, sum{count.Messages, count.Recipients})
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
func (c *counts) in(n uint32, period int) sum { return c.sums.at(int(n)*len(c.all) + period) }

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
		for _, rest := range c.streams[d-c.daily].blocks {
			for len(rest) > 0 {
				step, size := binary.Varint(rest)
				messages, more := binary.Uvarint(rest[size:])
				rest = rest[size+more:]
				n += step
				count := dayCount{client: uint32(n), messages: int64(messages)}
				if detailed {
					hours, size := binary.Uvarint(rest)
					rest = rest[size:]
					count.recipients, count.hours = count.messages, c.hours.values[hours>>1]
					if hours&1 != 0 {
						beyond, size := binary.Varint(rest)
						rest = rest[size:]
						count.recipients += beyond
					}
				}
				if !yield(count) {
					return
				}
			}
		}
	}
}
