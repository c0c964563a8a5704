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
	err := addFailureRuns(t.chunks, &t.sorter, rows)
	clear(rows) // let go of the texts
	t.failures = rows
	return err
}

// addFailureRuns stores rows, no two of them equal and in no order, as a run of each day.
func addFailureRuns(c *chunks, s *failureSorter, rows []failureRow) error {
	return eachDay(s.sorted(rows), func(f **failureRow) authreport.Day { return (*f).Day }, func(day authreport.Day, rows []*failureRow) error {
		return addRun(c, kindFailures, day, slices.Values(rows))
	})
}

// failureSorter sorts failed attempts. It keeps its memory from one batch to the next.
type failureSorter struct {
	numbers  []uint64
	list     []*failureRow
	places   map[string]uint64 // of the accounts, in the order that they come
	accounts []rankedAccount
	ranks    []uint64 // of the accounts, by their places
}

// rankedAccount is an account with its place.
type rankedAccount struct {
	name  string
	place uint64
}

// sorted gives rows by day, and by the order of a run within it. They are sorted by numbers that have the ranks of day, server and account, as much of the address as
// there is room for, and the row's place: that takes a fraction of the time that sorting the rows takes. The rows are looked at where that does not decide.
// What it gives is valid until the next call.
func (s *failureSorter) sorted(rows []failureRow) []*failureRow {
	days := rank(rows, func(f *failureRow) authreport.Day { return f.Day })
	servers := rank(rows, func(f *failureRow) string { return f.Server })
	s.rankAccounts(rows)
	serverBits, accountBits, placeBits := bits.Len(uint(len(servers))), bits.Len(uint(len(s.ranks))), bits.Len(uint(len(rows)))
	addressBits := 64 - bits.Len(uint(len(days))) - serverBits - accountBits - placeBits
	numbers := s.numbers
	for i := range rows {
		f := &rows[i]
		ranks := (uint64(place(days, f.Day))<<serverBits|uint64(place(servers, f.Server)))<<accountBits | s.ranks[numbers[i]]
		numbers[i] = (ranks<<addressBits|addressNumber(f.IP, addressBits))<<placeBits | uint64(i)
	}
	slices.Sort(numbers)
	list := slices.Grow(s.list[:0], len(rows))
	for _, n := range numbers {
		list = append(list, &rows[n&(1<<placeBits-1)])
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
	s.list = list
	return list
}

// rankAccounts sets numbers to the place of each row's account among those of all rows, and ranks to the rank of each place.
func (s *failureSorter) rankAccounts(rows []failureRow) {
	if s.places == nil {
		s.places = make(map[string]uint64)
	}
	s.numbers, s.accounts = slices.Grow(s.numbers[:0], len(rows)), s.accounts[:0]
	for i := range rows {
		name := rows[i].Account
		place, known := s.places[name]
		if !known {
			place = uint64(len(s.accounts))
			s.places[name] = place
			s.accounts = append(s.accounts, rankedAccount{name, place})
		}
		s.numbers = append(s.numbers, place)
	}
	slices.SortFunc(s.accounts, func(a, b rankedAccount) int { return strings.Compare(a.name, b.name) })
	s.ranks = slices.Grow(s.ranks[:0], len(s.accounts))[:len(s.accounts)]
	for rank, a := range s.accounts {
		s.ranks[a.place] = uint64(rank)
	}
	clear(s.places) // let go of the texts
	clear(s.accounts)
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
