package store

import (
	"context"
	"encoding/binary"
	"iter"
	"net/url"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// integers runs a query with a connection of its own that gives rows of width integers, none of them NULL; a row is valid until the next one.
//
// It goes past database/sql, which makes an interface value of each column of each row: nine million counts took 4.9 s of CPU with that, and take 1.7 s without.
func (s *Store) integers(ctx context.Context, width int, query string, values ...int64) iter.Seq2[[]int64, error] {
	return func(yield func([]int64, error) bool) {
		q, err := startQuery(s.path, query, values)
		defer q.close()
		row := make([]int64, width)
		for n := 0; err == nil; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			result := engine.Xsqlite3_step(q.tls, q.statement)
			if result == engine.SQLITE_DONE {
				return
			}
			if result != engine.SQLITE_ROW {
				err = q.fault(result)
				break
			}
			for column := range row {
				row[column] = engine.Xsqlite3_column_int64(q.tls, q.statement, int32(column))
			}
			if !yield(row, nil) {
				return
			}
		}
		yield(nil, err)
	}
}

// rawQuery is a query on a connection of its own.
type rawQuery struct {
	tls           *libc.TLS
	db, statement uintptr
	allocated     []uintptr // to be freed
}

// startQuery opens the database for reading alone and binds the values. The query is to be closed, also after an error.
func startQuery(path, query string, values []int64) (*rawQuery, error) {
	q := &rawQuery{tls: libc.NewTLS()}
	handle := libc.Xcalloc(q.tls, 1, 8)
	q.allocated = append(q.allocated, handle)
	name, err := q.text((&url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro"}).String())
	if err != nil {
		return q, err
	}
	text, err := q.text(query)
	if err != nil {
		return q, err
	}
	// NOMUTEX: one goroutine at a time uses it.
	result := engine.Xsqlite3_open_v2(q.tls, name, handle, engine.SQLITE_OPEN_READONLY|engine.SQLITE_OPEN_NOMUTEX|engine.SQLITE_OPEN_URI, 0)
	q.db = pointer(handle)
	if result != engine.SQLITE_OK {
		return q, q.fault(result)
	}
	engine.Xsqlite3_busy_timeout(q.tls, q.db, int32(busyWait.Milliseconds()))
	result = engine.Xsqlite3_prepare_v2(q.tls, q.db, text, -1, handle, 0)
	q.statement = pointer(handle)
	if result != engine.SQLITE_OK {
		return q, q.fault(result)
	}
	for i, value := range values {
		if result := engine.Xsqlite3_bind_int64(q.tls, q.statement, int32(i+1), value); result != engine.SQLITE_OK {
			return q, q.fault(result)
		}
	}
	return q, nil
}

// pointer reads the pointer that stands in 8 bytes of C's memory.
func pointer(from uintptr) uintptr {
	return uintptr(binary.NativeEndian.Uint64(libc.GoBytes(from, 8)))
}

// text makes a C string.
func (q *rawQuery) text(s string) (uintptr, error) {
	p, err := libc.CString(s)
	if err == nil {
		q.allocated = append(q.allocated, p)
	}
	return p, err
}

func (q *rawQuery) close() {
	engine.Xsqlite3_finalize(q.tls, q.statement)
	engine.Xsqlite3_close_v2(q.tls, q.db)
	for _, p := range q.allocated {
		libc.Xfree(q.tls, p)
	}
	q.tls.Close()
}

func (q *rawQuery) fault(result int32) error {
	return &engineError{int(result), libc.GoString(engine.Xsqlite3_errmsg(q.tls, q.db))}
}

// engineError is an error of SQLite that did not come through its driver.
type engineError struct {
	code int
	text string
}

func (e *engineError) Error() string { return e.text }

// Code is the result code, as that of the driver's error.
func (e *engineError) Code() int { return e.code }
