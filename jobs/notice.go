package jobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"authreport/deliver"
	"authreport/render"
	"authreport/store"
)

// noticeFile is the recipient that stands for the file in the outbox. No address is like it.
const noticeFile = "outbox"

// AskedByProgram is Request.AskedBy of notices.
const AskedByProgram = "authreport"

// notice is the request for a notice; about names what failed.
func (q *Requester) notice(about string, n store.Notice) *store.Request {
	now := q.Now()
	return &store.Request{
		Report:      about,
		Recipients:  append([]string{noticeFile}, q.Config.Notify.Recipients...),
		AskedBy:     AskedByProgram,
		OneOff:      true,
		MessageHost: MessageHost(q.Config.Notify.Mail),
		Due:         now,
		Created:     now,
		Notice:      &n,
	}
}

// tell brings a notice to the outbox, and to every recipient that is due.
func (j *job) tell() error {
	deliveries, err := j.Store.Deliveries(j.work, j.request.ID)
	due := j.due(deliveries)
	if err != nil || len(due) == 0 {
		return err
	}
	notice, err := j.facts(*j.request.Notice)
	if err != nil {
		return err
	}
	subject, text, err := notice.Mail()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(due, func(d store.Delivery) bool { return d.Recipient == noticeFile }); i >= 0 {
		if err := j.file(due[i], subject+"\n\n"+text); err != nil {
			return err
		}
		due = slices.Delete(due, i, i+1)
	}
	return j.deliver(due, func(sizeLimit) (m deliver.Message, last bool, err error) {
		return deliver.Message{Subject: subject, Text: text}, true, nil
	})
}

// file writes a notice into the outbox. Written again, it takes the place of the one before.
func (j *job) file(d store.Delivery, text string) error {
	path := filepath.Join(j.Config.Mail.Outbox, fmt.Sprintf("%s-notice-%d.txt", j.request.Created.UTC().Format("20060102T150405Z"), j.request.ID))
	result := deliver.Result{Reply: path}
	if err := writeNotice(path, text); err != nil {
		result = deliver.Result{Err: fmt.Errorf("%w: %w", deliver.ErrTemporary, err)}
	}
	d.Repeats = 0
	d = j.outcome(d, result)
	d.Updated = j.Now()
	if err := j.Store.SetDelivery(j.work, j.request, d); err != nil {
		return err
	}
	j.tellOf(d)
	return nil
}

func writeNotice(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return deliver.WriteFile(path, []byte(text))
}

// facts gathers what a notice tells.
func (j *job) facts(n store.Notice) (render.Notice, error) {
	if n.Request == 0 {
		return j.trouble(n), nil
	}
	failed, err := j.Store.Request(j.work, n.Request)
	if err != nil {
		return render.Notice{}, err
	}
	deliveries, err := j.Store.Deliveries(j.work, n.Request)
	if err != nil {
		return render.Notice{}, err
	}
	notice := j.base()
	notice.Report, notice.Range, notice.Domains, notice.Due, notice.Since = failed.Report, failed.Range, failed.Domains, failed.Due, failed.Started
	notice.Recipients = len(deliveries)
	for _, d := range deliveries {
		if d.State != store.Delivered {
			notice.Missed = append(notice.Missed, render.Missed{Recipient: d.Recipient, Refused: d.State == store.Refused,
				TooLarge: isTooLarge(d), Unsure: d.State == store.Unanswered, Attempts: d.Attempts, Code: d.Code, Reply: d.Reply})
		}
	}
	if failed.Fault != notAll(len(notice.Missed), notice.Recipients) {
		notice.Fault = failed.Fault
	}
	return notice, nil
}

// base is what every notice tells.
func (q *Requester) base() render.Notice {
	return render.Notice{Language: q.Config.Language, Look: q.Config.Templates, Host: q.Host, Config: q.Config.Path, Zone: q.Config.Zone}
}

// trouble is a notice of what goes wrong beside requests.
func (q *Requester) trouble(n store.Notice) render.Notice {
	notice := q.base()
	kind, source, _ := strings.Cut(n.Trouble, " ")
	notice.Trouble, notice.Source, notice.Fault, notice.Since = render.Trouble(kind), source, n.Fault, n.Since
	return notice
}

// TellAtOnce writes the file of a notice and mails it, without the store: for when that cannot be written. It fails if it reached nobody, neither the outbox.
func (q *Requester) TellAtOnce(ctx context.Context, n store.Notice) error {
	subject, text, err := q.trouble(n).Mail()
	if err != nil {
		return err
	}
	reached := false
	stamp := n.Since.UTC().Format("20060102T150405Z")
	fault := writeNotice(filepath.Join(q.Config.Mail.Outbox, stamp+"-notice-"+strings.ReplaceAll(n.Trouble, " ", "-")+".txt"), subject+"\n\n"+text)
	reached = fault == nil
	m := q.Config.Notify.Mail
	var messages []deliver.Message
	for _, to := range q.Config.Notify.Recipients {
		id := sha256.Sum256([]byte(q.Host + "\x00" + n.Trouble + "\x00" + stamp + "\x00" + to)) // sent again, it is the same message
		messages = append(messages, deliver.Message{ID: fmt.Sprintf("<%x@%s>", id[:16], cmp.Or(MessageHost(m), "localhost")), From: m.From, ReplyTo: m.ReplyTo,
			To: to, Subject: subject, Text: text, Date: n.Since})
	}
	if len(messages) > 0 {
		_ = q.noticeChannel().Deliver(ctx, messages, func(_ int, r deliver.Result) { // the results tell all that the error does
			reached = reached || r.Err == nil
			fault = errors.Join(fault, r.Err)
		})
	}
	if reached {
		return nil
	}
	return fault
}

// noticeChannel is how notices leave.
func (q *Requester) noticeChannel() deliver.Channel {
	if q.Notices != nil {
		return q.Notices
	}
	return q.Channel
}
