package render

import (
	"slices"
	"testing"

	"authreport"
	"authreport/report"
)

// TestQualityNotices holds that one of a thing is told as one.
func TestQualityNotices(t *testing.T) {
	r := &report.Report{Quality: report.Quality{Sources: []report.SourceQuality{
		{Days: 1, Lines: authreport.Lines{Source: "mx1", Read: 1, Repeats: 1, GuessedYears: 1, ClockSteps: 2}},
	}}}
	want := []string{
		"1 line of 1 source read in these days; 0 not understood.",
		"Every day has lines.",
		"1 “last message repeated” notice, whose content is lost.",
		"1 line whose stamp has no year, so that it was inferred.",
		"2 times the log’s clock went back by more than a minute.",
	}
	if got := english.qualityNotices(r); !slices.Equal(got, want) {
		t.Errorf("notices %q, want %q", got, want)
	}
	if got, want := english.sourceRows(r)[0].Sum, "1 line of 1 day"; got != want {
		t.Errorf("sum %q, want %q", got, want)
	}
}
