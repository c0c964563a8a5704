// Package store keeps the counts, how far logs are read, and the ledger of requests and deliveries.
//
// Counts, the position in the log file and the parser's open sessions come in as an authreport.Batch and are written in one transaction: whatever happens,
// a line is counted once. Counts go out as sequences, which report reads. The package knows nothing of log formats, of how reports look and of mail.
//
// The engine is SQLite in one file (modernc.org/sqlite), its schema the migrations in the folder of that name.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// Errors that callers tell apart. All but ErrLost come in a message that names the store and says what to do.
var (
	ErrNewer = errors.New("it is of a newer authreport")                // its schema is above ours
	ErrOwner = errors.New("store belongs to another user")              // not the one that we run as
	ErrZone  = errors.New("it counts the days of another zone")         // than Options.Zone
	ErrLost  = errors.New("request is in the hands of another process") // the lease was over, and it was claimed again
)

var errReadOnly = errors.New("it was opened for reading only")

// Options is what Open has to know.
type Options struct {
	Zone     *time.Location   // whose calendar days are counted; nil: whatever zone the store has, and then Write is refused
	Now      func() time.Time // the clock, for leases and for when files were last read
	ReadOnly bool             // the store must exist and be of our schema; nothing is written
}

// Store is an open store. It is safe for concurrent use, also by several processes on the same file.
type Store struct {
	path    string
	options Options
	read    *sql.DB
	write   *sql.DB // one connection; nil if the store is read-only

	writing sync.Mutex // guards writer
	writer  *writer

	compactWait time.Duration // see there; tests shorten it

	taking sync.Mutex          // guards taken
	taken  map[[2]string]int64 // by source and stream: how often names had been forgotten when its open sessions were read
}

// Close closes the store. Sequences that are still being read must have ended.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	for _, db := range []*sql.DB{s.read, s.write} { // the writer last: it takes the write-ahead log into the database
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return s.fault("close", err)
}

// Path is the absolute path of the database file.
func (s *Store) Path() string { return s.path }

// LockIngest makes this process the one that reads logs into the store. ok is false if another process, or another Store of this one, is it already.
// The lock ends with unlock, and with the process, however that ends.
func (s *Store) LockIngest() (unlock func(), ok bool, err error) {
	unlock, ok, err = tryLock(s.path + lockSuffix)
	if err != nil {
		return nil, false, fmt.Errorf("lock the store for reading logs: %w", err)
	}
	return unlock, ok, nil
}

// transact runs do in a transaction that holds the write lock from its beginning. It is rolled back if do gives an error.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	if s.write == nil {
		return errReadOnly
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// inTurn runs steps of a transaction until one gives an error. After an error nothing more may be done in it: on a full disk SQLite has rolled it back by itself,
// and what comes next would be stored at once, alone.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// rollback undoes a transaction, unless its context's end did so already.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// absolute gives the absolute path that a dsn of the form sqlite:PATH names.
func absolute(dsn string) (string, error) {
	const scheme = "sqlite:"
	if len(dsn) <= len(scheme) || dsn[:len(scheme)] != scheme {
		return "", fmt.Errorf("store must be like sqlite:authreport.db, is %q", dsn)
	}
	return filepath.Abs(dsn[len(scheme):])
}
