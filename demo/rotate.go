package demo

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"authreport"
)

// Files writes lines as Debian's rsyslog and logrotate leave them: mail.log, the week before in mail.log.1, older weeks in mail.log.2.gz and so on.
// A new file begins with the first line of a Sunday. Each file has the time of its last line. Make one with NewFiles.
type Files struct {
	dir  string
	days authreport.Range
	zone *time.Location

	next  time.Time // when the open file is rotated
	last  time.Time // of the last line
	path  string
	file  *os.File
	pack  io.WriteCloser // nil for a file that is not compressed
	out   *bufio.Writer
	paths []string
}

// NewFiles writes to a folder, which exists, the lines of days in zone.
func NewFiles(dir string, days authreport.Range, zone *time.Location) *Files {
	return &Files{dir: dir, days: days, zone: zone}
}

// Line writes one line, which has its line end. Lines come in the order of time.
func (f *Files) Line(at time.Time, line []byte) error {
	if f.file == nil || !at.Before(f.next) {
		if err := f.rotate(at); err != nil {
			return err
		}
	}
	f.last = at
	if _, err := f.out.Write(line); err != nil {
		return fmt.Errorf("write log %s: %w", f.path, err)
	}
	return nil
}

// Close finishes the last file.
func (f *Files) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.out.Flush()
	if f.pack != nil && err == nil {
		err = f.pack.Close()
	}
	if e := f.file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chtimes(f.path, f.last, f.last)
	}
	f.file = nil
	if err != nil {
		return fmt.Errorf("write log %s: %w", f.path, err)
	}
	return nil
}

// Paths are the files written so far, oldest first.
func (f *Files) Paths() []string { return f.paths }

// rotate opens the file for lines from at on.
func (f *Files) rotate(at time.Time) error {
	if err := f.Close(); err != nil {
		return err
	}
	day := authreport.DayOf(at.In(f.zone))
	sunday := day + 7 - authreport.Day(day.Weekday())
	f.next = sunday.Start(f.zone)
	name := "mail.log"
	number := 0 // how many rotations are still to come
	for ; sunday <= f.days.Last; sunday += 7 {
		number++
	}
	if number > 0 {
		name += fmt.Sprintf(".%d", number)
	}
	if number > 1 {
		name += ".gz"
	}
	f.path = filepath.Join(f.dir, name)
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o640)
	if err != nil {
		return fmt.Errorf("create log %s: %w", f.path, err)
	}
	f.file, f.pack = file, nil
	f.out = bufio.NewWriterSize(file, 1<<18)
	if number > 1 {
		f.pack = gzip.NewWriter(file)
		f.out.Reset(f.pack)
	}
	f.paths = append(f.paths, f.path)
	return nil
}
