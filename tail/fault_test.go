package tail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestBrokenGzip(t *testing.T) {
	l := newLogs(t, "mail.log*")
	lines := numberedLines("line", 1, 5000)
	whole := zipped(t, []byte(joined(lines)))
	l.writeBytes("mail.log.1.gz", whole[:len(whole)/2])
	l.write("mail.log", "live\n")
	got := l.read()
	if len(got) < 1000 || len(got) >= 5000 || got[len(got)-1] != "live" {
		t.Fatalf("read %d lines, last %q", len(got), got[len(got)-1])
	}
	read := got[:len(got)-1]
	if !slices.Equal(read, lines[:len(read)]) {
		t.Error("the lines before the break are not those of the file")
	}
	fault := fmt.Sprintf("read log DIR/mail.log.1.gz: gzip breaks off after %d bytes of text: unexpected EOF; the lines before that are counted; put a whole file in its place, or leave it out of paths", len(joined(read)))
	for range 2 { // read, then not tried again
		if want := []string{fault}; !slices.Equal(l.faults, want) {
			t.Fatalf("faults %q\nwant   %q", l.faults, want)
		}
		if again := l.read(); len(again) > 0 || l.opened > 0 {
			t.Errorf("tried again without a change: %d lines", len(again))
		}
	}
	l.rename("mail.log.1.gz", "mail.log.2.gz")
	if l.read(); len(l.faults) != 1 || !strings.Contains(l.faults[0], "mail.log.2.gz") {
		t.Errorf("after renaming: faults %q", l.faults)
	}
	l.writeBytes("mail.log.2.gz", whole)
	l.want(lines[len(read):]...)

	damaged := slices.Clone(whole)
	damaged[len(damaged)-6] ^= 0xff // the checksum
	l.writeBytes("sum.log.gz", damaged)
	l.patterns = []string{l.path("sum.log*")}
	l.positions = nil
	if got := l.read(); !slices.Equal(got, lines) || len(l.faults) != 1 || !strings.Contains(l.faults[0], "checksum") {
		t.Errorf("read %d lines, faults %q", len(got), l.faults)
	}

	// Not one whole line comes before the break: it is remembered all the same.
	l.writeBytes("line.gz", zipped(t, []byte(strings.Repeat("x", 5000)))[:30])
	l.patterns = []string{l.path("line.gz")}
	for range 2 {
		if l.read(); len(l.faults) != 1 || !strings.Contains(l.faults[0], "after 0 bytes") {
			t.Errorf("faults %q", l.faults)
		}
	}
	if l.opened != 0 {
		t.Error("tried again without a change")
	}

	l.patterns = []string{l.path("stub.gz"), l.path("empty.gz"), l.path("other.xz"), l.path("other.zip")}
	l.writeBytes("stub.gz", whole[:5])
	l.writeBytes("empty.gz", zipped(t, nil))
	l.writeBytes("other.xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0, 1, 2})
	l.writeBytes("other.zip", []byte("PK\x03\x04 and so on"))
	l.read()
	want := []string{
		"read log DIR/other.xz: xz breaks off after 0 bytes of text: xz: data is truncated or corrupt; nothing of it is counted; put a whole file in its place, or leave it out of paths",
		"read log DIR/other.zip: compressed in a form that is not read: zip; decompress it, or leave it out of paths",
		"read log DIR/stub.gz: gzip breaks off after 0 bytes of text: unexpected EOF; nothing of it is counted; put a whole file in its place, or leave it out of paths",
	}
	if !slices.Equal(l.faults, want) {
		t.Errorf("faults %q\nwant   %q", l.faults, want)
	}
}

func TestNotLogs(t *testing.T) {
	l := newLogs(t, "*")
	l.write("empty", "")
	l.writeBytes("binary", bytes.Repeat([]byte{0, 0xff, '\r', 7}, 1000))
	l.writeBytes("junk", []byte("\x00\x01\n\xff\xfe\n"))
	if err := os.Mkdir(l.path("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", l.path("dangling")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", l.path("loop")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(l.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := l.read(), []string{"\x00\x01", "\xff\xfe"}; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
	if l.read(); l.opened != 0 {
		t.Errorf("%d files are opened again although nothing has changed", l.opened)
	}
	want := []string{
		"read log DIR/dangling: file does not exist; it is a symbolic link to nowhere, which is missing",
		"read log DIR/loop: too many levels of symbolic links",
		"read log DIR/pipe: is not a regular file",
	}
	if !slices.Equal(l.faults, want) {
		t.Errorf("faults %q\nwant   %q", l.faults, want)
	}
	l.patterns = []string{l.path("folder")}
	l.read()
	if want := []string{"read log DIR/folder: is a directory; to read the files in it, name them: DIR/folder/*"}; !slices.Equal(l.faults, want) {
		t.Errorf("faults %q\nwant   %q", l.faults, want)
	}
}

// TestNameWithWildcards names a file whose name looks like a pattern.
func TestNameWithWildcards(t *testing.T) {
	l := newLogs(t, "mail[1].log")
	l.write("mail[1].log", "itself\n")
	l.write("mail1.log", "matched\n")
	l.want("itself")
	l.remove("mail[1].log")
	l.want("matched")
}

func TestErrorOfCaller(t *testing.T) {
	l := newLogs(t, "mail.log")
	l.write("mail.log", "one\ntwo\nthree\n")
	files, _ := Find(Search{Source: "mx", Patterns: l.patterns, Now: l.now})
	stop := errors.New("stop")
	n := 0
	err := files[0].Lines(context.Background(), func([]byte) error {
		if n++; n == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || files[0].Position.Offset != 4 {
		t.Errorf("error %v at offset %d, want %v at 4", err, files[0].Position.Offset, stop)
	}
	l.store(files[0].Position)
	files[0].Close()
	l.want("two", "three")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l.append("mail.log", "four\n")
	files, _ = Find(Search{Source: "mx", Patterns: l.patterns, Known: l.positions, Now: l.now})
	if err := files[0].Lines(ctx, func([]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	files[0].Close()
	l.want("four")
}

func TestPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	l := newLogs(t, "mail.log*", "closed/*", "rotated/*")
	l.write("mail.log", "one\n")
	l.write("mail.log.1", "old\n")
	l.write("mail.log.2", "older\n")
	for name, mode := range map[string]fs.FileMode{"mail.log.1": 0o040, "mail.log.2": 0} {
		if err := os.Chmod(l.path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"closed", "rotated"} {
		if err := os.Mkdir(l.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
		l.write(dir+"/mail.log", "hidden\n")
	}
	if err := os.Chmod(l.path("closed"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(l.path("rotated"), 0o400); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(l.path("closed"), 0o700)
	defer os.Chmod(l.path("rotated"), 0o700)
	if got := l.read(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("lines %q: what can be read is not read beside what cannot", got)
	}
	text := strings.Join(l.faults, "\n")
	for _, want := range []string{
		"read log DIR/mail.log.1: permission denied; add the user ", ", which may read it (usermod -aG ",
		"read log DIR/mail.log.2: permission denied; its mode ---------- lets only ",
		"read log DIR/closed: permission denied; its mode ---------- keeps others than ",
		"read log DIR/rotated: permission denied; its mode -r-------- keeps others than ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("faults lack %q:\n%s", want, text)
		}
	}
}
