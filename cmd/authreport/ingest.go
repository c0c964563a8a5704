package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/jobs"
	"authreport/store"
)

func ingestCommand(p *program) *cobra.Command {
	source := ""
	c := &cobra.Command{
		Use:   "ingest [FILE...]",
		Short: "Read the logs to their ends once, or files of older logs",
		Long: `ingest reads what is new in the logs of all sources, or of one, counts it, and ends. With files it reads those as logs of a source: older logs, or logs
brought from another machine. What was read before, under whatever name, is not counted again.`,
		Example: `  authreport ingest
  authreport ingest --source mx1 /srv/old-logs/mail.log-*.gz`,
		RunE: func(c *cobra.Command, files []string) error { return p.ingest(c.Context(), source, files) },
	}
	c.Flags().StringVar(&source, "source", "", "read for this source alone, `NAME` as in the configuration")
	return c
}

func (p *program) ingest(ctx context.Context, source string, files []string) error {
	c, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	ingester := p.ingester(c, s)
	if ingester.Sources, err = chosenSources(c, source, files); err != nil {
		return err
	}
	ingester.Others = otherSources(c, ingester.Sources)
	debug.SetGCPercent(ingestGC)
	ingester.Settle = len(files) > 0 // older logs: nothing more comes of them
	unlock, ok, err := lockNow(s)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("another authreport reads logs into this store now: the daemon, which reads its sources by itself, or an ingest; stop it first")
	}
	defer unlock()
	start := p.now()
	summary, err := p.readTold(ctx, ingester)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Read %s of %s in %s: %s, %s, %s not understood.\n", counted(summary.Lines, "line"), counted(summary.Files, "file"),
		p.now().Sub(start).Round(time.Millisecond), counted(summary.Submissions, "submission"), counted(summary.Failures, "failed AUTH attempt"),
		counted(summary.NotUnderstood, "line"))
	for _, c := range summary.Choices {
		fmt.Fprintf(p.out, "Source %s: %s is %s.\n", c.Source, c.Stream, c.Format)
	}
	if len(summary.Faults) > 0 {
		return errSilent
	}
	return nil
}

// ingestGC is how far the heap may grow, in percent, before it is collected while a command reads logs: 5 % less CPU than at Go's 100, for 6 MiB more.
const ingestGC = 200

// chosenSources gives the sources to read: all, one, or one with other files.
func chosenSources(c *config.Config, name string, files []string) ([]config.Source, error) {
	chosen := c.Sources
	if name != "" {
		chosen = nil
	}
	var names []string
	for _, s := range c.Sources {
		names = append(names, s.Name)
		if s.Name == name {
			chosen = []config.Source{s}
		}
	}
	if len(chosen) == 0 {
		return nil, usagef("--source must be one of %s, is %q", strings.Join(names, ", "), name)
	}
	if len(files) == 0 {
		return chosen, nil
	}
	if len(chosen) > 1 {
		return nil, usagef("files need --source, to say whose logs they are: one of %s", strings.Join(names, ", "))
	}
	one := chosen[0]
	one.Paths, one.Journal = nil, nil
	for _, f := range files {
		path, err := filepath.Abs(f)
		if err != nil {
			return nil, fmt.Errorf("find log %s: %w", f, err)
		}
		one.Paths = append(one.Paths, path)
	}
	return []config.Source{one}, nil
}

// otherSources names those that are not chosen.
func otherSources(c *config.Config, chosen []config.Source) []string {
	var names []string
	for _, s := range c.Sources {
		if !slices.ContainsFunc(chosen, func(one config.Source) bool { return one.Name == s.Name }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// ingester makes the part that reads logs.
func (p *program) ingester(c *config.Config, s *store.Store) *jobs.Ingester {
	return &jobs.Ingester{Store: s, Sources: c.Sources, Zone: c.Zone, Now: p.now, Log: p.logger(c.Log)}
}

// readLogs reads the logs to their ends, unless another process does that by now: then alone is false.
func (p *program) readLogs(ctx context.Context, c *config.Config, s *store.Store) (alone bool, err error) {
	unlock, alone, err := lockNow(s)
	if err != nil || !alone {
		return false, err
	}
	defer unlock()
	_, err = p.readTold(ctx, p.ingester(c, s))
	return true, err
}

// lockNow makes this process the one that reads logs, if no other is. It looks more than once: authreport status takes the lock for a moment too.
func lockNow(s *store.Store) (unlock func(), ok bool, err error) {
	for range 5 {
		if unlock, ok, err = s.LockIngest(); ok || err != nil {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	return unlock, ok, err
}

// readTold reads the logs to their ends, shows how far it is, and tells what could not be read.
func (p *program) readTold(ctx context.Context, ingester *jobs.Ingester) (jobs.Summary, error) {
	var end func()
	ingester.Progress, end = p.progress()
	summary, err := ingester.Once(ctx)
	end()
	for _, f := range summary.Faults {
		fmt.Fprintln(p.err, "authreport:", f)
	}
	return summary, err
}

// progressLine is how often progress is told where there is no terminal.
const progressLine = 10 * time.Second

// progressText says how many of all bytes are read after a time, how fast, and how long the rest takes at that rate.
func progressText(done, total int64, after time.Duration) string {
	text := fmt.Sprintf("%d of %d MB read", done/1e6, total/1e6)
	if rate := float64(done) / after.Seconds(); rate > 0 {
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %.0f MB/s, %s left", rate/1e6, left.Round(time.Second))
	}
	return text
}

// progress gives what shows how many of all bytes are read, a bar on a terminal or else a line now and then, and what ends it.
func (p *program) progress() (show func(done, total int64), end func()) {
	if !isTerminal(os.Stderr) {
		start := p.now()
		last := start
		return func(done, total int64) {
			if now := p.now(); now.Sub(last) >= progressLine {
				last = now
				fmt.Fprintln(p.err, "authreport:", progressText(done, total, now.Sub(start)))
			}
		}, func() {}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
			if bar == nil {
				bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("reading logs"),
					progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
			}
			_ = bar.Set64(done) // a bar that cannot be drawn is no fault
		}, func() {
			if bar != nil {
				_ = bar.Finish()
			}
		}
}
