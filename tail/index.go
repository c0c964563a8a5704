package tail

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"authreport"
)

// index finds known positions.
type index struct {
	positions []authreport.Position
	unchanged map[diskState]int
	prints    prints
	lengths   []int64 // of heads that fingerprints cover, longest first
}

// prints finds the positions of fingerprints.
type prints map[print]int

type print struct {
	fingerprint string
	length      int64
}

// get gives the position of a fingerprint; -1 if there is none.
func (p prints) get(fingerprint string, length int64) int {
	if i, ok := p[print{fingerprint, length}]; ok {
		return i
	}
	return -1
}

// diskState is what a file looks like from outside.
type diskState struct {
	inode    uint64
	path     string // where there are no inodes; else empty
	size     int64
	modified int64 // nanoseconds since 1970
}

func stateOf(inode uint64, path string, size int64, modified time.Time) diskState {
	if inode != 0 {
		path = ""
	}
	return diskState{inode, path, size, modified.UnixNano()}
}

func newIndex(known []authreport.Position) index {
	x := index{positions: known, unchanged: make(map[diskState]int, len(known)), prints: make(prints, len(known))}
	lengths := map[int64]bool{}
	for i, p := range known {
		if p.Size > 0 {
			x.unchanged[stateOf(p.Inode, p.Path, p.Size, p.ModTime)] = i
		}
		x.prints[print{p.Fingerprint, p.Length}] = i
		if p.Length > 0 && p.Length <= authreport.FingerprintLength {
			lengths[p.Length] = true
		}
	}
	x.lengths = slices.SortedFunc(maps.Keys(lengths), func(a, b int64) int { return cmp.Compare(b, a) })
	return x
}

// byHead finds the position of the file that begins with head; -1 if there is none.
func (x *index) byHead(head []byte) int {
	for _, length := range x.lengths {
		if length > int64(len(head)) {
			continue
		}
		if i := x.prints.get(fingerprint(head[:length]), length); i >= 0 {
			return i
		}
	}
	return -1
}

// byContent finds the position of an Export; -1 if there is none.
func (x *index) byContent(d digest) int { return x.prints.get(d.fingerprint, d.length) }

// digest tells an Export.
type digest struct {
	fingerprint string // hex SHA-256 of the whole text, or of what can be read of it
	length      int64  // of that, in bytes
	fault       string // why that is not all; empty if it is
}

// Memory keeps what Find learnt of Exports, so that it need not read a copy through at each look while that stays as it is.
// The zero Memory is empty. It belongs to one source, and is not safe for concurrent use.
type Memory struct{ digests, before map[diskState]digest }

// digest gives the digest of a file that is open. A nil Memory keeps nothing.
func (m *Memory) digest(f *File) (digest, error) {
	if m == nil {
		return f.readAll()
	}
	state := stateOf(f.Position.Inode, f.Position.Path, f.info.Size(), f.info.ModTime())
	d, ok := m.before[state]
	if !ok {
		var err error
		if d, err = f.readAll(); err != nil {
			return d, err
		}
	}
	if m.digests == nil {
		m.digests = map[diskState]digest{}
	}
	m.digests[state] = d
	return d, nil
}

// forget drops what was not asked for since it was last called.
func (m *Memory) forget() {
	if m != nil {
		m.before, m.digests = m.digests, nil
	}
}
