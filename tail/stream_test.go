package tail

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStreams has the names of each series in the order in which they are read.
func TestStreams(t *testing.T) {
	for _, test := range []struct {
		stream string
		names  []string
	}{
		{"mail.log", []string{"mail.log.10.gz", "mail.log.2.gz", "mail.log.1", "mail.log.0.bz2", "mail.log"}},
		{"maillog", []string{"maillog-20251231.gz", "maillog-20260101", "maillog-20260101-1767225600", "maillog-20260102.zst", "maillog"}},
		{"maillog", []string{"maillog-2026-11-22.xz", "maillog-2026-11-23", "maillog.gz", "maillog"}},
		{"maillog", []string{"maillog-2026112321", "maillog-2026112322.gz", "maillog"}},
		{"postfix.log", []string{"postfix.log.20261122-235959.gz", "postfix.log.20261123-000000", "postfix.log.20261123-101500", "postfix.log"}}, // maillog_file_rotate_suffix
		{"mainlog", []string{"mainlog.02.gz", "mainlog.01", "mainlog"}},                                                                          // exicyclog
		{"mail.log", []string{"mail.2.log.gz", "mail.1.log", "mail-20261122.log", "mail-20261123.log", "mail.log"}},                              // logrotate with "extension .log"
		{"mail", []string{"mail-1764000000", "mail-1764086400", "mail"}},                                                                         // logrotate with "dateformat -%s"
		{"mx1", []string{"mx1"}},
		{"mail-2026.log", []string{"mail-2026.log"}},
		{"RECV2026112310-1.LOG", []string{"RECV2026112310-1.LOG"}}, // Exchange
		{"1", []string{"1.gz", "1"}},
		{".1", []string{".1"}},
	} {
		var got []string
		for _, name := range test.names {
			path := filepath.Join("/var/log", name)
			stream, _ := streamOf(path)
			if want := filepath.Join("/var/log", test.stream); stream != want {
				t.Errorf("%s is of stream %s, want %s", path, stream, want)
			}
			got = append(got, name)
		}
		slices.Reverse(got)
		slices.SortStableFunc(got, comparePaths)
		if !slices.Equal(got, test.names) {
			t.Errorf("order %q, want %q", got, test.names)
		}
	}
}

func comparePaths(a, b string) int {
	_, pa := streamOf(a)
	_, pb := streamOf(b)
	return pa.compare(pb)
}

// FuzzStream holds of every name that compression does not change its stream, that the folder stays, that a name never becomes empty, and that names have one order.
func FuzzStream(f *testing.F) {
	f.Add("mail.log.1", "mail.log-20261123", "mail.log")
	f.Add("mail.2.log.gz", "mail.log.20261123-101500", "mail..gz")
	f.Add(".1", "-20261123", "\n.1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, name := range []string{a, b, c} {
			if name == "" || name == "." || name == ".." || strings.ContainsRune(name, filepath.Separator) {
				t.Skip()
			}
			stream, _ := streamOf(filepath.Join("/var/log", name))
			if filepath.Dir(stream) != "/var/log" || filepath.Base(stream) == "" {
				t.Errorf("%q is of stream %q", name, stream)
			}
			if compressedName.MatchString(name) {
				continue
			}
			if packed, _ := streamOf(filepath.Join("/var/log", name+".gz")); packed != stream {
				t.Errorf("%q is of stream %q, compressed of %q", name, stream, packed)
			}
		}
		if comparePaths(a, b) != -comparePaths(b, a) {
			t.Errorf("%q and %q have no order", a, b)
		}
		if comparePaths(a, b) <= 0 && comparePaths(b, c) <= 0 && comparePaths(a, c) > 0 {
			t.Errorf("%q, %q and %q go in a circle", a, b, c)
		}
	})
}
