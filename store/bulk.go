package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"strings"
)

// mostRows is how many rows a bulk statement takes at most, a power of two. More are no faster.
const mostRows = 32

// bulk is a statement about many rows, prepared for each power of two of them up to mostRows.
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

// run calls do for rows rows in all, a part of them at a time: with the statement for so many, the number of the first, and their values, which are valid until it returns.
func (b *bulk) run(ctx context.Context, t *transaction, rows int, values rowValues, do func(stmt *sql.Stmt, first, rows int, values []any) error) error {
	var list []any
	for first := 0; first < rows; {
		size := min(bits.Len(uint(rows-first)), len(b)) - 1
		list = list[:0]
		for row := first; row < first+1<<size; row++ {
			list = values(list, row)
		}
		if err := do(t.tx.StmtContext(ctx, b[size]), first, 1<<size, list); err != nil {
			return err
		}
		first += 1 << size
	}
	return nil
}

// exec runs a statement that gives nothing back.
func (b *bulk) exec(ctx context.Context, t *transaction, rows int, values rowValues) error {
	return b.run(ctx, t, rows, values, func(stmt *sql.Stmt, _, _ int, values []any) error {
		_, err := stmt.ExecContext(ctx, values...)
		return err
	})
}

// interned is a table whose rows are told by all their columns, and referred to by number.
type interned struct {
	table        string
	find, insert bulk
	last         int64 // highest number that was ever given; 0: not looked up in this transaction
}

// newInterned prepares the statements for a table that has these columns beside its id.
func newInterned(ctx context.Context, db *sql.DB, table string, columns ...string) (i interned, err error) {
	i.table = table
	row := placeholders(len(columns) + 1)
	var same []string
	for n, column := range columns {
		same = append(same, fmt.Sprintf("t.%s = v.column%d", column, n+2))
	}
	i.find, err = newBulk(ctx, db, "SELECT v.column1, t.id FROM (VALUES ", row, ") v CROSS JOIN "+table+" t ON "+strings.Join(same, " AND "))
	if err != nil {
		return i, err
	}
	i.insert, err = newBulk(ctx, db, "INSERT INTO "+table+" (id, "+strings.Join(columns, ", ")+") VALUES ", row, "")
	return i, err
}

// intern finds the numbers of rows, which must differ, and inserts those that are not there.
func (i *interned) intern(ctx context.Context, t *transaction, rows int, values rowValues, found func(row int, id int64)) error {
	numbered := func(list []any, row int) []any { return values(append(list, int64(row)), row) }
	return i.find.run(ctx, t, rows, numbered, func(stmt *sql.Stmt, first, rows int, list []any) error {
		var ids [mostRows]int64
		if err := lookUp(ctx, stmt, list, func(row int, id int64) { ids[row-first] = id }); err != nil {
			return err
		}
		if err := i.insertNew(ctx, t, first, ids[:rows], values); err != nil {
			return err
		}
		for row, id := range ids[:rows] {
			found(first+row, id)
		}
		return nil
	})
}

// insertNew inserts the rows from first on that have no number yet, and gives them one.
func (i *interned) insertNew(ctx context.Context, t *transaction, first int, ids []int64, values rowValues) error {
	var added [mostRows]int // their places in ids
	n := 0
	for row, id := range ids {
		if id != 0 {
			continue
		}
		if i.last == 0 {
			// An id is never given twice: what was removed may still be remembered by a reader.
			err := t.tx.QueryRowContext(ctx, "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?", i.table).Scan(&i.last)
			if err != nil {
				return err
			}
		}
		i.last++
		ids[row] = i.last
		added[n] = row
		n++
	}
	return i.insert.exec(ctx, t, n, func(list []any, k int) []any {
		return values(append(list, ids[added[k]]), first+added[k])
	})
}

// lookUp runs a query that gives pairs of a row and its number.
func lookUp(ctx context.Context, stmt *sql.Stmt, values []any, found func(row int, id int64)) error {
	rows, err := stmt.QueryContext(ctx, values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row int
		var id int64
		if err := rows.Scan(&row, &id); err != nil {
			return err
		}
		found(row, id)
	}
	return rows.Err()
}
