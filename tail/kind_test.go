package tail

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"
)

func allOf(kind authreport.FileKind) func([]byte) authreport.FileKind {
	return func([]byte) authreport.FileKind { return kind }
}

// TestJoinedLogs reads the hourly files of two folders as one stream, in the order of time.
func TestJoinedLogs(t *testing.T) {
	l := newLogs(t, "**")
	l.kind = allOf(authreport.JoinedLogs)
	for _, dir := range []string{"FrontEnd", "Hub"} {
		if err := os.Mkdir(l.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	order := []string{"FrontEnd/RECV20261123-1.LOG", "FrontEnd/RECV2026112401-1.LOG", "Hub/RECV2026112401-1.LOG", "FrontEnd/RECV2026112401-2.LOG.gz",
		"FrontEnd/recv2026112401-10.log", "Hub/RECV2026112402-1.LOG", "other.log", "FrontEnd/RECV2026112502-1.LOG"}
	for i, name := range order {
		data := []byte(name + "\n")
		if strings.HasSuffix(name, ".gz") {
			data = zipped(t, data)
		}
		l.writeBytes(name, data)
		l.age(name, time.Duration(i)*time.Minute) // names go before
	}
	other := time.Date(2026, time.November, 25, 0, 30, 0, 0, time.UTC)
	if err := os.Chtimes(l.path("other.log"), other, other); err != nil {
		t.Fatal(err)
	}
	l.want(order...)
	l.append("FrontEnd/RECV2026112502-1.LOG", "more\n")
	l.write("Hub/RECV2026112502-1.LOG", "hub\n")
	l.want("more", "hub")
	l.want()
	for _, p := range l.positions {
		if p.Stream != "mx" {
			t.Errorf("%s is of stream %s", p.Path, p.Stream)
		}
	}
	if l.opened > 0 {
		t.Errorf("%d files are opened although nothing has changed", l.opened)
	}
}

// TestSameHeader has short files with the same header, as Exchange's and CSV files have: no line may be lost, and none but the header come twice.
func TestSameHeader(t *testing.T) {
	header := "#Software: Microsoft Exchange Server\n#Fields: date-time,data\n"
	l := newLogs(t, "*.LOG")
	l.kind = allOf(authreport.JoinedLogs)
	var got []string
	for hour := range 6 {
		name := func(hour int) string { return fmt.Sprintf("RECV202611240%d-1.LOG", hour) }
		l.write(name(hour), header)
		got = append(got, l.read()...)
		l.append(name(hour), fmt.Sprintf("line %d\n", hour))
		if hour > 0 && hour%2 == 0 {
			l.append(name(hour-1), fmt.Sprintf("late %d\n", hour))
		}
		got = append(got, l.read()...)
	}
	got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "#") })
	if want := []string{"line 0", "line 1", "late 2", "line 2", "line 3", "late 4", "line 4", "line 5"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
	l.want()
}

// TestExports has whole files: each is known by all its content, and one that was changed is another.
func TestExports(t *testing.T) {
	head := numberedLines("the same head", 1, 100)
	first, second := append(slices.Clone(head), "first"), append(slices.Clone(head), "second")
	l := newLogs(t, "*")
	l.kind = allOf(authreport.Export)
	l.write("b.csv", joined(first))
	l.age("b.csv", 2*time.Hour)
	l.write("a.csv", joined(second))
	l.age("a.csv", time.Hour)
	l.want(append(slices.Clone(first), second...)...) // the older one first
	l.want()
	for name, data := range map[string][]byte{"copy.csv": []byte(joined(first)), "copy.gz": zipped(t, []byte(joined(second)))} {
		l.writeBytes(name, data)
		l.want()
	}
	l.rename("copy.csv", "renamed.csv")
	l.want()
	for _, end := range []string{"third", "third\nno line end"} {
		l.write("b.csv", joined(head)+end)
		l.want(append(slices.Clone(head), strings.Split(end, "\n")...)...)
		l.want()
	}
	if len(l.positions) != 4 {
		t.Errorf("%d positions, want 4", len(l.positions))
	}
	l.write("empty.csv", "")
	l.want()
}

// TestExportMemory looks again at a copy, which has no position of its own, without reading it.
func TestExportMemory(t *testing.T) {
	l := newLogs(t, "*")
	l.kind, l.memory = allOf(authreport.Export), new(Memory)
	l.write("a.csv", "one\n")
	l.want("one")
	l.write("copy of a.csv", "one\n")
	for range 3 {
		l.want()
		if len(l.memory.before) != 1 {
			t.Errorf("%d digests are kept, want 1", len(l.memory.before))
		}
	}
	l.write("copy of a.csv", "two\n")
	l.want("two")
	l.want()
	if len(l.memory.before) != 0 {
		t.Errorf("%d digests are kept of files with positions", len(l.memory.before))
	}
}

