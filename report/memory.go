package report

import (
	"context"
	"iter"
	"time"

	"authreport"
)

// Memory is a Source that holds all of it: for tests, previews and counts that come from no store.
type Memory struct {
	Submissions []authreport.Count
	Attempts    []authreport.FailureCount
	Read        []authreport.Lines
	Untold      []authreport.GapCount
	Failed      []authreport.FailedRun
}

// Counts gives the counts of the days in range, in the order of Submissions. A client's number is its place among the different clients there.
func (m *Memory) Counts(_ context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		numbers := m.numbers()
		for _, c := range m.Submissions {
			if days.Contains(c.Day) && !yield(authreport.ClientCount{Day: c.Day, ClientID: numbers[c.Client], Messages: c.Messages, Recipients: c.Recipients, Hours: c.Hours}, nil) {
				return
			}
		}
	}
}

// Clients gives every client, those without counts in range too, in no order.
func (m *Memory) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for client, number := range m.numbers() {
			if !yield(authreport.KnownClient{ID: number, Client: client}, nil) {
				return
			}
		}
	}
}

func (m *Memory) numbers() map[authreport.Client]int64 {
	numbers := make(map[authreport.Client]int64)
	for _, c := range m.Submissions {
		if _, known := numbers[c.Client]; !known {
			numbers[c.Client] = int64(len(numbers)) + 1
		}
	}
	return numbers
}

// Failures gives the failed attempts of the days in range, in the order of Attempts.
func (m *Memory) Failures(_ context.Context, days authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return within(m.Attempts, days, func(f authreport.FailureCount) authreport.Day { return f.Day })
}

// Lines gives what was read on the days in range, in the order of Read.
func (m *Memory) Lines(_ context.Context, days authreport.Range) iter.Seq2[authreport.Lines, error] {
	return within(m.Read, days, func(l authreport.Lines) authreport.Day { return l.Day })
}

// Gaps gives what the logs could not tell on the days in range, in the order of Untold.
func (m *Memory) Gaps(_ context.Context, days authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return within(m.Untold, days, func(g authreport.GapCount) authreport.Day { return g.Day })
}

// FailedRuns gives the failed reports that were due in that time, and every failed reading, in the order of Failed.
func (m *Memory) FailedRuns(_ context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(yield func(authreport.FailedRun, error) bool) {
		for _, run := range m.Failed {
			if (run.Due.IsZero() || !run.Due.Before(from) && run.Due.Before(to)) && !yield(run, nil) {
				return
			}
		}
	}
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
