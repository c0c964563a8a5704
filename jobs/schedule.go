package jobs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// Scheduler writes a request into the store for every run that is due. It sends nothing itself.
type Scheduler struct {
	Config *config.Config
	Store  *store.Store
	Now    func() time.Time
	Start  time.Time // when the program started: for reports whose missed runs are not made up for
}

// mostMissed is how many missed runs of one report are made up for at once, the newest.
const mostMissed = 100

// Due writes the requests of all runs that are due, those included that were missed while no daemon ran, and gives the time of the next run, zero if
// there is none. A run is written once, however often and by however many daemons it is found due. A schedule has no runs before it was first seen.
func (s *Scheduler) Due(ctx context.Context) (next time.Time, err error) {
	for _, report := range s.Config.Reports {
		if report.Schedule.IsZero() {
			continue
		}
		upcoming, err := s.due(ctx, report)
		if err != nil {
			return time.Time{}, fmt.Errorf("schedule of report %s: %w", report.Name, err)
		}
		if next.IsZero() || !upcoming.IsZero() && upcoming.Before(next) {
			next = upcoming
		}
	}
	return next, nil
}

// due writes the requests of one report and gives the time of its next run.
func (s *Scheduler) due(ctx context.Context, report config.Report) (next time.Time, err error) {
	now := s.Now()
	last, err := s.since(ctx, report, now)
	if err != nil {
		return time.Time{}, err
	}
	if report.MissedRuns == "none" && last.Before(s.Start) {
		last = s.Start.Add(-time.Second) // a run that is due at the very start is not missed
	}
	var runs []time.Time
	for next = report.Schedule.Next(last); !next.IsZero() && !next.After(now); next = report.Schedule.Next(next) {
		runs = append(runs, next)
		if len(runs) > mostMissed {
			runs = runs[1:]
		}
	}
	if report.MissedRuns == "latest" && len(runs) > 1 {
		runs = runs[len(runs)-1:]
	}
	for _, due := range runs {
		_, err := s.Store.AddRequest(ctx, store.Request{
			Report:      report.Name,
			Range:       report.Period.Range(authreport.DayOf(due.In(s.Config.Zone))),
			Domains:     report.Domains,
			Recipients:  report.Recipients,
			AskedBy:     store.AskedBySchedule,
			Due:         due,
			Created:     now,
			MessageHost: MessageHost(s.Config.Mail),
		})
		if err != nil {
			return time.Time{}, err
		}
	}
	return next, nil
}

// since is the time after which the runs of a report are due: that of its newest run, or, if that is later, when its schedule was first seen as it is.
// Both may lie in the future, where the machine's clock was ahead for a while; such a run, or first sight, does not count.
func (s *Scheduler) since(ctx context.Context, report config.Report, now time.Time) (time.Time, error) {
	name, schedule := "schedule of "+report.Name, report.Schedule.String()
	if zone := report.Schedule.Zone(); zone != nil {
		schedule += " " + zone.String()
	}
	fact, err := s.Store.Runtime(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	seen, known, _ := strings.Cut(fact, " ")
	since, err := time.Parse(time.RFC3339, seen)
	if err != nil || known != schedule || since.After(now) {
		since = now
		if err := s.Store.SetRuntime(ctx, name, now.UTC().Format(time.RFC3339)+" "+schedule); err != nil {
			return time.Time{}, err
		}
	}
	last, err := s.Store.LastDue(ctx, report.Name, now)
	if err != nil || last.Before(since) {
		return since, err
	}
	return last, nil
}

// MessageHost is what stands after the @ in Message-IDs: the domain that reports are sent from, in A-labels (RFC 5890), since an ID is ASCII.
func MessageHost(m config.Mail) string {
	return authreport.SenderDomain(bareAddress(m.From), "")
}
