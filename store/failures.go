package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"authreport"
)

func (t *transaction) addFailures(ctx context.Context, tally *authreport.Tally) error {
	rows := slices.Grow(t.failures[:0], tally.Size())
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

// ordered gives rows by day, and by the order of a run within it. They are sorted by numbers that have the ranks of day, server and account, as much of the address as
// there is room for, and the row's place: that takes a fraction of the time that sorting the rows takes. The rows are looked at where that does not decide.
func ordered(rows []failureRow) []*failureRow {
	days := rank(rows, func(f *failureRow) authreport.Day { return f.Day })
	servers := rank(rows, func(f *failureRow) string { return f.Server })
	numbers, accounts := accountRanks(rows)
	serverBits, accountBits, placeBits := bits.Len(uint(len(servers))), bits.Len(uint(accounts)), bits.Len(uint(len(rows)))
	addressBits := 64 - bits.Len(uint(len(days))) - serverBits - accountBits - placeBits
	for i := range rows {
		f := &rows[i]
		ranks := (uint64(place(days, f.Day))<<serverBits|uint64(place(servers, f.Server)))<<accountBits | numbers[i]
		numbers[i] = (ranks<<addressBits|addressNumber(f.IP, addressBits))<<placeBits | uint64(i)
	}
	slices.Sort(numbers)
	list := make([]*failureRow, len(rows))
	for i, n := range numbers {
		list[i] = &rows[n&(1<<placeBits-1)]
	}
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && numbers[j]>>placeBits == numbers[i]>>placeBits {
			j++
		}
		if j > i+1 {
			slices.SortFunc(list[i:j], (*failureRow).compare)
		}
		i = j
	}
	return list
}

// accountRanks gives the rank of each row's account among them all, and how many different ones there are.
func accountRanks(rows []failureRow) (ranks []uint64, different int) {
	indexes := make(map[string]uint64, 1024)
	var accounts []string
	ranks = make([]uint64, len(rows))
	for i := range rows {
		account := rows[i].Account
		index, known := indexes[account]
		if !known {
			index = uint64(len(accounts))
			indexes[account] = index
			accounts = append(accounts, account)
		}
		ranks[i] = index
	}
	order := make([]int, len(accounts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(accounts[a], accounts[b]) })
	byIndex := make([]uint64, len(accounts))
	for rank, index := range order {
		byIndex[index] = uint64(rank)
	}
	for i, index := range ranks {
		ranks[i] = byIndex[index]
	}
	return ranks, len(accounts)
}

// addressNumber gives a number of so many bits whose order is that of netip.Addr.Compare, as far as it goes: none, IPv4, IPv6.
func addressNumber(ip netip.Addr, size int) uint64 {
	const whole = 34
	var n uint64
	switch {
	case ip.Is4():
		four := ip.As4()
		n = 1<<32 | uint64(binary.BigEndian.Uint32(four[:]))
	case ip.IsValid():
		all := ip.As16()
		n = 2<<32 | uint64(binary.BigEndian.Uint32(all[:]))
	}
	if size < whole {
		return n >> (whole - size)
	}
	return n
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
