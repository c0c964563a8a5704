package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"authreport"
)

// forgetAfter is how much older than the first day that is kept a file must be to be forgotten: clocks of machines differ.
const forgetAfter = 48 * time.Hour

// Prune removes what is of days before first, and gives the number of rows of counts, failed attempts, lines and gaps that went. Clients and senders without counts
// go too, and requests that were finished before first, but for the newest of each schedule. It goes day by day, so that it keeps nobody else from writing for
// long; if it breaks off, the next one goes on.
//
// From then on Write drops what is of earlier days: an old log that is read again must not bring back a part of what is gone. With an earlier first (a longer
// retention), days count again from there on.
//
// Files are forgotten that have neither been changed nor read since before first. If such a file is still there it is read again, and all of it dropped.
func (s *Store) Prune(ctx context.Context, first authreport.Day) (rows int64, err error) {
	rows, err = s.prune(ctx, first)
	return rows, s.fault("prune", err)
}

func (s *Store) prune(ctx context.Context, first authreport.Day) (rows int64, err error) {
	if err := s.transact(ctx, func(tx *sql.Tx) error { return setFact(ctx, tx, factKeptFrom, strconv.Itoa(int(first))) }); err != nil {
		return 0, err
	}
	for {
		var removed int64
		err := s.transact(ctx, func(tx *sql.Tx) (err error) {
			removed, err = pruneDay(ctx, tx, first)
			return err
		})
		rows += removed
		if err != nil {
			return rows, err
		}
		if removed == 0 {
			break
		}
	}
	start := first.Start(time.UTC).Add(-forgetAfter)
	if zone := s.options.Zone; zone != nil {
		start = first.Start(zone).Add(-forgetAfter)
	}
	return rows, s.transact(ctx, func(tx *sql.Tx) error { return pruneRest(ctx, tx, start) })
}

// pruneDay removes the oldest day before first of each table. It gives 0 if there is none.
func pruneDay(ctx context.Context, tx *sql.Tx, first authreport.Day) (rows int64, err error) {
	for _, table := range []string{"counts", "failures", "lines", "gaps"} {
		var day sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT min(day) FROM "+table+" WHERE day < ?", int64(first)).Scan(&day); err != nil {
			return 0, err
		}
		if !day.Valid {
			continue
		}
		if table == "counts" {
			if err := pruneClients(ctx, tx, day.Int64); err != nil {
				return 0, err
			}
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE day = ?", day.Int64)
		if err != nil {
			return 0, err
		}
		removed, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		rows += removed
	}
	return rows, nil
}

// pruneClients removes the clients, and their senders, that have counts on that day and no other.
func pruneClients(ctx context.Context, tx *sql.Tx, day int64) error {
	others, err := otherDays(ctx, tx, day)
	if err != nil {
		return err
	}
	// With the days written out, each client costs as many seeks in the key as it takes to find a day that it has.
	result, err := tx.ExecContext(ctx, `DELETE FROM clients WHERE id IN (SELECT client_id FROM counts WHERE day = ?)
		AND NOT EXISTS (SELECT * FROM counts WHERE day IN (SELECT value FROM json_each(?)) AND client_id = clients.id)`, day, others)
	if err != nil {
		return err
	}
	if removed, err := result.RowsAffected(); err != nil || removed == 0 {
		return err
	}
	return afterClients(ctx, tx)
}

// afterClients removes the senders whose clients were removed, and lets every writer know that numbers are gone.
func afterClients(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM senders WHERE NOT EXISTS (SELECT * FROM clients WHERE sender_id = senders.id)"); err != nil {
		return err
	}
	prunes, err := fact(ctx, tx, factPrunes)
	if err != nil {
		return err
	}
	before, _ := strconv.Atoi(prunes)
	return setFact(ctx, tx, factPrunes, strconv.Itoa(before+1))
}

// noDay is before all days.
const noDay = -1 << 31

// otherDays gives the days that have counts, but for one, newest first, as a JSON array.
func otherDays(ctx context.Context, tx *sql.Tx, but int64) (string, error) {
	days := []int64{}
	last := int64(1) << 32
	for {
		var day sql.NullInt64
		err := tx.QueryRowContext(ctx, "SELECT max(day) FROM counts WHERE day < ?", last).Scan(&day)
		if err != nil {
			return "", err
		}
		if !day.Valid {
			text, err := json.Marshal(days)
			return string(text), err
		}
		if last = day.Int64; last != but {
			days = append(days, last)
		}
	}
}

// pruneRest removes what is older than start and is not of a day.
func pruneRest(ctx context.Context, tx *sql.Tx, start time.Time) error {
	const old = `SELECT id FROM requests r WHERE state IN ('done', 'failed') AND max(created, due, next) < ?1
		AND (asked_by <> 'schedule' OR due < (SELECT max(due) FROM requests WHERE report = r.report AND asked_by = 'schedule'))`
	var errs []error
	for _, step := range []struct {
		query  string
		values []any
	}{
		{"DELETE FROM deliveries WHERE request_id IN (" + old + ")", []any{start.UnixMilli()}},
		{"DELETE FROM requests WHERE id IN (" + old + ")", []any{start.UnixMilli()}},
		{"DELETE FROM files WHERE written < ?1 AND ifnull(modified, 0) < ?2", []any{start.UnixMilli(), start.UnixNano()}},
		{"DELETE FROM sessions WHERE (source, stream) NOT IN (SELECT source, stream FROM files)", nil},
	} {
		if _, err := tx.ExecContext(ctx, step.query, step.values...); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
