package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"authreport"
	"authreport/config"
	"authreport/render"
	"authreport/schedule"
	"authreport/store"
)

// machine is one whose clock does not go as time passes: it sleeps, is set forward and back, and the daemon on it is stopped and started, with other schedules.
type machine struct {
	*desk
	chance *rand.Rand
	ahead  atomic.Int64 // how far the clock is ahead of the time that the machine has been awake
	looks  []look       // of all daemons, in order
}

// look is one time that a daemon looked for what is due.
type look struct {
	daemon  int
	clock   time.Time
	awake   time.Time
	reports []config.Report
}

func (m *machine) clockNow() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())).Round(0) }

func (m *machine) set(by time.Duration) { m.ahead.Add(int64(by)) }

// between is a random time, more often a short one.
func (m *machine) between(low, high time.Duration) time.Duration {
	x := m.chance.Float64()
	return low + time.Duration(x*x*float64(high-low)).Round(time.Second)
}

// start starts a daemon, of whose work the schedules alone are looked at, and gives what stops it.
func (m *machine) start(daemon int, reports []config.Report) (stop func()) {
	settings := *m.config
	settings.Reports = reports
	began := time.Now()
	d := &Daemon{Config: &settings, Store: m.store, Now: m.clockNow, Log: slog.New(slog.DiscardHandler), Schedules: &Scheduler{
		Config: &settings,
		Store:  m.store,
		Awake:  func() time.Duration { return time.Since(began) },
		Now: func() time.Time {
			now := m.clockNow()
			m.looks = append(m.looks, look{daemon, now, time.Now(), reports})
			return now
		},
	}}
	ctx, cancel := context.WithCancel(m.t.Context())
	ended := make(chan struct{})
	go func() {
		d.schedule(ctx)
		close(ended)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// live lets the machine live for a while.
func (m *machine) live(span time.Duration, reports []config.Report) {
	stop := m.start(0, reports)
	for end, daemon := time.Now().Add(span), 1; time.Now().Before(end); {
		time.Sleep(m.between(time.Minute, 8*time.Hour))
		switch m.chance.IntN(7) { // at 6 nothing happens
		case 0:
			m.set(m.between(time.Second, 80*time.Hour)) // it sleeps, or its clock is set forward
		case 1:
			m.set(-m.between(time.Second, 50*time.Hour))
		case 2: // its clock is far ahead for a while
			by := m.between(time.Hour, 10000*time.Hour)
			m.set(by)
			time.Sleep(m.between(time.Second, 5*time.Hour))
			m.set(-by)
		case 3, 4:
			stop()
			m.set(m.between(time.Second, 100*time.Hour))
			stop = m.start(daemon, reports)
			daemon++
		case 5: // a report less, or one with another schedule, for a while
			stop()
			others := slices.Clone(reports)
			i := m.chance.IntN(len(others))
			if others[i].Schedule = m.schedule("10 */5 * * *"); m.chance.IntN(2) == 0 {
				others = slices.Delete(others, i, i+1)
			}
			m.set(m.between(time.Second, 20*time.Hour))
			stop = m.start(daemon, others)
			time.Sleep(m.between(time.Minute, 20*time.Hour))
			stop()
			stop = m.start(daemon+1, reports)
			daemon += 2
		}
	}
	stop()
}

func (m *machine) schedule(text string) schedule.Schedule {
	m.t.Helper()
	s, err := schedule.Parse(text, m.config.Zone)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// written is a run that must have been written, or was.
type written struct {
	created time.Time
	days    authreport.Range
	why     render.Lateness // empty: it is not late
}

// expected gives what runs of a report must have been written, by due time, as follows from the looks alone: each look finds the times of the schedule that the
// clock has come past since the look before.
func (m *machine) expected(name string) map[int64]written {
	runs := map[int64]written{}
	var known string
	var seen, before time.Time
	for i, l := range m.looks {
		at := slices.IndexFunc(l.reports, func(r config.Report) bool { return r.Name == name })
		if at < 0 {
			known = ""
			continue
		}
		report := l.reports[at]
		if known != report.Schedule.String() {
			known, seen, before = report.Schedule.String(), l.clock, l.clock
			continue
		}
		why := render.Stopped
		if i > 0 && m.looks[i-1].daemon == l.daemon {
			why = render.Asleep
			if gap := l.awake.Sub(m.looks[i-1].awake); gap > time.Minute {
				m.t.Errorf("the daemon did not look for %v", gap)
			}
			if l.clock.Sub(m.looks[i-1].clock) == l.awake.Sub(m.looks[i-1].awake) { // nothing happened: it must be found in its second
				if due := report.Schedule.Next(m.looks[i-1].clock); !due.After(l.clock.Add(-time.Second)) {
					m.t.Errorf("%s: what is due at %v was found at %v", name, due, l.clock)
				}
			}
		}
		if before.Sub(l.clock) > onTime && !seen.After(l.clock) { // it went back: what was not written until then is missed
			newest := time.Time{}
			for due := range runs {
				if due := time.Unix(due, 0); !due.After(l.clock) && due.After(newest) {
					newest = due
				}
			}
			before = newest
		} else if before.After(l.clock) {
			before = l.clock
		}
		since := before
		if oldest := l.clock.AddDate(0, 0, -m.config.Retention); since.Before(oldest) {
			since = oldest
		}
		if since.Before(seen) && !seen.After(l.clock) {
			since = seen
		}
		var missed []time.Time
		for due := report.Schedule.Next(since); !due.After(l.clock); due = report.Schedule.Next(due) {
			missed = append(missed, due)
			before = due
		}
		for j, due := range missed {
			late, newest := l.clock.Sub(due) > onTime, j == len(missed)-1
			wanted := map[string]bool{"all": j >= len(missed)-mostMissed, "latest": newest, "none": newest && !late}[report.MissedRuns]
			if _, done := runs[due.Unix()]; done || !wanted {
				continue
			}
			run := written{created: l.clock, days: report.Period.Range(authreport.DayOf(due.In(m.config.Zone)))}
			if late {
				run.why = why
			}
			runs[due.Unix()] = run
		}
	}
	return runs
}

// TestWeeks holds that over weeks in which the machine sleeps, its clock is set forward and back, and the daemon is stopped, started and given other schedules,
// each run is written as the policy says, once, for its own days, with the reason if it is late; and in its second if nothing happens.
func TestWeeks(t *testing.T) {
	days := 3 // of being awake
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		days = 250
	}
	synctest.Test(t, func(t *testing.T) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		m := &machine{desk: &desk{t: t, config: testConfig(t, 0)}, chance: rand.New(rand.NewPCG(seed, 0))}
		m.set(time.Until(time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC))) // before clocks change in spring
		s, err := store.Open(t.Context(), m.config.Store, store.Options{Zone: m.config.Zone, Now: m.clockNow})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m.store = s
		var reports []config.Report
		for text, policy := range map[string]string{
			"0,40 */3 * * *": "latest", "0 7 * * *": "all", "CRON_TZ=Asia/Tokyo 0 7 * * MON": "latest", "30 */6 * * *": "none",
			"@every 7h": "all", "0 6 1W,L * *": "all", "5 2 * * *": "none",
		} {
			r := bareReport(fmt.Sprint(policy, len(reports)))
			r.Schedule, r.MissedRuns, r.Recipients = m.schedule(text), policy, []string{"a@example.org"}
			reports = append(reports, r)
		}
		m.live(time.Duration(days)*24*time.Hour, reports)
		m.compare(reports)
	})
}

