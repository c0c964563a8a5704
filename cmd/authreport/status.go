package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authreport"
	"authreport/config"
	"authreport/store"
)

const (
	shownRuns     = 5  // of each schedule
	shownRequests = 20 // the newest
)

// status is what authreport status shows, as JSON names it. Times are in the configuration's zone unless they say otherwise.
type status struct {
	Store    string          `json:"store"`
	Timezone string          `json:"timezone"`
	Reading  bool            `json:"reading"` // whether a process, the daemon or an ingest, reads logs now
	Sources  []sourceStatus  `json:"sources"`
	Reports  []reportStatus  `json:"reports"`
	Requests []requestStatus `json:"requests"` // newest first
	Problems []string        `json:"problems"` // what is wrong now; with any the exit status is 1
}

type reportStatus struct {
	Name       string       `json:"name"`
	Schedule   string       `json:"schedule"`           // empty: on request only
	Timezone   string       `json:"timezone,omitempty"` // the schedule's
	Period     string       `json:"period"`
	Send       string       `json:"send"` // when a run is mailed
	Recipients []string     `json:"recipients"`
	Cc         []string     `json:"cc"`
	Bcc        []string     `json:"bcc"`
	Copies     []copyStatus `json:"copies"` // what they get; each recipient is in one
	Next       []runStatus  `json:"next"`

	several bool // the copies are worth telling apart
}

type runStatus struct {
	Due   time.Time `json:"due"` // in the schedule's zone
	First string    `json:"first"`
	Last  string    `json:"last"`
}

func statusCommand(p *program) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "status",
		Short: "Show what is read, when reports are due, what became of each delivery, and what is wrong",
		Long: `status shows what is read of each source, the next runs of each schedule, the newest requests with what became of each recipient, and what is wrong now.
It changes nothing. The exit status is 1 while something is wrong: logs that cannot be read, a mail server that takes nothing, a report that has failed and
that no later one made good (for 31 days), a recipient who was refused, a request that nobody does.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := p.status(c.Context(), settings, s)
			if err != nil {
				return err
			}
			if asJSON {
				err = p.printJSON(found)
			} else {
				_, err = fmt.Fprint(p.out, found.text())
			}
			if err == nil && len(found.Problems) > 0 {
				return errSilent
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// printJSON prints a value for programs, and for people who look at it.
func (p *program) printJSON(value any) error {
	encoder := json.NewEncoder(p.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// status gathers it all.
func (p *program) status(ctx context.Context, c *config.Config, s *store.Store) (*status, error) {
	found := &status{Store: s.Path(), Timezone: c.Zone.String(), Reports: []reportStatus{}, Requests: []requestStatus{}}
	unlock, free, err := s.LockIngest()
	if err != nil {
		return nil, err
	}
	if found.Reading = !free; free {
		unlock()
	}
	if found.Sources, err = p.sourcesStatus(ctx, c, s); err != nil {
		return nil, err
	}
	for _, r := range c.Reports {
		found.Reports = append(found.Reports, reportOf(r, c.Zone, p.now()))
	}
	requests, err := s.Requests(ctx, shownRequests)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		one, err := p.requestStatus(ctx, c, s, r)
		if err != nil {
			return nil, err
		}
		found.Requests = append(found.Requests, one)
	}
	found.Problems, err = p.problems(ctx, c, s, found.Sources)
	return found, err
}

func reportOf(r config.Report, zone *time.Location, now time.Time) reportStatus {
	one := reportStatus{Name: r.Name, Schedule: r.Schedule.String(), Period: r.Period.String(), Send: r.Send, Next: []runStatus{},
		Recipients: append([]string{}, r.Recipients...), Cc: append([]string{}, r.Cc...), Bcc: append([]string{}, r.Bcc...)}
	one.Copies, one.several = []copyStatus{}, several(r.Copies)
	for _, c := range r.Copies {
		one.Copies = append(one.Copies, copyOf(c))
	}
	if own := r.Schedule.Zone(); own != nil {
		one.Timezone = own.String()
	}
	for due := r.Schedule.Next(now); !due.IsZero() && len(one.Next) < shownRuns; due = r.Schedule.Next(due) {
		days := r.Period.Range(authreport.DayOf(due.In(zone)))
		one.Next = append(one.Next, runStatus{due, days.First.String(), days.Last.String()})
	}
	return one
}

// maybe gives t in zone, nil for the zero time.
func maybe(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

// text gives it for a reader.
func (s *status) text() string {
	var b strings.Builder
	reading := "nobody reads logs now: no daemon runs"
	if s.Reading {
		reading = "logs are being read, by the daemon or an ingest"
	}
	fmt.Fprintf(&b, "Store %s, days of %s; %s.\n\nSources\n", s.Store, s.Timezone, reading)
	for _, source := range s.Sources {
		source.write(&b)
	}
	b.WriteString("\nReports\n")
	if len(s.Reports) == 0 {
		b.WriteString("  none is configured\n")
	}
	for _, r := range s.Reports {
		r.write(&b)
	}
	b.WriteString("\nRequests, newest first\n")
	if len(s.Requests) == 0 {
		b.WriteString("  none yet\n")
	}
	for _, r := range s.Requests {
		r.write(&b)
	}
	if len(s.Problems) > 0 {
		b.WriteString("\nWrong now\n")
	}
	for _, problem := range s.Problems {
		fmt.Fprintf(&b, "  ✗ %s\n", problem)
	}
	return b.String()
}

// counted gives a number with its noun: "1 line", "5 lines".
func counted[T int | int64](n T, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}

func (r *reportStatus) write(b *strings.Builder) {
	recipients := toWhom(r.Recipients, r.Cc, r.Bcc)
	if recipients == "" {
		recipients = "nobody unless named"
	}
	fmt.Fprintf(b, "  %s: %s, %s, to %s\n", r.Name, r.when(), r.Period, recipients)
	if r.several {
		for _, c := range r.Copies {
			b.WriteString("    " + c.String() + "\n")
		}
	}
	for _, run := range r.Next {
		b.WriteString("    " + run.String() + "\n")
	}
}

// when says when it is mailed: "0 7 * * MON in Europe/Amsterdam (if_unusual)".
func (r *reportStatus) when() string {
	if r.Schedule == "" {
		return "on request"
	}
	text := r.Schedule + " in " + r.Timezone
	if r.Send != config.SendAlways {
		text += " (" + r.Send + ")"
	}
	return text
}

// String says when the run is due, in the schedule's zone, and which days it is about.
func (r runStatus) String() string {
	return fmt.Sprintf("%s: days %s to %s", r.Due.Format("Mon "+timeForm), r.First, r.Last)
}
