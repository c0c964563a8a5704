package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/demo"
	"authreport/jobs"
	"authreport/store"
)

// demoFlags is the flags that say what is invented.
type demoFlags struct {
	out          string
	seed         uint64
	days, people int
	until        string
}

func demoCommand(p *program) *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Invent a company's logs and make a report of them, to see what authreport does",
		Long: `demo invents the Postfix logs of a company: its people and machines, its weekends and month ends, old printers, and one stolen account. It reads them
as any logs, mails the weekly report over SMTP to a catcher of its own on loopback, and says where to look. Nothing leaves the folder.

The same seed, people and days give the same logs. Needed are no configuration, mail server or network.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.demo(c.Context(), f) },
	}
	c.Flags().StringVar(&f.out, "out", "authreport-demo", "folder `DIR` for all that is made; an earlier demo in it is replaced")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "another `NUMBER` invents another company")
	c.Flags().IntVar(&f.days, "days", 90, "`NUMBER` of days, 14 and up")
	c.Flags().IntVar(&f.people, "people", 60, "`NUMBER` of people who work there, 3 to 5000")
	c.Flags().StringVar(&f.until, "until", "", "last `DAY`; default yesterday")
	return c
}

// invention checks the flags. The time is that of the report: now, or the morning after the last day if that was given.
func (f demoFlags) invention(now time.Time) (o demo.Options, _ time.Time, err error) {
	if f.days < 14 || f.days > 3660 {
		return o, now, usagef("--days must be from 14 to 3660, is %d", f.days)
	}
	if f.people < 3 || f.people > 5000 {
		return o, now, usagef("--people must be from 3 to 5000, is %d", f.people)
	}
	if o.Zone, err = time.LoadLocation(demo.Zone); err != nil {
		return o, now, err
	}
	last := authreport.DayOf(now.In(o.Zone)) - 1
	if f.until != "" {
		if last, err = authreport.ParseDay(f.until); err != nil {
			return o, now, usagef("--until: %v", err)
		}
		now = (last + 1).Start(o.Zone).Add(7 * time.Hour)
	}
	o.Seed, o.People = f.seed, f.people
	o.Days = authreport.Range{First: last - authreport.Day(f.days) + 1, Last: last}
	return o, now, nil
}

// demonstration is one run of the demo.
type demonstration struct {
	*program
	folder  demo.Folder
	company *demo.Company
	options demo.Options
	truth   demo.Truth
	config  *config.Config
	store   *store.Store
	print   *message.Printer
}

// demo invents, reads, reports and mails, and tells of each.
func (p *program) demo(ctx context.Context, f demoFlags) error {
	o, now, err := f.invention(p.now())
	if err != nil {
		return err
	}
	d := &demonstration{options: o, truth: demo.NewTruth(o.Zone), print: message.NewPrinter(language.English)}
	if d.folder, err = demo.Open(f.out); err != nil {
		if errors.Is(err, demo.ErrOccupied) {
			return hinted{err, "authreport demo --out DIR, with a folder that is empty or not there yet"}
		}
		return err
	}
	stopped := *p // everything of the demo happens at one moment, so that it can be repeated
	stopped.now, stopped.configPath = func() time.Time { return now }, d.folder.Config()
	d.program = &stopped
	if err := d.invent(ctx); err != nil {
		return err
	}
	if d.config, d.store, err = d.open(ctx); err != nil {
		return err
	}
	defer d.store.Close()
	if err := d.read(ctx); err != nil {
		return err
	}
	return d.mail(ctx)
}

// invent writes logs, configuration and truth.
func (d *demonstration) invent(ctx context.Context) error {
	d.options.Submitted, d.options.Failed = d.truth.Add, d.truth.AddFailure
	d.company = demo.New(d.options)
	if err := d.folder.WriteConfig(d.company); err != nil {
		return err
	}
	files := demo.NewFiles(d.folder.Logs(), d.options.Days, d.options.Zone)
	lines, err := d.company.Write(ctx, files.Line)
	if err := errors.Join(err, files.Close()); err != nil {
		return err
	}
	if err := d.writeTruth(); err != nil {
		return err
	}
	submissions, failures, accounts := d.truth.Sum()
	d.say("%s is an invented company of %d people. Everything below is made up, and stays in the folder %s.\n", d.company.Name(), d.options.People, d.folder.Dir)
	d.say("Invented  %d lines of Postfix logs of the days %s, in %d files:", lines, d.options.Days, len(files.Paths()))
	d.say("          %d submissions by %d accounts and %d failed AUTH attempts, beside mail from outside and noise.", submissions, accounts, failures)
	return nil
}

// writeTruth writes what the logs hold as `export counts` would.
func (d *demonstration) writeTruth() error {
	file, err := os.OpenFile(d.folder.Truth(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	defer file.Close()
	invented := func(yield func([]string, error) bool) {
		for _, c := range d.truth.Sorted() {
			if !yield(countRow(c), nil) {
				return
			}
		}
	}
	if err := writeCSV(file, tables["counts"], invented); err != nil {
		return fmt.Errorf("write truth %s: %w", d.folder.Truth(), err)
	}
	return file.Close()
}

// read reads the logs as ingest does, and checks what it counted.
func (d *demonstration) read(ctx context.Context) error {
	unlock, ok, err := d.store.LockIngest()
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("another authreport reads logs into " + d.config.Store)
	}
	defer unlock()
	summary, err := d.readTold(ctx, d.ingester(d.config, d.store))
	if err != nil {
		return err
	}
	if len(summary.Faults) > 0 {
		return errSilent
	}
	if err := d.truth.Compare(d.store.Export(ctx, d.options.Days, nil), d.store.Failures(ctx, d.options.Days)); err != nil {
		return err
	}
	d.say("Read      %d lines with the ordinary ingest, %d not understood:", summary.Lines, summary.NotUnderstood)
	d.say("          %d submissions and %d failed AUTH attempts, every count as it was invented.", summary.Submissions, summary.Failures)
	return nil
}

// mail makes the weekly report and mails it to a catcher, by a request as any other.
func (d *demonstration) mail(ctx context.Context) error {
	catcher, err := deliver.StartCatcher(d.folder.Dir)
	if err != nil {
		return err
	}
	defer catcher.Close()
	d.config.Mail.Host, d.config.Mail.Port, d.config.Mail.TLS = "127.0.0.1", catcher.Port(), "none"
	o, err := (&requestFlags{name: "weekly"}).order(d.config, d.now())
	if err != nil {
		return err
	}
	delivery, err := d.doRequest(ctx, o)
	if err != nil {
		return err
	}
	document, built, err := o.document(ctx, d.program, d.config, d.store, o.copy)
	if err != nil {
		return err
	}
	d.say("Mailed    report %q of %s to %s by SMTP through %s: %s.", o.settings.Name, o.days, delivery.Recipient, catcher.Addr(), outcome(delivery, d.options.Zone))
	d.sayReport(built)
	return d.sayFiles(catcher, document)
}

// doRequest brings the report to its one recipient and gives what became of it.
func (d *demonstration) doRequest(ctx context.Context, o order) (delivery store.Delivery, err error) {
	requester, err := d.requester(d.config, d.store, nil)
	if err != nil {
		return delivery, err
	}
	id, err := d.store.AddRequest(ctx, store.Request{
		Report:      o.settings.Name,
		Range:       o.days,
		Recipients:  o.recipients,
		AskedBy:     "demo",
		Due:         d.now(),
		Created:     d.now(),
		MessageHost: jobs.MessageHost(d.config.Mail),
	})
	if err != nil {
		return delivery, err
	}
	if _, err := requester.Do(ctx, id); err != nil {
		return delivery, err
	}
	deliveries, err := d.store.Deliveries(ctx, id)
	if err != nil {
		return delivery, err
	}
	request, err := d.store.Request(ctx, id)
	if err != nil {
		return delivery, err
	}
	if request.State != store.Done || len(deliveries) != 1 {
		return delivery, fmt.Errorf("mail report %s: %s", o.settings.Name, request.Fault)
	}
	return deliveries[0], nil
}
