package simulate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"authreport"
	"authreport/report"
)

// Result is how well reports tell a company's incidents.
type Result struct {
	Kinds        []KindResult // in the order of report.UnusualKinds
	Incidents    int
	Raised       int // incidents with an alarm on their first day or the next
	AccountWeeks int // accounts and weeks with mail of theirs on a judged day
	Alarmed      int // accounts and days with an alarm
	FalselySo    int // those of them without an incident
	Notices      int // accounts and days with notices only
	// False is the alarms without an incident, Missed the incidents without an alarm, for those who look into them.
	False  []report.Unusual
	Missed []Missed
}

// Missed is an incident without an alarm within a day.
type Missed struct {
	Incident
	Notices []report.Unusual // of its account on its first day and the next
}

// KindResult is the same of one kind.
type KindResult struct {
	Kind      report.UnusualKind
	Incidents int // whose main sign is this kind
	Raised    int // with an alarm of any kind within a day
	Named     int // with an alarm of this kind within a day
	Alarms    int // told of this kind, of one account and day each
	Right     int // those of an account with an incident, of whatever kind, on one of its days
	Notices   int
}

// Add adds the figures of the same kind in another company.
func (k *KindResult) Add(other KindResult) {
	k.Kind = other.Kind
	k.Incidents += other.Incidents
	k.Raised += other.Raised
	k.Named += other.Named
	k.Alarms += other.Alarms
	k.Right += other.Right
	k.Notices += other.Notices
}

// Precision is the part of the alarms that have an incident, 1 if there are no alarms.
func (k KindResult) Precision() float64 { return part(k.Right, k.Alarms) }

// Recall is the part of the incidents that were raised, 1 if there are none.
func (k KindResult) Recall() float64 { return part(k.Raised, k.Incidents) }

// Recall is the part of all incidents that were raised.
func (r *Result) Recall() float64 { return part(r.Raised, r.Incidents) }

// FalsePer500 is alarms without an incident, of one account and day each, per 500 account-weeks.
func (r *Result) FalsePer500() float64 { return 500 * part(r.FalselySo, r.AccountWeeks) }

func part(some, all int) float64 {
	if all == 0 {
		return 1
	}
	return float64(some) / float64(all)
}

// Evaluate reads a company's daily reports, one for each day that has enough days before it, and holds what they call unusual against the incidents.
func Evaluate(ctx context.Context, c *Company, thresholds report.Thresholds) (*Result, error) {
	e := evaluation{company: c, byAccount: make(map[string][]Incident), raised: make(map[incidentKey]map[report.UnusualKind]bool),
		noticed: make(map[incidentKey][]report.Unusual), kinds: make(map[report.UnusualKind]*KindResult)}
	for _, kind := range report.UnusualKinds() {
		e.kinds[kind] = &KindResult{Kind: kind}
	}
	for _, i := range c.Incidents {
		e.byAccount[i.Account] = append(e.byAccount[i.Account], i)
	}
	first, judged := authreport.Day(0), false
	for day := c.Range.First; day <= c.Range.Last; day++ {
		r, err := report.Build(ctx, c, report.Request{
			Name: "daily", Range: authreport.Range{First: day, Last: day}, History: Days, Zone: time.UTC, Now: (day + 1).UTC(), Unusual: thresholds, Sources: []string{"mail"},
		})
		if err != nil {
			return nil, fmt.Errorf("report of %s: %w", day, err)
		}
		if r.UnusualCounts.Judged == 0 {
			continue
		}
		if !judged {
			first, judged = day, true
		}
		e.day(r)
	}
	e.finish(first)
	return &e.Result, nil
}

type evaluation struct {
	Result
	company   *Company
	byAccount map[string][]Incident
	raised    map[incidentKey]map[report.UnusualKind]bool // the kinds of the alarms within a day
	noticed   map[incidentKey][]report.Unusual            // the notices within a day
	kinds     map[report.UnusualKind]*KindResult
}

type incidentKey struct {
	account string
	first   authreport.Day
}

// day takes up what one report says.
func (e *evaluation) day(r *report.Report) {
	day := r.Request.Range.Last
	grades := make(map[string]report.Grade)
	for _, u := range r.Unusual {
		k := e.kinds[u.Kind]
		if u.Grade != report.Alarm {
			k.Notices++
			if incident, known := e.incident(u.Account, day); known && day <= incident.First+1 {
				key := incidentKey{incident.Account, incident.First}
				e.noticed[key] = append(e.noticed[key], u)
			}
			if grades[u.Account] == "" {
				grades[u.Account] = report.Notice
			}
			continue
		}
		grades[u.Account] = report.Alarm
		k.Alarms++
		incident, known := e.incident(u.Account, day)
		if !known {
			e.False = append(e.False, u)
			continue
		}
		k.Right++
		if key := (incidentKey{incident.Account, incident.First}); day <= incident.First+1 {
			if e.raised[key] == nil {
				e.raised[key] = make(map[report.UnusualKind]bool)
			}
			e.raised[key][u.Kind] = true
		}
	}
	for account, grade := range grades {
		_, known := e.incident(account, day)
		switch {
		case grade == report.Notice:
			e.Notices++
		case known:
			e.Alarmed++
		default:
			e.Alarmed++
			e.FalselySo++
		}
	}
}

// incident gives the incident that an account has on a day.
func (e *evaluation) incident(account string, day authreport.Day) (Incident, bool) {
	for _, i := range e.byAccount[account] {
		if day >= i.First && day <= i.Last {
			return i, true
		}
	}
	return Incident{}, false
}

// finish adds up, once all days are read; first is the first judged one.
func (e *evaluation) finish(first authreport.Day) {
	for _, i := range e.company.Incidents {
		k, told := e.kinds[i.Kind], e.raised[incidentKey{i.Account, i.First}]
		k.Incidents++
		e.Incidents++
		if len(told) == 0 {
			e.Missed = append(e.Missed, Missed{i, e.noticed[incidentKey{i.Account, i.First}]})
			continue
		}
		k.Raised++
		e.Raised++
		if told[i.Kind] {
			k.Named++
		}
	}
	for _, kind := range report.UnusualKinds() {
		e.Kinds = append(e.Kinds, *e.kinds[kind])
	}
	e.AccountWeeks = e.company.accountWeeks(first)
	slices.SortStableFunc(e.False, func(a, b report.Unusual) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Account, b.Account))
	})
}

// accountWeeks counts accounts and weeks, of seven days from first on, with mail.
func (c *Company) accountWeeks(first authreport.Day) int {
	type accountWeek struct {
		account string
		week    authreport.Day
	}
	weeks := make(map[accountWeek]bool)
	for _, n := range c.ledger.counts {
		if n.Day >= first {
			weeks[accountWeek{c.ledger.clients[n.ClientID-1].Account, (n.Day - first) / 7}] = true
		}
	}
	return len(weeks)
}
