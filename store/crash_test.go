package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// oneMore is a batch that moves a file's position one byte on for one message of a client of its own, one failed attempt and one line.
func oneMore(p authreport.Position) authreport.Batch {
	p.Offset++
	tally := authreport.NewTally(time.UTC)
	tally.Add(authreport.Submission{Time: noon, Client: authreport.Client{Sender: fmt.Sprintf("%d@example.org", p.Offset), Domain: "example.org"}})
	tally.AddFailure(authreport.Attempt{Time: noon})
	tally.AddLines(authreport.Lines{Source: p.Source, Day: authreport.DayOf(noon), Read: 1})
	return authreport.Batch{Position: p, Sessions: fmt.Append(nil, p.Offset), Tally: tally}
}

// checkSums holds that what oneMore wrote is all there, or none of it, for each of its batches: n of them.
func checkSums(t *testing.T, s *Store, n int64) {
	t.Helper()
	ctx := t.Context()
	positions, err := s.Positions(ctx, "mail")
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 && len(positions) == 0 {
		positions = make([]authreport.Position, 1)
	}
	if len(positions) != 1 || positions[0].Offset != n {
		t.Fatalf("positions are %+v, want one with the offset %d", positions, n)
	}
	var messages, attempts, lines int64
	for _, c := range collect(t, s.Export(ctx, all, nil)) {
		messages += c.Messages
	}
	for _, f := range collect(t, s.Failures(ctx, all)) {
		attempts += f.Attempts
	}
	for _, l := range collect(t, s.Lines(ctx, all)) {
		lines += l.Read
	}
	if messages != n || attempts != n || lines != n {
		t.Errorf("%d messages, %d attempts, %d lines; want %d of each", messages, attempts, lines, n)
	}
	if state, err := s.Sessions(ctx, "mail", "/var/log/mail.log"); err != nil || n > 0 && string(state) != fmt.Sprint(n) {
		t.Errorf("the open sessions are %q, %v; want those after %d", state, err, n)
	}
	if n := dangling(t, s); n != 0 {
		t.Errorf("%d rows dangle", n)
	}
}

// ingester writes batches until it is killed, and tells after each.
func ingester(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+path, options())
	if err != nil {
		return err
	}
	p := authreport.Position{Source: "mail", Stream: "/var/log/mail.log", Path: "/var/log/mail.log"}
	positions, err := s.Positions(ctx, "mail")
	if err != nil {
		return err
	}
	if len(positions) > 0 {
		p = positions[0]
	}
	for {
		if p, err = s.Write(ctx, oneMore(p)); err != nil {
			return err
		}
		fmt.Println(p.Offset)
	}
}

// TestKilledIngest kills a process that writes batches, again and again: each batch is there as a whole or not at all, and those that were told are there.
func TestKilledIngest(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	path := filepath.Join(t.TempDir(), "authreport.db")
	kills := 10
	if testing.Short() {
		kills = 3
	}
	var told, stored int64
	for range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"=ingester "+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + random.IntN(50) {
			lines.Scan()
			if _, err := fmt.Sscan(lines.Text(), &told); err != nil {
				t.Fatalf("the process told %q", lines.Text())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		s := open(t, path, options())
		positions, err := s.Positions(t.Context(), "mail")
		if err != nil || len(positions) != 1 || positions[0].Offset < max(told, stored) {
			t.Fatalf("after %d batches positions are %+v, %v", told, positions, err)
		}
		stored = positions[0].Offset
		checkSums(t, s, stored)
		s.Close()
	}
}

// TestDiskFull holds that a full disk is told with the store's path, leaves nothing of the batch, and that the batch can be written once there is room.
func TestDiskFull(t *testing.T) {
	s := newStore(t)
	p := authreport.Position{Source: "mail", Stream: "/var/log/mail.log", Path: "/var/log/mail.log"}
	p, err := s.Write(t.Context(), oneMore(p))
	if err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		var got int
		if err := s.write.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // no less than there are
	big := oneMore(p)
	for i := range 5000 {
		big.Tally.AddFailure(authreport.Attempt{Time: noon.AddDate(0, 0, 1), Account: fmt.Sprint(i)})
	}
	_, err = s.Write(t.Context(), big)
	if err == nil || !strings.Contains(err.Error(), s.Path()) || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("got %v, want an error that names the store and the full disk", err)
	}
	checkSums(t, s, 1)
	limit(1 << 30)
	if _, err := s.Write(t.Context(), oneMore(p)); err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, 2)
}

