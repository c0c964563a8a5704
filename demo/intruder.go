package demo

import (
	"net/netip"

	"authreport"
)

// planIntruder draws the attempts of a botnet, which guesses at everybody's password all the time and at one account's in earnest,
// and the nights on which mail goes out in that account's name.
func (l *life) planIntruder(day authreport.Day) {
	x := &l.company.intruder
	wave := 1.0
	if day%11 < 2 {
		wave = 6
	}
	for range l.count(25 * wave) {
		l.at(day, allDay, func(at int64) { l.guess(l.guessedName(), pick(l.dice, x.botnet), at) })
	}
	switch {
	case x.try.Contains(day), x.locked.Contains(day):
		for range l.count(18) {
			l.at(day, nightHours, func(at int64) { l.guess(x.victim.account, pick(l.dice, x.from), at) })
		}
	case day == x.nights.First:
		l.at(day, nightHours, func(at int64) { l.abuse(1, 1, at) }) // whether it works
	case x.nights.Contains(day):
		for range 30 {
			l.at(day, nightHours, func(at int64) { l.abuse(l.between(5, 25), 12, at) })
		}
	}
}

const nightHours = "159951000000000000000000"

// guessedName is an account that the botnet tries: some exist.
func (l *life) guessedName() string {
	if l.chance(0.3) {
		return pick(l.dice, l.company.people).account
	}
	name := pick(l.dice, guesses)
	if l.chance(0.7) {
		name += "@" + pick(l.dice, l.company.Domains())
	}
	return name
}

// guess is a session that tries a password or two.
func (l *life) guess(account string, from netip.Addr, at int64) {
	service := pick(l.dice, []string{"submission/smtpd", "submission/smtpd", "smtps/smtpd"})
	s := l.connect(service, "", from, at)
	s.secure(pick(l.dice, []*handshake{&tls12, &tls13}))
	known := l.company.hasAccount(account)
	for range l.between(1, 2) {
		s.refuse(account, "LOGIN", from, known)
	}
	if l.chance(0.5) {
		s.leave("NOQUEUE: lost connection after AUTH")
		return
	}
	s.leave("")
}

func (c *Company) hasAccount(name string) bool {
	for _, m := range c.members {
		if m.account == name {
			return true
		}
	}
	return false
}

// abuse is a session in which the intruder sends mail with the stolen account, in its owner's name and in others.
func (l *life) abuse(messages, recipients int, at int64) {
	x := &l.company.intruder
	from := pick(l.dice, x.from)
	s := l.connect("submission/smtpd", "", from, at)
	s.secure(&tls12)
	s.wait(20, 200)
	s.did(auth, true)
	who := authreport.Client{Server: host, Account: x.victim.account, IP: from, TLS: tls12.version, Cipher: tls12.cipher, Mechanism: "LOGIN"}
	for range messages {
		sender := x.victim.account
		if l.chance(0.3) {
			sender = pick(l.dice, []string{"billing@parcels.example.com", "no-reply@bank.example.net", "security@bank.example.net", "prize@lottery.example.org"})
		}
		to := make([]string, l.between((recipients+1)/2, recipients))
		for i := range to {
			to[i] = l.stranger(pick(l.dice, l.company.partners).domain)
		}
		if lost := s.submit(who, sender, to, l.between(3000, 9000)); lost != "" {
			s.leave(lost)
			return
		}
	}
	s.leave("")
}
