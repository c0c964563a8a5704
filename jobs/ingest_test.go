package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/config"
)

func TestReadingTwiceAddsNothing(t *testing.T) {
	w := invent(t, 1)
	h := newHost(t)
	h.write("mail.log", w.log)
	h.once()
	w.compare(t, h)
	writes := h.failing.writes.Load()
	for range 2 {
		if got := h.once(); got.Lines != 0 || got.Files != 0 || h.failing.writes.Load() != writes {
			t.Errorf("read again: %+v, %d writes", got, h.failing.writes.Load()-writes)
		}
		h.restart()
		writes = 0
	}
	// The same by hand, from copies under other names.
	h.write("copy of mail.log", w.log)
	h.write("copy.gz", zipped(t, w.log))
	h.sources[0].Paths = []string{h.path("copy of mail.log"), h.path("copy.gz")}
	if got := h.once(); got.Lines != 0 {
		t.Errorf("read a copy: %+v", got)
	}
	w.compare(t, h)
}

// TestPiecesWithRestarts appends pieces that end anywhere and restarts between them.
func TestPiecesWithRestarts(t *testing.T) {
	w := invent(t, 2)
	random := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{2, 30} {
		h := newHost(t)
		for _, piece := range w.pieces(random, n, false) {
			h.append("mail.log", piece)
			h.once()
			if random.IntN(2) == 0 {
				h.restart()
			}
		}
		w.compare(t, h)
	}
}

// TestRotationsOfAllKinds rotates the log as servers and logrotate do, at random moments, with reading and restarting between any two steps.
func TestRotationsOfAllKinds(t *testing.T) {
	w := invent(t, 3)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			h := newHost(t)
			random := rand.New(rand.NewPCG(seed, 3))
			sometimes := func() {
				switch random.IntN(4) {
				case 0:
					h.once()
				case 1:
					h.restart()
					h.once()
				}
			}
			for i, piece := range w.pieces(random, 20, true) {
				half := bytes.LastIndexByte(piece[:len(piece)/2], '\n') + 1
				h.append("mail.log", piece[:half])
				sometimes()
				rotate(h, random, fmt.Sprintf("mail.log-202611%02d", i+1), piece[half:], sometimes)
				sometimes()
			}
			h.once()
			w.compare(t, h)
			if again := h.once(); again.Lines != 0 {
				t.Errorf("read again: %+v", again)
			}
		})
	}
}

// rotate makes mail.log the file of that name in one of the ways that are in use. rest is written just before, to the old file still, or to the new one.
func rotate(h *host, random *rand.Rand, to string, rest []byte, between func()) {
	switch random.IntN(3) {
	case 0: // the server goes on with the old file until it is told
		h.rename("mail.log", to)
		between()
		h.append(to, rest)
		between()
		h.write("mail.log", nil)
	case 1: // copy and truncate
		h.append("mail.log", rest)
		between()
		h.write(to, h.data("mail.log"))
		between()
		h.write("mail.log", nil)
	case 2: // no rotation
		h.append("mail.log", rest)
		return
	}
	if random.IntN(2) == 0 {
		between()
		data := zipped(h.t, h.data(to))
		h.write(to+".gz", data[:len(data)/2])
		between()
		h.write(to+".gz", data)
		between()
		if err := os.Remove(h.path(to)); err != nil {
			h.t.Fatal(err)
		}
	}
}

// TestBrokenOffPasses ends passes by cancelling at random moments and by faults of the store.
func TestBrokenOffPasses(t *testing.T) {
	w := invent(t, 4)
	h := newHost(t)
	random := rand.New(rand.NewPCG(4, 4))
	for i, piece := range w.pieces(random, 6, true) {
		h.write(fmt.Sprintf("mail.log.%d", 6-i), piece)
	}
	broken := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		looks := random.IntN(30)
		// The clock runs a second at each look, so that batches are stored all the time.
		h.ingester.Now = func() time.Time {
			h.now = h.now.Add(time.Second)
			if looks--; looks < 0 {
				cancel()
			}
			return h.now
		}
		h.failing.failIn.Store(random.Int64N(3))
		_, err := h.ingester.Once(ctx)
		cancel()
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
	if broken < 5 {
		t.Errorf("only %d passes were broken off", broken)
	}
	w.compare(t, h)
}

