package store

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// compareCounts is the order of an export.
func compareCounts(a, b authreport.Count) int {
	x, y := &a.Client, &b.Client
	return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(x.Server, y.Server), strings.Compare(x.Account, y.Account), strings.Compare(x.Sender, y.Sender),
		strings.Compare(ipText(x.IP), ipText(y.IP)), cmp.Compare(x.TLS, y.TLS), strings.Compare(x.Cipher, y.Cipher), strings.Compare(x.Mechanism, y.Mechanism),
		strings.Compare(x.Domain, y.Domain))
}

// compareFailures is the order of failed attempts.
func compareFailures(a, b authreport.FailureCount) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Server, b.Server), strings.Compare(a.Account, b.Account), strings.Compare(ipText(a.IP), ipText(b.IP)),
		strings.Compare(a.Mechanism, b.Mechanism))
}

// TestExportOrder holds that an export has its rows in the order that it says, and with a filter those of the domains asked for and no others.
func TestExportOrder(t *testing.T) {
	s := newStore(t)
	tally := authreport.NewTally(time.UTC)
	for _, event := range events(rand.New(rand.NewPCG(9, 10)), 800) {
		event(tally)
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	for _, domains := range [][]string{nil, {"alice@example.org", "a\x00b"}, {"none.example.org"}, {""}} {
		want := slices.Collect(tally.Counts())
		want = slices.DeleteFunc(want, func(c authreport.Count) bool { return len(domains) > 0 && !slices.Contains(domains, c.Client.Domain) })
		slices.SortFunc(want, compareCounts)
		if diff := gocmp.Diff(collect(t, s.Export(t.Context(), all, domains)), want, compare); diff != "" {
			t.Errorf("of the domains %q the export has, and should have:\n%s", domains, diff)
		}
	}
	failures := collect(t, s.Failures(t.Context(), all))
	if !slices.IsSortedFunc(failures, compareFailures) {
		t.Error("the failed attempts are not in order")
	}
}

// TestRange holds that every sequence of days has those of its range, both ends included, and that what counts name is among the clients.
func TestRange(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "a b%20?#ü.db"), options()) // a name that has to be escaped
	tally := authreport.NewTally(time.UTC)
	for _, event := range events(rand.New(rand.NewPCG(11, 12)), 800) {
		event(tally)
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	days := authreport.Range{First: 20778, Last: 20779}
	clients := map[int64]authreport.Client{}
	for _, k := range collect(t, s.Clients(t.Context(), days)) {
		clients[k.ID] = k.Client
	}
	var got []authreport.Count
	for _, c := range collect(t, s.Counts(t.Context(), days)) {
		got = append(got, authreport.Count{Day: c.Day, Client: clients[c.ClientID], Messages: c.Messages, Recipients: c.Recipients, Hours: c.Hours})
	}
	want := slices.DeleteFunc(slices.Collect(tally.Counts()), func(c authreport.Count) bool { return !days.Contains(c.Day) })
	if diff := gocmp.Diff(sorted(got), sorted(want), compare); diff != "" {
		t.Errorf("the counts are, and should be:\n%s", diff)
	}
	for _, f := range collect(t, s.Failures(t.Context(), days)) {
		if !days.Contains(f.Day) {
			t.Errorf("a failed attempt of %v is not in %v", f.Day, days)
		}
	}
	if lines := collect(t, s.Lines(t.Context(), days)); len(lines) != days.Days() {
		t.Errorf("there are lines of %d days, want %d", len(lines), days.Days())
	}
}

// TestSequenceEnds holds that whoever stops reading leaves no connection behind, and that a context's end is told.
func TestSequenceEnds(t *testing.T) {
	s := newStore(t)
	tally := authreport.NewTally(time.UTC)
	for _, event := range events(rand.New(rand.NewPCG(13, 14)), 500) {
		event(tally)
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	files := openFiles(t)
	for range 50 {
		for range s.Counts(t.Context(), all) {
			break
		}
		for range s.Export(t.Context(), all, nil) {
			break
		}
	}
	if open := s.read.Stats().InUse; open != 0 {
		t.Errorf("%d connections are in use, want none", open)
	}
	if now := openFiles(t); now > files+3 { // the pool's connection has stayed
		t.Errorf("%d files are open, before it were %d", now, files)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var counts, export error
	for _, counts = range s.Counts(ctx, all) {
	}
	for _, export = range s.Export(ctx, all, nil) {
	}
	if !errors.Is(counts, context.Canceled) || !errors.Is(export, context.Canceled) {
		t.Errorf("with a context that has ended, Counts gives %v and Export %v", counts, export)
	}
}

// openFiles is how many files this process has open; 0 where the system does not tell.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(files)
}

// TestTLSNumbers holds that the numbers that stored clients have for TLS versions mean the same for ever, in whatever order the versions come to stand.
func TestTLSNumbers(t *testing.T) {
	for number, name := range []string{"unknown", "none", "SSL3.0", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"} {
		if got := authreport.TLS(number).String(); got != name {
			t.Errorf("%d is %s, want %s", number, got, name)
		}
	}
}
