package report

import (
	"math"
	"math/bits"
	"slices"

	"authreport"
)

// settled says whether the account has habits that can be judged.
func (j *judge) settled(p *past) bool { return int(p.known) >= j.thresholds.Known }

// roams says whether the account uses strange networks on more than one in ten of its days: one more tells nothing.
func (j *judge) roams(p *past) bool {
	return p.roamed > 1 && 10*int(p.roamed) > int(p.known)-j.thresholds.Known
}

// limit is from where on a day's value is unusual: so many spreads above the median, but least in any case, and half as much again as most, which is the most of a day
// before. Of an account without habits it is fresh, and three times as much as most.
func (j *judge) limit(p *past, value func(daySum) int64, least, fresh int, most int64) (usual, limit int64, ok bool) {
	if p.ring == nil || p.known == 0 || !j.settled(p) && p.today.day-p.first < firstDays { // the first days are judged as such
		return 0, 0, false
	}
	if !j.settled(p) {
		return most, max(int64(fresh), 3*most), true
	}
	if j.scratch == nil {
		j.scratch = make([]int64, 0, baselineDays)
	}
	median, spread, ok := p.baseline(p.today.day, value, j.scratch)
	if !ok {
		return most, max(int64(fresh), 3*most), true
	}
	limit = int64(math.Ceil(median + j.thresholds.Spreads*spread))
	return int64(median), max(limit, int64(least), 3*most/2), true
}

// rule says whether an account's day is unusual in one way. It fills in the figures and the weight: alarmWeight where the kind is an alarm by itself, 2 where one more
// sign makes it one, less where ordinary life has an explanation most of the time.
type rule struct {
	kind  UnusualKind
	holds func(j *judge, g uint32, p *past, f *finding) bool
}

// rules is every kind with its rule.
var rules = []rule{
	{AfterFailures, afterFailures},
	{UnusualVolume, func(j *judge, _ uint32, p *past, f *finding) (ok bool) {
		f.Value = p.today.messages
		f.Usual, f.Limit, ok = j.limit(p, func(s daySum) int64 { return s.messages }, j.thresholds.Messages, j.thresholds.NewAccount, p.messages)
		return ok && f.exceeds(j, p)
	}},
	{ManyRecipients, func(j *judge, _ uint32, p *past, f *finding) (ok bool) {
		f.Value = p.today.recipients
		f.Usual, f.Limit, ok = j.limit(p, func(s daySum) int64 { return s.recipients }, j.thresholds.Recipients, 2*j.thresholds.NewAccount, p.recipients)
		return ok && f.exceeds(j, p)
	}},
	{ManyNetworks, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value, f.Usual, f.Limit = int64(p.today.strange), int64(p.strange), max(int64(j.thresholds.Networks), int64(p.strange)+2)
		if !j.settled(p) {
			f.Limit *= 2
		}
		if p.known == 0 || f.Value < f.Limit {
			return false
		}
		j.nameNetworks(f, g)
		f.Program = j.newProgram(g, f.First)
		return f.weigh(2 + boolean(f.Program || f.Value >= 2*f.Limit))
	}},
	{ManySenders, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value, f.Usual, f.Limit = int64(p.today.newSenders), int64(p.newSenders), max(int64(j.thresholds.Senders), int64(p.newSenders)+1)
		if !j.settled(p) {
			f.Limit *= 2
		}
		if p.known == 0 || f.Value < f.Limit {
			return false
		}
		j.name(f, g, &j.senderIDs, func(c *client) (string, bool) { return j.texts.at(c.sender), true })
		return f.weigh(3)
	}},
	{DormantAccount, dormant},
	{TLSDowngrade, func(j *judge, _ uint32, p *past, f *finding) bool {
		f.Value = p.today.weak
		if !j.settled(p) || p.weak || f.Value == 0 {
			return false
		}
		for _, version := range authreport.TLSVersions() {
			if p.today.downgraded&(1<<version) != 0 {
				f.Names = append(f.Names, version.String())
			}
		}
		return f.weigh(1.25 + 1.75*boolean(f.Value >= few || f.Value == p.today.messages))
	}},
	{NewMechanism, newMechanism},
	{NightHours, func(j *judge, _ uint32, p *past, f *finding) bool {
		f.Value, f.Limit = int64(math.Round(float64(p.today.night))), int64(j.thresholds.Night)
		apart := p.today.strange > 0 && p.today.strangeHours&^j.aroundNight == 0 // who travels mails at all the hours of another country's day
		if apart {
			f.Limit = (f.Limit + 1) / 2
		}
		if !j.settled(p) || int(p.timed) < j.thresholds.Known || 20*p.nights > p.timed || f.Value < f.Limit {
			return false
		}
		for h := 23; h >= 0; h-- {
			if p.today.hours&(1<<h) != 0 {
				f.Hour = h
			}
		}
		return f.weigh(2 + 0.5*boolean(apart) + boolean(2*f.Value >= 5*int64(j.thresholds.Night)))
	}},
	{NewNetwork, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value = p.today.onStrange
		if p.today.strange == 0 || !j.settled(p) && !j.slept(p) {
			return false
		}
		f.Program = j.newProgram(g, f.First)
		if j.roams(p) && !f.Program {
			return false
		}
		j.nameNetworks(f, g)
		alwaysThere := p.networks == 1 && int(p.known) >= 2*j.thresholds.Known // a machine, mostly
		return f.weigh(0.75 + 1.25*boolean(f.Program && p.today.newMechanisms == 0) + boolean(f.Program && f.Value >= 8) + boolean(alwaysThere))
	}},
	{NewAccount, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value, f.Limit = p.today.messages, int64(j.thresholds.NewAccount)
		amount := max(f.Value, p.today.recipients/2)
		if p.known > 0 && (f.First-p.first >= firstDays || amount < f.Limit/3) {
			return false
		}
		return f.weigh(1 + boolean(amount >= f.Limit/3) + boolean(amount >= f.Limit) + boolean(j.livesApart(g, f.First)))
	}},
}

