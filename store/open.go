package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	engine "modernc.org/sqlite/lib"
)

const (
	fileMode   = 0o600   // who mails whom from where is nobody else's business
	lockSuffix = ".lock" // of the lock file beside the database
	busyWait   = 30 * time.Second
)

// The settings of the connections that read, and of the one that writes.
//
// synchronous is NORMAL: in WAL mode a process that dies loses nothing that was committed. Power loss may take the last transactions, but whole ones and in
// order: counts go back together with the position of their lines, and those lines are read again. FULL would cost a wait for the disk at each batch and each
// step of a delivery, and all it could save is a repeated delivery, which is at least once in any case.
//
// temp_store is FILE where reports and exports are sorted: sorting in memory took ten times the memory. The one that writes sorts nothing; MEMORY keeps its
// statement journals, which were nine tenths of all that ingest wrote, off the disk.
//
// Foreign keys are not enforced, see the table counts. The write-ahead log shrinks to 64 MB after it had to be larger.
var (
	busyTimeout   = fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds())
	readSettings  = []string{busyTimeout, "temp_store(FILE)"}
	writeSettings = []string{busyTimeout, "temp_store(MEMORY)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(OFF)", "journal_size_limit(67108864)"}
)

// Open opens the store that dsn names, "sqlite:PATH", and creates it if it does not exist. A relative path is of the process's folder, and its folder must exist.
// An older schema is brought up to ours. The database and what SQLite keeps beside it can be read and written by their owner alone.
//
// Errors to tell apart: ErrOwner, ErrNewer, ErrZone; fs.ErrNotExist for a missing folder and, read-only, a missing store.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	path, err := absolute(dsn)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path, o.ReadOnly); err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, compactWait: compactWait}
	err = s.connect()
	if err == nil && !o.ReadOnly {
		err = s.reach(ctx)
	}
	if err == nil {
		err = s.migrate(ctx)
	}
	if err == nil {
		err = s.checkZone(ctx)
	}
	if err != nil {
		s.Close()
		return nil, s.fault("open", err)
	}
	return s, nil
}

// connect makes the pools of connections; none is opened yet.
func (s *Store) connect() (err error) {
	if !s.options.ReadOnly {
		if s.write, err = sql.Open("sqlite", address(s.path, "_txlock=immediate", writeSettings)); err != nil {
			return err
		}
		s.write.SetMaxOpenConns(1)
	}
	s.read, err = sql.Open("sqlite", address(s.path, "mode=ro", readSettings))
	return err
}

// reach makes the connection that writes. SQLite does not wait for others where it makes a new database one with a write-ahead log, or mends one whose maker died
// over that; so this does.
func (s *Store) reach(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, busyWait)
	defer cancel()
	for {
		err := s.write.PingContext(ctx)
		if !isBusy(err) {
			return err
		}
		select {
		case <-patience.Done():
			return err
		case <-time.After(migrationPause):
		}
	}
}

// isBusy says whether an error is that another connection was in the way.
func isBusy(err error) bool {
	coded := interface{ Code() int }(nil)
	return errors.As(err, &coded) && coded.Code()&0xff == engine.SQLITE_BUSY
}

// address is how the driver names a database (https://www.sqlite.org/uri.html).
func address(path, option string, settings []string) string {
	query := option + "&_error_rc=1"
	for _, setting := range settings {
		query += "&_pragma=" + url.QueryEscape(setting)
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query}).String()
}

// prepareFile sees to it that the file exists, is ours, and is nobody else's to read.
func prepareFile(path string, readOnly bool) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !readOnly {
		return createFile(path)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("open: store %s: %w; run authreport as the user that the store belongs to", path, err)
	}
	if err != nil {
		return fmt.Errorf("open: store %s: %w", path, err)
	}
	if info.IsDir() {
		return fmt.Errorf("open: store %s: it is a folder; name a file in it, like %s", path, filepath.Join(path, "authreport.db"))
	}
	if err := checkOwner(path, info); err != nil {
		return err
	}
	if readOnly {
		return nil
	}
	// The database is not opened here: closing it would take away the locks that another connection of this process has on it (fcntl(2)).
	for _, suffix := range []string{"", "-wal", "-shm", lockSuffix} {
		if err := os.Chmod(path+suffix, fileMode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open: store %s: %w", path, err)
		}
	}
	return nil
}

// createFile makes an empty file with the right mode, which SQLite gives to the files beside it too.
func createFile(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("create: store %s: its folder must exist: %w; make it (mkdir -p %s) for the user that runs authreport", path, err, folder)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody was faster
	}
	if err != nil {
		return fmt.Errorf("create: store %s: %w; it needs a folder that the user %s may write", path, err, userName(os.Geteuid()))
	}
	return f.Close()
}

// checkOwner refuses another user's file: what SQLite would create beside it could not be opened by its owner any more.
func checkOwner(path string, info fs.FileInfo) error {
	owner, ok := ownerOf(info)
	if !ok || owner == os.Geteuid() {
		return nil
	}
	ownerName, ourName := userName(owner), userName(os.Geteuid())
	return fmt.Errorf("%w: %s belongs to %s, and this is %s; run it as its owner: sudo -u %[3]s authreport …", ErrOwner, path, ownerName, ourName)
}

// userName is the name of a user, or the number if there is none.
func userName(uid int) string {
	text := strconv.Itoa(uid)
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return text
}
