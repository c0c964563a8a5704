package jobs

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"authreport/config"
	"authreport/deliver"
	"authreport/store"
)

// faultPatience is retry_for in the fault suite.
const faultPatience = 6 * time.Hour

// sending is three reports on their way to the same recipients, by a schedule: two are due at once, and one two hours later, when whatever went wrong with the
// first has gone on for some time.
type sending struct {
	*desk
	ids      []int64
	channels [2]deliver.Channel // of the two processes that take turns
	stamp    atomic.Int64       // the clock as servers may read it
}

// seenFromOutside is the clock for servers.
func (s *sending) seenFromOutside() time.Time { return time.UnixMilli(s.stamp.Load()).UTC() }

// stamped tells servers the time before it calls on them.
type stamped struct {
	deliver.Channel
	s *sending
}

func (c stamped) Deliver(ctx context.Context, messages []deliver.Message, report func(int, deliver.Result)) error {
	c.s.stamp.Store(c.s.clock.UnixMilli())
	return c.Channel.Deliver(ctx, messages, report)
}

// newSending has reports that are due, to all recipients together or to each; options say how the server is reached.
func newSending(t *testing.T, options deliver.SMTPOptions, report config.Report, recipients []string, together bool) *sending {
	t.Helper()
	s := &sending{desk: deskAt(t, options.Port)}
	s.config.Reports = []config.Report{report}
	s.config.Mail.RetryFor = faultPatience
	for i := range s.channels {
		channel, err := deliver.NewSMTP(options)
		if err != nil {
			t.Fatal(err)
		}
		s.channels[i] = stamped{channel, s}
	}
	for _, due := range []time.Time{start.Add(-2 * time.Second), start.Add(-time.Second), start.Add(2 * time.Hour)} {
		if together {
			s.ids = append(s.ids, s.addTogether(store.AskedBySchedule, due, recipients[:1], recipients[1:2], recipients[2:]))
		} else {
			s.ids = append(s.ids, s.add(store.AskedBySchedule, due, recipients))
		}
	}
	return s
}

// run does all there is to do.
func (s *sending) run() {
	s.t.Helper()
	one, two := s.requester("one"), s.requester("two")
	one.Channel, two.Channel = s.channels[0], s.channels[1]
	s.drain(start.Add(faultPatience+4*time.Hour), one, two)
}

