package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/jobs"
	"authreport/report"
	"authreport/store"
)

// order is a report that was asked for, checked.
type order struct {
	settings   config.Report // as copy has it
	oneOff     bool          // not configured
	days       authreport.Range
	domains    []string
	recipients []string
	cc, bcc    []string      // those who get one message together with the recipients
	copies     []config.Copy // of all of them
	copy       config.Copy   // that is written as files: the first, or that of who was named
	files      []string      // to write, if they are written
	out        bool          // they are, and nothing is sent
	send       string        // when it is mailed, one of config.Conditions
}

// order checks what the flags ask for.
func (q *requestFlags) order(c *config.Config, now time.Time) (o order, err error) {
	settings, configured := c.Report(q.name)
	if !configured {
		if err := config.CheckOneOff(q.name); err != nil {
			return o, usagef("--request %v, is %q", err, q.name)
		}
		if len(q.recipients) == 0 && q.out == "" {
			problem := fmt.Sprintf("report %q is not configured (configured: %s); a one-off report needs --recipient or --out", q.name, reportNames(c))
			return o, usageError{problem}
		}
		settings = config.Default(q.name)
	}
	o = order{settings: settings, oneOff: !configured, domains: settings.Domains, recipients: settings.Recipients, cc: settings.Cc, bcc: settings.Bcc,
		out: q.out != "", send: q.send}
	if q.send != "" && !slices.Contains(config.Conditions(), q.send) {
		return o, usagef("--send must be one of %s, is %q", strings.Join(config.Conditions(), ", "), q.send)
	}
	if len(q.files) > 0 && q.out == "" {
		return o, usagef("--files needs --out")
	}
	if o.days, err = q.days.rangeOr(settings.Period, c, now); err != nil {
		return o, err
	}
	if len(q.recipients) > 0 {
		o.cc, o.bcc = nil, nil
		if o.recipients, err = c.Addresses(q.recipients); err == nil && !o.out {
			err = c.MayAskFor(o.recipients)
		}
		if err != nil {
			return o, usageError{err.Error()}
		}
	}
	if len(q.domains) > 0 {
		if o.domains, err = config.Domains(q.domains); err != nil {
			return o, usageError{err.Error()}
		}
	}
	if len(o.recipients) == 0 && q.out == "" {
		return o, usagef("report %q has no recipients in the configuration: name some with --recipient", q.name)
	}
	if err := o.copyFor(c, q.as); err != nil {
		return o, err
	}
	o.files, err = q.wanted(o.settings)
	return o, err
}

// everyone gives all who are to get the report.
func (o *order) everyone() []string { return slices.Concat(o.recipients, o.cc, o.bcc) }

// heads is whom the mail names, as who has the order's copy gets it; nil: them alone.
func (o *order) heads() *deliver.Heads {
	if len(o.cc)+len(o.bcc) == 0 || len(o.copy.Recipients) > 0 && !slices.Contains(o.everyone(), o.copy.Recipients[0]) {
		return nil
	}
	return &deliver.Heads{To: o.recipients, Cc: o.cc}
}

// toWhom names those who get a report: "a@example.org, b@example.org", or "a@example.org; cc b@example.org; in one message".
func toWhom(recipients, cc, bcc []string) string {
	text := strings.Join(recipients, ", ")
	if len(cc) > 0 {
		text += "; cc " + strings.Join(cc, ", ")
	}
	if len(bcc) > 0 {
		text += "; bcc " + strings.Join(bcc, ", ")
	}
	if len(cc)+len(bcc) > 0 {
		text += "; in one message"
	}
	return text
}

// copyFor finds the copies of an order, and which of them is written as files: that of an address, or of the first recipient.
func (o *order) copyFor(c *config.Config, as string) error {
	o.copies = c.Copies(o.settings, o.everyone())
	all := o.copies
	if as != "" {
		addresses, err := c.Addresses([]string{as})
		if err != nil {
			return usageError{strings.Replace(err.Error(), "recipient", "--as", 1)}
		}
		all = c.Copies(o.settings, addresses[:1])
	}
	o.copy = config.Copy{Form: o.settings.Form}
	if len(all) > 0 {
		o.copy = all[0]
	}
	for _, one := range append(slices.Clone(o.copies), o.copy) {
		if _, err := one.Within(o.domains); err != nil {
			return usageError{err.Error()}
		}
	}
	o.settings = o.copy.Of(o.settings)
	return nil
}

// document builds a copy of the order's report, from what the store has.
func (o *order) document(ctx context.Context, p *program, c *config.Config, s *store.Store, copy config.Copy) (*jobs.Document, *report.Report, error) {
	r, err := jobs.Build(ctx, c, s, copy.Of(o.settings), copy, o.days, o.domains, p.now())
	if err != nil {
		return nil, nil, err
	}
	document := jobs.NewDocument(r)
	if copy.IsWhole() && len(o.domains) == 0 {
		document.Readers = jobs.Readers(o.copies)
	}
	return document, r, nil
}

func reportNames(c *config.Config) string {
	names := make([]string, len(c.Reports))
	for i, r := range c.Reports {
		names[i] = r.Name
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// String says what was asked for: "report weekly, 2026-11-17 to 2026-11-23, sender domains example.org".
func (o order) String() string {
	text := "report " + o.settings.Name + ", " + o.days.String()
	if len(o.domains) > 0 {
		text += ", sender domains " + strings.Join(o.domains, ", ")
	}
	return text
}
