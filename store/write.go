package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"authreport"
)

// writer is what Write keeps from one batch to the next.
type writer struct {
	keys, addKeys bulk // finds keys of clients, adds new ones
	prepared      chunkStatements
	interner      interner
	prunes        string // factPrunes when interner began to remember
	counts        []countRow
	failures      []failureRow
	sorter        failureSorter
	packer        packer
}

func newWriter(ctx context.Context, db *sql.DB) (w *writer, err error) {
	w = &writer{interner: newInterner(remembered)}
	if w.keys, err = newBulk(ctx, db, "SELECT v.column1, k.id FROM (VALUES ", placeholders(2), ") v CROSS JOIN client_keys k ON k.key = v.column2"); err != nil {
		return nil, err
	}
	if w.prepared, err = prepareChunks(ctx, db); err != nil {
		return nil, err
	}
	w.addKeys, err = newBulk(ctx, db, "INSERT INTO client_keys (key, id) VALUES ", placeholders(2), "")
	return w, err
}

// transaction is the writer in a transaction.
type transaction struct {
	*writer
	*chunks
	keptFrom authreport.Day
}

// Write adds a batch to what is counted, moves the file's position on and replaces its stream's open sessions, in one transaction: after an error nothing of it is
// stored. It gives the position with its ID, and leaves the batch's tally as it is; a nil tally has no counts. What is of days that Prune has removed is dropped.
// ErrZone says that the tally is not of the store's zone; ErrForgotten, that the open sessions which it goes on from are to be read again.
func (s *Store) Write(ctx context.Context, b authreport.Batch) (authreport.Position, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	position, err := s.writeBatch(ctx, b)
	return position, s.fault("write", err)
}

func (s *Store) writeBatch(ctx context.Context, b authreport.Batch) (authreport.Position, error) {
	if zone := s.options.Zone; zone == nil || b.Tally != nil && b.Tally.Zone().String() != zone.String() {
		return b.Position, fmt.Errorf("%w than the batch", ErrZone)
	}
	if err := s.startWriter(ctx); err != nil {
		return b.Position, err
	}
	position := b.Position
	err := s.transact(ctx, func(tx *sql.Tx) (err error) {
		t := &transaction{writer: s.writer, chunks: &chunks{ctx, tx, s.writer.prepared.in(ctx, tx), &s.writer.packer}}
		if err := s.fresh(ctx, tx, b.Position.Source, b.Position.Stream); err != nil {
			return err
		}
		if err := t.begin(ctx); err != nil {
			return err
		}
		switch {
		case b.Tally == nil:
		case b.Replace:
			err = t.replace(ctx, b)
		default:
			err = inTurn(
				func() error { return t.addCounts(ctx, b.Tally) },
				func() error { return t.addFailures(ctx, b.Tally) },
				func() error { return t.addLines(ctx, b.Tally, sum) },
				func() error { return t.addGaps(ctx, b.Tally, sum) },
			)
		}
		if err != nil {
			return err
		}
		if err := t.setSessions(ctx, b); err != nil {
			return err
		}
		position.ID, err = t.setPosition(ctx, b.Position, s.options.Now())
		return err
	})
	if err != nil {
		s.writer.interner.forget()
		return b.Position, err
	}
	return position, nil
}

// startWriter prepares the writer when it is first needed.
func (s *Store) startWriter(ctx context.Context) (err error) {
	if s.write == nil {
		return errReadOnly
	}
	if s.writer == nil {
		s.writer, err = newWriter(ctx, s.write)
	}
	return err
}

// begin heeds what others have written meanwhile.
func (t *transaction) begin(ctx context.Context) error {
	prunes, err := fact(ctx, t.tx, factPrunes)
	if err != nil {
		return err
	}
	if prunes != t.prunes {
		t.interner.forget()
		t.prunes = prunes
	}
	last, err := lastClient(ctx, t.tx)
	if err != nil {
		return err
	}
	if err := t.interner.begin(t, last); err != nil {
		return err
	}
	t.keptFrom, err = keptFrom(ctx, t.tx)
	return err
}

// lastClient is the highest number that a client was given.
func lastClient(ctx context.Context, from querier) (int64, error) {
	return numberFact(ctx, from, factLastClient)
}