// all gives the deliveries of all reports.
func (s *sending) all() []store.Delivery {
	s.t.Helper()
	var all []store.Delivery
	for _, id := range s.ids {
		list, err := s.store.Deliveries(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// seen says in words what became of the reports, and how late the latest came; vague leaves out whether they are thought to have arrived, perhaps.
func (s *sending) seen(vague bool) (words string, late time.Duration) {
	s.t.Helper()
	var parts []string
	lost := map[string]int{}
	tries, repeats, delivered := 0, 0, 0
	for _, d := range s.all() {
		switch d.State {
		case store.Delivered:
			delivered++
			tries, repeats = max(tries, d.Attempts), repeats+d.Repeats
			late = max(late, d.Updated.Sub(s.due(d.RequestID)))
		case store.Refused:
			lost["refused, reply kept"]++
			if d.Code < 500 && !strings.Contains(d.Reply, "too large") || d.Reply == "" || d.Attempts != 1 {
				s.t.Errorf("refused after %d attempts with %d %q", d.Attempts, d.Code, d.Reply)
			}
		case store.Abandoned, store.Unanswered:
			what := "given up"
			switch {
			case vague:
			case d.State == store.Unanswered:
				what += ", told that it may have arrived"
			default:
				what += ", reason kept"
			}
			lost[what]++
			if d.Reply == "" {
				s.t.Errorf("given up without a reason: %+v", d)
			}
		default:
			lost[string(d.State)]++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(lost)) {
		parts = append(parts, fmt.Sprintf("%d %s", lost[kind], kind))
	}
	if delivered > 0 {
		who := "all"
		if len(parts) > 0 {
			who = "the others"
		}
		how := " at once"
		if tries > 1 || late > time.Minute {
			how = " after retry"
		}
		if repeats > 0 && !vague {
			how += ", counted as possibly twice"
		}
		parts = append(parts, who+" delivered"+how)
	}
	return strings.Join(parts, "; "), late
}

// due is when a report was due, or the suite began.
func (s *sending) due(id int64) time.Time {
	s.t.Helper()
	r := s.request(id)
	if r.Due.Before(start) {
		return start
	}
	return r.Due
}

// copyOf names a message by recipient and Message-ID.
type copyOf struct{ to, id string }

// checkCopies holds that every recipient who is told to have a report has it once, that nobody else has it, and that whatever came twice has the same Message-ID
// and was counted. twice says that a server may have kept what it did not say it had; unsure, that the client may count what did not arrive.
func (s *sending) checkCopies(copies map[copyOf]int, twice, unsure bool) {
	s.t.Helper()
	for _, d := range s.all() {
		key := copyOf{d.Recipient, d.MessageID}
		n := copies[key]
		delete(copies, key)
		least := 0
		if d.State == store.Delivered {
			least = 1
		}
		switch {
		case n < least:
			s.t.Errorf("%s is told to have a report that did not arrive: %+v", d.Recipient, d)
		case n > least && !twice:
			s.t.Errorf("%s has a report %d times, and is %s", d.Recipient, n, d.State)
		case n > 1+d.Repeats, !unsure && twice && d.State == store.Delivered && n != 1+d.Repeats:
			s.t.Errorf("%s has a report %d times, and %d repeats are counted", d.Recipient, n, d.Repeats)
		case d.Repeats > 0 && !twice && !unsure:
			s.t.Errorf("%d repeats are counted for %s, and there were none", d.Repeats, d.Recipient)
		}
		if len(d.Reply) > 1100 || strings.ContainsFunc(d.Reply, func(r rune) bool { return !unicode.IsPrint(r) }) {
			s.t.Errorf("%d bytes are kept as what the server said: %.80q", len(d.Reply), d.Reply)
		}
	}
	for key := range copies {
		s.t.Errorf("%s has a message that nobody knows of: %s", key.to, key.id)
	}
}

// checkEnds holds that every report is done, or has failed and was told so once.
func (s *sending) checkEnds() {
	s.t.Helper()
	failures := 0
	for _, id := range s.ids {
		r := s.request(id)
		missing := slices.ContainsFunc(s.all(), func(d store.Delivery) bool { return d.RequestID == id && d.State != store.Delivered })
		if missing {
			failures++
		}
		if missing && r.State != store.Failed || !missing && r.State != store.Done {
			s.t.Errorf("request %d is %s, and somebody misses it: %v", id, r.State, missing)
		}
		if len(r.Fault) > 1300 || strings.ContainsFunc(r.Fault, func(r rune) bool { return !unicode.IsPrint(r) }) {
			s.t.Errorf("%d bytes are kept as fault: %.80q", len(r.Fault), r.Fault)
		}
	}
	notices, err := filepath.Glob(filepath.Join(s.config.Mail.Outbox, "*-notice-*.txt"))
	if err != nil || len(notices) != failures {
		s.t.Errorf("%d notices of %d failures, %v", len(notices), failures, err)
	}
}

// checkCalm holds that the server was not overrun: no recipient was tried more often than the growing waits allow, and nobody connected for nothing; 0
// connections are unknown.
func (s *sending) checkCalm(connections int) {
	s.t.Helper()
	attempts := 0
	for _, d := range s.all() {
		attempts += d.Attempts
		if d.Attempts > 15 {
			s.t.Errorf("%s was tried %d times in %v", d.Recipient, d.Attempts, faultPatience)
		}
	}
	if connections > attempts+15 {
		s.t.Errorf("%d connections for %d attempts", connections, attempts)
	}
}
