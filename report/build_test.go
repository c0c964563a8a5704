package report_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"authreport"
	"authreport/report"
)

// last is the last day of the test's reports.
var last = authreport.NewDay(2026, time.November, 23)

func request(days, history int) report.Request {
	return report.Request{
		Name: "weekly", Range: authreport.Range{First: last - authreport.Day(days) + 1, Last: last}, History: history, Zone: time.UTC,
		Now: (last + 1).UTC().Add(7 * time.Hour), Own: []string{"authreport", "reports@example.org", ""}, Sources: []string{"mx1", "idle"},
	}
}

// hostile are names that would be something else in a format string, a page, a sheet or a path.
var hostile = []string{`</script><script>alert(1)</script>`, `=HYPERLINK("http://evil.example/")`, "a\x00b\xff\n", "%s%n", "../../etc/passwd", "\u202egpj.exe", `"; DROP TABLE counts; --`}

// random gives counts of a few dozen clients over more days than a report reads: few names, so that every combination comes about.
func random(seed uint64, counts int) *report.Memory {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	addresses := []netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0")}
	m := &report.Memory{}
	seen := make(map[authreport.Count]bool)
	for range counts {
		account := pick("", "alice", "alice", "Alice", "bob@example.org", "authreport", hostile[r.IntN(len(hostile))])
		sender := pick(authreport.NullSender, "alice@example.org", "root", "bob@example.net", "reports@example.org", hostile[r.IntN(len(hostile))]+"@example.com")
		domain := authreport.SenderDomain(sender, pick("example.org", "mx.example.net"))
		client := authreport.Client{
			Server: pick("mx1", "mx2"), Account: account, Sender: sender, Domain: domain, IP: addresses[r.IntN(len(addresses))], TLS: authreport.TLS(r.IntN(7)),
			Cipher: pick("", "TLS_AES_256_GCM_SHA384"), Mechanism: pick("", "PLAIN", "LOGIN", "XOAUTH2", "CRAM-MD5"),
		}
		key := authreport.Count{Day: last + 3 - authreport.Day(r.IntN(70)), Client: client}
		if seen[key] {
			continue
		}
		seen[key] = true
		key.Messages, key.Recipients, key.Hours = 1+int64(r.IntN(300)), int64(r.IntN(500)), 1<<r.IntN(24)
		m.Submissions = append(m.Submissions, key)
		m.Attempts = append(m.Attempts, authreport.FailureCount{Day: key.Day, Server: client.Server, Account: pick(account, "admin"), IP: client.IP, Attempts: 1 + int64(r.IntN(9))})
		if r.IntN(3) == 0 {
			stamp := key.Day.UTC().Add(time.Duration(r.IntN(86400)) * time.Second)
			m.Read = append(m.Read, authreport.Lines{Source: client.Server, Day: key.Day, Read: int64(r.IntN(1000)), NotUnderstood: int64(r.IntN(3)), Example: pick("", "odd"), First: stamp, Last: stamp.Add(time.Second)})
		}
	}
	return m
}

func build(t testing.TB, source report.Source, request report.Request) *report.Report {
	t.Helper()
	r, err := report.Build(t.Context(), source, request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same fails unless got is want; nil and empty slices are the same, unexported fields are not looked at.
func same(t *testing.T, name string, got, want any) {
	t.Helper()
	options := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(report.Report{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestBuildAgreesWithTheObviousModel(t *testing.T) {
	for seed := range uint64(12) {
		for _, shape := range []struct{ days, history int }{{7, 30}, {7, 0}, {1, 1}, {30, 7}, {14, 14}, {3, 40}} {
			source := random(seed, []int{0, 5, 60, 400}[seed%4])
			want := request(shape.days, shape.history)
			if seed%3 == 0 {
				want.Domains = []string{"example.org", ""}
			}
			t.Run(fmt.Sprintf("seed %d, %d days of %d", seed, shape.days, shape.history), func(t *testing.T) {
				r, m := build(t, source, want), newModel(source, want)
				same(t, "summary", r.Summary, m.summary(want.Range))
				same(t, "week", r.Week, m.summary(authreport.Range{First: last - 6, Last: last}))
				same(t, "domains", r.Domains, m.domains())
				same(t, "senders", slices.Collect(r.Senders()), m.senders())
				same(t, "accounts", slices.Collect(r.Accounts()), m.accounts())
				same(t, "clients", slices.Collect(r.Clients()), m.clients(want.Range, nil))
				same(t, "dependences", r.Dependences, m.dependences(r.HistoryRange()))
				for _, kind := range kinds {
					same(t, string(kind.kind), slices.Collect(r.Dependents(kind.kind)), m.dependents(kind.of))
				}
				same(t, "histories", slices.Collect(r.Histories()), m.histories(r.HistoryRange()))
			})
		}
	}
}
