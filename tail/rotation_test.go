package tail

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authreport"
)

func TestFirstReadIsOldestFirst(t *testing.T) {
	for name, order := range map[string][]string{ // the live file is the newest in either case
		"numbers, then dates": {"mail.log.10", "mail.log.2.gz", "mail.log.1", "mail.log-20261121.gz", "mail.log-20261122", "mail.log-20261123", "mail.log"},
		"dates, then numbers": {"mail.log-20261121.gz", "mail.log-20261122", "mail.log.10", "mail.log.2.gz", "mail.log.1", "mail.log"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t, "mail.log*")
			for i, name := range order {
				text := []byte(name + "\n")
				if strings.HasSuffix(name, ".gz") {
					text = zipped(t, text)
				}
				l.writeBytes(name, text)
				l.age(name, time.Duration(len(order)-i)*time.Minute)
			}
			l.want(order...)
			for _, p := range l.positions {
				if p.Stream != l.path("mail.log") {
					t.Errorf("%s is of stream %s", p.Path, p.Stream)
				}
			}
			l.want()
		})
	}
}

// TestRotation reads a log while it is rotated in every way, with different amounts of it read before: each line comes once, and in order.
func TestRotation(t *testing.T) {
	for _, lines := range []int{1, 3, 200} { // shorter and longer than a fingerprint
		old, rest, fresh := numberedLines("old", 1, lines), numberedLines("old", lines+1, lines+2), numberedLines("new", 1, lines)
		rename := func(l *logs) {
			l.rename("mail.log", "mail.log.1")
			l.append("mail.log.1", joined(rest)) // the server has the file still open
			l.write("mail.log", joined(fresh))
		}
		copyTruncate := func(l *logs) {
			l.append("mail.log", joined(rest))
			data, err := os.ReadFile(l.path("mail.log"))
			if err != nil {
				t.Fatal(err)
			}
			l.writeBytes("mail.log.1", data)
			if err := os.Truncate(l.path("mail.log"), 0); err != nil {
				t.Fatal(err)
			}
			l.append("mail.log", joined(fresh))
		}
		ways := map[string]func(l *logs){
			"rename":                         rename,
			"rename and compress":            func(l *logs) { rename(l); l.compress("mail.log.1") },
			"copy and truncate":              copyTruncate,
			"copy and truncate and compress": func(l *logs) { copyTruncate(l); l.compress("mail.log.1") },
			"into another folder": func(l *logs) {
				l.append("mail.log", joined(rest))
				if err := os.Mkdir(l.path("old"), 0o700); err != nil {
					t.Fatal(err)
				}
				l.rename("mail.log", "old/mail.log.1")
				l.write("mail.log", joined(fresh))
			},
			"by date": func(l *logs) {
				l.append("mail.log", joined(rest))
				l.rename("mail.log", "mail.log-20261123")
				l.write("mail.log", joined(fresh))
			},
		}
		for name, rotate := range ways {
			t.Run(fmt.Sprintf("%s after %d lines", name, lines), func(t *testing.T) {
				l := newLogs(t, "mail.log*", "old/*")
				l.write("mail.log", joined(old))
				l.want(old...)
				rotate(l)
				l.want(append(slices.Clone(rest), fresh...)...)
				l.want()
				l.append("mail.log", "last\n")
				l.want("last")
				for _, p := range l.positions {
					if p.Stream != l.path("mail.log") {
						t.Errorf("%s is of stream %s", p.Path, p.Stream)
					}
				}
			})
		}
	}
}

// TestManyRotations goes through a series as logrotate keeps it: each file moves on by one, the second is compressed, the fifth removed.
func TestManyRotations(t *testing.T) {
	l := newLogs(t, "mail.log*")
	var got, want []string
	for day := range 12 {
		lines := numberedLines(fmt.Sprintf("day %d", day), 1, 50)
		want = append(want, lines...)
		l.write("mail.log", joined(lines))
		if day%3 != 2 { // now and then two rotations between two reads
			got = append(got, l.read()...)
		}
		for n := 4; n >= 2; n-- {
			os.Rename(l.path(fmt.Sprintf("mail.log.%d.gz", n)), l.path(fmt.Sprintf("mail.log.%d.gz", n+1)))
		}
		if _, err := os.Stat(l.path("mail.log.1")); err == nil {
			l.compress("mail.log.1")
			l.rename("mail.log.1.gz", "mail.log.2.gz")
		}
		l.rename("mail.log", "mail.log.1")
	}
	got = append(got, l.read()...)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	if len(l.positions) != 12 {
		t.Errorf("%d files are known, want 12", len(l.positions))
	}
	l.want()
}

