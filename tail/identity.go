package tail

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"authreport"
)

// look is one look at the files of a source.
type look struct {
	Search
	known  index
	others func() index // made when it is first needed
	files  []*File
	faults []error
}

// at identifies what was found, and orders it.
func (l *look) at(found []match) {
	for _, m := range found {
		f, err := l.identify(m)
		if err == nil {
			err = l.alien(f)
		}
		if err != nil {
			l.faults = append(l.faults, err)
			continue
		}
		l.files = append(l.files, f)
	}
	l.Memory.forget()
	l.order()
	l.dropTwins()
	l.settleClaims()
	// The sizes are taken from the newest to the oldest. What is in the newer files when their size is taken was written before all that the older ones get to hold,
	// so that an older one is never cut short of what came before the newer one's lines.
	for _, f := range slices.Backward(l.files) {
		l.measure(f)
	}
}

// order sorts the files by stream, and in a stream oldest first.
func (l *look) order() {
	kinds := map[string]int{} // of a stream, as bits
	for _, f := range l.files {
		kinds[f.Position.Stream] |= 1 << f.place.kind
	}
	slices.SortStableFunc(l.files, func(a, b *File) int {
		if byStream := strings.Compare(a.Position.Stream, b.Position.Stream); byStream != 0 {
			return byStream
		}
		places := a.place.compare(b.place)
		if mixed := kinds[a.Position.Stream]; mixed&(1<<numbered) != 0 && mixed&(1<<dated) != 0 && a.place.kind != live && b.place.kind != live {
			places = a.info.ModTime().Compare(b.info.ModTime()) // the way of rotation was changed, and names do not tell which came first
		}
		return cmp.Or(places, strings.Compare(a.Position.Path, b.Position.Path))
	})
}

// identify tells which file stands at a path. A file that looks as it did when it was last read to its end is not opened.
func (l *look) identify(m match) (*File, error) {
	f := &File{info: m.info, known: -1}
	inode := idOf(m.path, m.info).inode
	if i, ok := l.known.unchanged[stateOf(inode, m.path, m.info.Size(), m.info.ModTime())]; ok {
		f.known = i
		f.Position = l.known.positions[i]
		f.Position.Path = m.path
		l.setPlace(f)
		return f, l.unchanged(f)
	}
	f.Position = authreport.Position{Source: l.Source, Path: m.path, Inode: inode}
	if err := f.peek(); err != nil {
		return nil, err
	}
	f.whole = len(f.head)
	if f.whole < authreport.FingerprintLength && !f.Compressed && !l.settled(f.info) {
		f.whole = bytes.LastIndexByte(f.head, '\n') + 1
	}
	if l.Kind != nil {
		f.Kind = l.Kind(f.head)
	}
	f.Position.Stream = l.streamOf(f)
	l.setPlace(f)
	if f.Kind == authreport.Export {
		return f, l.identifyExport(f)
	}
	if f.known = l.known.byHead(f.head); f.known >= 0 {
		f.Position = l.known.positions[f.known]
		f.Position.Path, f.Position.Inode = m.path, inode
		f.Position.Size, f.Position.ModTime, f.Position.Fault = 0, time.Time{}, ""
		f.whole = max(f.whole, int(f.Position.Length))
		l.setPlace(f)
	}
	return f, nil
}

// identifyExport tells an Export by all its content.
func (l *look) identifyExport(f *File) error {
	f.whole = len(f.head)
	d, err := l.Memory.digest(f)
	if err != nil {
		f.Close()
		return err
	}
	f.fault = d.fault
	if f.known = l.known.byContent(d); f.known >= 0 && l.known.positions[f.known].Fault == "" {
		inode, path := f.Position.Inode, f.Position.Path
		f.Position = l.known.positions[f.known]
		f.Position.Path, f.Position.Inode, f.Position.Size, f.Position.ModTime = path, inode, 0, time.Time{}
		return nil
	}
	f.Position.Fingerprint, f.Position.Length = d.fingerprint, d.length
	if f.known >= 0 {
		f.Position.ID = l.known.positions[f.known].ID
	}
	return nil
}

// streamOf gives the stream of a file by its kind and name. Streams of one source alone are named after it; no path is like that.
func (l *look) streamOf(f *File) string {
	if f.Kind != authreport.Log {
		return l.Source
	}
	stream, _ := streamOf(f.Position.Path)
	return stream
}

