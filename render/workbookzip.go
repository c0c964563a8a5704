package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zip"
)

// bookZip is the file of a workbook being written. As an excelize.ZipWriter it takes the parts that excelize makes, in which the tables have no rows yet, and holds
// them: they are small. writeParts writes the others in the order of their names, though excelize gives the sheets in random order: the same report gives the same
// bytes, and [Content_Types].xml stands first, by which mail filters know the type. The sheets of the tables come last, one after the other.
type bookZip struct {
	zip    *zip.Writer
	tables map[string]*bookPart // by name, without rows; those that are not written yet
	parts  []*bookPart          // the others
	sheet  io.Writer            // of the table that is being written
	after  []byte               // what follows its rows
}

// bookPart is a part as excelize made it.
type bookPart struct {
	name string
	bytes.Buffer
}

// newBookZip begins a file. Tables are the parts that get rows.
func newBookZip(w io.Writer, tables []string) *bookZip {
	z := &bookZip{zip: zip.NewWriter(w), tables: make(map[string]*bookPart)}
	for _, name := range tables {
		z.tables[name] = nil
	}
	z.zip.RegisterCompressor(zip.Deflate, deflater)
	return z
}

func deflater(w io.Writer) (io.WriteCloser, error) {
	return flate.NewWriter(w, flate.DefaultCompression)
}

// Create takes up a part.
func (z *bookZip) Create(name string) (io.Writer, error) {
	p := &bookPart{name: name}
	if _, has := z.tables[name]; has {
		z.tables[name] = p
	} else {
		z.parts = append(z.parts, p)
	}
	return p, nil
}

// AddFS is a part of excelize.ZipWriter that excelize does not call.
func (z *bookZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close is a part of excelize.ZipWriter: excelize has made all parts.
func (z *bookZip) Close() error { return nil }

// writeParts writes the parts without rows of a table. Their sizes stand before them, since some filters look no further than the first ones.
func (z *bookZip) writeParts() error {
	slices.SortFunc(z.parts, func(a, b *bookPart) int { return cmp.Compare(a.name, b.name) })
	for _, p := range z.parts {
		var small bytes.Buffer
		deflate, err := deflater(&small)
		if err != nil {
			return err
		}
		header := zip.FileHeader{Name: p.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(p.Bytes()), UncompressedSize64: uint64(p.Len())}
		if _, err := p.WriteTo(deflate); err != nil {
			return err
		}
		if err := deflate.Close(); err != nil {
			return err
		}
		header.CompressedSize64 = uint64(small.Len())
		out, err := z.zip.CreateRaw(&header)
		if err != nil {
			return err
		}
		if _, err := small.WriteTo(out); err != nil {
			return err
		}
	}
	return nil
}

// beginSheet writes a table's sheet up to its headings, and gives what takes the rows below them until endSheet.
func (z *bookZip) beginSheet(name string) (io.Writer, error) {
	p := z.tables[name]
	if p == nil {
		return nil, fmt.Errorf("excelize made no part %s", name)
	}
	delete(z.tables, name)
	before, after, found := bytes.Cut(p.Bytes(), sheetDataEnd)
	if !found {
		return nil, fmt.Errorf("excelize's part %s has no end of its rows", name)
	}
	z.after = after
	var err error
	if z.sheet, err = z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate}); err != nil {
		return nil, err
	}
	_, err = z.sheet.Write(before)
	return z.sheet, err
}

var sheetDataEnd = []byte("</sheetData>")

// endSheet ends the sheet that beginSheet began.
func (z *bookZip) endSheet() error {
	if _, err := z.sheet.Write(sheetDataEnd); err != nil {
		return err
	}
	_, err := z.sheet.Write(z.after)
	return err
}

// end ends the file.
func (z *bookZip) end() error {
	for name := range z.tables {
		return fmt.Errorf("part %s got no rows", name)
	}
	return z.zip.Close()
}
