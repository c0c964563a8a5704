package report

import (
	"iter"
	"slices"

	"authreport"
)

// judge goes through the days that a report reads, from the first to the last, and holds what each account does on a day of the range against its days before: of some
// accounts at a time, since what is known of a million would be most of a report's memory.
type judge struct {
	*data
	request    Request
	thresholds Thresholds
	lines      *lines
	nightSet   authreport.Hours
	// aroundNight is the night with the hour before it and the one after it.
	aroundNight authreport.Hours

	never    authreport.Day // before all days
	networks networkUse

	from, to                               uint32 // the groups of accounts that are judged now
	addresses, nets, senderIDs, mechanisms pairs
	accountOf                              []uint32  // group of accounts by place of the client
	pasts                                  []past    // by group, from the first that is judged now
	arrivals                               []arrival // of the day that is read
	touched                                []uint32  // accounts with counts on it

	rules   []rule // that are asked
	finding finding
	found   []Unusual
	scratch []int64
}

// judgedAtATime is how many accounts are judged in one go through the days: 200 to 400 bytes each.
const judgedAtATime = 1 << 17

func newJudge(d *data, request Request, lines *lines) *judge {
	j := &judge{data: d, request: request, thresholds: request.Unusual.filled(), lines: lines, never: d.daily - 1}
	for _, r := range rules {
		if !slices.Contains(j.thresholds.Off, r.kind) {
			j.rules = append(j.rules, r)
		}
	}
	j.nightSet = j.thresholds.nightHours()
	j.aroundNight = j.nightSet | j.nightSet<<1&(1<<24-1) | j.nightSet>>23 | j.nightSet>>1 | j.nightSet&1<<23
	return j
}

// days gives the days that are read, ascending, each with whether it is judged.
func (j *judge) days() iter.Seq2[authreport.Day, bool] {
	return func(yield func(authreport.Day, bool) bool) {
		seen := 0
		for day := range (authreport.Range{First: j.daily, Last: j.request.Range.Last}).All() {
			if !yield(day, j.request.Range.Contains(day) && seen >= j.thresholds.History) {
				return
			}
			if j.lines.any(day) {
				seen++
			}
		}
	}
}

// each judges all accounts, so many at a time, and calls do with what it finds of them.
func (j *judge) each(atATime uint32, do func([]Unusual)) {
	j.placeOf = j.accounts.places(len(j.clients))
	j.networks = j.networkUse(j.never, j.request.Range.Last)
	for all := uint32(j.accounts.count()); j.to < all; {
		j.from, j.to = j.to, min(all, j.to+atATime)
		j.begin()
		j.run()
		do(j.found)
		j.found = j.found[:0]
	}
	j.placeOf = nil
}

// begin forgets the accounts before and prepares for those of now.
func (j *judge) begin() {
	j.pasts = make([]past, j.to-j.from)
	j.accountOf = make([]uint32, j.accounts.starts[j.to]-j.accounts.starts[j.from])
	for g := j.from; g < j.to; g++ {
		p := j.past(g)
		p.first, p.last, p.today.day = j.never, j.never, j.never
		name := j.accountName(g)
		p.passed = name == "" || name == authreport.OtherAccount || j.own[name]
		for place := j.accounts.starts[g]; place < j.accounts.starts[g+1]; place++ {
			j.accountOf[place-j.accounts.starts[j.from]] = g
		}
	}
	j.addresses = j.newPairs(j.from, j.to, j.never, func(c *client) uint32 { return c.ip })
	j.nets = j.newPairs(j.from, j.to, j.never, func(c *client) uint32 { return j.networks.of[c.ip] })
	j.senderIDs = j.newPairs(j.from, j.to, j.never, func(c *client) uint32 { return c.group })
	j.mechanisms = j.newPairs(j.from, j.to, j.never, func(c *client) uint32 { return j.ways[c.way].mechanism })
	j.giveRings()
}

// past is what is known of a group of accounts.
func (j *judge) past(g uint32) *past { return &j.pasts[g-j.from] }

// place is a client's place among those of the accounts that are judged now; ok is false if it is not among them.
func (j *judge) place(n uint32) (place uint32, ok bool) {
	place = j.placeOf[n] - j.accounts.starts[j.from] // the numbers before wrap around
	return place, place < uint32(len(j.accountOf))
}

// first is the day on which the pair of a client of an account that is judged now was first seen.
func (j *judge) first(of *pairs, n uint32) authreport.Day {
	place, _ := j.place(n)
	return of.first[of.of[place]]
}

// giveRings gives what a baseline needs to the accounts whose volume may turn out to be unusual: those that submit half as much again on a day of the range as on any
// day before, and enough to be judged. They are few, and a ring is large.
func (j *judge) giveRings() {
	messages, recipients := min(j.thresholds.Messages, j.thresholds.NewAccount), min(j.thresholds.Recipients, 2*j.thresholds.NewAccount)
	for day, judged := range j.days() {
		for count := range j.details(day) {
			place, ok := j.place(count.client)
			if !ok {
				continue
			}
			p := j.past(j.accountOf[place])
			sum := &p.today.daySum
			if sum.day != day {
				p.messages, p.recipients = max(p.messages, sum.messages), max(p.recipients, sum.recipients)
				*sum = daySum{day: day}
			}
			sum.messages += count.messages
			sum.recipients += count.recipients
			if judged && p.messages > 0 && p.ring == nil && (sum.messages >= max(int64(messages), 3*p.messages/2) || sum.recipients >= max(int64(recipients), 3*p.recipients/2)) {
				p.ring = new(ring)
			}
		}
	}
	for g := range j.pasts {
		p := &j.pasts[g]
		p.messages, p.recipients, p.today.daySum = 0, 0, daySum{day: j.never}
	}
}
