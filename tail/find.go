package tail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"authreport"
)

// findAttempts is how often Find looks again because files were renamed under its eyes. Rotation renames a series in milliseconds.
const findAttempts = 5

// noMatch is what is wrong when no pattern matches anything.
type noMatch struct{}

func (noMatch) Error() string { return "no file matches" }
func (noMatch) Unwrap() error { return fs.ErrNotExist }

// Search is what Find looks for.
type Search struct {
	Source string // its name
	// Patterns are paths, or globs with *, ?, [class], {this,that} and ** for any depth; relative ones are of the working directory.
	Patterns []string
	Known    []authreport.Position // of the source
	// Others gives the positions of other sources: a file that is counted for one of them is a fault, not a file of this source. It is called when a new file
	// is found; may be nil.
	Others func() []authreport.Position
	Now    time.Time // decides whether a last line without line end is complete
	// Kind says how a file is to be read by how its text begins: its first authreport.FingerprintLength bytes, or all it has. nil: each is a Log.
	Kind   func(head []byte) authreport.FileKind
	Memory *Memory // of earlier calls for the source; may be nil
}

// Find opens the files that match the patterns, tells each by its content against the known positions of the source, and orders them: by stream, and in a
// stream oldest first. JoinedLogs of a source are one stream, ordered by the hour in their names (Exchange's RECV2026112401-1.LOG), or else in which they were
// last written; so are Exports, by the time at which they were written. These two streams bear the name of the source.
//
// Files with the same content (one and its compressed twin, a copy, a link) come once. Directories are passed over. The caller closes the files.
//
// faults has a *FileError for each file and pattern that cannot be read, in the order of their texts, beside the files that can: also for each path without
// wildcards that is missing, and if nothing at all matches (both with fs.ErrNotExist), and for each file that is unchanged since it was found broken.
func Find(s Search) (files []*File, faults []error) {
	known, others := newIndex(s.Known), sync.OnceValue(func() index { return newIndex(s.Others()) })
	for attempt := 1; ; attempt++ {
		found, faults := list(s.Patterns)
		l := look{Search: s, known: known, others: others, faults: faults}
		l.at(found)
		if attempt == findAttempts || !slices.ContainsFunc(l.files, (*File).Unread) || l.unmoved(found) {
			slices.SortStableFunc(l.faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
			return l.files, l.faults
		}
		for _, f := range l.files {
			f.Close()
		}
	}
}

// unmoved says whether the files are still where they were found.
func (l *look) unmoved(found []match) bool {
	again, _ := list(l.Patterns)
	return slices.EqualFunc(found, again, match.equal)
}

// match is a file that a pattern matches.
type match struct {
	path string
	info os.FileInfo // nil: to be passed over
	link bool        // a symbolic link
}

func (m match) equal(other match) bool {
	return m.path == other.path && idOf(m.path, m.info) == idOf(other.path, other.info)
}

// list gives what patterns match, ordered by path. Of several names of one file it takes the first that is not a symbolic link.
func list(patterns []string) (found []match, faults []error) {
	for _, pattern := range patterns {
		paths, named, err := expand(pattern)
		if err != nil {
			faults = append(faults, err)
		}
		for _, path := range paths {
			m, err := inspect(path, named)
			if err != nil {
				faults = append(faults, err)
			} else if m.info != nil {
				found = append(found, m)
			}
		}
	}
	if len(found) == 0 && len(faults) == 0 {
		faults = append(faults, &FileError{Path: strings.Join(patterns, ", "), Err: noMatch{}, Remedy: absentRemedy})
	}
	slices.SortFunc(found, func(a, b match) int { return strings.Compare(a.path, b.path) })
	return uniqueFiles(found), faults
}

// uniqueFiles leaves out further names of the same file.
func uniqueFiles(found []match) []match {
	best := map[DiskID]int{}
	var unique []match
	for _, m := range found {
		id := idOf(m.path, m.info)
		i, seen := best[id]
		switch {
		case !seen:
			best[id] = len(unique)
			unique = append(unique, m)
		case unique[i].link && !m.link:
			unique[i] = m
		}
	}
	return unique
}

// expand gives the paths that a pattern matches. named says that the pattern has no wildcards, or is the name of an existing file: it matches itself, whether or not that exists.
func expand(pattern string) (paths []string, named bool, err error) {
	absolute, err := filepath.Abs(pattern)
	if err != nil {
		return nil, false, fileError(pattern, err)
	}
	if _, err := os.Lstat(absolute); err == nil || !strings.ContainsAny(pattern, `*?[{\`) {
		return []string{absolute}, true, nil
	}
	var options []doublestar.GlobOption
	if strings.Contains(pattern, "**") {
		options = append(options, doublestar.WithNoFollow()) // links can make endless trees
	}
	paths, err = doublestar.FilepathGlob(absolute, append(options, doublestar.WithFailOnIOErrors())...)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return paths, false, nil
	}
	fault := fileError(pattern, err)
	if refused := new(fs.PathError); errors.As(err, &refused) {
		base, _ := doublestar.SplitPattern(filepath.ToSlash(absolute))
		fault = fileError(filepath.Join(base, refused.Path), err)
	}
	paths, err = doublestar.FilepathGlob(absolute, options...) // what can be seen all the same
	if err != nil {
		return nil, false, fileError(pattern, err)
	}
	return paths, false, fault
}

// inspect looks at one path. What a wildcard matches by chance, a directory or a file that was removed just now, is passed over without a word; what was named is not.
func inspect(path string, named bool) (match, error) {
	m := match{path: path}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		m.link = true
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && m.link:
		to, _ := os.Readlink(path)
		return m, &FileError{Path: path, Err: fs.ErrNotExist, Remedy: "it is a symbolic link to " + to + ", which is missing"}
	case errors.Is(err, fs.ErrNotExist) && !named:
		return m, nil
	case err != nil:
		return m, fileError(path, err)
	case info.Mode().IsRegular():
		m.info = info
		return m, nil
	case info.IsDir() && !named:
		return m, nil
	case info.IsDir():
		return m, &FileError{Path: path, Err: errors.New("is a directory"), Remedy: "to read the files in it, name them: " + filepath.Join(path, "*")}
	}
	return m, &FileError{Path: path, Err: errors.New("is not a regular file")}
}
