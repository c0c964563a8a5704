package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authreport"
)

// TestFailedRuns: requests that failed for good are told by when they were due; those that are put off, done or not begun are not.
func TestFailedRuns(t *testing.T) {
	c := &clock{now: noon}
	s := open(t, t.TempDir()+"/s.db", c.options())
	ctx := t.Context()
	for i, state := range []RequestState{Failed, Done, Pending, Failed, Failed} {
		due := noon.Add(time.Duration(i) * time.Minute)
		c.now = due
		r := claim(t, s, "a", add(t, s, weekly(due)))
		var err error
		switch state {
		case Failed:
			notice := Request{Report: "weekly", AskedBy: "authreport", Notice: &Notice{Request: r.ID}, Due: noon, Created: noon}
			err = s.Fail(ctx, r, "because", &notice)
		case Done:
			err = s.Complete(ctx, r)
		default:
			err = s.PutOff(ctx, r, "because", due.Add(time.Hour), "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	notices, err := s.requests(ctx, "WHERE notice <> ''")
	if err != nil || len(notices) != 3 {
		t.Fatalf("notices are %+v, %v", notices, err)
	}
	if err := s.Fail(ctx, claim(t, s, "a", notices[0].ID), "nobody takes it", nil); err != nil { // a notice that failed is no report that did
		t.Fatal(err)
	}
	add(t, s, weekly(noon.Add(time.Second)))
	run := func(minutes int) authreport.FailedRun {
		return authreport.FailedRun{Kind: authreport.ReportRun, Name: "weekly", Due: noon.Add(time.Duration(minutes) * time.Minute), Fault: "because"}
	}
	for _, test := range []struct {
		from, to time.Time
		want     []authreport.FailedRun
	}{
		{noon, noon.Add(4 * time.Minute), []authreport.FailedRun{run(0), run(3)}},
		{noon.Add(time.Millisecond), noon.Add(time.Hour), []authreport.FailedRun{run(3), run(4)}},
		{noon.Add(-time.Hour), noon, nil},
	} {
		if diff := cmp.Diff(test.want, collect(t, s.FailedRuns(ctx, test.from, test.to))); diff != "" {
			t.Errorf("%s to %s: %s", test.from, test.to, diff)
		}
	}
}
