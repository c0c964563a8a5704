package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"authreport/config"
	"authreport/store"
)

// logs stands for logs that take a while to read, and that fail now and then.
type logs struct {
	takes    time.Duration
	followed int
}

func (l *logs) Once(ctx context.Context) (Summary, error) {
	wait(ctx, l.takes)
	return Summary{}, ctx.Err()
}

func (l *logs) Follow(ctx context.Context) error {
	l.followed++
	wait(ctx, time.Minute)
	return errors.New("the disk is full")
}

// TestDaemon holds that reports wait until the logs are read, that faults end nothing, that schedules run, and that the end of ctx ends it all.
func TestDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, config: testConfig(t, 0), clock: time.Now()} // midnight UTC, one o'clock in Amsterdam
		s, err := store.Open(t.Context(), d.config.Store, store.Options{Zone: d.config.Zone, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d.store = s
		schedules := d.daily("latest", "2,20 1 * * *")
		schedules.Now = time.Now
		reading := &logs{takes: 4 * time.Minute}
		var told strings.Builder
		daemon := Daemon{
			Config:    d.config,
			Store:     s,
			Logs:      reading,
			Requests:  &Requester{Config: d.config, Store: s, Channel: slow{time.Minute}, Now: time.Now, Owner: "one"},
			Schedules: schedules,
			Now:       time.Now,
			Log:       slog.New(slog.NewTextHandler(&told, nil)),
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			daemon.Run(ctx, ctx)
			close(ended)
		}()
		state := func() (states []store.RequestState) {
			requests, err := s.Requests(t.Context(), 10)
			if err != nil {
				t.Error(err)
			}
			for _, r := range requests {
				states = append(states, r.State)
			}
			return states
		}
		time.Sleep(3 * time.Minute)
		if got := state(); len(got) != 1 || got[0] != store.Pending {
			t.Errorf("while the logs are being read: requests are %v, want one pending", got)
		}
		time.Sleep(3 * time.Minute)
		if got := state(); len(got) != 1 || got[0] != store.Done {
			t.Errorf("after the logs were read: requests are %v, want one done", got)
		}
		time.Sleep(16 * time.Minute)
		if got := state(); len(got) != 2 || got[0] != store.Done {
			t.Errorf("at twenty past: requests are %v, want two done", got)
		}
		d.clock = time.Now()
		id := d.ask("a@example.org", "b@example.org")
		time.Sleep(30 * time.Second)
		stop()
		<-ended
		if reading.followed < 10 || !strings.Contains(told.String(), "the disk is full") {
			t.Errorf("followed the logs %d times, told:\n%s", reading.followed, told.String())
		}
		if got, want := d.states(id), "a delivered, b waiting"; got != want {
			t.Errorf("stopped in the middle of a request: %s, want %s", got, want)
		}
	})
}

// TestOwnMail holds which names authreport's own mail goes by.
func TestOwnMail(t *testing.T) {
	got := own(config.Mail{Username: "reports", From: `"authreport" <reports@example.org>`, EnvelopeFrom: "bounces@example.org"})
	if strings.Join(got, " ") != "reports bounces@example.org reports@example.org" {
		t.Errorf("got %q", got)
	}
	if got := own(config.Mail{From: "<authreport@localhost>"}); len(got) != 1 || got[0] != "authreport@localhost" {
		t.Errorf("got %q", got)
	}
	got = own(config.Mail{From: "Reports@B\u00fccher.Example", EnvelopeFrom: "Bounces@Example.ORG"})
	if strings.Join(got, " ") != "Bounces@example.org Reports@xn--bcher-kva.example" {
		t.Errorf("got %q", got)
	}
}

// TestSenderBeyondASCII holds that reports can be sent from a domain that is not ASCII: its Message-IDs must be.
func TestSenderBeyondASCII(t *testing.T) {
	d := newDesk(t)
	d.config.Mail.From = "reports@b\u00fccher.example"
	id := d.ask("a@example.org")
	d.do(t.Context(), d.requester("one"))
	if a := d.deliveries(id)["a@example.org"]; a.State != store.Delivered || !strings.HasSuffix(a.MessageID, "@xn--bcher-kva.example>") {
		t.Errorf("delivery is %+v", a)
	}
}
