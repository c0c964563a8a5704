package simulate

import (
	"fmt"

	"authreport"
)

// habits is how a person mails.
type habits struct {
	rate     float64    // messages on a working day
	weekend  float64    // the part of it on a free day
	workdays [7]bool    // on which the person works; all, but for part-timers
	hours    string     // at work
	evening  float64    // part of the messages that leave in the evening
	outside  float64    // part of the working days at home
	roams    float64    // part of the days on which a public network is used
	lists    float64    // part of the messages that go to a whole list
	wide     float64    // recipients of a message beyond the first, on average
	devices  []*device  // in use
	names    []identity // sender addresses besides the account's own
	home     *home
	building int
	host     int
	carrier  int
	plans    plans
}

// device is a mail program on something.
type device struct {
	software
	phone bool
	share float64 // weight among the devices
	days  authreport.Range
}

// software is what the server sees of a mail program.
type software struct {
	tls               authreport.TLS
	cipher, mechanism string
}

// identity is a sender address that a person uses now and then.
type identity struct {
	address string
	share   float64
	days    authreport.Range
}

const (
	aes128 = "TLS_AES_128_GCM_SHA256"
	aes256 = "TLS_AES_256_GCM_SHA384"
	chacha = "TLS_CHACHA20_POLY1305_SHA256"
	ecdhe  = "ECDHE-RSA-AES256-GCM-SHA384"
	cbc    = "ECDHE-RSA-AES256-SHA"
)

// program is a mail program for a computer.
func program(d dice, oauth bool) software {
	mechanism := pick(d, "PLAIN", "LOGIN", "LOGIN")
	if oauth {
		mechanism = "XOAUTH2"
	}
	if d.chance(0.3) {
		return software{authreport.TLS12, ecdhe, mechanism}
	}
	return software{authreport.TLS13, aes256, mechanism}
}

// phoneProgram is one for a phone; some know no OAuth.
func phoneProgram(d dice, oauth bool) software {
	mechanism := "PLAIN"
	if oauth && d.chance(0.9) {
		mechanism = "XOAUTH2"
	}
	return software{authreport.TLS13, pick(d, aes128, chacha), mechanism}
}

// person makes the account a person's who has a computer and perhaps a phone.
func person(w *world, a *account, rate float64) {
	d := a.d
	a.live = (*account).day
	a.habits = habits{
		rate: rate * d.spread(0.8), weekend: 0.05 * d.spread(0.8), workdays: [7]bool{true, true, true, true, true, true, true}, hours: workHours,
		home: newHome(d), building: d.IntN(4), host: d.IntN(1000), carrier: d.IntN(4), wide: 0.5 * d.spread(0.5), roams: 0.01 * d.spread(1), outside: pick(d, 0, 0, 0.2, 0.4, 0.6),
	}
	if d.chance(0.4) {
		a.evening = 0.15 * d.Float64()
	}
	if d.chance(0.06) {
		a.lists = 0.02
	}
	oauth := d.chance(0.5)
	a.devices = append(a.devices, &device{software: program(d, oauth), share: 1, days: w.days})
	if d.chance(0.6) {
		a.devices = append(a.devices, &device{software: phoneProgram(d, oauth), phone: true, share: 0.4 * d.spread(0.7), days: w.days})
	}
	if d.chance(0.01) { // the old tablet in the drawer
		a.devices = append(a.devices, &device{software: software{authreport.TLS10, cbc, "LOGIN"}, share: pick(d, 0.003, 0.02), days: w.days})
	}
	if d.chance(0.08) {
		a.names = append(a.names, identity{fmt.Sprintf("alias.%d@%s", d.IntN(1e6), domain), 0.1 * d.spread(1), w.days})
	}
	a.plan(w)
}

func officeWorker(w *world, a *account) { person(w, a, 9) }

func partTimer(w *world, a *account) {
	person(w, a, 7)
	for i := range a.workdays {
		a.workdays[i] = a.d.chance(0.55)
	}
	a.workdays[a.d.between(1, 5)] = true
}

// light is somebody who hardly mails.
func light(w *world, a *account) { person(w, a, 0.4) }

// field is somebody on the road.
func field(w *world, a *account) {
	person(w, a, 8)
	a.roams, a.outside, a.evening = 0.3+0.4*a.d.Float64(), 0.5, 0.25
	a.devices = append(a.devices, &device{software: phoneProgram(a.d, a.devices[0].mechanism == "XOAUTH2"), phone: true, share: 1.5, days: w.days})
}

// student is somebody who mails when a term begins, late, and from home.
func student(w *world, a *account) {
	person(w, a, 1.6)
	a.hours, a.weekend, a.outside, a.plans.term = studentHours, 0.6, 0.6, true
	if a.joined > w.days.First || a.d.chance(0.15) { // the new year
		a.joined = min(w.days.Last, w.term+authreport.Day(a.d.IntN(10)))
	}
}

// onCall is somebody whom machines wake.
func onCall(w *world, a *account) {
	person(w, a, 10)
	a.plans.onCall = a.d.between(2, 5)
}

// team is a mailbox that several people use, under its name and their own.
func team(w *world, a *account) {
	person(w, a, 25)
	a.evening, a.outside = 0.05, 0.4
	for range a.d.between(1, 4) {
		a.devices = append(a.devices, &device{software: program(a.d, a.d.chance(0.4)), share: 1, days: w.days})
	}
	for i := range a.d.between(1, 6) {
		days := w.days
		if a.d.chance(0.2) { // a colleague who joins
			days.First = a.d.day(w.days)
		}
		a.names = append(a.names, identity{fmt.Sprintf("colleague.%d.%d@%s", i, a.d.IntN(1e6), domain), 0.25 * a.d.spread(1), days})
	}
}

// ended is somebody, or a project, whose mail ends in the first weeks while the account stays.
func ended(w *world, a *account) {
	person(w, a, 5)
	a.joined = w.days.First
	a.left = w.days.First + authreport.Day(a.d.between(5, 35))
}
