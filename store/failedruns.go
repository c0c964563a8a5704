package store

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"authreport"
)

// FailedRuns gives the requests for reports due from from on and before to that failed for good, by due time.
func (s *Store) FailedRuns(ctx context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error] {
	return rows(ctx, s, "list failed requests", func(rows *sql.Rows, r *authreport.FailedRun) error {
		var due int64
		err := rows.Scan(&r.Name, &due, &r.Fault)
		r.Kind, r.Due = authreport.ReportRun, fromMillis(due)
		return err
	}, "SELECT report, due, fault FROM requests WHERE state = 'failed' AND notice = '' AND due >= ? AND due < ? ORDER BY due, id", from.UnixMilli(), to.UnixMilli())
}
