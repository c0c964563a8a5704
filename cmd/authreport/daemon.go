package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"authreport/jobs"
	"authreport/store"
)

func daemonCommand(p *program) *cobra.Command {
	var q requestFlags
	c := &cobra.Command{
		Use:   "authreport",
		Short: "Count the mail that clients submit with SMTP AUTH, and mail reports of it",
		Long: `authreport reads the logs of mail servers, counts the messages that clients submitted with SMTP AUTH, and mails reports of senders, accounts and TLS versions.

Without a command it is the daemon: it follows the logs and mails the reports of the configuration when they are due.
With --request it makes one report now and says what happened to each recipient.`,
		Example: `  authreport --config /etc/authreport/config.yaml
  authreport --request weekly
  authreport --request november --from 2026-11-01 --to 2026-11-30 --recipient alice@example.org --domain example.org`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if q.name != "" {
				return p.request(c.Context(), q)
			}
			if flag := needsRequest(c.Flags()); flag != "" {
				return usagef("--%s needs --request", flag)
			}
			return p.daemon(c.Context())
		},
	}
	q.addFlags(c)
	return c
}

// daemon works until ctx ends.
func (p *program) daemon(ctx context.Context) error {
	c, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	unlock, ok, err := s.LockIngest()
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("another authreport, a daemon or an ingest, is reading logs into " + c.Store)
	}
	defer unlock()
	log := p.logger(c.Log)
	requests, err := p.requester(c, s, func(r store.Request, d store.Delivery) { logDelivery(log, r, d) })
	if err != nil {
		return err
	}
	_, way, err := channel(c.Mail)
	if err != nil {
		return err
	}
	log.Info("started", "version", thisBuild().Version, "configuration", c.Path, "store", c.Store, "mails go to", way)
	daemon := jobs.Daemon{
		Config:    c,
		Store:     s,
		Logs:      p.ingester(c, s),
		Requests:  requests,
		Schedules: &jobs.Scheduler{Config: c, Store: s, Now: p.now, Start: p.now()},
		Now:       p.now,
		Log:       log,
	}
	daemon.Run(ctx)
	log.Info("stopped")
	return nil
}

// logDelivery tells what became of one recipient.
func logDelivery(log *slog.Logger, r store.Request, d store.Delivery) {
	level := slog.LevelInfo
	switch d.State {
	case store.Deferred:
		level = slog.LevelWarn
	case store.Refused:
		level = slog.LevelError
	}
	log.Log(context.Background(), level, "report "+string(d.State), "report", r.Report, "range", r.Range.String(), "recipient", d.Recipient,
		"attempt", d.Attempts, "code", d.Code, "reply", d.Reply)
}
