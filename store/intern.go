package store

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"authreport"
)

// remembered bounds the clients, and the senders, whose numbers are remembered, at 24 bytes and some each. More of them in use are looked up in the database.
const remembered = 256 << 10

// interner gives clients their numbers.
type interner struct {
	clients   memory[authreport.Client]
	senders   memory[sender]
	unknown   map[memoryKey]int // clients of this batch that are not remembered, as places in newcomers
	newcomers []newcomer
}

type sender struct{ address, domain string }

// newcomer is a client whose number is not remembered.
type newcomer struct {
	authreport.Client
	key      memoryKey
	place    int // in the order of their coming
	senderID int64
}

func (c *newcomer) sender() sender { return sender{c.Sender, c.Domain} }

func newInterner() interner {
	return interner{clients: newMemory[authreport.Client](remembered), senders: newMemory[sender](remembered), unknown: map[memoryKey]int{}}
}

// forget drops what is remembered: after a rollback, and when another process may have removed clients.
func (n *interner) forget() {
	n.clients.clear()
	n.senders.clear()
	n.reset()
}

// reset ends a batch.
func (n *interner) reset() {
	clear(n.unknown)
	n.newcomers = n.newcomers[:0]
}

// client gives the number of a client that is remembered, and of another the complement of its place among the newcomers.
func (n *interner) client(c *authreport.Client) int64 {
	key := n.clients.key(*c)
	if id, ok := n.clients.get(key); ok {
		return id
	}
	place, ok := n.unknown[key]
	if !ok {
		place = len(n.newcomers)
		n.unknown[key] = place
		n.newcomers = append(n.newcomers, newcomer{Client: *c, key: key, place: place})
	}
	return ^int64(place)
}

// numbers gives the newcomers' numbers by their places, after it has stored those that are new, and ends the batch.
func (n *interner) numbers(ctx context.Context, t *transaction) ([]int64, error) {
	defer n.reset()
	// In about the order of the keys, so that each page of their trees is visited once.
	slices.SortFunc(n.newcomers, func(a, b newcomer) int {
		return cmp.Or(strings.Compare(a.Sender, b.Sender), strings.Compare(a.Domain, b.Domain), strings.Compare(a.Account, b.Account))
	})
	if err := n.numberSenders(ctx, t); err != nil {
		return nil, err
	}
	ids := make([]int64, len(n.newcomers))
	err := t.clientTable.intern(ctx, t, len(n.newcomers), func(list []any, row int) []any {
		c := &n.newcomers[row]
		return append(list, c.senderID, c.Account, ipText(c.IP), c.Server, int64(c.TLS), c.Cipher, c.Mechanism)
	}, func(row int, id int64) {
		ids[n.newcomers[row].place] = id
		n.clients.put(n.newcomers[row].key, id)
	})
	return ids, err
}

// numberSenders sets the newcomers' senderID. Those of one sender stand together.
func (n *interner) numberSenders(ctx context.Context, t *transaction) error {
	var groups [][]newcomer // of one sender each, whose number is not remembered
	for rest := n.newcomers; len(rest) > 0; {
		this := rest[0].sender()
		size := slices.IndexFunc(rest, func(c newcomer) bool { return c.sender() != this })
		if size < 0 {
			size = len(rest)
		}
		if id, ok := n.senders.get(n.senders.key(this)); ok {
			setSender(rest[:size], id)
		} else {
			groups = append(groups, rest[:size])
		}
		rest = rest[size:]
	}
	return t.senderTable.intern(ctx, t, len(groups), func(list []any, row int) []any {
		return append(list, groups[row][0].Sender, groups[row][0].Domain)
	}, func(row int, id int64) {
		setSender(groups[row], id)
		n.senders.put(n.senders.key(groups[row][0].sender()), id)
	})
}

func setSender(group []newcomer, id int64) {
	for i := range group {
		group[i].senderID = id
	}
}

// memory remembers the numbers of the things used last. It keeps no thing itself, but a hash of 128 bits under seeds of this process alone:
// that two of as many things as fit have the same one has a chance of 10^-28.
type memory[T comparable] struct {
	seeds       [2]maphash.Seed
	limit       int // entries in each of the maps
	newer, rest map[memoryKey]int64
}

type memoryKey [2]uint64

func newMemory[T comparable](limit int) memory[T] {
	m := memory[T]{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, limit: limit / 2}
	m.clear()
	return m
}

func (m *memory[T]) clear() { m.newer, m.rest = map[memoryKey]int64{}, nil }

func (m *memory[T]) key(thing T) memoryKey {
	return memoryKey{maphash.Comparable(m.seeds[0], thing), maphash.Comparable(m.seeds[1], thing)}
}

func (m *memory[T]) get(key memoryKey) (int64, bool) {
	if id, ok := m.newer[key]; ok {
		return id, true
	}
	id, ok := m.rest[key]
	if ok {
		m.put(key, id)
	}
	return id, ok
}

// put remembers a number. When the newer half is full, the other half is forgotten, and it takes that one's place.
func (m *memory[T]) put(key memoryKey, id int64) {
	if len(m.newer) == m.limit {
		m.newer, m.rest = map[memoryKey]int64{}, m.newer
	}
	m.newer[key] = id
}
