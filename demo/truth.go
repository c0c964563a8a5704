package demo

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"authreport"
)

// Truth is what a reader of an invented log must count. Make one with NewTruth and hand its Add and AddFailure to Options.
type Truth struct{ *authreport.Tally }

// NewTruth makes a truth that counts the days of zone.
func NewTruth(zone *time.Location) Truth { return Truth{authreport.NewTally(zone)} }

// Sorted gives the counts of submissions by day, server, account, sender, client address, TLS version, cipher and mechanism: the order of the export, addresses as text.
func (t Truth) Sorted() []authreport.Count {
	return slices.SortedFunc(t.Counts(), func(a, b authreport.Count) int {
		x, y := &a.Client, &b.Client
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(x.Server, y.Server), cmp.Compare(x.Account, y.Account), cmp.Compare(x.Sender, y.Sender),
			cmp.Compare(x.IP.String(), y.IP.String()), cmp.Compare(x.TLS, y.TLS), cmp.Compare(x.Cipher, y.Cipher), cmp.Compare(x.Mechanism, y.Mechanism))
	})
}

// SortedFailures gives the counts of failed attempts by day, server, account, client address and mechanism.
func (t Truth) SortedFailures() []authreport.FailureCount {
	return slices.SortedFunc(t.Failures(), func(a, b authreport.FailureCount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Server, b.Server), cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.IP.String(), b.IP.String()), cmp.Compare(a.Mechanism, b.Mechanism))
	})
}

// Sum is the submissions and failed attempts in all, and the accounts that submitted.
func (t Truth) Sum() (submissions, failures int64, accounts int) {
	names := map[string]bool{}
	for c := range t.Counts() {
		submissions += c.Messages
		names[c.Client.Account] = true
	}
	for f := range t.Failures() {
		failures += f.Attempts
	}
	return submissions, failures, len(names)
}

// Compare says whether what was read is the truth, in every field that is counted; both come in the order of the export. The error names the first
// difference, or is that of reading.
func (t Truth) Compare(counts iter.Seq2[authreport.Count, error], failures iter.Seq2[authreport.FailureCount, error]) error {
	if err := compare("submissions", t.Sorted(), counts); err != nil {
		return err
	}
	return compare("failed attempts", t.SortedFailures(), failures)
}

func compare[T comparable](what string, invented []T, read iter.Seq2[T, error]) error {
	n := 0
	for row, err := range read {
		switch {
		case err != nil:
			return err
		case n == len(invented):
			return fmt.Errorf("compare %s with what was invented: read %+v, which was not invented", what, row)
		case row != invented[n]:
			return fmt.Errorf("compare %s with what was invented: read %+v, invented %+v", what, row, invented[n])
		}
		n++
	}
	if n < len(invented) {
		return fmt.Errorf("compare %s with what was invented: %+v was not read", what, invented[n])
	}
	return nil
}
