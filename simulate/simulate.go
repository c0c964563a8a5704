// Package simulate invents 90 days of a company's counts, with ordinary life and with known incidents, and measures on them what a report calls unusual.
//
// It writes no logs: counts, failed attempts and lines come straight from it, as from a store. What people, machines and intruders do is written down here as
// life has it, in messages, places and hours; it knows none of the report's thresholds. The same settings give the same company.
package simulate

import (
	"context"
	"iter"
	"slices"
	"time"

	"authreport"
	"authreport/report"
)

// Settings say what company is invented. Its days are Days.
type Settings struct {
	Seed      uint64
	Accounts  int // people, machines, shared mailboxes; those that join during the days included
	Incidents int // spread evenly over report.UnusualKinds; fewer if nobody is left whom one could strike
}

// Days is how many days a company lives.
const Days = 90

// settled is how many days go by before the first incident: before, nobody could know what is usual.
const settled = 21

// Incident is something that a mail administrator would want to be woken for.
type Incident struct {
	Kind        report.UnusualKind // its main sign
	Account     string
	First, Last authreport.Day // with its mail
	Story       string         // what happens, in a few words
}

// Company is what the logs of one company tell. It is a report.Source.
type Company struct {
	Range     authreport.Range
	Incidents []Incident // by first day
	ledger    ledger
}

// New invents a company.
func New(settings Settings) *Company {
	w := newWorld(settings)
	for _, a := range w.accounts {
		for day := w.days.First; day <= w.days.Last; day++ {
			if day >= a.joined && day <= a.left {
				a.live(a, w, day)
			}
		}
	}
	w.knockAtDoors()
	w.breakIn(settings.Incidents)
	w.ledger.sort()
	slices.SortStableFunc(w.incidents, func(a, b Incident) int { return int(a.First - b.First) })
	return &Company{Range: w.days, Incidents: w.incidents, ledger: w.ledger}
}

// Counts gives the counts of the days in range, by day.
func (c *Company) Counts(_ context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return within(c.ledger.counts, days, func(n authreport.ClientCount) authreport.Day { return n.Day })
}

// Clients gives every client.
func (c *Company) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for i, client := range c.ledger.clients {
			if !yield(authreport.KnownClient{ID: int64(i) + 1, Client: client}, nil) {
				return
			}
		}
	}
}

// Failures gives the failed attempts of the days in range.
func (c *Company) Failures(_ context.Context, days authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return within(c.ledger.failures, days, func(f authreport.FailureCount) authreport.Day { return f.Day })
}

// Lines says that the log of the one server was read on every day.
func (c *Company) Lines(_ context.Context, days authreport.Range) iter.Seq2[authreport.Lines, error] {
	return func(yield func(authreport.Lines, error) bool) {
		for day := max(days.First, c.Range.First); day <= min(days.Last, c.Range.Last); day++ {
			stamp := day.UTC().Add(time.Hour)
			if !yield(authreport.Lines{Source: "mail", Day: day, Read: 100_000, First: stamp, Last: stamp.Add(20 * time.Hour)}, nil) {
				return
			}
		}
	}
}

// Gaps gives none: the log told everything.
func (c *Company) Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return func(func(authreport.GapCount, error) bool) {}
}

// FailedRuns gives none.
func (c *Company) FailedRuns(context.Context, time.Time, time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(func(authreport.FailedRun, error) bool) {}
}

func within[T any](all []T, days authreport.Range, day func(T) authreport.Day) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range all {
			if days.Contains(day(one)) && !yield(one, nil) {
				return
			}
		}
	}
}
