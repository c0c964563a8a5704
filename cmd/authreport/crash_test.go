package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"authreport"
	"authreport/demo"
)

var (
	kills = flag.Int("kills", 12, "how often TestCrash kills the program")
	seed  = flag.Uint64("seed", 1, "another seed kills and rotates at other moments")
)

// TestCrash kills the real program at random instants while two Postfix logs, which it reads side by side, grow and are rotated in every way, and starts it again,
// as a command and as the daemon. In the end its counts must be those of one uninterrupted run over the whole logs, byte for byte. The long run is
//
//	go test ./cmd/authreport -run TestCrash -kills 200
func TestCrash(t *testing.T) {
	binary := buildProgram(t)
	logs := map[string][][]byte{
		"mail.log":  append(realLog(t), inventedLog(t, *seed, 1+*kills/8)...),
		"other.log": inventedLog(t, *seed+1, 1+*kills/8),
	}
	want := countAtOnce(t, binary, logs)

	m := newMachine(t, binary)
	random := rand.New(rand.NewPCG(*seed, 1))
	var writers []*logWriter
	for i, name := range slices.Sorted(maps.Keys(logs)) {
		n := uint64(10 * i)
		w := &logWriter{t: t, dir: m.dir, name: name, random: rand.New(rand.NewPCG(*seed, 2+n)), pauses: rand.New(rand.NewPCG(*seed, 3+n)), lines: logs[name],
			chunk: 2 + 2*len(logs[name])/(*kills*20), dated: *seed%2 == uint64(i)}
		w.step()
		writers = append(writers, w)
	}
	ctx, stop := context.WithCancel(t.Context())
	var written sync.WaitGroup
	for _, w := range writers {
		written.Go(func() { w.run(ctx) })
	}
	killed := 0
	for killed < *kills {
		for _, w := range writers {
			w.until.Store(int64(len(w.lines) * (killed + 1) / *kills))
		}
		command, most := []string{"ingest"}, 60*time.Millisecond
		if random.IntN(3) == 0 {
			command, most = nil, 800*time.Millisecond // the daemon, which looks every half second
		}
		if random.IntN(2) == 0 {
			most = 0
		}
		if m.runAndKill(command, random, most) {
			killed++
		}
	}
	stop()
	written.Wait()
	for _, w := range writers {
		w.finish()
	}
	m.run("ingest")
	if out := m.run("ingest"); !strings.HasPrefix(out, "Read 0 lines ") {
		t.Errorf("another run finds something new: %s", out)
	}
	for _, w := range writers {
		t.Logf("%d kills, %s: %d lines, %d rotations", killed, w.name, len(w.lines), w.rotations)
		if w.rotations < 3 {
			t.Errorf("%s: only %d rotations", w.name, w.rotations)
		}
	}
	m.compare(want)
}

// buildProgram builds the program as it is shipped.
func buildProgram(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "authreport")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// realLog gives the lines of logs that real servers wrote.
func realLog(t *testing.T) [][]byte {
	t.Helper()
	var lines [][]byte
	for _, name := range []string{"A-syslog-long", "D-contentfilter", "G-xclient-haproxy", "V-3.10-deb13", "E-rotated-tz", "F1-newyear-syslog"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "maillog", "testdata", "postfix", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		lines = slices.AppendSeq(lines, bytes.Lines(data))
	}
	return lines
}

