package store

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"authreport"
)

// Lines gives what was read of each source on the days in r, by day and source. Stamps are in UTC, to the microsecond.
func (s *Store) Lines(ctx context.Context, r authreport.Range) iter.Seq2[authreport.Lines, error] {
	return rows(ctx, s, "read line figures", func(rows *sql.Rows, l *authreport.Lines) error {
		var first, last sql.NullInt64
		err := rows.Scan(&l.Source, &l.Day, &l.Read, &l.NotUnderstood, &l.Example, &l.Repeats, &l.GuessedYears, &l.ClockSteps, &first, &last)
		l.First, l.Last = fromMicros(first), fromMicros(last)
		return err
	}, `SELECT source, day, read, not_understood, example, repeats, guessed_years, clock_steps, first, last FROM lines
		WHERE day BETWEEN ? AND ? ORDER BY day, source`, int64(r.First), int64(r.Last))
}

// Gaps gives what the logs of each source could not tell on the days in r, by day, source and gap.
func (s *Store) Gaps(ctx context.Context, r authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return rows(ctx, s, "read gaps", func(rows *sql.Rows, g *authreport.GapCount) error {
		return rows.Scan(&g.Day, &g.Source, &g.Gap, &g.Count)
	}, "SELECT day, source, gap, count FROM gaps WHERE day BETWEEN ? AND ? ORDER BY day, source, gap", int64(r.First), int64(r.Last))
}

// rows runs a query when the sequence is read, and gives its rows as they come. An error ends the sequence.
func rows[T any](ctx context.Context, s *Store, doing string, scan func(*sql.Rows, *T) error, query string, values ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := s.read.QueryContext(ctx, query, values...)
		if err != nil {
			yield(zero, s.fault(doing, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row := zero
			if err := scan(rows, &row); err != nil {
				yield(zero, s.fault(doing, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, s.fault(doing, err))
		}
	}
}

func fromMicros(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}
