package report

import (
	"slices"

	"authreport"
)

// judge goes through the days that a report reads, from the first to the last, and holds what each account does on a day of the range against its days before.
type judge struct {
	*data
	request    Request
	thresholds Thresholds
	lines      *lines
	nightSet   authreport.Hours
	// aroundNight is the night with the hour before it and the one after it.
	aroundNight authreport.Hours

	never                                  authreport.Day // before all days
	accountOf                              []uint32       // group of accounts by client number
	networks                               networkUse
	addresses, nets, senderIDs, mechanisms pairs
	pasts                                  []past    // by group of accounts
	arrivals                               []arrival // of the day that is read
	touched                                []uint32  // accounts with counts on it

	judged      int
	firstJudged authreport.Day
	found       []Unusual
	scratch     []int64
}

func newJudge(d *data, request Request, lines *lines) *judge {
	j := &judge{data: d, request: request, thresholds: request.Unusual.filled(), lines: lines, never: d.daily - 1}
	j.nightSet = j.thresholds.nightHours()
	j.aroundNight = j.nightSet | j.nightSet<<1&(1<<24-1) | j.nightSet>>23 | j.nightSet>>1 | j.nightSet&1<<23
	j.accountOf = make([]uint32, len(d.clients))
	j.pasts = make([]past, d.accounts.count())
	for g := range uint32(d.accounts.count()) {
		j.pasts[g].first, j.pasts[g].last, j.pasts[g].today.day = j.never, j.never, j.never
		for _, n := range d.accounts.of(g) {
			j.accountOf[n] = g
		}
	}
	j.networks = newNetworkUse(d.names.addresses, d.accounts.count())
	j.addresses = d.newPairs(j.never, func(c *client) uint32 { return c.ip })
	j.nets = d.newPairs(j.never, func(c *client) uint32 { return j.networks.of[c.ip] })
	j.senderIDs = d.newPairs(j.never, func(c *client) uint32 { return c.group })
	j.mechanisms = d.newPairs(j.never, func(c *client) uint32 { return c.mechanism })
	j.giveRings()
	return j
}

// giveRings gives what a baseline needs to the accounts whose volume may turn out to be unusual: those that submit half as much again on a day of the range as on any
// day before, and enough to be judged. They are few, and a ring is large.
func (j *judge) giveRings() {
	messages, recipients := min(j.thresholds.Messages, j.thresholds.NewAccount), min(j.thresholds.Recipients, 2*j.thresholds.NewAccount)
	seen := 0
	for day := range (authreport.Range{First: j.daily, Last: j.request.Range.Last}).All() {
		judged := j.judges(day, seen)
		if j.lines.any(day) {
			seen++
		}
		for count := range j.details(day) {
			if j.clients[count.client].hidden {
				continue
			}
			p := &j.pasts[j.accountOf[count.client]]
			sum := &p.today.daySum
			if sum.day != day {
				p.messages, p.recipients = max(p.messages, sum.messages), max(p.recipients, sum.recipients)
				*sum = daySum{day: day}
			}
			sum.messages += count.messages
			sum.recipients += count.recipients
			if judged && p.messages > 0 && p.ring == nil && (sum.messages >= max(int64(messages), 3*p.messages/2) || sum.recipients >= max(int64(recipients), 3*p.recipients/2)) {
				p.ring = new([baselineDays]daySum)
			}
		}
	}
	for g := range j.pasts {
		p := &j.pasts[g]
		p.messages, p.recipients, p.today.daySum = 0, 0, daySum{day: j.never}
	}
}

// judges says whether a day is judged that so many days with lines have gone before.
func (j *judge) judges(day authreport.Day, seen int) bool {
	return j.request.Range.Contains(day) && seen >= j.thresholds.History
}

// run goes through the days.
func (j *judge) run() {
	seen := 0
	for day := range (authreport.Range{First: j.daily, Last: j.request.Range.Last}).All() {
		j.read(day)
		if j.judges(day, seen) {
			if j.judged++; j.judged == 1 {
				j.firstJudged = day
			}
			slices.Sort(j.touched)
			for _, g := range j.touched {
				j.judgeAccount(g, day)
			}
		}
		for _, g := range j.touched {
			p := &j.pasts[g]
			p.remember(j.settled(p))
		}
		if j.lines.any(day) {
			seen++
		}
	}
}

// read takes up a day's counts.
func (j *judge) read(day authreport.Day) {
	j.touched, j.arrivals = j.touched[:0], j.arrivals[:0]
	for count := range j.details(day) {
		n := count.client
		c := &j.clients[n]
		if c.hidden {
			continue
		}
		g := j.accountOf[n]
		p := &j.pasts[g]
		if p.today.day != day {
			p.today = today{daySum: daySum{day: day}}
			j.touched = append(j.touched, g)
		}
		p.today.add(c, count, j.nightSet)
		j.compare(p, count, day)
	}
	// Whether a network is shared is known once the day is read: an office that moves to another network does so on one day.
	for _, a := range j.arrivals {
		if c := &j.clients[a.client]; j.networks.strange(c) {
			t := &j.pasts[j.accountOf[a.client]].today
			t.strange += int32(boolean(a.once))
			t.onStrange += a.messages
			t.strangeHours |= a.hours
		}
	}
}

