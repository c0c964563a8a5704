package demo

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFilesAreRotatedOnSundays(t *testing.T) {
	o := small(t, 1)
	dir := t.TempDir()
	files := NewFiles(dir, o.Days, o.Zone)
	whole := &bytes.Buffer{}
	last := map[string]time.Time{}
	_, err := New(o).Write(t.Context(), func(at time.Time, line []byte) error {
		whole.Write(line)
		if err := files.Line(at, line); err != nil {
			return err
		}
		last[files.Paths()[len(files.Paths())-1]] = at
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	var names []string
	read := &bytes.Buffer{}
	for _, path := range files.Paths() {
		names = append(names, filepath.Base(path))
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := info.ModTime(), last[path]; got.Sub(want).Abs() > time.Microsecond {
			t.Errorf("%s: got time %s, want that of its last line, %s", path, got, want)
		}
		readFile(t, path, read)
	}
	// 24 October 2026 is a Saturday, 3 November a Tuesday; Sundays are the 25th and the 1st.
	if diff := cmp.Diff([]string{"mail.log.2.gz", "mail.log.1", "mail.log"}, names); diff != "" {
		t.Errorf("files, oldest first (-want +got):\n%s", diff)
	}
	if !bytes.Equal(read.Bytes(), whole.Bytes()) {
		t.Errorf("got %d bytes from the files, want the %d that were written", read.Len(), whole.Len())
	}
}

func readFile(t *testing.T, path string, to io.Writer) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	from := io.Reader(file)
	if filepath.Ext(path) == ".gz" {
		if from, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
}
