package main

import (
	"context"
	"fmt"
	"strings"

	"authreport/config"
	"authreport/jobs"
	"authreport/report"
	"authreport/store"
)

// dryRun says what would be sent.
func (p *program) dryRun(ctx context.Context, c *config.Config, s *store.Store, o order) error {
	_, way, err := channel(c.Mail)
	if err != nil {
		return err
	}
	to := toWhom(o.recipients, o.cc, o.bcc)
	fmt.Fprintf(p.out, "Nothing is sent or written. Without --dry-run:\n%s, days of %s\nto %s\nthrough %s\n", o, c.Zone, to, way)
	copies := o.copies
	if o.out || len(copies) == 0 {
		copies = []config.Copy{o.copy}
	}
	for _, one := range copies {
		if len(copies) > 1 || !one.IsWhole() {
			fmt.Fprintf(p.out, "\nCopy of %s\n", copyLine(one))
		}
		document, r, err := o.document(ctx, p, c, s, one)
		if err != nil {
			return err
		}
		if o.out {
			_, err = fmt.Fprintf(p.out, "As files alone: %s\n", strings.Join(o.files, ", "))
		} else {
			its := o
			its.settings = one.Of(o.settings)
			err = p.sayMail(c, document, r, its)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "The store has %d messages of %d senders and %d accounts for it now; logs were not read.\n",
			r.Summary.Messages.Value, r.Summary.Senders.Value, r.Summary.Accounts.Value)
		if err != nil {
			return err
		}
	}
	return nil
}

// sayMail tells the mail of an order, and whether it would be sent: by what the order asks, and by its schedule.
func (p *program) sayMail(c *config.Config, document *jobs.Document, r *report.Report, o order) error {
	draft, err := document.Message(o.settings, c.Mail.MaxSize)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("The mail has at most %d bytes", draft.Size)
	if r.Standing().Quiet() {
		text += ", and says that all is well"
	}
	for _, step := range draft.Reduced.Steps() {
		text += "; " + step
	}
	fmt.Fprintln(p.out, text+".")
	if why := jobs.Withheld(o.send, r.Standing()); why != "" {
		fmt.Fprintf(p.out, "It is not sent (--send %s): %s.\n", o.send, why)
	}
	if o.settings.Schedule.IsZero() || o.settings.Send == config.SendAlways {
		return nil
	}
	why := jobs.Withheld(o.settings.Send, r.Standing())
	if why == "" {
		why = "it would be sent"
	} else {
		why = "it would not be sent: " + why
	}
	_, err = fmt.Fprintf(p.out, "As a run of its schedule (send: %s) %s.\n", o.settings.Send, why)
	return err
}
