package store

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// countOf tells a count of a model: one day of one client.
type countOf struct {
	day    authreport.Day
	client authreport.Client
}

// model is what a store should have.
type model map[countOf]authreport.Count

// modelOf is the model of a store that has one tally.
func modelOf(tally *authreport.Tally) model {
	m := model{}
	for c := range tally.Counts() {
		m[countOf{c.Day, c.Client}] = c
	}
	return m
}

// keepLarger puts a count where none is, or where it is larger.
func (m model) keepLarger(c authreport.Count) {
	key := countOf{c.Day, c.Client}
	if old, ok := m[key]; ok {
		c.Messages, c.Recipients, c.Hours = max(c.Messages, old.Messages), max(c.Recipients, old.Recipients), c.Hours|old.Hours
	}
	m[key] = c
}

// replace does what authreport.Batch.Replace says.
func (m model) replace(source string, tally *authreport.Tally) {
	days := slices.SortedFunc(tally.Counts(), func(a, b authreport.Count) int { return cmp.Compare(a.Day, b.Day) })
	if len(days) == 0 {
		return
	}
	first, last := days[0].Day, days[len(days)-1].Day
	maps.DeleteFunc(m, func(key countOf, _ authreport.Count) bool {
		return key.client.Server == source && first < key.day && key.day < last
	})
	for _, c := range days {
		m.keepLarger(c)
	}
}

// check holds that the store has what the model has, and nothing that dangles.
func (m model) check(t *testing.T, s *Store) {
	t.Helper()
	got := collect(t, s.Export(t.Context(), all, nil))
	if diff := gocmp.Diff(sorted(got), sorted(slices.Collect(maps.Values(m))), compare); diff != "" {
		t.Fatalf("the store has, and should have:\n%s", diff)
	}
	if n := dangling(t, s); n != 0 {
		t.Fatalf("%d rows dangle", n)
	}
}

// sent makes submissions over ten days by few clients of a server.
func sent(random *rand.Rand, server string, n int) []authreport.Submission {
	var list []authreport.Submission
	for range n {
		list = append(list, authreport.Submission{
			Time:       noon.Add(-time.Duration(random.IntN(10*24*60)) * time.Minute),
			Client:     authreport.Client{Server: server, Sender: fmt.Sprint(random.IntN(8), "@example.org"), TLS: authreport.TLS(random.IntN(3))},
			Recipients: int64(random.IntN(3)),
		})
	}
	return list
}

// tallyOf counts submissions, a line and a gap for each.
func tallyOf(list []authreport.Submission) *authreport.Tally {
	tally := authreport.NewTally(time.UTC)
	for _, x := range list {
		tally.Add(x)
		tally.AddLines(authreport.Lines{Source: "cloud", Day: authreport.DayOf(x.Time), Read: 1})
		tally.AddGap("cloud", x.Time, authreport.GapBeforeLog, 1)
	}
	return tally
}

// TestReplaceOverlaps downloads overlapping parts of what was sent, in any order and some of them twice: each day that one of them has whole is there as it was,
// every other one as the largest that any of them has, and the counts of other servers stay.
func TestReplaceOverlaps(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := newStore(t)
		others := authreport.NewTally(time.UTC)
		for _, x := range sent(random, "mx1", 50) {
			others.Add(x)
		}
		write(t, s, "/var/log/mail.log", noon, others)
		want := modelOf(others)
		truth := sent(random, "cloud", 200)
		slices.SortFunc(truth, func(a, b authreport.Submission) int { return a.Time.Compare(b.Time) })
		whole := modelOf(tallyOf(truth))
		complete := map[authreport.Day]bool{}
		lines := map[authreport.Day]int64{}
		for range 1 + random.IntN(6) {
			from := random.IntN(len(truth))
			part := tallyOf(truth[from : from+1+random.IntN(len(truth)-from)])
			for range 1 + random.IntN(2) {
				position := authreport.Position{Source: "cloud", Stream: fmt.Sprint(random.Int())}
				if _, err := s.Write(t.Context(), authreport.Batch{Position: position, Tally: part, Replace: true}); err != nil {
					t.Fatal(err)
				}
			}
			days := slices.Sorted(func(yield func(authreport.Day) bool) {
				for c := range part.Counts() {
					yield(c.Day)
					want.keepLarger(c)
				}
			})
			for day := days[0] + 1; day < days[len(days)-1]; day++ {
				complete[day] = true
			}
			for l := range part.Lines() {
				lines[l.Day] = max(lines[l.Day], l.Read)
			}
		}
		for key, c := range whole {
			if complete[key.day] {
				want[key] = c
			}
		}
		want.check(t, s)
		var read, missing int64
		for _, l := range collect(t, s.Lines(t.Context(), all)) {
			read += l.Read - lines[l.Day]
		}
		for _, g := range collect(t, s.Gaps(t.Context(), all)) {
			missing += g.Count - lines[g.Day]
		}
		if read != 0 || missing != 0 {
			t.Errorf("there are %d lines and %d gaps more than the largest download of each day has", read, missing)
		}
	}
}

// TestReplaceCorrects holds that an export takes the place of an earlier one whatever that one had: clients that are gone from it are gone.
func TestReplaceCorrects(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 2))
		s := newStore(t)
		want := model{}
		for range 8 {
			tally := tallyOf(sent(random, []string{"cloud", "cloud", "mx1"}[random.IntN(3)], random.IntN(60)))
			b := authreport.Batch{Position: authreport.Position{Source: "cloud", Stream: fmt.Sprint(random.Int())}, Tally: tally, Replace: true}
			if _, err := s.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			want.replace("cloud", tally)
			want.check(t, s)
		}
	}
}

// TestReplaceFailures holds that failed attempts in an export are refused: the same export again would count them again.
func TestReplaceFailures(t *testing.T) {
	s := newStore(t)
	tally := tallyOf(sent(rand.New(rand.NewPCG(1, 3)), "cloud", 10))
	tally.AddFailure(authreport.Attempt{Time: noon})
	if _, err := s.Write(t.Context(), authreport.Batch{Position: authreport.Position{Source: "cloud"}, Tally: tally, Replace: true}); err == nil {
		t.Error("failed attempts were taken")
	}
	model{}.check(t, s)
}
