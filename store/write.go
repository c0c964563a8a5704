package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"authreport"
)

// rowsPerStatement is how many rows an upsert takes: more are no faster (measured with 1 to 500).
const rowsPerStatement = 50

// statement is one of the prepared statements of the writer.
type statement int

const (
	selectSender statement = iota
	insertSender
	selectClient
	insertClient
	upsertCounts
	upsertCount
	upsertFailures
	upsertFailure
	upsertLines
	insertFile
	upsertFile
	upsertSessions

	statementCount
)

const (
	countColumns   = "counts (day, client_id, messages, recipients, hours)"
	countConflict  = " ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, recipients = recipients + excluded.recipients, hours = hours | excluded.hours"
	failureColumns = "failures (day, ip, account, server, mechanism, attempts, hours)"
	failConflict   = " ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts, hours = hours | excluded.hours"
	fileColumns    = `source, stream, fingerprint, length, "offset", path, inode, size, modified, fault, written`
)

var statements = [statementCount]string{
	selectSender: "SELECT id FROM senders WHERE address = ? AND domain = ?",
	insertSender: "INSERT INTO senders (address, domain) VALUES (?, ?)",
	selectClient: "SELECT id FROM clients WHERE sender_id = ? AND account = ? AND ip = ? AND server = ? AND tls = ? AND cipher = ? AND mechanism = ?",
	insertClient: "INSERT INTO clients (sender_id, account, ip, server, tls, cipher, mechanism) VALUES (?, ?, ?, ?, ?, ?, ?)",

	upsertCounts:   "INSERT INTO " + countColumns + " VALUES " + placeholders(5, rowsPerStatement) + countConflict,
	upsertCount:    "INSERT INTO " + countColumns + " VALUES " + placeholders(5, 1) + countConflict,
	upsertFailures: "INSERT INTO " + failureColumns + " VALUES " + placeholders(7, rowsPerStatement) + failConflict,
	upsertFailure:  "INSERT INTO " + failureColumns + " VALUES " + placeholders(7, 1) + failConflict,

	upsertLines: `INSERT INTO lines (day, source, read, not_understood, example, repeats, guessed_years, clock_steps, first, last) VALUES ` + placeholders(10, 1) + `
		ON CONFLICT DO UPDATE SET read = read + excluded.read, not_understood = not_understood + excluded.not_understood,
		example = iif(example = '', excluded.example, example), repeats = repeats + excluded.repeats,
		guessed_years = guessed_years + excluded.guessed_years, clock_steps = clock_steps + excluded.clock_steps,
		first = ifnull(min(first, excluded.first), ifnull(first, excluded.first)), last = ifnull(max(last, excluded.last), ifnull(last, excluded.last))`,
	insertFile:     "INSERT INTO files (" + fileColumns + ") VALUES " + placeholders(11, 1),
	upsertFile:     "INSERT OR REPLACE INTO files (id, " + fileColumns + ") VALUES " + placeholders(12, 1),
	upsertSessions: "INSERT INTO sessions (source, stream, state) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
}

