package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authreport/config"
	"authreport/jobs"
	"authreport/store"
)

// requestFlags is the flags that say which report is wanted and for whom.
type requestFlags struct {
	name       string
	days       days
	recipients []string
	domains    []string
	out        string
	files      []string
	send       string
	as         string
	dryRun     bool
}

func (q *requestFlags) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&q.name, "request", "", "make the report `NAME` now; a name that is not configured makes a one-off report")
	q.addReportFlags(c)
	c.Flags().StringVar(&q.out, "out", "", "write mail, page and workbook into the folder `DIR`, send nothing")
	q.addFilesFlag(c)
	c.Flags().StringVar(&q.send, "send", config.SendAlways, "mail the report always, or only on a `CONDITION`: "+strings.Join(config.Conditions()[1:], ", "))
	c.Flags().BoolVar(&q.dryRun, "dry-run", false, "say what would be sent to whom, send and write nothing")
}

// addReportFlags adds what preview takes as well.
func (q *requestFlags) addReportFlags(c *cobra.Command) {
	q.days.addFlags(c, true)
	c.Flags().StringArrayVar(&q.recipients, "recipient", nil, "`ADDRESS` or group, repeatable; default the report's own")
	c.Flags().StringArrayVar(&q.domains, "domain", nil, "sender `DOMAIN`, repeatable; default the report's own, or all")
}

// needsRequest names a flag that was given and means nothing without --request; empty if none was.
func needsRequest(flags *pflag.FlagSet) (name string) {
	flags.Visit(func(f *pflag.Flag) {
		if f.Name != "config" {
			name = f.Name
		}
	})
	return name
}

// request makes a report now, alone or through a daemon that runs.
func (p *program) request(ctx context.Context, q requestFlags) error {
	c, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	o, err := q.order(c, p.now())
	switch {
	case err != nil:
		return err
	case q.dryRun:
		return p.dryRun(ctx, c, s, o)
	case q.out == "":
		return p.deliver(ctx, c, s, o)
	}
	if _, err := p.readLogs(ctx, c, s); err != nil {
		return err
	}
	document, _, err := o.document(ctx, p, c, s, o.copy)
	if err != nil {
		return err
	}
	p.sayCopy(o)
	return p.writeDocument(c, document, o, q.out)
}

// deliver writes the request, does it or waits for the daemon to do it, and tells what became of each recipient.
func (p *program) deliver(ctx context.Context, c *config.Config, s *store.Store, o order) error {
	requester, err := p.requester(c, s, nil)
	if err != nil {
		return err
	}
	_, way, err := channel(c.Mail)
	if err != nil {
		return err
	}
	now := p.now()
	id, err := s.AddRequest(ctx, store.Request{
		Report:      o.settings.Name,
		Range:       o.days,
		Domains:     o.domains,
		Recipients:  o.recipients,
		Cc:          o.cc,
		Bcc:         o.bcc,
		AskedBy:     userName() + " (command line)",
		Due:         now,
		Created:     now,
		OneOff:      o.oneOff,
		MessageHost: jobs.MessageHost(c.Mail),
		Send:        o.send,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Request %d: %s, days of %s, through %s\n", id, o, c.Zone, way)
	p.sayCopies(o.copies)
	request, err := p.await(ctx, c, s, requester, id)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("request %d is not done yet; it stays in the store for the daemon (authreport status shows it)", id)
	case err != nil:
		return err
	}
	deliveries, err := s.Deliveries(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	if request.Withheld != "" {
		_, err := fmt.Fprintf(p.out, "Not sent: %s.\n", request.Withheld)
		return err
	}
	failed := false
	for _, d := range deliveries {
		fmt.Fprintf(p.out, "%s: %s\n", d.Recipient, outcome(d, c.Zone))
		failed = failed || d.State != store.Delivered && d.State != store.Withheld
	}
	switch {
	case request.State == store.Failed:
		p.tellFailure(ctx, s, requester, id)
		return fmt.Errorf("request %d: %s", id, request.Fault)
	case request.Fault != "":
		return fmt.Errorf("request %d: %s; the daemon tries again at %s", id, request.Fault, request.Next.In(c.Zone).Format(timeForm))
	case failed:
		return errSilent
	}
	return nil
}

// tellFailure sends the notice of a request that has failed, for when no daemon runs to do it.
func (p *program) tellFailure(ctx context.Context, s *store.Store, requester *jobs.Requester, id int64) {
	open, err := s.Open(ctx, mostOpen)
	for _, r := range open {
		if err == nil && r.Notice != nil && r.Notice.Request == id {
			_, err = requester.Do(ctx, r.ID)
		}
	}
	if err != nil {
		fmt.Fprintf(p.err, "authreport: notice of request %d: %v\n", id, err)
	}
}

// pollRequest is how often a request is looked at that another process may be doing.
const pollRequest = 200 * time.Millisecond

// await brings a request to where nothing more happens to it for now. Where no other process reads the logs, it reads them and does the request itself;
// where one does, it is a daemon, which does the request once it has read its logs, or an ingest, which ends.
func (p *program) await(ctx context.Context, c *config.Config, s *store.Store, requester *jobs.Requester, id int64) (store.Request, error) {
	told := false
	for {
		alone, err := p.readLogs(ctx, c, s)
		if err != nil {
			return store.Request{}, err
		}
		if alone {
			if _, err := requester.Do(ctx, id); err != nil {
				return store.Request{}, err
			}
		} else if !told {
			fmt.Fprintln(p.out, "Another authreport reads the logs; if it is the daemon, it does the request.")
			told = true
		}
		request, err := s.Request(context.WithoutCancel(ctx), id) // it may just have been done
		if err != nil {
			return request, err
		}
		if request.State == store.Done || request.State == store.Failed || request.State == store.Pending && request.Fault != "" {
			return request, nil
		}
		select {
		case <-ctx.Done():
			return request, ctx.Err()
		case <-time.After(pollRequest):
		}
	}
}

// outcome says in words what became of one recipient.
func outcome(d store.Delivery, zone *time.Location) string {
	text, reply := string(d.State), d.Reply
	if d.Code != 0 && !strings.HasPrefix(reply, strconv.Itoa(d.Code)) {
		reply = strings.TrimSpace(fmt.Sprintf("%d %s", d.Code, reply))
	}
	switch d.State {
	case store.Waiting:
		return "waiting"
	case store.Withheld:
		text = "not sent"
	case store.Refused:
		text = "refused for good"
	case store.Abandoned:
		text = "given up after " + counted(d.Attempts, "attempt")
	case store.Deferred:
		text = "not yet; the daemon tries again at " + d.Next.In(zone).Format(timeForm)
	case store.Unanswered:
		text = "no reply came, so it may have arrived; given up after " + counted(d.Attempts, "attempt")
		if !d.Next.IsZero() {
			text = "no reply came, so it may have arrived; the daemon sends it again at " + d.Next.In(zone).Format(timeForm)
		}
	}
	if reply != "" {
		text += " (" + reply + ")"
	}
	if d.Repeats > 0 {
		text += ", sent again " + counted(d.Repeats, "time") + " because it was not known whether it had arrived"
	}
	return text
}

// timeForm is how instants are shown, in the zone at hand.
const timeForm = "2006-01-02 15:04 MST"

// userName is who runs this, and who became that user by sudo for it.
func userName() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before, err := user.Lookup(os.Getenv("SUDO_USER")); err == nil && before.Username != name {
		name += " by sudo of " + before.Username
	}
	return name
}