func TestTruncation(t *testing.T) {
	t.Run("in place, without a copy", func(t *testing.T) {
		l := newLogs(t, "mail.log")
		l.write("mail.log", joined(numberedLines("old", 1, 100)))
		l.read()
		l.write("mail.log", "new\n")
		l.want("new")
		l.want()
	})
	t.Run("grown past the old offset before we looked", func(t *testing.T) {
		l := newLogs(t, "mail.log")
		l.write("mail.log", joined(numberedLines("old", 1, 100)))
		l.read()
		fresh := numberedLines("new", 1, 300)
		l.write("mail.log", joined(fresh))
		l.want(fresh...)
		l.want()
	})
	t.Run("cut in the middle", func(t *testing.T) {
		l := newLogs(t, "mail.log")
		l.write("mail.log", joined(numberedLines("old", 1, 100)))
		l.read()
		if err := os.Truncate(l.path("mail.log"), 2000); err != nil {
			t.Fatal(err)
		}
		l.want()
		l.append("mail.log", "new\n")
		l.want("new")
		l.want()
	})
	for _, size := range []int{10, 20000} {
		t.Run(fmt.Sprintf("while we hold the file open, then %d lines", size), func(t *testing.T) {
			l := newLogs(t, "mail.log*")
			old := numberedLines("old", 1, 3*bufferSize/30)
			l.write("mail.log", joined(old))
			files, faults := Find(Search{Source: "mx", Patterns: l.patterns, Now: l.now})
			if len(files) != 1 || len(faults) > 0 {
				t.Fatalf("found %d files, faults %v", len(files), faults)
			}
			f := files[0]
			defer f.Close()
			var got []string
			fresh := numberedLines("new", 1, size)
			err := f.Lines(context.Background(), func(line []byte) error {
				if len(got) == 0 { // the first buffer is read
					data, err := os.ReadFile(l.path("mail.log"))
					if err != nil {
						return err
					}
					l.writeBytes("mail.log.1", data)
					l.write("mail.log", joined(fresh)) // truncates
				}
				got = append(got, string(line))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) >= len(old) {
				t.Fatalf("read %d lines, the file was not truncated", len(got))
			}
			l.store(f.Position)
			got = append(got, l.read()...)
			if diff := cmp.Diff(got, append(old, fresh...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAppendedWhileReading says that the files of a series are read as of one moment: what is appended meanwhile waits.
func TestAppendedWhileReading(t *testing.T) {
	l := newLogs(t, "mail.log*")
	l.write("mail.log", "one\n")
	files, _ := Find(Search{Source: "mx", Patterns: l.patterns, Now: l.now})
	l.append("mail.log", "two\n")
	n := 0
	if err := files[0].Lines(context.Background(), func([]byte) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	if n != 1 {
		t.Errorf("read %d lines, want 1", n)
	}
	l.store(files[0].Position)
	files[0].Close()
	l.want("two")
}

func TestLateCreation(t *testing.T) {
	l := newLogs(t, "mx/mail.log*", "other/mail.log")
	l.read()
	if want := []string{"read log DIR/other/mail.log: no such file or directory; " + absentRemedy}; !slices.Equal(l.faults, want) {
		t.Errorf("faults %q, want %q", l.faults, want)
	}
	l.patterns = l.patterns[:1]
	l.read()
	if want := []string{"read log DIR/mx/mail.log*: no file matches; " + absentRemedy}; !slices.Equal(l.faults, want) {
		t.Errorf("faults %q, want %q", l.faults, want)
	}
	if err := os.Mkdir(l.path("mx"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.write("mx/mail.log", "")
	l.want()
	l.append("mx/mail.log", "one")
	l.want()
	l.append("mx/mail.log", "\ntwo\n")
	l.want("one", "two")
}

// TestShortFileGrows follows a file byte by byte over the length of a fingerprint.
func TestShortFileGrows(t *testing.T) {
	l := newLogs(t, "mail.log*")
	text := joined(numberedLines("line", 1, 60))
	var got []string
	for i := 0; i < len(text); i += 7 {
		l.append("mail.log", text[i:min(i+7, len(text))])
		got = append(got, l.read()...)
		for _, p := range l.positions {
			if p.Length != min(p.Offset, authreport.FingerprintLength) {
				t.Fatalf("fingerprint covers %d bytes at offset %d", p.Length, p.Offset)
			}
		}
	}
	if diff := cmp.Diff(joined(got), text); diff != "" {
		t.Error(diff)
	}
	if len(l.positions) != 1 {
		t.Errorf("%d positions, want 1", len(l.positions))
	}
}
