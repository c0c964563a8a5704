//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// limited makes a command whose files cannot grow beyond a size: writing on fails as on a full disk. The limit can be lifted while it runs.
func (m *machine) limited(kilobytes int, arguments ...string) *exec.Cmd {
	c := m.command(arguments...)
	shell := exec.Command("bash", append([]string{"-c", fmt.Sprintf(`ulimit -S -f %d; exec "$@"`, kilobytes), "bash"}, c.Args...)...)
	shell.Dir = c.Dir
	return shell
}

// TestDiskFull reads a log while the store cannot be written any more, at different moments. The fault names the store and what helps, what was stored
// before can be read, and once there is room the counts are those of one untroubled run.
func TestDiskFull(t *testing.T) {
	binary, err := exec.LookPath("authreport") // the test's own, by TestMain
	if err != nil {
		t.Fatal(err)
	}
	lines := append(realLog(t), inventedLog(t, *seed, 3)...)
	want := countAtOnce(t, binary, map[string][][]byte{"mail.log": lines})

	m := newMachine(t, binary)
	for i := range 5 {
		part := lines[i*len(lines)/5 : (i+1)*len(lines)/5]
		if err := os.WriteFile(filepath.Join(m.dir, fmt.Sprintf("mail.log.%d", 5-i)), bytes.Join(part, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.run("ingest", filepath.Join(m.dir, "mail.log.5"))
	const shortest = 40 // room for what SQLite shares between processes, and little more
	for _, kilobytes := range []int{shortest, 2 * shortest, 4 * shortest} {
		out, err := m.limited(kilobytes, "ingest").CombinedOutput()
		if err == nil {
			t.Fatalf("%d kB are enough, the test means nothing:\n%s", kilobytes, out)
		}
		for _, text := range []string{"store " + filepath.Join(m.dir, "authreport.db"), "disk"} {
			if !strings.Contains(string(out), text) {
				t.Errorf("with %d kB, %q is not in what is said:\n%s", kilobytes, text, out)
			}
		}
		m.counts()
	}

	// The daemon waits for room, and goes on.
	daemon := m.limited(shortest)
	complaints := &watched{text: "fault", seen: make(chan struct{})}
	daemon.Stderr = complaints
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	select {
	case <-complaints.seen:
	case err := <-ended:
		t.Fatalf("the daemon ended: %v\n%s", err, complaints)
	case <-time.After(3 * time.Minute):
		t.Fatalf("the daemon says nothing of a fault:\n%s", complaints)
	}
	var now unix.Rlimit
	if err := unix.Prlimit(daemon.Process.Pid, unix.RLIMIT_FSIZE, nil, &now); err != nil {
		t.Fatal(err)
	}
	now.Cur = now.Max
	if err := unix.Prlimit(daemon.Process.Pid, unix.RLIMIT_FSIZE, &now, nil); err != nil {
		t.Fatal(err)
	}
	deadline, look := time.After(3*time.Minute), time.NewTicker(200*time.Millisecond)
	defer look.Stop()
	for m.counts() != want {
		select {
		case <-look.C:
		case err := <-ended:
			t.Fatalf("the daemon ended: %v\n%s", err, complaints)
		case <-deadline:
			m.compare(want)
			t.Fatalf("the daemon does not catch up:\n%s", complaints)
		}
	}
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("%v: %v\n%s", err, <-ended, complaints)
	}
	if err := <-ended; err != nil {
		t.Errorf("told to stop, the daemon ended with %v\n%s", err, complaints)
	}
	m.compare(want)
}

// watched is what a program writes. seen is closed when text comes.
type watched struct {
	text string
	seen chan struct{}

	mutex sync.Mutex
	all   bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.all.Write(p)
	select {
	case <-w.seen:
	default:
		if strings.Contains(w.all.String(), w.text) {
			close(w.seen)
		}
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.all.String()
}
