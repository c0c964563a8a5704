package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
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

// addFailureRuns stores rows, no two of them equal and in no order, as a run of each day.
func addFailureRuns(c *chunks, rows []failureRow) error {
	return eachDay(ordered(rows), func(f **failureRow) authreport.Day { return (*f).Day }, func(day authreport.Day, rows []*failureRow) error {
		return addRun(c, kindFailures, day, slices.Values(rows))
	})
}

// ordered gives rows by day, and by the order of a run within it. They are sorted by numbers that have the rank of day and server, the first letters of the account,
// and the row's place: that takes a fraction of the time that sorting the rows takes. The rows themselves are looked at where that does not decide.
func ordered(rows []failureRow) []*failureRow {
	days := rank(rows, func(f *failureRow) authreport.Day { return f.Day })
	servers := rank(rows, func(f *failureRow) string { return f.Server })
	first := bits.Len(uint(len(days))) + bits.Len(uint(len(servers))) // bits before the letters
	last := bits.Len(uint(len(rows)))                                 // bits behind them
	numbers := make([]uint64, len(rows))
	for i := range rows {
		f := &rows[i]
		var letters [8]byte
		copy(letters[:], f.Account)
		ranks := uint64(place(days, f.Day)<<bits.Len(uint(len(servers))) | place(servers, f.Server))
		numbers[i] = ranks<<(64-first) | binary.BigEndian.Uint64(letters[:])>>(first+last)<<last | uint64(i)
	}
	slices.Sort(numbers)
	list := make([]*failureRow, len(rows))
	for i, n := range numbers {
		list[i] = &rows[n&(1<<last-1)]
	}
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && numbers[j]>>last == numbers[i]>>last {
			j++
		}
		slices.SortFunc(list[i:j], (*failureRow).compare)
		i = j
	}
	return list
}

// rank gives the different values of rows, in their order.
func rank[T cmp.Ordered](rows []failureRow, value func(*failureRow) T) []T {
	var values []T
	for i := range rows {
		if v := value(&rows[i]); len(values) == 0 || values[len(values)-1] != v {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// place is that of a value among others in order, one of which it is.
func place[T cmp.Ordered](values []T, v T) int {
	if len(values) == 1 {
		return 0
	}
	i, _ := slices.BinarySearch(values, v)
	return i
}
