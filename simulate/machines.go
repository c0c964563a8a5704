package simulate

import (
	"fmt"
	"net/netip"
	"time"

	"authreport"
)

// machine makes the account a machine's, with a place in the machine room.
func machine(w *world, a *account, live func(w *world, a *account, c authreport.Client, day authreport.Day)) {
	d := a.d
	a.machine = true
	w.machines++
	place := server(w.machines)
	moves, moved := w.days.Last+1, server(w.machines+20_000)
	if d.chance(0.06) {
		moves = d.day(w.days)
	}
	client := authreport.Client{TLS: authreport.TLS12, Cipher: ecdhe, Mechanism: pick(d, "PLAIN", "LOGIN")}
	if d.chance(0.4) {
		client.TLS, client.Cipher = authreport.TLS13, aes256
	}
	hosted, region := d.chance(0.1), d.IntN(4)
	a.live = func(a *account, w *world, day authreport.Day) {
		c := client
		c.IP = place
		switch {
		case hosted:
			c.IP = cloud(d, region)
		case day >= moves:
			c.IP = moved
		}
		live(w, a, c, day)
	}
}

// printer scans to mail on working days. Some know only old TLS or none; a few get a new firmware that knows better.
func printer(w *world, a *account) {
	d := a.d
	rate := 6 * d.spread(1)
	old := software{authreport.TLS12, ecdhe, pick(d, "PLAIN", "LOGIN")}
	switch {
	case d.chance(0.2):
		old.tls, old.cipher = authreport.TLS10, cbc
	case d.chance(0.15):
		old.tls, old.cipher = authreport.TLSNone, ""
	}
	upgrade := w.days.Last + 1
	if d.chance(0.06) {
		upgrade = d.day(w.days)
	}
	building, host := d.IntN(4), byte(10+d.IntN(200))
	a.machine = true
	a.live = func(a *account, w *world, day authreport.Day) {
		if w.free(day) && !d.chance(0.03) {
			return
		}
		c := authreport.Client{TLS: old.tls, Cipher: old.cipher, Mechanism: old.mechanism, IP: netip.AddrFrom4([4]byte{10, 2, byte(building), host})}
		if day >= upgrade {
			c.TLS, c.Cipher = authreport.TLS12, ecdhe
		}
		n := d.count(rate * d.spread(0.6))
		w.submit(a, day, c, n, n, d.hours(workHours, n))
	}
}

// monitor tells of faults; when something large breaks, of very many.
func monitor(w *world, a *account) {
	d := a.d
	rate := 8 * d.spread(1)
	machine(w, a, func(w *world, a *account, c authreport.Client, day authreport.Day) {
		n := d.count(rate * d.spread(0.7))
		if d.chance(0.05) {
			n += d.about(150, 1)
		}
		w.submit(a, day, c, n, n*2, d.hours(anyHours, n))
	})
}

// application is a shop, a ticket system, a course platform: it grows, has campaigns, and some write each message's recipient into the sender address.
func application(w *world, a *account) {
	d := a.d
	rate, growth, free := 150*d.spread(1.2), 1+0.01*d.Float64(), 0.3+0.7*d.Float64()
	verp := d.chance(0.15)
	campaign := d.span(w.days, 2, 4)
	machine(w, a, func(w *world, a *account, c authreport.Client, day authreport.Day) {
		rate *= growth
		load := rate * d.spread(0.25)
		if w.free(day) {
			load *= free
		}
		if campaign.Contains(day) {
			load *= 2 + 3*d.Float64()
		}
		n := d.count(load)
		if !verp {
			w.submit(a, day, c, n, n, d.hours(shopHours, n))
			return
		}
		for i := range min(n, 40) {
			c.Sender = fmt.Sprintf("bounce+%d@%s", d.IntN(1e9), domain)
			w.submit(a, day, c, max(1, n/40), max(1, n/40), d.hours(shopHours, 1+i%2))
		}
	})
}

// nightlyJob says that the backup went well, or at length that it did not.
func nightlyJob(w *world, a *account) {
	d := a.d
	hour, usual := d.between(0, 6), d.between(1, 4)
	machine(w, a, func(w *world, a *account, c authreport.Client, day authreport.Day) {
		n := usual
		if d.chance(0.03) {
			n = d.about(20, 0.7)
		}
		w.submit(a, day, c, n, 2*n, 1<<hour)
	})
}

// newsletter goes out each week or each month; a few messages answer it in between.
func newsletter(w *world, a *account) {
	d := a.d
	readers, weekly, weekday, date := d.about(1500, 0.8), d.chance(0.5), time.Weekday(d.between(1, 5)), d.between(1, 28)
	single, slips := d.chance(0.5), 0
	machine(w, a, func(w *world, a *account, c authreport.Client, day authreport.Day) {
		if n := d.count(1); !w.free(day) {
			w.submit(a, day, c, n, n, d.hours(workHours, n))
		}
		due := weekly && day.Weekday() == weekday || !weekly && day.UTC().Day() == date
		if slips--; slips == 0 {
			due = true
		} else if due && (w.free(day) || d.chance(0.15)) {
			due, slips = false, d.between(1, 3)
		}
		if !due {
			return
		}
		readers += readers * d.between(-10, 30) / 1000
		messages := readers
		if single {
			messages = 1 + readers/100
		}
		w.submit(a, day, c, messages, readers, d.hours(workHours, 3))
	})
}

// invoices leave at the end of the month, on one or two days; more at the end of a quarter. In between it is ordinary mail.
func invoices(w *world, a *account) {
	d := a.d
	rate, customers, spread := 5*d.spread(0.6), d.about(250, 0.8), d.between(1, 2)
	machine(w, a, func(w *world, a *account, c authreport.Client, day authreport.Day) {
		if w.free(day) {
			return
		}
		n := d.count(rate)
		date := day.UTC()
		next := day + 1
		for w.free(next) {
			next++
		}
		if next.UTC().Month() != date.Month() || spread == 2 && date.Day() <= 3 && (day-1).UTC().Month() != date.Month() {
			run := customers / spread
			if date.Month()%3 == 0 {
				run += run / 2
			}
			n += d.count(float64(run) * d.spread(0.1))
		}
		w.submit(a, day, c, n, n, d.hours(workHours, n))
	})
}

// rarely is an account that is used every few weeks: the works council, a survey each quarter.
func rarely(w *world, a *account) {
	person(w, a, 1)
	d := a.d
	every := 12 * d.spread(0.9)
	many := d.about(6, 1)
	a.live = func(a *account, w *world, day authreport.Day) {
		a.home.pass(d)
		if w.free(day) || !d.chance(1/every) {
			return
		}
		at := a.places(w, day)
		for range d.about(float64(many), 0.5) {
			a.message(w, day, at, d.hour(workHours), a.recipients())
		}
	}
}
