package store

import (
	"context"
	"database/sql"
	"math/bits"
	"strings"
)

// bulk is a statement about many rows, prepared for each power of two of them up to 32: more are no faster.
type bulk [6]*sql.Stmt

// newBulk prepares a statement whose text is head, row for each row with commas between, and tail.
func newBulk(ctx context.Context, db *sql.DB, head, row, tail string) (b bulk, err error) {
	for size := range b {
		if b[size], err = db.PrepareContext(ctx, head+strings.Repeat(row+", ", 1<<size-1)+row+tail); err != nil {
			return b, err
		}
	}
	return b, nil
}

// rowValues appends the values of a row to list.
type rowValues func(list []any, row int) []any

// placeholders gives so many question marks for a row: "(?, ?)".
func placeholders(columns int) string {
	return "(?" + strings.Repeat(", ?", columns-1) + ")"
}

// run calls do for rows rows in all, a part of them at a time: with the statement for so many and their values, which are valid until it returns.
func (b *bulk) run(ctx context.Context, tx *sql.Tx, rows int, values rowValues, do func(stmt *sql.Stmt, values []any) error) error {
	var list []any
	for first := 0; first < rows; {
		size := min(bits.Len(uint(rows-first)), len(b)) - 1
		list = list[:0]
		for row := first; row < first+1<<size; row++ {
			list = values(list, row)
		}
		if err := do(tx.StmtContext(ctx, b[size]), list); err != nil {
			return err
		}
		first += 1 << size
	}
	return nil
}

// exec runs a statement that gives nothing back.
func (b *bulk) exec(ctx context.Context, tx *sql.Tx, rows int, values rowValues) error {
	return b.run(ctx, tx, rows, values, func(stmt *sql.Stmt, values []any) error {
		_, err := stmt.ExecContext(ctx, values...)
		return err
	})
}

// query runs a statement that gives rows, which scan reads one by one.
func (b *bulk) query(ctx context.Context, tx *sql.Tx, rows int, values rowValues, scan func(*sql.Rows) error) error {
	return b.run(ctx, tx, rows, values, func(stmt *sql.Stmt, values []any) error {
		rows, err := stmt.QueryContext(ctx, values...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}
