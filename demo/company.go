// Package demo invents a company and the log of its mail server: Postfix's lines, day by day, with the exact counts that a reader of them must find.
//
// It knows the shapes of the lines and the ways of people and machines, and nothing of how logs are read or reported. The same seed, people and
// days give the same bytes. What it holds in memory is the company and the sessions under way, however long the log is.
package demo

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"authreport"
)

// Options says which company is invented, and for which days.
type Options struct {
	Seed      uint64
	People    int                         // how many work there, 1 and up; machines and applications come on top
	Days      authreport.Range            // calendar days of Zone; the stolen account's story needs the last 8
	Zone      *time.Location              // where the company is: its office hours, and the zone of the stamps
	Submitted func(authreport.Submission) // told of each accepted submission as soon as the log proves it; nil: nobody asks
	Failed    func(authreport.Attempt)    // told of each failed AUTH attempt; nil: nobody asks
}

// Company is who sends mail in an invented company. Make one with New.
type Company struct {
	options  Options
	dice     dice
	members  []*member
	people   []*member // those of members who are people
	partners []partner
	intruder intruder
	stories  []Story
}

// Story is something that happens to an account and that a report should show.
type Story struct {
	Account string // AUTH identity as the log has it
	Kind    StoryKind
	Days    authreport.Range // when it happens
	Text    string           // what happens, in a few words; "has no TLS at all"
}

// StoryKind tells stories apart.
type StoryKind string

// The kinds of story.
const (
	Stolen     StoryKind = "stolen"     // somebody else uses the account
	Legacy     StoryKind = "legacy"     // SSL3.0 to TLS1.1 to the end
	Upgraded   StoryKind = "upgraded"   // legacy TLS until something is replaced
	Downgraded StoryKind = "downgraded" // legacy TLS since something went wrong
	NoTLS      StoryKind = "no TLS"     // no TLS to the end
	Abroad     StoryKind = "abroad"     // an unusual network that means no harm
	Newcomer   StoryKind = "newcomer"   // an account that did not exist before
)

// member is somebody or something with an account.
type member struct {
	number    int
	account   string
	senders   []string
	mailbox   string // where mail for it goes; empty for machines
	mechanism string
	habit     *habit
	pace      float64 // factor on the habit's sessions
	verp      bool    // each message has an envelope sender of its own (variable envelope return path)
	places    []place
	here      authreport.Range // days on which the account is in use
	away      authreport.Range // holiday
}

// place is where a member submits from: a device on a network, for as long as it is there.
type place struct {
	where   whereabouts
	days    authreport.Range
	name    string     // reverse name of the address; empty if it has none
	address netip.Addr // not used on the phone, which has another address every day
	service string     // of Postfix: submission, smtps, smtpd
	tls     *handshake
}

type whereabouts int

const (
	atWork whereabouts = iota
	atHome
	onPhone
	abroad
)

// partner is another company: a domain and its mail server.
type partner struct {
	domain  string
	address netip.Addr
}

// New invents a company.
func New(o Options) *Company {
	c := &Company{options: o, dice: newDice(o.Seed)}
	c.findPartners()
	c.hire()
	c.install()
	c.tellStories()
	return c
}

// Name is the company's name.
func (c *Company) Name() string { return companyName }

// Host is the server's name in the framing of the log's lines.
func (c *Company) Host() string { return host }

// Domains are the company's sender domains; the first is that of names without one.
func (c *Company) Domains() []string {
	return []string{mainDomain, serviceDomain, shopDomain, newsDomain}
}

// Accounts is how many accounts the company has.
func (c *Company) Accounts() int { return len(c.members) }

// Stories are what a report should show, the gravest first.
func (c *Company) Stories() []Story { return c.stories }

func (c *Company) findPartners() {
	for i := range 2 * len(stems) {
		domain := stems[i%len(stems)] + "." + tails[(i+i/len(stems))%len(tails)]
		c.partners = append(c.partners, partner{domain, netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)})})
	}
}

// hire fills the departments.
func (c *Company) hire() {
	parts := 0
	for i := range departments {
		parts += departments[i].people
	}
	taken := map[string]bool{}
	for i := range c.options.People {
		n := (2*i + 1) * parts / (2 * c.options.People)
		at := 0
		for n >= departments[at].people {
			n -= departments[at].people
			at++
		}
		c.hirePerson(&departments[at], taken)
	}
	c.people = c.members[:len(c.members):len(c.members)]
}

