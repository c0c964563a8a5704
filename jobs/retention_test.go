package jobs

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// marked is a name that stands for one day, so that its bytes tell of which day something is.
func marked(day authreport.Day, what string) string {
	return fmt.Sprintf("%s-%v@example.org", what, day)
}

// aDay has everything happen that the store keeps of a day, in names of that day: submissions, failed attempts, lines, open sessions, gaps; a report that a
// schedule asks for and one that somebody does, with what became of their recipients; a notice; a trouble that is not over; a server that is away.
func aDay(t *testing.T, s *store.Store, day authreport.Day, now time.Time) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for hour := range 10 {
		tally, at := authreport.NewTally(time.UTC), day.Start(time.UTC).Add(time.Duration(hour)*time.Hour)
		for i := range 20 {
			client := authreport.Client{Server: marked(day, "server"), Account: marked(day, fmt.Sprint("account", i)), Sender: marked(day, fmt.Sprint("sender", i, hour%3)), Domain: "example.org"}
			tally.Add(authreport.Submission{Time: at, Client: client, Recipients: 1})
			tally.AddFailure(authreport.Attempt{Time: at, Server: "mx1", Account: marked(day, fmt.Sprint("tried", i))})
		}
		tally.AddLines(authreport.Lines{Source: "mail", Day: day, Read: 100, NotUnderstood: 1, Example: "no line of " + marked(day, "example")})
		tally.AddGap("mail", at, authreport.GapPostfixTLS, 1)
		path := marked(day, "/var/log/mail.log")
		position := authreport.Position{Source: "mail", Stream: path, Path: path, Length: 1, ModTime: at, Offset: int64(hour)}
		_, err := s.Write(ctx, authreport.Batch{Position: position, Sessions: []byte("open: " + marked(day, "session")), Tally: tally})
		must(err)
	}
	for _, asked := range []string{store.AskedBySchedule, marked(day, "asker")} {
		to := []string{marked(day, "reader"), marked(day, "refuser")}
		id, err := s.AddRequest(ctx, store.Request{Report: "daily", Range: authreport.Range{First: day, Last: day}, Recipients: to, AskedBy: asked, Due: now, Created: now})
		must(err)
		r, err := s.Claim(ctx, "me", id, time.Minute)
		must(err)
		must(s.KeepMessage(ctx, r, "", 0, []byte(marked(day, "message"))))
		for _, recipient := range to {
			must(s.SetDelivery(ctx, r, store.Delivery{RequestID: id, Recipient: recipient, State: store.Refused, Reply: "no " + recipient, Updated: now}))
		}
		notice := &store.Request{Report: "daily", Recipients: []string{marked(day, "admin")}, AskedBy: AskedByProgram, OneOff: true, Due: now, Created: now, Notice: &store.Notice{Request: id, Fault: marked(day, "fault")}}
		must(s.Fail(ctx, r, "refused by "+marked(day, "refuser"), notice))
	}
	for r, err := s.Claim(ctx, "me", 0, time.Minute); r != nil; r, err = s.Claim(ctx, "me", 0, time.Minute) {
		must(err)
		must(s.Complete(ctx, r))
	}
	_, err := s.NoteTrouble(ctx, marked(day, "source"), "cannot read "+marked(day, "trouble"))
	must(err)
	must(s.SetPause(ctx, store.Pause{Server: marked(day, "server:587"), Since: now, Until: now, Faults: 1, Fault: marked(day, "pause")}))
}

// TestRetention lets twenty days pass, a day at a time, in a store with a retention of five days. Each night nothing is left of the days that are no longer kept, in
// any table and in any byte of the store's files, however often rows were merged and pages used again; and all is left of the others.
func TestRetention(t *testing.T) {
	c := &config.Config{Zone: time.UTC, Retention: 5} // eleven are kept
	now := time.Date(2026, 10, 20, 6, 0, 0, 0, time.UTC)
	s, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/authreport.db", store.Options{Zone: time.UTC, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := authreport.DayOf(now)
	for day := begin; day < begin+20; day++ {
		now = day.Start(time.UTC).Add(6 * time.Hour)
		aDay(t, s, day, now)
		if _, err := Prune(t.Context(), c, s, now); err != nil {
			t.Fatal(err)
		}
		first := day - authreport.Day(c.KeepDays()-1)
		data := bytesOf(t, s)
		for old := begin; old <= day; old++ {
			// Counts and all that is of a day go at once. What is told by its time alone stays two days more: clocks of machines differ.
			counted := bytes.Contains(data, []byte(marked(old, "account7"))) || bytes.Contains(data, []byte(marked(old, "sender70"))) || bytes.Contains(data, []byte(marked(old, "tried7"))) ||
				bytes.Contains(data, []byte(marked(old, "example")))
			if want := old >= first; counted != want {
				t.Fatalf("in the night of %v, that counts of %v are in the files is %v", day, old, counted)
			}
			if any := bytes.Contains(data, []byte("-"+old.String())); any && old < first-2 {
				at := bytes.Index(data, []byte("-"+old.String()))
				t.Fatalf("in the night of %v, the files still have %q", day, data[max(0, at-20):at+20])
			}
		}
	}
}
