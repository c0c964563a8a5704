package tail

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"authreport"
)

// logs is a folder of log files and a reader of it that remembers positions as a store does.
type logs struct {
	t         *testing.T
	dir       string
	patterns  []string
	now       time.Time
	positions []authreport.Position
	others    func() []authreport.Position
	kind      func([]byte) authreport.FileKind
	memory    *Memory
	faults    []string // of the last read
	opened    int      // files with something to read in the last read
}

func newLogs(t *testing.T, patterns ...string) *logs {
	l := &logs{t: t, dir: t.TempDir(), now: time.Now()}
	for _, p := range patterns {
		l.patterns = append(l.patterns, filepath.Join(l.dir, p))
	}
	return l
}

func (l *logs) path(name string) string { return filepath.Join(l.dir, name) }

// read gives the lines that are new, file by file.
func (l *logs) read() []string {
	l.t.Helper()
	files, faults := Find(Search{Source: "mx", Patterns: l.patterns, Known: l.positions, Others: l.others, Now: l.now, Kind: l.kind, Memory: l.memory})
	lines := []string{}
	l.faults, l.opened = nil, 0
	for _, f := range files {
		if f.Unread() {
			l.opened++
		}
		err := f.Lines(context.Background(), func(line []byte) error {
			lines = append(lines, string(line))
			return nil
		})
		if err != nil {
			faults = append(faults, err)
		}
		if f.Unread() && f.Remaining() != 0 && err == nil {
			l.t.Errorf("%s: %d bytes remain after the end", f.Position.Path, f.Remaining())
		}
		l.store(f.Position)
		f.Close()
	}
	for _, err := range faults {
		l.faults = append(l.faults, strings.ReplaceAll(err.Error(), l.dir, "DIR"))
	}
	return lines
}

func (l *logs) store(p authreport.Position) {
	if p.Length == 0 {
		return
	}
	if p.ID == 0 {
		p.ID = int64(len(l.positions) + 1)
		l.positions = append(l.positions, p)
		return
	}
	l.positions[p.ID-1] = p
}

func (l *logs) want(lines ...string) {
	l.t.Helper()
	if diff := cmp.Diff(l.read(), append([]string{}, lines...)); diff != "" {
		l.t.Fatalf("lines read (-got +want):\n%s", diff)
	}
	if len(l.faults) > 0 {
		l.t.Fatalf("faults: %v", l.faults)
	}
}

func (l *logs) write(name, text string) { l.writeBytes(name, []byte(text)) }

func (l *logs) writeBytes(name string, data []byte) {
	l.t.Helper()
	if err := os.WriteFile(l.path(name), data, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *logs) append(name, text string) {
	l.t.Helper()
	f, err := os.OpenFile(l.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		l.t.Fatal(err)
	}
}

func (l *logs) rename(from, to string) {
	l.t.Helper()
	if err := os.Rename(l.path(from), l.path(to)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *logs) remove(name string) {
	l.t.Helper()
	if err := os.Remove(l.path(name)); err != nil {
		l.t.Fatal(err)
	}
}

// compress does as gzip NAME: NAME.gz takes the place of NAME.
func (l *logs) compress(name string) {
	l.t.Helper()
	data, err := os.ReadFile(l.path(name))
	if err != nil {
		l.t.Fatal(err)
	}
	l.writeBytes(name+".gz", zipped(l.t, data))
	l.remove(name)
}

// age sets the time of the last change.
func (l *logs) age(name string, by time.Duration) {
	l.t.Helper()
	then := l.now.Add(-by)
	if err := os.Chtimes(l.path(name), then, then); err != nil {
		l.t.Fatal(err)
	}
}

func zipped(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// numberedLines makes lines "prefix 1", "prefix 2" and so on that are long enough for a hundred of them to fill a fingerprint.
func numberedLines(prefix string, first, last int) []string {
	var lines []string
	for i := first; i <= last; i++ {
		lines = append(lines, fmt.Sprintf("%s %d %s", prefix, i, strings.Repeat(".", 20)))
	}
	return lines
}

func joined(lines []string) string { return strings.Join(lines, "\n") + "\n" }

func TestReadOn(t *testing.T) {
	l := newLogs(t, "mail.log*")
	l.write("mail.log", "one\ntwo\nthr")
	l.want("one", "two")
	l.want()
	l.append("mail.log", "ee\nfour\r\n")
	l.want("three", "four")
	l.want()
	if l.opened != 0 {
		t.Errorf("%d files are opened although nothing has changed", l.opened)
	}
}

func TestLastLineWithoutEnd(t *testing.T) {
	l := newLogs(t, "*")
	l.write("mail.log", "one\ntwo")
	l.writeBytes("whole.gz", zipped(t, []byte("three\nfour")))
	l.want("one", "three", "four")
	l.want()
	l.age("mail.log", 59*time.Minute)
	l.want()
	l.age("mail.log", 61*time.Minute)
	l.want("two")
	l.want()
	l.write("other.log", "five")
	l.want()
	l.now = l.now.Add(2 * time.Hour)
	l.want("five")
	l.append("other.log", "six\n")
	l.want("six")
}

func TestTwins(t *testing.T) {
	for _, n := range []int{2, 100} {
		lines := numberedLines("line", 1, n)
		t.Run(fmt.Sprintf("%d lines: compressed twin, copy, links, two patterns", n), func(t *testing.T) {
			l := newLogs(t, "mail.log*", "mail*", "**/mail.log")
			l.write("mail.log", joined(lines))
			l.write("mail.log.copy", joined(lines))
			l.writeBytes("mail.log.1.gz", zipped(t, []byte(joined(lines))))
			l.writeBytes("mail.log.2", zipped(t, []byte(joined(lines)))) // compressed, whatever the name is
			if err := os.Symlink("mail.log", l.path("mail.latest")); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(l.path("mail.log"), l.path("mail.other")); err != nil {
				t.Fatal(err)
			}
			l.want(lines...)
			if len(l.positions) != 1 || l.positions[0].Stream != l.path("mail.log") {
				t.Errorf("positions %+v", l.positions)
			}
			l.append("mail.log", "more\n")
			l.want("more")
			l.want()
		})
		t.Run(fmt.Sprintf("%d lines: a copy that is being made", n), func(t *testing.T) {
			l := newLogs(t, "mail.log*")
			l.write("mail.log", joined(lines))
			l.want(lines...)
			for _, part := range []int{1, n / 2, n} {
				l.write("mail.log.1", joined(lines[:part]))
				l.want()
				l.writeBytes("mail.log.2.gz", zipped(t, []byte(joined(lines[:part]))))
				l.want()
			}
			l.write("mail.log", "new\n")
			l.want("new")
		})
	}
}

// TestBeginAlike has two files that cannot be told apart when the first is seen: no line of the second may be taken for read.
func TestBeginAlike(t *testing.T) {
	l := newLogs(t, "*.log")
	l.write("a.log", "#Software: Microsoft Exchange Server\n")
	l.want("#Software: Microsoft Exchange Server")
	l.append("a.log", "a\n")
	l.write("b.log", "#Software: Microsoft Exchange Server\nb\n")
	l.want("a", "#Software: Microsoft Exchange Server", "b")
	l.want()
}
