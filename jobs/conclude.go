package jobs

import (
	"fmt"
	"math"
	"time"

	"authreport/store"
)

// conclude says how the request stands by what became of its recipients.
func (j *job) conclude() (verdict, error) {
	deliveries, err := j.Store.Deliveries(j.work, j.request.ID)
	if err != nil {
		return verdict{}, err
	}
	var lost, deferred, open int
	tries := math.MaxInt32 // of the recipient that would be next
	var next time.Time
	for _, d := range deliveries {
		switch d.State {
		case store.Delivered, store.Withheld:
		case store.Refused, store.Abandoned:
			lost++
		case store.Deferred, store.Unanswered:
			if d.Next.IsZero() {
				lost++
				continue
			}
			deferred++
			tries = min(tries, d.Attempts)
			if next.IsZero() || d.Next.Before(next) {
				next = d.Next
			}
		default:
			open++
			tries = min(tries, d.Attempts)
		}
	}
	switch {
	case j.away.Faults > 0 && open+deferred > 0:
		if open > 0 || next.Before(j.away.Until) {
			next = j.away.Until
		}
		next = next.Add(time.Duration(tries) * inTurn)
		v := j.putOff(j.away.Server+" takes nothing for now: "+j.away.Fault, next)
		v.awaits = j.away.Server
		return v, nil
	case open > 0: // the program is to stop
		return pending("", j.Now()), nil
	case deferred > 0:
		return pending(fmt.Sprintf("%d of %d recipients deferred", deferred, len(deliveries)), next), nil
	case lost > 0:
		return failed(notAll(lost, len(deliveries))), nil
	}
	return verdict{state: store.Done}, nil
}

// notAll is the fault of a request whose recipients' own replies say the rest.
func notAll(lost, all int) string {
	return fmt.Sprintf("%d of %d recipients do not have it", lost, all)
}