// compare compares what is in the store with what must be there.
func (m *machine) compare(reports []config.Report) {
	m.t.Helper()
	requests, err := m.store.Requests(m.t.Context(), 1_000_000)
	if err != nil {
		m.t.Fatal(err)
	}
	table, err := readTimetable(m.t.Context(), m.store)
	if err != nil {
		m.t.Fatal(err)
	}
	late := 0
	for _, report := range reports {
		want, found := m.expected(report.Name), 0
		for _, r := range requests {
			if r.Report != report.Name {
				continue
			}
			found++
			run, expected := want[r.Due.Unix()]
			switch why := table.why(r.Report, r.Due); {
			case !expected:
				m.t.Errorf("%s %s: the run of %v was written at %v", report.Schedule, report.MissedRuns, r.Due, r.Created)
			case !r.Created.Equal(run.created.Truncate(time.Millisecond)) || r.Range != run.days:
				m.t.Errorf("%s %s: the run of %v was written at %v for %v, want %v, %v", report.Schedule, report.MissedRuns, r.Due, r.Created, r.Range, run.created, run.days)
			case why != run.why && why != "": // the oldest reasons are forgotten
				m.t.Errorf("%s %s: the run of %v was late for %q, want %q", report.Schedule, report.MissedRuns, r.Due, why, run.why)
			case why != "":
				late++
			}
		}
		if found != len(want) {
			m.t.Errorf("%s %s: %d runs were written, want %d", report.Schedule, report.MissedRuns, found, len(want))
		}
	}
	m.t.Logf("%d looks, %d runs, %d late ones with their reason", len(m.looks), len(requests), late)
	if len(requests) < 10 { // some 80 to 800, by chance
		m.t.Errorf("only %d runs", len(requests))
	}
}