// inventedLog gives the lines of so many days of an invented company.
func inventedLog(t *testing.T, seed uint64, days int) [][]byte {
	t.Helper()
	var lines [][]byte
	first := authreport.NewDay(2027, time.January, 11)
	company := demo.New(demo.Options{Seed: seed, People: 5, Zone: time.UTC, Days: authreport.Range{First: first, Last: first + authreport.Day(days) - 1}})
	_, err := company.Write(t.Context(), func(_ time.Time, line []byte) error {
		lines = append(lines, bytes.Clone(line))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// machine is a folder with a configuration, a store and logs, on which the program runs.
type machine struct {
	t           *testing.T
	binary, dir string
}

func newMachine(t *testing.T, binary string) *machine {
	t.Helper()
	m := &machine{t, binary, t.TempDir()}
	config := "timezone: Europe/Amsterdam\nretention: 3650d\nstore: sqlite:authreport.db\n" +
		"sources:\n  - {name: mx, format: postfix, timezone: UTC, paths: [" + filepath.Join(m.dir, "*.log*") + "]}\n" +
		"mail: {from: authreport@example.org}\nrecipients: {}\nreports: {}\n"
	if err := os.WriteFile(filepath.Join(m.dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *machine) command(arguments ...string) *exec.Cmd {
	c := exec.Command(m.binary, append([]string{"--config", filepath.Join(m.dir, "config.yaml")}, arguments...)...)
	c.Dir = m.dir
	return c
}

// run runs a command to its end and gives what it prints.
func (m *machine) run(arguments ...string) string {
	m.t.Helper()
	c := m.command(arguments...)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil {
		m.t.Fatalf("authreport %s: %v\n%s%s", strings.Join(arguments, " "), err, out, complaints.String())
	}
	return string(out)
}

// runAndKill starts the program and kills it, at some time up to most after its start, or for 0 a few milliseconds after it began to write to the store.
// It says whether the program was still at work by then.
func (m *machine) runAndKill(arguments []string, random *rand.Rand, most time.Duration) bool {
	m.t.Helper()
	c := m.command(arguments...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	before := m.storeState()
	if err := c.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	kill := time.After(time.Duration(random.Int64N(int64(most) + 1)))
	if most == 0 {
		kill = nil
	}
	look := time.NewTicker(200 * time.Microsecond)
	defer look.Stop()
	enough := time.After(time.Second)
	for {
		select {
		case <-enough: // nothing was written
			c.Process.Kill()
		case <-look.C:
			if kill == nil && m.storeState() != before {
				kill = time.After(time.Duration(random.IntN(5000)) * time.Microsecond)
			}
		case <-kill:
			c.Process.Kill()
			kill = make(chan time.Time)
		case err := <-ended:
			if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == -1 {
				return true
			}
			if err != nil && !strings.Contains(out.String(), " breaks off after ") { // a file that is just being compressed
				m.t.Fatalf("authreport %s: %v\n%s", strings.Join(arguments, " "), err, out.String())
			}
			return false
		}
	}
}

// storeState changes when something is written to the store.
func (m *machine) storeState() string {
	info, err := os.Stat(filepath.Join(m.dir, "authreport.db-wal"))
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime())
}

// counts is everything that the store counted, as it is exported.
func (m *machine) counts() string {
	m.t.Helper()
	var all strings.Builder
	for _, what := range []string{"counts", "failures"} {
		all.WriteString(m.run("export", what, "--csv", "--from", "2020-01-01", "--to", "2030-12-31"))
	}
	return all.String()
}

func (m *machine) compare(want string) {
	m.t.Helper()
	got := m.counts()
	if got == want {
		return
	}
	missing, more := difference(want, got), difference(got, want)
	m.t.Errorf("counts differ from those of one uninterrupted run; missing %d rows:\n%s\nand wrong %d rows:\n%s",
		len(missing), strings.Join(missing[:min(10, len(missing))], "\n"), len(more), strings.Join(more[:min(10, len(more))], "\n"))
}

// difference gives the lines of a that b does not have.
func difference(a, b string) []string {
	have := map[string]bool{}
	for line := range strings.Lines(b) {
		have[line] = true
	}
	var lines []string
	for line := range strings.Lines(a) {
		if !have[line] {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// countAtOnce gives the counts of one uninterrupted run over the whole logs.
func countAtOnce(t *testing.T, binary string, logs map[string][][]byte) string {
	t.Helper()
	m := newMachine(t, binary)
	for name, lines := range logs {
		if err := os.WriteFile(filepath.Join(m.dir, name), bytes.Join(lines, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.run("ingest")
	counts := m.counts()
	if n := strings.Count(counts, "\n"); n < 100 {
		t.Fatalf("only %d rows are counted", n)
	}
	return counts
}

// logWriter writes a log and rotates it as servers and logrotate do.
type logWriter struct {
	t         *testing.T
	dir, name string       // of the live file
	random    *rand.Rand   // decides what is written, and how
	pauses    *rand.Rand   // its own, because how often there is one depends on the machine
	lines     [][]byte     // all of the log
	next      int          // the first line that is not written yet
	until     atomic.Int64 // the line that may not be written yet: the log lasts until the last kill
	chunk     int          // most lines of one step
	dated     bool         // rotated files have dates, not numbers
	rotations int
	pending   []string // files that logrotate compresses later (delaycompress)
}

func (w *logWriter) path(name string) string { return filepath.Join(w.dir, name) }

// run writes until ctx ends.
func (w *logWriter) run(ctx context.Context) {
	for ctx.Err() == nil {
		if w.next < int(w.until.Load()) {
			w.step()
		}
		w.pause(ctx)
	}
}

// finish writes the rest: all, however slow the machine is, has as many rotations.
func (w *logWriter) finish() {
	for w.next < len(w.lines) {
		w.step()
	}
}

// pause lets the program have its turn.
func (w *logWriter) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(w.pauses.IntN(8000)) * time.Microsecond):
	}
}

// step writes a few lines, and now and then rotates.
func (w *logWriter) step() {
	w.write(w.name, 1+w.random.IntN(w.chunk))
	if w.random.IntN(25) == 0 && w.next < len(w.lines) {
		w.rotations++
		w.rotate()
	}
}

// write appends n lines, now and then in two pieces, the first of which ends within a line.
func (w *logWriter) write(name string, n int) {
	n = min(n, len(w.lines)-w.next)
	text := bytes.Join(w.lines[w.next:w.next+n], nil)
	w.next += n
	cut := 0
	if w.random.IntN(3) == 0 {
		cut = w.random.IntN(len(text) + 1)
	}
	f, err := os.OpenFile(w.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	w.check(err)
	defer f.Close()
	_, err = f.Write(text[:cut])
	w.check(err)
	if cut > 0 {
		w.pause(context.Background())
	}
	_, err = f.Write(text[cut:])
	w.check(err)
}

// rotate makes room for a new mail.log.
func (w *logWriter) rotate() {
	for _, name := range w.pending {
		w.compress(name)
	}
	w.pending = nil
	to := w.name + ".1"
	if w.dated {
		to = fmt.Sprintf("%s-20271101-%06d", w.name, w.rotations)
	} else {
		w.shift(1)
	}
	if w.random.IntN(2) == 0 {
		w.check(os.Rename(w.path(w.name), w.path(to)))
		w.write(to, w.random.IntN(w.chunk)) // the server has it still open
	} else { // copy and truncate
		w.copyTo(w.path(to), w.name)
		w.check(os.Truncate(w.path(w.name), 0))
	}
	if w.random.IntN(2) == 0 {
		w.compress(to)
	} else {
		w.pending = append(w.pending, to)
	}
}

// shift moves the file with the number n and what is older on by one.
func (w *logWriter) shift(n int) {
	for _, end := range []string{"", ".gz"} {
		name := fmt.Sprintf("%s.%d%s", w.name, n, end)
		if _, err := os.Stat(w.path(name)); err != nil {
			continue
		}
		w.shift(n + 1)
		w.check(os.Rename(w.path(name), w.path(fmt.Sprintf("%s.%d%s", w.name, n+1, end))))
		return
	}
}

func (w *logWriter) copyTo(path, name string) {
	data, err := os.ReadFile(w.path(name))
	w.check(err)
	half := len(data) / 2
	w.check(os.WriteFile(path, data[:half], 0o600))
	w.pause(context.Background())
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	w.check(err)
	_, err = f.Write(data[half:])
	w.check(err)
	w.check(f.Close())
}

// compress does as gzip NAME: the file is there until its compressed twin is whole.
func (w *logWriter) compress(name string) {
	from, err := os.Open(w.path(name))
	w.check(err)
	defer from.Close()
	to, err := os.Create(w.path(name + ".gz"))
	w.check(err)
	z := gzip.NewWriter(to)
	_, err = io.Copy(z, from)
	w.check(err)
	w.check(z.Flush())
	w.pause(context.Background())
	w.check(z.Close())
	w.check(to.Close())
	w.check(os.Remove(w.path(name)))
}

// check ends the test; the writer's own goroutine may not call Fatal.
func (w *logWriter) check(err error) {
	if err != nil {
		panic(err)
	}
}
