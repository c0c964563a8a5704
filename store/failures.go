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

// orderedFailure is a row with what mostly decides its place. It is small to move, and mostly compared without a look at the row: sorting takes a fraction of the
// time that sorting the rows would take.
type orderedFailure struct {
	day    authreport.Day
	server int32     // its rank among the servers of the rows
	prefix [2]uint64 // of the account
	row    *failureRow
}

func (a orderedFailure) compare(b orderedFailure) int {
	switch {
	case a.day != b.day:
		return cmp.Compare(a.day, b.day)
	case a.server != b.server:
		return cmp.Compare(a.server, b.server)
	case a.prefix[0] != b.prefix[0]:
		return cmp.Compare(a.prefix[0], b.prefix[0])
	case a.prefix[1] != b.prefix[1]:
		return cmp.Compare(a.prefix[1], b.prefix[1])
	}
	return a.row.compare(b.row)
}

// addFailureRuns stores rows, no two of them equal and in no order, as a run of each day.
func addFailureRuns(c *chunks, rows []failureRow) error {
	rank := serverRanks(rows)
	ordered := make([]orderedFailure, len(rows))
	for i := range rows {
		var prefix [16]byte
		copy(prefix[:], rows[i].Account)
		ordered[i] = orderedFailure{
			rows[i].Day, rank(rows[i].Server), [2]uint64{binary.BigEndian.Uint64(prefix[:]), binary.BigEndian.Uint64(prefix[8:])}, &rows[i],
		}
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

// serverRanks gives a function that tells the place of a server among those of the rows, in their order.
func serverRanks(rows []failureRow) func(string) int32 {
	var servers []string
	for i := range rows {
		if i == 0 || rows[i].Server != rows[i-1].Server {
			servers = append(servers, rows[i].Server)
		}
	}
	slices.Sort(servers)
	servers = slices.Compact(servers)
	return func(server string) int32 {
		if len(servers) == 1 {
			return 0
		}
		place, _ := slices.BinarySearch(servers, server)
		return int32(place)
	}
}
