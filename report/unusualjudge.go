package report

import (
	"math"
	"net/netip"
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

	never                       authreport.Day // before all days
	accountOf                   []uint32       // group of accounts by client number
	networkOf                   []uint32       // by address number
	prefixes                    []netip.Prefix // by network number
	addresses, nets             pairs
	senderPairs, mechanismPairs pairs
	pasts                       []past // by group of accounts

	seenDays    int // with lines, before the day that is judged
	judged      int
	firstJudged authreport.Day
	found       []Unusual
	scratch     []int64
}

func newJudge(d *data, request Request, lines *lines) *judge {
	j := &judge{data: d, request: request, thresholds: request.Unusual.filled(), lines: lines, never: d.daily - 1}
	j.nightSet = j.thresholds.nightHours()
	j.accountOf = make([]uint32, len(d.clients))
	j.pasts = make([]past, d.accounts.count())
	for g := range uint32(d.accounts.count()) {
		j.pasts[g].first, j.pasts[g].last, j.pasts[g].today.day = j.never, j.never, j.never
		for _, n := range d.accounts.of(g) {
			j.accountOf[n] = g
		}
	}
	var networks index[netip.Prefix]
	j.networkOf = make([]uint32, len(d.names.addresses))
	for i, ip := range d.names.addresses {
		j.networkOf[i] = networks.number(network(ip))
	}
	j.prefixes = networks.values
	j.addresses = d.newPairs(j.never, func(c *client) uint32 { return c.ip })
	j.nets = d.newPairs(j.never, func(c *client) uint32 { return j.networkOf[c.ip] })
	j.senderPairs = d.newPairs(j.never, func(c *client) uint32 { return c.group })
	j.mechanismPairs = d.newPairs(j.never, func(c *client) uint32 { return c.mechanism })
	j.giveRings()
	return j
}

// giveRings gives the accounts whose volume may be judged, those with a busy enough day in the range, what their baseline needs.
func (j *judge) giveRings() {
	sums := make([]daySum, len(j.pasts))
	for day := range j.request.Range.All() {
		for count := range j.details(day) {
			if j.clients[count.client].hidden {
				continue
			}
			g := j.accountOf[count.client]
			s := &sums[g]
			if s.day != day {
				*s = daySum{day: day}
			}
			s.messages += count.messages
			s.recipients += count.recipients
			if j.pasts[g].ring == nil && (s.messages >= int64(j.thresholds.Messages) || s.recipients >= int64(j.thresholds.Recipients)) {
				j.pasts[g].ring = new([baselineDays]daySum)
			}
		}
	}
}

// run goes through the days.
func (j *judge) run() {
	for day := range (authreport.Range{First: j.daily, Last: j.request.Range.Last}).All() {
		touched := j.read(day)
		if j.request.Range.Contains(day) && j.seenDays >= j.thresholds.History {
			if j.judged++; j.judged == 1 {
				j.firstJudged = day
			}
			slices.Sort(touched)
			for _, g := range touched {
				j.judgeAccount(g, day)
			}
		}
		for _, g := range touched {
			j.pasts[g].remember()
		}
		if j.lines.any(day) {
			j.seenDays++
		}
	}
}

// read takes up a day's counts, and gives the accounts that have any.
func (j *judge) read(day authreport.Day) (touched []uint32) {
	for count := range j.details(day) {
		n := count.client
		c := &j.clients[n]
		if c.hidden {
			continue
		}
		g := j.accountOf[n]
		p := &j.pasts[g]
		t := &p.today
		if t.day != day {
			*t = today{daySum: daySum{day: day}}
			touched = append(touched, g)
		}
		t.add(c, count, j.nightSet)
		if fresh, again := j.addresses.see(n, day, j.never); fresh && !again {
			t.freshest = n + 1
			t.freshHours |= count.hours
		}
		fresh, again := j.nets.see(n, day, j.never)
		if !again {
			t.networks++
		}
		if fresh {
			t.onNewNetwork += count.messages
			if !again {
				t.newNetworks++
			}
		}
		if fresh, again = j.senderPairs.see(n, day, j.never); !again {
			t.senders++
			if fresh {
				t.newSenders++
			}
		}
		if fresh, again = j.mechanismPairs.see(n, day, j.never); fresh {
			t.withNewMechanism += count.messages
			if !again {
				t.newMechanisms++
			}
		}
	}
	return touched
}

