package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// noon is the present of the tests.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func options() Options { return Options{Zone: time.UTC, Now: func() time.Time { return noon }} }

// open opens a store in a folder of its own, or again the one at path.
func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "authreport.db"), options())
}

// all is the range of every day.
var all = authreport.Range{First: -1 << 31, Last: 1<<31 - 1}

// collect reads a sequence to its end.
func collect[T any](t testing.TB, sequence func(func(T, error) bool)) (list []T) {
	t.Helper()
	for x, err := range sequence {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// hostile is texts as nobody should log them.
var hostile = []string{"", "alice@example.org", "Alice@example.org", "a\x00b", "a\x00c", "\xff\xfe", "'; DROP TABLE counts; --", "ünïcode@example.org", "1e3", "007", " "}

// events makes submissions, failed attempts and lines, many of them of the same keys.
func events(random *rand.Rand, n int) []func(*authreport.Tally) {
	ips := []netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fe80::1%eth0")}
	pick := func() string { return hostile[random.IntN(len(hostile))] }
	var list []func(*authreport.Tally)
	for range n {
		at := noon.Add(-time.Duration(random.IntN(5*24*60)) * time.Minute)
		ip := ips[random.IntN(len(ips))]
		switch random.IntN(5) {
		case 0:
			attempt := authreport.Attempt{Time: at, Server: "mx1", Account: pick(), IP: ip, Mechanism: "LOGIN"}
			list = append(list, func(t *authreport.Tally) { t.AddFailure(attempt) })
		case 1:
			lines := authreport.Lines{Source: "mail", Day: authreport.DayOf(at), Read: 5, NotUnderstood: 1, Example: "x", Repeats: 2, GuessedYears: 3, ClockSteps: 1, First: at, Last: at.Add(time.Second)}
			if random.IntN(3) == 0 {
				lines.First, lines.Last = time.Time{}, time.Time{}
			}
			list = append(list, func(t *authreport.Tally) { t.AddLines(lines) })
		case 2:
			gap := authreport.Gap(pick())
			list = append(list, func(t *authreport.Tally) { t.AddGap("mail", at, gap, 2) })
		default:
			client := authreport.Client{Server: "mx1", Account: pick(), Sender: pick(), Domain: pick(), IP: ip, TLS: authreport.TLS(random.IntN(7)), Cipher: pick(), Mechanism: "PLAIN"}
			recipients := int64(random.IntN(5))
			list = append(list, func(t *authreport.Tally) {
				t.Add(authreport.Submission{Time: at, Client: client, Recipients: recipients})
			})
		}
	}
	return list
}

// contents is what a store gives out, in an order of its own.
type contents struct {
	counts   []authreport.Count
	failures []authreport.FailureCount
	lines    []authreport.Lines
	gaps     []authreport.GapCount
}

// sorted puts a list into some order that its content alone decides.
func sorted[T any](list []T) []T {
	type entry struct {
		text string
		x    T
	}
	entries := make([]entry, len(list))
	for i, x := range list {
		entries[i] = entry{fmt.Sprintf("%#v", x), x}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.text, b.text) })
	for i, e := range entries {
		list[i] = e.x
	}
	return list
}

func contentsOf(t *testing.T, s *Store) contents {
	t.Helper()
	ctx := t.Context()
	c := contents{collect(t, s.Export(ctx, all, nil)), collect(t, s.Failures(ctx, all)), collect(t, s.Lines(ctx, all)), collect(t, s.Gaps(ctx, all))}
	return contents{sorted(c.counts), sorted(c.failures), sorted(c.lines), sorted(c.gaps)}
}

func contentsOfTally(tally *authreport.Tally) contents {
	return contents{sorted(slices.Collect(tally.Counts())), sorted(slices.Collect(tally.Failures())), sorted(slices.Collect(tally.Lines())), sorted(slices.Collect(tally.Gaps()))}
}

var compare = cmp.Options{cmpopts.EquateEmpty(), cmp.AllowUnexported(contents{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}

// TestWriteAddsUp holds that a store has what one tally of everything has, in whatever batches it came, and after it was closed and opened again.
func TestWriteAddsUp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	list := events(random, 1000)
	whole := authreport.NewTally(time.UTC)
	for _, event := range list {
		event(whole)
	}
	want := contentsOfTally(whole)
	for _, batches := range []int{1, 2, 30} {
		t.Run(fmt.Sprint(batches), func(t *testing.T) {
			s := newStore(t)
			position := authreport.Position{Source: "mail", Stream: "/var/log/mail.log", Path: "/var/log/mail.log"}
			tally := authreport.NewTally(time.UTC)
			for part := range slices.Chunk(list, (len(list)+batches-1)/batches) {
				tally.Reset()
				for _, event := range part {
					event(tally)
				}
				position.Offset += int64(len(part))
				var err error
				if position, err = s.Write(t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
					t.Fatal(err)
				}
				if random.IntN(5) == 0 {
					s.Close()
					s = open(t, s.Path(), options())
				}
			}
			if diff := cmp.Diff(contentsOf(t, s), want, compare); diff != "" {
				t.Errorf("the store has, and not as one tally would:\n%s", diff)
			}
			if got := collect(t, s.Counts(t.Context(), all)); len(got) != len(want.counts) {
				t.Errorf("Counts gives %d, want %d", len(got), len(want.counts))
			}
			positions, err := s.Positions(t.Context(), "mail")
			if err != nil || len(positions) != 1 || positions[0].Offset != int64(len(list)) {
				t.Errorf("positions are %v, %v; want one with the offset %d", positions, err, len(list))
			}
		})
	}
}

// TestPositionAndSessions holds that positions and open sessions come back as they were written, to the nanosecond and the last bit.
func TestPositionAndSessions(t *testing.T) {
	s := newStore(t)
	ctx := context.Background()
	want := authreport.Position{Source: "mail", Stream: "/var/log/mail.log", Fingerprint: "abc", Length: 1024, Offset: 5000, Path: "/var/log/mail.log.1",
		Inode: 1<<64 - 1, Size: 5000, ModTime: time.Unix(1795521600, 123456789), Cursor: "s=0af;i=1", Fault: "gzip breaks off"}
	got, err := s.Write(ctx, authreport.Batch{Position: want, Sessions: []byte{0, 1, 2}, Tally: authreport.NewTally(time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if want.ID = got.ID; want.ID == 0 || got != want {
		t.Fatalf("Write gives %+v, want %+v with an ID", got, want)
	}
	other := authreport.Position{Source: "other", Stream: "/srv/mail.log"}
	if _, err := s.Write(ctx, authreport.Batch{Position: other}); err != nil {
		t.Fatal(err)
	}
	want.Size, want.ModTime, want.Fault, want.Offset = 0, time.Time{}, "", 6000
	if _, err := s.Write(ctx, authreport.Batch{Position: want, Sessions: []byte{3}}); err != nil {
		t.Fatal(err)
	}
	positions, err := s.Positions(ctx, "mail")
	if err != nil || len(positions) != 1 || positions[0] != want {
		t.Errorf("Positions gives %+v, %v; want %+v", positions, err, want)
	}
	if state, err := s.Sessions(ctx, "mail", "/var/log/mail.log"); err != nil || len(state) != 1 || state[0] != 3 {
		t.Errorf("Sessions gives %v, %v; want the last ones", state, err)
	}
	if state, err := s.Sessions(ctx, "mail", "/other"); err != nil || state != nil {
		t.Errorf("Sessions of an unknown stream gives %v, %v; want nil", state, err)
	}
}
