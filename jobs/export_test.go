package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"
	"authreport/config"
)

// download makes a report as Microsoft 365 gives it: so many messages of alice's on each day of November 2026 from first to last.
func download(first, last int, messages int) []byte {
	var b strings.Builder
	b.WriteString("date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,message_count\r\n")
	for day := first; day <= last; day++ {
		for i := range messages {
			fmt.Fprintf(&b, "2026-11-%02dT08:15:%02d,alice@example.org,example.org,Basic,192.0.2.7,TLS1_3,TLS_AES_256_GCM_SHA384,1\r\n", day, i%60)
		}
	}
	return []byte(b.String())
}

// days gives how many messages are counted on each day of November 2026, up to the last with any.
func (h *host) days() []int64 {
	h.t.Helper()
	var sums []int64
	for c, err := range h.store.Export(h.t.Context(), everyDay, nil) {
		if err != nil {
			h.t.Fatal(err)
		}
		day := int(c.Day-authreport.NewDay(2026, time.November, 1)) + 1
		for len(sums) < day {
			sums = append(sums, 0)
		}
		sums[day-1] += c.Messages
	}
	return sums
}

// TestExports reads downloads that overlap, begin alike, come again under other names and are cut off by faults: each replaces the days between its first and last.
func TestExports(t *testing.T) {
	h := newHost(t)
	h.sources = []config.Source{{Name: "m365", Format: "smtpcsreport", Paths: []string{h.path("*.csv*")}, Zone: time.UTC, DefaultDomain: "example.org"}}
	h.zone = time.UTC
	h.store.Close()
	h.dir = t.TempDir()
	h.sources[0].Paths = []string{h.path("*.csv*")}
	h.restart()
	want := func(days ...int64) {
		t.Helper()
		if got := h.days(); !slices.Equal(got, days) {
			t.Fatalf("messages by day %v, want %v", got, days)
		}
		if got := h.once(); got.Lines > 0 || got.Files > 0 {
			t.Errorf("read again: %+v", got)
		}
	}
	h.write("a.csv", download(1, 4, 40))
	h.failing.failIn.Store(1)
	if _, err := h.ingester.Once(t.Context()); !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	h.restart()
	h.once()
	want(40, 40, 40, 40)

	// Another that begins with the same rows, and goes on.
	h.write("b.csv", download(1, 6, 40))
	if got := h.once(); got.Files != 1 || got.Submissions != 240 {
		t.Errorf("read %+v", got)
	}
	want(40, 40, 40, 40, 40, 40)
	// The same again, compressed and renamed.
	h.write("again.csv.gz", zipped(t, download(1, 4, 40)))
	h.rename("b.csv", "c.csv")
	want(40, 40, 40, 40, 40, 40)
	// Newer figures: they hold for the days within; on the first and the last the larger count stays.
	h.write("d.csv", download(3, 6, 10))
	h.once()
	want(40, 40, 40, 10, 10, 40)
	h.restart()
	want(40, 40, 40, 10, 10, 40)
	// Half a file counts nothing, and the whole one in its place everything.
	whole := zipped(t, download(5, 8, 50))
	h.write("e.csv.gz", whole[:len(whole)/2])
	for range 2 {
		summary, err := h.ingester.Once(t.Context())
		if err != nil || len(summary.Faults) != 1 || summary.Lines > 0 {
			t.Errorf("half a file: %+v, %v", summary, err)
		}
	}
	if got := h.days(); len(got) != 6 {
		t.Errorf("half a file is counted: %v", got)
	}
	h.write("e.csv.gz", whole)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.ingester.Once(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	h.once()
	want(40, 40, 40, 10, 50, 50, 50, 50)
}
