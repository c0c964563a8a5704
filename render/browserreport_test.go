package render

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// hostileSenders are envelope senders that would be code, markup or other text in a page that trusted them.
var hostileSenders = []string{
	`</script><script>alert(1)</script>@example.org`,
	`<img src=x onerror=alert(1)>@example.org`,
	`__f__alert(1)__f__@example.org`,
	`=HYPERLINK("http://evil.example/","open")@example.com`,
	"\"\u202egro.elpmaxe\"@example.net",
	"\x1b[31mred\r\n@example.net",
	`{{.Title}}'"` + "`" + `@<b onclick=alert(1)>example.net`,
}

// memorySource is counts held in memory, as a report reads them.
type memorySource struct {
	clients  []authreport.KnownClient
	counts   []authreport.ClientCount
	failures []authreport.FailureCount
	lines    []authreport.Lines
}

func within[T any](all []T, days authreport.Range, day func(T) authreport.Day) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range all {
			if days.Contains(day(one)) && !yield(one, nil) {
				return
			}
		}
	}
}

func (s *memorySource) Counts(_ context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return within(s.counts, days, func(c authreport.ClientCount) authreport.Day { return c.Day })
}

func (s *memorySource) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for _, c := range s.clients {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s *memorySource) Failures(_ context.Context, days authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return within(s.failures, days, func(f authreport.FailureCount) authreport.Day { return f.Day })
}

func (s *memorySource) Lines(_ context.Context, days authreport.Range) iter.Seq2[authreport.Lines, error] {
	return within(s.lines, days, func(l authreport.Lines) authreport.Day { return l.Day })
}

func (s *memorySource) Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return func(func(authreport.GapCount, error) bool) {}
}

func (s *memorySource) FailedRuns(context.Context, time.Time, time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(func(authreport.FailedRun, error) bool) {}
}

// add counts messages of a client on a day.
func (s *memorySource) add(id int64, day authreport.Day, messages int64) {
	if messages > 0 {
		s.counts = append(s.counts, authreport.ClientCount{Day: day, ClientID: id, Messages: messages, Recipients: messages + messages/3, Hours: 1 << 9})
	}
}

// know gives a client its number.
func (s *memorySource) know(c authreport.Client) int64 {
	id := int64(len(s.clients)) + 1
	s.clients = append(s.clients, authreport.KnownClient{ID: id, Client: c})
	return id
}

// companyLast is the last day of the company's logs.
var companyLast = authreport.NewDay(2026, time.November, 23)

