package report_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"authreport"
	"authreport/pseudonym"
	"authreport/report"
)

// everything is a report with its tables made.
type everything struct {
	Summary, Week report.Summary
	Domains       []report.Domain
	Quality       report.Quality
	Senders       []report.Sender
	Accounts      []report.Account
	Clients       []report.Client
	Histories     []report.SenderHistory
}

func all(r *report.Report) everything {
	return everything{r.Summary, r.Week, r.Domains, r.Quality, slices.Collect(r.Senders()), slices.Collect(r.Accounts()), slices.Collect(r.Clients()), slices.Collect(r.Histories())}
}

func TestTotalsAgreeAcrossEveryView(t *testing.T) {
	r := build(t, random(3, 600), request(14, 30))
	views := make(map[string]int64)
	var tls = make(map[string]authreport.TLSCounts)
	add := func(view string, messages int64, counts authreport.TLSCounts) {
		views[view] += messages
		sum := tls[view]
		sum.Add(&counts)
		tls[view] = sum
	}
	for _, d := range r.Summary.Days {
		add("days", d.Messages, d.TLS)
	}
	for _, d := range r.Domains {
		add("domains", d.Messages.Value, d.TLS)
		var days int64
		for _, n := range d.Days {
			days += n
		}
		if days != d.Messages.Value {
			t.Errorf("domain %q has %d messages on its days, %d in all", d.Name, days, d.Messages.Value)
		}
	}
	for s := range r.Senders() {
		add("senders", s.Messages.Value, s.TLS)
	}
	for a := range r.Accounts() {
		add("accounts", a.Messages.Value, a.TLS)
	}
	for c := range r.Clients() {
		counts := authreport.TLSCounts{}
		counts[c.TLS] = c.Messages
		add("clients", c.Messages, counts)
	}
	for h := range r.Histories() {
		for _, c := range h.Cells {
			if r.Request.Range.Contains(c.Day) {
				counts := authreport.TLSCounts{}
				counts[c.TLS] = c.Messages
				add("histories", c.Messages, counts)
			}
		}
	}
	for _, view := range []string{"days", "domains", "senders", "accounts", "clients", "histories"} {
		if views[view] != r.Summary.Messages.Value || tls[view] != r.Summary.TLS {
			t.Errorf("%s: %d messages, %v; headline: %d, %v", view, views[view], tls[view], r.Summary.Messages.Value, r.Summary.TLS)
		}
	}
	if r.Summary.Messages.Value == 0 || r.Summary.TLS.Total() != r.Summary.Messages.Value {
		t.Errorf("headline: %d messages, %d by TLS version", r.Summary.Messages.Value, r.Summary.TLS.Total())
	}
}

func TestOrderOfTheSourceDoesNotMatter(t *testing.T) {
	source := random(7, 500)
	want := all(build(t, source, request(7, 30)))
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 2))
		shuffle(r, source.Submissions)
		shuffle(r, source.Attempts)
		shuffle(r, source.Read)
		same(t, "shuffled", all(build(t, source, request(7, 30))), want)
	}
}

func shuffle[T any](r *rand.Rand, values []T) {
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
}

// TestAReportOfSomeDomains is the report of a store that has nothing else, but for its sources, of which it does not tell.
func TestAReportOfSomeDomains(t *testing.T) {
	source, some := random(11, 500), request(7, 30)
	some.Domains = []string{"example.org", "example.com"}
	only := all(build(t, within(source, some.Domains), request(7, 30)))
	only.Quality.Sources = nil
	same(t, "some domains", all(build(t, source, some)), only)
}

// TestPseudonyms: a report with pseudonyms has the figures of the one with real names, what is unusual included, since networks stay networks.
func TestPseudonyms(t *testing.T) {
	source, q := random(13, 500), request(7, 30)
	names, err := pseudonym.New(strings.Repeat("k", pseudonym.KeyLength))
	if err != nil {
		t.Fatal(err)
	}
	q.Unusual.History = 1
	real := build(t, source, q)
	q.Pseudonyms = names
	q.Filters = []authreport.Filter{{Name: "alice"}}
	r := build(t, source, q)
	for name, got := range map[string][2]any{
		"summary": {r.Summary, real.Summary}, "week": {r.Week, real.Week}, "domains": {r.Domains, real.Domains}, "dependences": {r.Dependences, real.Dependences},
		"unusual counts": {r.UnusualCounts, real.UnusualCounts}, "standing": {r.Standing(), real.Standing()},
	} {
		same(t, name, got[0], got[1])
	}
	want := make(map[string]int64)
	for a := range real.Accounts() {
		want[names.Name(a.Name)] = a.Messages.Value
	}
	for a := range r.Accounts() {
		if a.Messages.Value != want[a.Name] || a.Own {
			t.Errorf("account %q has %d messages, want %d", a.Name, a.Messages.Value, want[a.Name])
		}
	}
	if r.UnusualCounts.Alarms+r.UnusualCounts.Notices == 0 || len(r.Request.Filters) > 0 {
		t.Error("nothing is unusual, or there are filters")
	}
	for _, s := range r.Quality.Sources {
		if s.Example != "" {
			t.Errorf("a line is shown: %s", s.Example)
		}
	}
}

