package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"authreport/config"
)

// sideBySide has Go use so many cores for a test.
func sideBySide(t *testing.T, cores int) {
	before := runtime.GOMAXPROCS(cores)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// manyStreams makes hosts' logs, some of them rotated, with what is counted of them one after the other.
func manyStreams(t *testing.T) (h *host, want truth) {
	h = newHost(t)
	second := h.sources[0]
	second.Name, second.Paths = "second", []string{h.path("second/*.log*")}
	h.sources[0].Paths = []string{h.path("*.log*")}
	h.sources = append(h.sources, second)
	if err := os.Mkdir(h.path("second"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		w := invent(t, uint64(20+i))
		want.lines += w.lines
		want.submissions += w.submissions
		want.failures += w.failures
		half := w.lineBefore(len(w.log) / 2)
		folder := []string{"", "second/"}[i%2]
		h.write(fmt.Sprintf("%s%d.log.1.gz", folder, i), zipped(t, w.log[:half]))
		h.write(fmt.Sprintf("%s%d.log", folder, i), w.log[half:])
	}
	return h, want
}

// TestSideBySide reads several streams one after the other and side by side: the counts, the summary and the faults are the same, and progress never goes back.
func TestSideBySide(t *testing.T) {
	h, want := manyStreams(t)
	h.write("7.log.1.gz", zipped(t, []byte("junk"))[:12])
	h.write("second/8.log.1.gz", zipped(t, []byte("junk"))[:12])
	var digest, faults []string
	var first Summary
	for _, cores := range []int{1, 2, 8} {
		sideBySide(t, cores)
		if err := os.Remove(h.path("authreport.db")); err != nil {
			t.Fatal(err)
		}
		h.restart()
		var told []int64
		var total int64
		h.ingester.Progress = func(done, of int64) { told, total = append(told, done), of }
		got, err := h.ingester.Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Lines != want.lines || got.Submissions != want.submissions || got.Failures != want.failures || got.Files != 8 {
			t.Errorf("%d cores: %+v, want %+v", cores, got, want)
		}
		if !slices.IsSorted(told) || len(told) < 8 || told[len(told)-1] != total {
			t.Errorf("%d cores: progress %v of %d", cores, told, total)
		}
		texts := []string{}
		for _, f := range got.Faults {
			texts = append(texts, f.String())
		}
		got.Faults = nil
		if cores == 1 {
			digest, faults, first = withoutExamples(h.digest()), texts, got
		}
		if diff := cmp.Diff(withoutExamples(h.digest()), digest); diff != "" {
			t.Errorf("%d cores: counts (-got +of one):\n%.2000s", cores, diff)
		}
		if diff := cmp.Diff(got, first); diff != "" || !slices.Equal(texts, faults) || len(texts) != 2 || !strings.HasPrefix(texts[0], "source mx: ") {
			t.Errorf("%d cores: summary (-got +of one):\n%sfaults %q", cores, diff, texts)
		}
		if again, err := h.ingester.Once(t.Context()); err != nil || again.Lines > 0 {
			t.Errorf("%d cores: read again %+v, %v", cores, again, err)
		}
	}
}

// withoutExamples takes the lines that were not understood out of a digest: which of several streams gives one, is a matter of who is first.
func withoutExamples(digest []string) []string {
	example := regexp.MustCompile(`(?s) Example:.* Repeats:`)
	for i, row := range digest {
		digest[i] = example.ReplaceAllString(row, " Repeats:")
	}
	return digest
}

// TestSideBySideBrokenOff ends passes over several streams by cancelling, and by faults of the store.
func TestSideBySideBrokenOff(t *testing.T) {
	sideBySide(t, 4)
	h, want := manyStreams(t)
	random := rand.New(rand.NewPCG(9, 9))
	var lines, broken int64
	for {
		ctx, cancel := context.WithCancel(t.Context())
		if random.IntN(2) == 0 {
			h.failing.onWrite.Store(random.Int64N(4))
			h.failing.doing = cancel
		}
		h.failing.failIn.Store(random.Int64N(4))
		summary, err := h.ingester.Once(ctx)
		cancel()
		lines += summary.Lines
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) && !errors.Is(err, errDisk) {
			t.Fatal(err)
		}
		if broken++; broken > 1000 {
			t.Fatal("no progress in 1,000 passes")
		}
		if random.IntN(3) == 0 {
			h.restart()
		}
	}
	if broken < 3 {
		t.Errorf("only %d passes were broken off", broken)
	}
	if got := h.messages(); got != want.submissions || lines != want.lines {
		t.Errorf("%d messages and %d lines, want %d and %d", got, lines, want.submissions, want.lines)
	}
}

// TestOtherSource reads a file for a source by hand that was counted for another one.
func TestOtherSource(t *testing.T) {
	w := invent(t, 30)
	h := newHost(t)
	h.write("mail.log", w.log)
	h.once()
	h.write("brought.gz", zipped(t, w.log))
	other := h.sources[0]
	other.Name, other.Paths = "other", []string{h.path("brought.gz")}
	h.ingester.Sources, h.ingester.Others = []config.Source{other}, []string{"mx"}
	summary, err := h.ingester.Once(t.Context())
	if err != nil || summary.Lines > 0 || len(summary.Faults) != 1 || !strings.Contains(summary.Faults[0].String(), "is counted for the source mx, and not for other") {
		t.Errorf("%+v, %v", summary, err)
	}
	w.compare(t, h)
}

// TestChoices says of each log what the format auto has recognised, when it is read and afterwards.
func TestChoices(t *testing.T) {
	w := invent(t, 31)
	h := newHost(t)
	h.sources[0].Format = "auto"
	h.restart()
	h.write("mail.log", w.log)
	choice := Choice{"mx", h.path("mail.log"), "postfix, RFC 3339 stamps"}
	if got := h.once(); !slices.Equal(got.Choices, []Choice{choice}) || got.Submissions != w.submissions {
		t.Errorf("read %+v, want %+v", got, choice)
	}
	for range 2 {
		if got := h.once(); len(got.Choices) > 0 {
			t.Errorf("nothing was read, %+v", got)
		}
		stored, err := Choices(t.Context(), h.store, "mx")
		if err != nil || len(stored) != 1 || stored[choice.Stream] != choice.Format {
			t.Errorf("stored %v, %v", stored, err)
		}
		h.restart()
	}
}
