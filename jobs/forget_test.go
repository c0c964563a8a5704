package jobs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/config"
	"authreport/store"
)

// bytesOf gives what all files of a store have.
func bytesOf(t *testing.T, s *store.Store) (all []byte) {
	t.Helper()
	files, err := filepath.Glob(s.Path() + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files of the store: %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

// TestForgetWhileLogsAreRead forgets a name whose message is under way in the memory of a process that reads the logs: that process does not bring it back, what
// else was under way is counted, and nothing is counted twice.
func TestForgetWhileLogsAreRead(t *testing.T) {
	const alice, bob = "alice@example.org", "bob@example.org"
	bobs := strings.NewReplacer("alice", "bob", "smtpd[1]", "smtpd[3]", "A1B2C3D4E5", "F1F2F3F4F5")
	for _, now := range []string{"between passes", "during one"} {
		t.Run(now, func(t *testing.T) {
			h := newHost(t)
			h.now = time.Date(2026, 11, 24, 10, 0, 4, 0, time.UTC)
			h.write("mail.log", []byte(openSession+bobs.Replace(openSession)))
			h.once()
			if !bytes.Contains(bytesOf(t, h.store), []byte(alice)) {
				t.Fatal("the open sessions do not name her: the test is of nothing")
			}
			var removed store.Forgotten
			forget := func() {
				other, err := store.Open(t.Context(), "sqlite:"+h.path("authreport.db"), store.Options{Zone: h.zone, Now: time.Now})
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				if removed, err = Forget(t.Context(), &config.Config{Sources: h.sources}, other, []string{alice, "alice"}, false); err != nil {
					t.Fatal(err)
				}
			}
			h.append("mail.log", []byte(sessionEnd+bobs.Replace(sessionEnd)))
			if now == "between passes" {
				forget()
			} else {
				h.failing.doing = forget
				h.failing.onWrite.Store(1)
			}
			if got := h.once(); got.Submissions != 2 || got.Lines != 2 {
				t.Errorf("%d submissions in %d lines, want two in two", got.Submissions, got.Lines)
			}
			if removed.Logs != 1 {
				t.Errorf("it removed %+v", removed)
			}
			if data := bytesOf(t, h.store); bytes.Contains(data, []byte(alice)) || !bytes.Contains(data, []byte(bob)) {
				t.Error("she is in the store, or he is not")
			}
			var senders []string
			for c, err := range h.store.Export(t.Context(), everyDay, nil) {
				if err != nil {
					t.Fatal(err)
				}
				senders = append(senders, c.Client.Account+" "+c.Client.Sender)
			}
			if want := []string{" <>", "bob " + bob}; !slices.Equal(senders, want) {
				t.Errorf("counted are %q, want %q", senders, want)
			}
			h.append("mail.log", []byte(strings.ReplaceAll(openSession+sessionEnd, "T10:00", "T11:00")))
			if got := h.once(); got.Submissions != 1 {
				t.Errorf("what she submits later: %d submissions", got.Submissions)
			}
		})
	}
}

// TestForgetDropsWhatIsUnknown holds that sessions of a source that is gone from the configuration, or under another format, are dropped if they name somebody.
func TestForgetDropsWhatIsUnknown(t *testing.T) {
	for _, sources := range [][]config.Source{nil, {{Name: "mx", Format: "exim"}}, {{Name: "mx", Format: "no such"}}} {
		h := newHost(t)
		h.now = time.Date(2026, 11, 24, 10, 0, 4, 0, time.UTC)
		h.write("mail.log", []byte(openSession))
		h.once()
		if _, err := Forget(t.Context(), &config.Config{Sources: sources}, h.store, []string{"alice@example.org"}, false); err != nil {
			t.Fatal(err)
		}
		if state, err := h.store.Sessions(t.Context(), "mx", h.path("mail.log")); err != nil || state != nil {
			t.Errorf("with the sources %v there is still %q, %v", sources, state, err)
		}
		if _, err := h.ingester.Once(t.Context()); errors.Is(err, store.ErrForgotten) {
			t.Error(err)
		}
	}
}
