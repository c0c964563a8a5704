package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/report"
	"authreport/store"
)

const (
	lease      = 2 * time.Minute  // how long a claim holds without being renewed: what died is taken up by another after that
	stopWithin = 20 * time.Second // how long a message under way may take once the program is to stop; systemd kills after 90 s
	longestGap = time.Hour        // most time between two attempts
	pageDays   = 90               // most days that a page carries
)

// Requester makes and delivers the reports that requests in the store ask for. It is safe for concurrent use, as is the work of several processes:
// a request is done by the one that claims it.
type Requester struct {
	Config   *config.Config
	Store    *store.Store
	Channel  deliver.Channel
	Now      func() time.Time
	Owner    string                              // names this process in claims; "mx1.example.org 4711"
	Progress func(store.Request, store.Delivery) // told of every outcome of a recipient; may be nil
}

// Do claims the request with that id, or for id 0 any that is due, and does it; found is false if there is none to claim. When ctx ends, the message
// under way is finished and the rest is left to whoever claims it next. What became of each recipient is in the store.
func (q *Requester) Do(ctx context.Context, id int64) (found bool, err error) {
	request, err := q.Store.Claim(ctx, q.Owner, id, lease)
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
	state, fault, next := q.perform(ctx, work, request)
	lost := context.Cause(work)
	end(nil)
	<-renewed
	if lost != nil {
		return true, fmt.Errorf("request %d: %w", request.ID, lost)
	}
	if err := q.Store.Finish(context.WithoutCancel(ctx), request, state, fault, next); err != nil {
		return true, fmt.Errorf("request %d: %w", request.ID, err)
	}
	return true, nil
}

// renew keeps the claim until ctx ends; if it is lost, so is the work.
func (q *Requester) renew(ctx context.Context, request *store.Request, end context.CancelCauseFunc) {
	tick := time.NewTicker(lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := q.Store.Renew(ctx, request, lease); errors.Is(err, store.ErrLost) {
				end(err)
				return
			}
		}
	}
}

// perform makes the report and delivers it, and says how the request stands after it.
func (q *Requester) perform(ctx, work context.Context, request *store.Request) (state store.RequestState, fault string, next time.Time) {
	settings, configured := q.Config.Report(request.Report)
	if !configured && !request.OneOff {
		return store.Failed, "the report is not configured any more", time.Time{}
	}
	if !configured {
		settings = config.Default(request.Report)
	}
	err := q.deliver(ctx, work, request, settings)
	now := q.Now()
	if err != nil {
		if ctx.Err() != nil {
			return store.Pending, "", now
		}
		// Since it was written, not since it was due: a missed run that is made up for has been due for days.
		passed := now.Sub(request.Created)
		if passed >= q.Config.Mail.RetryFor {
			return store.Failed, err.Error(), time.Time{}
		}
		// The wait grows with the time that has passed, so that no count of attempts has to be kept.
		wait := min(max(q.Config.Mail.RetryAfter, passed/2), longestGap)
		return store.Pending, err.Error(), now.Add(wait)
	}
	deliveries, err := q.Store.Deliveries(work, request.ID)
	if err != nil {
		return store.Pending, err.Error(), now.Add(q.Config.Mail.RetryAfter)
	}
	return conclude(deliveries, now)
}

// conclude says how a request stands whose deliveries are such.
func conclude(deliveries []store.Delivery, now time.Time) (state store.RequestState, fault string, next time.Time) {
	refused, deferred := 0, 0
	for _, d := range deliveries {
		switch d.State {
		case store.Refused:
			refused++
		case store.Deferred:
			deferred++
			if next.IsZero() || d.Next.Before(next) {
				next = d.Next
			}
		case store.Delivered:
		default:
			return store.Pending, "", now
		}
	}
	switch {
	case deferred > 0:
		return store.Pending, fmt.Sprintf("%d of %d recipients deferred", deferred, len(deliveries)), next
	case refused > 0:
		return store.Failed, fmt.Sprintf("%d of %d recipients refused", refused, len(deliveries)), time.Time{}
	}
	return store.Done, "", time.Time{}
}

