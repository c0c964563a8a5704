package maillog

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// sessions holds what is open, by key. What no line has touched for age seconds of the log's own time is let go, and so are the oldest when there are more than limit:
// a log may open sessions that it never closes. It is a function of the lines alone, so it can be saved and restored between any two.
type sessions[K cmp.Ordered, V any] struct {
	age   int64
	limit int
	gone  func(K, *V) // told of what is let go; may be nil

	open  map[K]*opened[V]
	swept int64 // Unix time of the latest sweep
}

type opened[V any] struct {
	touched int64 // Unix time of the latest line
	value   V
}

func newSessions[K cmp.Ordered, V any](age int64, limit int, gone func(K, *V)) sessions[K, V] {
	return sessions[K, V]{age: age, limit: limit, gone: gone, open: make(map[K]*opened[V])}
}

// at gives the session of key, a new one if there is none; now is its latest line's time.
func (s *sessions[K, V]) at(key K, now int64) *V {
	if v := s.find(key, now); v != nil {
		return v
	}
	s.sweep(now)
	o := &opened[V]{touched: now}
	s.open[key] = o
	return &o.value
}

// find gives the session of key, nil if there is none.
func (s *sessions[K, V]) find(key K, now int64) *V {
	o := s.open[key]
	if o == nil {
		return nil
	}
	o.touched = max(o.touched, now)
	return &o.value
}

// drop forgets a session without telling gone.
func (s *sessions[K, V]) drop(key K) { delete(s.open, key) }

// sweep lets go of what is too old, at times, and of the older half when the limit is reached.
func (s *sessions[K, V]) sweep(now int64) {
	if len(s.open) >= s.limit {
		touched := make([]int64, 0, len(s.open))
		for _, o := range s.open {
			touched = append(touched, o.touched)
		}
		slices.Sort(touched)
		s.release(touched[len(touched)/2])
	}
	if distance(now, s.swept) >= s.age/8 {
		s.swept = now
		s.release(now - s.age)
	}
}

// all lets go of everything.
func (s *sessions[K, V]) all() { s.release(math.MaxInt64) }

// release lets go of what was touched at or before a time, in the order of the keys.
func (s *sessions[K, V]) release(upTo int64) {
	var old []K
	for key, o := range s.open {
		if o.touched <= upTo {
			old = append(old, key)
		}
	}
	slices.Sort(old)
	for _, key := range old {
		value := &s.open[key].value
		delete(s.open, key)
		if s.gone != nil {
			s.gone(key, value)
		}
	}
}

// save writes the sessions in the order of their keys.
func (s *sessions[K, V]) save(e *encoder, key func(K), value func(*V)) {
	e.number(s.swept)
	e.number(int64(len(s.open)))
	for _, k := range slices.Sorted(maps.Keys(s.open)) {
		key(k)
		e.number(s.open[k].touched)
		value(&s.open[k].value)
	}
}

// restore reads what save wrote.
func (s *sessions[K, V]) restore(d *decoder, key func() K, value func(*V)) {
	clear(s.open)
	s.swept = d.number()
	for range d.count() {
		k := key()
		o := &opened[V]{touched: d.number()}
		value(&o.value)
		s.open[k] = o
	}
}
