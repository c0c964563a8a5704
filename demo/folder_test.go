package demo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"authreport/config"
	"authreport/maillog"
)

func TestOpenReplacesOnlyWhatADemoMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new [folder]")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"logs/mail.log", "authreport.db", "authreport.db-wal", "001-postmaster.eml", "smtp-auth-clients-weekly.xlsx", "notes.txt", "own.xlsx"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, pattern := range []string{"*", "logs/*"} {
		paths, err := filepath.Glob(filepath.Join(globLiteral(dir), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			left = append(left, filepath.Base(path))
		}
	}
	if want := []string{marker, "logs", "notes.txt", "own.xlsx"}; !slices.Equal(left, want) {
		t.Errorf("got %v left of the first demo, want %v", left, want)
	}
	if info, err := os.Stat(f.Logs()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("logs: got %v and error %v, want a folder for its owner alone", info, err)
	}
}

func TestOpenLeavesOtherFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err != nil {
		t.Errorf("got error %v for an empty folder, want none", err)
	}
	other := t.TempDir()
	file := filepath.Join(other, "config.yaml")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(other); !errors.Is(err, ErrOccupied) {
		t.Errorf("got error %v for a folder with files, want ErrOccupied", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("got %q and error %v, want the file as it was", text, err)
	}
	if _, err := Open(file); err == nil {
		t.Error("got no error for a file")
	}
}

func TestTheConfigurationLoads(t *testing.T) {
	f, err := Open(filepath.Join(t.TempDir(), "demo"))
	if err != nil {
		t.Fatal(err)
	}
	c := New(small(t, 1))
	if err := f.WriteConfig(c); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(f.Config(), config.Known{Formats: maillog.Formats()})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := loaded.Zone.String(), Zone; got != want {
		t.Errorf("got zone %s, want %s", got, want)
	}
	if got, want := loaded.Sources[0].Paths, filepath.Join(f.Logs(), "mail.log*"); len(got) != 1 || got[0] != want {
		t.Errorf("got paths %v, want %s", got, want)
	}
}
