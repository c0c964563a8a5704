package authreport

import (
	"hash/maphash"
	"iter"
	"net/netip"
	"time"
)

// Tally counts submissions, failed attempts and lines by calendar day of one zone. Make one with NewTally. It is not safe for concurrent use.
type Tally struct {
	zone     *time.Location
	counts   table[countKey, countSum]
	failures table[failureKey, failureSum]
	lines    map[linesKey]*Lines
	gaps     map[gapKey]*int64
	gap      gapKey // the latest one
	gapSum   *int64 // its sum, nil if there is none
	hour     hour   // the latest one
	seed     maphash.Seed
}

// hour is a clock hour of the zone, or the part of it that a clock change leaves.
type hour struct {
	start, end int64 // Unix time, end excluded
	day        Day
	mask       Hours
}

// at gives the hour of a time. The latest one is kept, for logs go forward.
func (t *Tally) at(when time.Time) hour {
	unix := when.Unix()
	if unix >= t.hour.start && unix < t.hour.end {
		return t.hour
	}
	local := when.In(t.zone)
	start := unix - int64(local.Minute())*60 - int64(local.Second())
	t.hour = hour{start, start + 3600, DayOf(local), 1 << local.Hour()}
	from, to := local.ZoneBounds()
	if !from.IsZero() {
		t.hour.start = max(start, from.Unix())
	}
	if !to.IsZero() {
		t.hour.end = min(start+3600, to.Unix())
	}
	return t.hour
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
		zone:  zone,
		seed:  maphash.MakeSeed(),
		lines: make(map[linesKey]*Lines),
		gaps:  make(map[gapKey]*int64),
	}
}

// Zone is the zone whose calendar days are counted.
func (t *Tally) Zone() *time.Location { return t.zone }

// Add counts one submission.
func (t *Tally) Add(s Submission) { t.AddMessages(s, 1) }

// AddMessages counts n submissions by one client at about one time; s.Recipients is the sum of their recipients.
func (t *Tally) AddMessages(s Submission, n int64) {
	hour := t.at(s.Time)
	sum := t.counts.at(&countKey{hour.day, s.Client}, t.hash(hour.day, s.Client.IP, s.Client.Account, s.Client.Sender))
	sum.messages += n
	sum.recipients += s.Recipients
	sum.hours |= hour.mask
}

// AddFailure counts one failed attempt.
func (t *Tally) AddFailure(a Attempt) {
	hour := t.at(a.Time)
	sum := t.failures.at(&failureKey{hour.day, a.Server, a.Account, a.Mechanism, a.IP}, t.hash(hour.day, a.IP, a.Account, ""))
	sum.attempts++
	sum.hours |= hour.mask
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
	key := gapKey{linesKey{source, t.at(at).day}, gap}
	if t.gapSum == nil || key != t.gap {
		sum := t.gaps[key]
		if sum == nil {
			sum = new(int64)
			t.gaps[key] = sum
		}
		t.gap, t.gapSum = key, sum
	}
	*t.gapSum += n
}

// Size is how many different keys are held: what a store would write.
func (t *Tally) Size() int {
	return len(t.counts.rows) + len(t.failures.rows) + len(t.lines) + len(t.gaps)
}

// Reset empties the tally and keeps its zone, and its memory for the next batch.
func (t *Tally) Reset() {
	t.counts.reset()
	t.failures.reset()
	clear(t.lines)
	clear(t.gaps)
	t.gapSum = nil
}

// Counts gives the counts of the submissions, in no order.
func (t *Tally) Counts() iter.Seq[Count] {
	return func(yield func(Count) bool) {
		for _, r := range t.counts.rows {
			k, s := r.key, r.sum
			if !yield(Count{k.day, k.client, s.messages, s.recipients, s.hours}) {
				return
			}
		}
	}
}

// Failures gives the counts of the failed attempts, in no order.
func (t *Tally) Failures() iter.Seq[FailureCount] {
	return func(yield func(FailureCount) bool) {
		for _, r := range t.failures.rows {
			k, s := r.key, r.sum
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
			if !yield(GapCount{k.day, k.source, k.gap, *n}) {
				return
			}
		}
	}
}
