package tail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"authreport"
)

// bufferSize is what one read asks for: large enough that a system call, and the look whether the file is still the same, cost little. It must exceed MaxLine.
const bufferSize = 1 << 20

// lastLine is what stands after the last line end.
type lastLine struct {
	line   []byte // MaxLine bytes at most
	length int64  // bytes in the file
}

// split hands out the lines between Position.Offset and the end, and gives what follows the last line end. ended is false if the file was truncated meanwhile.
func (f *File) split(ctx context.Context, each eachLines) (last lastLine, ended bool, err error) {
	from, err := f.open()
	if err != nil {
		return lastLine{}, false, f.broken(err)
	}
	defer from.Close()
	size := int64(bufferSize)
	if f.plain() {
		size = min(size, f.Remaining()+1) // one more, so that the end is seen
	}
	s := splitter{buffer: make([]byte, size), max: MaxLine, each: each, file: f}
	for {
		if err := ctx.Err(); err != nil {
			return lastLine{}, false, err
		}
		n, readErr := from.Read(s.buffer[s.end:])
		if f.plain() && f.truncated() {
			return lastLine{}, false, nil
		}
		if err := s.take(n); err != nil {
			return lastLine{}, false, err
		}
		if readErr == io.EOF {
			short := f.plain() && f.read.remaining > 0 // truncated, and begins with the same
			return lastLine{s.buffer[:s.end], int64(s.end) + s.skipped}, !short, nil
		}
		if readErr != nil {
			return lastLine{}, false, f.broken(readErr)
		}
	}
}

// open starts reading at Position.Offset.
func (f *File) open() (io.ReadCloser, error) {
	if f.plain() && f.Kind != authreport.Export {
		left := max(0, f.limit-f.Position.Offset)
		f.read = &countingReader{from: io.NewSectionReader(f.handle, f.Position.Offset, left), remaining: left}
		return io.NopCloser(f.read), nil
	}
	f.read = &countingReader{from: io.NewSectionReader(f.handle, 0, f.limit), remaining: f.limit}
	from, err := f.decoded(f.read)
	if err != nil {
		return nil, err
	}
	from = f.digested(from)
	if _, err := io.CopyN(io.Discard, from, f.Position.Offset); err != nil && err != io.EOF {
		from.Close()
		return nil, err
	}
	return from, nil
}

// decoded gives the text of r, which reads the file from its beginning.
func (f *File) decoded(r io.Reader) (io.ReadCloser, error) {
	from := io.NopCloser(r)
	for _, c := range []*codec{f.compression, f.encoding} {
		if c == nil {
			continue
		}
		next, err := c.reader(from)
		if err != nil {
			from.Close()
			return nil, err
		}
		from = stacked{next, from}
	}
	return from, nil
}

// stacked is a reader of what another gives.
type stacked struct {
	io.ReadCloser
	below io.Closer
}

func (s stacked) Close() error { return errors.Join(s.ReadCloser.Close(), s.below.Close()) }

// digested has the text of an Export go into its digest.
func (f *File) digested(from io.ReadCloser) io.ReadCloser {
	if f.Kind != authreport.Export {
		return from
	}
	f.digest = sha256.New()
	return stacked{io.NopCloser(io.TeeReader(from, f.digest)), from}
}

// broken makes an error of what reading met. An error of the disk is tried again; a compressed file that breaks off is left alone until it changes.
func (f *File) broken(err error) error {
	if f.read.err != nil || !f.Compressed {
		return &FileError{Path: f.Position.Path, Err: bare(err)}
	}
	f.finished(f.compression.breakAt(f.Position.Offset, err))
	return faulty(&f.Position)
}

// eachLines takes lines with their line ends, or a part of one line without; they have length bytes in the file. lines is valid until it returns.
type eachLines func(lines []byte, length int64) error

// splitter cuts what is read into lines. The buffer holds the start of a line that has not ended, then what the last read gave.
type splitter struct {
	buffer  []byte
	end     int   // bytes in buffer
	max     int   // bytes of a line that are kept; less than the buffer has, unless the whole file fits
	skipped int64 // bytes of the line at the buffer's start that were dropped after its first max
	each    eachLines
	file    *File
}

// handedOut is how many bytes of lines are handed out at once, if there are so many and no line is longer: few enough that what they are counted in is looked at often.
const handedOut = 64 << 10

// take goes through the n bytes that were read behind the buffer's end.
func (s *splitter) take(n int) error {
	f := s.file
	if missing := authreport.FingerprintLength - len(f.head); missing > 0 {
		at := f.Position.Offset + s.skipped + int64(s.end)
		if gap := int64(len(f.head)) - at; gap >= 0 && gap < int64(n) {
			more := s.buffer[s.end+int(gap) : s.end+n]
			f.head = append(f.head, more[:min(missing, len(more))]...)
		}
	}
	searched := s.end
	s.end += n
	text := s.buffer[:s.end]
	if s.skipped > 0 {
		i := bytes.IndexByte(text[searched:], '\n')
		if i < 0 {
			s.keep(text)
			return nil
		}
		end := searched + i
		if err := s.each(text[:min(end, s.max)], int64(end)+1+s.skipped); err != nil {
			return err
		}
		s.skipped, searched = 0, 0
		text = text[end+1:]
	}
	for {
		most := min(len(text), max(searched, handedOut))
		end := bytes.LastIndexByte(text[searched:most], '\n')
		if end >= 0 {
			end += searched
		} else if end = bytes.IndexByte(text[most:], '\n'); end >= 0 {
			end += most
		} else {
			break
		}
		if err := s.each(text[:end+1], int64(end)+1); err != nil {
			return err
		}
		searched = 0
		text = text[end+1:]
	}
	s.keep(text)
	return nil
}

// keep moves the start of a line that has not ended to the buffer's start, and drops what is too much of it.
func (s *splitter) keep(text []byte) {
	s.end = copy(s.buffer, text)
	if s.end > s.max {
		s.skipped += int64(s.end - s.max)
		s.end = s.max
	}
}

// NextLine gives the first of lines, without its line end (LF or CR LF) and at most MaxLine bytes of it, and those that follow.
func NextLine(lines []byte) (line, rest []byte) {
	end := bytes.IndexByte(lines, '\n')
	if end < 0 {
		return lines[:min(len(lines), MaxLine)], nil
	}
	line, rest = lines[:end], lines[end+1:]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	if len(line) > MaxLine {
		line = line[:MaxLine]
	}
	return line, rest
}
