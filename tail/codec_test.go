package tail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
)

// compressors is every form of compression, with a program that writes it where there is no library.
var compressors = []struct {
	name string
	pack func(t testing.TB, data []byte) []byte
}{
	{"gzip", zipped},
	{"zstd", zstdPacked},
	{"xz", piped("xz")},
	{"bzip2", piped("bzip2")},
}

func zstdPacked(t testing.TB, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}

// piped compresses by a program, and skips the test where that is not installed.
func piped(program string) func(testing.TB, []byte) []byte {
	return func(t testing.TB, data []byte) []byte {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
		c := exec.Command(program, "-c")
		c.Stdin = bytes.NewReader(data)
		packed, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
}

// TestProgramsFiles reads what the programs themselves wrote, also in several streams and with frames to be skipped, whatever the files are called.
func TestProgramsFiles(t *testing.T) {
	text, err := os.ReadFile("testdata/codecs/lines")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	paths, _ := filepath.Glob("testdata/codecs/lines.*")
	if len(paths) < 6 {
		t.Fatalf("only %d files", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			l := newLogs(t, "*")
			l.writeBytes("mail.log.1", data)
			l.want(want...)
			l.want()
			l.write("mail.log.2", string(text)) // decompressed again
			l.want()
		})
	}
}

// TestCompressedTwins reads a log, and then what it was compressed to: beside it, in its place, under another name, and with lines that it did not have before.
func TestCompressedTwins(t *testing.T) {
	for _, c := range compressors {
		for _, n := range []int{3, 300} {
			t.Run(fmt.Sprint(c.name, ", ", n, " lines"), func(t *testing.T) {
				lines := numberedLines("line", 1, n)
				l := newLogs(t, "*")
				l.write("mail.log", joined(lines[:n-1]))
				l.want(lines[:n-1]...)
				l.append("mail.log", joined(lines[n-1:]))
				packed := c.pack(t, []byte(joined(lines)))
				l.writeBytes("mail.log.1.packed", packed[:len(packed)/2]) // is being written
				if got := l.read(); !slices.Equal(got, lines[n-1:]) {
					t.Errorf("read %q", got)
				}
				l.writeBytes("mail.log.1.packed", packed)
				l.want()
				l.remove("mail.log")
				l.want()
				l.rename("mail.log.1.packed", "mail.log.2.packed")
				l.want()
				if len(l.positions) != 1 {
					t.Errorf("positions %+v", l.positions)
				}
				half := n / 2
				l = newLogs(t, "*")
				l.write("mail.log", joined(lines[:half]))
				l.want(lines[:half]...)
				l.writeBytes("mail.log.1.packed", packed)
				l.remove("mail.log")
				l.want(lines[half:]...)
				l.want()
			})
		}
	}
}

// TestBreaks has files of all kinds that break off, and that are damaged: the lines before that are those of the file, the fault is told and not tried again, and a whole file
// in its place is read on.
func TestBreaks(t *testing.T) {
	lines := numberedLines("line", 1, 20_000)
	for i := range lines { // more than a block of each kind
		lines[i] += strings.Repeat(fmt.Sprintf("%x", sha256.Sum256([]byte(lines[i]))), 2)
	}
	for _, c := range compressors {
		t.Run(c.name, func(t *testing.T) {
			whole := c.pack(t, []byte(joined(lines)))
			l := newLogs(t, "mail.log.1")
			l.writeBytes("mail.log.1", whole[:len(whole)*2/3])
			got := l.read()
			if len(got) < 1000 || len(got) >= len(lines) || !slices.Equal(got, lines[:len(got)]) {
				t.Fatalf("read %d lines, or not those of the file", len(got))
			}
			for range 2 {
				want := fmt.Sprintf("read log DIR/mail.log.1: %s breaks off after %d bytes of text: ", c.name, len(joined(lines[:len(got)])))
				if len(l.faults) != 1 || !strings.HasPrefix(l.faults[0], want) {
					t.Fatalf("faults %q, want %q", l.faults, want)
				}
				if again := l.read(); len(again) > 0 || l.opened > 0 {
					t.Errorf("tried again without a change: %d lines", len(again))
				}
			}
			l.writeBytes("mail.log.1", whole)
			l.want(lines[len(got):]...)

			l = newLogs(t, "mail.log.1")
			damaged := slices.Clone(whole)
			for i := len(damaged) / 2; i < len(damaged)/2+50; i++ {
				damaged[i] ^= 0xff
			}
			l.writeBytes("mail.log.1", damaged)
			if got := l.read(); len(got) >= len(lines) || len(l.faults) != 1 {
				t.Errorf("read %d lines of a damaged file, faults %q", len(got), l.faults)
			}
		})
	}
}

