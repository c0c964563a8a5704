package tail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"
)

// TestLongLines has lines around MaxLine and the buffer's size: the cut beginning is handed out, the rest is skipped, and the lines after it come whole.
func TestLongLines(t *testing.T) {
	for _, length := range []int{MaxLine - 1, MaxLine, MaxLine + 1, bufferSize - 1, bufferSize, bufferSize + 1, 1 << 20, 3<<20 + 12345} {
		for _, end := range []string{"\n", "\r\n"} {
			for _, compressed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d bytes, end %q, compressed %v", length, end, compressed), func(t *testing.T) {
					long := strings.Repeat("x", length)
					cut := long[:min(length, MaxLine)]
					data := []byte("one" + end + long + end + "three" + end + long + end + "five" + end)
					l := newLogs(t, "mail.log")
					if compressed {
						data = zipped(t, data)
					}
					l.writeBytes("mail.log", data)
					if got := l.read(); !slices.Equal(got, []string{"one", cut, "three", cut, "five"}) {
						t.Errorf("read %d lines of other lengths", len(got))
					}
					l.want()
					if !compressed {
						l.append("mail.log", "six\n")
						l.want("six")
					}
				})
			}
		}
	}
}

// TestLongLineArrives writes a line longer than the buffer piece by piece.
func TestLongLineArrives(t *testing.T) {
	l := newLogs(t, "mail.log")
	l.append("mail.log", "one\n")
	l.want("one")
	for range 10 {
		l.append("mail.log", strings.Repeat("x", 100_000))
		l.want()
	}
	l.append("mail.log", "\ntwo\n")
	l.want(strings.Repeat("x", MaxLine), "two")
}

// pieces gives data in reads of changing size.
type pieces struct {
	data []byte
	next uint
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	p.next = p.next*31 + 7
	n := copy(b, p.data[:min(len(p.data), int(p.next%97)+1)])
	p.data = p.data[n:]
	return n, nil
}

// FuzzSplit holds that the lines with their ends are the file, however the reads cut it, and that of long lines the beginning comes.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", "\n", "one\ntwo\r\nthree", "\r\n\r\r\n", "a\x00\n\n\nb", strings.Repeat("long line ", 200) + "\nshort\n"} {
		f.Add([]byte(seed), uint(1), uint8(20))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint, most uint8) {
		file := &File{}
		s := splitter{buffer: make([]byte, int(most)+10), max: int(most), file: file}
		rest := data
		s.each = file.byLine(func(got []byte) error {
			line, after, ended := bytes.Cut(rest, []byte("\n"))
			if !ended || int(file.Position.Offset) != len(data)-len(rest) {
				t.Fatalf("line %q at offset %d, before that the lines had %d bytes", got, file.Position.Offset, len(data)-len(rest))
			}
			whole := bytes.TrimSuffix(line, []byte("\r"))
			if want := whole[:min(len(whole), s.max)]; !bytes.Equal(got, want) && !bytes.Equal(got, whole) { // whole, if it was in the buffer
				t.Fatalf("line %q, want %q", got, want)
			}
			rest = after
			return nil
		})
		from := &pieces{data: data, next: seed}
		for {
			n, readErr := from.Read(s.buffer[s.end:])
			if err := s.take(n); err != nil {
				t.Fatal(err)
			}
			if readErr != nil {
				break
			}
		}
		if bytes.IndexByte(rest, '\n') >= 0 || int(file.Position.Offset) != len(data)-len(rest) {
			t.Fatalf("offset %d, the lines have %d bytes, %q remains", file.Position.Offset, len(data)-len(rest), rest)
		}
		if want := rest[:min(len(rest), s.max)]; !bytes.Equal(s.buffer[:s.end], want) || int64(s.end)+s.skipped != int64(len(rest)) {
			t.Fatalf("last line %q of %d bytes, want %q of %d", s.buffer[:s.end], int64(s.end)+s.skipped, want, len(rest))
		}
		length := min(file.Position.Offset, 1024)
		if file.Position.Length != length || length > 0 && file.Position.Fingerprint != fingerprint(data[:length]) {
			t.Fatalf("fingerprint of %d bytes at offset %d is not that of the file", file.Position.Length, file.Position.Offset)
		}
	})
}

// BenchmarkLines reads a log of lines as Postfix writes them, plain and compressed.
func BenchmarkLines(b *testing.B) {
	line := "Nov 24 06:25:01 mx1 postfix/submission/smtpd[12345]: 4XyZ1234ABCz: client=unknown[192.0.2.1], sasl_method=PLAIN, sasl_username=alice@example.org\n"
	text := []byte(strings.Repeat(line, 64<<20/len(line)))
	for name, data := range map[string][]byte{"plain": text, "gzip": zipped(b, text)} {
		b.Run(name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "mail.log")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				files, _ := Find(Search{Source: "mx", Patterns: []string{path}, Now: time.Now()})
				lines := 0
				if err := files[0].Lines(context.Background(), func([]byte) error { lines++; return nil }); err != nil || lines != len(text)/len(line) {
					b.Fatal(lines, err)
				}
				files[0].Close()
			}
		})
	}
}

// BenchmarkFind looks at a year of rotated files in which nothing has changed: what an idle daemon does each second.
func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	var known []authreport.Position
	patterns := []string{filepath.Join(dir, "mail.log*")}
	for i := range 365 {
		text := []byte(joined(numberedLines(fmt.Sprint("day ", i), 1, 100)))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mail.log.%d.gz", i)), zipped(b, text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	read := func() {
		files, faults := Find(Search{Source: "mx", Patterns: patterns, Known: known, Now: time.Now()})
		for _, f := range files {
			if err := f.Lines(context.Background(), func([]byte) error { return nil }); err != nil {
				b.Fatal(err)
			}
			known = append(known, f.Position)
			f.Close()
		}
		if len(files) != 365 || len(faults) > 0 {
			b.Fatal(len(files), faults)
		}
	}
	read()
	for b.Loop() {
		known = known[:365]
		read()
	}
}
