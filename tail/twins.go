package tail

import (
	"bytes"
	"cmp"
	"slices"

	"authreport"
)

// dropTwins leaves of files with the same content the one to read: a plain one rather than its compressed twin, the larger one rather than a copy that is
// still being made, the one with the shorter name (the live file) rather than a finished copy, before the live file is truncated.
// It compares each file with few others, so that a folder may have very many.
func (l *look) dropTwins() {
	dropped := map[*File]bool{}
	contest := func(a, b *File) (winner *File) {
		if !better(a, b) {
			a, b = b, a
		}
		dropped[b] = true
		return a
	}
	l.dropKnown(contest)
	// Sorted by their heads, files that begin with what a shorter one is stand behind that. On the path are files that each begin with the one before.
	var path []*File
	for _, f := range l.byHead(dropped) {
		for len(path) > 0 && !bytes.HasPrefix(f.told(), path[len(path)-1].told()) {
			path = path[:len(path)-1]
		}
		for i := len(path) - 1; i >= 0 && !dropped[f]; i-- {
			if a := path[i]; a.known < 0 || f.known < 0 || a.known == f.known { // else both are known, and were told apart before
				contest(f, a)
			}
		}
		path = slices.DeleteFunc(path, func(a *File) bool { return dropped[a] })
		if !dropped[f] {
			path = append(path, f)
		}
	}
	l.files = slices.DeleteFunc(l.files, func(f *File) bool {
		if dropped[f] {
			f.Close()
		}
		return dropped[f]
	})
}

// dropKnown decides between files that a full fingerprint tells to be the same.
func (l *look) dropKnown(contest func(a, b *File) *File) {
	first, exports := map[print]*File{}, map[print]bool{}
	for _, f := range l.files {
		if f.Kind == authreport.Export {
			exports[f.print()] = true
		}
	}
	for _, f := range l.files {
		p := f.print()
		if !exports[p] && (f.known < 0 || p.length < authreport.FingerprintLength) {
			continue
		}
		if other := first[p]; other != nil {
			f = contest(other, f)
		}
		first[p] = f
	}
}

// byHead gives the files that have a head to compare, in the order of the heads. Files that are not opened are known: they have the content of another one only if that is
// known for the same, or is so short that it tells too little.
func (l *look) byHead(dropped map[*File]bool) []*File {
	claims, short := map[int]int{}, false
	for _, f := range l.files {
		claims[f.known]++
		short = short || f.handle != nil && f.known < 0 && !l.full(f)
	}
	var heads []*File
	for _, f := range l.files {
		if dropped[f] || f.Kind == authreport.Export || f.handle == nil && !short && claims[f.known] == 1 || !f.compare() || f.whole == 0 {
			continue
		}
		heads = append(heads, f)
	}
	slices.SortStableFunc(heads, func(a, b *File) int { return bytes.Compare(a.told(), b.told()) })
	return heads
}

func (f *File) print() print { return print{f.Position.Fingerprint, f.Position.Length} }

// told is the part of the head that tells the file.
func (f *File) told() []byte { return f.head[:min(f.whole, len(f.head))] }

// full says whether all the bytes that a fingerprint covers are known of f.
func (l *look) full(f *File) bool {
	if f.handle == nil {
		return f.Position.Length >= authreport.FingerprintLength
	}
	return f.whole == authreport.FingerprintLength
}

// compare makes sure that f has its head.
func (f *File) compare() bool {
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
func (l *look) settleClaims() {
	claims := map[int][]*File{}
	for _, f := range l.files {
		if f.known >= 0 {
			claims[f.known] = append(claims[f.known], f)
		}
	}
	for known, files := range claims {
		if len(files) == 1 {
			continue
		}
		position := l.known.positions[known]
		owner := max(0, slices.IndexFunc(files, func(f *File) bool { return f.Position.Inode == position.Inode }))
		for i, f := range files {
			if i != owner {
				f.Position = authreport.Position{Source: l.Source, Path: f.Position.Path, Inode: f.Position.Inode}
				f.Position.Stream = l.streamOf(f)
				f.known = -1
			}
		}
	}
}
