package simulate

import (
	"fmt"
	"time"

	"authreport"
)

// domain is the company's.
const domain = "example.org"

// world is the company while it is invented.
type world struct {
	settings    Settings
	d           dice
	days        authreport.Range
	accounts    []*account
	machines    int // addresses given out in the machine room
	ledger      ledger
	incidents   []Incident
	holidays    map[authreport.Day]bool
	term        authreport.Day // first of the students' term
	newProvider authreport.Day // from which the main building has another network
	newServer   authreport.Day // from which the mail server has another name
	migration   authreport.Day // from which some mail programs are set to OAuth
	gangs       []crew         // intruders who come more than once
}

// account is a person, a machine or a mailbox.
type account struct {
	name         string
	d            dice
	live         func(a *account, w *world, day authreport.Day) // what it does on a day
	joined, left authreport.Day                                 // first and last day
	machine      bool
	active       []authreport.Day // with mail of its own
	struck       bool             // it has an incident
	habits
}

// kindsOfAccounts is what a company consists of, in parts of its accounts; the rest are office workers.
var kindsOfAccounts = []struct {
	name  string
	part  float64
	begin func(w *world, a *account)
}{
	{"printer", 0.05, printer},
	{"monitor", 0.01, monitor},
	{"app", 0.015, application},
	{"job", 0.015, nightlyJob},
	{"newsletter", 0.006, newsletter},
	{"invoices", 0.007, invoices},
	{"rare", 0.02, rarely},
	{"project", 0.02, ended},
	{"team", 0.03, team},
	{"student", 0.12, student},
	{"oncall", 0.012, onCall},
	{"field", 0.05, field},
	{"part", 0.12, partTimer},
	{"light", 0.08, light},
}

func newWorld(settings Settings) *world {
	d := newDice(settings.Seed, 0)
	first := authreport.NewDay(2026, time.January, 12) + authreport.Day(d.IntN(300))
	w := &world{settings: settings, d: d, days: authreport.Range{First: first, Last: first + Days - 1}, ledger: newLedger(), holidays: make(map[authreport.Day]bool)}
	for range d.between(2, 4) {
		w.holidays[d.day(w.days)] = true
	}
	within := func(from, to int) authreport.Day { return first + authreport.Day(d.between(from, to)) }
	w.term, w.newProvider, w.newServer, w.migration = within(25, 75), within(30, 120), within(30, 120), within(25, 85)
	for range 3 {
		w.gangs = append(w.gangs, crew{crook(d)})
	}
	for i := range settings.Accounts {
		kind, begin := "office", officeWorker
		place := float64(i) / float64(settings.Accounts)
		for _, k := range kindsOfAccounts {
			if place < k.part {
				kind, begin = k.name, k.begin
				break
			}
			place -= k.part
		}
		a := &account{name: fmt.Sprintf("%s.%04d@%s", kind, i, domain), d: newDice(settings.Seed, uint64(i)+1), joined: w.days.First, left: w.days.Last}
		switch {
		case a.d.chance(0.04): // somebody new, some machine new
			a.joined = a.d.day(w.days)
		case a.d.chance(0.03):
			a.left = a.d.day(w.days)
		}
		begin(w, a)
		w.accounts = append(w.accounts, a)
	}
	return w
}

// submit counts messages of an account.
func (w *world) submit(a *account, day authreport.Day, c authreport.Client, messages, recipients int, hours authreport.Hours) {
	if messages < 1 || !w.days.Contains(day) {
		return
	}
	c.Account, c.Server = a.name, "mx1"
	if day >= w.newServer {
		c.Server = "mail-a"
		if c.Cipher == aes128 { // it prefers another one
			c.Cipher = aes256
		}
	}
	if c.Sender == "" {
		c.Sender = a.name
	}
	c.Domain = authreport.SenderDomain(c.Sender, domain)
	w.ledger.add(day, c, messages, recipients, hours)
	if n := len(a.active); n == 0 || a.active[n-1] < day {
		a.active = append(a.active, day)
	}
}

// free says whether people are off: at weekends and on holidays.
func (w *world) free(day authreport.Day) bool {
	weekday := day.Weekday()
	return weekday == time.Saturday || weekday == time.Sunday || w.holidays[day]
}

// The hours in which mail is sent: a digit for each, its weight.
const (
	workHours    = "000000137998578874100000"
	eveningHours = "000000000000000000256642"
	nightHours   = "654322000000000000000003"
	smallHours   = "677741000000000000000000"
	studentHours = "310000001233333334555654"
	shopHours    = "211111234567777776678753"
	anyHours     = "111111111111111111111111"
)
