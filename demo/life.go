package demo

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"authreport"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// life is the company at work, and the outside world that its mail server is open to.
type life struct {
	*server
	company *Company
	plan    []event // of the day
}

// event is something that starts at a time.
type event struct {
	at    int64
	start func(at int64)
}

// Write gives the company's days, one line of the log after the other in the order of time, to a function that gets each with its line end and may not keep it.
// It returns the number of lines. A company can be written once.
func (c *Company) Write(ctx context.Context, to func(at time.Time, line []byte) error) (lines int, err error) {
	days := c.options.Days
	t := &timeline{options: &c.options, write: to, until: (days.Last + 1).Start(c.options.Zone).UnixMicro(), stamped: -1}
	l := &life{server: newServer(c.dice, t), company: c}
	for day := range days.All() {
		if err := ctx.Err(); err != nil {
			return t.written, err
		}
		l.planDay(day)
		for i := range l.plan {
			if err := t.flush(l.plan[i].at); err != nil {
				return t.written, err
			}
			l.plan[i].start(l.plan[i].at)
		}
	}
	return t.written, t.flush(t.until)
}

// planDay draws when what begins on a day.
func (l *life) planDay(day authreport.Day) {
	l.plan = l.plan[:0]
	for _, m := range l.company.members {
		if m.here.Contains(day) && !m.away.Contains(day) {
			l.planMember(m, day)
		}
	}
	l.planIntruder(day)
	l.planRest(day)
	slices.SortStableFunc(l.plan, func(a, b event) int { return cmp.Compare(a.at, b.at) })
}

// at plans something for the hour that the weights give.
func (l *life) at(day authreport.Day, hours string, start func(at int64)) {
	year, month, date := day.UTC().Date()
	at := time.Date(year, month, date, l.hour(hours), l.IntN(60), l.IntN(60), 0, l.options.Zone)
	l.plan = append(l.plan, event{at.UnixMicro() + l.Int64N(second), start})
}

// planMember draws the sessions of a member's day.
func (l *life) planMember(m *member, day authreport.Day) {
	mean := m.habit.sessionsOn(day)
	n := int(mean)
	if !m.habit.punctual {
		n = l.count(mean * m.pace)
	}
	if n == 0 {
		return
	}
	where := atWork
	if m.mailbox != "" && (!workingDay(day) || l.chance(m.habit.atHome)) {
		where = atHome
	}
	for range n {
		p := m.place(day, where)
		if p.where == atHome || p.where == atWork {
			if phone := m.place(day, onPhone); phone != nil && l.chance(m.habit.phone) {
				p = phone
			}
		}
		messages := l.between(m.habit.messages[0], m.habit.messages[1])
		l.at(day, m.habit.hours, func(at int64) { l.memberSession(m, p, day, messages, at) })
	}
}

// place is the member's place of a kind on a day; someone abroad is neither at work nor at home. It is nil if there is none.
func (m *member) place(day authreport.Day, where whereabouts) *place {
	var found *place
	for i := range m.places {
		if p := &m.places[i]; p.days.Contains(day) && (p.where == where || p.where == abroad && where != onPhone) {
			found = p
		}
	}
	return found
}

// memberSession is one session of a member.
func (l *life) memberSession(m *member, p *place, day authreport.Day, messages int, at int64) {
	address := p.address
	if p.where == onPhone {
		address = phoneAddress(m.number, day)
	}
	s := l.connect(p.service, p.name, address, at)
	s.secure(p.tls)
	if m.mailbox != "" && l.chance(0.004) { // mistyped
		s.refuse(m.account, m.mechanism, address, true)
	}
	s.wait(20, 200)
	s.did(auth, true)
	who := authreport.Client{Server: host, Account: m.account, IP: address, TLS: p.tls.version, Cipher: p.tls.cipher, Mechanism: m.mechanism}
	for range messages {
		sender := m.senders[0]
		if len(m.senders) > 1 && l.chance(0.4) {
			sender = pick(l.dice, m.senders[1:])
		}
		to := l.recipients(m.habit)
		if m.verp {
			local, domain, _ := strings.Cut(sender, "@")
			sender = local + "+" + strings.Replace(to[0], "@", "=", 1) + "@" + domain
		}
		if lost := s.submit(who, sender, to, l.between(m.habit.size[0], m.habit.size[1])); lost != "" {
			s.leave(lost)
			return
		}
	}
	s.leave("")
}

// submit is a letter of a client that has signed in.
func (s *session) submit(who authreport.Client, sender string, to []string, size int) (lost string) {
	who.Sender = authreport.FoldSender(sender)
	who.Domain = authreport.SenderDomain(who.Sender, mainDomain)
	return s.letter(&letter{sender: sender, to: to, size: size}, &who)
}

// recipients draws to whom a letter goes.
func (l *life) recipients(h *habit) []string {
	n := l.between(h.recipients[0], h.recipients[1])
	to := make([]string, n)
	for i := range to {
		to[i] = pick(l.dice, l.company.people).mailbox
		if l.chance(h.outside) {
			to[i] = l.stranger(pick(l.dice, l.company.partners).domain)
		}
	}
	return to
}

// stranger is somebody at another company.
func (l *life) stranger(domain string) string {
	if l.chance(0.3) {
		return pick(l.dice, mailboxes) + "@" + domain
	}
	return pick(l.dice, firstNames) + "." + pick(l.dice, lastNames) + "@" + domain
}

