package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"authreport/config"
	"authreport/render"
)

// timetable is how far the schedule of each report has come, by report. The store keeps it.
type timetable map[string]*series

// series is how far the schedule of one report has come.
type series struct {
	Schedule string    `json:"schedule"` // "0 7 * * MON Europe/Amsterdam"
	Seen     time.Time `json:"seen"`     // when it was first seen as it is
	Decided  time.Time `json:"decided"`  // runs until then are written or left out
	Late     []lateRun `json:"late,omitempty"`
}

// lateRun is a run that was written late.
type lateRun struct {
	Due time.Time       `json:"due"`
	Why render.Lateness `json:"why"`
}

const factTimetable = "schedules"

func readTimetable(ctx context.Context, facts Facts) (timetable, error) {
	table := timetable{}
	text, err := facts.Runtime(ctx, factTimetable)
	if err != nil || text == "" {
		return table, err
	}
	if err := json.Unmarshal([]byte(text), &table); err != nil {
		return nil, fmt.Errorf("read how far the schedules have come: %w", err)
	}
	return table, nil
}

func (t timetable) save(ctx context.Context, facts Facts) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return facts.SetRuntime(ctx, factTimetable, string(text))
}

// forget drops reports that have no schedule any more: one that gets it back later has missed nothing meanwhile.
func (t timetable) forget(reports []config.Report) (changed bool) {
	for name := range t {
		if !slices.ContainsFunc(reports, func(r config.Report) bool { return r.Name == name && !r.Schedule.IsZero() }) {
			delete(t, name)
			changed = true
		}
	}
	return changed
}

// why says why a run was written late; empty if it was not, or too long ago.
func (t timetable) why(report string, due time.Time) render.Lateness {
	if known := t[report]; known != nil {
		for _, run := range known.Late {
			if run.Due.Equal(due) {
				return run.Why
			}
		}
	}
	return ""
}

// scheduleName is what tells a schedule from another one.
func scheduleName(r config.Report) string {
	return r.Schedule.String() + " " + r.Schedule.Zone().String()
}

// runs gives the times, oldest first, at which a report was due since they were last decided, until now, and not before oldest: mostMissed at most, the newest.
func (s *series) runs(report config.Report, now, oldest time.Time) (runs []time.Time) {
	since := s.Decided
	if since.Before(oldest) {
		since = oldest
	}
	if since.Before(s.Seen) && !s.Seen.After(now) { // it was seen in the future if the clock was ahead then
		since = s.Seen
	}
	for due := report.Schedule.Next(since); !due.IsZero() && !due.After(now); due = report.Schedule.Next(due) {
		runs = append(runs, due)
		if len(runs) > mostMissed {
			runs = runs[1:]
		}
	}
	return runs
}

// late notes why a run is written late; the newest mostMissed are kept.
func (s *series) late(due time.Time, why render.Lateness) {
	s.Late = append(s.Late, lateRun{due.UTC(), why})
	s.Late = s.Late[max(0, len(s.Late)-mostMissed):]
}