// TestTwoSourcesOneFile counts a file for one of the sources that name it, and says so; the one that it was counted for before keeps it.
func TestTwoSourcesOneFile(t *testing.T) {
	w := invent(t, 5)
	h := newHost(t)
	h.write("mail.log", w.log)
	second := h.sources[0]
	second.Name = "second"
	second.Paths = []string{h.path("mail.*")}
	both := []config.Source{h.sources[0], second}
	for _, order := range [][]config.Source{both, {both[1], both[0]}} {
		h.ingester.Sources = order
		for range 2 {
			summary, err := h.ingester.Once(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var faults []string
			for _, f := range summary.Faults {
				faults = append(faults, strings.ReplaceAll(f.String(), h.dir, "DIR"))
			}
			want := "source second: read log DIR/mail.log: is counted for the source mx, and not for second; take it out of the paths of one of them"
			if !slices.Equal(faults, []string{want}) {
				t.Errorf("faults %q\nwant   %q", faults, want)
			}
		}
	}
	w.compare(t, h)
}

// TestFaultsOfFiles has files that cannot be read beside one that can: the good one is read, the faults are kept in the store, and go when they are over.
func TestFaultsOfFiles(t *testing.T) {
	w := invent(t, 6)
	h := newHost(t)
	half := bytes.LastIndexByte(w.log[:len(w.log)/2], '\n') + 1
	packed := zipped(t, w.log[:half])
	h.write("mail.log.1.gz", packed[:len(packed)-7])
	h.write("mail.log", w.log[half:])
	if err := os.Symlink("nowhere", h.path("mail.log.2")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		fmt.Sprintf("read log DIR/mail.log.1.gz: gzip breaks off after %d bytes of text: unexpected EOF; the lines before that are counted; put a whole file in its place, or leave it out of paths", half),
		"read log DIR/mail.log.2: file does not exist; it is a symbolic link to nowhere, which is missing",
	}
	for range 3 {
		summary, err := h.ingester.Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stored, err := Faults(t.Context(), h.store, "mx")
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(stored)
		for i := range stored {
			stored[i] = strings.ReplaceAll(stored[i], h.dir, "DIR")
		}
		if !slices.Equal(stored, want) || len(summary.Faults) != 2 {
			t.Fatalf("faults %v, stored %q\nwant %q", summary.Faults, stored, want)
		}
		w.compare(t, h)
		h.restart()
	}
	h.write("mail.log.1.gz", packed)
	if err := os.Remove(h.path("mail.log.2")); err != nil {
		t.Fatal(err)
	}
	h.once()
	if stored, err := Faults(t.Context(), h.store, "mx"); err != nil || len(stored) > 0 {
		t.Errorf("faults %q, %v after all was put right", stored, err)
	}
	w.compare(t, h)
}

func TestProgress(t *testing.T) {
	w := invent(t, 7)
	h := newHost(t)
	h.write("mail.log", w.log)
	h.write("mail.log.1.gz", zipped(t, []byte("junk\n")))
	total := int64(len(w.log) + len(zipped(t, []byte("junk\n"))))
	var told []int64
	h.ingester.Now = func() time.Time { h.now = h.now.Add(time.Second); return h.now }
	h.ingester.Progress = func(done, of int64) {
		if of != total {
			t.Fatalf("total %d, want %d", of, total)
		}
		told = append(told, done)
	}
	h.once()
	if len(told) < 5 || !slices.IsSorted(told) || told[len(told)-1] != total {
		t.Errorf("progress %v, want up to %d", told, total)
	}
}
