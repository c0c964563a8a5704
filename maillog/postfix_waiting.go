package maillog

import (
	"cmp"
	"iter"
	"slices"
)

// waiting holds the messages that wait for proof, by host and queue ID. Most queue IDs of a log are of messages that nobody waits for.
type waiting struct {
	chains [1 << chainBits]*message // by a hash of the queue ID
	weight int                      // of them all, by their accounts
}

const chainBits = 11

// queueName is a queue ID. It is comparable.
type queueName struct {
	text   [longestID]byte
	length uint8 // 0 for none
}

func (q *queueName) set(id []byte) { q.length = uint8(copy(q.text[:], id)) }

func (q *queueName) bytes() []byte { return q.text[:q.length] }

// find gives the host's message of a queue ID, nil if there is none.
func (w *waiting) find(h *mailHost, id []byte) *message {
	for m := w.chains[hash(id)>>(64-chainBits)]; m != nil; m = m.next {
		if m.host == h && string(m.id.bytes()) == string(id) {
			return m
		}
	}
	return nil
}

// add enters a message under its queue ID.
func (w *waiting) add(m *message) {
	chain := &w.chains[hash(m.id.bytes())>>(64-chainBits)]
	m.next, *chain = *chain, m
	w.weight += weight(m.account.name)
}

// remove takes a message out, and its queue ID away.
func (w *waiting) remove(m *message) {
	for at := &w.chains[hash(m.id.bytes())>>(64-chainBits)]; *at != nil; at = &(*at).next {
		if *at == m {
			*at, m.next = m.next, nil
			w.weight -= weight(m.account.name)
			break
		}
	}
	m.id.length = 0
}

// all gives the messages, in no order. The one that is given may be removed.
func (w *waiting) all() iter.Seq[*message] {
	return func(yield func(*message) bool) {
		for _, m := range w.chains {
			for m != nil {
				next := m.next
				if !yield(m) {
					return
				}
				m = next
			}
		}
	}
}

// withoutSession gives the messages that are of no open session, by host, in the order of their queue IDs.
func (w *waiting) withoutSession() map[*mailHost][]*message {
	byHost := make(map[*mailHost][]*message)
	for m := range w.all() {
		if m.session == nil {
			byHost[m.host] = append(byHost[m.host], m)
		}
	}
	for _, all := range byHost {
		slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(string(a.id.bytes()), string(b.id.bytes())) })
	}
	return byHost
}
