package tail

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"authreport"
)

// index finds known positions.
type index struct {
	positions []authreport.Position
	unchanged map[diskState]int
	prints    map[string]int
	lengths   []int64 // that fingerprints cover, longest first
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
	x := index{positions: known, unchanged: map[diskState]int{}, prints: map[string]int{}}
	for i, p := range known {
		if p.Size > 0 {
			x.unchanged[stateOf(p.Inode, p.Path, p.Size, p.ModTime)] = i
		}
		x.prints[p.Fingerprint] = i
		if !slices.Contains(x.lengths, p.Length) {
			x.lengths = append(x.lengths, p.Length)
		}
	}
	slices.SortFunc(x.lengths, func(a, b int64) int { return cmp.Compare(b, a) })
	return x
}

// byHead finds the position of the file that begins with head; -1 if there is none.
func (x *index) byHead(head []byte) int {
	for _, length := range x.lengths {
		if length == 0 || length > int64(len(head)) {
			continue
		}
		if i, ok := x.prints[fingerprint(head[:length])]; ok && x.positions[i].Length == length {
			return i
		}
	}
	return -1
}

// search is one look at the files of a source.
type search struct {
	source string
	known  index
	now    time.Time
	files  []*File
	faults []error
}

// look identifies what was found.
func (s *search) look(found []match) {
	for _, m := range found {
		f, err := s.identify(m)
		if err != nil {
			s.faults = append(s.faults, err)
			continue
		}
		s.files = append(s.files, f)
	}
	slices.SortStableFunc(s.files, func(a, b *File) int {
		return cmp.Or(strings.Compare(a.Position.Stream, b.Position.Stream), a.place.compare(b.place), strings.Compare(a.Position.Path, b.Position.Path))
	})
	s.dropTwins()
	s.settleClaims()
	// The sizes are taken from the newest to the oldest. What is in the newer files when their size is taken was written before all that the older ones get to hold,
	// so that an older one is never cut short of what came before the newer one's lines.
	for _, f := range slices.Backward(s.files) {
		s.measure(f)
	}
}

// identify tells which file stands at a path. A file that looks as it did when it was last read to its end is not opened.
func (s *search) identify(m match) (*File, error) {
	f := &File{info: m.info, known: -1}
	inode := idOf(m.path, m.info).inode
	stream, place := streamOf(m.path)
	f.place = place
	if i, ok := s.known.unchanged[stateOf(inode, m.path, m.info.Size(), m.info.ModTime())]; ok {
		f.known = i
		f.Position = s.known.positions[i]
		f.Position.Path = m.path
		return f, s.unchanged(f)
	}
	f.Position = authreport.Position{Source: s.source, Stream: stream, Path: m.path, Inode: inode}
	if err := f.peek(); err != nil {
		return nil, err
	}
	f.whole = len(f.head)
	if f.whole < authreport.FingerprintLength && !f.Compressed && !s.settled(f.info) {
		f.whole = bytes.LastIndexByte(f.head, '\n') + 1
	}
	if f.known = s.known.byHead(f.head); f.known >= 0 {
		f.Position = s.known.positions[f.known]
		f.Position.Path, f.Position.Inode = m.path, inode
		f.Position.Size, f.Position.ModTime, f.Position.Fault = 0, time.Time{}, ""
		f.whole = max(f.whole, int(f.Position.Length))
	}
	return f, nil
}

// unchanged says again what was wrong with a file that is as it was when it was last read to its end, and opens it if its last line may count as whole by now.
func (s *search) unchanged(f *File) error {
	switch {
	case f.Position.Fault != "":
		s.faults = append(s.faults, faulty(f.Position.Path, f.Position.Fault))
	case f.Position.Offset < f.Position.Size && s.settled(f.info): // or compressed, and still larger than its text
		if err := f.peek(); err != nil {
			return err
		}
		if f.Compressed {
			return f.Close()
		}
		f.whole = len(f.head)
	}
	return nil
}

// settled says whether a file was left alone long enough.
func (s *search) settled(info os.FileInfo) bool { return s.now.Sub(info.ModTime()) >= settledAfter }

// measure takes the file's size: what is there now will be read.
func (s *search) measure(f *File) {
	if f.handle == nil {
		return
	}
	if info, err := f.handle.Stat(); err == nil {
		f.info = info
	}
	f.limit = f.info.Size()
	f.settled = f.Compressed || s.settled(f.info)
	if f.known >= 0 && !f.Compressed && f.Position.Offset > f.limit && f.Position.Inode == s.known.positions[f.known].Inode {
		f.Position.Offset = f.limit // truncated in the middle of what is counted: what comes is new
	}
}

// peek opens the file and reads its head.
func (f *File) peek() error {
	path := f.Position.Path
	handle, err := os.Open(path)
	if err != nil {
		return fileError(path, err)
	}
	f.handle = handle
	if err := f.readHead(); err != nil {
		f.Close()
		return err
	}
	return nil
}

func (f *File) readHead() error {
	head := make([]byte, authreport.FingerprintLength)
	n, err := f.handle.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fileError(f.Position.Path, err)
	}
	f.codec = codecOf(head[:n])
	f.Compressed = f.codec != nil
	if f.Compressed {
		from, err := f.codec.reader(io.NewSectionReader(f.handle, 0, 1<<62))
		if errors.Is(err, errCodec) {
			return &FileError{Path: f.Position.Path, Err: err, Remedy: "decompress it, or leave it out of paths"}
		}
		n = 0
		if err == nil {
			n, err = io.ReadFull(from, head)
			from.Close()
		}
		if n == 0 && err != io.EOF {
			return faulty(f.Position.Path, f.codec.breakAt(0, err))
		}
	}
	f.head = head[:n]
	return nil
}
