package demo

import (
	"bytes"
	"iter"
	"testing"

	"authreport"
	"authreport/maillog"
)

// A parser must find every submission and failed attempt that was invented, by every field that is counted, and nothing else.
func TestTheParserFindsTheTruth(t *testing.T) {
	for seed := range uint64(3) {
		o := small(t, 100+seed)
		i := invent(t, o)
		parser, err := maillog.New("postfix", maillog.Options{Source: "demo", Location: o.Zone, DefaultDomain: mainDomain})
		if err != nil {
			t.Fatal(err)
		}
		read := NewTruth(o.Zone)
		parser.File(i.times[len(i.times)-1])
		for line := range bytes.Lines(i.log.Bytes()) {
			parser.Line(bytes.TrimSuffix(line, []byte("\n")), read.Tally)
		}
		parser.Flush(read.Tally)
		if err := i.truth.Compare(each(read.Sorted()), each(read.SortedFailures())); err != nil {
			t.Errorf("seed %d: %v", o.Seed, err)
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

func testCompare(t *testing.T, i *invented) {
	counts, failures := i.truth.Sorted(), i.truth.SortedFailures()
	if err := i.truth.Compare(each(counts), each(failures)); err != nil {
		t.Errorf("got %v for the truth itself, want no difference", err)
	}
	fewer := counts[:len(counts)-1]
	more := append(counts[:len(counts):len(counts)], authreport.Count{Day: 1 << 20})
	wrong := append([]authreport.Count(nil), counts...)
	wrong[0].Recipients++
	for name, rows := range map[string][]authreport.Count{"fewer": fewer, "more": more, "wrong": wrong} {
		if i.truth.Compare(each(rows), each(failures)) == nil {
			t.Errorf("%s rows: got no difference", name)
		}
	}
	if i.truth.Compare(each(counts), each(failures[1:])) == nil {
		t.Error("one failure less: got no difference")
	}
}

func each[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}
