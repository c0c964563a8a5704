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

// places gives the place in clients of each client, by its number below count.
func (g *groups) places(count int) []uint32 {
	places := make([]uint32, count)
	for place, n := range g.clients {
		places[n] = uint32(place)
	}
	return places
}

// count is how many groups there are.
func (g *groups) count() int { return len(g.starts) - 1 }

// key is a number of each client, below a limit.
type key func(client uint32) uint32

// group puts clients that have the same keys together, ordered by the first key, then the second. Keys are below limit.
func group(clients []uint32, limit int, keys ...key) groups {
	order := sorted(clients, limit, keys...)
	g := groups{clients: order}
	for i, n := range order {
		if i == 0 || slices.ContainsFunc(keys, func(k key) bool { return k(n) != k(order[i-1]) }) {
			g.starts = append(g.starts, uint32(i))
		}
	}
	g.starts = append(g.starts, uint32(len(order)))
	return g
}

// sorted gives clients in the order of the first key, then the second and so on, those with the same keys in the order they had: counting sorts, since keys are dense.
func sorted(clients []uint32, limit int, keys ...key) []uint32 {
	from, to, next := slices.Clone(clients), make([]uint32, len(clients)), make([]uint32, limit+1)
	for _, k := range slices.Backward(keys) {
		clear(next)
		for _, n := range from {
			next[k(n)+1]++
		}
		for i := 1; i < len(next); i++ {
			next[i] += next[i-1]
		}
		for _, n := range from {
			place := &next[k(n)]
			to[*place] = n
			*place++
		}
		from, to = to, from
	}
	return from
}

// ranked gives the numbers below count whose messages are not 0, most first, then by number.
func ranked(count int, messages func(number uint32) int64) []uint32 {
	values, order := make([]int64, count), make([]uint32, 0, count)
	for i := range uint32(count) {
		if values[i] = messages(i); values[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(cmp.Compare(values[b], values[a]), cmp.Compare(a, b)) })
	return order
}
