package tail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"syscall"
	"time"

	"authreport"
)

// JournalStream is the stream of what is read of systemd's journal. No path is like that.
const JournalStream = "journal"

// Journal reads the entries of systemd's journal through journalctl(1): in JSON, one entry a line, with the fields that make up a line of syslog.
// Make one with NewJournal. It is not safe for concurrent use.
type Journal struct {
	units     []string
	directory string

	file   File   // its position is that of the last entry that was handed out, but for the cursor
	cursor []byte // of that entry; empty: nothing was read
}

// journalFields are the fields that are asked for; journalctl adds the times and the cursor.
const journalFields = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,SYSLOG_TIMESTAMP,_PID,_COMM,_HOSTNAME,_SOURCE_REALTIME_TIMESTAMP,_SYSTEMD_UNIT"

// journalPause is how long an entry that was handed out waits for the call of pause.
const journalPause = 500 * time.Millisecond

// NewJournal makes a reader of the entries of some units, or patterns of units, that goes on where the source's known positions say; at first with all that the
// journal has. directory has the journal's files; empty: the machine's own journal.
func NewJournal(source string, units []string, directory string, known []authreport.Position) *Journal {
	j := &Journal{units: units, directory: directory, file: File{Kind: authreport.Export}} // no fingerprint is made
	j.file.Position = authreport.Position{Source: source, Stream: JournalStream, Fingerprint: JournalStream, Path: JournalStream}
	for _, p := range known {
		if p.Cursor != "" {
			j.file.Position, j.cursor = p, []byte(p.Cursor)
		}
	}
	return j
}

// Position is that of the last entry that was read; Offset is how many bytes of JSON the entries had. Its Cursor is empty if there was none.
func (j *Journal) Position() authreport.Position {
	p := j.file.Position
	p.Cursor = string(j.cursor)
	return p
}

// Stored notes the number that the store has given the position.
func (j *Journal) Stored(id int64) { j.file.Position.ID = id }

// Read hands out the entries after Position: those that are there, and with follow also those that come, until ctx ends. line is valid until each returns.
// While each runs, Position is that of the entry before, after it returned nil that of the line's. pause is called at the latest half a second after an entry was
// handed out, whether or not others come. An error of each or pause ends reading and comes back as it is.
//
// Another error is a *FileError. That the entry at Position is not in the journal any more is told so, once what is left was handed out.
func (j *Journal) Read(ctx context.Context, follow bool, each func(line []byte) error, pause func() error) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	c := j.command(running, "--output=json", "--output-fields="+journalFields, "--all", "--no-tail")
	if follow {
		c.Args = append(c.Args, "--follow")
	}
	if len(j.cursor) > 0 { // not --after-cursor, which passes over another entry if that one is gone
		c.Args = append(c.Args, "--cursor="+string(j.cursor))
	}
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("run journalctl: %w", err)
	}
	defer out.Close()
	complaint := new(firstBytes)
	c.Stdout, c.Stderr = in, complaint
	err = c.Start()
	in.Close()
	if err != nil {
		return j.fault(err, "")
	}
	none, lost := true, false
	err = j.lines(running, out, func(line []byte) error {
		cursor := cursorOf(line)
		if none && len(j.cursor) > 0 {
			if lost = !bytes.Equal(cursor, j.cursor); !lost {
				none = false
				j.file.Position.Offset -= int64(len(line)) + 1 // it is counted there already
				return nil
			}
		}
		none = false
		if err := each(line); err != nil {
			return err
		}
		if len(cursor) > 0 { // else the line was cut before it
			j.cursor = append(j.cursor[:0], cursor...)
		}
		return nil
	}, pause)
	if err != nil {
		stop()
		_ = c.Wait() // it was ended
		return err
	}
	err = c.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil || complaint.text() != "":
		return j.fault(err, complaint.text())
	case follow:
		return j.fault(errors.New("journalctl ended"), "")
	case lost, none && len(j.cursor) > 0:
		return j.lost()
	case none:
		return j.empty(ctx)
	}
	return nil
}

// command is journalctl with options, for the entries that are to be read.
func (j *Journal) command(ctx context.Context, options ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "journalctl", append(options, "--no-pager")...)
	if j.directory != "" {
		c.Args = append(c.Args, "--directory="+j.directory)
	}
	for _, unit := range j.units {
		c.Args = append(c.Args, "--unit="+unit)
	}
	c.Env = append(os.Environ(), "LC_ALL=C", "SYSTEMD_COLORS=0")
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 2 * time.Second
	return c
}

