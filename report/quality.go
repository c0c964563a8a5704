package report

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"authreport"
)

// lines is what was read of each source and day.
type lines struct {
	request Request
	days    map[authreport.Day]bool   // days with lines
	sources map[string]*SourceQuality // over the range
}

func newLines(read authreport.Range, request Request) *lines {
	l := &lines{request: request, days: make(map[authreport.Day]bool), sources: make(map[string]*SourceQuality)}
	for _, name := range request.Sources {
		l.sources[name] = &SourceQuality{Lines: authreport.Lines{Source: name}}
	}
	return l
}

func (l *lines) readAll(source iter.Seq2[authreport.Lines, error]) error {
	var all []authreport.Lines
	for one, err := range source {
		if err != nil {
			return err
		}
		if one.Read > 0 {
			l.days[one.Day] = true
		}
		if l.request.Range.Contains(one.Day) {
			all = append(all, one)
		}
	}
	// The first example of the earliest day stands, whatever order the source gives.
	slices.SortStableFunc(all, func(a, b authreport.Lines) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), a.First.Compare(b.First), cmp.Compare(a.Example, b.Example))
	})
	before := make(map[string]authreport.Day) // the day of each source that was counted last
	for _, one := range all {
		s := l.sources[one.Source]
		if s == nil {
			s = &SourceQuality{Lines: authreport.Lines{Source: one.Source}}
			l.sources[one.Source] = s
		}
		s.Merge(one)
		if day, counted := before[one.Source]; one.Read > 0 && (!counted || day != one.Day) {
			before[one.Source] = one.Day
			s.Days++
		}
	}
	return nil
}

// any says whether a line of a day was read.
func (l *lines) any(day authreport.Day) bool { return l.days[day] }

// complete says whether every day has lines.
func (l *lines) complete(days authreport.Range) bool {
	for day := range days.All() {
		if !l.days[day] {
			return false
		}
	}
	return true
}

// quality says what the figures of r, whose summary is done, rest on.
func (l *lines) quality(r *Report) Quality {
	q := Quality{UnknownTLS: r.Summary.TLS[authreport.TLSUnknown]}
	for _, name := range l.request.Sources {
		if s := l.sources[name]; s != nil {
			q.Sources = append(q.Sources, *s)
			delete(l.sources, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.sources)) {
		q.Sources = append(q.Sources, *l.sources[name])
	}
	for _, day := range r.Summary.Days {
		if !day.HasLines {
			q.DaysWithoutLines = append(q.DaysWithoutLines, day.Day)
		}
	}
	end := (l.request.Range.Last + 1).Start(l.request.Zone)
	silent := slices.ContainsFunc(q.Sources, func(s SourceQuality) bool { return s.Days == 0 })
	q.Partial = silent || len(q.DaysWithoutLines) > 0 || l.request.Now.Before(end)
	return q
}

// readGaps adds up what the logs could not tell.
func readGaps(source iter.Seq2[authreport.GapCount, error]) ([]GapFigure, error) {
	sums := make(map[authreport.Gap]*GapFigure)
	for one, err := range source {
		if err != nil {
			return nil, err
		}
		f := sums[one.Gap]
		if f == nil {
			f = &GapFigure{GapAdvice: one.Gap.Advice()}
			sums[one.Gap] = f
		}
		f.Count += one.Count
		if i, known := slices.BinarySearch(f.Sources, one.Source); !known {
			f.Sources = slices.Insert(f.Sources, i, one.Source)
		}
	}
	var figures []GapFigure
	for _, known := range authreport.Gaps() {
		if f := sums[known.Gap]; f != nil {
			figures = append(figures, *f)
			delete(sums, known.Gap)
		}
	}
	for _, gap := range slices.Sorted(maps.Keys(sums)) { // of a newer version
		figures = append(figures, *sums[gap])
	}
	return figures, nil
}

// readFailedRuns adds the runs that failed. Of a reading without a name only that lines are missing is told.
func (q *Quality) readFailedRuns(source iter.Seq2[authreport.FailedRun, error]) error {
	for run, err := range source {
		if err != nil {
			return err
		}
		if run.Kind == authreport.ReadingRun && run.Name == "" {
			q.Partial = true
			continue
		}
		if run.Kind == authreport.ReadingRun {
			q.FailedReadings++
			q.Partial = true
		} else {
			q.FailedReports++
		}
		q.FailedRuns = append(q.FailedRuns, run)
	}
	slices.SortStableFunc(q.FailedRuns, func(a, b authreport.FailedRun) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), b.Due.Compare(a.Due), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Fault, b.Fault))
	})
	q.FailedRuns = slices.Clip(q.FailedRuns[:min(len(q.FailedRuns), MaxFailedRuns)])
	return nil
}