// placeholders gives rows groups of columns question marks: "(?, ?), (?, ?)".
func placeholders(columns, rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

// writer is what Write keeps from one batch to the next.
type writer struct {
	statements [statementCount]*sql.Stmt
	interner   *interner
	prunes     string // the fact when interner began to remember
	rows       []countRow
	values     []any
}

// countRow is a row of the table counts.
type countRow struct {
	day                          authreport.Day
	client, messages, recipients int64
	hours                        authreport.Hours
}

// transaction is the writer in a transaction.
type transaction struct {
	*writer
	tx       *sql.Tx
	keptFrom authreport.Day
}

func (w *transaction) stmt(which statement) *sql.Stmt { return w.tx.Stmt(w.statements[which]) }

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	w := &writer{interner: newInterner()}
	for i, text := range statements {
		var err error
		if w.statements[i], err = db.PrepareContext(ctx, text); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) close() {
	for _, stmt := range w.statements {
		if stmt != nil {
			stmt.Close()
		}
	}
}

// Write adds a batch to what is counted and moves the file's position, in one transaction: after an error nothing of it is stored. It gives the position
// with its ID. It does not empty the batch's tally. Counts, failures and lines of days that Prune has removed are dropped, so that an old log that is read
// again does not bring back a part of them.
func (s *Store) Write(ctx context.Context, b authreport.Batch) (authreport.Position, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	position, err := s.writeBatch(ctx, b)
	return position, s.fault("write counts of "+b.Position.Path, err)
}

func (s *Store) writeBatch(ctx context.Context, b authreport.Batch) (position authreport.Position, err error) {
	if s.options.Zone == nil || b.Tally != nil && b.Tally.Zone().String() != s.options.Zone.String() {
		return b.Position, fmt.Errorf("counts are of another zone than the store was opened for (%w)", ErrZone)
	}
	if s.writer == nil && s.write != nil {
		if s.writer, err = newWriter(ctx, s.write); err != nil {
			return b.Position, err
		}
	}
	err = s.transact(ctx, func(tx *sql.Tx) (err error) {
		position, err = s.writer.batch(ctx, tx, b, s.options.Now())
		return err
	})
	if err != nil {
		if s.writer != nil {
			s.writer.interner.forget()
		}
		return b.Position, err
	}
	return position, nil
}

func (w *writer) batch(ctx context.Context, tx *sql.Tx, b authreport.Batch, now time.Time) (authreport.Position, error) {
	t := &transaction{writer: w, tx: tx}
	if err := t.begin(ctx); err != nil {
		return b.Position, err
	}
	if b.Tally != nil {
		if err := errors.Join(t.counts(ctx, b.Tally), t.failures(ctx, b.Tally), t.lines(ctx, b.Tally)); err != nil {
			return b.Position, err
		}
	}
	if _, err := t.stmt(upsertSessions).ExecContext(ctx, b.Position.Source, b.Position.Stream, notNil(b.Sessions)); err != nil {
		return b.Position, err
	}
	return t.position(ctx, b.Position, now)
}

// begin reads what Prune left word of.
func (t *transaction) begin(ctx context.Context) error {
	prunes, err := fact(ctx, t.tx, factPrunes)
	if err != nil {
		return err
	}
	if prunes != t.prunes {
		t.interner.forget()
		t.prunes = prunes
	}
	t.keptFrom, err = keptFrom(ctx, t.tx)
	return err
}

// keptFrom is the first day that the last Prune left.
func keptFrom(ctx context.Context, from querier) (authreport.Day, error) {
	text, err := fact(ctx, from, factKeptFrom)
	if err != nil || text == "" {
		return -1 << 31, err
	}
	day, err := strconv.ParseInt(text, 10, 32)
	return authreport.Day(day), err
}

func (t *transaction) counts(ctx context.Context, tally *authreport.Tally) error {
	t.rows = t.rows[:0]
	for c := range tally.Counts() {
		if c.Day < t.keptFrom {
			continue
		}
		id, err := t.interner.client(ctx, t, &c.Client)
		if err != nil {
			return err
		}
		t.rows = append(t.rows, countRow{c.Day, id, c.Messages, c.Recipients, c.Hours})
	}
	// In the order of the key, each page of the tree is visited once.
	slices.SortFunc(t.rows, func(a, b countRow) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.client, b.client)) })
	for rows := range slices.Chunk(t.rows, rowsPerStatement) {
		t.values = t.values[:0]
		for _, r := range rows {
			t.values = append(t.values, int64(r.day), r.client, r.messages, r.recipients, int64(r.hours))
		}
		if err := t.upsert(ctx, upsertCounts, upsertCount, len(rows)); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) failures(ctx context.Context, tally *authreport.Tally) error {
	rows := 0
	t.values = t.values[:0]
	for f := range tally.Failures() {
		if f.Day < t.keptFrom {
			continue
		}
		t.values = append(t.values, int64(f.Day), ipText(f.IP), f.Account, f.Server, f.Mechanism, f.Attempts, int64(f.Hours))
		if rows++; rows < rowsPerStatement {
			continue
		}
		if err := t.upsert(ctx, upsertFailures, upsertFailure, rows); err != nil {
			return err
		}
		rows = 0
		t.values = t.values[:0]
	}
	return t.upsert(ctx, upsertFailures, upsertFailure, rows)
}

// upsert writes the rows in values: with the statement for many if they are as many as that takes, else one by one.
func (t *transaction) upsert(ctx context.Context, many, one statement, rows int) error {
	if rows == rowsPerStatement {
		_, err := t.stmt(many).ExecContext(ctx, t.values...)
		return err
	}
	if rows == 0 {
		return nil
	}
	for values := range slices.Chunk(t.values, len(t.values)/rows) {
		if _, err := t.stmt(one).ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) lines(ctx context.Context, tally *authreport.Tally) error {
	for l := range tally.Lines() {
		if l.Day < t.keptFrom {
			continue
		}
		_, err := t.stmt(upsertLines).ExecContext(ctx, int64(l.Day), l.Source, l.Read, l.NotUnderstood, l.Example, l.Repeats, l.GuessedYears, l.ClockSteps, micros(l.First), micros(l.Last))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) position(ctx context.Context, p authreport.Position, now time.Time) (authreport.Position, error) {
	var modified any
	if !p.ModTime.IsZero() {
		modified = p.ModTime.UnixNano()
	}
	values := []any{p.Source, p.Stream, p.Fingerprint, p.Length, p.Offset, p.Path, int64(p.Inode), p.Size, modified, p.Fault, now.UnixMilli()}
	if p.ID != 0 {
		_, err := t.stmt(upsertFile).ExecContext(ctx, slices.Insert(values, 0, any(p.ID))...)
		return p, err
	}
	result, err := t.stmt(insertFile).ExecContext(ctx, values...)
	if err != nil {
		return p, err
	}
	p.ID, err = result.LastInsertId()
	return p, err
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

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
