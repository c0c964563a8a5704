package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

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
			if c.Flags().Changed("request") {
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

// pollLock is how often a daemon that waits for another one looks whether that has ended.
const pollLock = time.Second

// lockIngest makes this process the one that reads logs, once no other is any more: an ingest or a request of the command line that is about to end, or
// another daemon, whose stand-in this one is then. unlock is nil if ctx ended first.
func lockIngest(ctx context.Context, s *store.Store, log *slog.Logger) (unlock func(), err error) {
	for waiting := false; ; waiting = true {
		unlock, ok, err := s.LockIngest()
		if err != nil || ok {
			return unlock, err
		}
		if !waiting {
			log.Warn("waiting: another authreport, a daemon or an ingest, reads logs into this store", "store", s.Path())
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(pollLock):
		}
	}
}

// logDelivery tells what became of one recipient.
func logDelivery(log *slog.Logger, r store.Request, d store.Delivery) {
	level := slog.LevelInfo
	switch d.State {
	case store.Deferred, store.Unanswered:
		level = slog.LevelWarn
	case store.Refused, store.Abandoned:
		level = slog.LevelError
	}
	what, facts := logged(r)
	facts = append(facts, "recipient", d.Recipient, "attempt", d.Attempts)
	if d.Code != 0 {
		facts = append(facts, "code", d.Code)
	}
	log.Log(context.Background(), level, what+" "+string(d.State), append(facts, "reply", d.Reply)...)
}

// logEnd tells how the work on a request ended, unless all went well.
func logEnd(log *slog.Logger, r store.Request) {
	what, facts := logged(r)
	switch {
	case r.State == store.Failed:
		log.Error(what+" failed", append(facts, "fault", r.Fault)...)
	case r.Withheld != "":
		log.Info(what+" not sent", append(facts, "because", r.Withheld)...)
	case r.Fault != "":
		log.Warn(what+" put off", append(facts, "fault", r.Fault, "until", r.Next)...)
	}
}

// logged is what a request is, and the facts that tell it from others.
func logged(r store.Request) (what string, facts []any) {
	if r.Notice != nil {
		return "notice", []any{"notice", r.ID, "of", subject(r)}
	}
	return "report", []any{"report", r.Report, "range", r.Range.String()}
}
