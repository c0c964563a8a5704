package tail

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
	"golang.org/x/text/encoding/unicode"
)

// errCodec is what is wrong with a file of a compression that has no reader here.
var errCodec = errors.New("compressed in a form that is not read")

// codec is one form in which text is kept. A new one needs its line in compressions or encodings, and the ending it gives to names in compressedName.
type codec struct {
	name   string
	begins func(start []byte) bool                // whether a file of it begins so
	open   func(io.Reader) (io.ReadCloser, error) // nil: recognised, so that it is not taken for text, but not read
}

// The most memory in bytes that a file can have a reader take by what its header says, for what may be repeated. More is a fault of the file. Both are what the programs' strongest levels need.
const (
	xzDictionary = 64 << 20  // xz -9
	zstdWindow   = 128 << 20 // zstd --ultra -22; the program itself takes no more unless told to
)

// compressions is every form of compression.
var compressions = []codec{
	{"gzip", magic("\x1f\x8b"), func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }}, // RFC 1952 section 2.3.1
	{"zstd", beginsZstd, openZstd},
	{"xz", magic("\xfd7zXZ\x00"), openXZ}, // .xz file format 1.2.1 section 2.1.1.1
	{"bzip2", beginsBzip2, func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil }},
	{"compress", magic("\x1f\x9d"), nil},
	{"lz4", magic("\x04\x22\x4d\x18"), nil},
	{"zip", magic("PK\x03\x04"), nil},
}

// encodings is every form of text that is not UTF-8 or near to it.
var encodings = []codec{
	{"UTF-16", func(start []byte) bool { return inUTF16(start, "\xff\xfe", 1) }, utf16(unicode.LittleEndian)},
	{"UTF-16", func(start []byte) bool { return inUTF16(start, "\xfe\xff", 0) }, utf16(unicode.BigEndian)},
}

// enoughStart is how many bytes tell an encoding, and the least that tell UTF-16 without a mark.
const enoughStart, leastStart = 64, 16

// codecOf tells which of codecs a file that begins with start is of; nil if of none.
func codecOf(codecs []codec, start []byte) *codec {
	for i := range codecs {
		if codecs[i].begins(start) {
			return &codecs[i]
		}
	}
	return nil
}

func magic(text string) func([]byte) bool {
	return func(start []byte) bool { return bytes.HasPrefix(start, []byte(text)) }
}

// beginsZstd knows a frame with content, and one to be skipped, which pzstd puts in front (RFC 8878 sections 3.1.1 and 3.1.2).
func beginsZstd(start []byte) bool {
	return bytes.HasPrefix(start, []byte("\x28\xb5\x2f\xfd")) || len(start) > 4 && start[0]&0xf0 == 0x50 && string(start[1:4]) == "\x2a\x4d\x18"
}

// beginsBzip2 knows the block size and the number that begins the first block, or ends an empty file: pi and its root, in binary-coded decimal.
func beginsBzip2(start []byte) bool {
	if len(start) < 10 || string(start[:3]) != "BZh" || start[3] < '1' || start[3] > '9' {
		return false
	}
	block := string(start[4:10])
	return block == "\x31\x41\x59\x26\x53\x59" || block == "\x17\x72\x45\x38\x50\x90"
}

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func openXZ(r io.Reader) (io.ReadCloser, error) {
	d, err := xz.NewReader(r, xzDictionary)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(d), nil
}

// inUTF16 says whether start is UTF-16: by its byte order mark, or because every second byte, from the one at zero on, is 0 and no other is, as in text of ASCII characters.
func inUTF16(start []byte, mark string, zero int) bool {
	if bytes.HasPrefix(start, []byte(mark)) {
		return true
	}
	start = start[:min(len(start), enoughStart)]
	for i, b := range start {
		if (b == 0) != (i%2 == zero) {
			return false
		}
	}
	return len(start) >= leastStart
}

// utf16 decodes to UTF-8, without the mark. What is no character becomes U+FFFD.
func utf16(order unicode.Endianness) func(io.Reader) (io.ReadCloser, error) {
	return func(r io.Reader) (io.ReadCloser, error) {
		return io.NopCloser(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(r)), nil
	}
}

// reader decompresses or decodes r from its beginning.
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
