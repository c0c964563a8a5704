package demo

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	"authreport"
)

// invented is a small company's log, and what it should be read as.
type invented struct {
	company *Company
	log     bytes.Buffer
	times   []time.Time
	truth   Truth
}

func invent(t *testing.T, o Options) *invented {
	t.Helper()
	i := &invented{truth: NewTruth(o.Zone)}
	o.Submitted, o.Failed = i.truth.Add, i.truth.AddFailure
	i.company = New(o)
	lines, err := i.company.Write(t.Context(), func(at time.Time, line []byte) error {
		i.times = append(i.times, at)
		i.log.Write(line)
		return nil
	})
	if err != nil || lines != len(i.times) || lines != bytes.Count(i.log.Bytes(), []byte("\n")) {
		t.Fatalf("got %d lines and error %v, want the %d that were written", lines, err, len(i.times))
	}
	return i
}

// small is a company whose days hold the end of a month, a holiday and the end of summer time.
func small(t *testing.T, seed uint64) Options {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Seed: seed, People: 6, Days: authreport.Range{First: authreport.NewDay(2026, 10, 24), Last: authreport.NewDay(2026, 11, 3)}, Zone: zone}
}

func TestInvention(t *testing.T) {
	o := small(t, 3)
	i := invent(t, o)
	t.Run("lines are in order and in the days", func(t *testing.T) { testOrder(t, o, i) })
	t.Run("nothing real is named", func(t *testing.T) { testNames(t, i) })
	t.Run("stories are in the counts", func(t *testing.T) { testStories(t, o, i) })
	t.Run("every difference is found", func(t *testing.T) { testCompare(t, i) })
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	var sums [3][32]byte
	for i, seed := range []uint64{1, 1, 2} {
		o := small(t, seed)
		o.Days.First = o.Days.Last - 2
		sums[i] = sha256.Sum256(invent(t, o).log.Bytes())
	}
	if sums[0] != sums[1] {
		t.Error("two logs of one seed differ")
	}
	if sums[0] == sums[2] {
		t.Error("two seeds give one log")
	}
}

func testOrder(t *testing.T, o Options, i *invented) {
	if !slices.IsSortedFunc(i.times, time.Time.Compare) {
		t.Error("lines are not in the order of time")
	}
	first, last := i.times[0].In(o.Zone), i.times[len(i.times)-1].In(o.Zone)
	if authreport.DayOf(first) != o.Days.First || authreport.DayOf(last) != o.Days.Last {
		t.Errorf("got lines from %s to %s, want them on the days %s", first, last, o.Days)
	}
	for n, line := range bytes.Split(bytes.TrimSuffix(i.log.Bytes(), []byte("\n")), []byte("\n")) {
		stamp, _, _ := bytes.Cut(line, []byte(" "))
		at, err := time.Parse("2006-01-02T15:04:05.000000-07:00", string(stamp))
		if err != nil || !at.Equal(i.times[n]) {
			t.Fatalf("line %d: got stamp %s (%v), want %s", n, stamp, err, i.times[n])
		}
	}
}

func testNames(t *testing.T, i *invented) {
	every := func(pattern string) []string {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(i.log.Bytes(), -1) {
			found[string(m[1])] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	kept := regexp.MustCompile(`(^|\.)(example|example\.(com|net|org))$`)
	for _, domain := range every(`@([A-Za-z0-9.-]+\.[a-z]+)`) {
		if !kept.MatchString(domain) {
			t.Errorf("domain %s is not one that is kept for examples", domain)
		}
	}
	var ranges []netip.Prefix
	for _, text := range []string{"10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32"} {
		ranges = append(ranges, netip.MustParsePrefix(text))
	}
	addresses := every(`\[([0-9a-f]+[.:][0-9a-f:.]+)\]`)
	for _, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }) {
			t.Errorf("address %s is not one that is kept for examples (%v)", text, err)
		}
	}
	if len(addresses) < 100 {
		t.Errorf("got %d addresses, want at least 100", len(addresses))
	}
}

