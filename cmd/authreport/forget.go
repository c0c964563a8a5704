package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"authreport/config"
	"authreport/jobs"
	"authreport/store"
)

func forgetCommand(p *program) *cobra.Command {
	dry, asJSON := false, false
	c := &cobra.Command{
		Use:   "forget ADDRESS...",
		Short: "Remove all that the store has about an address or account",
		Long: `forget removes an address or account from the store, and says what it removed: its counts as sender and as account, which go from all totals; failed attempts to log
in as it; open sessions; it as a recipient of reports, with what became of them; its name in stored texts. Then it writes the database anew, so that no byte of it is
left there: that needs as much room again as the database has. There is no way back.

Upper and lower case tell addresses apart before the @, as in reports. Names that may be the same person's stay, and are listed: forget them too, if they are.

It works while the daemon runs. Logs, the configuration, mails that were sent, the outbox and backups are not touched; it says where to look.`,
		Example: `  authreport forget --dry-run alice@example.org
  authreport forget alice@example.org alice`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 0 {
				return usagef("forget takes at least one address or account")
			}
			return nil
		},
		RunE: func(c *cobra.Command, arguments []string) error { return p.forget(c.Context(), arguments, dry, asJSON) },
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would be removed, change nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// forgetFound is what the command forget gives as JSON.
type forgetFound struct {
	Names  []string `json:"names"`
	DryRun bool     `json:"dry_run"`
	store.Forgotten
	Configuration []string `json:"configuration"` // where config.yaml names them: "config.yaml:12"
}

func (p *program) forget(ctx context.Context, names []string, dry, asJSON bool) error {
	if err := store.CheckNames(names); err != nil {
		return usageError{err.Error()}
	}
	c, s, err := p.openExisting(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	removed, err := jobs.Forget(ctx, c, s, names, dry)
	if err != nil && !errors.Is(err, store.ErrStays) {
		return err
	}
	found := forgetFound{names, dry, removed, namedIn(c.Path, names)}
	if asJSON {
		return errors.Join(p.printJSON(found), err)
	}
	fmt.Fprint(p.out, found.text(c, s.Path()))
	return err
}

// openExisting is open for commands that change a store, which must exist.
func (p *program) openExisting(ctx context.Context) (*config.Config, *store.Store, error) {
	_, s, err := p.openToRead(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := s.Close(); err != nil {
		return nil, nil, err
	}
	return p.open(ctx)
}

// namedIn gives the lines of a configuration that have one of some addresses, whatever its case: "config.yaml:12".
func namedIn(path string, names []string) []string {
	places := []string{}
	text, err := os.ReadFile(path)
	if err != nil {
		return places // it was read a moment ago
	}
	for i, line := range strings.Split(strings.ToLower(string(text)), "\n") {
		for _, name := range names {
			if strings.Contains(name, "@") && strings.Contains(line, strings.ToLower(name)) {
				places = append(places, fmt.Sprintf("%s:%d", path, i+1))
				break
			}
		}
	}
	return places
}

// text says what was removed, and what forget cannot do.
func (f *forgetFound) text(c *config.Config, path string) string {
	var b strings.Builder
	names := strings.Join(f.Names, ", ")
	switch {
	case !f.Any():
		fmt.Fprintf(&b, "There is nothing about %s in %s.\n", names, path)
	case f.DryRun:
		fmt.Fprintf(&b, "Of %s there would be removed from %s:\n", names, path)
	default:
		fmt.Fprintf(&b, "Of %s there was removed from %s:\n", names, path)
	}
	row := func(n int64, noun, more string, values ...any) {
		if n > 0 {
			fmt.Fprintf(&b, "  %s%s\n", counted(n, noun), fmt.Sprintf(more, values...))
		}
	}
	days := fmt.Sprintf(", of days from %s to %s", f.FirstDay, f.LastDay)
	row(f.Counts, "count", ": %s to %s%s", counted(f.Messages, "message"), counted(f.Recipients, "recipient"), days)
	row(f.Clients, "client", "")
	row(f.Failures, "count", " of failed attempts: %s%s", counted(f.Attempts, "attempt"), days)
	row(f.Logs, "log", " in which a session was open")
	row(f.Requests, "request", " for a report, as one who gets it")
	row(f.Deliveries, "delivery", " to it")
	row(f.Texts, "text", " that named it")
	if f.Any() {
		row(f.Letters, "message", " for recipients still to come, which is made anew without it")
	}
	b.WriteString(f.advice(c))
	return b.String()
}

// advice says what is left to do.
func (f *forgetFound) advice(c *config.Config) string {
	var b strings.Builder
	if f.Counts > 0 {
		b.WriteString("Totals are lower by as much from now on; reports of these days that were sent before have other figures.\n")
	}
	if len(f.Alike) > 0 {
		fmt.Fprintf(&b, "Not removed, and perhaps the same person: %s.\n", strings.Join(f.Alike, ", "))
	}
	if len(f.Configuration) > 0 {
		fmt.Fprintf(&b, "The configuration names it, so it comes back with the next report: %s.\n", strings.Join(f.Configuration, ", "))
	}
	b.WriteString("Logs: what was read is not read again. It comes back with what the servers log of it from now on, with older logs that are read by hand, and with a new store.\n")
	fmt.Fprintf(&b, "Not looked into: logs, mails that were sent, the outbox %s, backups.\n", c.Mail.Outbox)
	return b.String()
}
