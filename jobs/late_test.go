package jobs

import (
	"strings"
	"testing"
	"time"
)

// words is what a message says to a recipient, the last one of several, as words with single spaces between them.
func (d *desk) words(to string) string {
	d.t.Helper()
	d.server.mutex.Lock()
	defer d.server.mutex.Unlock()
	words := ""
	for _, m := range d.server.received {
		if m.to == to {
			words = strings.Join(strings.Fields(strings.ReplaceAll(m.text, "=\r\n", "")), " ")
		}
	}
	return words
}

const comesLate = "comes late"

// TestLateRuns holds that the mail of a missed run says in words when it was due and why it comes late, is about the days of its own time, and that one that is
// on time says nothing of the kind.
func TestLateRuns(t *testing.T) {
	const due = "This report was due on Fri 27 Nov 2026, 07:00 CET and comes late. "
	for name, test := range map[string]struct {
		passes time.Duration // until something is due
		anew   bool          // the program is started anew then
		awake  time.Duration // that the process was, of that time
		begun  time.Duration // how much later it is begun
		want   string
	}{
		"on time":  {passes: 67 * time.Hour},
		"a moment": {passes: 67*time.Hour + onTime, anew: true},
		"stopped":  {passes: 80 * time.Hour, anew: true, want: due + "authreport was not running at that time."},
		"asleep":   {passes: 80 * time.Hour, awake: 7 * time.Hour, want: due + "The machine that authreport runs on slept at that time, or its clock was wrong."},
		"held up":  {passes: 80 * time.Hour, awake: 80 * time.Hour, want: due + "authreport could not do its work at that time; its log says why."},
		"busy":     {passes: 67 * time.Hour, begun: time.Hour, want: due + "authreport was stopped, or had other work, when it was to be made."},
		"everything": {passes: 80 * time.Hour, anew: true, begun: time.Hour, want: due +
			"authreport was not running at that time. authreport was stopped, or had other work, when it was to be made."},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			awake := time.Duration(0)
			s := d.daily("latest", seven)
			s.Awake = func() time.Duration { return awake }
			d.due(s)
			d.clock = d.clock.Add(test.passes)
			awake = test.awake
			if test.anew {
				s = d.daily("latest", seven)
			}
			d.due(s)
			d.clock = d.clock.Add(test.begun)
			d.do(t.Context(), d.requester("one"))
			words := d.words("a@example.org")
			if !strings.Contains(words, " 26 Nov 2026 Days in Europe/Amsterdam.") {
				t.Errorf("it is not about the 26th:\n%.700s", words)
			}
			if test.want == "" && strings.Contains(words, comesLate) || !strings.Contains(words, test.want) {
				t.Errorf("want %q in:\n%.700s", test.want, words)
			}
		})
	}
}

// TestLateDelivery holds that a recipient whom the server stops at reads why the report comes late, and gets the same figures; the others read nothing of it.
func TestLateDelivery(t *testing.T) {
	d := newDesk(t)
	d.server.refuse["b@example.org"] = reply(451, "4.7.1 come back later")
	id := d.ask("a@example.org", "b@example.org")
	d.do(t.Context(), d.requester("one"))
	d.clock = d.clock.Add(time.Hour)
	delete(d.server.refuse, "b@example.org")
	d.do(t.Context(), d.requester("two"))
	if got, want := d.states(id), "a delivered, b delivered"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	const why = "This report was due on Tue 24 Nov 2026, 12:00 CET and comes late. It could not be delivered at first: the mail server did not take it, " +
		"or authreport was stopped meanwhile."
	a, b := d.words("a@example.org"), d.words("b@example.org")
	if strings.Contains(a, comesLate) || !strings.Contains(b, why) {
		t.Errorf("a reads:\n%.700s\nb reads:\n%.900s", a, b)
	}
	if made := "Made on Tue 24 Nov 2026, 12:00 CET."; !strings.Contains(a, made) || !strings.Contains(b, made) {
		t.Errorf("one of them was made anew:\n%.700s", b)
	}
}

// TestClockSetBackFreesTheQueue holds that what was put off, or claimed, while the clock was years ahead does not wait those years.
func TestClockSetBackFreesTheQueue(t *testing.T) {
	d := newDesk(t)
	s := d.daily("latest", seven)
	look := func() {
		t.Helper()
		if _, err := s.Due(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	d.server.refuse["b@example.org"] = reply(451, "4.7.1 come back later")
	id, other := d.ask("a@example.org", "b@example.org"), d.ask("c@example.org")
	d.clock = d.clock.AddDate(10, 0, 0)
	look()
	if claimed, err := d.store.Claim(t.Context(), "one that dies", other, lease); err != nil || claimed == nil {
		t.Fatal(claimed, err)
	}
	for d.do(t.Context(), d.requester("one")) {
	}
	d.clock = start.Add(time.Hour)
	if d.do(t.Context(), d.requester("one")) {
		t.Fatal("there is something to do before the clock is known to have gone back")
	}
	delete(d.server.refuse, "b@example.org")
	look()
	d.do(t.Context(), d.requester("one"))
	d.clock = d.clock.Add(lease)
	for d.do(t.Context(), d.requester("one")) {
	}
	if got, want := d.states(id)+", "+d.states(other), "a delivered, b delivered, c delivered"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