func testStories(t *testing.T, o Options, i *invented) {
	type key struct {
		account string
		day     authreport.Day
	}
	legacy, clear, all := map[key]int64{}, map[key]int64{}, map[key]int64{}
	for c := range i.truth.Counts() {
		k := key{c.Client.Account, c.Day}
		all[k] += c.Messages
		if c.Client.TLS.Legacy() {
			legacy[k] += c.Messages
		}
		if c.Client.TLS == authreport.TLSNone {
			clear[k] += c.Messages
		}
	}
	sum := func(counts map[key]int64, account string, days authreport.Range) (n int64) {
		for day := range days.All() {
			n += counts[key{account, day}]
		}
		return n
	}
	kinds := map[StoryKind]bool{}
	for _, s := range i.company.Stories() {
		kinds[s.Kind] = true
		before := authreport.Range{First: o.Days.First, Last: s.Days.First - 1}
		inside, legacyInside := sum(all, s.Account, s.Days), sum(legacy, s.Account, s.Days)
		switch s.Kind {
		case Stolen:
			if inside < 200 {
				t.Errorf("%s: got %d messages, want the hundreds of a stolen account", s.Account, inside)
			}
		case Downgraded:
			if sum(legacy, s.Account, before) > 0 || legacyInside != inside {
				t.Errorf("%s: got legacy TLS for %d of %d messages after the reset and %d before", s.Account, legacyInside, inside, sum(legacy, s.Account, before))
			}
		case Upgraded:
			if legacyInside > 0 || sum(legacy, s.Account, before) != sum(all, s.Account, before) {
				t.Errorf("%s: got %d legacy messages after it was replaced", s.Account, legacyInside)
			}
		case Legacy:
			if legacyInside != inside || inside == 0 {
				t.Errorf("%s: got %d legacy messages of %d, want all", s.Account, legacyInside, inside)
			}
		case NoTLS:
			if n := sum(clear, s.Account, s.Days); n != inside || inside == 0 {
				t.Errorf("%s: got %d messages without TLS of %d, want all", s.Account, n, inside)
			}
		case Newcomer:
			if n := sum(all, s.Account, before); n > 0 {
				t.Errorf("%s: got %d messages before the first day at work", s.Account, n)
			}
		}
	}
	if len(kinds) != 7 {
		t.Errorf("got stories of %d kinds, want 7: %v", len(kinds), i.company.Stories())
	}
}

func TestDaysOfRest(t *testing.T) {
	for text, want := range map[string]struct{ works, ends bool }{
		"2026-10-30": {true, true}, "2026-10-29": {true, true}, "2026-10-28": {true, false}, "2026-10-31": {false, false},
		"2026-11-11": {false, false}, "2026-11-30": {true, true}, "2026-12-25": {false, false}, "2026-12-31": {true, true},
	} {
		day, err := authreport.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		if workingDay(day) != want.works || monthEnds(day) != want.ends {
			t.Errorf("%s: got working day %t, month's end %t, want %+v", text, workingDay(day), monthEnds(day), want)
		}
	}
}

// What is held in memory is what is under way, so that a log may be as long as anyone likes.
func TestLongLogsNeedNoMoreMemory(t *testing.T) {
	o := small(t, 6)
	c := New(o)
	tl := &timeline{options: &c.options, write: func(time.Time, []byte) error { return nil }, until: 1 << 62, stamped: -1}
	l := &life{server: newServer(c.dice, tl), company: c}
	most := 0
	for day := range o.Days.All() {
		l.planDay(day)
		for _, e := range l.plan {
			if err := tl.flush(e.at); err != nil {
				t.Fatal(err)
			}
			e.start(e.at)
			most = max(most, len(tl.waiting))
		}
	}
	if limit := 2000; most > limit {
		t.Errorf("got up to %d lines waiting, want at most %d of %d", most, limit, tl.written)
	}
}
