package store

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// queue is a store with a clock of its own.
func queue(t *testing.T) (*Store, *clock) {
	t.Helper()
	c := &clock{noon}
	return open(t, filepath.Join(t.TempDir(), "authreport.db"), c.options()), c
}

// TestCrashesAreCounted holds that claims that end without a word are counted in a row: a word of the request or an outcome of a recipient begins anew.
func TestCrashesAreCounted(t *testing.T) {
	s, c := queue(t)
	ctx := t.Context()
	id := add(t, s, weekly(noon))
	die := func(want int) *Request {
		t.Helper()
		c.now = c.now.Add(time.Hour)
		r := claim(t, s, "me", id)
		if r == nil || r.Crashes != want || !r.Started.Equal(noon.Add(time.Hour)) {
			t.Fatalf("claimed %+v, want %d crashes", r, want)
		}
		return r
	}
	die(0)
	die(1)
	r := die(2)
	deliveries, _ := s.Deliveries(ctx, id)
	d := deliveries[0]
	for _, state := range []DeliveryState{Sending, Waiting} {
		d.State = state
		if err := s.SetDelivery(ctx, r, d); err != nil {
			t.Fatal(err)
		}
	}
	r = die(3)
	d.State = Delivered
	if err := s.SetDelivery(ctx, r, d); err != nil || r.Crashes != 0 {
		t.Fatal(err, r)
	}
	die(1)
	r = die(2)
	if err := s.PutOff(ctx, r, "", c.now, ""); err != nil {
		t.Fatal(err)
	}
	die(0)
}

