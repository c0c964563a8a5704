// Package tail gives the lines of log files from where an earlier read ended, across rotation and compression.
//
// Find looks at what patterns match, tells each file by its content against the positions that a store knows, groups the files into streams and orders
// them; File.Lines reads one on. Content tells a file: the first bytes after decompression. So a file that is renamed, compressed, copied and truncated, or
// given a second time by hand is known again, and a live file that was truncated is a new one. Of an authreport.Export all the content tells it.
//
// Journal reads systemd's journal.
//
// It knows nothing of what lines mean, of stores and of waiting: it keeps no state between two calls but what the caller hands it as positions, and Memory.
package tail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"os"
	"time"

	"authreport"
)

// MaxLine is the most bytes of one line that File.Lines hands out; the rest of a longer line is skipped. It equals maillog.MaxLine.
const MaxLine = 256 << 10

// settledAfter is how long a plain file must have been left alone before its last line counts as whole although it has no line end:
// a server that still writes the file would have ended the line by then.
const settledAfter = time.Hour

// File is one log file found on disk, its identity established. It is open from Find to Close, if there may be something to read.
type File struct {
	// Position is how far the file is read, moved on by Lines. Its ID is 0 if no known position is of this file.
	// Length is 0 while nothing is known of it: such a position need not be stored.
	Position authreport.Position
	// Compressed says that the content is compressed, whatever the name is. It is known of files with Unread only.
	Compressed bool
	// Kind is how it is to be read. It is known of files with Unread only.
	Kind authreport.FileKind

	handle      *os.File // nil if nothing is to be read
	info        os.FileInfo
	place       place
	known       int       // index of the known position that is of this file; -1 if there is none
	compression *codec    // nil for none
	encoding    *codec    // nil for UTF-8 and what is near to it
	digest      hash.Hash // of an Export: of what Lines has read
	fault       string    // of an Export: why it cannot be read to its end
	head        []byte    // the first authreport.FingerprintLength bytes after decompression, or all there are
	whole       int       // bytes of head that tell the file: all, but for the beginning of a last line that may still be written
	limit       int64     // bytes on disk when the file was found: what is appended later waits for the next Find
	settled     bool      // a last line without line end counts as whole
	read        *countingReader
}

// plain says that the bytes on disk are those of the text.
func (f *File) plain() bool { return f.compression == nil && f.encoding == nil }

// Unread says whether there may be something to read: false if the file is empty, or if it is on disk as it was when it was last read to its end.
func (f *File) Unread() bool { return f.handle != nil && f.whole > 0 }

// Remaining is how many bytes on disk Lines still has to go through, for showing progress: compressed bytes if the file is compressed.
func (f *File) Remaining() int64 {
	switch {
	case !f.Unread():
		return 0
	case f.read != nil:
		return f.read.remaining
	case !f.plain():
		return f.limit
	}
	return max(0, f.limit-f.Position.Offset)
}

// Modified is when the file was last written, as of Find.
func (f *File) Modified() time.Time { return f.info.ModTime() }

// DiskID tells the file among all that exist on this machine, whatever it is called; it says nothing once the file is removed. It is comparable.
func (f *File) DiskID() DiskID { return idOf(f.Position.Path, f.info) }

// Close closes the file. It may be called more than once.
func (f *File) Close() error {
	if f.handle == nil {
		return nil
	}
	err := f.handle.Close()
	f.handle = nil
	return err
}

// Lines calls each for every complete line from Position.Offset on, without its line end (LF or CR LF) and at most MaxLine bytes of it; line is valid until each returns.
// While each runs, Position.Offset is where the line starts; after it returned nil, where the next one starts. An error of each ends reading and comes back as it is.
//
// What was appended after Find is left for the next one, so that the files of a stream are read as of one moment. A last line without line end is left too,
// unless the file is compressed and ended properly, or had not changed for an hour when it was found. A file that is truncated while it is read ends without
// an error and without the lines that were read last but may be of either content: the next Find tells what has become of it.
//
// An error of the file is a *FileError. Of a compressed file that breaks off, the lines before the break are handed out, and Position.Fault says what is wrong.
//
// An Export is known with all its content when it is found: it breaks off before the first line, and if it is changed while it is read, that is an error at the end:
// what each was given is worth nothing then.
func (f *File) Lines(ctx context.Context, each func(line []byte) error) error {
	return f.lines(ctx, f.byLine(each))
}

// byLine takes lines for what takes one, and moves the position over each.
func (f *File) byLine(each func(line []byte) error) eachLines {
	return func(lines []byte, length int64) error {
		for length > 0 {
			line, rest := NextLine(lines)
			if err := each(line); err != nil {
				return err
			}
			read := length
			if len(rest) > 0 {
				read = int64(len(lines) - len(rest))
			}
			f.advance(read)
			lines, length = rest, length-read
		}
		return nil
	}
}

// Blocks is Lines, but for calling each for some whole lines at once, some 64 KB, from which NextLine takes the lines.
func (f *File) Blocks(ctx context.Context, each func(lines []byte) error) error {
	return f.lines(ctx, func(lines []byte, length int64) error {
		if err := each(lines); err != nil {
			return err
		}
		f.advance(length)
		return nil
	})
}

func (f *File) lines(ctx context.Context, each eachLines) error {
	if !f.Unread() {
		return nil
	}
	if f.fault != "" {
		f.finished(f.fault)
		return faulty(&f.Position)
	}
	last, ended, err := f.split(ctx, each)
	if err != nil || !ended && f.Kind != authreport.Export {
		return err
	}
	if last.length > 0 && f.settled {
		if err := each(last.line, last.length); err != nil {
			return err
		}
		last.length = 0
	}
	if f.Kind == authreport.Export && (!ended || sum(f.digest) != f.Position.Fingerprint) {
		return &FileError{Path: f.Position.Path, Err: errors.New("was changed while it was read"), Remedy: "nothing of it is counted; it is read again"}
	}
	if last.length == 0 || f.plain() {
		f.finished("")
	}
	return nil
}

// advance moves the position over length bytes that are read, and makes the fingerprint cover them, up to authreport.FingerprintLength.
// Only what is read is covered: a line that was half written when it was looked at tells nothing.
func (f *File) advance(length int64) {
	f.Position.Offset += length
	if f.Position.Length < authreport.FingerprintLength && f.Kind != authreport.Export {
		f.Position.Length = min(f.Position.Offset, int64(len(f.head)))
		f.Position.Fingerprint = fingerprint(f.head[:f.Position.Length])
	}
}

// finished notes the file as it is on disk: it is not looked into again while it stays so, even if not a single line could be read.
func (f *File) finished(fault string) {
	if f.Position.Length == 0 {
		f.Position.Length = int64(f.whole)
		f.Position.Fingerprint = fingerprint(f.head[:f.whole])
	}
	f.Position.Size = f.info.Size()
	f.Position.ModTime = f.info.ModTime()
	f.Position.Fault = fault
}

// truncated says whether the file's content has been replaced since it was found.
func (f *File) truncated() bool {
	now := make([]byte, len(f.head))
	n, _ := f.handle.ReadAt(now, 0)
	return !bytes.Equal(now[:n], f.head)
}

func fingerprint(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:])
}

// sum is the fingerprint of what h was given.
func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
