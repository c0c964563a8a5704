package simulate

import (
	"fmt"
	"net/netip"

	"authreport"
	"authreport/report"
)

// crew is intruders who share a network.
type crew struct{ home netip.Addr }

func (c crew) address(d dice) netip.Addr {
	if !c.home.Is4() {
		return c.home
	}
	b := c.home.As4()
	b[3] = byte(1 + d.IntN(254))
	return netip.AddrFrom4(b)
}

// intensity is how much an intruder dares.
type intensity int

const (
	quiet intensity = iota
	middling
	loud
)

// breakIn is an incident while it is made up.
type breakIn struct {
	w         *world
	d         dice
	a         *account
	day       authreport.Day
	days      int // how long it goes on before somebody changes the password
	intensity intensity
	story     string
}

// amount is a number by intensity, about the middle one of three.
func (b *breakIn) amount(quiet, middling, loud float64) int {
	return b.d.about([]float64{quiet, middling, loud}[b.intensity], 0.35)
}

// from is an address that the intruder has: his own, now and then that of a crew that has been here before.
func (b *breakIn) from() netip.Addr {
	if b.d.chance(0.15) {
		return pick(b.d, b.w.gangs...).address(b.d)
	}
	return crook(b.d)
}

// tool is what the intruder sends with.
func (b *breakIn) tool() authreport.Client {
	d := b.d
	c := authreport.Client{IP: b.from(), TLS: authreport.TLS13, Cipher: aes256, Mechanism: pick(d, "LOGIN", "LOGIN", "PLAIN")}
	switch {
	case d.chance(0.05):
		c.TLS, c.Cipher = authreport.TLS10, cbc
	case d.chance(0.03):
		c.TLS, c.Cipher = authreport.TLSNone, ""
	case d.chance(0.5):
		c.TLS, c.Cipher = authreport.TLS12, ecdhe
	}
	return c
}

// inside is the owner's own machine, where something has moved in.
func (b *breakIn) inside() authreport.Client {
	if c, known := b.w.ledger.lately(b.a.name, b.day); known {
		return authreport.Client{Sender: c.Sender, IP: c.IP, TLS: c.TLS, Cipher: c.Cipher, Mechanism: c.Mechanism}
	}
	return b.tool()
}

// either is the owner's machine in a part of the cases.
func (b *breakIn) either(inside float64) authreport.Client {
	if b.d.chance(inside) {
		b.story += ", from the owner's own machine"
		return b.inside()
	}
	return b.tool()
}

// send counts messages on one of the incident's days, 0 being the first.
func (b *breakIn) send(day int, c authreport.Client, messages, recipients int, hours authreport.Hours) {
	b.w.submit(b.a, b.day+authreport.Day(day), c, messages, recipients, hours)
}

// schemes are what intruders do, by the sign that it leaves most of all.
var schemes = map[report.UnusualKind]func(b *breakIn){
	report.AfterFailures: guessed, report.UnusualVolume: spam, report.ManyRecipients: blast, report.ManyNetworks: botnet, report.ManySenders: masks,
	report.DormantAccount: awake, report.TLSDowngrade: downgraded, report.NewMechanism: password, report.NightHours: atNight, report.NewNetwork: beside, report.NewAccount: invented,
}

// breakIn makes up the incidents.
func (w *world) breakIn(incidents int) {
	kinds := report.UnusualKinds()
	for i := range incidents {
		kind := kinds[i%len(kinds)]
		d := newDice(w.settings.Seed, 1<<41+uint64(i))
		b := &breakIn{w: w, d: d, intensity: pick(d, quiet, quiet, quiet, middling, middling, middling, middling, loud, loud, loud), days: d.between(1, 6)}
		for tries := 0; b.a == nil && tries < 50; tries++ { // nobody is silent long enough in the first weeks
			b.day = w.days.First + authreport.Day(d.between(settled, Days-2))
			b.a = w.victim(b, kind)
		}
		if b.a == nil {
			continue
		}
		b.a.struck = true
		schemes[kind](b)
		last := min(w.days.Last, b.day+authreport.Day(b.days)-1)
		w.incidents = append(w.incidents, Incident{Kind: kind, Account: b.a.name, First: b.day, Last: last, Story: b.story})
	}
}

// victim draws whom it strikes: whoever has mailed in the month before; for some schemes, whoever fits.
func (w *world) victim(b *breakIn, kind report.UnusualKind) *account {
	if kind == report.NewAccount {
		a := &account{name: fmt.Sprintf("%s%d@%s", pick(b.d, "svc-mail", "helpdesk", "backup", "m.jansen"), b.d.IntN(1e6), domain), d: b.d}
		w.accounts = append(w.accounts, a)
		return a
	}
	fits := func(a *account) bool {
		if a.struck || a.left < a.joined || len(a.active) == 0 {
			return false
		}
		silence := 0
		before := 0
		for _, day := range a.active {
			if day < b.day {
				silence = int(b.day - day)
				before++
			}
		}
		switch kind {
		case report.DormantAccount:
			return before > 0 && silence > 32 && !a.machine
		case report.TLSDowngrade:
			c, _ := b.w.ledger.lately(a.name, b.day)
			return before > 5 && silence < 30 && c.TLS >= authreport.TLS12
		case report.NewMechanism:
			return before > 5 && silence < 30 && a.modern(b.d)
		case report.NightHours:
			return before > 5 && silence < 30 && a.hours == workHours && a.plans.onCall == 0
		}
		return before > 0 && silence < 30 && (!a.machine || b.d.chance(0.3))
	}
	for range 4000 {
		if a := pick(b.d, w.accounts...); fits(a) {
			return a
		}
	}
	return nil
}

// modern says whether an account logs in without telling its password; a few of those that do are taken as well.
func (a *account) modern(d dice) bool {
	if len(a.devices) == 0 {
		return false
	}
	for _, one := range a.devices {
		if one.mechanism != "XOAUTH2" {
			return one.mechanism == "LOGIN" && len(a.devices) == 1 && d.chance(0.1)
		}
	}
	return true
}
