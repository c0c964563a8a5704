package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// gone is the address that is forgotten in these tests; goneForms is how logs have it, and staying is who stays although they look like it.
const gone = "alice.liddell@bücher.example"

var (
	goneForms = []string{gone, "alice.liddell@BÜCHER.Example", "alice.liddell@xn--bcher-kva.example"}
	staying   = []string{"malice.liddell@bücher.example", "alice.liddell@bücher.example.org", "bob@bücher.example", "Alice.Liddell@bücher.example", "alice.liddell", ""}
)

// busyStore has counts of everybody on five days, in many small batches, so that runs were merged and their places used again.
func busyStore(t *testing.T, s *Store) *authreport.Tally {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	names := append(slices.Clone(goneForms), staying...)
	whole := authreport.NewTally(time.UTC)
	for range 60 {
		tally := authreport.NewTally(time.UTC)
		for range 100 {
			at := noon.Add(-time.Duration(random.IntN(5*24*60)) * time.Minute)
			client := authreport.Client{Server: "mx1", Account: names[random.IntN(len(names))], Sender: names[random.IntN(len(names))],
				Domain: "example.org", IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(250))}), Mechanism: "PLAIN"}
			if random.IntN(4) == 0 {
				attempt := authreport.Attempt{Time: at, Server: "mx1", Account: client.Account, IP: client.IP, Mechanism: "LOGIN"}
				tally.AddFailure(attempt)
				whole.AddFailure(attempt)
				continue
			}
			submission := authreport.Submission{Time: at, Client: client, Recipients: 2}
			tally.Add(submission)
			whole.Add(submission)
		}
		write(t, s, "/var/log/mail.log", noon, tally)
	}
	return whole
}

// isGone is how the test tells the names that go.
func isGone(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(goneForms, name) })
}

// checkBytes holds that no file of a store has one of the forms of a name. Those who stay and have one within their names are taken out of the bytes before.
func checkBytes(t *testing.T, s *Store, forms, stay []string) {
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
		for _, name := range stay {
			if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(name, form) }) {
				data = bytes.ReplaceAll(data, []byte(name), nil)
			}
		}
		for _, form := range forms {
			if n := bytes.Count(data, []byte(form)); n > 0 {
				t.Errorf("%s still has %s, %d times", filepath.Base(file), form, n)
			}
		}
	}
}

// TestForget holds that what is about a name goes, and nothing else; that what is said of it is so; that no byte of it is left; and that another process, which
// remembers the clients' numbers, goes on rightly.
func TestForget(t *testing.T) {
	s := newStore(t)
	other := open(t, s.Path(), options())
	whole := busyStore(t, other)
	want := contentsOfTally(whole)
	var found Forgotten
	want.counts = slices.DeleteFunc(want.counts, func(c authreport.Count) bool {
		if !isGone(c.Client.Account, c.Client.Sender) {
			return false
		}
		found.Counts++
		found.Messages += c.Messages
		found.Recipients += c.Recipients
		return true
	})
	want.failures = slices.DeleteFunc(want.failures, func(f authreport.FailureCount) bool {
		if !isGone(f.Account) {
			return false
		}
		found.Failures++
		found.Attempts += f.Attempts
		return true
	})
	before := contentsOf(t, s)
	dry, err := s.Forget(t.Context(), []string{gone}, ForgetOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contentsOf(t, s), before, compare); diff != "" {
		t.Errorf("a dry run has changed:\n%s", diff)
	}
	clients := len(collect(t, s.Clients(t.Context(), all)))
	got, err := s.Forget(t.Context(), []string{gone}, ForgetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, dry); diff != "" {
		t.Errorf("the dry run said otherwise:\n%s", diff)
	}
	if diff := cmp.Diff(contentsOf(t, s), want, compare); diff != "" {
		t.Errorf("the store has, and should have:\n%s", diff)
	}
	found.Clients = int64(clients - len(collect(t, s.Clients(t.Context(), all))))
	found.FirstDay, found.LastDay = "2026-11-19", "2026-11-24"
	found.Alike = []string{"Alice.Liddell@bücher.example", "alice.liddell"}
	if diff := cmp.Diff(got, found); diff != "" {
		t.Errorf("it said that it removed, and did:\n%s", diff)
	}
	if n := dangling(t, s); n != 0 {
		t.Errorf("%d rows dangle", n)
	}
	checkBytes(t, s, goneForms, staying)

	again, err := s.Forget(t.Context(), []string{gone}, ForgetOptions{})
	if err != nil || again.Any() {
		t.Errorf("forgotten again, it found %+v, %v", again, err)
	}
	// What is logged from now on counts, also in the process that knew the clients by their numbers.
	write(t, other, "/var/log/mail.log.1", noon, whole)
	if n := dangling(t, s); n != 0 {
		t.Errorf("after more logs, %d rows dangle", n)
	}
	if n := len(collect(t, s.Export(t.Context(), all, nil))); n != len(contentsOfTally(whole).counts) {
		t.Errorf("after more logs there are %d counts", n)
	}
}

