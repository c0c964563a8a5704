package jobs

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"authreport/config"
)

// journalHost is a host whose only source is a journal, that of tail's samples: twelve submissions, of which the first file has six and the beginning of the next.
func journalHost(t *testing.T) *host {
	if _, err := exec.LookPath("journalctl"); err != nil {
		t.Skip(err)
	}
	h := newHost(t)
	h.sources = []config.Source{{Name: "mx", Format: "postfix", Journal: []string{"postfix@-.service"}, JournalDirectory: h.path("journal"), Zone: h.zone, DefaultDomain: "example.org"}}
	if err := os.Mkdir(h.path("journal"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.addJournal("a")
	h.restart()
	return h
}

func (h *host) addJournal(name string) {
	h.t.Helper()
	packed, err := os.Open("../tail/testdata/journal/" + name + ".journal.gz")
	if err != nil {
		h.t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		h.t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("journal/"+name+".tmp", data)
	h.rename("journal/"+name+".tmp", "journal/"+name+".journal")
}

// TestJournal reads a journal in two parts, with restarts and faults of the store between any two batches.
func TestJournal(t *testing.T) {
	h := journalHost(t)
	h.failing.failIn.Store(1)
	if _, err := h.ingester.Once(t.Context()); err == nil {
		t.Error("the store has no fault")
	}
	h.restart()
	if got := h.once(); got.Lines != 32 || got.Submissions != 6 || got.Files != 1 || got.NotUnderstood != 0 {
		t.Errorf("read %+v", got)
	}
	if got := h.once(); got.Lines != 0 || got.Files != 0 {
		t.Errorf("read again %+v", got)
	}
	h.restart()
	h.addJournal("b")
	if got := h.once(); got.Lines != 28 || got.Submissions != 6 {
		t.Errorf("read %+v", got)
	}
	h.restart()
	if got := h.once(); got.Lines != 0 || h.messages() != 12 {
		t.Errorf("read again %+v, %d messages", got, h.messages())
	}
}

// TestFollowJournal follows a journal that grows, beside a log file, through a fault of the store.
func TestFollowJournal(t *testing.T) {
	h := journalHost(t)
	w := invent(t, 40)
	h.sources = append(h.sources, config.Source{Name: "file", Format: "postfix", Paths: []string{h.path("mail.log")}, Zone: h.zone, DefaultDomain: "example.org"})
	h.write("mail.log", w.log)
	h.restart()
	h.failing.failIn.Store(2)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stage atomic.Int64
	h.failing.written = func() {
		switch got := h.messages(); {
		case stage.Load() == 0 && got == w.submissions+6:
			stage.Store(1)
			h.addJournal("b")
		case got == w.submissions+12:
			stop()
		}
	}
	timeout := time.AfterFunc(30*time.Second, stop)
	defer timeout.Stop()
	if err := h.ingester.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	h.failing.written = nil
	if got := h.messages(); got != w.submissions+12 {
		t.Errorf("%d messages, want %d", got, w.submissions+12)
	}
}

// TestJournalFault tells what keeps a journal from being read, and stores it for the status.
func TestJournalFault(t *testing.T) {
	h := journalHost(t)
	t.Setenv("PATH", t.TempDir())
	summary, err := h.ingester.Once(t.Context())
	if err != nil || len(summary.Faults) != 1 {
		t.Fatalf("%+v, %v", summary, err)
	}
	stored, err := Faults(t.Context(), h.store, "mx")
	if err != nil || len(stored) != 1 || !strings.Contains(stored[0], "journalctl is not installed") {
		t.Errorf("stored %q, %v", stored, err)
	}
}
