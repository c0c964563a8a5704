package tail

import (
	"bytes"
	"cmp"
	"slices"

	"authreport"
)

// dropTwins leaves of files with the same content the one to read: a plain one rather than its compressed twin, the larger one rather than a copy that is
// still being made, the one with the shorter name (the live file) rather than a finished copy, before the live file is truncated.
func (s *search) dropTwins() {
	dropped := make([]bool, len(s.files))
	for j, b := range s.files {
		for i, a := range s.files[:j] {
			if dropped[i] || !s.same(a, b) {
				continue
			}
			if better(a, b) {
				dropped[j] = true
				break
			}
			dropped[i] = true
		}
	}
	kept := s.files[:0]
	for i, f := range s.files {
		if dropped[i] {
			f.Close()
			continue
		}
		kept = append(kept, f)
	}
	s.files = kept
}

// same says whether two files begin with the same content, so far as both have any.
func (s *search) same(a, b *File) bool {
	full := s.full(a) && s.full(b)
	switch {
	case a.known >= 0 && a.known == b.known && full:
		return true
	case a.handle == nil && b.handle == nil:
		return a.known == b.known // both are known, and were told apart before
	case a.handle == nil || b.handle == nil:
		// The one that is not opened is known. A full head of another file would have been known by the same position.
		if full || !s.compare(a) || !s.compare(b) {
			return false
		}
	}
	length := min(a.whole, b.whole)
	return length > 0 && bytes.Equal(a.head[:length], b.head[:length])
}

// full says whether all the bytes that a fingerprint covers are known of f.
func (s *search) full(f *File) bool {
	if f.handle == nil {
		return f.Position.Length == authreport.FingerprintLength
	}
	return f.whole == authreport.FingerprintLength
}

// compare makes sure that f has its head.
func (s *search) compare(f *File) bool {
	if f.head != nil {
		return true
	}
	if err := f.peek(); err != nil {
		return false
	}
	f.whole = int(f.Position.Length)
	f.Close()
	return true
}

// better says whether a is to be read rather than its twin b.
func better(a, b *File) bool {
	plain := func(f *File) int { // a plain one that has what is read already
		if f.Compressed || f.Position.Offset > f.info.Size() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(plain(a), plain(b)), cmp.Compare(a.info.Size(), b.info.Size()), cmp.Compare(len(b.Position.Path), len(a.Position.Path))) > 0
}

// settleClaims sees to it that a position is of one file. Short fingerprints may fit several files that begin alike: the one with the position's inode has it, or else the first.
func (s *search) settleClaims() {
	claims := map[int][]*File{}
	for _, f := range s.files {
		if f.known >= 0 {
			claims[f.known] = append(claims[f.known], f)
		}
	}
	for known, files := range claims {
		if len(files) == 1 {
			continue
		}
		position := s.known.positions[known]
		owner := max(0, slices.IndexFunc(files, func(f *File) bool { return f.Position.Inode == position.Inode }))
		for i, f := range files {
			if i != owner {
				stream, _ := streamOf(f.Position.Path)
				f.Position = authreport.Position{Source: s.source, Stream: stream, Path: f.Position.Path, Inode: f.Position.Inode}
				f.known = -1
			}
		}
	}
}
