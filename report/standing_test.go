package report_test

import (
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// steady is the counts of one account that does the same each day for 60 days, over a TLS version.
func steady(account string, tls authreport.TLS) *report.Memory {
	m := &report.Memory{}
	for day := last - 59; day <= last; day++ {
		for _, source := range []string{"mx1", "idle"} {
			m.Read = append(m.Read, authreport.Lines{Source: source, Day: day, Read: 100, First: day.UTC(), Last: day.UTC().Add(23 * time.Hour)})
		}
		client := authreport.Client{Server: "mx1", Account: account, Sender: account + "@example.org", Domain: "example.org", TLS: tls, Mechanism: "PLAIN"}
		m.Submissions = append(m.Submissions, authreport.Count{Day: day, Client: client, Messages: 5, Recipients: 5, Hours: 1 << 9})
	}
	return m
}

// TestStanding holds what a reader may have to act on, what is not known, and that only where there is neither a report is quiet.
func TestStanding(t *testing.T) {
	calm := report.Standing{Submitted: true, SubmittedBefore: true}
	for name, test := range map[string]struct {
		change func(*report.Memory)
		source *report.Memory
		want   func(*report.Standing)
		quiet  bool
	}{
		"calm":       {quiet: true},
		"legacy TLS": {source: steady("alice", authreport.TLS11), want: func(s *report.Standing) { s.Legacy = true }},
		"unknown":    {source: steady("alice", authreport.TLSUnknown), want: func(s *report.Standing) { s.UnknownTLS = true }},
		"none":       {source: steady("alice", authreport.TLSNone), want: func(s *report.Standing) { s.NoTLS = true }},
		"authreport's own mail alone": {source: steady("authreport", authreport.TLS13), quiet: true,
			want: func(s *report.Standing) { s.Submitted, s.SubmittedBefore = false, false }},
		"silence after mail": {quiet: true, want: func(s *report.Standing) { s.Submitted = false },
			change: func(m *report.Memory) { m.Submissions = m.Submissions[:50] }},
		"nothing at all": {quiet: true, want: func(s *report.Standing) { s.Submitted, s.SubmittedBefore = false, false },
			change: func(m *report.Memory) { m.Submissions = nil }},
		"short history": {change: func(m *report.Memory) { m.Read, m.Submissions = m.Read[2*50:], m.Submissions[50:] },
			want: func(s *report.Standing) { s.Unjudged, s.SubmittedBefore = true, true }},
		"a day without lines": {change: func(m *report.Memory) { m.Read = m.Read[:len(m.Read)-2] }, want: func(s *report.Standing) { s.Incomplete = true }},
		"a log that could not be read": {want: func(s *report.Standing) { s.Incomplete = true },
			change: func(m *report.Memory) {
				m.Failed = []authreport.FailedRun{{Kind: authreport.ReadingRun, Name: "mx1", Fault: "denied"}}
			}},
		"a report that failed": {want: func(s *report.Standing) { s.Incomplete = true },
			change: func(m *report.Memory) {
				m.Failed = []authreport.FailedRun{{Kind: authreport.ReportRun, Name: "weekly", Due: last.UTC(), Fault: "refused"}}
			}},
		"an account that does what it never did": {want: func(s *report.Standing) { s.Unusual = true },
			change: func(m *report.Memory) { m.Submissions[len(m.Submissions)-1].Messages = 5000 }},
	} {
		t.Run(name, func(t *testing.T) {
			source, want := test.source, calm
			if source == nil {
				source = steady("alice", authreport.TLS13)
			}
			if test.change != nil {
				test.change(source)
			}
			if test.want != nil {
				test.want(&want)
			}
			got := build(t, source, request(7, 30)).Standing()
			if got != want || got.Quiet() != test.quiet {
				t.Errorf("it stands as %+v, quiet %v; want %+v, quiet %v", got, got.Quiet(), want, test.quiet)
			}
		})
	}
}
