package jobs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"authreport/config"
	"authreport/schedule"
	"authreport/store"
)

// daily gives the desk one report that is due every day at seven in Amsterdam, with a policy for missed runs, and a scheduler that starts now.
func (d *desk) daily(missed, expression string) *Scheduler {
	d.t.Helper()
	due, err := schedule.Parse(expression, d.config.Zone)
	if err != nil {
		d.t.Fatal(err)
	}
	report := bareReport("daily")
	report.Schedule, report.MissedRuns, report.Recipients = due, missed, []string{"a@example.org"}
	if report.Period, err = config.ParsePeriod("yesterday", time.Monday); err != nil {
		d.t.Fatal(err)
	}
	d.config.Reports = []config.Report{bareReport("once"), report}
	return &Scheduler{Config: d.config, Store: d.store, Now: d.now, Awake: func() time.Duration { return 0 }}
}

// due has the scheduler write what is due, and gives the days of all requests so far, oldest first.
func (d *desk) due(s *Scheduler) []string {
	d.t.Helper()
	if _, err := s.Due(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	requests, err := d.store.Requests(d.t.Context(), 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	days := []string{}
	for _, r := range slices.Backward(requests) {
		if r.Range.First != r.Range.Last || r.AskedBy != store.AskedBySchedule || r.OneOff || r.MessageHost != "example.org" {
			d.t.Errorf("request is %+v", r)
		}
		days = append(days, r.Range.First.String()[8:])
	}
	return days
}

func (d *desk) wantDays(got []string, want ...string) {
	d.t.Helper()
	if !slices.Equal(got, want) {
		d.t.Errorf("at %s: runs for the days %v, want %v", d.clock, got, want)
	}
}

const seven = "0 7 * * *"

// TestScheduleWritesEachRunOnce holds that a run is written when it is due, once, for the complete day before.
func TestScheduleWritesEachRunOnce(t *testing.T) {
	d := newDesk(t)
	s := d.daily("latest", seven)
	d.wantDays(d.due(s)) // first seen at noon: this morning's run is not made up for
	tick, err := s.Due(t.Context())
	next := tick.Next
	if want := time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC); err != nil || !next.Equal(want) {
		t.Errorf("next run is %v, %v, want %v", next, err, want)
	}
	d.clock = next.Add(-time.Second)
	d.wantDays(d.due(s))
	d.clock = next
	d.wantDays(d.due(s), "24")
	d.wantDays(d.due(s), "24")
	other := *s
	other.Store = d.open()
	d.wantDays(d.due(&other), "24")
	d.clock = next.AddDate(0, 0, 1).Add(time.Hour)
	d.wantDays(d.due(s), "24", "25")
	requests, err := d.store.Requests(t.Context(), 1)
	if err != nil || !requests[0].Due.Equal(next.AddDate(0, 0, 1)) || !requests[0].Created.Equal(d.clock) {
		t.Errorf("last request is %+v, %v", requests, err)
	}
}

// TestMissedRuns holds what is made up for after days without a daemon.
func TestMissedRuns(t *testing.T) {
	for policy, want := range map[string][]string{
		"latest": {"28"},
		"all":    {"24", "25", "26", "27", "28"},
		"none":   {},
	} {
		t.Run(policy, func(t *testing.T) {
			d := newDesk(t)
			d.due(d.daily(policy, seven))
			d.clock = start.AddDate(0, 0, 5)
			s := d.daily(policy, seven)
			d.wantDays(d.due(s), want...)
			d.wantDays(d.due(s), want...)
			d.clock = time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
			d.wantDays(d.due(s), append(want, "29")...)
			d.clock = time.Date(2026, 12, 1, 6, 15, 0, 0, time.UTC)
			d.wantDays(d.due(s), append(want, "29", "30")...) // within a moment it is on time
		})
	}
}

// TestMissedRunsAreBounded holds that a schedule of seconds does not fill the store after a year.
func TestMissedRunsAreBounded(t *testing.T) {
	d := newDesk(t)
	d.due(d.daily("all", "@every 1h"))
	d.clock = start.AddDate(1, 0, 0)
	if got := len(d.due(d.daily("all", "@every 1h"))); got != mostMissed {
		t.Errorf("%d runs, want %d", got, mostMissed)
	}
}

// TestNewAndChangedSchedules holds that a schedule has no runs before it was first seen as it is.
func TestNewAndChangedSchedules(t *testing.T) {
	d := newDesk(t)
	d.due(d.daily("all", seven))
	d.clock = start.AddDate(0, 0, 2)
	d.wantDays(d.due(d.daily("all", seven)), "24", "25")
	d.clock = start.AddDate(0, 0, 4)
	d.wantDays(d.due(d.daily("all", "0 8 * * *")), "24", "25")
	d.clock = start.AddDate(0, 0, 5)
	d.wantDays(d.due(d.daily("all", "0 8 * * *")), "24", "25", "28")
}

// TestClockThatWasAhead holds that a machine whose clock was years ahead for a while does not wait those years for the next run.
func TestClockThatWasAhead(t *testing.T) {
	d := newDesk(t)
	d.due(d.daily("all", seven))
	d.clock = start.AddDate(10, 0, 0)
	ahead := d.due(d.daily("latest", seven))
	d.clock = start.AddDate(0, 0, 1)
	d.wantDays(d.due(d.daily("all", seven)), append(ahead, "24")...)

	d = newDesk(t)
	d.clock = start.AddDate(10, 0, 0)
	d.due(d.daily("all", seven))
	d.clock = start
	d.wantDays(d.due(d.daily("all", seven)))
	d.clock = start.AddDate(0, 0, 1)
	d.wantDays(d.due(d.daily("all", seven)), "24")
}

// TestManyReports holds that the time of the next run is that of whichever report comes first, and that reports without schedule have none.
func TestManyReports(t *testing.T) {
	d := newDesk(t)
	s := d.daily("latest", seven)
	for i, expression := range []string{"0 6 * * *", "0 9 * * *"} {
		due, err := schedule.Parse(expression, d.config.Zone)
		if err != nil {
			t.Fatal(err)
		}
		report := d.config.Reports[1]
		report.Name, report.Schedule = fmt.Sprint("other", i), due
		d.config.Reports = append(d.config.Reports, report, config.Default(fmt.Sprint("on-request", i)))
	}
	tick, err := s.Due(t.Context())
	next := tick.Next
	if want := time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC); err != nil || !next.Equal(want) {
		t.Errorf("next run is %v, %v, want %v", next, err, want)
	}
	d.config.Reports = []config.Report{config.Default("on-request")}
	if tick, err := s.Due(t.Context()); err != nil || !tick.Next.IsZero() {
		t.Errorf("next run is %v, %v, want none", tick.Next, err)
	}
}

