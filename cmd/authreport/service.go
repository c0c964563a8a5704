package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"authreport/config"
	"authreport/jobs"
	"authreport/store"
	"authreport/templates"
)

// service is what the daemon's configurations have in common, one after the other.
type service struct {
	*program
	store   *store.Store
	began   time.Time
	reading sync.Mutex     // of logs: by one configuration at a time
	running sync.WaitGroup // jobs of all configurations
	systemd systemd
}

// running is the work by one configuration.
type running struct {
	config *config.Config
	jobs   *jobs.Daemon
	log    *slog.Logger
	retire context.CancelFunc // has nothing new begun; a request under way is done
}

// pollReload is how often it is looked whether the command reload has asked for something.
const pollReload = time.Second

// daemon works until ctx ends. On SIGHUP, and when the command reload asks, it goes on with what config.yaml says now.
func (p *program) daemon(ctx context.Context) error {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	c, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	unlock, err := lockIngest(ctx, s, p.logger(c.Log))
	if err != nil || unlock == nil {
		return err
	}
	defer unlock()
	v := &service{program: p, store: s, began: p.now()}
	defer v.running.Wait()
	now, err := v.start(ctx, c)
	if err != nil {
		return err
	}
	v.systemd.ready()
	tick := time.NewTicker(pollReload)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			now.log.Info("stopping: a message under way is finished first")
			v.systemd.stopping()
			v.running.Wait()
			now.log.Info("stopped")
			return nil
		case <-hangUps:
			now = v.reload(ctx, now, "")
		case <-tick.C:
			if id := v.asked(ctx); id != "" {
				now = v.reload(ctx, now, id)
			}
			v.systemd.alive(now)
		}
	}
}

// start begins the work by a configuration. After an error nothing is begun.
func (v *service) start(ctx context.Context, c *config.Config) (*running, error) {
	log := v.logger(c.Log)
	requests, err := v.requester(c, v.store, func(r store.Request, d store.Delivery) { logDelivery(log, r, d) })
	if err != nil {
		return nil, err
	}
	requests.Ended = func(r store.Request) { logEnd(log, r) }
	_, way, err := channel(c.Mail)
	if err != nil {
		return nil, err
	}
	log.Info("started", "version", thisBuild().Version, "configuration", c.Path, "store", c.Store, "mails go to", way)
	tellFaults(c.Templates, func(fault templates.Fault) {
		log.Warn("a template is not used, what is built in is", "file", fault.File, "line", fault.Line, "key", fault.Key, "fault", fault.Problem)
	})
	if !thisBuild().Charts {
		log.Warn("the chart library is not built in: pages show tables alone", "remedy", "make build")
	}
	logs := v.ingester(c, v.store)
	d := &jobs.Daemon{
		Config:    c,
		Store:     v.store,
		Logs:      logs,
		Requests:  requests,
		Schedules: &jobs.Scheduler{Config: c, Store: v.store, Now: v.now, Awake: func() time.Duration { return v.now().Sub(v.began) }},
		Now:       v.now,
		Wait:      v.wait,
		Log:       log,
		Reading:   &v.reading,
	}
	logs.Looked = d.Looked
	logs.Progress = func(int64, int64) { d.Reads() }
	d.Configured(ctx, nil)
	begin, retire := context.WithCancel(ctx)
	v.running.Go(func() { d.Run(ctx, begin) })
	return &running{c, d, log, retire}, nil
}

// reload goes on with what the configuration says now, all of it or, if anything is wrong, nothing. id is that of the command that asked; empty for SIGHUP.
func (v *service) reload(ctx context.Context, now *running, id string) *running {
	v.systemd.reloading()
	defer v.systemd.ready()
	c, err := v.load()
	if err == nil {
		err = unchangeable(now.config, c)
	}
	next := now
	if err == nil {
		if started, fault := v.start(ctx, c); fault == nil {
			now.retire()
			next = started
		} else {
			err = fault
		}
	}
	if err != nil {
		now.log.Error("the configuration is refused; the one before it counts", "configuration", now.config.Path, "fault", err)
		now.jobs.Configured(ctx, err)
	}
	if id != "" {
		if err := v.answer(ctx, id, now.config.Path, err); err != nil {
			now.log.Error("answering the command reload", "fault", err)
		}
	}
	return next
}

// unchangeable says what a running daemon cannot take over.
func unchangeable(now, next *config.Config) error {
	var faults []error
	if next.Store != now.Store {
		faults = append(faults, fmt.Errorf("%s: store is another one, %s; for that, stop the daemon and start it again", next.Path, next.Store))
	}
	if next.Zone.String() != now.Zone.String() {
		faults = append(faults, fmt.Errorf("%s: timezone is another one, %s, and the counted days are those of %s", next.Path, next.Zone, now.Zone))
	}
	return errors.Join(faults...)
}