// compare notes what is new to an account.
func (j *judge) compare(p *past, count dayCount, day authreport.Day) {
	n, t := count.client, &p.today
	if fresh, _ := j.addresses.see(n, day, j.never); fresh {
		t.newAddress = true
		t.newHours |= count.hours
	}
	if fresh, once := j.nets.see(n, day, j.never); fresh {
		if once {
			t.newNetworks++
			j.networks.accounts[j.networks.of[j.clients[n].ip]]++
		}
		if p.known > 0 { // else nothing asks for it
			j.arrivals = append(j.arrivals, arrival{n, count.hours, once, count.messages})
		}
	}
	if _, once := j.senderIDs.see(n, day, j.never); once {
		t.newSenders++
	}
	if fresh, once := j.mechanisms.see(n, day, j.never); fresh {
		t.withNewMechanism += count.messages
		t.newMechanisms += int32(boolean(once))
	}
}

// remember makes the day a part of the account's past.
func (p *past) remember(settled bool) {
	t := &p.today
	if p.known == 0 {
		p.first = t.day
	} else {
		p.silence = max(p.silence, int32(t.day-p.last)-1)
	}
	p.last = t.day
	p.known++
	p.messages, p.recipients = max(p.messages, t.messages), max(p.recipients, t.recipients)
	p.networks += t.newNetworks
	p.strange, p.newSenders = max(p.strange, t.strange), max(p.newSenders, t.newSenders)
	if settled && t.strange > 0 {
		p.roamed++
	}
	if t.timed {
		p.timed++
	}
	if t.hours != 0 {
		p.nights++
	}
	p.weak = p.weak || t.weak > 0
	if p.ring != nil {
		p.ring[slot(t.day)] = t.daySum
	}
}

// finding is unusual activity with how much it weighs: alarmWeight and more is an alarm by itself, less is one together with others.
type finding struct {
	Unusual
	weight float64
}

// firstDays is how long an account is new.
const firstDays = 3

// alarmWeight is where an account's findings of a day together make an alarm.
const alarmWeight = 3

// judgeAccount holds the day of one account against its past.
func (j *judge) judgeAccount(g uint32, day authreport.Day) {
	p := &j.pasts[g]
	name := j.accountName(g)
	if name == "" || j.own[name] { // nobody's habits: all that the server did not name; and authreport's own
		return
	}
	var findings []finding
	for _, rule := range rules {
		if slices.Contains(j.thresholds.Off, rule.kind) {
			continue
		}
		f := finding{Unusual: Unusual{Kind: rule.kind, Account: name, First: day, Last: day, Messages: p.today.messages, Hour: -1}}
		if rule.holds(j, g, p, &f) && f.weight > 0 {
			findings = append(findings, f)
		}
	}
	sum := together(findings)
	for i := range findings {
		f := &findings[i]
		f.Grade = Notice
		if sum >= alarmWeight {
			f.Grade = Alarm
		}
		for k, other := range findings {
			if k != i {
				f.With = append(f.With, other.Kind)
			}
		}
		j.found = append(j.found, f.Unusual)
	}
}

// together is what findings weigh in all. Very many messages have very many recipients: that is one sign, not two.
func together(findings []finding) (sum float64) {
	var much float64
	for _, f := range findings {
		if f.Kind == UnusualVolume || f.Kind == ManyRecipients {
			much = max(much, f.weight)
			continue
		}
		sum += f.weight
	}
	return sum + much
}

// name fills in what is new to a group of accounts on the finding's day, in the order of the names. What name says no to is passed over.
func (j *judge) name(f *finding, g uint32, of *pairs, name func(c *client) (string, bool)) {
	var names []string
	for _, n := range j.accounts.of(g) {
		if of.isNew(n, f.First) {
			if text, ok := name(&j.clients[n]); ok {
				names = append(names, text)
			}
		}
	}
	f.names(names)
}

// names fills in names, in their order.
func (f *finding) names(names []string) {
	slices.Sort(names)
	names = slices.Compact(names)
	f.Names, f.More = names[:min(len(names), NamesPerUnusual)], max(0, len(names)-NamesPerUnusual)
}

// nameNetworks fills in the strange networks.
func (j *judge) nameNetworks(f *finding, g uint32) {
	j.name(f, g, &j.nets, func(c *client) (string, bool) {
		return j.networks.prefixes[j.networks.of[c.ip]].String(), j.networks.strange(c)
	})
}
