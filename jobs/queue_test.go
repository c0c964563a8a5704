package jobs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"authreport"
	"authreport/config"
	"authreport/store"
)

func reply(code int, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// drain does all that is due, and moves the clock to what is due next, until nothing is left or the end has come.
func (d *desk) drain(end time.Time, requesters ...*Requester) {
	d.t.Helper()
	for {
		for i, found := 0, true; found; i++ {
			found = d.do(d.t.Context(), requesters[i%len(requesters)])
		}
		open, err := d.store.Open(d.t.Context(), 1)
		if err != nil {
			d.t.Fatal(err)
		}
		if len(open) == 0 || open[0].Next.After(end) {
			return
		}
		d.clock = open[0].Next
	}
}

// TestPauseIsForAll holds that a server that takes no more is left alone by all requests and processes together, that one of them tries it again, and that
// nobody is lost.
func TestPauseIsForAll(t *testing.T) {
	d := newDesk(t)
	one, two := d.requester("one"), d.requester("two")
	two.Store = d.open()
	var ids []int64
	for i := range 6 {
		due := start.Add(time.Duration(i-6) * time.Second)
		ids = append(ids, d.add(store.AskedBySchedule, due, []string{fmt.Sprintf("a%d@example.org", i), fmt.Sprintf("b%d@example.org", i)}))
	}
	d.server.refuse["b3@example.org"] = reply(450, "4.7.1 Error: too much mail from 127.0.0.1")
	for _, id := range ids[4:] {
		to := d.request(id).Recipients[0]
		d.server.refuse[to] = reply(452, "4.3.1 Insufficient system storage")
	}
	d.drain(start, one, two)
	if got := d.server.connections; got != 4 {
		t.Errorf("%d connections before the pause, want 4", got)
	}
	pauses, err := d.store.Pauses(t.Context())
	if err != nil || len(pauses) != 1 || pauses[0].Faults != 1 || !pauses[0].Until.Equal(start.Add(time.Minute)) || !strings.Contains(pauses[0].Fault, "too much mail") {
		t.Fatalf("pauses are %+v, %v", pauses, err)
	}
	for _, id := range ids[4:] {
		if r := d.request(id); r.State != store.Pending || !strings.Contains(r.Fault, "too much mail") || d.states(id) != fmt.Sprintf("a%d waiting, b%[1]d waiting", id-1) {
			t.Fatalf("request is %+v, deliveries %s", r, d.states(id))
		}
	}
	delete(d.server.refuse, "b3@example.org")
	for minute, want := range []int{4, 5, 5, 6, 7} { // those that wait come before the one that was stopped; then its other recipient is served
		d.drain(start.Add(time.Duration(minute)*time.Minute), two, one)
		if got := d.server.connections; got != want {
			t.Errorf("%d connections until %d minutes after the first pause began, want %d", got, minute, want)
		}
	}
	d.server.refuse = map[string]*smtp.SMTPError{}
	d.drain(start.AddDate(0, 0, 1), one, two)
	for _, id := range ids {
		if r := d.request(id); r.State != store.Done {
			t.Errorf("request is %+v", r)
		}
	}
	if pauses, err := d.store.Pauses(t.Context()); err != nil || len(pauses) != 0 {
		t.Errorf("pauses are %+v, %v", pauses, err)
	}
	if got := len(d.server.received); got != 12 {
		t.Errorf("%d messages were received, want 12", got)
	}
}

// TestAskedDuringPause holds that who asks for a report by hand need not wait for the end of a pause, and that if it goes well nobody has to; if it does not, the
// pause is as it was.
func TestAskedDuringPause(t *testing.T) {
	d := newDesk(t)
	q := d.requester("one")
	d.server.refuse["a@example.org"] = reply(452, "4.3.1 Insufficient system storage")
	waits, other := d.ask("a@example.org", "b@example.org"), d.add(store.AskedBySchedule, start.Add(time.Second), []string{"c@example.org"})
	pauses := func() []store.Pause {
		t.Helper()
		list, err := d.store.Pauses(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	d.do(t.Context(), q)
	before := pauses()
	d.clock = start.Add(10 * time.Second)
	d.drain(d.clock, q)
	failing := d.ask("a@example.org")
	d.drain(d.clock, q)
	if got := pauses(); len(got) != 1 || !cmp.Equal(got, before) || d.states(failing) != "a deferred" || d.states(other) != "c waiting" {
		t.Errorf("after one in vain the pause is %+v, was %+v; %s", got, before, d.states(failing))
	}
	asked := d.ask("d@example.org")
	d.drain(d.clock, q)
	if d.states(asked) != "d delivered" || d.states(other) != "c delivered" || d.states(waits) != "a deferred, b delivered" || len(pauses()) != 0 {
		t.Errorf("after one that went well: %s, %s, %s, %+v", d.states(asked), d.states(other), d.states(waits), pauses())
	}
}

// TestLimitOfOne holds that a recipient whose refusals sound like a limit for all does not keep the others from their report.
func TestLimitOfOne(t *testing.T) {
	d := newDesk(t)
	d.server.refuse["a@example.org"] = reply(450, "4.7.1 too many messages for this user")
	id := d.ask("a@example.org", "b@example.org", "c@example.org")
	d.drain(start.Add(time.Minute+time.Second), d.requester("one"))
	if got, want := d.states(id), "a deferred, b delivered, c delivered"; got != want {
		t.Errorf("after a minute states are %s, want %s", got, want)
	}
}

// TestGreylisting holds that a recipient who is put off by greylisting is tried again when that is over, as far as anybody can tell.
func TestGreylisting(t *testing.T) {
	d := newDesk(t)
	waits := map[string]time.Duration{}
	for to, says := range map[string]struct {
		text string
		wait time.Duration
	}{
		"a@example.org": {"4.2.0 <a@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/", 5 * time.Minute},
		"b@example.org": {"4.7.1 Greylisting in action, please come back in 00:30:00", 30 * time.Minute},
		"c@example.org": {"4.7.1 Greylisted for 20 seconds", 20 * time.Second},
	} {
		d.server.refuse[to], waits[to] = reply(450, says.text), says.wait
	}
	id := d.ask("a@example.org", "b@example.org", "c@example.org", "d@example.org")
	d.do(t.Context(), d.requester("one"))
	for to, want := range waits {
		if one := d.deliveries(id)[to]; one.State != store.Deferred || one.Next.Sub(start) != want || d.server.got() != "d" {
			t.Errorf("%s is tried again after %v, want %v; received by %s", to, one.Next.Sub(start), want, d.server.got())
		}
	}
}

// TestUnanswered holds that a message to which no reply came is sent again under the same Message-ID, and that this is counted.
func TestUnanswered(t *testing.T) {
	d := newDesk(t)
	d.server.hangUp["a@example.org"] = true
	q := d.requester("one")
	id := d.ask("a@example.org")
	d.do(t.Context(), q)
	if a := d.deliveries(id)["a@example.org"]; a.State != store.Unanswered || a.Repeats != 0 || !a.Next.Equal(start.Add(time.Minute)) {
		t.Errorf("it is %+v", a)
	}
	d.drain(start.Add(time.Minute+time.Second), q)
	d.server.mutex.Lock() // the conversation may not have ended yet where it was cut off
	delete(d.server.hangUp, "a@example.org")
	d.server.mutex.Unlock()
	d.drain(start.Add(time.Hour), q)
	a := d.deliveries(id)["a@example.org"]
	if a.State != store.Delivered || a.Repeats != 2 || a.Attempts != 3 || d.server.got() != "a a a" {
		t.Errorf("in the end it is %+v; received by %s", a, d.server.got())
	}
	d.server.mutex.Lock()
	defer d.server.mutex.Unlock()
	for _, m := range d.server.received {
		if m.id != a.MessageID || m.text == "" {
			t.Errorf("received %s, want %s", m.id, a.MessageID)
		}
	}
}

// TestUnansweredForEver holds that what may have arrived is not told to have failed as if it were known.
func TestUnansweredForEver(t *testing.T) {
	d := newDesk(t)
	d.config.Mail.RetryFor = time.Minute
	d.server.hangUp["a@example.org"] = true
	id := d.ask("a@example.org")
	d.drain(start.Add(time.Hour), d.requester("one"))
	if r := d.request(id); r.State != store.Failed || d.states(id) != "a unanswered" {
		t.Errorf("request is %+v, %s", r, d.states(id))
	}
	if text := d.noticeFile(); !strings.Contains(text, "it may have") {
		t.Errorf("notice:\n%s", text)
	}
}

// TestSameReport holds that who gets a report late gets the same as the others, whatever was counted meanwhile.
func TestSameReport(t *testing.T) {
	d := newDesk(t)
	d.server.refuse["b@example.org"] = reply(451, "4.7.1 come back later")
	q := d.requester("one")
	id := d.ask("a@example.org", "b@example.org")
	d.do(t.Context(), q)
	client := authreport.Client{Server: "mx1", Account: "late", Sender: "late@example.org", Domain: "example.org", TLS: authreport.TLS13, Mechanism: "PLAIN"}
	tally := authreport.NewTally(d.config.Zone)
	tally.AddMessages(authreport.Submission{Time: start.AddDate(0, 0, -2), Client: client, Recipients: 7}, 7)
	position := authreport.Position{Source: "mx1", Stream: "/late", Fingerprint: "01", Length: 1, Offset: 1, Path: "/late"}
	if _, err := d.store.Write(t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
		t.Fatal(err)
	}
	delete(d.server.refuse, "b@example.org")
	d.drain(start.Add(time.Hour), d.requester("two"))
	if d.server.got() != "a b" {
		t.Fatalf("received by %s", d.server.got())
	}
	text := func(m received) string { // without the boundaries of its parts, which are random
		var lines []string
		for line := range strings.Lines(m.text) {
			if !strings.HasPrefix(line, "--") && !strings.Contains(line, "boundary=") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
	if first, second := text(d.server.received[0]), text(d.server.received[1]); first != second || strings.Contains(second, "late@") {
		t.Errorf("a got\n%s\nand b got\n%s", first, second)
	}
	if kept, err := d.store.KeptMessage(t.Context(), id, copyName(config.Copy{Form: d.config.Reports[0].Form}, nil), 0); err != nil || kept != nil {
		t.Errorf("%d bytes are kept, %v", len(kept), err)
	}
}

// TestCrashLoop holds that a request that ends one process after the other is given up with that reason, and told.
func TestCrashLoop(t *testing.T) {
	d := newDesk(t)
	id := d.ask("a@example.org")
	for range mostCrashes {
		if r, err := d.store.Claim(t.Context(), "dies", id, lease); r == nil || err != nil {
			t.Fatal(r, err)
		}
		d.clock = d.clock.Add(lease)
	}
	d.drain(d.clock, d.requester("heir"))
	if r := d.request(id); r.State != store.Failed || !strings.Contains(r.Fault, "5 processes in a row") || d.states(id) != "a abandoned" {
		t.Errorf("request is %+v, %s", r, d.states(id))
	}
	if text := d.noticeFile(); !strings.Contains(text, "5 processes in a row") {
		t.Errorf("notice:\n%s", text)
	}
}

// noticeFile gives the only notice in the outbox.
func (d *desk) noticeFile() string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.config.Mail.Outbox, "*-notice-*.txt"))
	if err != nil || len(files) != 1 {
		d.t.Fatalf("notices are %v, %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}
