package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authreport"
)

// execute runs SQL on a database as it is, past Open.
func execute(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// TestUpgrade holds that a store of each earlier schema (testdata/schema*.sql, dumped from a store of that time) is brought up to ours with all it has, and that
// it is read only after that.
func TestUpgrade(t *testing.T) {
	dumps, err := filepath.Glob("testdata/schema*.sql")
	if err != nil || len(dumps) == 0 {
		t.Fatalf("dumps: %v, %v", dumps, err)
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Zone = zone
	for _, dump := range dumps {
		t.Run(filepath.Base(dump), func(t *testing.T) {
			text, err := os.ReadFile(dump)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "authreport.db")
			execute(t, path, string(text))
			readOnly := o
			readOnly.ReadOnly = true
			if s, err := Open(t.Context(), "sqlite:"+path, readOnly); err == nil || !strings.Contains(err.Error(), "start authreport once") {
				t.Errorf("opening it for reading gives %v, %v; want the remedy", s, err)
			}
			s := open(t, path, o)
			counts := collect(t, s.Export(t.Context(), all, nil))
			if len(counts) != 2 || counts[1].Client.Sender != "alice@example.org" || counts[1].Messages != 3 || counts[1].Client.TLS != authreport.TLS13 {
				t.Errorf("counts are %+v", counts)
			}
			if positions, err := s.Positions(t.Context(), "mail"); err != nil || len(positions) != 1 || positions[0].Offset != 5000 {
				t.Errorf("positions are %+v, %v", positions, err)
			}
			id := add(t, s, weekly(noon))
			if r := claim(t, s, "me", id); r == nil {
				t.Error("the ledger does not work")
			}
			s.Close()
			reader := open(t, path, readOnly)
			if err := reader.SetRuntime(t.Context(), "x", "y"); err == nil {
				t.Error("a store opened for reading was written")
			}
		})
	}
}

// TestNewerSchema holds that a store of a newer program is left alone.
func TestNewerSchema(t *testing.T) {
	s := newStore(t)
	s.Close()
	execute(t, s.Path(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	if _, err := Open(t.Context(), "sqlite:"+s.Path(), options()); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("got %v, want ErrNewer with the path", err)
	}
}

// TestZone holds that counts of two zones never mix, and that the zone may change while nothing is counted.
func TestZone(t *testing.T) {
	s := newStore(t)
	s.Close()
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	other := options()
	other.Zone = amsterdam
	s = open(t, s.Path(), other)
	if _, err := s.Write(t.Context(), authreport.Batch{Tally: authreport.NewTally(time.UTC)}); !errors.Is(err, ErrZone) {
		t.Errorf("writing counts of another zone gives %v, want ErrZone", err)
	}
	if _, err := s.Write(t.Context(), authreport.Batch{Tally: authreport.NewTally(amsterdam)}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = Open(t.Context(), "sqlite:"+s.Path(), options())
	if !errors.Is(err, ErrZone) || !strings.Contains(err.Error(), "set timezone back to Europe/Amsterdam") {
		t.Errorf("got %v, want ErrZone with the remedy", err)
	}
	other.Zone = nil
	open(t, s.Path(), other)
}

// TestModes holds that nobody but the owner can read the database and what is beside it, whatever the umask and the mode before.
func TestModes(t *testing.T) {
	s := newStore(t)
	if _, ok, err := s.LockIngest(); !ok || err != nil {
		t.Fatalf("lock: %v, %v", ok, err)
	}
	check := func() {
		t.Helper()
		files, err := os.ReadDir(filepath.Dir(s.Path()))
		if err != nil || len(files) != 4 {
			t.Errorf("there are %v, %v; want the database, -wal, -shm and .lock", files, err)
		}
		for _, f := range files {
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v, %v", f.Name(), info.Mode(), err)
			}
		}
	}
	check()
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Chmod(s.Path()+suffix, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	open(t, s.Path(), options())
	check()
}

// TestOwner holds that another user's store is not touched, by root neither.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make another user's file")
	}
	s := newStore(t)
	s.Close()
	if err := os.Chown(s.Path(), 4711, 4711); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), "sqlite:"+s.Path(), options())
	if !errors.Is(err, ErrOwner) {
		t.Fatalf("got %v, want ErrOwner", err)
	}
	for _, part := range []string{s.Path(), "belongs to 4711, and this is root", "sudo -u 4711 authreport"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if info, err := os.Stat(s.Path()); err != nil || info.Size() == 0 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

// TestOpenFaults holds that what is in the way is said with the path.
func TestOpenFaults(t *testing.T) {
	folder := t.TempDir()
	junk := filepath.Join(folder, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly := options()
	readOnly.ReadOnly = true
	for _, test := range []struct {
		name, dsn string
		options   Options
		want      string
		is        error
	}{
		{"no folder", "sqlite:" + folder + "/none/authreport.db", options(), "its folder must exist", fs.ErrNotExist},
		{"folder not ours to write", "sqlite:/proc/authreport.db", options(), "a folder that the user ", nil},
		{"a folder", "sqlite:" + folder, options(), "it is a folder; name a file in it", nil},
		{"junk", "sqlite:" + junk, options(), "is no SQLite database", nil},
		{"missing", "sqlite:" + folder + "/none.db", readOnly, "none.db", fs.ErrNotExist},
		{"another engine", "postgres:" + folder, options(), "must be like sqlite:authreport.db", nil},
		{"no path", "sqlite:", options(), "must be like sqlite:authreport.db", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Open(t.Context(), test.dsn, test.options)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("opening left %v, %v", files, err)
	}
}

// TestOpenTogether holds that many who open a store that does not exist yet get one, with a whole schema.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "authreport.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := Open(t.Context(), "sqlite:"+path, options())
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.SetRuntime(t.Context(), "first started", "now"); err != nil {
				t.Error(err)
			}
			s.Close()
		})
	}
	group.Wait()
	s := open(t, path, options())
	if value, err := s.Runtime(t.Context(), "first started"); err != nil || value != "now" {
		t.Errorf("the fact is %q, %v", value, err)
	}
}

