package jobs

import (
	"context"
	"slices"
	"sync"
	"time"

	"authreport/config"
	"authreport/render"
)

// What comes round by itself in a daemon that is well.
const (
	beatReading   = "reading logs"
	beatSchedules = "schedules"
	beatTroubles  = "troubles"
)

// pulse is when each part came round last. It is safe for concurrent use.
type pulse struct {
	mutex sync.Mutex
	beats map[string]time.Time
}

func (p *pulse) beat(part string, now time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.beats == nil {
		p.beats = map[string]time.Time{}
	}
	p.beats[part] = now
}

// stalled gives a part that has not come round since, or since the first of them did; empty if there is none.
func (p *pulse) stalled(parts []string, since time.Time) string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, part := range parts {
		if last, ok := p.beats[part]; ok && last.Before(since) {
			return part
		}
	}
	return ""
}

// Reads notes that reading goes on. Whoever follows the logs calls it now and then.
func (d *Daemon) Reads() { d.pulse.beat(beatReading, d.Now()) }

// Stalled gives a part of the work that has not come round for so long, though it should have every minute; empty if all have. A report or a message may take its
// time, and is no such part.
func (d *Daemon) Stalled(limit time.Duration) string {
	parts := []string{beatSchedules, beatTroubles}
	if slices.ContainsFunc(d.Config.Sources, func(s config.Source) bool { return len(s.Paths) > 0 }) { // a journal comes round with its next entry
		parts = append(parts, beatReading)
	}
	return d.pulse.stalled(parts, d.Now().Add(-limit))
}

// Configured notes whether the latest configuration could be taken over; that it could not, for others to see at once.
func (d *Daemon) Configured(ctx context.Context, fault error) {
	d.health.set(render.TroubleConfiguration, fault)
	if fault != nil {
		_ = d.note(ctx, string(render.TroubleConfiguration), fault.Error()) // watch does so again, and says what is wrong with the store
	}
}
