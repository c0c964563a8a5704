package jobs

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"authreport/store"
)

// TestFollow follows a log that grows and is rotated, through faults of the store and of a file, until it is told to stop.
func TestFollow(t *testing.T) {
	w := invent(t, 8)
	h := newHost(t)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	half := w.lineBefore(len(w.log) / 2)
	synctest.Test(t, func(t *testing.T) {
		// Within the bubble time goes on when everything waits; the store's goroutines belong to it as well.
		s, err := store.Open(t.Context(), "sqlite:"+h.path("authreport.db"), store.Options{Zone: h.zone, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		h.store, h.failing = s, &failingStore{Store: s}
		defer s.Close()
		var log bytes.Buffer
		g := &Ingester{Store: h.failing, Sources: h.sources, Zone: h.zone, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- g.Follow(ctx) }()

		logged := func(text string, times int) {
			t.Helper()
			if n := strings.Count(log.String(), text); n != times {
				t.Errorf("%q is logged %d times, want %d:\n%s", text, n, times, log.String())
			}
		}
		pass := func(seconds time.Duration) {
			time.Sleep(seconds * time.Second) // fake time: until Follow has looked that often
			synctest.Wait()
		}
		pass(10)
		logged("no file matches", 1)

		h.append("mail.log", w.log[:half/2])
		h.write("mail.log.9.gz", []byte("\x1f\x8bbroken"))
		pass(2)
		logged("no longer", 1)
		logged("gzip breaks off", 1)
		writes := h.failing.writes.Load()
		pass(60)
		if h.failing.writes.Load() != writes {
			t.Errorf("%d writes while nothing was new", h.failing.writes.Load()-writes)
		}

		h.append("mail.log", w.log[half/2:half])
		h.rename("mail.log", "mail.log.1")
		h.append("mail.log", w.log[half:])
		h.failing.failIn.Store(1)
		pass(10)
		logged("disk on fire", 1)
		logged("gzip breaks off", 1)
		w.compare(t, h)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Follow gives %v", err)
		}
		h.store.Close()
	})
	h.store = nil
	h.restart()
	w.compare(t, h)
}
