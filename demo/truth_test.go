package demo

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"authreport"
	"authreport/maillog"
)

// A parser must find every submission and failed attempt that was invented, by every field that is counted, and nothing else.
func TestTheParserFindsTheTruth(t *testing.T) {
	for seed := range uint64(4) {
		o := small(t, 100+seed)
		i := invent(t, o)
		parser, err := maillog.New("postfix", maillog.Options{Source: "demo", Location: o.Zone, DefaultDomain: mainDomain})
		if err != nil {
			t.Fatal(err)
		}
		read := authreport.NewTally(o.Zone)
		parser.File(i.times[len(i.times)-1])
		for line := range bytes.Lines(i.log.Bytes()) {
			parser.Line(bytes.TrimSuffix(line, []byte("\n")), read)
		}
		parser.Flush(read)
		if diff := gocmp.Diff(counts(i.tally), counts(read)); diff != "" {
			t.Errorf("seed %d: counts (-invented +read):\n%s", o.Seed, diff)
		}
		if diff := gocmp.Diff(failures(i.tally), failures(read)); diff != "" {
			t.Errorf("seed %d: failures (-invented +read):\n%s", o.Seed, diff)
		}
		lines := int64(0)
		for l := range read.Lines() {
			lines += l.Read
			if l.NotUnderstood > 0 {
				t.Errorf("seed %d: %s: %d lines are not understood, such as %s", o.Seed, l.Day, l.NotUnderstood, l.Example)
			}
		}
		if lines != int64(len(i.times)) {
			t.Errorf("seed %d: got %d lines read, want %d", o.Seed, lines, len(i.times))
		}
	}
}

type count struct {
	Day, Account, Sender, IP, TLS, Cipher, Mechanism, Server, Domain string
	Messages, Recipients                                             int64
	Hours                                                            authreport.Hours
}

func counts(t *authreport.Tally) []count {
	return sorted(t.Counts(), func(c authreport.Count) count {
		return count{c.Day.String(), c.Client.Account, c.Client.Sender, c.Client.IP.String(), c.Client.TLS.String(), c.Client.Cipher, c.Client.Mechanism, c.Client.Server, c.Client.Domain, c.Messages, c.Recipients, c.Hours}
	}, func(a, b count) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Sender, b.Sender), cmp.Compare(a.IP, b.IP), cmp.Compare(a.TLS, b.TLS), cmp.Compare(a.Cipher, b.Cipher), cmp.Compare(a.Mechanism, b.Mechanism))
	})
}

type failure struct {
	Day, Server, Account, IP, Mechanism string
	Attempts                            int64
	Hours                               authreport.Hours
}

func failures(t *authreport.Tally) []failure {
	return sorted(t.Failures(), func(f authreport.FailureCount) failure {
		return failure{f.Day.String(), f.Server, f.Account, f.IP.String(), f.Mechanism, f.Attempts, f.Hours}
	}, func(a, b failure) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account, b.Account), cmp.Compare(a.IP, b.IP), cmp.Compare(a.Mechanism, b.Mechanism))
	})
}

func sorted[From, To any](from iter.Seq[From], as func(From) To, compare func(a, b To) int) []To {
	var rows []To
	for v := range from {
		rows = append(rows, as(v))
	}
	slices.SortFunc(rows, compare)
	return rows
}
