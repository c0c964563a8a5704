package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zip"
)

// orderedZip writes the parts of a workbook in the order of their names, though excelize gives the sheets in random order: the same report gives the same
// bytes, and [Content_Types].xml stands first, by which mail filters know the type. It is an excelize.ZipWriter that holds the parts, compressed, until writeTo.
type orderedZip struct {
	spool   spool
	deflate *flate.Writer
	parts   []*zipPart // the last one is being written until end
	open    bool
}

// zipPart is one part, compressed, and where it lies in the spool.
type zipPart struct {
	zip.FileHeader
	offset int64
}

func newOrderedZip() (*orderedZip, error) {
	z := new(orderedZip)
	var err error
	z.deflate, err = flate.NewWriter(&z.spool, flate.DefaultCompression)
	return z, err
}

// Create begins a part and ends the one before.
func (z *orderedZip) Create(name string) (io.Writer, error) {
	if err := z.Close(); err != nil {
		return nil, err
	}
	z.deflate.Reset(&z.spool)
	z.parts = append(z.parts, &zipPart{zip.FileHeader{Name: name, Method: zip.Deflate}, z.spool.size})
	z.open = true
	return z, nil
}

// Write adds to the part that was created last.
func (z *orderedZip) Write(b []byte) (int, error) {
	p := z.parts[len(z.parts)-1]
	p.CRC32 = crc32.Update(p.CRC32, crc32.IEEETable, b)
	p.UncompressedSize64 += uint64(len(b))
	return z.deflate.Write(b)
}

// Close ends the last part.
func (z *orderedZip) Close() error {
	if !z.open {
		return nil
	}
	z.open = false
	err := z.deflate.Close()
	p := z.parts[len(z.parts)-1]
	p.CompressedSize64 = uint64(z.spool.size - p.offset)
	return err
}

// AddFS is a part of excelize.ZipWriter that excelize does not call.
func (z *orderedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// writeTo writes the archive.
func (z *orderedZip) writeTo(w io.Writer) error {
	slices.SortFunc(z.parts, func(a, b *zipPart) int { return cmp.Compare(a.Name, b.Name) })
	body, err := z.spool.reader()
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	for _, p := range z.parts {
		part, err := out.CreateRaw(&p.FileHeader)
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, io.NewSectionReader(body, p.offset, int64(p.CompressedSize64))); err != nil {
			return err
		}
	}
	return out.Close()
}

// spoolMemory is how many bytes a spool holds in memory before it goes to a temporary file.
const spoolMemory = 8 << 20

// spool holds bytes until they are read: in memory, and when there are many in a temporary file.
type spool struct {
	memory bytes.Buffer
	file   *os.File
	size   int64
}

func (s *spool) Write(b []byte) (int, error) {
	if _, err := s.memory.Write(b); err != nil {
		return 0, err
	}
	s.size += int64(len(b))
	if s.memory.Len() < spoolMemory {
		return len(b), nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "authreport-")
		if err != nil {
			return 0, fmt.Errorf("create temporary file: %w", err)
		}
		s.file = file
	}
	return len(b), s.flush()
}

func (s *spool) flush() error {
	_, err := s.memory.WriteTo(s.file)
	return err
}

// reader reads what was written; writing must be over.
func (s *spool) reader() (io.ReaderAt, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	return s.file, s.flush()
}

// remove removes the temporary file, if there is one.
func (s *spool) remove() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
