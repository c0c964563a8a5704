package simulate

import (
	"fmt"

	"authreport"
)

// knockAtDoors is the background of the internet: guesses of passwords that never succeed. Names that exist are among those tried, some of them every day for weeks.
func (w *world) knockAtDoors() {
	d := newDice(w.settings.Seed, 1<<40)
	var known []*account
	for _, a := range w.accounts {
		if d.chance(0.02) {
			known = append(known, a)
		}
	}
	for day := w.days.First; day <= w.days.Last; day++ {
		for range d.between(15, 40) { // lone guessers of names that everybody has
			ip := crook(d)
			for _, name := range []string{"admin", "info", "test", "scanner", "postmaster@" + domain, fmt.Sprintf("user%d", d.IntN(999))} {
				if d.chance(0.5) {
					w.ledger.fail(day, name, ip, d.about(40, 1), d.hours(anyHours, 12))
				}
			}
		}
		for range d.between(1, 4) { // guessers of one account, from one address or from many
			w.guess(d, pick(d, w.accounts...), day, d.about(60, 1), pick(d, 1, 1, 5, 30))
		}
		for _, a := range known {
			if d.chance(0.5) {
				w.guess(d, a, day, d.about(25, 1), pick(d, 1, 4, 15))
			}
		}
		if d.chance(0.1) { // one password tried on everybody
			crews := []crew{{crook(d)}, {crook(d)}, {crook(d)}, {crook(d)}}
			for _, a := range w.accounts {
				if d.chance(0.3) {
					w.ledger.fail(day, a.name, pick(d, crews...).address(d), d.between(1, 3), d.hours(anyHours, 2))
				}
			}
		}
	}
}

// guess is attempts on one account within some hours.
func (w *world) guess(d dice, a *account, day authreport.Day, attempts, addresses int) {
	for range addresses {
		w.ledger.fail(day, a.name, crook(d), 1+attempts/addresses, d.hours(anyHours, 6))
	}
}