// TestForgetSessions holds that open sessions which name somebody are rewritten or dropped, and that a process which has read them before cannot bring them back.
func TestForgetSessions(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	reader := open(t, s.Path(), options())
	put := func(stream, state string) error {
		if _, err := reader.Sessions(ctx, "mail", stream); err != nil {
			return err
		}
		_, err := reader.Write(ctx, authreport.Batch{Position: authreport.Position{Source: "mail", Stream: stream}, Sessions: []byte(state)})
		return err
	}
	for stream, state := range map[string]string{"/rewritten": "of " + gone, "/dropped": "of " + gone + ".", "/other": "of bob@example.org"} {
		if err := put(stream, state); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Forget(ctx, []string{gone}, ForgetOptions{Sessions: func(source string, state []byte, rename func(string) string) ([]byte, error) {
		if source != "mail" || bytes.HasSuffix(state, []byte(".")) {
			return nil, errors.New("it is of another version")
		}
		return []byte(rename(gone) + rename("bob") + rename(string(state))), nil
	}})
	if err != nil || got.Logs != 2 {
		t.Fatalf("it removed %+v, %v", got, err)
	}
	for stream, want := range map[string]string{"/rewritten": "bobof ", "/dropped": "", "/other": "of bob@example.org"} {
		if state, err := s.Sessions(ctx, "mail", stream); err != nil || string(state) != want {
			t.Errorf("%s has %q, %v, want %q", stream, state, err, want)
		}
	}
	checkBytes(t, s, goneForms, nil)
	batch := authreport.Batch{Position: authreport.Position{Source: "mail", Stream: "/other"}, Sessions: []byte("of " + gone)}
	for range 2 {
		if _, err := reader.Write(ctx, batch); !errors.Is(err, ErrForgotten) {
			t.Fatalf("a batch that goes on from sessions of before gives %v", err)
		}
	}
	if err := put("/other", "read again"); err != nil {
		t.Errorf("after the sessions were read again: %v", err)
	}
}

// TestForgetWhileOthersRead holds that bytes which cannot be removed, since somebody reads what was, are told, and go the next time.
func TestForgetWhileOthersRead(t *testing.T) {
	s := newStore(t)
	other := open(t, s.Path(), options())
	busyStore(t, other)
	tx, err := other.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM chunks").Scan(&n); err != nil {
		t.Fatal(err)
	}
	s.compactWait = time.Millisecond
	if _, err := s.Forget(t.Context(), []string{gone}, ForgetOptions{}); !errors.Is(err, ErrStays) {
		t.Fatalf("while somebody reads: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), -1<<30); err != nil {
		t.Fatal(err)
	}
	checkBytes(t, s, goneForms, staying)
}
