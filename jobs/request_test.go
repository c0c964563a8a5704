package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"

	"authreport/deliver"
	"authreport/store"
)

// TestRecipientsAreApart holds that one recipient's refusal costs the others nothing, and that only those without a final outcome are tried again.
func TestRecipientsAreApart(t *testing.T) {
	d := newDesk(t)
	d.server.refuse["b@example.org"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	d.server.refuse["c@example.org"] = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
	q := d.requester("one")
	var told []string
	q.Progress = func(_ store.Request, one store.Delivery) { told = append(told, one.Recipient+" "+string(one.State)) }
	id := d.ask("a@example.org", "b@example.org", "c@example.org", "d@example.org")
	if !d.do(t.Context(), q) {
		t.Fatal("nothing was due")
	}
	if got, want := d.states(id), "a delivered, b refused, c deferred, d delivered"; got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
	if got := strings.Join(told, ", "); got != "a@example.org delivered, b@example.org refused, c@example.org deferred, d@example.org delivered" {
		t.Errorf("told: %s", got)
	}
	all := d.deliveries(id)
	if b := all["b@example.org"]; b.Code != 550 || !strings.Contains(b.Reply, "no such user") || b.Attempts != 1 {
		t.Errorf("refused one is stored as %+v", b)
	}
	if c := all["c@example.org"]; c.Code != 451 || !c.Next.Equal(start.Add(time.Minute)) {
		t.Errorf("deferred one is stored as %+v", c)
	}
	if r := d.request(id); r.State != store.Pending || r.Fault != "1 of 4 recipients deferred" {
		t.Errorf("request is %+v", r)
	}

	d.clock = start.Add(59 * time.Second)
	if d.do(t.Context(), q) {
		t.Error("tried again before its time")
	}
	d.clock = start.Add(time.Minute)
	d.do(t.Context(), q)
	if c := d.deliveries(id)["c@example.org"]; c.Attempts != 2 || !c.Next.Equal(start.Add(3*time.Minute)) {
		t.Errorf("after the second attempt it is %+v, want the next after twice the wait", c)
	}
	delete(d.server.refuse, "c@example.org")
	d.clock = start.Add(3 * time.Minute)
	d.do(t.Context(), q)
	if got, want := d.server.got(), "a d c"; got != want {
		t.Errorf("received by %s, want %s", got, want)
	}
	if r := d.request(id); r.State != store.Failed || r.Fault != "1 of 4 recipients do not have it" {
		t.Errorf("request is %+v", r)
	}
	if again, err := q.Do(t.Context(), id); again || err != nil {
		t.Errorf("done once more: %v, %v", again, err)
	}
}

// TestServerDown holds that a server that is away costs nothing but time, until retry_for is over, and that one recipient stands for all.
func TestServerDown(t *testing.T) {
	d := newDesk(t)
	if err := d.server.server.Close(); err != nil {
		t.Fatal(err)
	}
	d.config.Mail.RetryFor = 30 * time.Minute
	q := d.requester("one")
	id := d.ask("a@example.org", "b@example.org")
	d.do(t.Context(), q)
	if got, want := d.states(id), "a deferred, b waiting"; got != want {
		t.Fatalf("states are %s, want %s", got, want)
	}
	if a := d.deliveries(id)["a@example.org"]; a.Code != 0 || !strings.Contains(a.Reply, "refused") {
		t.Errorf("the fault is stored as %+v", a)
	}
	if r := d.request(id); !strings.Contains(r.Fault, "takes nothing for now: ") {
		t.Errorf("request is %+v", r)
	}
	var attempts []time.Duration
	for d.request(id).State == store.Pending {
		d.clock = d.request(id).Next
		attempts = append(attempts, d.clock.Sub(start).Round(time.Second))
		d.do(t.Context(), q)
	}
	if got, want := fmt.Sprint(attempts), "[1m0s 3m0s 7m0s 15m0s 30m0s]"; got != want {
		t.Errorf("after the first, attempts were at %s, want %s", got, want)
	}
	if got, want := d.states(id), "a abandoned, b abandoned"; got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
	if r := d.request(id); r.State != store.Failed {
		t.Errorf("request is %+v", r)
	}
}

// TestMissedRunIsTriedAgain holds that the patience of retry_for begins when a request is written: a run that was missed for days is no older than any other.
func TestMissedRunIsTriedAgain(t *testing.T) {
	d := newDesk(t)
	d.due(d.daily("latest", "0 7 * * WED"))
	d.clock = start.AddDate(0, 0, 4) // three days late
	d.due(d.daily("latest", "0 7 * * WED"))
	d.server.refuse["a@example.org"] = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
	d.do(t.Context(), d.requester("one"))
	if got, want := d.states(1), "a deferred"; got != want {
		t.Errorf("states are %s, want %s: %+v", got, want, d.deliveries(1))
	}
}

// TestCrashWhileSending holds that what was being sent when a process died is sent again after its lease, under the same Message-ID, and counted as such.
func TestCrashWhileSending(t *testing.T) {
	d := newDesk(t)
	id := d.ask("a@example.org", "b@example.org", "c@example.org")
	claim, err := d.store.Claim(t.Context(), "dies", 0, lease)
	if err != nil || claim == nil {
		t.Fatal(claim, err)
	}
	all := d.deliveries(id)
	for recipient, state := range map[string]store.DeliveryState{"a@example.org": store.Delivered, "b@example.org": store.Sending} {
		one := all[recipient]
		one.State = state
		if err := d.store.SetDelivery(t.Context(), claim, one); err != nil {
			t.Fatal(err)
		}
	}
	q := d.requester("heir")
	if d.do(t.Context(), q) {
		t.Error("taken before the lease was over")
	}
	d.clock = start.Add(lease)
	d.do(t.Context(), q)
	if got, want := d.server.got(), "b c"; got != want {
		t.Errorf("received by %s, want %s", got, want)
	}
	for _, m := range d.server.received {
		if want := all[m.to].MessageID; m.id != want {
			t.Errorf("Message-ID to %s is %s, want %s", m.to, m.id, want)
		}
	}
	after := d.deliveries(id)
	if after["b@example.org"].Repeats != 1 || after["c@example.org"].Repeats != 0 || d.request(id).State != store.Done {
		t.Errorf("after it: %+v, %+v", d.request(id), after)
	}
}

// TestStop holds that the message under way is finished when the program is to stop, and that the rest is left to whoever comes next, at once.
func TestStop(t *testing.T) {
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	d.server.data = func(string) { stop() }
	id := d.ask("a@example.org", "b@example.org", "c@example.org")
	d.do(ctx, d.requester("one"))
	if got, want := d.states(id), "a delivered, b waiting, c waiting"; got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
	if r := d.request(id); r.State != store.Pending || r.Fault != "" {
		t.Errorf("request is %+v", r)
	}
	d.do(t.Context(), d.requester("two"))
	if got, want := d.server.got(), "a b c"; got != want {
		t.Errorf("received by %s, want %s", got, want)
	}
	if r := d.request(id); r.State != store.Done {
		t.Errorf("request is %+v", r)
	}
}

// TestStopBeforeTheReport holds that a request that was just claimed is given back whole.
func TestStopBeforeTheReport(t *testing.T) {
	d := newDesk(t)
	id := d.ask("a@example.org")
	q := d.requester("one")
	ctx, stop := context.WithCancel(t.Context())
	q.Now = func() time.Time { stop(); return d.clock }
	d.do(ctx, q)
	if r := d.request(id); r.State != store.Pending || r.Fault != "" || d.states(id) != "a waiting" {
		t.Errorf("request is %+v, deliveries %s", r, d.states(id))
	}
}

// TestLostClaim holds that a process whose claim was taken by another sends no further message and writes no further outcome.
func TestLostClaim(t *testing.T) {
	d := newDesk(t)
	id := d.ask("a@example.org", "b@example.org")
	var taken *store.Request
	d.server.data = func(string) {
		if taken == nil {
			d.clock = start.Add(lease)
			var err error
			if taken, err = d.store.Claim(t.Context(), "thief", id, lease); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := d.requester("one").Do(t.Context(), 0); !errors.Is(err, store.ErrLost) {
		t.Errorf("Do gives %v, want ErrLost", err)
	}
	if got := d.server.got(); got != "a" {
		t.Errorf("received by %q, want a alone", got)
	}
	if got, want := d.states(id), "a sending, b waiting"; got != want {
		t.Errorf("states are %s, want %s", got, want)
	}
}

// TestReportThatIsGone holds that a schedule's request for a report that is not configured any more fails, and says why.
func TestReportThatIsGone(t *testing.T) {
	d := newDesk(t)
	id, err := d.store.AddRequest(t.Context(), store.Request{Report: "gone", Recipients: []string{"a@example.org"}, AskedBy: store.AskedBySchedule, Due: start, Created: start})
	if err != nil {
		t.Fatal(err)
	}
	d.do(t.Context(), d.requester("one"))
	if r := d.request(id); r.State != store.Failed || r.Fault != "the report is not configured any more" || d.server.got() != "" {
		t.Errorf("request is %+v, received by %q", r, d.server.got())
	}
}

// slow is a channel that takes its time.
type slow struct{ takes time.Duration }

func (s slow) Deliver(_ context.Context, messages []deliver.Message, report func(int, deliver.Result)) error {
	for i, m := range messages {
		time.Sleep(s.takes) // of the bubble's clock
		report(i, deliver.Result{Recipient: m.To})
	}
	return nil
}

// TestClaimIsRenewed holds that nobody else gets a request while its report is being delivered, however long that takes.
func TestClaimIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, config: testConfig(t, 0), clock: time.Now()}
		s, err := store.Open(t.Context(), d.config.Store, store.Options{Zone: d.config.Zone, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d.store = s
		id := d.ask("a@example.org")
		done := make(chan error)
		q := &Requester{Config: d.config, Store: s, Channel: slow{10 * lease}, Now: time.Now, Owner: "one"}
		q.Progress = func(r store.Request, _ store.Delivery) { // while the claim is being renewed
			if r.ID != id {
				t.Errorf("told of request %d", r.ID)
			}
		}
		go func() {
			_, err := q.Do(t.Context(), 0)
			done <- err
		}()
		for range 9 {
			time.Sleep(lease)
			if other, err := s.Claim(t.Context(), "two", id, lease); other != nil || err != nil {
				t.Errorf("claimed by another: %+v, %v", other, err)
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if r := d.request(id); r.State != store.Done {
			t.Errorf("request is %+v", r)
		}
	})
}
