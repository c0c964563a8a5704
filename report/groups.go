package report

import (
	"cmp"
	"slices"
)

// groups is the shown clients in groups that share a name: those of one sender, account or domain. Groups have numbers, in the order of their names.
type groups struct {
	clients []uint32 // client numbers, group by group; in a group ordered by their fields
	starts  []uint32 // where each group begins in clients, and after the last its end
}

// of gives the clients of a group.
func (g *groups) of(group uint32) []uint32 { return g.clients[g.starts[group]:g.starts[group+1]] }

// count is how many groups there are.
func (g *groups) count() int { return len(g.starts) - 1 }

// group puts clients that have the same keys together, ordered by the first key, then the second. Keys are below limit.
func group(clients []uint32, limit int, keys ...func(client uint32) uint32) groups {
	order := clients
	for _, key := range slices.Backward(keys) {
		order = sortedBy(order, limit, key)
	}
	g := groups{clients: order}
	for i, n := range order {
		if i == 0 || slices.ContainsFunc(keys, func(key func(uint32) uint32) bool { return key(n) != key(order[i-1]) }) {
			g.starts = append(g.starts, uint32(i))
		}
	}
	g.starts = append(g.starts, uint32(len(order)))
	return g
}

// sortedBy gives clients in the order of key, those with the same key in the order they had: a counting sort, since keys are dense.
func sortedBy(clients []uint32, limit int, key func(uint32) uint32) []uint32 {
	next := make([]uint32, limit+1)
	for _, n := range clients {
		next[key(n)+1]++
	}
	for i := 1; i < len(next); i++ {
		next[i] += next[i-1]
	}
	sorted := make([]uint32, len(clients))
	for _, n := range clients {
		place := &next[key(n)]
		sorted[*place] = n
		*place++
	}
	return sorted
}

// ranked gives the numbers below count whose messages are not 0, most first, then by number.
func ranked(count int, messages func(number uint32) int64) []uint32 {
	values := make([]int64, count)
	var order []uint32
	for i := range uint32(count) {
		if values[i] = messages(i); values[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(a, b)) })
	return order
}