// lines hands out the lines of out until its end.
func (j *Journal) lines(ctx context.Context, out *os.File, each func([]byte) error, pause func() error) error {
	waiting := false // lines were handed out since the last pause
	handed := j.file.byLine(func(line []byte) error { waiting = true; return each(line) })
	s := splitter{buffer: make([]byte, bufferSize), max: MaxLine, each: handed, file: &j.file}
	longAgo := time.Unix(1, 0)
	timer := time.AfterFunc(time.Hour, func() { _ = out.SetReadDeadline(longAgo) }) // the end of the pipe is the only other thing that ends Read
	defer timer.Stop()
	timer.Stop()
	armed := false
	for {
		if waiting && !armed {
			armed = true
			timer.Reset(journalPause)
		}
		n, err := out.Read(s.buffer[s.end:])
		if fault := s.take(n); fault != nil {
			return fault
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			armed = false
			if err := out.SetReadDeadline(time.Time{}); err != nil {
				return fmt.Errorf("read from journalctl: %w", err)
			}
			if waiting {
				waiting = false
				if err := pause(); err != nil {
					return err
				}
			}
		case ctx.Err() != nil:
			return ctx.Err()
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read from journalctl: %w", err)
		}
	}
}

// cursorOf finds the entry's cursor in its JSON; nil if there is none. Within a string the quotes around the name would stand behind backslashes.
func cursorOf(line []byte) []byte {
	name := []byte(`"__CURSOR"`)
	for {
		i := bytes.Index(line, name)
		if i < 0 {
			return nil
		}
		line = bytes.TrimLeft(line[i+len(name):], " ")
		value, named := bytes.CutPrefix(line, []byte(":"))
		value, quoted := bytes.CutPrefix(bytes.TrimLeft(value, " "), []byte(`"`))
		if end := bytes.IndexByte(value, '"'); named && quoted && end >= 0 {
			return value[:end]
		}
	}
}

// lost is what is wrong if the journal does not have the entry where reading ended.
func (j *Journal) lost() error {
	return &FileError{
		Path:   j.name(),
		Err:    errors.New("the entry where reading ended is not there any more, and entries behind it may have gone with it"),
		Remedy: "what is left is read on; have journald keep more (SystemMaxUse= and MaxRetentionSec= in journald.conf), or let authreport run all the time",
	}
}

// empty says why there is no entry at all. When it gives JSON, journalctl keeps to itself that it does not see all.
func (j *Journal) empty(ctx context.Context) error {
	probe := j.command(ctx, "--lines=1", "--output=short")
	complaint := new(firstBytes)
	probe.Stderr = complaint
	if err := probe.Run(); err != nil || complaint.text() != "" {
		return j.fault(err, complaint.text())
	}
	return &FileError{
		Path:   j.name(),
		Err:    errors.New("no entry of " + strings.Join(j.units, ", ")),
		Remedy: "look at the units of the source (systemctl list-units), and whether journald keeps a journal (Storage= in journald.conf)",
	}
}

// fault makes an error of how journalctl ended, and of what it wrote to standard error.
func (j *Journal) fault(err error, complaint string) error {
	e := &FileError{Path: j.name(), Err: err}
	if complaint != "" {
		first, _, _ := strings.Cut(complaint, "\n")
		e.Err = errors.New("journalctl: " + strings.TrimSuffix(first, "."))
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		e.Err = errors.New("journalctl is not installed, or not in PATH")
		e.Remedy = "it comes with systemd; where that is not, name log files in paths"
	case strings.Contains(complaint, "ermission"), strings.Contains(complaint, "not seeing messages"):
		name := "authreport"
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
		e.Err = errors.New("the user " + name + " may not read it")
		e.Remedy = fmt.Sprintf("add the user %s to the group systemd-journal (usermod -aG systemd-journal %[1]s), and start authreport again", name)
		if j.directory != "" {
			e.Remedy = permissionRemedy(j.directory)
		}
	case strings.Contains(complaint, "No journal files"):
		e.Remedy = "look whether journald keeps a journal (Storage= in journald.conf), and at the directory"
	}
	return e
}

// name is what faults call the journal.
func (j *Journal) name() string {
	if j.directory != "" {
		return "systemd's journal in " + j.directory
	}
	return "systemd's journal"
}

// firstBytes keeps the first kilobytes that are written to it.
type firstBytes struct{ kept []byte }

func (f *firstBytes) Write(p []byte) (int, error) {
	f.kept = append(f.kept, p[:min(len(p), 4<<10-len(f.kept))]...)
	return len(p), nil
}

func (f *firstBytes) text() string { return strings.TrimSpace(string(f.kept)) }
