package store

import (
	"context"
	"database/sql"
	"time"
)

// TurnBack is for a clock that was ahead and is no longer: what is put off for longer than longest from now on was put off by the clock as it was, and is to be
// done now; claims that hold for longer than that hold for lease, unless they are renewed. Requests that are due in the future stay as they are.
func (s *Store) TurnBack(ctx context.Context, longest, lease time.Duration) error {
	now := s.options.Now()
	return s.fault("turn the queue back", s.transact(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			"UPDATE requests SET next = ?1 WHERE state IN ('pending', 'claimed') AND due <= ?1 AND next > ?2",
			"UPDATE requests SET lease = ?3 WHERE state IN ('pending', 'claimed') AND lease > ?2",
			"UPDATE requests SET started = ?1 WHERE state IN ('pending', 'claimed') AND started > ?2",
			`UPDATE deliveries SET next = ?1 WHERE next > ?2 AND request_id IN
				(SELECT id FROM requests WHERE state IN ('pending', 'claimed') AND due <= ?1)`,
			"UPDATE pauses SET until = ?1, since = min(since, ?1) WHERE until > ?2",
		} {
			if _, err := tx.ExecContext(ctx, query, now.UnixMilli(), now.Add(longest).UnixMilli(), now.Add(lease).UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	}))
}
