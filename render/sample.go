package render

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"time"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// sampleSource is counts of a small company that never was, on which templates are tried.
type sampleSource struct {
	clients []authreport.KnownClient
	days    authreport.Range
	broken  bool // some data is missing, and what is seen is unusual
}

func (s *sampleSource) Counts(_ context.Context, within authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		for day := range s.days.All() {
			if !within.Contains(day) {
				continue
			}
			for i, c := range s.clients {
				n := int64(20 + 3*i + int(day)%5)
				if s.broken && c.ID == 1 {
					if day != s.days.Last {
						continue // new, and loud
					}
					n = 5000
				}
				if !yield(authreport.ClientCount{Day: day, ClientID: c.ID, Messages: n, Recipients: n, Hours: 1 << 9}, nil) {
					return
				}
			}
		}
	}
}

func (s *sampleSource) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for _, c := range s.clients {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s *sampleSource) Failures(context.Context, authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return one(authreport.FailureCount{Day: s.days.Last, Server: "mx1", Account: "admin", IP: netip.MustParseAddr("198.51.100.9"), Attempts: 40, Hours: 1}, true)
}

func (s *sampleSource) Lines(_ context.Context, within authreport.Range) iter.Seq2[authreport.Lines, error] {
	return func(yield func(authreport.Lines, error) bool) {
		for day := range s.days.All() {
			start := day.Start(time.UTC)
			if within.Contains(day) && !yield(authreport.Lines{Source: "mx1", Day: day, Read: 1000, NotUnderstood: 1, Example: "a line that nobody understands", First: start, Last: start.Add(23 * time.Hour)}, nil) {
				return
			}
		}
	}
}

func (s *sampleSource) Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return one(authreport.GapCount{Day: s.days.Last, Source: "mx1", Gap: authreport.GapPostfixTLS, Count: 3}, s.broken)
}

func (s *sampleSource) FailedRuns(context.Context, time.Time, time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(yield func(authreport.FailedRun, error) bool) {
		for i := range report.MaxFailedRuns + 1 {
			run := authreport.FailedRun{Kind: authreport.ReportRun, Name: "weekly", Due: s.days.Last.Start(time.UTC).Add(time.Duration(i) * time.Minute), Fault: "1 of 2 recipients do not have it"}
			if s.broken && !yield(run, nil) {
				return
			}
		}
	}
}

// one gives a sequence of one, or of none.
func one[T any](x T, there bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if there {
			yield(x, nil)
		}
	}
}

// sampleReports gives reports of which each line of a template has something to show in one or the other: all is well; nothing is, over many days; a week, of which
// some domains alone may be known; nobody submitted anything.
func sampleReports(set *templates.Set) (all []*report.Report, err error) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	today := authreport.DayOf(now)
	for _, sample := range []struct {
		broken  bool
		senders int
		days    authreport.Day
		domains []string
	}{
		{false, 12, 7, nil},
		{true, 12, 40, nil},
		{true, 12, 7, []string{"department1.example.org", "department2.example.org"}},
		{true, 0, 7, nil},
	} {
		source := &sampleSource{days: authreport.Range{First: today - 60, Last: today - 1}, broken: sample.broken}
		versions := []authreport.TLS{authreport.TLS13, authreport.TLS12}
		if sample.broken {
			versions = authreport.TLSVersions()
		}
		for i := range sample.senders {
			address := fmt.Sprintf("user%d@department%d.example.org", i, i%7)
			source.clients = append(source.clients, authreport.KnownClient{ID: int64(i + 1), Client: authreport.Client{Server: "mx1", Account: address, Sender: address,
				Domain: authreport.SenderDomain(address, ""), IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), TLS: versions[i%len(versions)], Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN"}})
		}
		request := report.Request{Name: "weekly", Range: authreport.Range{First: today - sample.days, Last: today - 1}, Domains: sample.domains, History: 30, Zone: time.UTC, Now: now,
			Next: now.AddDate(0, 0, 7), Sources: []string{"mx1"}, Look: set}
		if sample.broken {
			request.Sources = append(request.Sources, "mx2")
		}
		r, err := report.Build(context.Background(), source, request)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// sampleFacts is what a mail says beside the report.
func sampleFacts() MailFacts {
	facts := MailFacts{VolumeCID: "volume", LogoCID: "logo", AttachedPage: "page.zip", AttachedWorkbook: "book.xlsx", Exports: []string{"report.csv"}, Notes: []string{"It comes late."}}
	for range mailReaders + 1 {
		facts.Readers = append(facts.Readers, Reader{Recipients: []string{"alice@example.org"}})
	}
	return facts
}

// sampleBrand has all that a brand may have that templates show.
var sampleBrand = templates.Brand{Name: "Example", Footer: "A sentence.", Logo: &templates.Logo{Type: "image/png", Width: 1, Height: 1}}

// sampleNotices is notices of which each line of the template has something to show in one.
var sampleNotices = []Notice{
	{Host: "mx1", Config: "config.yaml", Zone: time.UTC, Report: "weekly", Fault: "it is broken", Recipients: 2, Missed: []Missed{{Recipient: "alice@example.org", Refused: true, Code: 550, Reply: "no such user"}}},
	{Host: "mx1", Config: "config.yaml", Zone: time.UTC, Trouble: TroubleSource, Source: "mx1", Fault: "permission denied"},
}
