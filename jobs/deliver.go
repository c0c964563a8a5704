package jobs

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/store"
)

// job is the work on one claimed request.
type job struct {
	*Requester
	ctx, work context.Context // the program's, and the one that outlives it by the message under way
	request   *store.Request
	mail      config.Mail // through which its messages go
	channel   deliver.Channel
	trial     store.Pause    // the pause of the server that this job tries out; zero Faults: it takes messages as far as is known
	early     bool           // it tries before the pause is over
	withheld  string         // why the report is not to be mailed to anybody; empty: it is
	heads     *deliver.Heads // whom the one message to all names; nil: each gets one of their own
	entered   bool           // it was asked whether the server takes messages
	away      store.Pause    // why nothing more is handed to the server; zero Faults: nothing against it
}

// serverName names the server that mails go to, or the folder.
func serverName(m config.Mail) string {
	if m.Host == "" {
		return "folder " + m.Outbox
	}
	return net.JoinHostPort(m.Host, strconv.Itoa(m.Port))
}

// deliver brings to every recipient that is due the message that compose gives for a limit of size (at first that of the configuration); last says that there is
// no smaller one. Whose server takes less gets a smaller one, and nobody else. Its error means that a message could not be made or its outcome not be stored.
func (j *job) deliver(due []store.Delivery, compose func(sizeLimit) (m deliver.Message, last bool, err error)) error {
	if err := j.enter(len(due)); err != nil {
		return err
	}
	waiting := map[sizeLimit][]store.Delivery{{}: due}
	for len(due) > 0 && len(waiting) > 0 && j.away.Faults == 0 {
		limit := largest(waiting)
		message, last, err := compose(limit)
		if err != nil {
			return err
		}
		message.From, message.ReplyTo, message.Date = j.mail.From, j.mail.ReplyTo, j.request.Created
		if message.Series != "" {
			message.Unsubscribe = j.Config.Administrator()
		}
		due := waiting[limit]
		delete(waiting, limit)
		if err := j.send(message, due, last, waiting); err != nil {
			return err
		}
	}
	return nil
}

// enter asks, once for all messages, whether they may be handed to the server now; if not, away says why.
func (j *job) enter(messages int) error {
	if messages == 0 || j.entered {
		return nil
	}
	pause, open, err := j.Store.Enter(j.work, serverName(j.mail), j.lease())
	if err != nil {
		return err
	}
	j.entered = true
	if !open && !j.askedNow() {
		j.away = pause
	} else {
		j.trial, j.early = pause, !open
	}
	return nil
}

// askedNow says whether somebody has just asked for the report by hand: whoever has mended something wants to know now, and does not ask often.
func (j *job) askedNow() bool {
	return j.request.Fence == 1 && j.request.Notice == nil && j.request.AskedBy != store.AskedBySchedule
}

// due gives those of the deliveries that are to be tried now, those with the fewest attempts first: whom the server stops at does not stop the others for ever.
func (j *job) due(deliveries []store.Delivery) []store.Delivery {
	now := j.Now()
	due := chosen(deliveries, func(d store.Delivery) bool {
		switch d.State {
		case store.Waiting, store.Sending:
			return true
		case store.Deferred, store.Unanswered:
			return !d.Next.IsZero() && !d.Next.After(now)
		}
		return false
	})
	for i, d := range due {
		if d.State == store.Sending || d.State == store.Unanswered { // nobody knows whether the server took it
			due[i].Repeats++
		}
	}
	slices.SortStableFunc(due, func(a, b store.Delivery) int { return cmp.Compare(a.Attempts, b.Attempts) })
	return due
}