// deliver brings the report to every recipient that is due. Its error means that the report could not be made or its outcome not be stored.
func (q *Requester) deliver(ctx, work context.Context, request *store.Request, settings config.Report) error {
	deliveries, err := q.Store.Deliveries(work, request.ID)
	if err != nil {
		return err
	}
	due := deliveries[:0]
	for _, d := range deliveries {
		switch {
		case d.State == store.Sending:
			d.Repeats++ // the process that was sending it died: nobody knows whether the server took it
			due = append(due, d)
		case d.State == store.Waiting, d.State == store.Deferred && !d.Next.After(q.Now()):
			due = append(due, d)
		}
	}
	if len(due) == 0 {
		return nil
	}
	built, err := Build(ctx, q.Config, q.Store, settings, request.Range, request.Domains, q.Now())
	if err != nil {
		return err
	}
	document := NewDocument(built)
	var notes []string
	for len(due) > 0 {
		message, err := document.Message(settings, notes...)
		if err != nil {
			return err
		}
		message.From, message.ReplyTo, message.Date = q.Config.Mail.From, q.Config.Mail.ReplyTo, request.Created
		less, note, ok := smaller(settings)
		if due, err = q.send(ctx, work, request, message, due, ok); err != nil {
			return err
		}
		settings, notes = less, []string{note}
	}
	return nil
}

// send hands one message per delivery to the channel and stores what became of each. Those that were too large for the server come back if shrink is set,
// for another attempt with less. When ctx ends, the message under way is finished and the rest stays as it was.
func (q *Requester) send(ctx, work context.Context, request *store.Request, message deliver.Message, due []store.Delivery, shrink bool) (tooLarge []store.Delivery, err error) {
	messages := make([]deliver.Message, len(due))
	for i, d := range due {
		messages[i] = message
		messages[i].ID, messages[i].To = d.MessageID, d.Recipient
	}
	sending, end := context.WithCancelCause(work)
	defer end(nil)
	defer context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(stopWithin, func() { end(context.Cause(ctx)) })
		context.AfterFunc(sending, func() { timer.Stop() })
	})()
	set := func(i int) bool {
		due[i].Updated = q.Now()
		if fault := q.Store.SetDelivery(work, request, due[i]); fault != nil && err == nil {
			err = fault
			end(fault)
		}
		return err == nil
	}
	// begin notes that a delivery is about to be sent. What could not be begun is not sent: its channel's context has ended.
	begun := -1
	begin := func(i int) {
		if ctx.Err() != nil {
			end(context.Cause(ctx))
			return
		}
		if due[i].State = store.Sending; set(i) {
			begun = i
		}
	}
	begin(0)
	// The channel's own error is told by the results.
	_ = q.Channel.Deliver(sending, messages, func(i int, result deliver.Result) {
		if i != begun || result.Err != nil && result.Code == 0 && sending.Err() != nil {
			return // not tried, or cut off under way: then it stays in sending, since nobody knows whether the server took it
		}
		if shrink && errors.Is(result.Err, deliver.ErrTooLarge) {
			due[i].State = store.Waiting
			tooLarge = append(tooLarge, due[i])
		} else {
			due[i] = q.outcome(due[i], request.Created, result)
		}
		if set(i) && q.Progress != nil && due[i].State != store.Waiting {
			q.Progress(*request, due[i])
		}
		if i+1 < len(due) && err == nil {
			begin(i + 1)
		}
	})
	return tooLarge, err
}

// outcome gives a delivery with what the channel said of it. The request was written at created.
func (q *Requester) outcome(d store.Delivery, created time.Time, r deliver.Result) store.Delivery {
	now := q.Now()
	d.Attempts++
	d.Code, d.Reply, d.Next = r.Code, r.Reply, time.Time{}
	if r.Err != nil && (r.Code == 0 || errors.Is(r.Err, deliver.ErrAuth)) {
		d.Reply = r.Err.Error()
	}
	switch {
	case r.Err == nil:
		d.State = store.Delivered
	case errors.Is(r.Err, deliver.ErrPermanent):
		d.State = store.Refused
	default:
		d.State = store.Deferred
		d.Next = now.Add(min(q.Config.Mail.RetryAfter<<min(d.Attempts-1, 12), longestGap))
		if d.Next.Sub(created) > q.Config.Mail.RetryFor {
			d.State, d.Next = store.Refused, time.Time{}
			d.Reply = fmt.Sprintf("given up after %d attempts: %s", d.Attempts, d.Reply)
		}
	}
	return d
}

// reportRequest says which report to build.
func reportRequest(c *config.Config, settings config.Report, days authreport.Range, domains []string, now time.Time) report.Request {
	sources := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		sources[i] = s.Name
	}
	return report.Request{
		Name:    settings.Name,
		Title:   settings.Title,
		Range:   days,
		Domains: domains,
		History: min(c.Retention, pageDays),
		Zone:    c.Zone,
		Now:     now,
		Next:    settings.Schedule.Next(now),
		Own:     own(c.Mail),
		Unusual: thresholds(c.Unusual),
		Sources: sources,
		Filters: c.Filters,
	}
}
