package jobs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"authreport/render"
	"authreport/store"
)

const (
	pollTroubles = time.Minute      // how often what goes wrong is looked at
	toldAfter    = 10 * time.Minute // how long the store cannot be written before that is told
	againAfter   = 10 * time.Minute // wait before what could not be told is told again
)

// patience is how long a trouble lasts before it is told: a disk has room again, a mount comes back. Logs are rotated and moved in a day's course.
func patience(name string) time.Duration {
	if name == string(render.TroubleReading) || strings.HasPrefix(name, string(render.TroubleSource)+" ") {
		return 24 * time.Hour
	}
	return time.Hour
}

// health is what goes well and wrong now beside requests. It is safe for concurrent use.
type health struct {
	mutex  sync.Mutex
	faults map[render.Trouble]error // nil for what goes well; none for what was not tried yet
}

// set notes how something went.
func (h *health) set(name render.Trouble, fault error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.faults == nil {
		h.faults = map[render.Trouble]error{}
	}
	h.faults[name] = fault
}

// now gives the fault of each that was tried, empty for what goes well.
func (h *health) now() map[string]string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	all := map[string]string{}
	for name, fault := range h.faults {
		all[string(name)] = ""
		if fault != nil {
			all[string(name)] = fault.Error()
		}
	}
	return all
}

// watch notes what goes wrong for others to see, and has it told when it lasts.
func (d *Daemon) watch(ctx context.Context) {
	var since, told time.Time // when the store could first not be written, and when that was told, or tried to
	done := false
	for ctx.Err() == nil {
		d.pulse.beat(beatTroubles, d.Now())
		err := d.look(ctx)
		now := d.Now()
		switch {
		case ctx.Err() != nil:
		case err == nil:
			since, told, done = time.Time{}, time.Time{}, false
		case since.IsZero():
			since = now
			d.Log.Error("noting what goes wrong", "fault", err)
		case !done && now.Sub(since) >= toldAfter && now.Sub(told) >= againAfter:
			told = now
			fault := d.Requests.TellAtOnce(ctx, store.Notice{Trouble: string(render.TroubleStore), Fault: err.Error(), Since: since})
			if done = fault == nil; !done && ctx.Err() == nil {
				d.Log.Error("telling that nothing can be written to the store", "fault", fault, "again in", againAfter)
			}
		}
		d.wait(ctx, pollTroubles)
	}
}

// look notes what goes wrong now, and what is over, and adds a notice of what has lasted. Its error is the store's.
func (d *Daemon) look(ctx context.Context) error {
	now := d.health.now()
	for _, source := range d.Config.Sources {
		faults, err := Faults(ctx, d.Store, source.Name)
		if err != nil {
			return err
		}
		now[string(render.TroubleSource)+" "+source.Name] = strings.Join(faults, "; ")
	}
	known, err := d.Store.Troubles(ctx)
	if err != nil {
		return err
	}
	for _, t := range known {
		fault, tried := now[t.Name]
		gone := !tried && strings.HasPrefix(t.Name, string(render.TroubleSource)+" ") // the source is not configured any more
		if tried && fault == "" || gone {
			err = errors.Join(err, d.Store.EndTrouble(ctx, t.Name))
		}
	}
	for name, fault := range now {
		if fault != "" {
			err = errors.Join(err, d.note(ctx, name, fault))
		}
	}
	return err
}

// note notes a trouble, and adds a notice once it has lasted.
func (d *Daemon) note(ctx context.Context, name, fault string) error {
	t, err := d.Store.NoteTrouble(ctx, name, fault)
	if err != nil || t.Told || d.Now().Sub(t.Since) < patience(name) {
		return err
	}
	d.Log.Error("trouble lasts", "with", name, "since", t.Since, "fault", fault)
	return d.Store.TellTrouble(ctx, name, *d.Requests.notice(name, store.Notice{Trouble: name, Fault: fault, Since: t.Since}))
}