// send hands the messages to the channel and stores what became of each. Those that were too large for the server go to those that wait for a smaller
// one, unless this is the last. When ctx ends, the message under way is finished and the rest stays as it was.
func (j *job) send(message deliver.Message, due []store.Delivery, last bool, waiting map[sizeLimit][]store.Delivery) (err error) {
	messages := make([]deliver.Message, len(due))
	for i, d := range due {
		messages[i] = message
		messages[i].ID, messages[i].To = d.MessageID, d.Recipient
	}
	atOnce := j.share(messages, due)
	sending, end := context.WithCancelCause(j.work)
	defer end(nil)
	defer context.AfterFunc(j.ctx, func() {
		timer := time.AfterFunc(stopWithin, func() { end(context.Cause(j.ctx)) })
		context.AfterFunc(sending, func() { timer.Stop() })
	})()
	stored := func(fault error) bool {
		if fault != nil && err == nil {
			err = fault
			end(fault)
		}
		return err == nil
	}
	set := func(i int) bool {
		due[i].Updated = j.Now()
		return stored(j.Store.SetDelivery(j.work, j.request, due[i]))
	}
	// begin notes that the next message is about to be sent. What could not be begun is not sent: its channel's context has ended, or the server takes no more.
	begun := 0
	begin := func() {
		if j.ctx.Err() != nil {
			end(context.Cause(j.ctx))
			return
		}
		next := begun
		for range atOnce {
			if due[next].State = store.Sending; !set(next) {
				return
			}
			next++
		}
		begun = next
	}
	begin()
	fault := j.channel.Deliver(sending, messages, func(i int, result deliver.Result) {
		if i >= begun || result.Err != nil && result.Code == 0 && sending.Err() != nil {
			return // not tried, or cut off under way: then it stays in sending, since nobody knows whether the server took it
		}
		if errors.Is(result.Err, deliver.ErrServer) {
			stored(j.pause(result.Err, result.Wait))
		} else if result.Err == nil || result.Code != 0 {
			stored(j.resume())
		}
		if !last && errors.Is(result.Err, deliver.ErrTooLarge) {
			due[i].State = store.Waiting
			limit := smaller(&message, result)
			waiting[limit] = append(waiting[limit], due[i])
		} else {
			due[i] = j.outcome(due[i], result)
		}
		if set(i) && due[i].State != store.Waiting {
			j.tellOf(due[i])
		}
		if i+1 == begun && begun < len(due) && err == nil && j.away.Faults == 0 {
			begin()
		}
	})
	if errors.Is(fault, deliver.ErrServer) && sending.Err() == nil && j.away.Faults == 0 { // the last connection broke
		stored(j.pause(fault, 0))
	}
	return err
}

// share has the one message to all name whom it is for, and gives how many are to be sent at once: all the first time. After that each goes alone, as the same
// message: if it is one recipient that the server stops at, the others have theirs.
func (j *job) share(messages []deliver.Message, due []store.Delivery) (atOnce int) {
	if j.heads == nil {
		return 1
	}
	again := slices.ContainsFunc(due, func(d store.Delivery) bool { return d.Attempts+d.Repeats > 0 })
	for i := range messages {
		messages[i].Heads = j.heads
		if again {
			messages[i].Heads = new(deliver.Heads)
			*messages[i].Heads = *j.heads
		}
	}
	if again {
		return 1
	}
	return len(due)
}

// pause notes that the server takes nothing for a while, which grows with each time in a row that it takes nothing from anybody, or is the one that the server
// asked for.
func (j *job) pause(fault error, asked time.Duration) error {
	if j.early && j.trial.Faults > 0 {
		j.away = j.trial
		return nil
	}
	now := j.Now()
	p := store.Pause{Server: serverName(j.mail), Since: now, Faults: j.trial.Faults + 1, Fault: fault.Error()}
	if errors.Is(fault, deliver.ErrBreaks) { // it is there, and may take other messages: the waits of these recipients grow, the pause does not
		p.Faults = 1
	}
	p.Until = now.Add(j.spread(max(j.backoff(p.Faults), min(asked, longestGap))))
	j.away = p
	return j.Store.SetPause(j.work, p)
}

// resume notes that the server is back, if it was away.
func (j *job) resume() error {
	if j.trial.Faults == 0 {
		return nil
	}
	j.trial = store.Pause{}
	return j.Store.EndPause(j.work, serverName(j.mail))
}

// inTurn is how much later a request comes to a server that was away, for each attempt that it has had: whatever it is that the server stops at, the others
// have been tried before it is again.
const inTurn = time.Millisecond

// promptTries is how many attempts go by the wait that the server names. A server that names the same for ever is taken at its word no longer.
const promptTries = 3

// outcome gives a delivery with what the channel said of it.
func (j *job) outcome(d store.Delivery, r deliver.Result) store.Delivery {
	d.Attempts++
	d.Code, d.Reply, d.Next = r.Code, r.Reply, time.Time{}
	if r.Err != nil && (r.Code == 0 || errors.Is(r.Err, deliver.ErrAuth)) {
		d.Reply = r.Err.Error()
	}
	switch {
	case r.Err == nil:
		d.State = store.Delivered
		return d
	case errors.Is(r.Err, deliver.ErrPermanent):
		d.State = store.Refused
		if errors.Is(r.Err, deliver.ErrTooLarge) {
			d.Reply = plainTooLarge + d.Reply
		}
		return d
	case errors.Is(r.Err, deliver.ErrUnanswered):
		d.State = store.Unanswered
	default:
		d.State = store.Deferred
	}
	if !j.Now().Before(j.deadline()) {
		if d.State == store.Deferred {
			d.State = store.Abandoned
		}
		return d
	}
	wait, asked := j.backoff(d.Attempts), min(r.Wait, longestGap)
	if asked > wait || asked > 0 && d.Attempts <= promptTries {
		wait = asked
	}
	d.Next = j.Now().Add(j.spread(wait))
	if j.away.Faults > 0 && !(errors.Is(r.Err, deliver.ErrBreaks) && d.Next.After(j.away.Until)) {
		d.Next = j.away.Until
	}
	if d.Next.After(j.deadline()) {
		d.Next = j.deadline()
	}
	return d
}
