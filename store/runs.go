package store

import (
	"context"
	"database/sql"
	"iter"
	"math"

	"authreport"
)

// chunks is the table of that name, as a transaction has it.
type chunks struct {
	ctx        context.Context
	tx         *sql.Tx
	statements chunkStatements
	packer     *packer // for whoever writes a run, one at a time
}

// newChunks prepares what a transaction needs that does not have a writer's statements.
func newChunks(ctx context.Context, tx *sql.Tx) (*chunks, error) {
	statements, err := prepareChunks(ctx, tx)
	return &chunks{ctx, tx, statements, &packer{}}, err
}

// chunkStatements are the prepared statements about chunks.
type chunkStatements struct{ runs, load, insert, remove *sql.Stmt }

// preparer is what a *sql.DB and a *sql.Tx have in common.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func prepareChunks(ctx context.Context, p preparer) (s chunkStatements, err error) {
	for statement, query := range map[**sql.Stmt]string{
		&s.runs:   "SELECT day, run, sum(rows) FROM chunks WHERE kind = ? AND day BETWEEN ? AND ? GROUP BY day, run ORDER BY day, run",
		&s.load:   "SELECT rows, data FROM chunks WHERE kind = ? AND day = ? AND run = ? AND place = ?",
		&s.insert: "INSERT INTO chunks (kind, day, run, place, rows, data) VALUES (?, ?, ?, ?, ?, ?)",
		&s.remove: "DELETE FROM chunks WHERE kind = ? AND day = ? AND run BETWEEN ? AND ?",
	} {
		if *statement, err = p.PrepareContext(ctx, query); err != nil {
			return s, err
		}
	}
	return s, nil
}

// in gives the statements as a transaction uses them.
func (s chunkStatements) in(ctx context.Context, tx *sql.Tx) chunkStatements {
	return chunkStatements{tx.StmtContext(ctx, s.runs), tx.StmtContext(ctx, s.load), tx.StmtContext(ctx, s.insert), tx.StmtContext(ctx, s.remove)}
}

// run is some chunks of a day whose rows are in order, no two of them equal.
type run struct {
	kind   kind
	day    authreport.Day
	number int64
	rows   int64
}

// runsOf gives the runs of a day, oldest first.
func runsOf(c *chunks, k kind, day authreport.Day) ([]run, error) {
	return runsIn(c, k, authreport.Range{First: day, Last: day})
}

// runsIn gives the runs of the days in r, by day, oldest first.
func runsIn(c *chunks, k kind, r authreport.Range) ([]run, error) {
	rows, err := c.statements.runs.QueryContext(c.ctx, string(k), int64(r.First), int64(r.Last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []run
	for rows.Next() {
		r := run{kind: k}
		if err := rows.Scan(&r.day, &r.number, &r.rows); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// runWriter writes one run.
type runWriter[R any, P packed[R]] struct {
	*chunks
	run   run
	place int64
}

func newRunWriter[R any, P packed[R]](c *chunks, r run) *runWriter[R, P] {
	c.packer.reset()
	return &runWriter[R, P]{chunks: c, run: r}
}

// add takes the next row, in order.
func (w *runWriter[R, P]) add(row *R) error {
	P(row).pack(w.packer)
	w.packer.rows++
	w.run.rows++
	if len(w.packer.data) < chunkSize {
		return nil
	}
	return w.flush()
}

// flush writes what there is of a chunk. It is to be called after the last row.
func (w *runWriter[R, P]) flush() error {
	if w.packer.rows == 0 {
		return nil
	}
	_, err := w.statements.insert.ExecContext(w.ctx, string(w.run.kind), int64(w.run.day), w.run.number, w.place, w.packer.rows, w.packer.data)
	w.place++
	w.packer.reset()
	return err
}

// addRun stores rows, which are in order and no two of them equal, as one more run of a day. Too many runs are merged.
func addRun[R any, P packed[R]](c *chunks, k kind, day authreport.Day, rows iter.Seq[*R]) error {
	runs, err := runsOf(c, k, day)
	if err != nil {
		return err
	}
	w := newRunWriter[R, P](c, run{kind: k, day: day, number: after(runs)})
	for row := range rows {
		if err := w.add(row); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	return mergeRuns[R, P](c, toMerge(append(runs, w.run)))
}

// pointers gives pointers to what a list has.
func pointers[R any](list []R) iter.Seq[*R] {
	return func(yield func(*R) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// after is the number of the run that follows.
func after(runs []run) int64 {
	if len(runs) == 0 {
		return 0
	}
	return runs[len(runs)-1].number + 1
}

// mostRuns is how many runs a day has at most. A store that takes a batch every half second has as few to read as one that took the day at once, and each row is
// written anew only some times: as often as the day's rows double.
const mostRuns = 8

// fullClients is how many rows a run of clients has at least that is merged no more: their numbers ascend from run to run, so that merging saves nothing but runs.
const fullClients = 8192

// toMerge gives the runs, oldest first, that are to become one: none, or the newer half, and what is older as long as it is not more than twice as large as those.
func toMerge(runs []run) []run {
	full := int64(math.MaxInt64)
	if runs[0].kind == kindClients {
		full = fullClients
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].rows >= full {
			runs = runs[i+1:]
			break
		}
	}
	if len(runs) <= mostRuns {
		return nil
	}
	from := len(runs) - mostRuns/2
	var rows int64
	for _, r := range runs[from:] {
		rows += r.rows
	}
	for from > 0 && runs[from-1].rows <= 2*rows {
		from--
		rows += runs[from].rows
	}
	return runs[from:]
}

// mergeRuns makes one run of several of a day that follow each other.
func mergeRuns[R any, P packed[R]](c *chunks, runs []run) error {
	if len(runs) == 0 {
		return nil
	}
	w := newRunWriter[R, P](c, run{kind: runs[0].kind, day: runs[0].day, number: after(runs)})
	if err := newMerger[R, P](c, runs).each(w.add); err != nil {
		return err
	}
	return inTurn(w.flush, func() error { return removeRuns(c, runs) })
}

// removeRuns removes runs of a day that follow each other.
func removeRuns(c *chunks, runs []run) error {
	if len(runs) == 0 {
		return nil
	}
	_, err := c.statements.remove.ExecContext(c.ctx, string(runs[0].kind), int64(runs[0].day), runs[0].number, runs[len(runs)-1].number)
	return err
}