// remember makes the day a part of the account's past.
func (p *past) remember() {
	t := &p.today
	if p.known == 0 {
		p.first = t.day
	}
	p.last = t.day
	p.known++
	p.messages, p.recipients = max(p.messages, t.messages), max(p.recipients, t.recipients)
	p.networks, p.senders = max(p.networks, t.networks), max(p.senders, t.senders)
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
	var sum float64
	for _, f := range findings {
		sum += f.weight
	}
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

// name fills in what is new to a group of accounts on the finding's day, in the order of the names.
func (j *judge) name(f *finding, g uint32, of *pairs, name func(c *client) string) {
	var names []string
	for _, n := range j.accounts.of(g) {
		if of.isNew(n, f.First) {
			if text := name(&j.clients[n]); !slices.Contains(names, text) {
				names = append(names, text)
			}
		}
	}
	slices.Sort(names)
	f.Names, f.More = names[:min(len(names), NamesPerUnusual)], max(0, len(names)-NamesPerUnusual)
}

func (j *judge) networkName(c *client) string {
	prefix := j.prefixes[j.networkOf[c.ip]]
	if !prefix.IsValid() {
		return ""
	}
	return prefix.String()
}

// settled says whether the account has habits that can be judged.
func (j *judge) settled(p *past) bool { return int(p.known) >= j.thresholds.Known }

// limit is from where on a day's value is unusual.
func (j *judge) limit(p *past, value func(daySum) int64, least int, most int64) (usual, limit int64, ok bool) {
	if !j.settled(p) || p.ring == nil {
		return 0, 0, false
	}
	if j.scratch == nil {
		j.scratch = make([]int64, 0, baselineDays)
	}
	median, spread, ok := p.baseline(p.today.day, value, j.scratch)
	if !ok {
		return 0, 0, false
	}
	limit = int64(math.Ceil(median + j.thresholds.Spreads*spread))
	return int64(median), max(limit, int64(least), 3*most/2), true
}

// rules is every kind with its rule, which fills in the figures and the weight.
var rules = []struct {
	kind  UnusualKind
	holds func(j *judge, g uint32, p *past, f *finding) bool
}{
	{AfterFailures, afterFailures},
	{UnusualVolume, func(j *judge, _ uint32, p *past, f *finding) (ok bool) {
		f.Value = p.today.messages
		f.Usual, f.Limit, ok = j.limit(p, func(s daySum) int64 { return s.messages }, j.thresholds.Messages, p.messages)
		return ok && f.Value >= f.Limit && f.weigh(excess(f.Value, max(f.Limit, 2*p.messages)))
	}},
	{ManyRecipients, func(j *judge, _ uint32, p *past, f *finding) (ok bool) {
		f.Value = p.today.recipients
		f.Usual, f.Limit, ok = j.limit(p, func(s daySum) int64 { return s.recipients }, j.thresholds.Recipients, p.recipients)
		return ok && f.Value >= f.Limit && f.weigh(excess(f.Value, max(f.Limit, 2*p.recipients)))
	}},
	{ManyNetworks, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value, f.Usual, f.Limit = int64(p.today.networks), int64(p.networks), int64(max(j.thresholds.Networks, int(p.networks)+2))
		j.name(f, g, &j.nets, j.networkName)
		return j.settled(p) && f.Value >= f.Limit && p.today.newNetworks >= 2 && f.weigh(3)
	}},
	{ManySenders, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value, f.Usual, f.Limit = int64(p.today.newSenders), int64(p.senders), int64(max(j.thresholds.Senders, int(p.senders)+1))
		j.name(f, g, &j.senderPairs, func(c *client) string { return j.texts.at(c.sender) })
		return j.settled(p) && f.Value >= f.Limit && f.weigh(3)
	}},
	{DormantAccount, func(j *judge, g uint32, p *past, f *finding) bool {
		if p.known == 0 || int(p.today.day-p.last) <= j.thresholds.Dormant {
			return false
		}
		f.Value, f.Usual, f.Limit = p.today.messages, int64(p.today.day-p.last)-1, int64(j.thresholds.Dormant)
		return f.weigh(1.5 + 1.5*boolean(p.today.messages >= 20))
	}},
	{TLSDowngrade, func(j *judge, _ uint32, p *past, f *finding) bool {
		f.Value = p.today.weak
		for _, version := range authreport.TLSVersions() {
			if p.today.downgraded[version] > 0 {
				f.Names = append(f.Names, version.String())
			}
		}
		return j.settled(p) && !p.weak && f.Value > 0 && f.weigh(1.5+1.5*boolean(f.Value >= 3))
	}},
	{NewMechanism, newMechanism},
	{NightHours, func(j *judge, _ uint32, p *past, f *finding) bool {
		f.Value, f.Limit = p.today.night, int64(j.thresholds.Night)
		for h := 23; h >= 0; h-- {
			if p.today.hours&(1<<h) != 0 {
				f.Hour = h
			}
		}
		return j.settled(p) && p.nights == 0 && f.Value >= f.Limit && f.weigh(1+2*boolean(f.Value >= 3*f.Limit))
	}},
	{NewNetwork, func(j *judge, g uint32, p *past, f *finding) bool {
		f.Value = p.today.onNewNetwork
		j.name(f, g, &j.nets, j.networkName)
		return j.settled(p) && p.today.newNetworks > 0 && f.weigh(1)
	}},
	{NewAccount, func(j *judge, _ uint32, p *past, f *finding) bool {
		f.Value, f.Limit = p.today.messages, int64(j.thresholds.NewAccount)
		many := f.Value >= f.Limit || p.today.recipients >= 2*f.Limit
		if p.known > 0 && (f.First-p.first >= firstDays || !many) {
			return false
		}
		return f.weigh(1 + 2*boolean(many))
	}},
}