func TestACountGivenInPartsAddsUp(t *testing.T) {
	whole, parts := random(5, 200), &report.Memory{}
	parts.Attempts, parts.Read = whole.Attempts, whole.Read
	for _, c := range whole.Submissions {
		one := c
		one.Messages, one.Recipients = 1, 0
		parts.Submissions = append(parts.Submissions, one)
		if c.Messages--; c.Messages > 0 {
			parts.Submissions = append(parts.Submissions, c)
		} else {
			parts.Submissions[len(parts.Submissions)-1].Recipients = c.Recipients
		}
	}
	same(t, "in parts", all(build(t, parts, request(7, 30))), all(build(t, whole, request(7, 30))))
}

func TestAnEmptyRangeHasNoFigures(t *testing.T) {
	empty := request(7, 0)
	empty.Range.First = empty.Range.Last + 1
	for _, source := range []*report.Memory{{}, random(3, 100)} {
		r := build(t, source, empty)
		if r.Summary.Messages.Value != 0 || len(r.Summary.Days) != 0 || len(r.Domains) != 0 || len(slices.Collect(r.Senders())) != 0 {
			t.Errorf("empty range has figures: %+v", r.Summary)
		}
	}
}

func TestSequencesStopAndRunTogether(t *testing.T) {
	r := build(t, random(3, 400), request(7, 30))
	want := all(r)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range r.Senders() {
				break
			}
			for range r.Histories() {
				break
			}
			same(t, "beside others", all(r), want)
		})
	}
	group.Wait()
}

// faulty is a source that gives counts of its own, or breaks off.
type faulty struct {
	report.Memory
	counts                                    []authreport.ClientCount
	countFault, clientFault, failFault, fault error
	runFault                                  error
}

func (f *faulty) Counts(context.Context, authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		for _, c := range f.counts {
			if !yield(c, nil) {
				return
			}
		}
		broken(yield, f.countFault)
	}
}

func (f *faulty) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		if yield(authreport.KnownClient{ID: 1, Client: authreport.Client{Sender: "alice@example.org", Domain: "example.org"}}, nil) {
			broken(yield, f.clientFault)
		}
	}
}

func (f *faulty) Failures(context.Context, authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return func(yield func(authreport.FailureCount, error) bool) { broken(yield, f.failFault) }
}

func (f *faulty) Lines(context.Context, authreport.Range) iter.Seq2[authreport.Lines, error] {
	return func(yield func(authreport.Lines, error) bool) { broken(yield, f.fault) }
}

func (f *faulty) FailedRuns(context.Context, time.Time, time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(yield func(authreport.FailedRun, error) bool) { broken(yield, f.runFault) }
}

func broken[T any](yield func(T, error) bool, err error) {
	if err != nil {
		var none T
		yield(none, err)
	}
}

func TestFaultsOfTheSourceAreErrors(t *testing.T) {
	disk := errors.New("disk on fire")
	one := authreport.ClientCount{Day: last, ClientID: 1, Messages: 1}
	with := func(change func(*authreport.ClientCount)) *faulty {
		c := one
		change(&c)
		return &faulty{counts: []authreport.ClientCount{one, c}}
	}
	for _, test := range []struct {
		name   string
		source *faulty
		want   string // empty: no error
	}{
		{"nothing wrong", &faulty{counts: []authreport.ClientCount{one}}, ""},
		{"counts break off", &faulty{countFault: disk}, "read counts of 2026-10-20 to 2026-11-23: disk on fire"},
		{"clients break off", &faulty{clientFault: disk}, "read clients of 2026-10-20 to 2026-11-23: disk on fire"},
		{"failures break off", &faulty{failFault: disk}, "read failed attempts of 2026-10-20 to 2026-11-23: disk on fire"},
		{"lines break off", &faulty{fault: disk}, "read what was read of 2026-10-20 to 2026-11-23: disk on fire"},
		{"failed runs break off", &faulty{runFault: disk}, "read failed runs of 2026-11-17 to 2026-11-23: disk on fire"},
		{"unknown client", with(func(c *authreport.ClientCount) { c.ClientID = 77 }), "client 77 has counts, but is not among the clients"},
		{"unknown client with a large number", with(func(c *authreport.ClientCount) { c.ClientID = 1 << 40 }), "client 1099511627776 has counts"},
		{"unknown client with a negative number", with(func(c *authreport.ClientCount) { c.ClientID = -3 }), "client -3 has counts"},
		{"day before", with(func(c *authreport.ClientCount) { c.Day = last - 60 }), "cannot be"},
		{"day after", with(func(c *authreport.ClientCount) { c.Day = last + 1 }), "cannot be"},
		{"no messages", with(func(c *authreport.ClientCount) { c.Messages = 0 }), "cannot be"},
		{"negative recipients", with(func(c *authreport.ClientCount) { c.Recipients = -1 }), "cannot be"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := report.Build(t.Context(), test.source, request(7, 30))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
