package store

import (
	"errors"
	"testing"
	"time"
)

// TestWithhold holds that a report that is not to be mailed is done, with the reason and without deliveries, once, and that it makes no failure good.
func TestWithhold(t *testing.T) {
	s, c := queue(t)
	ctx := t.Context()
	failed := add(t, s, weekly(noon))
	if err := s.Fail(ctx, claim(t, s, "me", failed), "refused", nil); err != nil {
		t.Fatal(err)
	}
	c.now = noon.Add(time.Hour)
	asked := weekly(c.now)
	asked.Send = "if_unusual"
	id := add(t, s, asked)
	r := claim(t, s, "me", id)
	if r.Send != "if_unusual" || r.Withheld != "" {
		t.Errorf("claimed %+v", r)
	}
	if err := s.KeepMessage(ctx, r, "whole", 0, []byte("the message")); err != nil {
		t.Fatal(err)
	}
	if err := s.Withhold(ctx, r, "nothing unusual"); err != nil {
		t.Fatal(err)
	}
	if err := s.Withhold(ctx, r, "again"); !errors.Is(err, ErrLost) {
		t.Errorf("withheld twice: %v", err)
	}
	if r, err := s.Request(ctx, id); err != nil || r.State != Done || r.Withheld != "nothing unusual" || r.Fault != "" || !r.Ended.Equal(c.now) {
		t.Errorf("it is %+v, %v", r, err)
	}
	if deliveries, err := s.Deliveries(ctx, id); err != nil || deliveries != nil {
		t.Errorf("it has deliveries: %+v, %v", deliveries, err)
	}
	if kept, err := s.KeptMessage(ctx, id, "whole", 0); err != nil || kept != nil {
		t.Errorf("%q is kept, %v", kept, err)
	}
	if list, err := s.FailedRequests(ctx, noon); err != nil || len(list) != 1 || list[0].ID != failed {
		t.Errorf("failed are %+v, %v", list, err)
	}
}
