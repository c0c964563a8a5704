package simulate

import (
	"net/netip"

	"authreport"
)

// places is from where a person sends on a day.
type places struct {
	work, evening, phone netip.Addr
	shift                int          // hours
	ride                 []netip.Addr // from one public place to the next
}

// day is a day of a person.
func (a *account) day(w *world, day authreport.Day) {
	d, p := a.d, &a.plans
	a.home.pass(d)
	if day == p.moves {
		a.home = newHome(d)
	}
	where := a.places(w, day)
	messages := d.count(a.load(w, day) * d.spread(0.5))
	if p.away(day) {
		messages = 0
		if d.chance(0.04) { // a few lines from the beach
			where.work, where.evening, where.phone = abroad(d, a.host%20), abroad(d, a.host%20), abroad(d, a.host%20)
			messages = d.between(1, 3)
		}
	}
	for range messages {
		hours := a.hours
		if d.chance(a.evening) {
			hours = eveningHours
		}
		a.message(w, day, where, d.hour(hours), a.recipients())
	}
	if n := p.circles[day]; n > 0 && messages > 0 {
		a.message(w, day, where, d.hour(a.hours), n)
	}
	a.night(w, day, where)
	a.changePassword(w, day, where)
}

// load is how many messages are to be expected.
func (a *account) load(w *world, day authreport.Day) float64 {
	load := a.rate
	if w.free(day) || !a.workdays[day.Weekday()] {
		load *= a.weekend
	}
	if a.plans.busy.Contains(day) {
		load *= a.plans.busier
	}
	if a.plans.term {
		switch {
		case day < w.term-14:
			load *= 0.5
		case day >= w.term && day < w.term+14:
			load *= 2.5
		}
	}
	return load
}

func (a *account) places(w *world, day authreport.Day) places {
	d := a.d
	at := places{work: w.office(a.building, day, a.host), evening: a.home.now}
	if w.free(day) || d.chance(a.outside) {
		at.work = a.home.now
	}
	if d.chance(a.roams) {
		at.work = publicPlace(d)
	}
	if t := a.plans.travels(day); t != nil {
		at.shift = t.shift
		at.work, at.evening = abroad(d, t.country), abroad(newDice(uint64(t.country), uint64(t.First)), t.country)
	}
	at.phone = mobile(d, a.carrier)
	if a.roams > 0.1 && d.chance(0.1) {
		for range d.between(2, 5) {
			at.ride = append(at.ride, publicPlace(d))
		}
	}
	return at
}

// message is one message of a person.
func (a *account) message(w *world, day authreport.Day, at places, hour, recipients int) {
	d := a.d
	used := a.device(day)
	address := at.work
	if hour < 7 || hour > 18 {
		address = at.evening
	}
	if used.phone {
		switch {
		case d.chance(0.25): // elsewhere meanwhile
			address = mobile(d, a.carrier)
		case d.chance(0.4):
			address = at.phone
		}
	}
	if len(at.ride) > 0 {
		address = pick(d, at.ride...)
	}
	client := authreport.Client{IP: address, TLS: used.tls, Cipher: used.cipher, Mechanism: used.mechanism}
	for _, name := range a.names {
		if name.days.Contains(day) && d.chance(name.share) {
			client.Sender = name.address
			break
		}
	}
	w.submit(a, day, client, 1, recipients, 1<<((hour+at.shift+24)%24))
}

// device is the one that a message leaves from.
func (a *account) device(day authreport.Day) *device {
	var sum float64
	for _, one := range a.devices {
		if one.days.Contains(day) {
			sum += one.share
		}
	}
	sum *= a.d.Float64()
	for _, one := range a.devices {
		if one.days.Contains(day) {
			if sum -= one.share; sum <= 0 {
				return one
			}
		}
	}
	return a.devices[0]
}

// recipients is to how many a message goes.
func (a *account) recipients() int {
	switch {
	case a.d.chance(a.lists):
		return a.d.about(40, 0.7)
	case a.d.chance(0.03):
		return a.d.between(4, 25)
	}
	return 1 + a.d.count(a.wide)
}

// night is what leaves at night: before a deadline, on call, or without a reason.
func (a *account) night(w *world, day authreport.Day, at places) {
	d := a.d
	at.work, at.evening = a.home.now, a.home.now
	n := a.plans.late[day]
	if a.plans.onCall > 0 && int(day)/7%a.plans.onCall == 0 && d.chance(0.3) {
		n += d.about(3, 0.8)
	}
	if a.evening > 0.08 && d.chance(0.01) {
		n++
	}
	for range n {
		a.message(w, day, at, d.hour(nightHours), a.recipients())
	}
}

// changePassword is a new password, typed wrongly at first, and at times not told to the phone, which goes on with the old one for days.
func (a *account) changePassword(w *world, day authreport.Day, at places) {
	d, p := a.d, &a.plans
	if d.chance(0.004) { // a slip of the fingers
		w.ledger.fail(day, a.name, pick(d, at.work, at.phone, at.evening), d.between(1, 4), d.hours(a.hours, 1))
	}
	if p.reset < w.days.First || day < p.reset {
		return
	}
	if day == p.reset {
		w.ledger.fail(day, a.name, at.work, d.between(1, 8), 1<<d.between(7, 10))
	}
	if p.forgets && day <= p.reset+2 {
		hours := d.hours(workHours, 8)
		w.ledger.fail(day, a.name, at.phone, d.about(60, 1), hours)
		w.ledger.fail(day, a.name, a.home.now, d.about(40, 1), d.hours(eveningHours, 3))
	}
}
