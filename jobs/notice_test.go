package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport/config"
	"authreport/deliver"
	"authreport/store"
)

// second gives a requester whose notices go through a second server.
func (d *desk) second(owner string) (*Requester, *mailServer) {
	d.t.Helper()
	server := startServer(d.t)
	d.config.Notify.Recipients = []string{"admin@example.org", "boss@example.org"}
	d.config.Notify.Mail.Port, d.config.Notify.Mail.From = server.port, "notices@example.org"
	q := d.requester(owner)
	channel, err := deliver.NewSMTP(deliver.SMTPOptions{Host: "127.0.0.1", Port: server.port, TLS: deliver.NoTLS, Timeout: time.Minute})
	if err != nil {
		d.t.Fatal(err)
	}
	q.Notices = channel
	return q, server
}

// notices gives the requests for notices, newest first.
func (d *desk) notices() (list []store.Request) {
	d.t.Helper()
	all, err := d.store.Requests(d.t.Context(), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range all {
		if r.Notice != nil {
			list = append(list, r)
		}
	}
	return list
}

// TestNotice holds that a report that failed for a recipient is told once it has an outcome for all, through the second server while the first is away, and in
// a file, with what the server said and what to do.
func TestNotice(t *testing.T) {
	d := newDesk(t)
	d.config.Mail.RetryFor = time.Hour
	q, server := d.second("one")
	d.server.refuse["b@example.org"] = reply(550, "5.1.1 no such user")
	d.server.refuse["c@example.org"] = reply(451, "4.7.1 come back later")
	id := d.ask("a@example.org", "b@example.org", "c@example.org")
	d.do(t.Context(), q)
	if len(d.notices()) != 0 {
		t.Error("there is a notice although one recipient is still tried")
	}
	d.drain(start.Add(59*time.Minute), q)
	if err := d.server.server.Close(); err != nil {
		t.Fatal(err)
	}
	d.drain(start.AddDate(0, 0, 1), q)
	if got, want := d.states(id), "a delivered, b refused, c abandoned"; got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
	if list := d.notices(); len(list) != 1 || list[0].State != store.Done || list[0].Notice.Request != id {
		t.Errorf("notices are %+v", list)
	}
	if got := server.got(); got != "admin boss" {
		t.Errorf("told to %s", got)
	}
	text := strings.ReplaceAll(server.received[0].text, "=\r\n", "")
	for _, text := range []string{text, d.noticeFile()} {
		for _, part := range []string{"did not reach 2 of 3 recipients", "b@example.org", "550 5.1.1 no such user", "c@example.org", "--recipient"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in the notice:\n%s", part, text)
			}
		}
	}
}

// TestNoticeOnce holds that a notice is written with the failure, in one step, and that a process that dies over it leaves it to the next: nobody is told twice.
func TestNoticeOnce(t *testing.T) {
	d := newDesk(t)
	q, server := d.second("one")
	d.server.refuse["a@example.org"] = reply(550, "no")
	d.ask("a@example.org")
	d.do(t.Context(), q)
	server.refuse["boss@example.org"] = reply(451, "later")
	ctx, stop := context.WithCancel(t.Context())
	server.data = func(string) { stop() } // the program is to stop while the first is told
	d.do(ctx, q)
	claim, err := d.store.Claim(t.Context(), "dies", 0, lease)
	if err != nil || claim == nil || claim.Notice == nil {
		t.Fatal(claim, err)
	}
	d.clock = d.clock.Add(lease)
	delete(server.refuse, "boss@example.org")
	d.drain(start.AddDate(0, 0, 1), d.requesterLike(q, "heir"))
	if got := server.got(); got != "admin boss" {
		t.Errorf("told to %s", got)
	}
	if list := d.notices(); len(list) != 1 || list[0].State != store.Done {
		t.Errorf("notices are %+v", list)
	}
	d.noticeFile()
}

func (d *desk) requesterLike(q *Requester, owner string) *Requester {
	like := *q
	like.Owner = owner
	return &like
}

// TestNoticeFails holds that a notice that nobody takes is no reason for another one, and that its file is there all the same.
func TestNoticeFails(t *testing.T) {
	d := newDesk(t)
	q, server := d.second("one")
	d.server.refuse["a@example.org"] = reply(550, "no")
	for _, to := range []string{"admin@example.org", "boss@example.org"} {
		server.refuse[to] = reply(550, "nor here")
	}
	d.ask("a@example.org")
	d.drain(start.AddDate(0, 0, 1), q)
	list := d.notices()
	if len(list) != 1 || list[0].State != store.Failed || list[0].Fault != "2 of 3 recipients do not have it" {
		t.Fatalf("notices are %+v", list)
	}
	failed, err := d.store.FailedRequests(t.Context(), start)
	if err != nil || len(failed) != 2 {
		t.Errorf("failed are %+v, %v", failed, err)
	}
	if text := d.noticeFile(); !strings.Contains(text, "reached nobody") {
		t.Errorf("the file says\n%s", text)
	}
}

