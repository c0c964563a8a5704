package jobs

import (
	"context"
	"iter"
	"time"

	"authreport"
	"authreport/config"
	"authreport/report"
	"authreport/store"
)

// Build builds a report of days and sender domains (none: all), with the settings of a report, from what the store has, as of now.
func Build(ctx context.Context, c *config.Config, s *store.Store, settings config.Report, days authreport.Range, domains []string, now time.Time) (*report.Report, error) {
	return report.Build(ctx, reportSource{s, c.Sources}, reportRequest(c, settings, days, domains, now))
}

// reportSource is the store as reports read it: with what could not be read of the logs.
type reportSource struct {
	*store.Store
	sources []config.Source
}

// FailedRuns gives the store's, and a reading for each fault for which lines may be missing of the time from from on.
func (s reportSource) FailedRuns(ctx context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(yield func(authreport.FailedRun, error) bool) {
		for run, err := range s.Store.FailedRuns(ctx, from, to) {
			if !yield(run, err) {
				return
			}
		}
		for _, source := range s.sources {
			faults, err := storedFaults(ctx, s.Store, source.Name)
			if err != nil {
				yield(authreport.FailedRun{}, err)
				return
			}
			for _, f := range faults {
				run := authreport.FailedRun{Kind: authreport.ReadingRun, Name: source.Name, Fault: f.Text}
				if f.Missing && (f.Last == 0 || f.Last >= from.Unix()) && !yield(run, nil) {
					return
				}
			}
		}
	}
}
