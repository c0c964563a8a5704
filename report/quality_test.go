package report_test

import (
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// lines are the lines of a source on a day, from eight to ten.
func lines(source string, day authreport.Day, read int64) authreport.Lines {
	return authreport.Lines{Source: source, Day: day, Read: read, First: day.UTC().Add(8 * time.Hour), Last: day.UTC().Add(10 * time.Hour)}
}

func TestQuality(t *testing.T) {
	var source report.Memory
	for day := last - 6; day <= last; day++ {
		source.Read = append(source.Read, lines("mx1", day, 100))
	}
	odd := lines("mx2", last-2, 10)
	odd.NotUnderstood, odd.Example, odd.Repeats, odd.GuessedYears, odd.ClockSteps = 2, "second", 3, 4, 5
	first := lines("mx2", last-3, 1)
	first.Example = "first"
	source.Read = append(source.Read, odd, first, lines("mx2", last-1, 0), lines("mx2", last-40, 9))

	r := build(t, &source, request(7, 30))
	want := report.Quality{
		Sources: []report.SourceQuality{
			{Lines: authreport.Lines{Source: "mx1", Read: 700, First: (last - 6).UTC().Add(8 * time.Hour), Last: last.UTC().Add(10 * time.Hour)}, Days: 7},
			{Lines: authreport.Lines{Source: "idle"}},
			{Lines: authreport.Lines{
				Source: "mx2", Read: 11, NotUnderstood: 2, Example: "first", Repeats: 3, GuessedYears: 4, ClockSteps: 5,
				First: first.First, Last: (last - 1).UTC().Add(10 * time.Hour),
			}, Days: 2},
		},
		Partial: true, // idle has no lines
	}
	for i := range r.Quality.Sources {
		r.Quality.Sources[i].Day = 0
	}
	same(t, "quality", r.Quality, want)
	if r.Summary.BeforeComplete {
		t.Error("the period before has no lines, but is said to be complete")
	}
}

func TestPartial(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*report.Memory, *report.Request)
		want   bool
	}{
		{"whole", func(*report.Memory, *report.Request) {}, false},
		{"a day without lines", func(m *report.Memory, _ *report.Request) { m.Read = m.Read[1:] }, true},
		{"a source without lines", func(_ *report.Memory, r *report.Request) { r.Sources = append(r.Sources, "idle") }, true},
		{"the last day has not ended", func(_ *report.Memory, r *report.Request) { r.Now = (last + 1).UTC().Add(-time.Second) }, true},
		{"the last day has not ended in the zone", func(_ *report.Memory, r *report.Request) { r.Zone = time.FixedZone("west", -3600) }, true},
		{"a source named twice", func(_ *report.Memory, r *report.Request) { r.Sources = append(r.Sources, "mx1") }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var source report.Memory
			for day := last - 6; day <= last; day++ {
				source.Read = append(source.Read, lines("mx1", day, 100))
			}
			r := request(7, 7)
			r.Sources, r.Now = []string{"mx1"}, (last + 1).UTC()
			test.change(&source, &r)
			if got := build(t, &source, r).Quality.Partial; got != test.want {
				t.Errorf("partial: got %v, want %v", got, test.want)
			}
		})
	}
}

// TestGaps: what the logs could not tell is added up over the days and sources of the range, the known ones in the order of the documentation.
func TestGaps(t *testing.T) {
	source := &report.Memory{Untold: []authreport.GapCount{
		{Day: last, Source: "mx2", Gap: "of a newer version", Count: 1},
		{Day: last, Source: "mx2", Gap: authreport.GapBeforeLog, Count: 2},
		{Day: last - 6, Source: "mx1", Gap: authreport.GapBeforeLog, Count: 3},
		{Day: last, Source: "mx2", Gap: authreport.GapPostfixTLS, Count: 4},
		{Day: last - 7, Source: "mx3", Gap: authreport.GapPostfixTLS, Count: 5},
	}}
	want := []report.GapFigure{
		{GapAdvice: authreport.GapPostfixTLS.Advice(), Count: 4, Sources: []string{"mx2"}},
		{GapAdvice: authreport.GapBeforeLog.Advice(), Count: 5, Sources: []string{"mx1", "mx2"}},
		{GapAdvice: authreport.Gap("of a newer version").Advice(), Count: 1, Sources: []string{"mx2"}},
	}
	same(t, "gaps", build(t, source, request(7, 30)).Quality.Gaps, want)
	filtered := request(7, 30)
	filtered.Domains = []string{"example.org"}
	same(t, "gaps of a domain", build(t, source, filtered).Quality.Gaps, []report.GapFigure(nil))
}

// TestFailedRuns: those of the range's days are told, in order; some are listed and all counted. In a report of some domains those of other series are not told,
// and nothing of what went wrong.
func TestFailedRuns(t *testing.T) {
	zone := time.FixedZone("west", -5*3600)
	q := request(7, 7)
	q.Name, q.Zone, q.Now = "weekly", zone, (last + 2).UTC()
	run := func(name string, due time.Time) authreport.FailedRun {
		return authreport.FailedRun{Kind: authreport.ReportRun, Name: name, Due: due, Fault: "refused"}
	}
	reading := authreport.FailedRun{Kind: authreport.ReadingRun, Name: "mx2", Fault: "permission denied"}
	first, end := q.Range.First.Start(zone), (last + 1).Start(zone)
	source := &report.Memory{Failed: []authreport.FailedRun{
		run("weekly", first.Add(-time.Second)), run("weekly", first), run("daily", first), reading, run("weekly", end.Add(-time.Second)), run("weekly", end),
	}}
	for day := last - 6; day <= last; day++ {
		source.Read = append(source.Read, lines("mx1", day, 1))
	}
	q.Sources = []string{"mx1"}
	want := []authreport.FailedRun{reading, run("weekly", end.Add(-time.Second)), run("daily", first), run("weekly", first)}
	got := build(t, source, q).Quality
	same(t, "failed runs", got.FailedRuns, want)
	same(t, "numbers", []int64{got.FailedReadings, got.FailedReports}, []int64{1, 3})
	if !got.Partial {
		t.Error("a log was not read, and the data is whole")
	}
	source.Failed = source.Failed[:3]
	if build(t, source, q).Quality.Partial {
		t.Error("the data is partial since a report failed")
	}
	source.Failed = append(source.Failed, reading)
	q.Domains = []string{"example.org"}
	got = build(t, source, q).Quality
	same(t, "failed runs of a domain", got.FailedRuns, []authreport.FailedRun{{Kind: authreport.ReportRun, Name: "weekly", Due: first}})
	if !got.Partial {
		t.Error("a log was not read, and the data of a domain is whole")
	}
	q.Domains, source.Failed = nil, nil
	for range 2 * report.MaxFailedRuns {
		source.Failed = append(source.Failed, run("weekly", first))
	}
	got = build(t, source, q).Quality
	same(t, "numbers", []int64{got.FailedReports, int64(len(got.FailedRuns))}, []int64{2 * report.MaxFailedRuns, report.MaxFailedRuns})
}
