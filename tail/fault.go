package tail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"authreport"
)

// FileError is why one log file, or what a pattern matches, cannot be read. errors.Is finds fs.ErrPermission and fs.ErrNotExist in it.
type FileError struct {
	Path   string // of the file, or the pattern
	Err    error
	Remedy string // what the administrator can do about it, a sentence without full stop; empty if nothing is known to help
}

// Error names the file, what is wrong, and what helps.
func (e *FileError) Error() string {
	text := fmt.Sprintf("read log %s: %v", e.Path, e.Err)
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Unwrap gives the error without path and remedy.
func (e *FileError) Unwrap() error { return e.Err }

const absentRemedy = "look at the paths of the source, and whether the machine writes a log file at all: a Debian without rsyslog logs to the journal alone"

// bare takes off the path that the error of package os carries: a FileError has it already.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// fileError makes a FileError of what opening or listing path met.
func fileError(path string, err error) *FileError {
	e := &FileError{Path: path, Err: bare(err)}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Remedy = permissionRemedy(path)
	case errors.Is(err, fs.ErrNotExist):
		e.Remedy = absentRemedy
	}
	return e
}

// faulty is the error of a file with a Position.Fault.
func faulty(p *authreport.Position) *FileError {
	counted := "the lines before that are counted"
	if p.Offset == 0 {
		counted = "nothing of it is counted"
	}
	return &FileError{Path: p.Path, Err: errors.New(p.Fault), Remedy: counted + "; put a whole file in its place, or leave it out of paths"}
}

// Alien is the error of a file that two sources name: it is counted for its owner, and not for the other one.
func Alien(path, owner, other string) *FileError {
	return &FileError{Path: path, Err: alien{owner, other}, Remedy: "take it out of the paths of one of them"}
}

// ErrAlien is in the error that Alien gives: no line of such a file is missing.
var ErrAlien = errors.New("is counted for another source")

type alien struct{ owner, other string }

func (a alien) Error() string {
	return "is counted for the source " + a.owner + ", and not for " + a.other
}
func (a alien) Is(other error) bool { return other == ErrAlien }

// permissionRemedy says what lets us read path: membership of the group that may, or else another mode.
func permissionRemedy(path string) string {
	name := "authreport"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	which, info := refused(path)
	if info == nil {
		return fmt.Sprintf("let the user %s read it", name)
	}
	it := which
	if filepath.Clean(path) == which {
		it = "it"
	}
	owner, group := ownerOf(info)
	need := fs.FileMode(0o040)
	if info.IsDir() {
		need = 0o050
	}
	switch {
	case info.Mode().Perm()&need == need && group != "":
		return fmt.Sprintf("add the user %s to the group %s, which may read %s (usermod -aG %[2]s %[1]s), and start authreport again", name, group, it)
	case info.IsDir():
		return fmt.Sprintf("its mode %v keeps others than %s out: give %s a group that may read it (chgrp adm, chmod g+rx) and add the user %s to that group",
			info.Mode().Perm(), owner, it, name)
	}
	return fmt.Sprintf("its mode %v lets only %s read it: have the log written and rotated with a group that may read it (logrotate: create 0640 root adm), and add the user %s to that group",
		info.Mode().Perm(), owner, name)
}

// refused finds what keeps us from path: a directory on the way that may not be searched, else path itself. info is nil if that cannot be found out.
func refused(path string) (name string, info os.FileInfo) {
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil {
			return dir, info
		}
		if dir == filepath.Dir(dir) {
			return path, nil
		}
	}
}

func userName(id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return text
}

func groupName(id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	if g, err := user.LookupGroupId(text); err == nil {
		return g.Name
	}
	return text
}
