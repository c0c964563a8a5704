package report

import (
	"slices"

	"authreport"
)

// run goes through the days.
func (j *judge) run() {
	for day, judged := range j.days() {
		j.read(day)
		if judged {
			slices.Sort(j.touched)
			for _, g := range j.touched {
				j.judgeAccount(g, day)
			}
		}
		for _, g := range j.touched {
			p := j.past(g)
			p.remember(j.settled(p))
		}
	}
}

// read takes up a day's counts.
func (j *judge) read(day authreport.Day) {
	j.touched, j.arrivals = j.touched[:0], j.arrivals[:0]
	for count := range j.details(day) {
		place, ok := j.place(count.client)
		if !ok {
			continue
		}
		g := j.accountOf[place]
		p := j.past(g)
		if p.today.day != day {
			p.today = today{daySum: daySum{day: day}}
			j.touched = append(j.touched, g)
		}
		p.today.add(j.wayOf(count.client), count, j.nightSet)
		j.compare(p, count, place, day)
	}
	// Whether a network is shared is known once the day is read: an office that moves to another network does so on one day.
	for _, a := range j.arrivals {
		if j.networks.strange(&j.clients[a.client], day) {
			t := &j.past(a.account).today
			t.strange += int32(boolean(a.once))
			t.onStrange += a.messages
			t.strangeHours |= a.hours
		}
	}
}

// compare notes what is new to an account.
func (j *judge) compare(p *past, count dayCount, place uint32, day authreport.Day) {
	t := &p.today
	if fresh, _ := j.addresses.see(place, day, j.never); fresh {
		t.newAddress = true
		t.newHours |= count.hours
	}
	if fresh, once := j.nets.see(place, day, j.never); fresh {
		if once {
			t.newNetworks++
		}
		if p.known > 0 { // else nothing asks for it
			j.arrivals = append(j.arrivals, arrival{count.client, j.accountOf[place], count.hours, once, count.messages})
		}
	}
	if _, once := j.senderIDs.see(place, day, j.never); once {
		t.newSenders++
	}
	if fresh, once := j.mechanisms.see(place, day, j.never); fresh {
		t.withNewMechanism += count.messages
		t.newMechanisms += int32(boolean(once))
	}
}

// remember makes the day a part of the account's past.
func (p *past) remember(settled bool) {
	t := &p.today
	if p.ring != nil {
		p.ring.put(p.last, t.daySum)
	}
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
	p := j.past(g)
	if p.passed {
		return
	}
	var findings []finding
	f := &j.finding // one for all: rules are asked a thousand times for each that holds
	for _, rule := range j.rules {
		*f = finding{Unusual: Unusual{Kind: rule.kind, First: day, Last: day, Messages: p.today.messages, Hour: -1}}
		if rule.holds(j, g, p, f) && f.weight > 0 {
			findings = append(findings, *f)
		}
	}
	if findings == nil {
		return
	}
	name, sum := j.accountName(g), together(findings)
	for i := range findings {
		f := &findings[i]
		f.Account, f.Grade = name, Notice
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
		if j.first(of, n) == f.First {
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
		return network(j.names.addresses.at(c.ip)).String(), j.networks.strange(c, f.First)
	})
}
