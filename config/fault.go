package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one rule that the file breaks.
type Fault struct {
	File         string // as it was named to Load
	Line, Column int    // from 1
	Key          string // "reports.weekly.schedule"; empty where no key can be told
	Problem      string // rule and value: "must be a number, is \"x\""; never a secret
}

// String gives the fault as one line: "config.yaml:12:5: key: rule, is value".
func (f Fault) String() string {
	where := fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Column)
	if f.Key == "" {
		return where + f.Problem
	}
	return where + f.Key + ": " + f.Problem
}

// Faults is every rule that the file breaks, in the order of the file.
type Faults []Fault

// Error gives one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

func (r *reader) sorted() Faults {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.faults
}

// nearest gives the candidate that text was probably meant to be: at most a third of its letters away; empty if there is none.
func nearest(text string, candidates []string) string {
	best, least := "", 1+max(1, len(text)/3)
	for _, c := range candidates {
		if d := distance(strings.ToLower(text), c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out, changed or swapped with their neighbour to make b of a.
func distance(a, b string) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := row[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			next[j] = min(change, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