// TestDamaged holds that a damaged file is told as such, with what to do.
func TestDamaged(t *testing.T) {
	s := newStore(t)
	tally := authreport.NewTally(time.UTC)
	for k := range 10_000 {
		tally.AddFailure(authreport.Attempt{Time: noon, Account: fmt.Sprint(k)})
		tally.Add(authreport.Submission{Time: noon, Client: authreport.Client{Sender: fmt.Sprint(k)}})
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	s.Close()
	content, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for i := 100 << 10; i < len(content); i++ {
		content[i] = byte(i)
	}
	if err := os.WriteFile(s.Path(), content, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := open(t, s.Path(), options())
	var failures, counts error
	for _, failures = range damaged.Failures(t.Context(), all) {
	}
	for _, counts = range damaged.Counts(t.Context(), all) {
	}
	for what, err := range map[string]error{"failed attempts": failures, "counts": counts} {
		if err == nil || !strings.Contains(err.Error(), s.Path()) || !strings.Contains(err.Error(), "the file is damaged: put back a copy") {
			t.Errorf("%s of a damaged file: %v; want an error that says so, with path and remedy", what, err)
		}
	}
}

// TestStoppedWrite holds that a batch whose context ends is not stored, and the next one is.
func TestStoppedWrite(t *testing.T) {
	s := newStore(t)
	p := authreport.Position{Source: "mail", Stream: "/var/log/mail.log", Path: "/var/log/mail.log"}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Write(stopped, oneMore(p)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	checkSums(t, s, 0)
	if _, err := s.Write(t.Context(), oneMore(p)); err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, 1)
}

// TestWritersTogether holds that several who write the same keys at once lose nothing to each other, and that clients that are not remembered are found again.
func TestWritersTogether(t *testing.T) {
	const writers = 3
	path := filepath.Join(t.TempDir(), "authreport.db")
	whole := authreport.NewTally(time.UTC)
	var group sync.WaitGroup
	for i := range writers {
		list := events(rand.New(rand.NewPCG(7, uint64(i%2))), 500)
		for _, event := range list {
			event(whole)
		}
		s := open(t, path, options())
		group.Go(func() {
			if err := s.startWriter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			s.writer.interner = newInterner(4)
			tally := authreport.NewTally(time.UTC)
			for k, event := range list {
				if event(tally); k%50 != 49 {
					continue
				}
				position := authreport.Position{Source: fmt.Sprint(i)}
				if _, err := s.Write(t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
					t.Error(err)
				}
				tally.Reset()
			}
		})
	}
	group.Wait()
	s := open(t, path, options())
	if diff := cmp.Diff(contentsOf(t, s), contentsOfTally(whole), compare); diff != "" {
		t.Errorf("the store has, and not as one tally would:\n%s", diff)
	}
	if n := dangling(t, s); n != 0 {
		t.Errorf("%d rows dangle", n)
	}
}

// TestFewAndManyClients holds that a client keeps its number, whether the one who writes remembers all clients or has to look for them, and whoever of these stored it.
func TestFewAndManyClients(t *testing.T) {
	path := filepath.Join(t.TempDir(), "authreport.db")
	few, many := open(t, path, options()), open(t, path, options())
	if err := many.startWriter(t.Context()); err != nil {
		t.Fatal(err)
	}
	many.writer.interner = newInterner(8)
	whole := authreport.NewTally(time.UTC)
	list := events(rand.New(rand.NewPCG(8, 9)), 600)
	for round := range 12 {
		tally := authreport.NewTally(time.UTC)
		for _, event := range list[round*30 : round*30+240] { // most of them again
			event(tally)
			event(whole)
		}
		s := few
		if round%4 > 1 {
			s = many
		}
		write(t, s, "/var/log/mail.log", noon, tally)
		if n := dangling(t, s); n != 0 {
			t.Errorf("after round %d, %d rows dangle", round, n)
		}
		seen := map[authreport.Client]bool{}
		for _, k := range collect(t, s.Clients(t.Context(), all)) {
			if seen[k.Client] {
				t.Errorf("after round %d, %+v has two numbers", round, k.Client)
			}
			seen[k.Client] = true
		}
	}
	if diff := cmp.Diff(contentsOf(t, few), contentsOfTally(whole), compare); diff != "" {
		t.Errorf("the store has, and not as one tally would:\n%s", diff)
	}
}
