package store

import (
	"database/sql"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// write puts a tally into a store, as read from a file last changed at modified.
func write(t *testing.T, s *Store, path string, modified time.Time, tally *authreport.Tally) {
	t.Helper()
	position := authreport.Position{Source: "mail", Stream: path, Path: path, Fingerprint: path, Length: 1, Size: 1, ModTime: modified}
	if _, err := s.Write(t.Context(), authreport.Batch{Position: position, Sessions: []byte("open"), Tally: tally}); err != nil {
		t.Fatal(err)
	}
}

// rowCount is how many rows a table has.
func rowCount(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// dangling is how many counts, clients and keys have nobody that they refer to or that refers to them. Clients whose keys were not needed yet have none.
func dangling(t *testing.T, s *Store) (n int) {
	t.Helper()
	wanted := map[int64]bool{}
	for _, c := range collect(t, s.Counts(t.Context(), all)) {
		wanted[c.ClientID] = true
	}
	type keyed struct {
		key string
		id  int64
	}
	keys := map[keyed]bool{}
	for k := range rows(t.Context(), s, "read keys", func(rows *sql.Rows, k *keyed) error { return rows.Scan(&k.key, &k.id) }, "SELECT key, id FROM client_keys") {
		keys[k] = true
	}
	last, err := numberFact(t.Context(), s.read, factKeyed)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range collect(t, s.Clients(t.Context(), all)) {
		key, _ := keyOf(&k.Client, nil)
		if !wanted[k.ID] || keys[keyed{string(key[:]), k.ID}] != (k.ID <= last) {
			n++
		}
		delete(wanted, k.ID)
		delete(keys, keyed{string(key[:]), k.ID})
	}
	return n + len(wanted) + len(keys)
}

// TestPrune holds that exactly what is before the first day goes, that nothing refers to what is gone, and that reading the same logs again brings nothing of it back.
// Two stores write by turns: one must notice that the other has removed clients whose numbers it remembers.
func TestPrune(t *testing.T) {
	s := newStore(t)
	other := open(t, s.Path(), options())
	whole := authreport.NewTally(time.UTC)
	for _, event := range events(rand.New(rand.NewPCG(3, 4)), 1000) {
		event(whole)
	}
	write(t, s, "/var/log/mail.log", noon, whole)
	for _, first := range []authreport.Day{20778, 20780, 20790} {
		kept := contentsOfTally(whole)
		before := len(kept.counts) + len(kept.failures) + len(kept.lines) + len(kept.gaps)
		kept.counts = slices.DeleteFunc(kept.counts, func(c authreport.Count) bool { return c.Day < first })
		kept.failures = slices.DeleteFunc(kept.failures, func(f authreport.FailureCount) bool { return f.Day < first })
		kept.lines = slices.DeleteFunc(kept.lines, func(l authreport.Lines) bool { return l.Day < first })
		kept.gaps = slices.DeleteFunc(kept.gaps, func(g authreport.GapCount) bool { return g.Day < first })
		want := before - len(kept.counts) - len(kept.failures) - len(kept.lines) - len(kept.gaps)

		rows, err := other.Prune(t.Context(), first)
		if err != nil || rows != int64(want) {
			t.Fatalf("pruning before %v removed %d rows, %v, want %d", first, rows, err, want)
		}
		if diff := cmp.Diff(contentsOf(t, s), kept, compare); diff != "" {
			t.Errorf("after pruning before %v the store has, and should have:\n%s", first, diff)
		}
		if n := dangling(t, s); n != 0 {
			t.Errorf("after pruning before %v, %d rows dangle", first, n)
		}
		if rows, err := s.Prune(t.Context(), first); err != nil || rows != 0 {
			t.Errorf("pruning again removed %d rows, %v", rows, err)
		}
		// Twice what is kept, and nothing else; and then whole again as it was, for the next round.
		write(t, s, "/var/log/mail.log.1", noon, whole)
		if n := dangling(t, s); n != 0 {
			t.Errorf("after writing again, %d rows dangle", n)
		}
		counts := collect(t, s.Export(t.Context(), all, nil))
		if len(counts) != len(kept.counts) {
			t.Errorf("after writing again there are %d counts, want %d", len(counts), len(kept.counts))
		}
		if _, err := s.Prune(t.Context(), 1<<30); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"chunks", "client_keys", "lines", "gaps"} {
			if n := rowCount(t, s, table); n != 0 {
				t.Errorf("after pruning everything, %s has %d rows", table, n)
			}
		}
		if _, err := s.Prune(t.Context(), -1<<30); err != nil {
			t.Fatal(err)
		}
		write(t, s, "/var/log/mail.log", noon, whole)
	}
}

// TestPruneFiles holds that a file is forgotten only when all that is in it would be dropped, and was not read lately.
func TestPruneFiles(t *testing.T) {
	c := &clock{noon.AddDate(0, 0, -300)}
	s := open(t, t.TempDir()+"/authreport.db", c.options())
	first := authreport.DayOf(noon.AddDate(0, 0, -181))
	write(t, s, "/read and changed long ago", noon.AddDate(0, 0, -250), nil)
	write(t, s, "/read long ago, changed since", noon.AddDate(0, 0, -180), nil)
	write(t, s, "/never read to its end", time.Time{}, nil)
	c.now = noon
	write(t, s, "/changed long ago, read today", noon.AddDate(0, 0, -250), nil)
	if _, err := s.Prune(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	positions, err := s.Positions(t.Context(), "mail")
	var paths []string
	for _, p := range positions {
		paths = append(paths, p.Path)
	}
	want := []string{"/read long ago, changed since", "/changed long ago, read today"}
	if diff := cmp.Diff(paths, want); diff != "" || err != nil {
		t.Errorf("known files, and those that should be: %v\n%s", err, diff)
	}
	if n := rowCount(t, s, "sessions"); n != len(want) {
		t.Errorf("there are sessions of %d streams, want %d", n, len(want))
	}
}

// TestPruneRequests holds that old requests go once they are finished, and that a schedule does not forget when it ran last, but for whom.
func TestPruneRequests(t *testing.T) {
	c := &clock{noon}
	s := open(t, t.TempDir()+"/authreport.db", c.options())
	old, byHand, newer := weekly(noon.AddDate(0, 0, -300)), weekly(noon.AddDate(0, 0, -301)), weekly(noon.AddDate(0, 0, -299))
	byHand.AskedBy = "alice (command line)"
	for _, r := range []Request{old, byHand, newer} {
		r.Created = r.Due
		add(t, s, r)
	}
	prune := func(want, whom int) {
		t.Helper()
		if _, err := s.Prune(t.Context(), authreport.DayOf(noon.AddDate(0, 0, -181))); err != nil {
			t.Fatal(err)
		}
		if requests, deliveries := rowCount(t, s, "requests"), rowCount(t, s, "deliveries"); requests != want || deliveries != whom {
			t.Errorf("there are %d requests with %d deliveries, want %d with %d", requests, deliveries, want, whom)
		}
	}
	prune(3, 6)
	for r := claim(t, s, "me", 0); r != nil; r = claim(t, s, "me", 0) {
		if err := s.Complete(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	prune(1, 0)
	if requests, err := s.Requests(t.Context(), 9); err != nil || len(requests[0].Recipients) > 0 {
		t.Errorf("the newest of the schedule still has recipients: %+v, %v", requests, err)
	}
	if last, err := s.LastDue(t.Context(), "weekly", newer.Due); err != nil || !last.Equal(newer.Due) {
		t.Errorf("the last run was due %v, %v", last, err)
	}
}
