package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// childEnv says what this test binary, started again as a process of its own, is to do: "claimer PATH", "ingester PATH" or "opener PATH".
const childEnv = "AUTHREPORT_TEST_CHILD"

func TestMain(m *testing.M) {
	what, path, child := strings.Cut(os.Getenv(childEnv), " ")
	if !child {
		_ = os.Setenv("GORACE", "atexit_sleep_ms=10") // of the processes that tests start: the race detector's second at their end
		os.Exit(m.Run())
	}
	if err := map[string]func(string) error{"claimer": claimer, "ingester": ingester, "opener": opener}[what](path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// clock is a time that tests move on.
type clock struct{ now time.Time }

func (c *clock) options() Options {
	return Options{Zone: time.UTC, Now: func() time.Time { return c.now }}
}

func weekly(due time.Time) Request {
	return Request{Report: "weekly", Range: authreport.Range{First: 20774, Last: 20780}, Domains: []string{"example.org"},
		Recipients: []string{"bob@example.org", "alice@example.org"}, AskedBy: AskedBySchedule, MessageHost: "example.org", Due: due, Created: noon}
}

func add(t *testing.T, s *Store, r Request) int64 {
	t.Helper()
	id, err := s.AddRequest(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func claim(t *testing.T, s *Store, owner string, id int64) *Request {
	t.Helper()
	r, err := s.Claim(t.Context(), owner, id, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAddRequest holds that a schedule's slot is one request however often it is added, and that others are as many as are added.
func TestAddRequest(t *testing.T) {
	s := newStore(t)
	want := weekly(noon)
	want.Cc, want.Bcc = []string{"carol@example.org"}, []string{"dave@example.org"}
	id := add(t, s, want)
	if again := add(t, s, want); again != id {
		t.Errorf("the same slot is request %d and %d", id, again)
	}
	if next := add(t, s, weekly(noon.Add(time.Hour))); next == id {
		t.Error("another slot is the same request")
	}
	byHand := want
	byHand.AskedBy = "alice (command line)"
	if first, second := add(t, s, byHand), add(t, s, byHand); first == id || first == second {
		t.Errorf("requests of users are %d and %d, beside the schedule's %d", first, second, id)
	}
	want.ID, want.State, want.Next = id, Pending, noon
	if got, err := s.Request(t.Context(), id); err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	var to []string
	deliveries, err := s.Deliveries(t.Context(), id)
	for _, d := range deliveries {
		if to = append(to, d.Recipient); d.MessageID != deliveries[0].MessageID {
			t.Errorf("one message to all has the IDs %s and %s", d.MessageID, deliveries[0].MessageID)
		}
	}
	if err != nil || !slices.Equal(to, []string{"alice@example.org", "bob@example.org", "carol@example.org", "dave@example.org"}) {
		t.Errorf("deliveries to %q, %v", to, err)
	}
	if list, err := s.Requests(t.Context(), 3); err != nil || len(list) != 3 || list[2].ID != id+1 {
		t.Errorf("the newest three are %+v, %v", list, err)
	}
	for until, want := range map[time.Duration]time.Duration{time.Hour: time.Hour, time.Hour - time.Millisecond: 0} {
		if last, err := s.LastDue(t.Context(), "weekly", noon.Add(until)); err != nil || !last.Equal(noon.Add(want)) {
			t.Errorf("until %v the last run was due %v, %v", until, last, err)
		}
	}
	if last, err := s.LastDue(t.Context(), "monthly", noon); err != nil || !last.IsZero() {
		t.Errorf("the last run of a report without one was due %v, %v", last, err)
	}
	if runs, err := s.Runs(t.Context(), "weekly", noon.Add(time.Millisecond), noon.Add(time.Hour)); err != nil || len(runs) != 1 || !runs[0].Equal(noon.Add(time.Hour)) {
		t.Errorf("the runs after noon are %v, %v", runs, err)
	}
}

// TestMessageID holds that a delivery has one Message-ID for ever, and that no other has it, of another request, recipient or store.
func TestMessageID(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		s := newStore(t)
		for i := range 2 {
			id := add(t, s, weekly(noon.Add(-time.Duration(i)*time.Hour)))
			deliveries, err := s.Deliveries(t.Context(), id)
			if err != nil || len(deliveries) != 2 || deliveries[0].Recipient != "alice@example.org" {
				t.Fatalf("deliveries are %+v, %v", deliveries, err)
			}
			for _, d := range deliveries {
				if d.State != Waiting || !strings.HasPrefix(d.MessageID, "<") || !strings.HasSuffix(d.MessageID, "@example.org>") || len(d.MessageID) > 60 || seen[d.MessageID] {
					t.Errorf("a new delivery is %+v", d)
				}
				seen[d.MessageID] = true
			}
			r := claim(t, s, "me", id)
			changed := deliveries[0]
			changed.MessageID = "<other@example.org>"
			if err := s.SetDelivery(t.Context(), r, changed); err != nil {
				t.Fatal(err)
			}
			if again, err := s.Deliveries(t.Context(), id); err != nil || again[0].MessageID != deliveries[0].MessageID {
				t.Errorf("the Message-ID became %+v, %v", again[0], err)
			}
		}
	}
}

// TestClaimEnds goes through the life of a request whose first owner stalls: what it was sending is seen by the second, and it can change nothing any more.
func TestClaimEnds(t *testing.T) {
	c := &clock{noon}
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "authreport.db"), c.options())
	other := open(t, s.Path(), c.options())
	id := add(t, s, weekly(noon.Add(time.Second)))
	if r := claim(t, s, "first", 0); r != nil {
		t.Errorf("claimed before it is due: %+v", r)
	}
	c.now = noon.Add(time.Second)
	first := claim(t, s, "first", 0)
	if first == nil || first.ID != id || first.State != Claimed || first.Owner != "first" {
		t.Fatalf("claimed %+v", first)
	}
	c.now = c.now.Add(59 * time.Second)
	if r := claim(t, other, "second", id); r != nil {
		t.Errorf("claimed although the lease is not over: %+v", r)
	}
	deliveries, _ := s.Deliveries(ctx, id)
	deliveries[1].State, deliveries[1].Updated = Sending, c.now
	if err := errors.Join(s.Renew(ctx, first, time.Minute), s.SetDelivery(ctx, first, deliveries[1])); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(59 * time.Second)
	if r := claim(t, other, "second", 0); r != nil {
		t.Errorf("claimed although the lease was renewed: %+v", r)
	}
	c.now = c.now.Add(time.Second)
	second := claim(t, other, "second", 0)
	if second == nil || second.Owner != "second" {
		t.Fatal("not claimed although the lease is over")
	}
	for what, err := range map[string]error{"renews": s.Renew(ctx, first, time.Minute), "finishes": s.Complete(ctx, first),
		"delivers": s.SetDelivery(ctx, first, deliveries[0])} {
		if !errors.Is(err, ErrLost) {
			t.Errorf("the first owner %s: %v, want ErrLost", what, err)
		}
	}
	want := deliveries
	if got, err := other.Deliveries(ctx, id); err != nil || !cmp.Equal(got, want) {
		t.Errorf("the second owner sees %+v, %v, want %+v", got, err, want)
	}
	want[1] = Delivery{RequestID: id, Recipient: want[1].Recipient, MessageID: want[1].MessageID, State: Deferred, Attempts: 1, Code: 451, Reply: "4.3.0 later",
		Next: c.now.Add(time.Minute), Updated: c.now, Repeats: 1}
	if err := errors.Join(other.SetDelivery(ctx, second, want[1]), other.PutOff(ctx, second, "deferred", want[1].Next, "")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Deliveries(ctx, id); err != nil || !cmp.Equal(got, want) {
		t.Errorf("stored %+v, %v, want %+v", got, err, want)
	}
	if err := other.Complete(ctx, second); !errors.Is(err, ErrLost) {
		t.Errorf("finished twice: %v", err)
	}
	if r := claim(t, s, "third", 0); r != nil {
		t.Errorf("claimed before the next attempt: %+v", r)
	}
	c.now = c.now.Add(time.Minute)
	third := claim(t, s, "third", id)
	if third == nil || third.Fence != 3 || third.Fault != "deferred" {
		t.Fatalf("the third claim is %+v", third)
	}
	if err := s.Fail(ctx, third, "refused", nil); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Request(ctx, id); err != nil || r.State != Failed || r.Fault != "refused" || !r.Lease.IsZero() {
		t.Errorf("in the end the request is %+v, %v", r, err)
	}
	c.now = c.now.Add(time.Hour)
	if r := claim(t, s, "fourth", 0); r != nil {
		t.Errorf("claimed although it has failed: %+v", r)
	}
}

// claimer claims requests of a store and finishes them, until there are none left, and tells their numbers.
func claimer(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+path, options())
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		r, err := s.Claim(ctx, "", 0, time.Minute)
		if err != nil || r == nil {
			return err
		}
		fmt.Println(r.ID)
		deliveries, err := s.Deliveries(ctx, r.ID)
		if err != nil {
			return err
		}
		for _, d := range deliveries {
			d.State = Delivered
			if err := s.SetDelivery(ctx, r, d); err != nil {
				return err
			}
		}
		if err := s.Complete(ctx, r); err != nil {
			return err
		}
	}
}

// TestProcessesCompete starts processes that all claim what they can get of the same requests: each request goes to one of them.
func TestProcessesCompete(t *testing.T) {
	const requests, processes = 60, 4
	s := newStore(t)
	for i := range requests {
		add(t, s, weekly(noon.Add(-time.Duration(i)*time.Hour)))
	}
	claimed := make(chan int64)
	for range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"=claimer "+s.Path())
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			for lines := bufio.NewScanner(out); lines.Scan(); {
				id, _ := strconv.ParseInt(lines.Text(), 10, 64)
				claimed <- id
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			claimed <- 0
		}()
	}
	times := map[int64]int{}
	for running := processes; running > 0; {
		if id := <-claimed; id == 0 {
			running--
		} else {
			times[id]++
		}
	}
	for id := int64(1); id <= requests; id++ {
		if times[id] != 1 {
			t.Errorf("request %d was claimed %d times", id, times[id])
		}
	}
}
