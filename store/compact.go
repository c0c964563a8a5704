package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// How long one attempt waits for others that use the store, who cannot write meanwhile, and how many there are.
const (
	compactWait  = 5 * time.Second
	compactTries = 6
)

// ErrStays is that bytes of what was removed are still in the files of the store: another process has been reading for long.
var ErrStays = errors.New("its bytes are still in the store's files, since another process has been using them for long; run it again later")

// compact writes the database anew, and empties the write-ahead log: nothing is left of what was removed, neither in free pages nor between rows. It takes as much
// room again as the store has, for as long. Nothing is to be done if nothing was removed since the last time.
//
// secure_delete would not do: what is moved from page to page, and each run that was merged, leaves copies that no DELETE comes by.
func (s *Store) compact(ctx context.Context) error {
	removed, err := fact(ctx, s.write, factUncompacted)
	if err != nil || removed == "" {
		return err
	}
	settings := []string{fmt.Sprintf("busy_timeout(%d)", s.compactWait.Milliseconds()), "temp_store(FILE)"}
	db, err := sql.Open("sqlite", address(s.path, "mode=rw", settings))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := retry(ctx, func() error {
		_, err := db.ExecContext(ctx, "VACUUM")
		return err
	}); err != nil {
		return err
	}
	err = retry(ctx, func() error {
		var busy, pages, done int
		if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &done); err != nil {
			return err
		}
		if busy != 0 {
			return ErrStays
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error { return setFact(ctx, tx, factUncompacted, "") })
}

// retry does something until it works, compactTries times at most; each waits for others by itself.
func retry(ctx context.Context, do func() error) (err error) {
	for range compactTries {
		if err = do(); err == nil || ctx.Err() != nil || !errors.Is(err, ErrStays) && !isBusy(err) {
			break
		}
	}
	return err
}