// company invents the mail of a company with so many senders over the days that end with companyLast: people with two or three devices, printers, scanners
// and applications, weekdays and weekends. The same arguments give the same mail.
func company(senders, days int) *memorySource {
	s := &memorySource{}
	random := rand.New(rand.NewPCG(7, uint64(senders)))
	domains := []string{"example.org", "example.org", "example.org", "example.com", "example.com", "example.net", "billing.example.org", "xn--mnchen-3ya.example"}
	span := authreport.Range{First: companyLast - authreport.Day(days) + 1, Last: companyLast}
	for i := range senders {
		domain := domains[random.IntN(len(domains))]
		s.addSender(random, span, i, domain)
	}
	for i, address := range hostileSenders {
		domain := authreport.SenderDomain(address, "")
		id := s.know(authreport.Client{Server: "mx1", Account: address, Sender: address, Domain: domain, IP: ip(i), TLS: authreport.TLS13, Cipher: "<i>cipher</i>", Mechanism: "PLAIN"})
		s.add(id, companyLast-1, int64(40+i))
	}
	s.addShared(span)
	own := s.know(authreport.Client{Server: "mx1", Account: "authreport", Sender: "reports@example.org", Domain: "example.org", IP: ip(3), TLS: authreport.TLS13, Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN"})
	null := s.know(authreport.Client{Server: "mx1", Sender: authreport.NullSender, IP: netip.Addr{}, TLS: authreport.TLSUnknown})
	for day := range span.All() {
		s.add(null, day, 3)
		if day.Weekday() == time.Monday {
			s.add(own, day, 4)
		}
		s.failures = append(s.failures, authreport.FailureCount{Day: day, Server: "mx1", Account: "admin", IP: ip(int(day)), Mechanism: "LOGIN", Attempts: 30 + int64(day)%17, Hours: 7})
		s.lines = append(s.lines, authreport.Lines{Source: "mx1", Day: day, Read: 21000 + int64(day)%900, NotUnderstood: int64(day) % 2, Example: exampleOf(day), First: day.UTC(), Last: day.UTC().Add(24*time.Hour - time.Second)})
	}
	return s
}

func exampleOf(day authreport.Day) string {
	if day%2 == 0 {
		return ""
	}
	return "Nov 23 03:12:07 mx1 postfix/smtpd[311]: <b>odd</b> line"
}

func ip(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }

// addShared lets three accounts send as one address, each on days of its own and some together, one of them as two addresses.
func (s *memorySource) addShared(span authreport.Range) {
	for i, account := range []string{"desk-1@example.org", "desk-2@example.org", "info@example.org"} {
		for j, sender := range []string{"info@example.org", "desk-2@example.org"} {
			if j > 0 && i != 1 {
				continue
			}
			for v, version := range []authreport.TLS{authreport.TLS13, authreport.TLS10} {
				id := s.know(authreport.Client{Server: "mx1", Account: account, Sender: sender, Domain: "example.org", IP: ip(200 + i), TLS: version, Cipher: "c", Mechanism: "PLAIN"})
				for day := range span.All() {
					if (int(day)+v)%(i+2) == 0 {
						s.add(id, day, int64(1+i+2*v+int(day)%9))
					}
				}
			}
		}
	}
}

// addSender invents one sender: what it is, its clients, and its days.
func (s *memorySource) addSender(random *rand.Rand, span authreport.Range, i int, domain string) {
	given := []string{"anna", "bram", "chloe", "daan", "emma", "finn", "greta", "hugo", "iris", "jonas", "kim", "lotte", "milan", "nora", "oscar"}
	kind := random.IntN(20)
	name, mean, weekend, versions := fmt.Sprintf("%s.%04d@%s", given[i%len(given)], i, domain), 6.0, 0.15, []authreport.TLS{authreport.TLS13, authreport.TLS13, authreport.TLS12}
	switch {
	case kind < 2:
		name, mean, weekend, versions = fmt.Sprintf("printer-%04d@%s", i, domain), 18, 0.02, []authreport.TLS{authreport.TLS10}
	case kind == 2:
		name, mean, weekend, versions = fmt.Sprintf("scanner-%04d@%s", i, domain), 25, 0.02, []authreport.TLS{authreport.TLSNone, authreport.TLS11}
	case kind == 3:
		name, mean, weekend, versions = fmt.Sprintf("app-%04d@%s", i, domain), 120, 0.9, []authreport.TLS{authreport.TLS12, authreport.TLS13}
	}
	versions = versions[:1+random.IntN(len(versions))]
	switch i % 40 { // some come and some go
	case 17:
		span.First = companyLast - authreport.Day(i%6)
	case 31:
		span.Last = companyLast - 7 - authreport.Day(i%6)
	}
	busy := mean * math.Exp(random.NormFloat64()*0.6)
	for _, v := range versions {
		client := authreport.Client{Server: "mx1", Account: name, Sender: name, Domain: domain, IP: netip.AddrFrom4([4]byte{198, 51, byte(random.IntN(256)), byte(random.IntN(256))}), TLS: v, Mechanism: "PLAIN"}
		switch v {
		case authreport.TLS13:
			client.Cipher = "TLS_AES_256_GCM_SHA384"
		case authreport.TLSNone:
			client.Mechanism = "LOGIN"
		case authreport.TLS12:
			client.Cipher = "ECDHE-RSA-AES256-GCM-SHA384"
		case authreport.TLS10, authreport.TLS11, authreport.SSL30, authreport.TLSUnknown:
			client.Cipher, client.Mechanism = "AES256-SHA", "LOGIN"
		}
		id := s.know(client)
		for day := range span.All() {
			share := busy / float64(len(versions))
			if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
				share *= weekend
			}
			s.add(id, day, int64(share*math.Exp(random.NormFloat64()*0.5)+random.Float64()-0.2))
		}
	}
}

// companyReport is the weekly report of a company with so many senders, its page carrying 90 days.
func companyReport(t testing.TB, senders int) *report.Report {
	t.Helper()
	return buildReport(t, company(senders, 120))
}

func buildReport(t testing.TB, source report.Source) *report.Report {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Build(t.Context(), source, report.Request{
		Name: "weekly", Title: "SMTP AUTH clients, weekly", Range: authreport.Range{First: companyLast - 6, Last: companyLast}, History: 90,
		Zone: zone, Now: time.Date(2026, time.November, 24, 7, 0, 0, 0, zone), Own: []string{"authreport", "reports@example.org"}, Sources: []string{"mx1"},
		Filters: []authreport.Filter{
			{Name: "legacy of example.org", Clauses: []authreport.Clause{{Field: "legacy share", Operator: ">", Value: "0"}, {Field: "domain", Operator: "is", Value: "example.org"}}},
			{Name: "<b>busy</b> & new", Clauses: []authreport.Clause{{Field: "messages", Operator: ">", Value: "20"}, {Field: "change", Operator: "is not", Value: "down"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