// setPlace finds the place of a file in its stream.
func (l *look) setPlace(f *File) {
	if f.Position.Stream == l.Source {
		f.place = timePlace(f.Position.Path, f.info.ModTime())
		return
	}
	_, f.place = streamOf(f.Position.Path)
}

// unchanged says again what was wrong with a file that is as it was when it was last read to its end, and opens it if its last line may count as whole by now.
func (l *look) unchanged(f *File) error {
	switch {
	case f.Position.Fault != "":
		l.faults = append(l.faults, faulty(&f.Position))
	case f.Position.Offset < f.Position.Size && l.settled(f.info): // or compressed, and still larger than its text
		if err := f.peek(); err != nil {
			return err
		}
		f.whole = len(f.head)
		if !f.plain() {
			return f.Close()
		}
	}
	return nil
}

// alien is what is wrong with a file that was counted for another source.
func (l *look) alien(f *File) error {
	full := f.Kind == authreport.Export || len(f.head) == authreport.FingerprintLength
	if f.known >= 0 || l.Others == nil || !full {
		return nil
	}
	p := f.print()
	if f.Kind != authreport.Export {
		p = print{fingerprint(f.head), authreport.FingerprintLength}
	}
	others := l.others()
	i, found := others.prints[p]
	if !found {
		return nil
	}
	f.Close()
	return Alien(f.Position.Path, others.positions[i].Source, l.Source)
}

// settled says whether a file was left alone long enough.
func (l *look) settled(info os.FileInfo) bool { return l.Now.Sub(info.ModTime()) >= settledAfter }

// measure takes the file's size: what is there now will be read.
func (l *look) measure(f *File) {
	if f.handle == nil {
		return
	}
	if info, err := f.handle.Stat(); err == nil {
		f.info = info
	}
	f.limit = f.info.Size()
	f.settled = f.Compressed || f.Kind == authreport.Export || l.settled(f.info)
	if f.known >= 0 && f.plain() && f.Position.Offset > f.limit && f.Position.Inode == l.known.positions[f.known].Inode {
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
	f.compression, f.encoding = codecOf(compressions, head[:n]), nil
	f.Compressed = f.compression != nil
	if !f.Compressed {
		f.encoding = codecOf(encodings, head[:n])
	}
	if !f.plain() {
		n, err = f.readText(head)
		if errors.Is(err, errCodec) {
			return &FileError{Path: f.Position.Path, Err: err, Remedy: "decompress it, or leave it out of paths"}
		}
		if n == 0 && err != io.EOF {
			return faulty(&authreport.Position{Path: f.Position.Path, Fault: f.compression.breakAt(0, err)})
		}
	}
	f.head = head[:n]
	return nil
}

// readText reads the beginning of the text of a file that is compressed, or else in an encoding that is found already.
func (f *File) readText(head []byte) (n int, err error) {
	from, err := f.decoded(io.NewSectionReader(f.handle, 0, 1<<62))
	if err != nil {
		return 0, err
	}
	defer from.Close()
	text := bufio.NewReaderSize(from, authreport.FingerprintLength)
	if f.Compressed {
		start, _ := text.Peek(enoughStart)
		if f.encoding = codecOf(encodings, start); f.encoding != nil {
			decoded, err := f.encoding.reader(text)
			if err != nil {
				return 0, err
			}
			return io.ReadFull(decoded, head)
		}
	}
	return io.ReadFull(text, head)
}

// readAll takes the digest of all the text.
func (f *File) readAll() (digest, error) {
	info, err := f.handle.Stat()
	if err != nil {
		return digest{}, fileError(f.Position.Path, err)
	}
	disk := &countingReader{from: io.NewSectionReader(f.handle, 0, info.Size())}
	d, h := digest{}, sha256.New()
	from, err := f.decoded(disk)
	if err == nil {
		d.length, err = io.Copy(h, from)
		from.Close()
	}
	switch {
	case disk.err != nil:
		return digest{}, fileError(f.Position.Path, disk.err)
	case err != nil && f.Compressed:
		d.fault = f.compression.breakAt(d.length, err)
	case err != nil:
		return digest{}, fileError(f.Position.Path, err)
	}
	d.fingerprint = sum(h)
	return d, nil
}