// weigh sets the weight.
func (f *finding) weigh(weight float64) bool {
	f.weight = weight
	return true
}

// How many times its limit a number of messages or recipients is an alarm by itself.
const (
	muchElsewhere = 4  // of an account that uses a strange network on that day, and seldom does
	muchAtHome    = 6  // of one that does not
	muchOnTheRoad = 12 // of one that often does: a hosted machine, mostly
	muchInPlace   = 20 // of one that has used a single network ever: a machine, mostly, that has its runs, or tells of what breaks
)

// few is how many messages may be a trial, or a device that is seldom used.
const few = 3

// exceeds weighs a value that has reached its limit.
func (f *finding) exceeds(j *judge, p *past) bool {
	times := int64(muchAtHome)
	switch {
	case j.roams(p):
		times = muchOnTheRoad
	case p.today.strange > 0:
		times = muchElsewhere
	case p.networks == 1:
		times = muchInPlace
	}
	return f.Value >= f.Limit && f.weigh(2+boolean(f.Value >= times*f.Limit))
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sleep is the days of silence before today.
func (p *past) sleep() int64 { return int64(p.today.day-p.last) - 1 }

// slept says whether the account was silent for long, and for half as long again as ever before.
func (j *judge) slept(p *past) bool {
	return p.known > 0 && p.sleep() >= int64(j.thresholds.Dormant) && 2*p.sleep() >= 3*int64(p.silence)
}

// dormant looks for an account that mails after a longer silence than ever; it weighs more with more messages than ever.
func dormant(j *judge, _ uint32, p *past, f *finding) bool {
	if !j.slept(p) {
		return false
	}
	f.Value, f.Usual, f.Limit = p.today.messages, p.sleep(), int64(j.thresholds.Dormant)
	return f.weigh(1.5 + 0.75*boolean(f.Value > few) + 0.75*boolean(f.Value >= max(20, 2*p.messages)))
}

// afterFailures looks for a client address that is new to the account and succeeds after attempts from that address, or on the account, have failed.
func afterFailures(j *judge, g uint32, p *past, f *finding) bool {
	if !p.today.newAddress || p.known == 0 {
		return false
	}
	day, least := f.First, int64(j.thresholds.Failures)
	until := 31 - bits.LeadingZeros32(uint32(p.today.newHours)) // the last hour in which it succeeds
	attempts := func(of failedBefore) int64 {
		if of.first > until {
			return 0
		}
		return of.attempts
	}
	onIt := attempts(j.failedAccounts[failureKey{day, g}])
	if onIt < least || onIt < 8*j.usuallyFails(g, day) {
		onIt = 0
	}
	f.Limit = least
	var names []string
	for _, n := range j.accounts.of(g) {
		if j.first(&j.addresses, n) != day {
			continue
		}
		c := &j.clients[n]
		strange := j.first(&j.nets, n) == day && j.networks.strange(c, day)
		fromIt := attempts(j.failedAddresses[failureKey{day, c.ip}]) + j.failedAddresses[failureKey{day - 1, c.ip}].attempts
		var weight float64
		switch {
		case fromIt >= least && strange && !j.roams(p):
			weight = 3
		case onIt > 0 && strange:
			weight = 2 + 0.25*boolean(p.today.onStrange >= few)
		case fromIt >= (least+2)/3 && strange:
			weight = 2
		case fromIt >= least:
			weight = 1.5
		}
		if weight > 0 {
			f.Value, f.weight = max(f.Value, fromIt, onIt), max(f.weight, weight)
			names = append(names, j.names.addresses.at(c.ip).String())
		}
	}
	f.names(names)
	return f.weight > 0
}

// usuallyFails is how many attempts on an account fail on a day, on average of the days before: names that everybody guesses are tried every day.
func (j *judge) usuallyFails(g uint32, day authreport.Day) int64 {
	sum := j.failedEarlier[g]
	for d := j.request.Range.First; d < day; d++ {
		sum += j.failedAccounts[failureKey{d, g}].attempts
	}
	return sum / int64(day-j.request.Range.First+baselineDays)
}

// newProgram says whether a mail program came from a strange network that the account had not used anywhere: known by its TLS version, cipher and mechanism. People
// who travel take theirs with them.
func (j *judge) newProgram(g uint32, day authreport.Day) bool {
	type program struct {
		cipher, mechanism uint32
		tls               authreport.TLS
	}
	var before, strange []program
	for _, n := range j.accounts.of(g) {
		c := &j.clients[n]
		list := &before
		if j.spans.at(int(n)).First >= day {
			if j.first(&j.nets, n) != day || !j.networks.strange(c, day) {
				continue
			}
			list = &strange
		}
		w := j.wayOf(n)
		if one := (program{w.cipher, w.mechanism, w.tls}); !slices.Contains(*list, one) {
			*list = append(*list, one)
		}
	}
	return slices.ContainsFunc(strange, func(one program) bool { return !slices.Contains(before, one) })
}

// livesApart says whether the account has used strange networks only, up to a day.
func (j *judge) livesApart(g uint32, day authreport.Day) bool {
	return !slices.ContainsFunc(j.accounts.of(g), func(n uint32) bool {
		return j.first(&j.nets, n) != j.never && !j.networks.strange(&j.clients[n], day)
	})
}

// newMechanism weighs a mechanism that asks for the password itself more, most of an account that had none such.
func newMechanism(j *judge, g uint32, p *past, f *finding) bool {
	if !j.settled(p) || p.today.newMechanisms == 0 {
		return false
	}
	f.Value = p.today.withNewMechanism
	j.name(f, g, &j.mechanisms, func(c *client) (string, bool) { return j.texts.at(j.ways[c.way].mechanism), true })
	basic, basicBefore := false, false
	for _, n := range j.accounts.of(g) {
		if j.wayOf(n).kind == basicMechanism {
			first := j.first(&j.mechanisms, n)
			basic = basic || first == f.First
			basicBefore = basicBefore || first < f.First && first != j.never
		}
	}
	switch {
	case basic && !basicBefore:
		return f.weigh(1.5 + 1.5*boolean(f.Value >= few || p.today.strange > 0))
	case basic:
		return f.weigh(1.5)
	}
	return f.weigh(0.5)
}