// opener opens a store and closes it.
func opener(path string) error {
	s, err := Open(context.Background(), "sqlite:"+path, options())
	if err != nil {
		return err
	}
	return s.Close()
}

// TestMakerDies holds that a store can be opened by others while the process that makes it is killed, at whatever instant.
func TestMakerDies(t *testing.T) {
	for round := range 25 {
		path := filepath.Join(t.TempDir(), "authreport.db")
		var processes []*exec.Cmd
		for range 3 {
			c := exec.Command(os.Args[0])
			c.Env, c.Stderr = append(os.Environ(), childEnv+"=opener "+path), new(strings.Builder)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			processes = append(processes, c)
		}
		<-time.After(time.Duration(round) * time.Millisecond)
		_ = processes[0].Process.Kill()
		_ = processes[0].Wait()
		for _, c := range processes[1:] {
			if err := c.Wait(); err != nil {
				t.Errorf("%v: %s", err, c.Stderr)
			}
		}
	}
}

// TestLockIngest holds that one process reads logs at a time, and the next one once it is done.
func TestLockIngest(t *testing.T) {
	s := newStore(t)
	other := open(t, s.Path(), options())
	unlock, ok, err := s.LockIngest()
	if !ok || err != nil {
		t.Fatalf("the first lock: %v, %v", ok, err)
	}
	if _, ok, err := other.LockIngest(); ok || err != nil {
		t.Errorf("the lock while it is held: %v, %v", ok, err)
	}
	unlock()
	if unlock, ok, err := other.LockIngest(); !ok || err != nil {
		t.Errorf("the lock once it is free: %v, %v", ok, err)
	} else {
		unlock()
	}
}