// TestBrokenExport reads nothing of a file that breaks off, says so until it is whole, and nothing of one that is changed meanwhile.
func TestBrokenExport(t *testing.T) {
	lines := numberedLines("line", 1, bufferSize/20)
	whole := zipped(t, []byte(joined(lines)))
	l := newLogs(t, "report.csv*")
	l.kind = allOf(authreport.Export)
	l.writeBytes("report.csv.gz", whole[:len(whole)/2])
	for range 3 {
		if got := l.read(); len(got) > 0 || len(l.faults) != 1 || !strings.HasSuffix(l.faults[0], "unexpected EOF; nothing of it is counted; put a whole file in its place, or leave it out of paths") {
			t.Errorf("read %d lines, faults %q", len(got), l.faults)
		}
	}
	if l.opened > 0 {
		t.Error("tried again without a change")
	}
	l.writeBytes("report.csv.gz", whole)
	l.want(lines...)

	l.write("report.csv", joined(lines[1:]))
	files, faults := Find(Search{Source: "mx", Patterns: l.patterns, Known: l.positions, Now: l.now, Kind: l.kind})
	if len(files) != 2 || len(faults) > 0 {
		t.Fatalf("%d files, faults %v", len(files), faults)
	}
	n := 0
	err := files[1].Lines(context.Background(), func([]byte) error {
		if n++; n == 1 {
			l.write("report.csv", joined(lines[1:len(lines)-1])+strings.Repeat("x", len(lines[0]))+"\n")
		}
		return nil
	})
	for _, f := range files {
		f.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "was changed while it was read; nothing of it is counted") {
		t.Errorf("after %d lines: error %v", n, err)
	}
}

// TestOthers leaves alone what was counted for another source, under whatever name, but not what merely begins alike while it is short.
func TestOthers(t *testing.T) {
	lines := numberedLines("line", 1, 100)
	for _, kind := range []authreport.FileKind{authreport.Log, authreport.Export} {
		a := newLogs(t, "*")
		a.kind = allOf(kind)
		a.write("long.log", joined(lines))
		a.write("short.log", "header\n")
		a.read()
		for i := range a.positions {
			a.positions[i].Source = "a"
		}
		b := newLogs(t, "*")
		b.kind, b.others = a.kind, func() []authreport.Position { return a.positions }
		b.writeBytes("copy.gz", zipped(t, []byte(joined(lines))))
		b.write("short.log", "header\nmore\n")
		if got := b.read(); !slices.Equal(got, []string{"header", "more"}) {
			t.Errorf("read %q", got)
		}
		want := []string{"read log DIR/copy.gz: is counted for the source a, and not for mx; take it out of the paths of one of them"}
		if !slices.Equal(b.faults, want) {
			t.Errorf("faults %q, want %q", b.faults, want)
		}
	}
}

// BenchmarkFindMany looks at 10,000 files: for the first time, with nothing new, and with a new file that is too short to be told.
func BenchmarkFindMany(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		var text bytes.Buffer
		for line := range 20 {
			fmt.Fprintf(&text, "%d %d a line of the length that a line of a mail log has, about a hundred bytes in all, or somewhat more\n", i, line)
		}
		if err := os.WriteFile(fmt.Sprintf("%s/mail-%05d.log", dir, i), text.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	find := func(b *testing.B, known []authreport.Position) []*File {
		files, faults := Find(Search{Source: "mx", Patterns: []string{dir + "/*"}, Known: known, Now: time.Now()})
		if len(files) < 10_000 || len(faults) > 0 {
			b.Fatal(len(files), faults)
		}
		return files
	}
	var known []authreport.Position
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			known = nil
			for _, f := range find(b, nil) {
				if len(known) < 10_000 {
					if err := f.Lines(b.Context(), func([]byte) error { return nil }); err != nil {
						b.Fatal(err)
					}
					known = append(known, f.Position)
				}
				f.Close()
			}
		}
	})
	looks := func(b *testing.B) {
		for b.Loop() {
			for _, f := range find(b, known) {
				f.Close()
			}
		}
	}
	b.Run("nothing new", looks)
	if err := os.WriteFile(dir+"/new.log", []byte("short\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("a short one", looks)
}
