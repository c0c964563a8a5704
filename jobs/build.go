package jobs

import (
	"context"
	"errors"
	"iter"
	"time"

	"authreport"
	"authreport/config"
	"authreport/pseudonym"
	"authreport/report"
	"authreport/store"
)

// Build builds a copy of a report of days and sender domains (none: all), from what the store has, as of now. It has no domain but those that the copy's recipients
// may know; config.ErrNoDomain if they may know of none of these.
func Build(ctx context.Context, c *config.Config, s *store.Store, settings config.Report, copy config.Copy, days authreport.Range, domains []string, now time.Time) (*report.Report, error) {
	domains, err := copy.Within(domains)
	if err != nil {
		return nil, err
	}
	request := reportRequest(c, settings, days, domains, now)
	if copy.Pseudonyms {
		if request.Pseudonyms, err = Pseudonyms(c); err != nil {
			return nil, err
		}
	}
	return report.Build(ctx, reportSource{s, c.Sources}, request)
}

// Pseudonyms gives those of the configuration's key.
func Pseudonyms(c *config.Config) (*pseudonym.Pseudonyms, error) {
	if !c.Pseudonyms.IsSet() {
		return nil, errors.New("pseudonyms need a key: name its file as pseudonyms.key_file in " + c.Path)
	}
	key, err := c.Pseudonyms.Reveal()
	if err != nil {
		return nil, err
	}
	return pseudonym.New(key)
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
