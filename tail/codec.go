package tail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// errCodec is what is wrong with a file of a compression that has no reader here.
var errCodec = errors.New("compressed in a form that is not read")

// codec is one form of compression. A new one needs its open here, and its name's ending in compressedName.
type codec struct {
	name  string
	magic []byte                                 // how a file of it begins
	open  func(io.Reader) (io.ReadCloser, error) // nil: recognised, so that it is not taken for text, but not read
}

var codecs = []codec{
	{"gzip", []byte{0x1f, 0x8b}, func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }}, // RFC 1952 section 2.3.1
	{"bzip2", []byte("BZh"), nil},
	{"xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0}, nil},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, nil}, // RFC 8878 section 3.1.1
}

// codecOf tells how a file that begins with start is compressed; nil if it is not.
func codecOf(start []byte) *codec {
	for i := range codecs {
		if bytes.HasPrefix(start, codecs[i].magic) {
			return &codecs[i]
		}
	}
	return nil
}

// reader decompresses r from its beginning.
func (c *codec) reader(r io.Reader) (io.ReadCloser, error) {
	if c.open == nil {
		return nil, fmt.Errorf("%w: %s", errCodec, c.name)
	}
	return c.open(bufio.NewReaderSize(r, 64<<10))
}

// breakAt says in words that a file's content cannot be had after offset bytes of text.
func (c *codec) breakAt(offset int64, err error) string {
	return fmt.Sprintf("%s breaks off after %d bytes of text: %v", c.name, offset, err)
}

// countingReader reads a file, knows how much of it is left, and keeps the file's own error apart from those that decompression makes of it.
type countingReader struct {
	from      io.Reader
	remaining int64
	err       error // of the file; nil at its end
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.remaining -= int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
