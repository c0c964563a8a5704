package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"authreport"
	"authreport/config"
	"authreport/render"
	"authreport/store"
)

// Follower reads the sources' logs: once to their ends, and on as they grow.
type Follower interface {
	Once(context.Context) (Summary, error)
	Follow(context.Context) error
}

// Daemon does everything that comes by itself: it follows the logs, writes requests when they are due, makes and delivers reports, prunes the store.
// A fault in one of these is logged and tried again; it does not end the others.
type Daemon struct {
	Config    *config.Config
	Store     *store.Store
	Logs      Follower
	Requests  *Requester
	Schedules *Scheduler
	Now       func() time.Time
	Wait      func(context.Context, time.Duration) // returns after a while, or when the context ends; nil: as time passes
	Log       *slog.Logger
	Reading   *sync.Mutex // held while logs are read; daemons that follow one another share it; nil: there is no other

	health health
	pulse  pulse
}

const (
	pollRequests = time.Second      // how soon a request of the command line is noticed
	pollSchedule = 30 * time.Second // how soon a change of the machine's clock is noticed
	tellJump     = time.Minute      // the shortest of them that is told
	pollDay      = time.Minute      // how soon a new day is noticed
	afterFault   = 10 * time.Second // wait before what failed is tried again
)

// Run works until begin ends: then it begins nothing new, and returns when the request under way is done. When ctx, from which begin is made, ends, the message
// under way is finished, and what is claimed is given back.
// Reports wait until the logs have been read to their ends once, so that none is made of half the lines.
func (d *Daemon) Run(ctx, begin context.Context) {
	caughtUp := make(chan struct{})
	var tasks sync.WaitGroup
	tasks.Go(func() { d.follow(begin, caughtUp) })
	tasks.Go(func() { d.schedule(begin) })
	tasks.Go(func() { d.watch(begin) })
	tasks.Go(func() {
		select {
		case <-caughtUp:
			tasks.Go(func() { d.prune(begin) })
			d.request(ctx, begin)
		case <-begin.Done():
		}
	})
	tasks.Wait()
}

// follow reads the logs; it says so on caughtUp once the first pass is over, or has failed.
func (d *Daemon) follow(ctx context.Context, caughtUp chan<- struct{}) {
	if d.Reading != nil {
		d.Reading.Lock()
		defer d.Reading.Unlock()
	}
	_, err := d.Logs.Once(ctx)
	if err != nil && ctx.Err() == nil {
		d.Log.Error("reading logs", "fault", err)
	}
	d.Looked(err)
	close(caughtUp)
	for ctx.Err() == nil {
		if err := d.Logs.Follow(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("reading logs", "fault", err, "again in", afterFault)
			d.Looked(err)
			d.wait(ctx, afterFault)
		}
	}
}

// Looked notes how a look at the logs went; whoever follows them calls it after each.
func (d *Daemon) Looked(fault error) {
	d.Reads()
	if !errors.Is(fault, context.Canceled) {
		d.health.set(render.TroubleReading, fault)
	}
}

func (d *Daemon) wait(ctx context.Context, pause time.Duration) {
	if d.Wait != nil {
		d.Wait(ctx, pause)
		return
	}
	wait(ctx, pause)
}

func (d *Daemon) schedule(ctx context.Context) {
	for ctx.Err() == nil {
		d.pulse.beat(beatSchedules, d.Now())
		tick, err := d.Schedules.Due(ctx)
		d.health.set(render.TroubleSchedules, err)
		pause := pollSchedule
		if err != nil && ctx.Err() == nil {
			d.Log.Error("writing requests that are due", "fault", err, "again in", pause)
		} else if !tick.Next.IsZero() {
			pause = min(pause, tick.Next.Sub(d.Now()))
		}
		d.tell(tick)
		d.wait(ctx, pause)
	}
}

// tell logs what is out of the ordinary.
func (d *Daemon) tell(tick Tick) {
	switch {
	case tick.Jump >= tellJump:
		d.Log.Warn("the machine slept, or its clock was set forward", "by", tick.Jump.Round(time.Second))
	case tick.Jump <= -tellJump:
		d.Log.Warn("the machine's clock was set back", "by", -tick.Jump.Round(time.Second))
	}
	if tick.MadeUp > 0 {
		d.Log.Warn("reports come late", "runs", tick.MadeUp, "why", string(tick.Why))
	}
}

func (d *Daemon) request(ctx, begin context.Context) {
	for begin.Err() == nil {
		found, err := d.Requests.Do(ctx, 0)
		if !errors.Is(err, store.ErrLost) {
			d.health.set(render.TroubleRequests, err)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			d.Log.Error("delivering a report", "fault", err, "again in", afterFault)
			d.wait(begin, afterFault)
		case !found:
			d.wait(begin, pollRequests)
		}
	}
}

func (d *Daemon) prune(ctx context.Context) {
	var pruned authreport.Day
	for ctx.Err() == nil {
		if today := authreport.DayOf(d.Now().In(d.Config.Zone)); today != pruned {
			rows, err := Prune(ctx, d.Config, d.Store, d.Now())
			if err == nil {
				pruned = today
			}
			d.health.set(render.TroublePruning, err)
			switch {
			case err != nil && ctx.Err() == nil:
				d.Log.Error("pruning the store", "fault", err)
			case rows > 0:
				d.Log.Info("pruned the store", "rows", rows)
			}
		}
		d.wait(ctx, pollDay)
	}
}
