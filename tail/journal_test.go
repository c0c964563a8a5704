package tail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"authreport"
)

// journal is a folder with files of a journal, and a reader of it.
type journal struct {
	t     *testing.T
	dir   string
	units []string
	known []authreport.Position
}

func newJournal(t *testing.T, names ...string) *journal {
	t.Helper()
	if _, err := exec.LookPath("journalctl"); err != nil {
		t.Skip(err)
	}
	j := &journal{t: t, dir: t.TempDir(), units: []string{"postfix@-.service"}}
	for _, name := range names {
		j.add(name)
	}
	return j
}

// add puts a file of the samples into the journal.
func (j *journal) add(name string) {
	j.t.Helper()
	packed, err := os.Open("testdata/journal/" + name + ".journal.gz")
	if err != nil {
		j.t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		j.t.Fatal(err)
	}
	var data bytes.Buffer
	if _, err := data.ReadFrom(z); err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(j.dir, name+".tmp"), data.Bytes(), 0o644); err != nil {
		j.t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(j.dir, name+".tmp"), filepath.Join(j.dir, name+".journal")); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journal) remove(name string) {
	j.t.Helper()
	if err := os.Remove(filepath.Join(j.dir, name+".journal")); err != nil {
		j.t.Fatal(err)
	}
}

// read gives the messages that are new, and remembers where they end.
func (j *journal) read() (messages []string, fault string) {
	j.t.Helper()
	r := NewJournal("mx", j.units, j.dir, j.known)
	err := r.Read(j.t.Context(), false, func(line []byte) error {
		messages = append(messages, message(j.t, line))
		return nil
	}, func() error { return nil })
	if err != nil {
		fault = strings.ReplaceAll(err.Error(), j.dir, "DIR")
	}
	j.known = []authreport.Position{r.Position()}
	return messages, fault
}

func message(t *testing.T, line []byte) string {
	t.Helper()
	var entry struct {
		Identifier string `json:"SYSLOG_IDENTIFIER"`
		Host       string `json:"_HOSTNAME"`
		Message    string `json:"MESSAGE"`
	}
	if err := json.Unmarshal(line, &entry); err != nil || entry.Host != "mx1" || !strings.HasPrefix(entry.Identifier, "postfix/") {
		t.Errorf("entry %s: %v", line, err)
	}
	return entry.Message
}

func TestJournal(t *testing.T) {
	j := newJournal(t, "a")
	first, fault := j.read()
	if len(first) != 32 || fault != "" || first[0] != "connect from unknown[192.0.2.10]" {
		t.Fatalf("read %q, fault %s", first, fault)
	}
	if p := j.known[0]; p.Cursor == "" || p.Offset < 3200 || p.Stream != JournalStream || p.Source != "mx" {
		t.Errorf("position %+v", p)
	}
	if again, fault := j.read(); len(again) > 0 || fault != "" {
		t.Errorf("read again %q, fault %s", again, fault)
	}
	j.add("b")
	second, fault := j.read()
	if len(second) != 28 || fault != "" {
		t.Errorf("read %q, fault %s", second, fault)
	}
	j.known = nil
	if all, fault := j.read(); strings.Join(all, "\n") != strings.Join(append(first, second...), "\n") || fault != "" {
		t.Errorf("read all: %q, fault %s", all, fault)
	}
	j.units = []string{"post*", "cron.service"}
	j.known = nil
	r := NewJournal("mx", j.units, j.dir, nil)
	n := 0
	if err := r.Read(t.Context(), false, func([]byte) error { n++; return nil }, nil); err != nil || n != 72 {
		t.Errorf("read %d entries of two units, %v", n, err)
	}
}

// TestJournalVacuumed has the entry where reading ended removed: what is left is read, and it is told once.
func TestJournalVacuumed(t *testing.T) {
	const lost = "read log systemd's journal in DIR: the entry where reading ended is not there any more, and entries behind it may have gone with it; what is left is read on; " +
		"have journald keep more (SystemMaxUse= and MaxRetentionSec= in journald.conf), or let authreport run all the time"
	j := newJournal(t, "a")
	j.read()
	j.remove("a")
	j.add("b")
	if got, fault := j.read(); len(got) != 28 || fault != lost {
		t.Errorf("read %d entries, fault %s", len(got), fault)
	}
	if got, fault := j.read(); len(got) != 0 || fault != "" {
		t.Errorf("read %d entries again, fault %s", len(got), fault)
	}
	j.remove("b")
	j.add("a")
	if got, fault := j.read(); len(got) != 0 || fault != lost { // all entries are older than the one that is gone
		t.Errorf("read %d entries, fault %s", len(got), fault)
	}
}