func (c *Company) hirePerson(d *department, taken map[string]bool) {
	local := pick(c.dice, firstNames) + "." + pick(c.dice, lastNames)
	for number := 2; taken[local]; number++ {
		local = strings.TrimRight(local, "0123456789") + fmt.Sprint(number)
	}
	taken[local] = true
	address := local + "@" + d.domain
	number := len(c.members)
	m := &member{number: number, account: address, senders: []string{address}, mailbox: address, mechanism: "PLAIN", habit: d.habit, pace: c.dice.spread(0.6), here: c.options.Days}
	if d.shared != "" && c.dice.chance(0.5) {
		m.senders = append(m.senders, d.shared+"@"+d.domain)
	}
	desk, phone := &tls13, &tls13phone
	if c.dice.chance(0.4) {
		desk, m.mechanism = &tls12, "LOGIN"
	}
	if d.oauth {
		m.mechanism = "XOAUTH2"
	}
	ever := c.options.Days
	m.places = []place{
		{atWork, ever, fmt.Sprintf("ws%03d.lan.%s", number+1, mainDomain), lanAddress(20, number), "submission/smtpd", desk},
		{atHome, ever, "", homeAddress(number), "submission/smtpd", desk},
		{onPhone, ever, "", netip.Addr{}, "smtps/smtpd", phone},
	}
	if a := m.places[1].address; a.Is4() && c.dice.chance(0.7) {
		m.places[1].name = strings.ReplaceAll(a.String(), ".", "-") + ".dsl.example.net"
	}
	if c.dice.chance(0.35) { // a week off
		m.away.First = ever.First + authreport.Day(c.dice.IntN(max(1, ever.Days())))
		m.away.Last = m.away.First + 6
	} else {
		m.away.First = m.away.Last + 1
	}
	c.members = append(c.members, m)
}

// install puts the devices on the network.
func (c *Company) install() {
	for i := range devices {
		d := &devices[i]
		n := 1
		if d.perPeople > 0 {
			n = max(2, c.options.People/d.perPeople)
		}
		for j := range n {
			c.installDevice(d, j, n)
		}
	}
}

func (c *Company) installDevice(d *device, which, of int) {
	name := func(text string) string {
		if strings.Contains(text, "%s") {
			return fmt.Sprintf(text, fmt.Sprintf("%02d", which+1))
		}
		return text
	}
	number := len(c.members)
	m := &member{number: number, account: name(d.account), mechanism: d.mechanism, habit: d.habit, pace: max(0.3, float64(c.options.People)/60), here: c.options.Days, verp: d.habit == &mailing}
	m.away.First = m.away.Last + 1
	if of > 1 {
		m.pace = c.dice.spread(0.8)
	}
	for _, sender := range d.senders {
		m.senders = append(m.senders, name(sender))
	}
	here := place{atWork, c.options.Days, name(d.name), lanAddress(21, number), d.service, d.tls}
	if strings.HasSuffix(d.name, ".hosting.example.net") {
		here.address = netip.AddrFrom4([4]byte{203, 0, 113, byte(80 + number%40)})
	}
	m.places = []place{here}
	if d.replaced && which%2 == 1 { // every other one, early and late in turn
		c.replace(m, 0.25+0.6*float64(which)/float64(of), &tls12, "had TLS1.0 until it was replaced")
	}
	if d.tls == &tls11 {
		c.replace(m, 0.5, &tls13, "had TLS1.1 until it was upgraded")
	}
	c.members = append(c.members, m)
}

// replace gives a machine another TLS from a part of the days on, 0 to 1.
func (c *Company) replace(m *member, part float64, with *handshake, text string) {
	days := c.options.Days
	day := days.First + authreport.Day(part*float64(days.Days()))
	later := m.places[0]
	m.places[0].days.Last, later.days.First, later.tls = day-1, day, with
	m.places = append(m.places, later)
	c.stories = append(c.stories, Story{m.account, Upgraded, authreport.Range{First: day, Last: days.Last}, text + " on " + day.String()})
}

// lanAddress is the n-th address of the company's own network, people's machines in one part and others in another.
func lanAddress(part byte, n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, part, byte(1 + n/250), byte(1 + n%250)})
}

// homeAddress is where the n-th person's provider puts them: every fourth on IPv6.
func homeAddress(n int) netip.Addr {
	if n%4 == 3 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0x40, byte(n >> 8), byte(n), 0, 0, 0, 0, 0, 0, 0, 0x1a, byte(n * 7)})
	}
	spot := n * 40503 // spreads over the /16
	return netip.AddrFrom4([4]byte{198, 18, byte(spot >> 8), byte(1 + spot%254)})
}

// phoneAddress is what the phone network gives the n-th member on a day: one of a few hundred addresses that many share.
func phoneAddress(n int, d authreport.Day) netip.Addr {
	spot := n*31 + int(d)*17
	return netip.AddrFrom4([4]byte{198, 19, byte(spot % 4), byte(1 + spot/4%120)})
}
