package jobs

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"authreport"
	"authreport/config"
	"authreport/report"
	"authreport/store"
)

// quality builds a report of the seven days that end with last, and gives its data quality.
func quality(t *testing.T, c *config.Config, s *store.Store, last authreport.Day, now time.Time) report.Quality {
	t.Helper()
	r, err := Build(t.Context(), c, s, config.Default("once"), config.Copy{}, authreport.Range{First: last - 6, Last: last}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return r.Quality
}

// TestReportsTellWhatCouldNotBeRead: of a broken file lines may be missing up to when it was last written to, and reports on those days say that they are partial.
// Of a file that is gone, or that another source has, nothing is missing.
func TestReportsTellWhatCouldNotBeRead(t *testing.T) {
	w := invent(t, 8)
	h := newHost(t)
	second := h.sources[0]
	second.Name, second.Paths = "second", []string{h.path("mail.log")}
	h.ingester.Sources = append(h.sources, second)
	half := bytes.LastIndexByte(w.log[:len(w.log)/2], '\n') + 1
	packed := zipped(t, w.log[:half])
	h.write("mail.log", w.log[half:])
	h.write("mail.log.2.gz", packed[:len(packed)-7])
	if err := os.Symlink("nowhere", h.path("mail.log.3")); err != nil {
		t.Fatal(err)
	}
	c := &config.Config{Zone: h.zone, Retention: 90, Sources: h.ingester.Sources}
	today := authreport.DayOf(h.now.In(h.zone))
	for _, test := range []struct {
		name    string
		written time.Time // the broken file
		want    map[authreport.Day]int64
	}{
		{"today", h.now, map[authreport.Day]int64{today: 1, today - 30: 1}},
		{"days ago", (today - 20).Start(h.zone), map[authreport.Day]int64{today: 0, today - 13: 0, today - 14: 1, today - 30: 1}},
	} {
		if err := os.Chtimes(h.path("mail.log.2.gz"), test.written, test.written); err != nil {
			t.Fatal(err)
		}
		if summary, err := h.ingester.Once(t.Context()); err != nil || len(summary.Faults) != 3 {
			t.Fatalf("%v, faults %v, want 3", err, summary.Faults)
		}
		for last, want := range test.want {
			q := quality(t, c, h.store, last, h.now)
			if q.FailedReadings != want || want > 0 && (!q.Partial || !strings.Contains(q.FailedRuns[0].Fault, "mail.log.2.gz")) {
				t.Errorf("%s, report until %s: %d failed readings, want %d: %v", test.name, last, q.FailedReadings, want, q.FailedRuns)
			}
		}
	}
}

// TestReportsTellThatAReportFailed: a request that failed is told of in the reports on its day.
func TestReportsTellThatAReportFailed(t *testing.T) {
	d := newDesk(t)
	d.config.Reports = nil
	d.ask("alice@example.org")
	d.do(t.Context(), d.requester("mx1 1"))
	got := quality(t, d.config, d.store, authreport.DayOf(start), d.clock)
	if got.FailedReports != 1 || got.FailedRuns[0].Name != "once" || !got.FailedRuns[0].Due.Equal(start) || got.FailedRuns[0].Fault == "" {
		t.Errorf("failed runs: %+v", got.FailedRuns)
	}
}
