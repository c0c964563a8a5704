package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"authreport/jobs"
	"authreport/store"
)

// clockEnv tells the program that fast is how its clock runs: the real and the shown instant at which it began, in milliseconds since 1970, and how many times
// faster than real time it runs.
const clockEnv = "AUTHREPORT_TEST_CLOCK"

// fastClock is a clock that runs fast.
type fastClock struct {
	began, shown time.Time
	factor       time.Duration
}

func (c fastClock) String() string {
	return fmt.Sprint(c.began.UnixMilli(), " ", c.shown.UnixMilli(), " ", int64(c.factor))
}

func (c fastClock) now() time.Time { return c.shown.Add(time.Since(c.began) * c.factor) }

// wait waits for as long as d takes on the clock, at least some milliseconds, which keeps loops from running hot.
func (c fastClock) wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(max(d/c.factor, 20*time.Millisecond)):
	case <-ctx.Done():
	}
}

// realLease is how long a claim holds in real time, whatever the clock shows: longer than a busy machine keeps a process waiting.
// On the fastest clock it is less than the two hours beyond which a lease is taken for one of a clock that was ahead.
const realLease = 1500 * time.Millisecond

// fast is the program with a fast clock. The command second is a daemon that reads no logs, and so works beside another one.
func fast() {
	var began, shown, factor int64
	if _, err := fmt.Sscan(os.Getenv(clockEnv), &began, &shown, &factor); err != nil {
		panic(err)
	}
	c := fastClock{time.UnixMilli(began), time.UnixMilli(shown), time.Duration(factor)}
	p := &program{out: os.Stdout, err: os.Stderr, now: c.now, wait: c.wait, lease: realLease * c.factor}
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	if os.Args[len(os.Args)-1] != "second" {
		os.Exit(p.run(ctx, os.Args[1:]))
	}
	p.configPath = os.Args[2]
	if err := p.second(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

type noLogs struct{}

func (noLogs) Once(context.Context) (jobs.Summary, error) { return jobs.Summary{}, nil }

func (noLogs) Follow(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// second does all that the daemon does but read logs.
func (p *program) second(ctx context.Context) error {
	c, s, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	log := p.logger(c.Log)
	requests, err := p.requester(c, s, func(r store.Request, d store.Delivery) { logDelivery(log, r, d) })
	if err != nil {
		return err
	}
	requests.Ended = func(r store.Request) { logEnd(log, r) }
	began := p.now()
	daemon := &jobs.Daemon{Config: c, Store: s, Logs: noLogs{}, Requests: requests, Now: p.now, Wait: p.wait, Log: log,
		Schedules: &jobs.Scheduler{Config: c, Store: s, Now: p.now, Awake: func() time.Duration { return p.now().Sub(began) }}}
	daemon.Run(ctx, ctx)
	return nil
}

// mill is what TestQueue runs: a store, schedules, a server, and daemons that are killed.
type mill struct {
	t      *testing.T
	binary string
	dir    string
	clock  fastClock
	server *badServer
	random *rand.Rand
	hours  map[string][]int // when each report is due, by hours of each day
	minute map[string]int   // and the minute of them
	kills  int
}

// TestQueue runs many schedules for days of a fast clock, with one daemon or two on the store, which are killed at random instants, while the mail server
// misbehaves in every way. In the end every report that was due has arrived at every recipient, once, or more than once under the same Message-ID where nobody
// could know whether it had arrived, as often as the store has counted at most; what failed for good is told once.
//
// AUTHREPORT_TEST_LONG=1 makes it a hundred schedules and two weeks, in ten minutes.
func TestQueue(t *testing.T) {
	reports, chaos, factor, hours, least := 6, 3*time.Second, 4500, []int{0, 3, 6, 9, 12, 15, 18, 21}, 15
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		reports, chaos, factor, hours, least = 100, 10*time.Minute, 2016, nil, 0
	}
	m := newMill(t, reports, factor, hours)
	m.binary = fastBinary(t)
	m.clock.began = time.Now()
	for began := time.Now(); time.Since(began) < chaos || m.server.count() < least && time.Since(began) < 4*chaos; {
		m.run()
	}
	cut, calm := m.clock.now(), time.Now()
	m.server.setCalm()
	last := m.start("daemon")
	m.drain(cut)
	t.Logf("%v of misbehaviour, %v until all was done", calm.Sub(m.clock.began).Round(time.Millisecond), time.Since(calm).Round(time.Millisecond))
	if err := last.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := last.Wait(); err != nil {
		t.Errorf("told to stop, the daemon ended with %v", err)
	}
	m.check(cut)
}

// fastBinary gives this test's own binary, which TestMain makes the program whose clock is fast. With the race detector it is built without: what is started and
// killed all the time must not take seconds for that.
func fastBinary(t *testing.T) string {
	t.Helper()
	if !raceDetector {
		binary, err := exec.LookPath("authreport-fast")
		if err != nil {
			t.Fatal(err)
		}
		return binary
	}
	binary := filepath.Join(t.TempDir(), "authreport-fast")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

const refusedRecipient = "nobody@example.org"

// newMill makes a mill of so many reports, the first of which has a recipient who is always refused, and a third of which go to all by one message. Without hours
// each is due once a day.
func newMill(t *testing.T, reports, factor int, hours []int) *mill {
	m := &mill{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(*seed, 6)), server: startBadServer(t, *seed, refusedRecipient),
		clock: fastClock{time.Now(), time.Date(2026, 11, 1, 23, 59, 0, 0, time.UTC), time.Duration(factor)}, hours: map[string][]int{}, minute: map[string]int{}}
	var b strings.Builder
	fmt.Fprintf(&b, "timezone: UTC\nsources: [{name: mx, format: postfix, paths: [%s]}]\nlog: {level: warn}\n", filepath.Join(m.dir, "*.log"))
	fmt.Fprintf(&b, "mail: {host: 127.0.0.1, port: %d, tls: none, from: reports@example.org, timeout: 1s, retry_for: 30d}\nnotify: {recipients: [admin@example.org]}\nreports:\n", m.server.port)
	for i := range reports {
		name := fmt.Sprintf("report-%d", i)
		m.hours[name], m.minute[name] = hours, 1+m.random.IntN(59)
		if hours == nil {
			m.hours[name] = []int{m.random.IntN(24)}
		}
		var at, to []string
		for _, hour := range m.hours[name] {
			at = append(at, strconv.Itoa(hour))
		}
		several := 1 + m.random.IntN(3)
		if i%3 == 0 {
			several = 3
		}
		for k := range several {
			to = append(to, fmt.Sprintf("r%d-%d@example.org", i, k))
		}
		if i == 0 {
			to = append(to, refusedRecipient)
		}
		together := ""
		if i%3 == 0 {
			together = fmt.Sprintf("cc: [%s], bcc: [%s], ", to[0], to[1])
			to = to[2:]
		}
		fmt.Fprintf(&b, "  %s: {schedule: \"%d %s * * *\", period: yesterday, missed_runs: all, attach_page: none, attach_workbook: false, %srecipients: [%s]}\n",
			name, m.minute[name], strings.Join(at, ","), together, strings.Join(to, ", "))
	}
	for name, text := range map[string]string{"config.yaml": b.String(), "mx.log": ""} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// start starts a daemon, or a second one.
func (m *mill) start(what string) *exec.Cmd {
	m.t.Helper()
	arguments := []string{"--config", filepath.Join(m.dir, "config.yaml")}
	if what == "second" {
		arguments = append(arguments, what)
	}
	said, err := os.OpenFile(filepath.Join(m.dir, "said"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	defer said.Close()
	p := exec.Command(m.binary, arguments...)
	p.Dir, p.Stderr, p.Env = m.dir, said, append(os.Environ(), clockEnv+"="+m.clock.String())
	if err := p.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = p.Process.Kill() }) // if it still runs
	return p
}

// said gives the end of what daemons told on standard error.
func (m *mill) said() []byte {
	text, _ := os.ReadFile(filepath.Join(m.dir, "said"))
	return text[max(0, len(text)-4000):]
}

// run runs a daemon, most of the time with another one, and kills them at random instants.
func (m *mill) run() {
	m.t.Helper()
	running := []*exec.Cmd{m.start("daemon")}
	switch m.random.IntN(4) {
	case 0:
		running = append(running, m.start("daemon")) // waits for the other one's end
	case 1, 2:
		running = append(running, m.start("second"))
	}
	m.random.Shuffle(len(running), func(i, k int) { running[i], running[k] = running[k], running[i] })
	for _, p := range running {
		<-time.After(time.Duration(m.random.Int64N(int64(1500 * time.Millisecond))))
		if err := p.Process.Kill(); err != nil {
			m.t.Fatalf("a daemon has ended by itself: %v\n%s", err, m.said())
		}
		_ = p.Wait()
		if p.ProcessState.Exited() {
			m.t.Fatalf("a daemon has ended by itself\n%s", m.said())
		}
		m.kills++
	}
}

func (m *mill) open() *store.Store {
	m.t.Helper()
	s, err := store.Open(m.t.Context(), "sqlite:"+filepath.Join(m.dir, "authreport.db"), store.Options{Zone: time.UTC, Now: m.clock.now, ReadOnly: true})
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// drain waits until a daemon runs and everything that was due before cut has ended.
func (m *mill) drain(cut time.Time) {
	m.t.Helper()
	s := m.open()
	defer s.Close()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(20 * time.Minute); ; <-ticker.C {
		open, err := s.Open(m.t.Context(), 1000)
		if err != nil {
			m.t.Fatal(err)
		}
		open = slices.DeleteFunc(open, func(r store.Request) bool { return m.later(s, r, cut) })
		written := true
		for name := range m.hours {
			expected := m.due(name, cut)
			if len(expected) == 0 {
				continue
			}
			due, err := s.LastDue(m.t.Context(), name, cut)
			if err != nil {
				m.t.Fatal(err)
			}
			written = written && !due.Before(expected[len(expected)-1])
		}
		unlock, free, err := s.LockIngest()
		if err != nil {
			m.t.Fatal(err)
		}
		if free { // the daemon has not begun yet
			unlock()
		}
		if len(open) == 0 && written && !free {
			return
		}
		if time.Now().After(end) {
			m.t.Fatalf("%d requests are open, the first is %+v\n%s", len(open), open[:min(1, len(open))], m.said())
		}
	}
}

// later says whether a request was due after cut, or tells of one that was.
func (m *mill) later(s *store.Store, r store.Request, cut time.Time) bool {
	m.t.Helper()
	if r.Notice != nil {
		about, err := s.Request(m.t.Context(), r.Notice.Request)
		if err != nil {
			m.t.Fatal(err)
		}
		r = about
	}
	return r.Due.After(cut)
}

// due gives the times at which a report was due until cut, as anybody would reckon them.
func (m *mill) due(name string, cut time.Time) (all []time.Time) {
	for day := m.clock.shown; ; day = day.AddDate(0, 0, 1) {
		for _, hour := range m.hours[name] {
			at := time.Date(day.Year(), day.Month(), day.Day(), hour, m.minute[name], 0, 0, time.UTC)
			if at.After(cut) {
				return all
			}
			if at.After(m.clock.shown) {
				all = append(all, at)
			}
		}
	}
}

// check holds the ledger against what was due, and what the server took against the ledger.
func (m *mill) check(cut time.Time) {
	m.t.Helper()
	s := m.open()
	defer s.Close()
	requests, err := s.Requests(m.t.Context(), 1_000_000)
	if err != nil {
		m.t.Fatal(err)
	}
	byReport, told := map[string][]time.Time{}, map[int64]int{}
	var failed []int64
	for _, r := range slices.Backward(requests) {
		switch {
		case r.Notice != nil:
			told[r.Notice.Request]++
		case !r.Due.After(cut):
			byReport[r.Report] = append(byReport[r.Report], r.Due)
			if r.State == store.Failed {
				failed = append(failed, r.ID)
			}
		}
		if !m.later(s, r, cut) && r.State == store.Failed && (r.Report != "report-0" || r.Notice != nil || !strings.HasPrefix(r.Fault, "1 of ")) {
			m.t.Errorf("failed: %+v", r)
		}
	}
	slots := 0
	for name := range m.hours {
		want := m.due(name, cut)
		slots += len(want)
		got := byReport[name]
		slices.SortFunc(got, time.Time.Compare)
		// A schedule has no runs before it was first seen, a moment after the clock began.
		if !slices.EqualFunc(got, want, time.Time.Equal) && !slices.EqualFunc(got, want[min(1, len(want)):], time.Time.Equal) {
			m.t.Errorf("%s was due at %v and has requests for %v", name, want, got)
		}
	}
	m.checkDeliveries(s, requests, cut)
	for _, id := range failed {
		files, err := filepath.Glob(filepath.Join(m.dir, "outbox", "*-notice-*.txt"))
		if err != nil || told[id] != 1 || len(files) < len(failed) {
			m.t.Errorf("request %d has %d notices; %d files for %d failed ones, %v", id, told[id], len(files), len(failed), err)
		}
	}
	m.t.Logf("%d kills, %d reports were due, %d failed for one recipient and were told", m.kills, slots, len(failed))
}

// checkDeliveries holds that each recipient has each report, as often as the ledger says at most.
func (m *mill) checkDeliveries(s *store.Store, requests []store.Request, cut time.Time) {
	m.t.Helper()
	m.server.mutex.Lock()
	defer m.server.mutex.Unlock()
	deliveries, twice, repeats := 0, 0, 0
	for _, r := range requests {
		if m.later(s, r, cut) {
			continue
		}
		list, err := s.Deliveries(m.t.Context(), r.ID)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, d := range list {
			if d.Recipient == "outbox" {
				continue
			}
			key := letter{d.MessageID, d.Recipient}
			taken := m.server.taken[key]
			delete(m.server.taken, key)
			if d.Recipient == refusedRecipient {
				if d.State != store.Refused || d.Code != 550 || len(taken) > 0 {
					m.t.Errorf("request %d: who is refused is %+v, taken %d times", r.ID, d, len(taken))
				}
				continue
			}
			deliveries++
			repeats += d.Repeats
			twice += max(0, len(taken)-1)
			if d.State != store.Delivered || len(taken) == 0 || len(taken) > 1+d.Repeats {
				m.t.Errorf("request %d of %s: %+v, and the server took it %d times", r.ID, r.Report, d, len(taken))
			}
			for i, one := range taken {
				if one.known && i+1 < len(taken) {
					m.t.Errorf("request %d: %+v was known to be taken, as number %d of %d", r.ID, d, i+1, len(taken))
				}
			}
		}
	}
	for left := range m.server.taken { // what was due after cut, and notices
		if !strings.HasPrefix(left.to, "r") && left.to != "admin@example.org" {
			m.t.Errorf("the server took %s for %s", left.id, left.to)
		}
	}
	m.t.Logf("%d messages to recipients, %d of them arrived more than once, %d were sent again where it was not known", deliveries, twice, repeats)
	for _, fault := range slices.Sorted(maps.Keys(m.server.faults)) {
		m.t.Logf("%5d %s", m.server.faults[fault], fault)
	}
}
