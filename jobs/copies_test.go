package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// kept gives the desk's report copies: a may know everything, b some domains.
func (d *desk) kept(domains ...string) {
	form := d.config.Reports[0].Form
	d.config.Reports[0].Copies = []config.Copy{{Form: form, Recipients: []string{"a@example.org"}}, {Form: form, Recipients: []string{"b@example.org"}, Domains: domains}}
}

// TestEachCopyIsJudgedOnItsOwn: a run on a condition is mailed to those in whose copy the condition holds, and the others' deliveries say why they got none.
func TestEachCopyIsJudgedOnItsOwn(t *testing.T) {
	d := newDesk(t)
	d.quietWeeks(config.SendIfUnusual)
	d.odd(authreport.TLSNone)
	d.kept("example.net")
	id := d.add(store.AskedBySchedule, d.clock, []string{"a@example.org", "b@example.org"})
	q := d.requester("one")
	var told []string
	q.Progress = func(_ store.Request, one store.Delivery) { told = append(told, one.Recipient+" "+string(one.State)) }
	d.do(t.Context(), q)
	if got := d.states(id); got != "a delivered, b withheld" || d.server.got() != "a" {
		t.Errorf("%s; received by %s", got, d.server.got())
	}
	if got := strings.Join(told, ", "); got != "a@example.org delivered, b@example.org withheld" {
		t.Errorf("told of %s", got)
	}
	if r := d.request(id); r.State != store.Done || r.Withheld != "" || d.deliveries(id)["b@example.org"].Reply != "nothing unusual" {
		t.Errorf("the request is %+v with %+v", r, d.deliveries(id))
	}
	d.clock = d.clock.Add(time.Hour)
	if d.do(t.Context(), d.requester("one")) {
		t.Error("it is done again")
	}
	// Nobody is to have it: then it has no deliveries.
	d.config.Reports[0].Copies = d.config.Reports[0].Copies[1:]
	id = d.add(store.AskedBySchedule, d.clock, []string{"b@example.org"})
	d.do(t.Context(), d.requester("one"))
	if r := d.request(id); r.State != store.Done || r.Withheld != "nothing unusual" || d.states(id) != "" {
		t.Errorf("the request is %+v with %s", r, d.states(id))
	}
}

// TestARestrictionHoldsForWhatIsUnderWay: who is deferred gets the message that was kept, unless the configuration has changed meanwhile: then never more than it gives.
func TestARestrictionHoldsForWhatIsUnderWay(t *testing.T) {
	d := newDesk(t)
	d.server.refuse["b@example.org"] = &smtp.SMTPError{Code: 451, Message: "later"}
	id := d.ask("a@example.org", "b@example.org")
	d.do(t.Context(), d.requester("one"))
	if got := d.states(id); got != "a delivered, b deferred" || !strings.Contains(d.server.received[0].text, "alice") {
		t.Fatalf("%s", got)
	}
	d.kept("example.net")
	d.server.refuse = map[string]*smtp.SMTPError{}
	d.clock = d.clock.Add(time.Hour)
	d.do(t.Context(), d.requester("one"))
	if got := d.states(id); got != "a delivered, b delivered" || strings.Contains(d.server.received[1].text, "alice") {
		t.Errorf("%s, and b got\n%s", got, d.server.received[1].text)
	}
	if a, b := d.server.received[0].text, d.server.received[1].text; strings.Contains(a, "Who gets what") || strings.Contains(b, "Who gets what") {
		t.Error("who gets what is told though all got the same, or to who may not know")
	}
}

// TestWhoIsNotNamedAnyMore: who is taken out of the configuration while a mail waits does not get it, let alone the whole report for want of a restriction.
func TestWhoIsNotNamedAnyMore(t *testing.T) {
	for by, want := range map[string]string{store.AskedBySchedule: "a delivered, b abandoned", "a test": "a abandoned, b abandoned"} {
		d := newDesk(t)
		d.kept("example.net")
		later := &smtp.SMTPError{Code: 451, Message: "later"}
		d.server.refuse = map[string]*smtp.SMTPError{"a@example.org": later, "b@example.org": later}
		id := d.add(by, d.clock, []string{"a@example.org", "b@example.org"})
		d.do(t.Context(), d.requester("one"))
		if got := d.states(id); got != "a deferred, b deferred" {
			t.Fatalf("%s", got)
		}
		r := &d.config.Reports[0]
		r.Recipients, r.Copies = []string{"A@example.org"}, r.Copies[:1]
		d.config.Requests.RecipientDomains = []string{"example.com"} // who is asked for by hand may not be either
		d.server.refuse = nil
		d.clock = d.clock.Add(time.Hour)
		d.do(t.Context(), d.requester("one"))
		if got := d.states(id); got != want || d.request(id).State != store.Failed {
			t.Errorf("asked by %s: %s, want %s; %+v", by, got, want, d.request(id))
		}
	}
}

// TestNoDomainIsLeft: whose domains are none of those that were asked for gets nothing, and the others theirs; the request fails and says why.
func TestNoDomainIsLeft(t *testing.T) {
	d := newDesk(t)
	d.kept("example.net")
	id, err := d.store.AddRequest(t.Context(), store.Request{Report: "once", Range: authreport.Range{First: authreport.DayOf(d.clock) - 7, Last: authreport.DayOf(d.clock) - 1},
		Domains: []string{"example.org"}, Recipients: []string{"a@example.org", "b@example.org"}, AskedBy: "a test", Due: d.clock, Created: d.clock})
	if err != nil {
		t.Fatal(err)
	}
	d.do(t.Context(), d.requester("one"))
	if got := d.states(id); got != "a delivered, b abandoned" || d.server.got() != "a" {
		t.Errorf("%s; received by %s", got, d.server.got())
	}
	if r, reply := d.request(id), d.deliveries(id)["b@example.org"].Reply; r.State != store.Failed || r.Fault != notAll(1, 2) || !strings.Contains(reply, "may know of none of these sender domains") {
		t.Errorf("the request is %+v, b's reply %q", r, reply)
	}
	if text := d.server.received[0].text; strings.Contains(text, "Who gets what") || strings.Contains(text, "example.net") {
		t.Errorf("a report of example.org names other domains:\n%s", text)
	}
}

// TestCopiesOfOneContent: those that differ in looks alone are built once, and each is in its own language.
func TestCopiesOfOneContent(t *testing.T) {
	d := newDesk(t)
	form := d.config.Reports[0].Form
	dutch := form
	dutch.Language = "nl"
	d.config.Reports[0].Copies = []config.Copy{{Form: form, Recipients: []string{"a@example.org"}}, {Form: form, Recipients: []string{"b@example.org"}, Domains: []string{"example.net"}},
		{Form: dutch, Recipients: []string{"c@example.org"}}}
	d.ask("a@example.org", "b@example.org", "c@example.org")
	d.do(t.Context(), d.requester("one"))
	if d.server.got() != "a c b" {
		t.Fatalf("received by %s", d.server.got())
	}
	english, dutchText := d.server.received[0].text, d.server.received[1].text
	if !strings.Contains(english, "Who gets what") || !strings.Contains(dutchText, "Wie wat van dit rapport krijgt") || !strings.Contains(dutchText, "alice@example.org") {
		t.Errorf("c got\n%s", dutchText)
	}
}