// numberFact is a fact that is a number; 0 if there is none.
func numberFact(ctx context.Context, from querier, key string) (int64, error) {
	text, err := fact(ctx, from, key)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// keptFrom is the first day that the last Prune left.
func keptFrom(ctx context.Context, from querier) (authreport.Day, error) {
	text, err := fact(ctx, from, factKeptFrom)
	if err != nil || text == "" {
		return noDay, err
	}
	day, err := strconv.ParseInt(text, 10, 32)
	return authreport.Day(day), err
}

func (t *transaction) addCounts(ctx context.Context, tally *authreport.Tally) error {
	if err := t.countRows(ctx, tally); err != nil {
		return err
	}
	return eachDay(t.counts, func(c *countRow) authreport.Day { return c.Day }, func(day authreport.Day, rows []countRow) error {
		return addRun(t.chunks, kindCounts, day, pointers(rows))
	})
}

// countRows sets t.counts to the counts of a tally with the numbers of their clients, by day and number.
func (t *transaction) countRows(ctx context.Context, tally *authreport.Tally) error {
	rows := t.counts[:0]
	for c := range tally.Counts() {
		if c.Day >= t.keptFrom {
			rows = append(rows, countRow{Day: c.Day, ClientID: t.interner.client(&c.Client), Messages: c.Messages, Recipients: c.Recipients, Hours: c.Hours})
		}
	}
	t.counts = rows
	ids, err := t.interner.numbers(ctx, t)
	if err != nil {
		return err
	}
	for i := range rows {
		if place := ^rows[i].ClientID; place >= 0 {
			rows[i].ClientID = ids[place]
		}
	}
	slices.SortFunc(rows, func(a, b countRow) int {
		if a.Day != b.Day {
			return cmp.Compare(a.Day, b.Day)
		}
		return cmp.Compare(a.ClientID, b.ClientID)
	})
	return nil
}

// eachDay calls do for each day's part of rows, which are ordered by day.
func eachDay[R any](rows []R, day func(*R) authreport.Day, do func(authreport.Day, []R) error) error {
	for len(rows) > 0 {
		this, size := day(&rows[0]), 1
		for size < len(rows) && day(&rows[size]) == this {
			size++
		}
		if err := do(this, rows[:size]); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}

func (t *transaction) addLines(ctx context.Context, tally *authreport.Tally, c combine) error {
	for l := range tally.Lines() {
		if l.Day < t.keptFrom {
			continue
		}
		_, err := t.tx.ExecContext(ctx, `INSERT INTO lines (day, source, read, not_understood, example, repeats, guessed_years, clock_steps, first, last) VALUES `+placeholders(10)+`
			ON CONFLICT DO UPDATE SET `+c.of("read", "not_understood", "repeats", "guessed_years", "clock_steps")+`,
			example = iif(example = '', excluded.example, example),
			first = ifnull(min(first, excluded.first), ifnull(first, excluded.first)), last = ifnull(max(last, excluded.last), ifnull(last, excluded.last))`,
			int64(l.Day), l.Source, l.Read, l.NotUnderstood, l.Example, l.Repeats, l.GuessedYears, l.ClockSteps, micros(l.First), micros(l.Last))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) addGaps(ctx context.Context, tally *authreport.Tally, c combine) error {
	for g := range tally.Gaps() {
		if g.Day < t.keptFrom {
			continue
		}
		_, err := t.tx.ExecContext(ctx, "INSERT INTO gaps (day, source, gap, count) VALUES "+placeholders(4)+" ON CONFLICT DO UPDATE SET "+c.of("count"),
			int64(g.Day), g.Source, string(g.Gap), g.Count)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) setSessions(ctx context.Context, b authreport.Batch) error {
	_, err := t.tx.ExecContext(ctx, "INSERT INTO sessions (source, stream, state) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
		b.Position.Source, b.Position.Stream, append([]byte{}, b.Sessions...)) // nil would be NULL
	return err
}

// setPosition stores a position, and gives its ID.
func (t *transaction) setPosition(ctx context.Context, p authreport.Position, now time.Time) (id int64, err error) {
	var given any // NULL: the next number
	if p.ID != 0 {
		given = p.ID
	}
	var modified any
	if !p.ModTime.IsZero() {
		modified = p.ModTime.UnixNano()
	}
	err = t.tx.QueryRowContext(ctx, `INSERT OR REPLACE INTO files (id, source, stream, fingerprint, length, "offset", path, inode, size, modified, cursor, fault, written)
		VALUES `+placeholders(13)+` RETURNING id`,
		given, p.Source, p.Stream, p.Fingerprint, p.Length, p.Offset, p.Path, int64(p.Inode), p.Size, modified, p.Cursor, p.Fault, now.UnixMilli()).Scan(&id)
	return id, err
}

// ipText is the stored form of a client address.
func ipText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

// micros is the stored form of a stamp of the log.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}