// TestJournalCallers has the caller end reading: the position is that of the last entry that was taken, and the line that was not comes again.
func TestJournalCallers(t *testing.T) {
	j := newJournal(t, "a")
	stop := errors.New("stop")
	var got []string
	for range 100 {
		r := NewJournal("mx", j.units, j.dir, j.known)
		n := 0
		err := r.Read(t.Context(), false, func(line []byte) error {
			if n++; n > 7 {
				return stop
			}
			got = append(got, message(t, line))
			return nil
		}, nil)
		j.known = []authreport.Position{r.Position()}
		if err == nil {
			break
		}
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	if len(got) != 32 || got[31] != "Anonymous TLS connection established from unknown[192.0.2.16]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)" {
		t.Errorf("read %q", got)
	}
}

// TestJournalFollow follows a journal that grows, until it is told to stop.
func TestJournalFollow(t *testing.T) {
	j := newJournal(t, "a")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := NewJournal("mx", j.units, j.dir, nil)
	n, pauses := 0, []int{}
	err := r.Read(ctx, true, func([]byte) error { n++; return nil }, func() error {
		pauses = append(pauses, n)
		switch n {
		case 32:
			j.add("b")
		case 60:
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 60 || pauses[0] != 32 {
		t.Errorf("%v after %d entries, pauses %v", err, n, pauses)
	}
}

// TestJournalFaults has what keeps the journal from being read, with what helps.
func TestJournalFaults(t *testing.T) {
	j := newJournal(t)
	check := func(want string) {
		t.Helper()
		if got, fault := j.read(); len(got) > 0 || fault != want {
			t.Errorf("read %q, fault %s\nwant %s", got, fault, want)
		}
		j.known = nil
	}
	check("read log systemd's journal in DIR: journalctl: No journal files were found; look whether journald keeps a journal (Storage= in journald.conf), and at the directory")
	j.add("a")
	j.units = []string{"postfx.service"}
	check("read log systemd's journal in DIR: no entry of postfx.service; look at the units of the source (systemctl list-units), and whether journald keeps a journal (Storage= in journald.conf)")

	bin := t.TempDir()
	t.Setenv("PATH", bin)
	check("read log systemd's journal in DIR: journalctl is not installed, or not in PATH; it comes with systemd; where that is not, name log files in paths")
	for script, want := range map[string]string{
		"echo 'Failed to get journal fields: Bad message' >&2; exit 1": "journalctl: Failed to get journal fields: Bad message",
		"exit 3": "exit status 3",
		"echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1": "permission",
	} {
		if err := os.WriteFile(filepath.Join(bin, "journalctl"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		r := NewJournal("mx", nil, "", nil)
		err := r.Read(t.Context(), false, func([]byte) error { return nil }, nil)
		if fault := new(FileError); !errors.As(err, &fault) || !strings.Contains(fault.Error(), want) && !strings.Contains(fault.Error(), "usermod -aG systemd-journal") {
			t.Errorf("%s: fault %v, want %s", script, err, want)
		}
	}
}

// TestJournalPermission reads a journal as a user who may not.
func TestJournalPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	if _, err := exec.LookPath("journalctl"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.journal"), []byte("LPKSHHRH"), 0); err != nil {
		t.Fatal(err)
	}
	err := NewJournal("mx", []string{"x.service"}, dir, nil).Read(t.Context(), false, func([]byte) error { return nil }, nil)
	if err == nil || !strings.Contains(err.Error(), "may not read it; ") {
		t.Errorf("fault %v", err)
	}
}

func TestCursorOf(t *testing.T) {
	for line, want := range map[string]string{
		`{"__CURSOR":"s=1;i=2","MESSAGE":"x"}`:                                "s=1;i=2",
		`{"MESSAGE":"x","__CURSOR" : "s=1;i=2"}`:                              "s=1;i=2",
		`{"MESSAGE":"\"__CURSOR\":\"forged\"","A":"__CURSOR","__CURSOR":"c"}`: "c",
		`{"MESSAGE":"\\","__CURSOR":"c"}`:                                     "c",
		`{"__CURSOR":null}`:                                                   "",
		`{"__CURSOR":"cut`:                                                    "",
		`"__CURSOR"`:                                                          "",
		``:                                                                    "",
	} {
		if got := string(cursorOf([]byte(line))); got != want {
			t.Errorf("cursor of %s is %q, want %q", line, got, want)
		}
	}
}
