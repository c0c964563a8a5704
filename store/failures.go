package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"authreport"
)

func (t *transaction) addFailures(ctx context.Context, tally *authreport.Tally) error {
	rows := t.failures[:0]
	for f := range tally.Failures() {
		if f.Day >= t.keptFrom {
			rows = append(rows, failureRow(f))
		}
	}
	err := addFailureRuns(t.chunks, rows)
	clear(rows) // let go of the texts
	t.failures = rows
	return err
}

// orderedFailure is a row with what mostly decides its place. It is small to move: sorting takes a third of the time that sorting the rows would take.
type orderedFailure struct {
	day    authreport.Day
	prefix uint64 // of the account
	row    *failureRow
}

func (a orderedFailure) compare(b orderedFailure) int {
	switch {
	case a.day != b.day:
		return cmp.Compare(a.day, b.day)
	case a.prefix != b.prefix && a.row.Server == b.row.Server:
		return cmp.Compare(a.prefix, b.prefix)
	}
	return a.row.compare(b.row)
}

// addFailureRuns stores rows, no two of them equal and in no order, as a run of each day.
func addFailureRuns(c *chunks, rows []failureRow) error {
	ordered := make([]orderedFailure, len(rows))
	for i := range rows {
		var prefix [8]byte
		copy(prefix[:], rows[i].Account)
		ordered[i] = orderedFailure{rows[i].Day, binary.BigEndian.Uint64(prefix[:]), &rows[i]}
	}
	slices.SortFunc(ordered, orderedFailure.compare)
	return eachDay(ordered, func(o *orderedFailure) authreport.Day { return o.day }, func(day authreport.Day, rows []orderedFailure) error {
		return addRun(c, kindFailures, day, func(yield func(*failureRow) bool) {
			for _, o := range rows {
				if !yield(o.row) {
					return
				}
			}
		})
	})
}
