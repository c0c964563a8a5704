package store

import (
	"database/sql"
)

// runReader reads the rows of one run in order.
type runReader[R any, P packed[R]] struct {
	*chunks
	run  run
	next int64 // place of the chunk that follows
	rows int64 // that are left of the chunk under way
	unpacker
	row  R
	used bool // row is no longer wanted
}

// advance reads the next row into row. more is false if there is none.
func (r *runReader[R, P]) advance() (more bool, err error) {
	for r.rows == 0 {
		if more, err := r.load(); !more || err != nil {
			return false, err
		}
	}
	r.rows--
	P(&r.row).unpack(&r.unpacker)
	if r.damaged || r.rows == 0 && !r.end() {
		return false, damaged(r.run, r.next-1)
	}
	return true, nil
}

// load reads the next chunk.
func (r *runReader[R, P]) load() (more bool, err error) {
	var data string
	err = r.statements.load.QueryRowContext(r.ctx, string(r.run.kind), int64(r.run.day), r.run.number, r.next).Scan(&r.rows, &data)
	if err == sql.ErrNoRows {
		return false, nil
	}
	r.next++
	r.start(data)
	return err == nil, err
}

// merger reads the rows of several runs in order, equal ones added up. It holds a chunk of each run.
type merger[R any, P packed[R]] struct {
	runs []*runReader[R, P] // that have more rows
	row  R
}

func newMerger[R any, P packed[R]](c *chunks, runs []run) *merger[R, P] {
	m := &merger[R, P]{}
	for _, r := range runs {
		m.runs = append(m.runs, &runReader[R, P]{chunks: c, run: r, used: true})
	}
	return m
}

// next gives the next row, which is valid until it is called again; nil after the last.
func (m *merger[R, P]) next() (*R, error) {
	left := m.runs[:0]
	var least *runReader[R, P]
	for _, r := range m.runs {
		if r.used {
			more, err := r.advance()
			if err != nil {
				return nil, err
			}
			if !more {
				continue
			}
			r.used = false
		}
		left = append(left, r)
		if least == nil || P(&r.row).compare(&least.row) < 0 {
			least = r
		}
	}
	m.runs = left
	if least == nil {
		return nil, nil
	}
	least.used = true
	if len(left) == 1 {
		return &least.row, nil
	}
	m.row = least.row
	for _, r := range left {
		if !r.used && P(&r.row).compare(&m.row) == 0 {
			P(&m.row).add(&r.row)
			r.used = true
		}
	}
	return &m.row, nil
}
