package demo

import (
	"fmt"
	"net/netip"
	"slices"

	"authreport"
)

// intruder is who guesses passwords and, in the end, uses one that fits.
type intruder struct {
	victim *member
	try    authreport.Range // days of the attempts on the victim before one succeeds
	nights authreport.Range // days on whose nights mail goes out
	locked authreport.Range // the password is new, the attempts go on
	from   []netip.Addr     // foreign networks that the mail comes from
	botnet []netip.Addr     // many more that only guess
}

// tellStories picks who things happen to. All but the upgrades happen in the last days, so that they are in the last week's report.
func (c *Company) tellStories() {
	c.steal()
	c.downgrade()
	last := c.options.Days.Last
	for _, m := range c.members {
		switch final := m.places[len(m.places)-1].tls; {
		case m.mailbox != "" || c.told(m):
		case final == &clear:
			c.tell(m, NoTLS, c.options.Days, "has no TLS at all")
		case final.version.Legacy():
			c.tell(m, Legacy, c.options.Days, "is old and knows "+final.version.String()+" at best")
		}
	}
	if traveller := c.someone(&selling, &desk); traveller != nil {
		days := authreport.Range{First: last - 5, Last: last - 2}
		address := netip.AddrFrom4([4]byte{203, 0, 113, 17})
		traveller.places = append(traveller.places, place{abroad, days, "guest17.hotel.example.org", address, "submission/smtpd", traveller.places[0].tls})
		traveller.away = authreport.Range{First: last + 1, Last: last}
		c.tell(traveller, Abroad, days, "is on a journey, and writes from "+address.String())
	}
	if newcomer := c.someone(&quiet, &desk, &field); newcomer != nil {
		first := last - 5
		for first < last && !workingDay(first) {
			first++
		}
		newcomer.here.First, newcomer.away = first, authreport.Range{First: last + 1, Last: last}
		newcomer.pace = max(1, newcomer.pace)
		c.tell(newcomer, Newcomer, newcomer.here, "is new since "+newcomer.here.First.String())
	}
	order := []StoryKind{Stolen, Downgraded, Legacy, NoTLS, Upgraded, Abroad, Newcomer}
	slices.SortStableFunc(c.stories, func(a, b Story) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
}

// steal chooses the account that is taken over, and where from.
func (c *Company) steal() {
	victim := c.someone(&selling, &field, &desk, &quiet)
	last := c.options.Days.Last
	x := &c.intruder
	x.victim = victim
	x.try, x.nights, x.locked = authreport.Range{First: last - 7, Last: last - 5}, authreport.Range{First: last - 4, Last: last - 2}, authreport.Range{First: last - 1, Last: last}
	for i := range 9 {
		x.from = append(x.from, netip.AddrFrom4([4]byte{198, 51, 100, byte(130 + 7*i)}), netip.AddrFrom4([4]byte{198, 19, byte(200 + i), byte(c.dice.between(1, 254))}))
	}
	x.from = append(x.from, netip.MustParseAddr("2001:db8:bad:1::66"))
	for range 160 {
		a := netip.AddrFrom4([4]byte{198, 19, byte(c.dice.between(128, 255)), byte(c.dice.between(1, 254))})
		if c.dice.chance(0.2) {
			a = netip.AddrFrom4([4]byte{198, 51, 100, byte(c.dice.between(1, 254))})
		}
		x.botnet = append(x.botnet, a)
	}
	c.tell(victim, Stolen, x.nights, fmt.Sprintf("is stolen: sends at night from %d foreign addresses", len(x.from)))
}

// downgrade resets one of the machines with TLS1.2 to what it left the factory with.
func (c *Company) downgrade() {
	for _, m := range c.members {
		if m.mailbox == "" && m.habit == &printing && len(m.places) == 1 && m.places[0].tls == &tls12 {
			day := c.options.Days.Last - 4
			later := m.places[0]
			m.places[0].days.Last, later.days.First, later.tls = day-1, day, &tls10
			m.places = append(m.places, later)
			c.tell(m, Downgraded, authreport.Range{First: day, Last: c.options.Days.Last}, "fell back from TLS1.2 to TLS1.0 after a reset")
			return
		}
	}
}

// someone is a person whom nothing happens to yet, of the first of the habits that has one; nil if all are taken.
func (c *Company) someone(habits ...*habit) *member {
	for _, h := range habits {
		var free []*member
		for _, m := range c.people {
			if m.habit == h && !c.told(m) {
				free = append(free, m)
			}
		}
		if len(free) > 0 {
			return pick(c.dice, free)
		}
	}
	return nil
}

// told says whether the member has a story.
func (c *Company) told(m *member) bool {
	return slices.ContainsFunc(c.stories, func(s Story) bool { return s.Account == m.account })
}

func (c *Company) tell(m *member, kind StoryKind, days authreport.Range, text string) {
	c.stories = append(c.stories, Story{m.account, kind, days, text})
}
