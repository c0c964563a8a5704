package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"authreport"
	"authreport/config"
	"authreport/render"
	"authreport/store"
)

// Scheduler writes a request into the store for every run that is due. It sends nothing itself. It is not safe for concurrent use.
type Scheduler struct {
	Config *config.Config
	Store  *store.Store
	Now    func() time.Time
	Awake  func() time.Duration // how long the process has been running, without the time that the machine slept

	table    timetable // nil: to be read from the store
	followed bool      // Due has come to an end in this process, last at:
	wall     time.Time
	awake    time.Duration
}

// Tick is what Due found.
type Tick struct {
	Next   time.Time     // of all reports, the next run; zero if there is none
	Jump   time.Duration // how much further the machine's clock went since the Due before than the process was awake: it slept, or was set; negative: set back
	MadeUp int           // runs that were missed and are written now
	Why    render.Lateness
}

const (
	// onTime is how late a run may be found due, and a mail leave, without being called late: the machine was started anew, or the server was busy.
	onTime = 15 * time.Minute
	// mostMissed is how many missed runs of one report are made up for at once, the newest.
	mostMissed = 100
)

// Due writes the requests of all runs that are due, those included that were missed: while no daemon ran, while the machine slept, or because its clock was set
// forward. A run is written once, however often and by however many daemons it is found due, also when the clock goes back. A schedule has no runs before
// it was first seen as it is. Runs from before the days that reports can show are not made up for.
func (s *Scheduler) Due(ctx context.Context) (Tick, error) {
	tick, err := s.due(ctx)
	if err != nil {
		s.table = nil // what is in the store holds
	}
	return tick, err
}

func (s *Scheduler) due(ctx context.Context) (tick Tick, err error) {
	now, awake := s.Now().Round(0), s.Awake()
	tick.Why = render.Stopped
	if s.followed {
		passed, awake := now.Sub(s.wall), awake-s.awake
		tick.Jump, tick.Why = passed-awake, render.Asleep
		if passed > 0 && awake > passed/2 {
			tick.Why = render.HeldUp
		}
	}
	if s.table == nil {
		if s.table, err = readTimetable(ctx, s.Store); err != nil {
			return tick, err
		}
	}
	if !s.followed || tick.Jump <= -tellJump {
		if err := s.Store.TurnBack(ctx, 2*longestGap, lease); err != nil {
			return tick, err
		}
	}
	if s.table.forget(s.Config.Reports) {
		if err := s.table.save(ctx, s.Store); err != nil {
			return tick, err
		}
	}
	for _, report := range s.Config.Reports {
		if report.Schedule.IsZero() {
			continue
		}
		missed, err := s.report(ctx, report, now, tick.Why)
		if err != nil {
			return tick, fmt.Errorf("schedule of report %s: %w", report.Name, err)
		}
		tick.MadeUp += missed
		if next := report.Schedule.Next(now); tick.Next.IsZero() || !next.IsZero() && next.Before(tick.Next) {
			tick.Next = next
		}
	}
	s.followed, s.wall, s.awake = true, now, awake
	return tick, nil
}

// report writes the requests of one report, and says how many of them had been missed.
func (s *Scheduler) report(ctx context.Context, report config.Report, now time.Time, why render.Lateness) (missed int, err error) {
	known := s.table[report.Name]
	switch {
	case known == nil || known.Schedule != scheduleName(report):
		s.table[report.Name] = &series{Schedule: scheduleName(report), Seen: now, Decided: now}
		return 0, s.table.save(ctx, s.Store)
	case now.Before(known.Decided):
		if err := s.turnBack(ctx, report.Name, known, now); err != nil {
			return 0, err
		}
	}
	runs := known.runs(report, now, now.AddDate(0, 0, -s.Config.Retention))
	if len(runs) == 0 {
		return 0, nil
	}
	newest := runs[len(runs)-1]
	chosen := choose(report.MissedRuns, runs, now)
	if len(chosen) > 0 && isLate(chosen[0], now) {
		if chosen, err = s.unwritten(ctx, report.Name, chosen); err != nil {
			return 0, err
		}
		for _, due := range chosen {
			if isLate(due, now) {
				known.late(due, why)
				missed++
			}
		}
		if err := s.table.save(ctx, s.Store); err != nil { // before anybody can deliver them
			return 0, err
		}
	}
	for _, due := range chosen {
		if err := s.add(ctx, report, due, now); err != nil {
			return 0, err
		}
	}
	known.Decided = newest
	return missed, s.table.save(ctx, s.Store)
}

// turnBack is for a clock that was set back, maybe from where it should never have been. Runs that it comes to again have their time before them; those that
// are written are not written again. When it goes back by more than a moment, those that should have been meanwhile by the clock as it is now are missed runs.
func (s *Scheduler) turnBack(ctx context.Context, report string, known *series, now time.Time) error {
	back := known.Decided.Sub(now)
	known.Decided = now
	if back > onTime && !known.Seen.After(now) {
		last, err := s.Store.LastDue(ctx, report, now)
		if err != nil {
			return err
		}
		known.Decided = last
	}
	return s.table.save(ctx, s.Store)
}

// choose gives those of the runs found due, oldest first, that are done by a policy for missed runs.
func choose(policy string, runs []time.Time, now time.Time) []time.Time {
	newest := runs[len(runs)-1:]
	switch {
	case policy == "all":
		return runs
	case policy == "none" && isLate(newest[0], now):
		return nil
	}
	return newest
}

// unwritten gives those of some runs, oldest first, that are not in the store already.
func (s *Scheduler) unwritten(ctx context.Context, report string, runs []time.Time) ([]time.Time, error) {
	written, err := s.Store.Runs(ctx, report, runs[0], runs[len(runs)-1])
	return slices.DeleteFunc(runs, func(due time.Time) bool { return slices.ContainsFunc(written, due.Equal) }), err
}

func isLate(due, now time.Time) bool { return now.Sub(due) > onTime }

func (s *Scheduler) add(ctx context.Context, report config.Report, due, now time.Time) error {
	_, err := s.Store.AddRequest(ctx, store.Request{
		Report:      report.Name,
		Range:       report.Period.Range(authreport.DayOf(due.In(s.Config.Zone))),
		Domains:     report.Domains,
		Recipients:  report.Recipients,
		Cc:          report.Cc,
		Bcc:         report.Bcc,
		AskedBy:     store.AskedBySchedule,
		Due:         due,
		Created:     now,
		MessageHost: MessageHost(s.Config.Mail),
	})
	return err
}

// MessageHost is what stands after the @ in Message-IDs: the domain that reports are sent from, in A-labels (RFC 5890), since an ID is ASCII.
func MessageHost(m config.Mail) string {
	return authreport.SenderDomain(bareAddress(m.From), "")
}
