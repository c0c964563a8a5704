package store

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"

	"authreport"
)

// rememberedClients and rememberedSenders bound the memory of an interner: 24 bytes each, and twice that while the maps are half empty.
// More clients than these in use are looked up in the database.
const (
	rememberedClients = 64 << 10
	rememberedSenders = 16 << 10
)

// interner gives clients their numbers.
type interner struct {
	clients memory[authreport.Client]
	senders memory[sender]
}

type sender struct{ address, domain string }

func newInterner() *interner {
	return &interner{newMemory[authreport.Client](rememberedClients), newMemory[sender](rememberedSenders)}
}

// forget drops everything: after a rollback, and when another process may have removed clients.
func (n *interner) forget() {
	n.clients.clear()
	n.senders.clear()
}

// client gives the number of a client, which is stored if it is new.
func (n *interner) client(ctx context.Context, w *transaction, c *authreport.Client) (int64, error) {
	key := n.clients.key(*c)
	if id, ok := n.clients.get(key); ok {
		return id, nil
	}
	senderID, err := n.sender(ctx, w, sender{c.Sender, c.Domain})
	if err != nil {
		return 0, err
	}
	id, err := w.intern(ctx, selectClient, insertClient, senderID, c.Account, ipText(c.IP), c.Server, int64(c.TLS), c.Cipher, c.Mechanism)
	if err == nil {
		n.clients.put(key, id)
	}
	return id, err
}

func (n *interner) sender(ctx context.Context, w *transaction, s sender) (int64, error) {
	key := n.senders.key(s)
	if id, ok := n.senders.get(key); ok {
		return id, nil
	}
	id, err := w.intern(ctx, selectSender, insertSender, s.address, s.domain)
	if err == nil {
		n.senders.put(key, id)
	}
	return id, err
}

// intern finds the number of a row, or inserts it.
func (w *transaction) intern(ctx context.Context, find, insert statement, values ...any) (id int64, err error) {
	err = w.stmt(find).QueryRowContext(ctx, values...).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	result, err := w.stmt(insert).ExecContext(ctx, values...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// memory remembers the numbers of the things used last. It keeps no thing itself, but a hash of 128 bits under seeds of this process alone:
// with as many things as fit, two of them have the same hash once in 10^28 times.
type memory[T comparable] struct {
	seeds      [2]maphash.Seed
	limit      int // entries in each of the maps
	new, older map[memoryKey]int64
}

type memoryKey [2]uint64

func newMemory[T comparable](limit int) memory[T] {
	m := memory[T]{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, limit: limit / 2}
	m.clear()
	return m
}

func (m *memory[T]) clear() { m.new, m.older = map[memoryKey]int64{}, nil }

func (m *memory[T]) key(thing T) memoryKey {
	return memoryKey{maphash.Comparable(m.seeds[0], thing), maphash.Comparable(m.seeds[1], thing)}
}

func (m *memory[T]) get(key memoryKey) (int64, bool) {
	if id, ok := m.new[key]; ok {
		return id, true
	}
	id, ok := m.older[key]
	if ok {
		m.put(key, id)
	}
	return id, ok
}

// put remembers a number. When the map is full it becomes the older one, and the one that was older is forgotten.
func (m *memory[T]) put(key memoryKey, id int64) {
	if len(m.new) == m.limit {
		m.new, m.older = make(map[memoryKey]int64, m.limit), m.new
	}
	m.new[key] = id
}
