package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"authreport"
	"authreport/config"
)

// order is a report that was asked for, checked.
type order struct {
	settings   config.Report
	oneOff     bool // not configured
	days       authreport.Range
	domains    []string
	recipients []string
	files      []string // to write, if they are written
	out        bool     // they are, and nothing is sent
	send       string   // when it is mailed, one of config.Conditions
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
	o = order{settings: settings, oneOff: !configured, domains: settings.Domains, recipients: settings.Recipients, out: q.out != "", send: q.send}
	if o.files, err = q.wanted(settings); err != nil {
		return o, err
	}
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
		if o.recipients, err = c.Addresses(q.recipients); err != nil {
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
	return o, nil
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
