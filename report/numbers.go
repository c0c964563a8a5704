package report

import "math"

// denseIDs bounds the IDs that numbers looks up in a slice: stores number their clients from 1, and a slice answers several times faster than a map.
const denseIDs = 1 << 22

// numbers gives a store's client IDs numbers from 0 on.
type numbers struct {
	dense  []uint32 // number plus one by ID; 0: none
	sparse map[int64]uint32
	count  uint32
}

// of gives an ID's number; known is false if it is new.
func (m *numbers) of(id int64) (n uint32, known bool) {
	if n, known = m.find(id); known {
		return n, true
	}
	n = m.count
	m.count++
	if id < 0 || id >= denseIDs {
		if m.sparse == nil {
			m.sparse = make(map[int64]uint32)
		}
		m.sparse[id] = n
		return n, false
	}
	if int64(len(m.dense)) <= id {
		m.dense = append(m.dense, make([]uint32, int(id)-len(m.dense)+1)...)
	}
	m.dense[id] = n + 1
	return n, false
}

func (m *numbers) find(id int64) (n uint32, known bool) {
	if id >= 0 && id < int64(len(m.dense)) {
		n = m.dense[id]
		return n - 1, n > 0
	}
	if id >= 0 && id < denseIDs {
		return math.MaxUint32, false
	}
	n, known = m.sparse[id]
	return n, known
}

// id gives the ID that has a number, for messages: it looks through all of them.
func (m *numbers) id(number uint32) int64 {
	for id, n := range m.dense {
		if n == number+1 {
			return int64(id)
		}
	}
	for id, n := range m.sparse {
		if n == number {
			return id
		}
	}
	return 0
}