// TestPruneKeeps holds that what is kept is just enough to compare the longest range with the one before it.
func TestPruneKeeps(t *testing.T) {
	d := newDesk(t)
	d.config.Retention = 2
	rows, err := Prune(t.Context(), d.config, d.store, start.AddDate(0, 0, 2))
	if err != nil || rows != 0 {
		t.Errorf("pruned %d rows, %v, want none: the day is the first of the period before", rows, err)
	}
	rows, err = Prune(t.Context(), d.config, d.store, start.AddDate(0, 0, 3))
	if err != nil || rows != 1 {
		t.Errorf("pruned %d rows, %v, want 1", rows, err)
	}
}

// TestCrashAfterWriting holds that a process that dies between writing runs and noting that it did leads to no other run, and to no other reason of a late one.
func TestCrashAfterWriting(t *testing.T) {
	for _, policy := range []string{"latest", "all", "none"} {
		d := newDesk(t)
		d.due(d.daily(policy, seven))
		before, err := d.store.Runtime(t.Context(), factTimetable)
		if err != nil {
			t.Fatal(err)
		}
		d.clock = time.Date(2026, 11, 28, 6, 0, 0, 0, time.UTC)
		written := d.due(d.daily(policy, seven))
		if err := d.store.SetRuntime(t.Context(), factTimetable, before); err != nil {
			t.Fatal(err)
		}
		d.clock = d.clock.Add(time.Minute)
		d.wantDays(d.due(d.daily(policy, seven)), written...)
		requests, err := d.store.Requests(t.Context(), 1)
		if err != nil || len(written) == 0 || !requests[0].Created.Equal(d.clock.Add(-time.Minute)) {
			t.Errorf("%s: the newest is %+v, %v", policy, requests, err)
		}
	}
}
