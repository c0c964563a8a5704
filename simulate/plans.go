package simulate

import (
	"fmt"

	"authreport"
)

// plans is what happens to a person in these days.
type plans struct {
	absent  []authreport.Range // on holiday, ill
	trips   []trip
	busy    authreport.Range // weeks before a deadline
	busier  float64
	late    map[authreport.Day]int // messages at night
	moves   authreport.Day         // to another home
	circles map[authreport.Day]int // recipients of an invitation, a farewell
	reset   authreport.Day         // the password is changed
	forgets bool                   // and a device goes on with the old one
	term    bool                   // a student
	onCall  int                    // every how many weeks a week on call
}

// trip is a stay in another country.
type trip struct {
	authreport.Range
	country, shift int // shift: hours
}

// plan draws what happens. Days outside the simulated ones stand for never.
func (a *account) plan(w *world) {
	d, p, never := a.d, &a.plans, w.days.First-1
	p.late, p.circles, p.busy, p.moves, p.reset = map[authreport.Day]int{}, map[authreport.Day]int{}, authreport.Range{First: never, Last: never - 1}, never, never
	if d.chance(0.7) {
		p.absent = append(p.absent, d.span(w.days, 5, 25))
	}
	if d.chance(0.03) {
		p.absent = append(p.absent, d.span(w.days, 32, 65))
	}
	for d.chance(0.1) {
		p.trips = append(p.trips, trip{d.span(w.days, 2, 14), d.IntN(20), d.between(-9, 9)})
	}
	if d.chance(0.2) {
		p.busy, p.busier = d.span(w.days, 3, 12), 1.5+3*d.Float64()
	}
	if d.chance(0.06) {
		for range d.between(1, 4) {
			p.late[d.day(w.days)] = d.about(3, 0.8)
		}
	}
	if d.chance(0.05) {
		p.moves = d.day(w.days)
	}
	if d.chance(0.04) {
		p.circles[d.day(w.days)] = d.about(70, 0.8)
	}
	if d.chance(0.25) {
		p.reset, p.forgets = d.day(w.days), d.chance(0.15)
	}
	a.buys(w)
}

// buys draws what changes of the devices.
func (a *account) buys(w *world) {
	d := a.d
	replace := func(old *device, by software, from authreport.Day) {
		fresh := *old
		fresh.software, fresh.days.First, old.days.Last = by, from, from-1
		a.devices = append(a.devices, &fresh)
	}
	oauth := a.devices[0].mechanism == "XOAUTH2"
	for _, old := range a.devices[:min(2, len(a.devices))] {
		switch {
		case d.chance(0.06) && old.phone:
			replace(old, phoneProgram(d, oauth), d.day(w.days))
		case d.chance(0.05):
			replace(old, program(d, oauth), d.day(w.days))
		case !oauth && d.chance(0.1):
			replace(old, software{old.tls, old.cipher, "XOAUTH2"}, w.migration+authreport.Day(d.IntN(5)))
		}
	}
	if d.chance(0.01) { // a first phone
		a.devices = append(a.devices, &device{software: phoneProgram(d, oauth), phone: true, share: 0.5, days: authreport.Range{First: d.day(w.days), Last: w.days.Last}})
	}
	if d.chance(0.03) { // a new name, a new role
		a.names = append(a.names, identity{fmt.Sprintf("role.%d@%s", d.IntN(1e6), domain), 0.5, authreport.Range{First: d.day(w.days), Last: w.days.Last}})
	}
	if d.chance(0.004) { // somebody who tries out what he is building, under many names
		from := d.day(w.days)
		for i := range d.between(3, 12) {
			a.names = append(a.names, identity{fmt.Sprintf("test%d@%s", i, domain), 0.3, authreport.Range{First: from, Last: from + 3}})
		}
	}
}

func (p *plans) away(day authreport.Day) bool {
	for _, days := range p.absent {
		if days.Contains(day) {
			return true
		}
	}
	return false
}

func (p *plans) travels(day authreport.Day) *trip {
	for i := range p.trips {
		if p.trips[i].Contains(day) {
			return &p.trips[i]
		}
	}
	return nil
}
