package render

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zip"
)

// orderedZip writes the parts of a workbook in the order of their names, though excelize gives the sheets in random order: the same report gives the same
// bytes, and [Content_Types].xml stands first, by which mail filters know the type. It holds the parts in compressed form until Close.
type orderedZip struct {
	out   io.Writer
	parts map[string]*zipPart
	last  *zipPart
}

func newOrderedZip(out io.Writer) *orderedZip {
	return &orderedZip{out: out, parts: make(map[string]*zipPart)}
}

// zipPart is one part, compressed.
type zipPart struct {
	deflate *flate.Writer
	body    bytes.Buffer
	sum     uint32
	size    uint64
}

func (p *zipPart) Write(b []byte) (int, error) {
	p.sum = crc32.Update(p.sum, crc32.IEEETable, b)
	p.size += uint64(len(b))
	return p.deflate.Write(b)
}

// Create begins a part and ends the one before.
func (z *orderedZip) Create(name string) (io.Writer, error) {
	if err := z.end(); err != nil {
		return nil, err
	}
	if z.parts[name] != nil {
		return nil, fmt.Errorf("workbook has two parts %q", name)
	}
	p := new(zipPart)
	var err error
	p.deflate, err = flate.NewWriter(&p.body, flate.DefaultCompression)
	z.parts[name], z.last = p, p
	return p, err
}

func (z *orderedZip) end() error {
	if z.last == nil {
		return nil
	}
	deflate := z.last.deflate
	z.last.deflate, z.last = nil, nil
	return deflate.Close()
}

// AddFS is a part of excelize.ZipWriter that excelize does not call.
func (z *orderedZip) AddFS(fs.FS) error { return fmt.Errorf("add files to workbook: not supported") }

// Close writes all parts.
func (z *orderedZip) Close() error {
	if err := z.end(); err != nil {
		return err
	}
	w := zip.NewWriter(z.out)
	for _, name := range slices.Sorted(maps.Keys(z.parts)) {
		p := z.parts[name]
		delete(z.parts, name)
		part, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: p.sum, CompressedSize64: uint64(p.body.Len()), UncompressedSize64: p.size})
		if err != nil {
			return err
		}
		if _, err := p.body.WriteTo(part); err != nil {
			return err
		}
	}
	return w.Close()
}