// TestFail holds that a request fails once, with its recipients and one notice, which is a request like others, and that its message is gone.
func TestFail(t *testing.T) {
	s, c := queue(t)
	ctx := t.Context()
	id := add(t, s, weekly(noon))
	r := claim(t, s, "me", id)
	if err := s.KeepMessage(ctx, r, "whole", 0, []byte("the message")); err != nil {
		t.Fatal(err)
	}
	if data, err := s.KeptMessage(ctx, id, "whole", 0); err != nil || string(data) != "the message" {
		t.Errorf("kept %q, %v", data, err)
	}
	for _, other := range []struct {
		copy  string
		limit int64
	}{{"whole", 1}, {"", 0}} {
		if data, err := s.KeptMessage(ctx, id, other.copy, other.limit); err != nil || data != nil {
			t.Errorf("kept %q, %v, want nothing", data, err)
		}
	}
	deliveries, _ := s.Deliveries(ctx, id)
	taken := deliveries[1]
	taken.State, taken.Code, taken.Updated = Delivered, 250, noon
	if err := s.SetDelivery(ctx, r, taken); err != nil {
		t.Fatal(err)
	}
	notice := Request{Report: "weekly", Recipients: []string{"admin@example.org"}, AskedBy: "authreport", OneOff: true, Due: noon, Created: noon, Notice: &Notice{Request: id}}
	if err := s.Fail(ctx, r, "time is over", &notice); err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(ctx, r, "again", &notice); !errors.Is(err, ErrLost) {
		t.Errorf("failed twice: %v", err)
	}
	if data, err := s.KeptMessage(ctx, id, "whole", 0); err != nil || data != nil {
		t.Errorf("kept %q, %v, want nothing", data, err)
	}
	want := []Delivery{deliveries[0], taken}
	want[0].State, want[0].Reply, want[0].Updated = Abandoned, "time is over", noon
	if got, err := s.Deliveries(ctx, id); err != nil || !cmp.Equal(got, want) {
		t.Errorf("deliveries are %+v, %v, want %+v", got, err, want)
	}
	told := claim(t, s, "me", 0)
	if told == nil || !cmp.Equal(told.Notice, notice.Notice) || !cmp.Equal(told.Recipients, notice.Recipients) {
		t.Fatalf("the notice is %+v", told)
	}
	if more := claim(t, s, "me", 0); more != nil {
		t.Errorf("there is one more: %+v", more)
	}
	failed := func() (ids []int64) {
		list, err := s.FailedRequests(ctx, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if err := s.Complete(ctx, told); err != nil || !cmp.Equal(failed(), []int64{id}) {
		t.Errorf("with the notice done, %v have failed, %v", failed(), err)
	}
	c.now = noon.Add(time.Hour)
	next := add(t, s, weekly(c.now))
	if err := s.Complete(ctx, claim(t, s, "me", next)); err != nil || failed() != nil {
		t.Errorf("with the next one done, %v have failed, %v", failed(), err)
	}
	if list, err := s.Open(ctx, 10); err != nil || list != nil {
		t.Errorf("open are %+v, %v", list, err)
	}
}

// TestPause holds that while a server is away nobody is let in, that one at a time may try when that is over, and that both live on in another process.
func TestPause(t *testing.T) {
	s, c := queue(t)
	other := open(t, s.Path(), c.options())
	const server = "smtp.example.org:587"
	enter := func(s *Store, want bool, faults int) {
		t.Helper()
		p, open, err := s.Enter(t.Context(), server, time.Minute)
		if err != nil || open != want || p.Faults != faults {
			t.Errorf("open is %v, %+v, %v, want %v with %d faults", open, p, err, want, faults)
		}
	}
	enter(s, true, 0)
	enter(other, true, 0)
	for faults := 1; faults <= 2; faults++ {
		if err := s.SetPause(t.Context(), Pause{Server: server, Since: c.now, Until: c.now.Add(10 * time.Minute), Faults: faults, Fault: "away"}); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(10*time.Minute - time.Millisecond)
		enter(s, false, faults)
		enter(other, false, faults)
		c.now = c.now.Add(time.Millisecond)
		enter(other, true, faults)
		enter(s, false, faults)
	}
	want := []Pause{{Server: server, Since: noon, Until: c.now.Add(time.Minute), Faults: 2, Fault: "away"}}
	if got, err := s.Pauses(t.Context()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("pauses are %+v, %v, want %+v", got, err, want)
	}
	for awaits, id := range map[string]int64{server: add(t, s, weekly(noon)), "another:25": add(t, s, weekly(noon.Add(time.Second)))} {
		if err := s.PutOff(t.Context(), claim(t, s, "me", id), "away", c.now.Add(time.Hour), awaits); err != nil {
			t.Fatal(err)
		}
	}
	c.now = c.now.Add(time.Minute) // the one who tried died
	enter(s, true, 2)
	if r := claim(t, s, "me", 0); r != nil {
		t.Errorf("claimed during the pause: %+v", r)
	}
	if err := s.EndPause(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	enter(other, true, 0)
	if r := claim(t, s, "me", 0); r == nil || r.ID != 1 {
		t.Errorf("after the pause %+v is due", r)
	}
	if r := claim(t, s, "me", 0); r != nil {
		t.Errorf("claimed although it awaits another server: %+v", r)
	}
}

// TestTrouble holds that a trouble is told once while it lasts, and once more if it comes back.
func TestTrouble(t *testing.T) {
	s, c := queue(t)
	ctx := t.Context()
	notice := Request{Report: "notice", AskedBy: "authreport", Due: noon, Created: noon, Notice: &Notice{Trouble: "source mx1", Fault: "gone", Since: noon}}
	for episode := 1; episode <= 2; episode++ {
		begin := c.now
		for i := range 3 {
			c.now = c.now.Add(time.Minute)
			if i == 0 {
				begin = c.now
			}
			fault := fmt.Sprint("fault ", i)
			got, err := s.NoteTrouble(ctx, "source mx1", fault)
			if want := (Trouble{"source mx1", begin, c.now, fault, i > 1}); err != nil || !cmp.Equal(got, want) {
				t.Errorf("noted %+v, %v, want %+v", got, err, want)
			}
			if i > 0 {
				if err := s.TellTrouble(ctx, "source mx1", notice); err != nil {
					t.Fatal(err)
				}
			}
		}
		if list, err := s.Troubles(ctx); err != nil || len(list) != 1 {
			t.Errorf("troubles are %+v, %v", list, err)
		}
		if err := errors.Join(s.EndTrouble(ctx, "source mx1"), s.EndTrouble(ctx, "never was")); err != nil {
			t.Fatal(err)
		}
		list, err := s.Requests(ctx, 10)
		if err != nil || len(list) != episode || !cmp.Equal(list[0].Notice, notice.Notice) {
			t.Errorf("in episode %d there are the notices %+v, %v", episode, list, err)
		}
	}
}

// TestOldLedger holds that a ledger from before there were notices is read as it was meant.
func TestOldLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "authreport.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	goose, err := newProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := goose.UpTo(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	due := noon.UnixMilli()
	for _, query := range []string{
		fmt.Sprintf("INSERT INTO requests VALUES (7, 'weekly', 1, 2, '[]', '[]', 'schedule', 0, '', %d, %[1]d, 'failed', %[1]d, 'me', 3, 0, 'refused')", due),
		fmt.Sprintf("INSERT INTO requests VALUES (8, 'weekly', 1, 2, '[]', '[]', 'me', 0, '', %d, %[1]d, 'pending', %[1]d, '', 0, 0, '')", due),
		"INSERT INTO deliveries VALUES (7, 'a@example.org', '<a@b>', 'refused', 1, 550, 'no such user', NULL, 0, 0)",
		"INSERT INTO deliveries VALUES (7, 'b@example.org', '<b@b>', 'refused', 9, 451, 'given up after 9 attempts: later', NULL, 0, 2)",
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, options())
	failed, err := s.FailedRequests(t.Context(), noon)
	if err != nil || len(failed) != 1 || failed[0].ID != 7 || failed[0].Notice != nil || !failed[0].Started.Equal(noon) || !failed[0].Ended.Equal(noon) {
		t.Errorf("failed are %+v, %v", failed, err)
	}
	if open, err := s.Open(t.Context(), 10); err != nil || len(open) != 1 || open[0].ID != 8 || !open[0].Started.IsZero() {
		t.Errorf("open are %+v, %v", open, err)
	}
	list, err := s.Deliveries(t.Context(), 7)
	if err != nil || len(list) != 2 || list[0].State != Refused || list[1].State != Abandoned || list[1].Repeats != 2 || list[1].MessageID != "<b@b>" {
		t.Errorf("deliveries are %+v, %v", list, err)
	}
}
