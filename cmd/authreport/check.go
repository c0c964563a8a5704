package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/store"
	"authreport/templates"
)

func checkCommand(p *program) *cobra.Command {
	sendTo, asJSON := "", false
	c := &cobra.Command{
		Use:   "check",
		Short: "Try the configuration, the sources, the store and the SMTP server, and name each fault with its remedy",
		Long: `check tries everything that the daemon will need: the configuration, whether each source's files can be read and understood and tell TLS versions, the store,
and the SMTP server up to login, with its certificates and keys. It changes nothing, save that a provider may replace a refresh token. A line begins with ✓ for
what is well, ! for what is worth a look, ✗ for a fault; with a fault the exit status is 1. Of each report it shows the next five runs and their days. With
--send-to it mails a test message as well.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.check(c.Context(), sendTo, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	c.Flags().StringVar(&sendTo, "send-to", "", "mail a test message to `ADDRESS`")
	return c
}

// findings tells what check finds: at once, or as JSON at the end.
type findings struct {
	*program
	asJSON bool
	faults int

	Findings []finding      `json:"findings"` // in the order in which they were found
	Reports  []reportStatus `json:"reports"`
}

type finding struct {
	Grade  string `json:"grade"` // well, note or fault
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

var marks = map[string]string{"well": "✓ ", "note": "! ", "fault": "✗ "}

func (f *findings) well(format string, values ...any) {
	f.tell("well", "", format, values...)
}

// note tells what is no fault but worth a look; remedy may be empty.
func (f *findings) note(remedy, format string, values ...any) {
	f.tell("note", remedy, format, values...)
}

func (f *findings) fault(remedy, format string, values ...any) {
	f.faults++
	f.tell("fault", remedy, format, values...)
}

func (f *findings) tell(grade, remedy, format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	if f.asJSON {
		f.Findings = append(f.Findings, finding{grade, text, remedy})
		return
	}
	fmt.Fprintln(f.out, marks[grade]+text)
	if remedy != "" {
		fmt.Fprintln(f.out, "    "+remedy)
	}
}

// check tries everything, and sends a test message if an address is given.
func (p *program) check(ctx context.Context, sendTo string, asJSON bool) error {
	f := &findings{program: p, asJSON: asJSON, Reports: []reportStatus{}}
	c, err := p.load()
	var faults config.Faults
	if err != nil && !errors.As(err, &faults) {
		return err
	}
	for _, one := range faults {
		f.fault("", "%s", one)
	}
	if err == nil {
		f.all(ctx, c, sendTo)
	}
	if asJSON {
		if err := p.printJSON(f); err != nil {
			return err
		}
	}
	if f.faults > 0 {
		return errSilent
	}
	return nil
}

// all tries everything that a configuration says.
func (f *findings) all(ctx context.Context, c *config.Config, sendTo string) {
	f.well("configuration %s", c.Path)
	f.secrets(c)
	f.sources(ctx, c)
	f.store(ctx, c)
	f.mails(ctx, c)
	f.notices(c)
	f.reports(c)
	f.linked(c)
	f.looks(c)
	if sendTo != "" {
		f.send(ctx, c, sendTo)
	}
}

// store looks whether the store can be opened, and is ours and nobody else's to read.
func (f *findings) store(ctx context.Context, c *config.Config) {
	path := strings.TrimPrefix(c.Store, "sqlite:")
	s, err := store.Open(ctx, c.Store, store.Options{Zone: c.Zone, Now: f.now, ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		if err := writable(filepath.Dir(path)); err != nil {
			f.fault("create the folder for the user that runs authreport, or name another store", "store %s: %v", path, err)
			return
		}
		f.well("store %s: not there yet, made at the first start", path)
		return
	}
	if err != nil {
		f.fault("", "store: %v", err)
		return
	}
	defer s.Close()
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		f.fault("chmod 600 "+path, "store %s: others can read it (mode %04o)", path, info.Mode().Perm())
		return
	}
	f.well("store %s: days of %s", path, c.Zone)
}

// writable gives an error if no file can be made in a folder.
func writable(folder string) error {
	file, err := os.CreateTemp(folder, ".authreport-check-*")
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("folder %s: %w", folder, path.Err)
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// existing gives folder, or the nearest one above it that is there, in which it will be made.
func existing(folder string) string {
	for {
		above := filepath.Dir(folder)
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || above == folder {
			return folder
		}
		folder = above
	}
}

// notices looks whether failures can be told.
func (f *findings) notices(c *config.Config) {
	if err := writable(existing(c.Mail.Outbox)); c.Mail.Host != "" && err != nil { // without a host it is tried for mails
		f.note("set mail.outbox to a folder that the user that runs authreport may write", "notify: notices of failures cannot be put into the outbox: %v", err)
	}
	if len(c.Notify.Recipients) == 0 {
		f.note("name recipients under notify", "notify: nobody is mailed when a report fails")
		return
	}
	f.well("notify: failures are told to %s", strings.Join(c.Notify.Recipients, ", "))
}

// reports tells when each report is due next, and what pages will lack.
func (f *findings) reports(c *config.Config) {
	if len(c.Reports) == 0 {
		f.note("name one under reports", "reports: none is configured")
	}
	for _, r := range c.Reports {
		one := reportOf(r, c.Zone, f.now())
		f.Reports = append(f.Reports, one)
		to := counted(len(r.Everyone()), "recipient")
		if r.Together() {
			to += " by one message"
		}
		if len(r.Copies) > 1 {
			to += fmt.Sprintf(" in %d copies", len(r.Copies))
		}
		if len(one.Next) == 0 {
			f.well("report %s: on request, to %s", r.Name, to)
			f.copies(one)
			continue
		}
		f.well("report %s: %s, %s, to %s", r.Name, one.when(), one.Period, to)
		f.copies(one)
		for _, run := range one.Next {
			if !f.asJSON {
				fmt.Fprintln(f.out, "    "+run.String())
			}
		}
	}
	if _, ok := templates.ECharts(); !ok {
		f.note("build with make build", "pages: the chart library is not built in, so they show tables alone")
	}
}
