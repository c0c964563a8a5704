package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"authreport"
)

// remembered bounds the clients whose numbers are remembered, at 24 bytes and some each. More of them in use are looked up in the database.
const remembered = 256 << 10

// clientKey tells a client. That two of them have the same one has, among a thousand million clients, a chance of 10^-21.
type clientKey [16]byte

// keyOf gives a client's key. Keys are stored: it must not change. It uses scratch, and gives it back, grown.
func keyOf(c *authreport.Client, scratch []byte) (clientKey, []byte) {
	b := scratch[:0]
	for _, text := range [...]string{c.Sender, c.Domain, c.Account, c.Server, c.Cipher, c.Mechanism, c.IP.Zone()} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	ip := c.IP.As16()
	b = append(append(b, byte(c.TLS), byte(c.IP.BitLen())), ip[:]...)
	sum := sha256.Sum256(b)
	return clientKey(sum[:]), b
}

// interner gives clients their numbers.
type interner struct {
	memory    memory
	last      int64 // highest number ever given; -1: not known
	complete  bool  // every client up to last is remembered
	unknown   map[clientKey]int
	newcomers []newcomer
	scratch   []byte
}

// newcomer is a client of a batch that is not remembered. Its number is 0 until it is known.
type newcomer struct {
	clientRow
	key clientKey
}

func newInterner(limit int) interner {
	return interner{memory: memory{limit: limit / 2}, last: -1, unknown: map[clientKey]int{}}
}

// forget drops what is remembered: after a rollback, and when another process may have removed clients.
func (n *interner) forget() {
	n.memory.clear()
	n.last = -1
	n.reset()
}

// reset ends a batch.
func (n *interner) reset() {
	clear(n.unknown)
	clear(n.newcomers)
	n.newcomers = n.newcomers[:0]
}

// begin begins a batch in a store whose highest number is last. Where clients are not remembered that others have stored, all are, if there are not too many.
func (n *interner) begin(t *transaction, last int64) error {
	if last == n.last {
		n.complete = n.complete && !n.memory.lost
		return nil
	}
	n.memory.clear()
	n.last = last
	runs, err := runsOf(t.chunks, kindClients, 0)
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, r := range runs {
		rows += r.rows
	}
	if n.complete = rows <= int64(n.memory.limit); !n.complete {
		return nil
	}
	return eachClient(t.chunks, func(k *clientRow) error {
		var key clientKey
		key, n.scratch = keyOf(&k.Client, n.scratch)
		n.memory.put(key, k.ID)
		return nil
	})
}

// client gives the number of a client that is remembered, and of another the complement of its place among the newcomers.
func (n *interner) client(c *authreport.Client) int64 {
	var key clientKey
	key, n.scratch = keyOf(c, n.scratch)
	if id, ok := n.memory.get(key); ok {
		return id
	}
	place, ok := n.unknown[key]
	if !ok {
		place = len(n.newcomers)
		n.unknown[key] = place
		n.newcomers = append(n.newcomers, newcomer{clientRow{Client: *c}, key})
	}
	return ^int64(place)
}

// numbers gives the newcomers' numbers by their places, after it has stored those that are new, and ends the batch.
func (n *interner) numbers(ctx context.Context, t *transaction) ([]int64, error) {
	defer n.reset()
	all := make([]*newcomer, len(n.newcomers))
	for i := range all {
		all[i] = &n.newcomers[i]
	}
	if n.complete = n.complete && !n.memory.lost; !n.complete {
		slices.SortFunc(all, func(a, b *newcomer) int { return bytes.Compare(a.key[:], b.key[:]) }) // in the order of their table
		if err := inTurn(func() error { return t.completeKeys(ctx) }, func() error { return t.findKeys(ctx, all) }); err != nil {
			return nil, err
		}
	}
	added := slices.DeleteFunc(all, func(c *newcomer) bool { return c.ID != 0 })
	if len(added) > 0 {
		if err := n.store(ctx, t, added); err != nil {
			return nil, err
		}
	}
	ids := make([]int64, len(n.newcomers))
	for i := range n.newcomers {
		ids[i] = n.newcomers[i].ID
		n.memory.put(n.newcomers[i].key, ids[i])
	}
	return ids, nil
}

// store stores new clients, which are in the order of their keys if these are to be stored, and gives them numbers.
func (n *interner) store(ctx context.Context, t *transaction, added []*newcomer) error {
	// Those of a sender one after the other: so they are packed best.
	bySender := slices.SortedFunc(slices.Values(added), func(a, b *newcomer) int {
		x, y := &a.Client, &b.Client
		if x.Domain != y.Domain {
			return strings.Compare(x.Domain, y.Domain)
		}
		return cmp.Or(strings.Compare(x.Sender, y.Sender), strings.Compare(x.Account, y.Account), x.IP.Compare(y.IP))
	})
	err := addRun(t.chunks, kindClients, 0, func(yield func(*clientRow) bool) {
		for _, c := range bySender {
			n.last++
			c.ID = n.last
			if !yield(&c.clientRow) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if err := setFact(ctx, t.tx, factLastClient, strconv.FormatInt(n.last, 10)); err != nil || n.complete {
		return err
	}
	err = t.addKeys.exec(ctx, t.tx, len(added), func(list []any, row int) []any {
		return append(list, added[row].key[:], added[row].ID)
	})
	if err != nil {
		return err
	}
	return setFact(ctx, t.tx, factKeyed, strconv.FormatInt(n.last, 10))
}

// completeKeys stores the keys of the clients that were stored while all were remembered.
func (t *transaction) completeKeys(ctx context.Context) error {
	keyed, err := numberFact(ctx, t.tx, factKeyed)
	if err != nil || keyed >= t.interner.last {
		return err
	}
	type known struct {
		key clientKey
		id  int64
	}
	var missing []known
	var scratch []byte
	err = eachClient(t.chunks, func(k *clientRow) error {
		if k.ID > keyed {
			var key clientKey
			key, scratch = keyOf(&k.Client, scratch)
			missing = append(missing, known{key, k.ID})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(missing, func(a, b known) int { return bytes.Compare(a.key[:], b.key[:]) }) // in the order of their table
	err = t.addKeys.exec(ctx, t.tx, len(missing), func(list []any, row int) []any {
		return append(list, missing[row].key[:], missing[row].id)
	})
	if err != nil {
		return err
	}
	return setFact(ctx, t.tx, factKeyed, strconv.FormatInt(t.interner.last, 10))
}

// findKeys sets the numbers of the clients that are stored.
func (t *transaction) findKeys(ctx context.Context, all []*newcomer) error {
	return t.keys.query(ctx, t.tx, len(all), func(list []any, row int) []any {
		return append(list, int64(row), all[row].key[:])
	}, func(rows *sql.Rows) error {
		var row int
		var id int64
		if err := rows.Scan(&row, &id); err != nil {
			return err
		}
		all[row].ID = id
		return nil
	})
}

// memory remembers the numbers of the clients used last.
type memory struct {
	limit       int  // entries in each of the maps
	lost        bool // one of those that were put into it may be forgotten
	newer, rest map[clientKey]int64
}

func (m *memory) clear() { *m = memory{limit: m.limit, newer: map[clientKey]int64{}} }

func (m *memory) get(key clientKey) (int64, bool) {
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
func (m *memory) put(key clientKey, id int64) {
	if len(m.newer) >= m.limit {
		m.lost = m.lost || len(m.rest) > 0
		m.newer, m.rest = nil, m.newer
	}
	if m.newer == nil {
		m.newer = map[clientKey]int64{}
	}
	m.newer[key] = id
}
