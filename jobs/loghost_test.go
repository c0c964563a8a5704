package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"authreport"
	"authreport/config"
	"authreport/demo"
	"authreport/store"
)

// everyDay is a range that holds all days of the tests' logs.
var everyDay = authreport.Range{First: authreport.NewDay(2020, time.January, 1), Last: authreport.NewDay(2030, time.January, 1)}

// host is a machine with logs, a store and an ingester that is now and then restarted.
type host struct {
	t        *testing.T
	dir      string
	zone     *time.Location
	now      time.Time
	sources  []config.Source
	store    *store.Store
	ingester *Ingester
	failing  *failingStore
}

func newHost(t *testing.T) *host {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, dir: t.TempDir(), zone: zone, now: time.Now()}
	h.sources = []config.Source{{Name: "mx", Format: "postfix", Paths: []string{h.path("mail.log*")}, Zone: zone, DefaultDomain: "example.org"}}
	h.restart()
	t.Cleanup(func() { h.store.Close() })
	return h
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

// restart begins with what is on disk alone.
func (h *host) restart() {
	h.t.Helper()
	if h.store != nil {
		if err := h.store.Close(); err != nil {
			h.t.Fatal(err)
		}
	}
	s, err := store.Open(h.t.Context(), "sqlite:"+h.path("authreport.db"), store.Options{Zone: h.zone, Now: func() time.Time { return h.now }})
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = s
	h.failing = &failingStore{Store: s}
	h.ingester = &Ingester{Store: h.failing, Sources: h.sources, Zone: h.zone, Now: func() time.Time { return h.now }, Log: slog.New(slog.DiscardHandler)}
}

// failingStore is the store with faults when a test wants them.
type failingStore struct {
	*store.Store
	failIn  atomic.Int64 // the write that fails, counted from now; 0: none does
	onWrite atomic.Int64 // the write at which doing is called, counted likewise
	doing   func()
	written func() // called after each write; may be nil
	writes  atomic.Int64
}

var errDisk = errors.New("disk on fire")

func (s *failingStore) Write(ctx context.Context, b authreport.Batch) (authreport.Position, error) {
	s.writes.Add(1)
	if s.onWrite.Load() > 0 && s.onWrite.Add(-1) == 0 {
		s.doing()
	}
	if s.failIn.Load() > 0 && s.failIn.Add(-1) == 0 {
		return b.Position, errDisk
	}
	position, err := s.Store.Write(ctx, b)
	if s.written != nil && err == nil {
		s.written()
	}
	return position, err
}

// once reads everything and wants no faults.
func (h *host) once() Summary {
	h.t.Helper()
	summary, err := h.ingester.Once(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if len(summary.Faults) > 0 {
		h.t.Fatalf("faults: %v", summary.Faults)
	}
	return summary
}

// digest is all that the store counted.
func (h *host) digest() []string {
	h.t.Helper()
	var rows []string
	row := func(v any, err error) {
		if err != nil {
			h.t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%+v", v))
	}
	for c, err := range h.store.Export(h.t.Context(), everyDay, nil) {
		row(c, err)
	}
	for f, err := range h.store.Failures(h.t.Context(), everyDay) {
		row(f, err)
	}
	for l, err := range h.store.Lines(h.t.Context(), everyDay) {
		row(l, err)
	}
	return rows
}

func (h *host) write(name string, data []byte) {
	h.t.Helper()
	if err := os.WriteFile(h.path(name), data, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) append(name string, data []byte) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) data(name string) []byte {
	h.t.Helper()
	data, err := os.ReadFile(h.path(name))
	if err != nil {
		h.t.Fatal(err)
	}
	return data
}

func (h *host) rename(from, to string) {
	h.t.Helper()
	if err := os.Rename(h.path(from), h.path(to)); err != nil {
		h.t.Fatal(err)
	}
}

// truth is a log with what must be counted of it.
type truth struct {
	log                          []byte
	lines, submissions, failures int64
	digest                       []string // of a store that has read the log at once
}

// invent makes a small company's log with lines of other kinds in it, and reads it once without any trouble.
func invent(t *testing.T, seed uint64) *truth {
	t.Helper()
	w := &truth{}
	h := newHost(t)
	days := authreport.Range{First: authreport.NewDay(2026, 10, 24), Last: authreport.NewDay(2026, 10, 26)}
	company := demo.New(demo.Options{Seed: seed, People: 6, Days: days, Zone: h.zone,
		Submitted: func(authreport.Submission) { w.submissions++ },
		Failed:    func(authreport.Attempt) { w.failures++ },
	})
	random := rand.New(rand.NewPCG(seed, 0))
	_, err := company.Write(t.Context(), func(_ time.Time, line []byte) error {
		w.lines++
		w.log = append(w.log, line...)
		if random.IntN(50) == 0 {
			w.lines++
			w.log = append(w.log, [...]string{"\x00\xff\x1b[31m\n", "junk\r\n", "\n", strings.Repeat("long ", 300) + "\n"}[random.IntN(4)]...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.write("mail.log", w.log)
	got := h.once()
	got.Faults = nil
	notUnderstood := got.NotUnderstood
	want := Summary{Files: 1, Lines: w.lines, NotUnderstood: notUnderstood, Submissions: w.submissions, Failures: w.failures, Bytes: int64(len(w.log))}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Fatalf("summary (-got +want):\n%s", diff)
	}
	if notUnderstood == 0 || w.submissions < 100 || w.failures == 0 {
		t.Fatalf("the log is too plain: %+v", got)
	}
	w.digest = h.digest()
	return w
}

func (w *truth) compare(t *testing.T, h *host) {
	t.Helper()
	if diff := cmp.Diff(h.digest(), w.digest); diff != "" {
		t.Fatalf("counts (-got +of one uninterrupted run):\n%.4000s", diff)
	}
}

// pieces cuts the log at random places; whole says that each piece begins with a line of the server: files are told by how they begin.
func (w *truth) pieces(random *rand.Rand, n int, whole bool) [][]byte {
	cuts := []int{0, len(w.log)}
	for range n - 1 {
		cut := random.IntN(len(w.log))
		if whole {
			cut = w.lineBefore(cut)
		}
		cuts = append(cuts, cut)
	}
	slices.Sort(cuts)
	var pieces [][]byte
	for i := range n {
		pieces = append(pieces, w.log[cuts[i]:cuts[i+1]])
	}
	return pieces
}

// lineBefore is where the last line of the server starts before at.
func (w *truth) lineBefore(at int) int {
	return max(0, bytes.LastIndex(w.log[:at], []byte("\n2026-"))+1)
}

func zipped(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
