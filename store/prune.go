package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"authreport"
)

// forgetAfter is how much older than the first day that is kept a file must be to be forgotten: clocks of machines differ.
const forgetAfter = 48 * time.Hour

// noDay is before all days.
const noDay = -1 << 31

// Prune removes what is of days before first, and gives the number of rows of counts, failed attempts, lines and gaps that went. Clients and senders without counts
// go too, and requests that were finished before first; of the newest of each schedule it keeps that it was, without its recipients. It goes day by day, so that it
// keeps nobody else from writing for long; if it breaks off, the next one goes on.
//
// If anything went, the database is written anew in the end: no byte is left of what was removed. Meanwhile nobody else can write: 59 MB take a second.
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
	if rows, err = s.pruneRows(ctx, first); err != nil {
		return rows, err
	}
	return rows, s.compact(ctx)
}

func (s *Store) pruneRows(ctx context.Context, first authreport.Day) (rows int64, err error) {
	if err := s.transact(ctx, func(tx *sql.Tx) error { return setFact(ctx, tx, factKeptFrom, strconv.Itoa(int(first))) }); err != nil {
		return 0, err
	}
	for {
		var removed int64
		err := s.transact(ctx, func(tx *sql.Tx) (err error) {
			c, err := newChunks(ctx, tx)
			if err == nil {
				removed, err = pruneDay(c, first)
			}
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
	return rows, s.transact(ctx, func(tx *sql.Tx) error {
		uncollected, err := fact(ctx, tx, factUncollected)
		if err != nil {
			return err
		}
		if uncollected != "" {
			c, err := newChunks(ctx, tx)
			if err != nil {
				return err
			}
			if err := collectClients(c); err != nil {
				return err
			}
		}
		return pruneRest(ctx, tx, start)
	})
}

// pruneDay removes the oldest day before first of each kind. It gives 0 if there is none.
func pruneDay(c *chunks, first authreport.Day) (rows int64, err error) {
	counts, err := pruneChunks[countRow](c, kindCounts, first)
	if err != nil {
		return 0, err
	}
	if counts > 0 {
		if err := setFact(c.ctx, c.tx, factUncollected, "1"); err != nil {
			return 0, err
		}
	}
	failures, err := pruneChunks[failureRow](c, kindFailures, first)
	if err != nil {
		return 0, err
	}
	rows = counts + failures
	for _, table := range []string{"lines", "gaps"} {
		result, err := c.tx.ExecContext(c.ctx, "DELETE FROM "+table+" WHERE day = (SELECT min(day) FROM "+table+" WHERE day < ?)", int64(first))
		if err != nil {
			return 0, err
		}
		removed, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		rows += removed
	}
	if rows > 0 {
		err = setFact(c.ctx, c.tx, factUncompacted, "1")
	}
	return rows, err
}

// pruneChunks removes the oldest day before first of one kind, and gives the number of its rows.
func pruneChunks[R any, P packed[R]](c *chunks, k kind, first authreport.Day) (rows int64, err error) {
	var day sql.NullInt64
	err = c.tx.QueryRowContext(c.ctx, "SELECT min(day) FROM chunks WHERE kind = ? AND day < ?", string(k), int64(first)).Scan(&day)
	if err != nil || !day.Valid {
		return 0, err
	}
	runs, err := runsOf(c, k, authreport.Day(day.Int64))
	if err != nil {
		return 0, err
	}
	err = newMerger[R, P](c, runs).each(func(*R) error {
		rows++
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rows, removeRuns(c, runs)
}

// collectClients removes the clients that have no counts.
func collectClients(c *chunks) error {
	counted, err := countedClients(c)
	if err != nil {
		return err
	}
	return inTurn(
		func() error { return removeClients(c, func(k *clientRow) bool { return !counted.has(k.ID) }) },
		func() error { return setFact(c.ctx, c.tx, factUncollected, "") },
	)
}

// removeClients removes clients, which have no counts.
func removeClients(c *chunks, gone func(*clientRow) bool) error {
	runs, err := runsOf(c, kindClients, 0)
	if err != nil {
		return err
	}
	remove, err := c.tx.PrepareContext(c.ctx, "DELETE FROM client_keys WHERE key = ?")
	if err != nil {
		return err
	}
	defer remove.Close()
	w := newRunWriter[clientRow](c, run{kind: kindClients, number: after(runs)})
	removed := 0
	err = eachClient(c, func(k *clientRow) error {
		if !gone(k) {
			return w.add(k)
		}
		removed++
		key, _ := keyOf(&k.Client, nil)
		_, err := remove.ExecContext(c.ctx, key[:])
		return err
	})
	if err != nil {
		return err
	}
	err = inTurn(
		w.flush,
		func() error { return removeRuns(c, runs) },
	)
	if err != nil || removed == 0 {
		return err
	}
	// Every writer is to know that numbers are gone.
	prunes, err := fact(c.ctx, c.tx, factPrunes)
	if err != nil {
		return err
	}
	before, _ := strconv.Atoi(prunes)
	return setFact(c.ctx, c.tx, factPrunes, strconv.Itoa(before+1))
}

// numberSet is a set of clients' numbers, a bit for each.
type numberSet []uint64

func (n numberSet) has(id int64) bool { return n[id/64]&(1<<(id%64)) != 0 }

// countedClients gives the clients that have counts.
func countedClients(c *chunks) (numberSet, error) {
	last, err := lastClient(c.ctx, c.tx)
	if err != nil {
		return nil, err
	}
	counted := make(numberSet, last/64+1)
	runs, err := runsIn(c, kindCounts, everyDay)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		err := newMerger[countRow](c, runs[i:i+1]).each(func(n *countRow) error {
			if n.ClientID < 0 || n.ClientID > last {
				return damaged(runs[i], 0)
			}
			counted[n.ClientID/64] |= 1 << (n.ClientID % 64)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return counted, nil
}

// pruneRest removes what is older than start and is not of a day.
func pruneRest(ctx context.Context, tx *sql.Tx, start time.Time) error {
	const ended = "state IN ('done', 'failed') AND max(created, due, next) < ?1"
	const newest = "asked_by = 'schedule' AND due = (SELECT max(due) FROM requests WHERE report = r.report AND asked_by = 'schedule')"
	millis := []any{start.UnixMilli()}
	removed := false
	for _, step := range []statement{
		{"DELETE FROM deliveries WHERE request_id IN (SELECT id FROM requests WHERE " + ended + ")", millis},
		{"DELETE FROM requests WHERE id IN (SELECT id FROM requests r WHERE " + ended + " AND NOT (" + newest + "))", millis},
		{"UPDATE requests SET recipients = '[]', cc = '[]', bcc = '[]', fault = '' WHERE " + ended + " AND (recipients <> '[]' OR fault <> '')", millis},
		{"DELETE FROM messages WHERE request_id NOT IN (SELECT id FROM requests WHERE state IN ('pending', 'claimed'))", nil},
		{"DELETE FROM files WHERE written < ?1 AND ifnull(modified, 0) < ?2", []any{start.UnixMilli(), start.UnixNano()}},
		{"DELETE FROM sessions WHERE (source, stream) NOT IN (SELECT source, stream FROM files)", nil},
		{"DELETE FROM troubles WHERE seen < ?1", millis},
		{"DELETE FROM pauses WHERE until < ?1", millis},
	} {
		result, err := tx.ExecContext(ctx, step.query, step.values...)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return err
		}
		removed = removed || rows > 0
	}
	if !removed {
		return nil
	}
	return setFact(ctx, tx, factUncompacted, "1")
}
