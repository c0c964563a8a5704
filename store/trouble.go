package store

import (
	"context"
	"database/sql"
	"time"
)

// Trouble is something that goes wrong beside requests: logs that cannot be read, schedules that cannot be computed. Its times are to the millisecond, in UTC.
type Trouble struct {
	Name  string    // "source mx1"
	Since time.Time // when it was first seen
	Seen  time.Time // when it was last seen
	Fault string    // as it was then
	Told  bool      // a notice was written
}

const troubleColumns = "name, since, seen, fault, told"

// NoteTrouble notes that a trouble is there now, and gives it as it is known.
func (s *Store) NoteTrouble(ctx context.Context, name, fault string) (t Trouble, err error) {
	now := s.options.Now().UnixMilli()
	err = s.transact(ctx, func(tx *sql.Tx) error {
		return scanTrouble(tx.QueryRowContext(ctx, "INSERT INTO troubles ("+troubleColumns+`) VALUES (?, ?2, ?2, ?3, 0)
			ON CONFLICT DO UPDATE SET seen = excluded.seen, fault = excluded.fault RETURNING `+troubleColumns, name, now, fault), &t)
	})
	return t, s.fault("note trouble with "+name, err)
}

// TellTrouble adds the request for a notice of a trouble, unless one was added since it began.
func (s *Store) TellTrouble(ctx context.Context, name string, notice Request) error {
	return s.fault("write a notice of "+name, s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE troubles SET told = 1 WHERE name = ? AND told = 0", name)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || changed == 0 {
			return err
		}
		_, err = s.addRequest(ctx, tx, notice)
		return err
	}))
}

// EndTrouble notes that a trouble is over.
func (s *Store) EndTrouble(ctx context.Context, name string) error {
	return s.fault("note the end of trouble with "+name, s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM troubles WHERE name = ?", name)
		return err
	}))
}

// Troubles gives all troubles, by name.
func (s *Store) Troubles(ctx context.Context) (list []Trouble, err error) {
	for t, err := range rows(ctx, s, "list troubles", func(rows *sql.Rows, t *Trouble) error { return scanTrouble(rows, t) }, "SELECT "+troubleColumns+" FROM troubles ORDER BY name") {
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

func scanTrouble(row interface{ Scan(...any) error }, t *Trouble) error {
	var since, seen int64
	err := row.Scan(&t.Name, &since, &seen, &t.Fault, &t.Told)
	t.Since, t.Seen = fromMillis(since), fromMillis(seen)
	return err
}
