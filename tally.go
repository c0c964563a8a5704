package authreport

import (
	"iter"
	"net/netip"
	"time"
)

// Tally counts submissions, failed attempts and lines by calendar day of one zone. Make one with NewTally. It is not safe for concurrent use.
type Tally struct {
	zone     *time.Location
	counts   map[countKey]*countSum
	failures map[failureKey]*failureSum
	lines    map[linesKey]*Lines
	gaps     map[gapKey]int64
}

type countKey struct {
	day    Day
	client Client
}

type countSum struct {
	messages, recipients int64
	hours                Hours
}

type failureKey struct {
	day                        Day
	server, account, mechanism string
	ip                         netip.Addr
}

type failureSum struct {
	attempts int64
	hours    Hours
}

type linesKey struct {
	source string
	day    Day
}

type gapKey struct {
	linesKey
	gap Gap
}

// NewTally makes an empty tally whose days are those of zone.
func NewTally(zone *time.Location) *Tally {
	return &Tally{
		zone:     zone,
		counts:   make(map[countKey]*countSum),
		failures: make(map[failureKey]*failureSum),
		lines:    make(map[linesKey]*Lines),
		gaps:     make(map[gapKey]int64),
	}
}

// Zone is the zone whose calendar days are counted.
func (t *Tally) Zone() *time.Location { return t.zone }

// Add counts one submission.
func (t *Tally) Add(s Submission) { t.AddMessages(s, 1) }

// AddMessages counts n submissions by one client at about one time; s.Recipients is the sum of their recipients.
func (t *Tally) AddMessages(s Submission, n int64) {
	local := s.Time.In(t.zone)
	key := countKey{DayOf(local), s.Client}
	sum := t.counts[key]
	if sum == nil {
		sum = new(countSum)
		t.counts[key] = sum
	}
	sum.messages += n
	sum.recipients += s.Recipients
	sum.hours |= 1 << local.Hour()
}

// AddFailure counts one failed attempt.
func (t *Tally) AddFailure(a Attempt) {
	local := a.Time.In(t.zone)
	key := failureKey{DayOf(local), a.Server, a.Account, a.Mechanism, a.IP}
	sum := t.failures[key]
	if sum == nil {
		sum = new(failureSum)
		t.failures[key] = sum
	}
	sum.attempts++
	sum.hours |= 1 << local.Hour()
}

// AddLines adds what was read of one source and day.
func (t *Tally) AddLines(l Lines) {
	key := linesKey{l.Source, l.Day}
	if sum := t.lines[key]; sum != nil {
		sum.Merge(l)
		return
	}
	t.lines[key] = &l
}

// AddGap notes that the log of source could not tell something of n submissions or failed attempts at about a time.
func (t *Tally) AddGap(source string, at time.Time, gap Gap, n int64) {
	t.gaps[gapKey{linesKey{source, DayOf(at.In(t.zone))}, gap}] += n
}

// Size is how many different keys are held: what a store would write.
func (t *Tally) Size() int { return len(t.counts) + len(t.failures) + len(t.lines) + len(t.gaps) }

// Reset empties the tally and keeps its zone, and its memory for the next batch.
func (t *Tally) Reset() {
	clear(t.counts)
	clear(t.failures)
	clear(t.lines)
	clear(t.gaps)
}

// Counts gives the counts of the submissions, in no order.
func (t *Tally) Counts() iter.Seq[Count] {
	return func(yield func(Count) bool) {
		for k, s := range t.counts {
			if !yield(Count{k.day, k.client, s.messages, s.recipients, s.hours}) {
				return
			}
		}
	}
}

// Failures gives the counts of the failed attempts, in no order.
func (t *Tally) Failures() iter.Seq[FailureCount] {
	return func(yield func(FailureCount) bool) {
		for k, s := range t.failures {
			if !yield(FailureCount{k.day, k.server, k.account, k.ip, k.mechanism, s.attempts, s.hours}) {
				return
			}
		}
	}
}

// Lines gives what was read, in no order.
func (t *Tally) Lines() iter.Seq[Lines] {
	return func(yield func(Lines) bool) {
		for _, l := range t.lines {
			if !yield(*l) {
				return
			}
		}
	}
}

// Gaps gives what the logs could not tell, in no order.
func (t *Tally) Gaps() iter.Seq[GapCount] {
	return func(yield func(GapCount) bool) {
		for k, n := range t.gaps {
			if !yield(GapCount{k.day, k.source, k.gap, n}) {
				return
			}
		}
	}
}