// weigh sets the weight.
func (f *finding) weigh(weight float64) bool {
	f.weight = weight
	return true
}

// excess is how much a value weighs that is over its limit: an alarm where it is over what makes one, too.
func excess(value, alarm int64) float64 { return 1.5 + 1.5*boolean(value >= alarm) }

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// afterFailures looks for a client address that is new to the account and succeeds after attempts on the account, or from that address, have failed on the same day.
func afterFailures(j *judge, g uint32, p *past, f *finding) bool {
	if p.today.freshest == 0 || p.known == 0 {
		return false
	}
	address := j.clients[p.today.freshest-1].ip
	last := -1
	for h := range 24 {
		if p.today.freshHours&(1<<h) != 0 {
			last = h
		}
	}
	for _, failed := range []failedBefore{j.failedAccounts[failureKey{f.First, g}], j.failedAddresses[failureKey{f.First, address}]} {
		if failed.attempts > f.Value && failed.first <= last {
			f.Value = failed.attempts
		}
	}
	f.Limit = int64(j.thresholds.Failures)
	j.name(f, g, &j.addresses, func(c *client) string {
		if ip := j.names.addresses[c.ip]; ip.IsValid() {
			return ip.String()
		}
		return ""
	})
	return f.Value >= f.Limit && f.weigh(3)
}

// newMechanism weighs a mechanism that asks for the password itself more, of an account that had none such.
func newMechanism(j *judge, g uint32, p *past, f *finding) bool {
	if !j.settled(p) || p.today.newMechanisms == 0 {
		return false
	}
	f.Value = p.today.withNewMechanism
	j.name(f, g, &j.mechanismPairs, func(c *client) string { return j.texts.at(c.mechanism) })
	weaker := false
	strong := true // all that it had used before
	for _, n := range j.accounts.of(g) {
		c := &j.clients[n]
		switch {
		case j.mechanismPairs.isNew(n, f.First):
			weaker = weaker || c.kind == basicMechanism
		case j.mechanismPairs.first[j.mechanismPairs.of[n]] != j.never && c.kind == basicMechanism:
			strong = false
		}
	}
	return f.weigh(1.5 + 1.5*boolean(weaker && strong))
}
