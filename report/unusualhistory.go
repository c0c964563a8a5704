package report

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"authreport"
)

// baselineDays is how far back the days reach that a day's volume is compared with.
const baselineDays = 28

// monthDays is how far back the days reach whose recipients and hours are known, if the report reads so many in any case: what is sent each month has been sent before.
const monthDays = 35

// pairs is what the accounts judged at a time have been seen with, one for each account and network, sender or mechanism: since when.
type pairs struct {
	of    []uint32 // by client, as judge.place numbers them
	first []authreport.Day
}

// newPairs gives the clients of an account that have the same value one pair, of accounts from one group on and before another.
func (d *data) newPairs(from, to uint32, never authreport.Day, value func(c *client) uint32) pairs {
	base := d.accounts.starts[from]
	p := pairs{of: make([]uint32, d.accounts.starts[to]-base)}
	var values []uint32
	for g := from; g < to; g++ {
		start, clients := len(p.first), d.accounts.of(g)
		values = values[:0]
		for _, n := range clients {
			values = append(values, value(&d.clients[n]))
		}
		slices.Sort(values)
		values = slices.Compact(values)
		of := p.of[d.accounts.starts[g]-base:]
		for i, n := range clients {
			place, _ := slices.BinarySearch(values, value(&d.clients[n]))
			of[i] = uint32(start + place)
		}
		for range values {
			p.first = append(p.first, never)
		}
	}
	return p
}

// see notes a client on a day; fresh says that its pair is new on this day, once that it is seen for the first time.
func (p *pairs) see(place uint32, day, never authreport.Day) (fresh, once bool) {
	first := &p.first[p.of[place]]
	if once = *first == never; once {
		*first = day
	}
	return *first == day, once
}

// past is what is known of an account before a day, and what it did on that day.
type past struct {
	first, last          authreport.Day // with a submission; never if there was none
	known                int32          // days with one
	silence              int32          // longest, in days
	messages, recipients int64          // most on a day
	networks             int32          // all that it has used
	strange, newSenders  int32          // most on a day
	roamed               int32          // days with a strange network, since it has habits
	timed, nights        int32          // days whose hours are known; those of them with an hour of the night
	weak                 bool           // it has used legacy TLS or none
	passed               bool           // it is not judged: nobody's habits, all that the server did not name; and authreport's own
	ring                 *ring
	today                today
}

// daySum is how much an account submitted on a day.
type daySum struct {
	day                  authreport.Day
	messages, recipients int64
}

// ring is how much an account submitted on each of the baselineDays up to its last day, by slot; no more than 2^32-1, which is unusual in any case.
type ring [baselineDays]struct{ messages, recipients uint32 }

// put notes a day, the first after last on which the account submitted.
func (r *ring) put(last authreport.Day, s daySum) {
	for d := max(last+1, s.day-baselineDays); d < s.day; d++ {
		r[slot(d)].messages, r[slot(d)].recipients = 0, 0
	}
	r[slot(s.day)].messages, r[slot(s.day)].recipients = uint32(min(s.messages, math.MaxUint32)), uint32(min(s.recipients, math.MaxUint32))
}

// today is what an account did on the day that is judged.
type today struct {
	daySum
	onStrange        int64            // messages from strange networks
	withNewMechanism int64            // messages
	weak             int64            // messages over legacy TLS or none
	newNetworks      int32            // new to it
	strange          int32            // those of them that are not shared
	newSenders       int32            // new to it
	newMechanisms    int32            // new to it
	night            float32          // messages at night, as far as clients' hours tell
	hours            authreport.Hours // of the night, all clients
	strangeHours     authreport.Hours // of clients on strange networks
	newHours         authreport.Hours // of clients with an address that is new to it
	newAddress       bool             // there is one
	timed            bool             // its hours are known
	downgraded       uint8            // set of weak TLS versions
}

// add adds a count of one of the account's clients. Of its messages, so many are taken to be of the night as its hours are.
func (t *today) add(w *way, count dayCount, night authreport.Hours) {
	t.messages += count.messages
	t.recipients += count.recipients
	t.timed = t.timed || count.hours != 0
	if count.hours&night != 0 {
		t.hours |= count.hours & night
		t.night += float32(count.messages) * float32(bits.OnesCount32(uint32(count.hours&night))) / float32(bits.OnesCount32(uint32(count.hours)))
	}
	if weak(w.tls) {
		t.weak += count.messages
		t.downgraded |= 1 << w.tls
	}
}

// weak says whether a version is a downgrade from TLS1.2 and later.
func weak(version authreport.TLS) bool { return version.Legacy() || version == authreport.TLSNone }