// TestStreamsInARow has two compressed files one after the other, cut within a line.
func TestStreamsInARow(t *testing.T) {
	for _, c := range compressors {
		t.Run(c.name, func(t *testing.T) {
			l := newLogs(t, "mail.log.gz")
			l.writeBytes("mail.log.gz", append(c.pack(t, []byte("one\ntw")), c.pack(t, []byte("o\nthree\n"))...))
			l.want("one", "two", "three")
		})
	}
}

// TestHostileHeaders has headers that ask for gigabytes: such files are faults, and take no memory.
func TestHostileHeaders(t *testing.T) {
	xz, err := os.ReadFile("testdata/codecs/lines.xz")
	if err != nil {
		t.Fatal(err)
	}
	// The block header (xz file format 1.2.1 section 3.1): its size, flags, the filter LZMA2 with one byte of properties, which is the dictionary's size; 40 is 4 GiB less one byte.
	header := xz[12:][:(int(xz[12])+1)*4]
	at := bytes.Index(header, []byte{0x21, 1})
	header[at+2] = 40
	binary.LittleEndian.PutUint32(header[len(header)-4:], crc32.ChecksumIEEE(header[:len(header)-4]))
	for name, data := range map[string][]byte{
		"xz":             xz,
		"zstd, 2 TiB":    append([]byte("\x28\xb5\x2f\xfd\x00\xf8"), make([]byte, 100)...),
		"zstd, 256 MiB":  append([]byte("\x28\xb5\x2f\xfd\x00\x90"), make([]byte, 100)...),
		"zstd, content":  append([]byte("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f"), make([]byte, 100)...),
		"zstd, skip all": append([]byte("\x50\x2a\x4d\x18\xff\xff\xff\xff"), make([]byte, 100)...),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t, "mail.log.1")
			l.writeBytes("mail.log.1", data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if got := l.read(); len(got) > 0 || len(l.faults) != 1 {
				t.Errorf("read %d lines, faults %q", len(got), l.faults)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
				t.Errorf("took %d MiB", took>>20)
			}
		})
	}
}

func utf16Text(t *testing.T, order unicode.Endianness, mark unicode.BOMPolicy, text string) []byte {
	data, err := unicode.UTF16(order, mark).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestUTF16 reads text in UTF-16, with mark and without, and knows it again compressed and in UTF-8.
func TestUTF16(t *testing.T) {
	lines := append([]string{"Sender address,Messages sent", "jürgen@example.org,12", "𝄞@example.org,1"}, numberedLines("line", 1, 100)...)
	for _, form := range []struct {
		name  string
		order unicode.Endianness
		mark  unicode.BOMPolicy
	}{
		{"little end first", unicode.LittleEndian, unicode.UseBOM},
		{"big end first", unicode.BigEndian, unicode.UseBOM},
		{"little end first, no mark", unicode.LittleEndian, unicode.IgnoreBOM},
		{"big end first, no mark", unicode.BigEndian, unicode.IgnoreBOM},
	} {
		for _, n := range []int{3, len(lines)} {
			t.Run(fmt.Sprint(form.name, ", ", n, " lines"), func(t *testing.T) {
				encoded := func(text string) []byte { return utf16Text(t, form.order, form.mark, text) }
				whole := encoded(joined(lines[:n]))
				l := newLogs(t, "*")
				l.writeBytes("report.csv", whole[:len(whole)-1]) // half a character
				l.want(lines[:n-1]...)
				l.writeBytes("report.csv", whole)
				l.want(lines[n-1])
				l.want()
				if l.opened > 0 {
					t.Error("opened again without a change")
				}
				l.writeBytes("report.csv.gz", zipped(t, whole))
				l.write("report.txt", joined(lines[:n]))
				l.want()
				l.writeBytes("report.csv", encoded(joined(lines[:n])+"last"))
				l.want()
				l.age("report.csv", 2*time.Hour)
				l.want("last")
				l.want()
			})
		}
	}
}

// FuzzDecoded has every reader read anything: it must end, without a crash, and give the same again.
func FuzzDecoded(f *testing.F) {
	paths, _ := filepath.Glob("testdata/codecs/lines.*")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("\xff\xfeo\x00n\x00e\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "mail.log")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		read := func() (lines, size int, fault string) {
			files, faults := Find(Search{Source: "mx", Patterns: []string{path}, Now: time.Now()})
			for _, file := range files {
				err := file.Lines(context.Background(), func(line []byte) error { lines++; size += len(line); return nil })
				if err != nil {
					faults = append(faults, err)
				}
				if file.Position.Offset > 64<<20 {
					t.Skip("a bomb")
				}
				file.Close()
			}
			return lines, size, fmt.Sprint(faults)
		}
		lines, size, fault := read()
		if l, s, f := read(); l != lines || s != size || f != fault {
			t.Errorf("read %d lines of %d bytes, %s; then %d of %d, %s", lines, size, fault, l, s, f)
		}
	})
}