// TestNoticeWithoutRoom holds that the file is written once there is room again, and that those who are mailed do not wait for it.
func TestNoticeWithoutRoom(t *testing.T) {
	d := newDesk(t)
	q, server := d.second("one")
	if err := os.WriteFile(d.config.Mail.Outbox, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	d.server.refuse["a@example.org"] = reply(550, "no")
	d.ask("a@example.org")
	d.drain(start, q)
	if got := server.got(); got != "admin boss" {
		t.Errorf("told to %s", got)
	}
	if list := d.notices(); len(list) != 1 || list[0].State != store.Pending {
		t.Errorf("notices are %+v", list)
	}
	if err := os.Remove(d.config.Mail.Outbox); err != nil {
		t.Fatal(err)
	}
	d.drain(start.Add(time.Hour), q)
	d.noticeFile()
	if got := server.got(); got != "admin boss" || d.notices()[0].State != store.Done {
		t.Errorf("in the end told to %s", got)
	}
}

// TestTroubles holds that logs that cannot be read for a day, and other troubles of an hour, are told once, and that they are over when they are.
func TestTroubles(t *testing.T) {
	d := newDesk(t)
	q, server := d.second("one")
	d.config.Sources = append(d.config.Sources, config.Source{Name: "mx2"})
	w := &Daemon{Config: d.config, Store: d.store, Requests: q, Now: d.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	unread := func(faults string) {
		t.Helper()
		if err := d.store.SetRuntime(t.Context(), faultsKey("mx2"), faults); err != nil {
			t.Fatal(err)
		}
	}
	look := func(hours, notices, troubles int) {
		t.Helper()
		d.clock = start.Add(time.Duration(hours) * time.Hour)
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.drain(d.clock, q)
		list, err := d.store.Troubles(t.Context())
		if err != nil || len(list) != troubles || len(d.notices()) != notices {
			t.Errorf("after %d hours: %d notices and troubles %+v, %v, want %d and %d", hours, len(d.notices()), list, err, notices, troubles)
		}
	}
	look(0, 0, 0)
	unread(`[{"fault":"read log /log/mail.log: permission denied"}]`)
	w.Looked(errors.New("database is locked"))
	look(1, 0, 2)
	w.Looked(context.Canceled)                                                         // the program was to stop
	w = &Daemon{Config: d.config, Store: d.store, Requests: q, Now: d.now, Log: w.Log} // and was started again: it does not know of the reading yet
	look(24, 0, 2)
	look(25, 1, 2)
	w.Looked(nil)
	look(26, 1, 1)
	w.health.set("schedules", errors.New("no such zone"))
	look(27, 1, 2)
	look(28, 2, 2)
	look(50, 2, 2)
	unread("[]")
	look(51, 2, 1)
	unread(`[{"fault":"again"}]`)
	look(52, 2, 2)
	look(76, 3, 2)
	d.config.Sources = d.config.Sources[:1]
	look(77, 3, 1)
	var all strings.Builder
	for _, m := range server.received {
		all.WriteString(strings.ReplaceAll(m.text, "=\r\n", ""))
	}
	if len(server.received) != 6 || !strings.Contains(all.String(), "The source mx2: logs cannot be read") || !strings.Contains(all.String(), "permission denied") {
		t.Errorf("%d were told:\n%s", len(server.received), all.String())
	}
}

// TestStoreCannotBeWritten holds that this is told without the store, once, to whom it can be, and again while it cannot.
func TestStoreCannotBeWritten(t *testing.T) {
	d := newDesk(t)
	q, server := d.second("one")
	readOnly, err := store.Open(t.Context(), d.config.Store, store.Options{Zone: d.config.Zone, Now: d.now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	ctx, stop := context.WithCancel(t.Context())
	minutes := 0
	w := &Daemon{Config: d.config, Store: readOnly, Requests: q, Now: d.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w.Looked(errors.New("the disk is full"))
	told := map[int]int{}
	w.Wait = func(context.Context, time.Duration) {
		minutes++
		d.clock = d.clock.Add(time.Minute)
		told[minutes] = len(server.received)
		switch minutes {
		case 9:
			server.refuse["admin@example.org"], server.refuse["boss@example.org"] = reply(451, "later"), reply(550, "no")
		case 15:
			delete(server.refuse, "admin@example.org")
		case 60:
			stop()
		}
	}
	if err := os.WriteFile(d.config.Mail.Outbox, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.watch(ctx)
	if told[19] != 0 || told[21] != 1 || told[60] != 1 || server.received[0].to != "admin@example.org" {
		t.Errorf("told %d times after 19 minutes, %d after 21, %d after 60", told[19], told[21], told[60])
	}
	if files, err := filepath.Glob(filepath.Join(d.config.Mail.Outbox, "*")); err != nil || len(files) != 0 {
		t.Errorf("files are %v, %v", files, err)
	}
}
