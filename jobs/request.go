package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/report"
	"authreport/store"
)

const (
	lease       = 2 * time.Minute  // how long a claim holds without being renewed, if nothing else is said: what died is taken up by another after that
	mostCrashes = 5                // claims in a row that end without a word before a request is given up: it may be what kills the processes
	stopWithin  = 20 * time.Second // how long a message under way may take once the program is to stop; systemd kills after 90 s
	longestGap  = time.Hour        // most time between two attempts
	pageDays    = 90               // most days that a page carries
)

// Requester makes and delivers the reports and notices that requests in the store ask for. It is safe for concurrent use, as is the work of several processes:
// a request is done by the one that claims it.
type Requester struct {
	Config   *config.Config
	Store    *store.Store
	Channel  deliver.Channel // of reports
	Notices  deliver.Channel // of notices; nil: that of reports
	Now      func() time.Time
	Wait     func(context.Context, time.Duration) // returns after a while, or when the context ends; nil: as time passes
	Spread   func(time.Duration) time.Duration    // how much is added to a wait, so that not all wait for the same; nil: up to a fifth of it, at random
	Lease    time.Duration                        // how long a claim holds without being renewed; 0: two minutes
	Owner    string                               // names this process in claims; "mx1.example.org 4711"
	Host     string                               // the machine, as notices name it; "mx1.example.org"
	Progress func(store.Request, store.Delivery)  // told of every outcome of a recipient; may be nil
	Ended    func(store.Request)                  // told how the work on a request ended for now, by its State, Fault, Next and Withheld; may be nil
}

// verdict is how a request stands after work on it.
type verdict struct {
	state store.RequestState
	fault string
	next  time.Time // when a pending one is to be done again
	// awaits is the server that a pending one waits for; empty: none.
	awaits string
	// withheld is why one that is done was not mailed; empty if it was.
	withheld string
}

func failed(fault string) verdict { return verdict{state: store.Failed, fault: fault} }
func pending(fault string, next time.Time) verdict {
	return verdict{state: store.Pending, fault: fault, next: next}
}

// Do claims the request with that id, or for id 0 any that is due, and does it; found is false if there is none to claim. When ctx ends, the message
// under way is finished and the rest is left to whoever claims it next. What became of each recipient is in the store.
func (q *Requester) Do(ctx context.Context, id int64) (found bool, err error) {
	request, err := q.Store.Claim(ctx, q.Owner, id, q.lease())
	if err != nil || request == nil {
		return false, err
	}
	// The work outlives ctx by the message under way. It ends when the claim is lost.
	work, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	renewed := make(chan struct{})
	claim := *request // Renew writes into its own
	go func() {
		defer close(renewed)
		q.renew(work, &claim, end)
	}()
	v := q.perform(ctx, work, request)
	lost := context.Cause(work)
	end(nil)
	<-renewed
	if lost == nil {
		lost = q.end(context.WithoutCancel(ctx), request, v)
	}
	if lost != nil {
		return true, fmt.Errorf("request %d: %w", request.ID, lost)
	}
	return true, nil
}

// renew keeps the claim until ctx ends; if it is lost, so is the work.
func (q *Requester) renew(ctx context.Context, request *store.Request, end context.CancelCauseFunc) {
	pause := q.Wait
	if pause == nil {
		pause = wait
	}
	for {
		if pause(ctx, q.lease()/4); ctx.Err() != nil {
			return
		}
		if err := q.Store.Renew(ctx, request, q.lease()); errors.Is(err, store.ErrLost) {
			end(err)
			return
		}
	}
}

func (q *Requester) lease() time.Duration { return cmp.Or(q.Lease, lease) }

// end stores how a request stands. A report that has failed for good has its notice in the same step; a notice has none.
func (q *Requester) end(ctx context.Context, request *store.Request, v verdict) (err error) {
	switch v.state {
	case store.Done:
		if v.withheld != "" {
			err = q.Store.Withhold(ctx, request, v.withheld)
		} else {
			err = q.Store.Complete(ctx, request)
		}
	case store.Failed:
		var notice *store.Request
		if request.Notice == nil {
			notice = q.notice(request.Report, store.Notice{Request: request.ID})
		}
		err = q.Store.Fail(ctx, request, v.fault, notice)
	default:
		err = q.Store.PutOff(ctx, request, v.fault, v.next, v.awaits)
	}
	if err == nil && q.Ended != nil {
		request.State, request.Fault, request.Next, request.Withheld = v.state, v.fault, v.next, v.withheld
		q.Ended(*request)
	}
	return err
}

// perform does what is asked for, as far as that can be done now.
func (q *Requester) perform(ctx, work context.Context, request *store.Request) verdict {
	if request.Crashes >= mostCrashes {
		return failed(fmt.Sprintf("%d processes in a row ended without a word while they worked on it: killed, out of memory or crashed", request.Crashes))
	}
	j := &job{Requester: q, ctx: ctx, work: work, request: request, mail: q.Config.Mail, channel: q.Channel}
	do := j.report
	if request.Notice != nil {
		j.mail, j.channel = q.Config.Notify.Mail, q.noticeChannel()
		do = j.tell
	}
	err := do()
	switch {
	case errors.Is(err, errNotConfigured):
		return failed(err.Error())
	case err != nil && ctx.Err() != nil:
		return pending("", q.Now())
	case err == nil && j.withheld != "":
		return verdict{state: store.Done, withheld: j.withheld}
	case err == nil:
		v, storeErr := j.conclude()
		if storeErr == nil {
			return v
		}
		err = storeErr
	}
	// The wait grows with the time that has passed, so that no count of attempts has to be kept.
	passed := q.Now().Sub(request.Started)
	return j.putOff(err.Error(), q.Now().Add(min(max(j.mail.RetryAfter, passed/2), longestGap)))
}

// deadline is when a request is given up: as long after the first attempt as is configured. A missed run that is made up for has been due for days.
func (j *job) deadline() time.Time { return j.request.Started.Add(j.mail.RetryFor) }

// putOff is the verdict on what is to be tried again: at next, or at the deadline if that is sooner, or never more if the deadline is over.
func (j *job) putOff(fault string, next time.Time) verdict {
	deadline := j.deadline()
	if !j.Now().Before(deadline) {
		return failed(fault)
	}
	if next.After(deadline) {
		next = deadline
	}
	return pending(fault, next)
}

// spread adds to a wait what keeps all that wait from coming at once.
func (q *Requester) spread(d time.Duration) time.Duration {
	if q.Spread != nil {
		return d + q.Spread(d)
	}
	return d + rand.N(d/5+1)
}

// backoff is the wait after so many attempts in vain: the first one's, doubling up to the longest gap.
func (j *job) backoff(attempts int) time.Duration {
	return min(j.mail.RetryAfter<<min(attempts-1, 12), longestGap)
}

// reportRequest says which report to build.
func reportRequest(c *config.Config, settings config.Report, days authreport.Range, domains []string, now time.Time) report.Request {
	sources := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		sources[i] = s.Name
	}
	return report.Request{
		Name:     settings.Name,
		Title:    settings.Title,
		Language: cmp.Or(settings.Language, c.Language),
		Range:    days,
		Domains:  domains,
		History:  min(c.Retention, pageDays),
		Zone:     c.Zone,
		Now:      now,
		Next:     settings.Schedule.Next(now),
		Own:      own(c.Mail),
		Unusual:  thresholds(c.Unusual),
		Sources:  sources,
		Filters:  c.Filters,
		Look:     c.Templates,
	}
}
