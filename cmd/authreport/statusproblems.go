package main

import (
	"context"
	"fmt"
	"time"

	"authreport/config"
	"authreport/render"
	"authreport/store"
)

const (
	shownFailures = 31 * 24 * time.Hour // how long a request that failed, and that no later one made good, is a problem
	lateAfter     = 10 * time.Minute    // how long a request may be due before somebody has it
	slowAfter     = time.Hour           // how long a request may be tried before that is a problem: servers put mails off for some minutes
	mostOpen      = 1000                // of the requests that are looked at
)

// problems gives what is wrong now, in words: what of the logs cannot be read, and whatever keeps a report from somebody.
func (p *program) problems(ctx context.Context, c *config.Config, s *store.Store, sources []sourceStatus) ([]string, error) {
	found := []string{}
	for _, source := range sources {
		for _, fault := range source.Faults {
			found = append(found, "source "+source.Name+": "+fault)
		}
	}
	troubles, err := s.Troubles(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range troubles {
		if kind := render.Trouble(t.Name); kind.Words() != "" { // the others are those of sources
			found = append(found, fmt.Sprintf("%s: %s (since %s)", kind.Words(), t.Fault, t.Since.In(c.Zone).Format(timeForm)))
		}
	}
	pauses, err := s.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	for _, pause := range pauses {
		found = append(found, fmt.Sprintf("%s takes nothing since %s, tried again at %s: %s",
			pause.Server, pause.Since.In(c.Zone).Format(timeForm), pause.Until.In(c.Zone).Format(timeForm), pause.Fault))
	}
	failed, err := s.FailedRequests(ctx, p.now().Add(-shownFailures))
	if err != nil {
		return nil, err
	}
	for _, r := range failed {
		found = append(found, fmt.Sprintf("request %d, %s, failed: %s", r.ID, subject(r), r.Fault))
	}
	open, err := s.Open(ctx, mostOpen)
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		deliveries, err := s.Deliveries(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, openProblems(r, deliveries, p.now(), c.Zone)...)
	}
	return found, nil
}

// openProblems gives what is wrong with a request that has not ended.
func openProblems(r store.Request, deliveries []store.Delivery, now time.Time, zone *time.Location) (found []string) {
	tell := func(format string, values ...any) {
		found = append(found, fmt.Sprintf("request %d, %s: ", r.ID, subject(r))+fmt.Sprintf(format, values...))
	}
	for _, d := range deliveries {
		if d.State == store.Refused || d.State == store.Abandoned {
			tell("%s: %s", d.Recipient, outcome(d, zone))
		}
	}
	due := r.Next
	if r.State == store.Claimed {
		due = r.Lease
	}
	switch {
	case now.Sub(due) > lateAfter:
		tell("due since %s, and nobody does it; the daemon would", due.In(zone).Format(timeForm))
	case r.Fault != "" && now.Sub(r.Started) > slowAfter:
		tell("tried since %s: %s", r.Started.In(zone).Format(timeForm), r.Fault)
	case r.Crashes > 0:
		tell("%s of it ended without a word, killed or crashed", counted(r.Crashes, "attempt"))
	}
	return found
}

// subject says what a request is about.
func subject(r store.Request) string {
	switch {
	case r.Notice == nil:
		return "report " + r.Report + " of " + r.Range.String()
	case r.Notice.Request != 0:
		return fmt.Sprintf("notice of request %d (%s)", r.Notice.Request, r.Report)
	}
	return "notice of trouble with " + r.Notice.Trouble
}
