package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Pause is why nothing is handed to a server for now. Its times are to the millisecond, in UTC.
type Pause struct {
	Server string    // "smtp.example.org:587"
	Since  time.Time // when the first of the faults in a row came
	Until  time.Time // when it is tried again, with one request
	Faults int       // in a row
	Fault  string    // the last of them
}

const pauseColumns = "server, since, until, faults, fault"

// Enter asks whether messages may be handed to a server now. If they may not, open is false and the pause says why. The first who asks when a pause is over is
// let in to try, and for trial from then on nobody else: then the pause is given too, and SetPause or EndPause has to tell how it went.
func (s *Store) Enter(ctx context.Context, server string, trial time.Duration) (p Pause, open bool, err error) {
	now := s.options.Now().UnixMilli()
	const find = "SELECT " + pauseColumns + " FROM pauses WHERE server = ?"
	// Looked at first: there is no pause nearly always, and that costs no other process the write lock.
	err = scanPause(s.read.QueryRowContext(ctx, find, server), &p)
	if err != nil || p.Until.UnixMilli() > now {
		open = errors.Is(err, sql.ErrNoRows)
		if open {
			err = nil
		}
		return p, open, s.fault("look up the pause of "+server, err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		err := scanPause(tx.QueryRowContext(ctx, find, server), &p)
		if errors.Is(err, sql.ErrNoRows) {
			p, open = Pause{}, true
			return nil
		}
		if err != nil || p.Until.UnixMilli() > now {
			return err
		}
		open = true
		_, err = tx.ExecContext(ctx, "UPDATE pauses SET until = ? WHERE server = ?", now+trial.Milliseconds(), server)
		return err
	})
	return p, open && err == nil, s.fault("enter "+server, err)
}

// SetPause stores a pause, in the place of the server's last one, whose Since stays.
func (s *Store) SetPause(ctx context.Context, p Pause) error {
	return s.fault("note that "+p.Server+" is away", s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO pauses ("+pauseColumns+") VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until, faults = excluded.faults, fault = excluded.fault",
			p.Server, p.Since.UnixMilli(), p.Until.UnixMilli(), p.Faults, p.Fault)
		return err
	}))
}

// EndPause notes that a server takes messages. The requests that await it are due.
func (s *Store) EndPause(ctx context.Context, server string) error {
	return s.fault("note that "+server+" is back", s.transact(ctx, func(tx *sql.Tx) error {
		return runAll(ctx, tx, []statement{
			{"DELETE FROM pauses WHERE server = ?", []any{server}},
			{"UPDATE requests SET next = min(next, ?) WHERE state = 'pending' AND awaits = ?", []any{s.options.Now().UnixMilli(), server}},
		})
	}))
}

// Pauses gives the pauses of all servers, by name.
func (s *Store) Pauses(ctx context.Context) (list []Pause, err error) {
	for p, err := range rows(ctx, s, "list pauses", func(rows *sql.Rows, p *Pause) error { return scanPause(rows, p) }, "SELECT "+pauseColumns+" FROM pauses ORDER BY server") {
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func scanPause(row interface{ Scan(...any) error }, p *Pause) error {
	var since, until int64
	err := row.Scan(&p.Server, &since, &until, &p.Faults, &p.Fault)
	p.Since, p.Until = fromMillis(since), fromMillis(until)
	return err
}