// slot is a day's place in a ring. Days before 1970 are negative.
func slot(day authreport.Day) int { return ((int(day) % baselineDays) + baselineDays) % baselineDays }

// weekend says whether a day is compared with the days of weekends.
func weekend(day authreport.Day) bool {
	w := day.Weekday()
	return w == time.Saturday || w == time.Sunday
}

// baseline gives the median of the days before day that are like it, over baselineDays, and how far such days lie from it: the median absolute deviation, made
// comparable with a standard deviation (1.4826 of it, if days are spread normally), but at least as much as chance makes of counts.
// ok is false if there are too few days to tell.
func (p *past) baseline(day authreport.Day, value func(daySum) int64, scratch []int64) (median, spread float64, ok bool) {
	values := scratch[:0]
	for d := max(day-baselineDays, p.first); d < day; d++ {
		if weekend(d) != weekend(day) {
			continue
		}
		var v int64
		if d <= p.last {
			s := p.ring[slot(d)]
			v = value(daySum{d, int64(s.messages), int64(s.recipients)})
		}
		values = append(values, v)
	}
	if len(values) < 3 {
		return 0, 0, false
	}
	median = middle(values)
	for i, v := range values {
		values[i] = max(v-int64(median), int64(median)-v)
	}
	return median, max(1.4826*middle(values), 1+0.2*median), true
}

// middle gives the median of values, which it sorts.
func middle(values []int64) float64 {
	slices.Sort(values)
	n := len(values)
	return float64(values[(n-1)/2]+values[n/2]) / 2
}

// network gives the network of an address: /24 of IPv4, /48 of IPv6; the zero Prefix for the unknown address.
func network(ip netip.Addr) netip.Prefix {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// networkUse is the networks of the clients, and from when on each tells nothing of one of its accounts, because many use it: an office, a mobile network.
type networkUse struct {
	of     []uint32         // network by address number
	shared []authreport.Day // by network: the first day on which it is; always for the unknown one
}

// sharedLeast and sharedPart: a network is shared by at least so many accounts, and by at least one in so many of all that the report knows.
const sharedLeast, sharedPart = 5, 400

// The shared days of networks that always were, and that never will be.
const alwaysShared, neverShared = math.MinInt32, math.MaxInt32

// networkUse numbers the networks of the addresses, which are sorted, so that those of a network stand together, and finds out when each is shared.
func (d *data) networkUse(never authreport.Day, last authreport.Day) networkUse {
	u := networkUse{of: make([]uint32, d.names.addresses.count())}
	var before netip.Prefix
	for i := range u.of {
		prefix := network(d.names.addresses.at(uint32(i)))
		if i == 0 || prefix != before {
			since := authreport.Day(neverShared)
			if !prefix.IsValid() {
				since = alwaysShared
			}
			u.shared = append(u.shared, since)
		}
		before = prefix
		u.of[i] = uint32(len(u.shared) - 1)
	}
	all := uint32(d.accounts.count())
	most := max(sharedLeast, all/sharedPart)
	pairs := d.newPairs(0, all, never, func(c *client) uint32 { return u.of[c.ip] })
	accounts := make([]uint32, len(u.shared))
	for day := range (authreport.Range{First: never + 1, Last: last}).All() {
		for n := range d.day(day) {
			if _, once := pairs.see(d.placeOf[n], day, never); once {
				network := u.of[d.clients[n].ip]
				if accounts[network]++; accounts[network] == most {
					u.shared[network] = min(u.shared[network], day)
				}
			}
		}
	}
	return u
}

// strange says whether client c's network is known and few accounts use it, up to a day.
func (u *networkUse) strange(c *client, day authreport.Day) bool { return day < u.shared[u.of[c.ip]] }

// arrival is a count of a client whose network is new to its account.
type arrival struct {
	client   uint32
	account  uint32
	hours    authreport.Hours
	once     bool // the first such count of account and network
	messages int64
}

// failedBefore is failed attempts of one day, by account or by client address.
type failedBefore struct {
	attempts int64
	first    int // hour
}

// failureKey is a day and a number: of a group of accounts, or of an address.
type failureKey struct {
	day    authreport.Day
	number uint32
}

// noteFailure keeps what the judge needs of failed attempts in the range.
func noteFailure(in map[failureKey]failedBefore, key failureKey, f authreport.FailureCount) {
	first := 23
	for h := range 24 {
		if f.Hours&(1<<h) != 0 {
			first = h
			break
		}
	}
	sum, known := in[key]
	if known {
		first = min(first, sum.first)
	}
	in[key] = failedBefore{sum.attempts + f.Attempts, first}
}
