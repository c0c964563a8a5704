package simulate

import (
	"fmt"

	"authreport"
)

// guessed: a password is guessed, or one stolen elsewhere fits at the fourth try; then mail leaves from an address of the guesser.
func guessed(b *breakIn) {
	d := b.d
	c := b.tool()
	attempts, from := b.amount(12, 80, 900), d.between(0, 18)
	before := authreport.Hours(0)
	for hour := max(0, from-d.between(0, 6)); hour <= from; hour++ {
		before |= 1 << hour
	}
	day := b.day
	switch {
	case d.chance(0.4): // from the same address
		b.story = "guessed from one address"
		b.w.ledger.fail(day, b.a.name, c.IP, attempts, before)
	case d.chance(0.15): // over midnight
		b.story = "guessed the evening before"
		b.w.ledger.fail(day-1, b.a.name, c.IP, attempts, 7<<21)
		from = 0
	default:
		b.story = "guessed from many addresses"
		addresses := min(attempts, b.amount(3, 10, 60))
		for range addresses {
			b.w.ledger.fail(day, b.a.name, crook(d), 1+attempts/addresses, before)
		}
		if d.chance(0.5) {
			b.w.ledger.fail(day, b.a.name, c.IP, 1+attempts/addresses, before)
		}
	}
	for i := range b.days {
		hours := d.hours(anyHours, 3)
		if i == 0 {
			hours = authreport.Hours(1<<from | 1<<min(23, from+d.IntN(4)))
		}
		b.send(i, c, b.amount(4, 40, 600), b.amount(4, 60, 900), hours)
	}
}

// spam: a stolen password, and as much mail as goes through; or so much that nobody notices.
func spam(b *breakIn) {
	b.story = "spam"
	c := b.either(0.15)
	for i := range b.days {
		n := b.amount(90, 400, 4000)
		b.send(i, c, n, n*b.d.between(1, 3), b.d.hours(anyHours, n))
	}
}

// blast: few messages, each to very many.
func blast(b *breakIn) {
	b.story = "messages to very many"
	c := b.either(0.2)
	for i := range b.days {
		n := b.d.between(2, 25)
		b.send(i, c, n, n*b.amount(20, 60, 250), b.d.hours(workHours, n))
	}
}

// botnet: the password has been sold, and everybody uses it a little.
func botnet(b *breakIn) {
	b.story = "a botnet"
	for i := range b.days {
		for range b.amount(6, 15, 60) {
			c := b.tool()
			n := b.d.between(1, 4)
			b.send(i, c, n, n, b.d.hours(anyHours, n))
		}
	}
}

// masks: mail under other people's names.
func masks(b *breakIn) {
	b.story = "spoofed senders"
	c := b.either(0.15)
	elsewhere := pick(b.d, domain, "example.com", "example.net")
	for i := range b.days {
		for range b.amount(5, 15, 120) {
			c.Sender = fmt.Sprintf("%s.%d@%s", pick(b.d, "ceo", "billing", "dhl", "support"), b.d.IntN(1e6), elsewhere)
			n := b.d.between(1, 3)
			b.send(i, c, n, n, b.d.hours(anyHours, n))
		}
	}
}

// awake: the account of somebody who left is used by somebody else.
func awake(b *breakIn) {
	b.story = "an account that nobody missed"
	c := b.tool()
	for i := range b.days {
		n := b.amount(5, 40, 500)
		b.send(i, c, n, n+b.d.count(float64(n)), b.d.hours(anyHours, n))
	}
}

// downgraded: a device or a program that had TLS 1.2 comes back from a repair without it; or an intruder's tool knows nothing newer.
func downgraded(b *breakIn) {
	d := b.d
	to := software{tls: authreport.TLS10, cipher: cbc}
	if d.chance(0.5) {
		to = software{tls: authreport.TLSNone}
	}
	if d.chance(0.3) {
		b.story = "an old tool"
		c := b.tool()
		c.TLS, c.Cipher = to.tls, to.cipher
		for i := range b.days {
			n := b.amount(4, 20, 150)
			b.send(i, c, n, n, d.hours(anyHours, n))
		}
		return
	}
	b.story = "TLS was lost"
	b.days = d.between(3, 20)
	first, changed := b.w.ledger.restate(b.a.name, authreport.Range{First: b.day, Last: b.day + authreport.Day(b.days) - 1}, func(c authreport.Client) authreport.Client {
		c.TLS, c.Cipher = to.tls, to.cipher
		return c
	})
	if !changed { // it is seldom used
		c := b.inside()
		c.TLS, c.Cipher = to.tls, to.cipher
		b.send(0, c, d.between(1, 5), 1, d.hours(workHours, 1))
		return
	}
	b.days -= int(first - b.day)
	b.day = first
}

// password: where tokens had been used, somebody has the password.
func password(b *breakIn) {
	b.story = "the password where tokens were used"
	c := b.either(0.15)
	c.Mechanism = pick(b.d, "PLAIN", "LOGIN")
	if b.a.devices[0].mechanism == "LOGIN" {
		b.story, c.Mechanism = "another program", "PLAIN"
	}
	for i := range b.days {
		n := b.amount(5, 30, 200)
		b.send(i, c, n, n+b.d.count(float64(n)), b.d.hours(anyHours, n))
	}
}

// atNight: mail while the owner sleeps.
func atNight(b *breakIn) {
	b.story = "while the owner sleeps"
	c := b.either(0.3)
	for i := range b.days {
		n := b.amount(14, 50, 250)
		b.send(i, c, n, n+b.d.count(float64(n)), b.d.hours(smallHours, n))
	}
}

// beside: an intruder beside the owner, careful, with one more thing that gives him away.
func beside(b *breakIn) {
	d := b.d
	c := b.tool()
	sign := d.IntN(6)
	b.story = "beside the owner, with " + [...]string{"another name", "many recipients", "an hour at night", "a few failed attempts", "an old tool", "more mail than usual"}[sign]
	for i := range b.days {
		n := b.amount(5, 15, 40)
		recipients, hours := n+d.count(float64(n)), d.hours(workHours, n)
		switch sign {
		case 0:
			c.Sender = fmt.Sprintf("ceo.%d@%s", d.IntN(3), "example.com")
		case 1:
			recipients = n * b.amount(10, 20, 40)
		case 2:
			hours = d.hours(smallHours, n)
		case 3:
			if i == 0 {
				hours |= 1 << 18
				b.w.ledger.fail(b.day, b.a.name, c.IP, d.between(2, 12), 1<<d.between(6, 17))
			}
		case 4:
			c.TLS, c.Cipher = authreport.TLS10, cbc
		case 5:
			n *= 4
			recipients *= 4
		}
		b.send(i, c, n, recipients, hours)
	}
}

// invented: an account that an intruder made for himself, tried out first at times.
func invented(b *breakIn) {
	d := b.d
	b.story = "an account of the intruder's own"
	c := b.tool()
	if d.chance(0.3) {
		b.story, c.IP = b.story+", from the machine room", server(d.IntN(500))
	}
	start := 0
	if d.chance(0.4) {
		b.send(0, c, d.between(1, 3), 1, d.hours(anyHours, 1))
		start = 1
	}
	b.days = max(b.days, start+1)
	for i := start; i < b.days; i++ {
		n := b.amount(70, 300, 3000)
		b.send(i, c, n, n*d.between(1, 3), d.hours(anyHours, n))
	}
}
