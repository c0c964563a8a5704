//go:build unix

package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSystemd holds what the service manager is told: that the daemon is ready, is well, reads its configuration again, and stops.
func TestSystemd(t *testing.T) {
	folder := t.TempDir()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(folder, "notify"))
	t.Setenv("WATCHDOG_USEC", "60000000")
	config := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(config, []byte("timezone: UTC\nsources: [{name: mail, format: postfix, paths: [mail.log]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := func(want string) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 4096)
		for {
			n, err := socket.Read(message)
			if err != nil {
				t.Fatalf("waiting for %s: %v", want, err)
			}
			if got := string(message[:n]); strings.HasPrefix(got, want) {
				return
			} else if got != "WATCHDOG=1" {
				t.Fatalf("told %q, want %s", got, want)
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	log, err := os.Create(filepath.Join(folder, "log")) // as standard error is: written to by more than one at once
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p := &program{out: io.Discard, err: log, now: time.Now}
	go func() { ended <- p.run(ctx, []string{"--config", config}) }()
	told("READY=1")
	told("WATCHDOG=1")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	told("RELOADING=1\nMONOTONIC_USEC=")
	told("READY=1")
	stop()
	told("STOPPING=1")
	if status := <-ended; status != 0 {
		text, _ := os.ReadFile(log.Name())
		t.Errorf("exit status %d: %s", status, text)
	}
}