// partnerAddress is the address of a partner's mail server.
func (c *Company) partnerAddress(domain string) netip.Addr {
	for _, p := range c.partners {
		if p.domain == domain {
			return p.address
		}
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, 9})
}

// planRest draws what no account does: mail from outside, port scans, people who read their mail, and what the server writes of its own accord.
func (l *life) planRest(day authreport.Day) {
	people := float64(l.options.People)
	inbound := people * 4
	if !workingDay(day) {
		inbound /= 3
	}
	for range l.count(inbound) {
		l.at(day, longDay, l.inbound)
	}
	for range l.count(12 + people/4) {
		l.at(day, allDay, l.rejected)
	}
	for range l.count(25) {
		l.at(day, allDay, l.scan)
	}
	for range l.count(people * 2) {
		l.at(day, longDay, l.read)
	}
	for hour := range 24 {
		l.at(day, strings.Repeat("0", hour)+"1"+strings.Repeat("0", 23-hour), l.statistics)
	}
	l.at(day, "000000900000000000000000", l.localMail)
}

// inbound is mail from another server, without AUTH.
func (l *life) inbound(at int64) {
	from := pick(l.dice, l.company.partners)
	s := l.connect("smtpd", "mx1."+from.domain, from.address, at)
	h := pick(l.dice, []*handshake{&tls13, &tls13, &tls13, &tls12, &tls12, &clear})
	if from.address.As4()[3]%9 == 0 {
		h = &tls10
	}
	s.secure(h)
	sender := l.stranger(from.domain)
	if l.chance(0.05) {
		sender = ""
	}
	s.letter(&letter{sender: sender, to: []string{pick(l.dice, l.company.people).mailbox}, size: l.between(2000, 300000)}, nil)
	s.leave("")
}

// rejected is mail from outside that the server does not take.
func (l *life) rejected(at int64) {
	from := pick(l.dice, l.company.intruder.botnet)
	s := l.connect("smtpd", "", from, at)
	s.did(ehlo, true)
	s.wait(50, 400)
	s.did(mail, true)
	s.did(rcpt, false)
	sender, to := l.stranger("umbra.example.net"), l.stranger("example.org")
	reason := "554 5.7.1 <" + to + ">: Relay access denied"
	if l.chance(0.6) {
		to = "nobody" + l.text("0123456789", 2) + "@" + pick(l.dice, l.company.Domains())
		reason = "550 5.1.1 <" + to + ">: Recipient address rejected: User unknown in virtual mailbox table"
	}
	s.say("NOQUEUE: reject: RCPT from %s: %s; from=<%s> to=<%s> proto=ESMTP helo=<%s>", s.client, reason, sender, to, l.text("abcdefgh", 6))
	s.leave("")
}

// scan is a connection that wants something other than to bring mail.
func (l *life) scan(at int64) {
	s := l.connect(pick(l.dice, []string{"smtpd", "submission/smtpd", "smtps/smtpd"}), "", pick(l.dice, l.company.intruder.botnet), at)
	s.wait(30, 900)
	lost := "NOQUEUE: lost connection after CONNECT"
	switch l.IntN(3) {
	case 0:
		s.say("SSL_accept error from %s: -1", s.client)
		s.say("warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:../ssl/statem/statem_srvr.c:1745:")
	case 1:
		s.did(ehlo, true)
		lost = "NOQUEUE: lost connection after EHLO"
	}
	s.leave(lost)
}

// read is somebody who looks at their mail.
func (l *life) read(at int64) {
	m := pick(l.dice, l.company.people)
	p := &m.places[l.IntN(2)]
	session := l.text(base62, 16)
	l.log(at, "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=10.20.0.5, mpid=%d, TLS, session=<%s>", m.account, p.address, l.start(), session)
	end := at + int64(l.between(1, 1700))*second
	l.log(end, "dovecot", "imap(%s)<%d><%s>: Disconnected: Logged out in=%d out=%d deleted=0 expunged=0 trashed=0 hdr_count=%d hdr_bytes=%d body_count=%d body_bytes=%d",
		m.account, l.lastPID, session, l.between(90, 2000), l.between(800, 90000), l.IntN(20), l.IntN(9000), l.IntN(4), l.IntN(80000))
}

// statistics is what anvil says now and then.
func (l *life) statistics(at int64) {
	when := time.UnixMicro(at).In(l.options.Zone).Add(-7 * time.Minute).Format("Jan _2 15:04:05")
	l.log(at, l.one("anvil"), "statistics: max connection rate %d/60s for (submission:%s) at %s", l.between(1, 9), pick(l.dice, l.company.people).places[0].address, when)
	l.log(at, l.one("anvil"), "statistics: max cache size %d at %s", l.between(2, 40), when)
}

// localMail is the server's own: the output of a nightly job, to root's mailbox.
func (l *life) localMail(at int64) {
	m := &letter{id: l.queueID(at), sender: "root@" + serverName, to: []string{"postmaster@" + mainDomain}, size: l.between(700, 3000), received: at}
	l.log(at, l.brief("pickup", at, at+5*millisecond), "%s: uid=0 from=<root>", m.id)
	l.enqueue(m, at+9*millisecond)
	l.distribute(m, at+9*millisecond)
}
