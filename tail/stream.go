package tail

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The endings that log rotation gives to names: logrotate's numbers and its dateext, also with "extension", newsyslog's numbers,
// and maillog_file_rotate_suffix of Postfix (20261123-101500).
var (
	compressedName = regexp.MustCompile(`(?s)^(.+)\.(?:gz|bz2|xz|zst|Z)$`)
	numberedName   = regexp.MustCompile(`(?s)^(.+?)\.([0-9]{1,3})(\.log)?$`)
	hourlyName     = regexp.MustCompile(`(?i)^recv([0-9]{8}(?:[0-9]{2})?)-([0-9]+)\.log$`) // Exchange: a file for each hour or day, and a further one when that is full
	datedName      = regexp.MustCompile(`(?s)^(.+?)[.-]([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8,14})((?:[-_T][0-9]{2,14}){0,3})(\.log)?$`)
)

// The kinds of a name in a stream, oldest first.
const (
	numbered = iota // mail.log.2.gz: the higher the number, the older
	dated           // mail.log-20261123: in the order of the dates
	unnamed         // mail.log.gz: compressed, and else called as the live file
	live            // mail.log
	timed           // of a stream that is ordered by time alone
)

// place is where a file stands in its stream.
type place struct {
	kind     int
	number   int       // of a numbered one; of a timed one, in its hour
	date     string    // digits of a dated one; of a timed one, the hour
	modified time.Time // of a timed one without an hour in its name
}

// timePlace gives the place of a file in a stream that is ordered by time: by the hour in its name, else in which it was last written (UTC).
func timePlace(path string, modified time.Time) place {
	name := filepath.Base(path)
	if m := compressedName.FindStringSubmatch(name); m != nil {
		name = m[1]
	}
	if m := hourlyName.FindStringSubmatch(name); m != nil {
		number, _ := strconv.Atoi(m[2]) // one that is too large is the largest
		return place{kind: timed, date: m[1], number: number}
	}
	return place{kind: timed, date: modified.UTC().Format("2006010215"), modified: modified}
}

// streamOf gives the path of the live file of the series that path belongs to by its name, and its place in it.
func streamOf(path string) (stream string, p place) {
	dir, name := filepath.Split(path)
	p.kind = live
	if m := compressedName.FindStringSubmatch(name); m != nil && isName(m[1]) {
		name = m[1]
		p.kind = unnamed
	}
	switch numbers, dates := numberedName.FindStringSubmatch(name), datedName.FindStringSubmatch(name); {
	case numbers != nil && isName(numbers[1]+numbers[3]):
		name = numbers[1] + numbers[3]
		p.kind = numbered
		p.number, _ = strconv.Atoi(numbers[2]) // three digits at most
	case dates != nil && isName(dates[1]+dates[4]):
		name = dates[1] + dates[4]
		p.kind = dated
		p.date = strings.Map(onlyDigits, dates[2]+dates[3])
	}
	return filepath.Join(dir, name), p
}

// isName says whether a file can be called so.
func isName(name string) bool { return name != "." && name != ".." }

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// compare orders the places of one stream, oldest first.
func (p place) compare(q place) int {
	byNumber := cmp.Compare(p.number, q.number)
	if p.kind == numbered {
		byNumber = -byNumber
	}
	return cmp.Or(cmp.Compare(p.kind, q.kind), strings.Compare(p.date, q.date), byNumber, p.modified.Compare(q.modified))
}
