package deliver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An outbox must hold each message once, readable by its owner alone, under a name that is safe and sorts by date.
func TestOutbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "outbox")
	later, evil := testMessage("alice@example.org"), testMessage("alice@example.org")
	later.Date, later.ID = later.Date.Add(time.Hour), "<later@example.org>"
	evil.To, evil.ID = `"../../etc/passwd"@example.org`, "<evil@example.org>"
	bad := testMessage("nobody")
	messages := []Message{later, testMessage("alice@example.org"), evil, bad}
	for range 2 { // the second time replaces the files of the first
		results, err := deliverAll(t, NewOutbox(dir), messages)
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(results[3].Err, ErrPermanent) {
			t.Errorf("message without an address: %v, want a permanent fault", results[3].Err)
		}
		for _, r := range results[:3] {
			if r.Err != nil || r.Code != 0 || filepath.Dir(r.Reply) != dir {
				t.Errorf("result %+v, want a path in %s", r, dir)
			}
		}
		data, err := os.ReadFile(results[0].Reply)
		if err != nil {
			t.Fatal(err)
		}
		if header, leaves := parse(t, data); header.Get("Message-Id") != later.ID || len(leaves) != 5 {
			t.Errorf("message %s with %d parts", header.Get("Message-Id"), len(leaves))
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("%d files, want 3: %v", len(entries), entries)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 || !strings.HasSuffix(e.Name(), ".eml") {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if name := entries[2].Name(); !strings.HasPrefix(name, "20261124T070000Z-") || !strings.HasSuffix(name, "-alice_example.org.eml") {
		t.Errorf("the latest file is called %s", name)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v, %v", info.Mode(), err)
	}
}

// A folder that cannot be written is a temporary fault of every message.
func TestOutboxFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := deliverAll(t, NewOutbox(filepath.Join(file, "outbox")), []Message{testMessage("a@example.org"), testMessage("b@example.org")})
	if !errors.Is(err, ErrTemporary) || !errors.Is(results[1].Err, ErrTemporary) {
		t.Errorf("errors %v, %v, want temporary ones", err, results[1].Err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = NewOutbox(t.TempDir()).Deliver(ctx, []Message{testMessage("a@example.org")}, func(_ int, r Result) {
		if !errors.Is(r.Err, context.Canceled) {
			t.Errorf("result %v, want cancelled", r.Err)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
}

// A file that others can read, and a link to somebody's file, must be replaced by one for its owner alone, not written into.
func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	open, link := filepath.Join(dir, "open"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(open, []byte("theirs"), 0o644), os.Symlink(open, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, open} {
		if err := WriteFile(path, []byte("ou"), []byte("rs")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "ours" {
			t.Errorf("%s holds %q, %v", path, data, err)
		}
		if data, err := os.ReadFile(open); path == link && (err != nil || string(data) != "theirs") {
			t.Errorf("the file that the link named holds %q, %v", data, err)
		}
	}
}
