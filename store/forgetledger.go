package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
)

// ErrForgotten is that Forget has changed the open sessions that a batch goes on from: they have to be read again, and the lines with them.
var ErrForgotten = errors.New("a name was forgotten meanwhile")

// recipients takes the targets out of requests, with what became of their messages.
func (r *forgetting) recipients() error {
	touched := map[int64]bool{}
	for _, column := range []string{"recipients", "cc", "bcc"} {
		if err := r.recipientsIn(column, touched); err != nil {
			return err
		}
	}
	r.found.Requests += int64(len(touched))
	return r.replace("SELECT DISTINCT recipient FROM deliveries", func(recipient string) error {
		if !r.targets.are(recipient) {
			return nil
		}
		return r.exec(&r.found.Deliveries, "DELETE FROM deliveries WHERE recipient = ?", recipient)
	})
}

// recipientsIn takes the targets out of a list of requests, and notes which ones.
func (r *forgetting) recipientsIn(column string, touched map[int64]bool) error {
	type request struct {
		id   int64
		list []byte
	}
	rows, err := r.tx.QueryContext(r.ctx, "SELECT id, "+column+" FROM requests WHERE "+column+" <> '[]'")
	if err != nil {
		return err
	}
	all, err := scanned(rows, func(rows *sql.Rows, q *request) error { return rows.Scan(&q.id, &q.list) })
	if err != nil {
		return err
	}
	for _, q := range all {
		var list []string
		if err := json.Unmarshal(q.list, &list); err != nil {
			return err
		}
		for _, name := range list {
			r.look(name)
		}
		left := slices.DeleteFunc(append([]string{}, list...), r.targets.are)
		if len(left) == len(list) {
			continue
		}
		touched[q.id] = true
		text, err := json.Marshal(left)
		if err != nil {
			return err
		}
		if _, err := r.tx.ExecContext(r.ctx, "UPDATE requests SET "+column+" = ? WHERE id = ?", string(text), q.id); err != nil {
			return err
		}
	}
	return nil
}

// forgetTexts is where names may stand in texts, by table and column. Accounts without a domain are words like others: those are taken out only where the text is for
// people alone.
var forgetTexts = []struct {
	table, column string
	where         string // which rows; empty: all
	words         bool   // accounts without a domain too
}{
	{"requests", "asked_by", "asked_by NOT IN ('" + AskedBySchedule + "', '" + askedByProgram + "')", true},
	{"requests", "fault", "", true},
	{"requests", "withheld", "", true},
	{"requests", "notice", "", false},
	{"requests", "report", "one_off = 1", false},
	{"deliveries", "reply", "", true},
	{"pauses", "fault", "", true},
	{"troubles", "fault", "", true},
	{"files", "fault", "", true},
	{"facts", "value", "key LIKE 'runtime %'", false},
}

// askedByProgram is who asks for notices.
const askedByProgram = "authreport"

// texts takes the targets out of texts. A line that was not understood goes as a whole: it is about them.
func (r *forgetting) texts() error {
	for _, t := range forgetTexts {
		list, where := r.targets, ""
		if !t.words {
			list = list.addresses()
		}
		if t.where != "" {
			where = " AND " + t.where
		}
		err := r.replace("SELECT DISTINCT "+t.column+" FROM "+t.table+" WHERE "+t.column+" <> ''"+where, func(text string) error {
			left := list.takenFrom(text, forgottenName)
			if left == text {
				return nil
			}
			return r.exec(&r.found.Texts, "UPDATE "+t.table+" SET "+t.column+" = ? WHERE "+t.column+" = ?"+where, left, text)
		})
		if err != nil {
			return err
		}
	}
	return r.replace("SELECT DISTINCT example FROM lines WHERE example <> ''", func(example string) error {
		if r.targets.takenFrom(example, forgottenName) == example {
			return nil
		}
		return r.exec(&r.found.Texts, "UPDATE lines SET example = '' WHERE example = ?", example)
	})
}

// letters removes all messages that are kept for recipients to come: pages and workbooks are compressed, and may name anybody.
func (r *forgetting) letters() error { return r.exec(&r.found.Letters, "DELETE FROM messages") }

// replace calls do for each text that a query gives, all read before.
func (r *forgetting) replace(query string, do func(text string) error) error {
	rows, err := r.tx.QueryContext(r.ctx, query)
	if err != nil {
		return err
	}
	texts, err := scanned(rows, func(rows *sql.Rows, text *string) error { return rows.Scan(text) })
	if err != nil {
		return err
	}
	for _, text := range texts {
		if err := do(text); err != nil {
			return err
		}
	}
	return nil
}

// exec changes rows, and counts them.
func (r *forgetting) exec(count *int64, query string, values ...any) error {
	result, err := r.tx.ExecContext(r.ctx, query, values...)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	*count += changed
	return err
}

// takeUp notes that the open sessions of a stream are read, as of the names that were forgotten by now.
func (s *Store) takeUp(ctx context.Context, source, stream string) error {
	forgets, err := numberFact(ctx, s.read, factForgets)
	if err != nil {
		return err
	}
	s.taking.Lock()
	defer s.taking.Unlock()
	if s.taken == nil {
		s.taken = map[[2]string]int64{}
	}
	s.taken[[2]string{source, stream}] = forgets
	return nil
}

// fresh gives ErrForgotten if names were forgotten since the open sessions of a stream were read.
func (s *Store) fresh(ctx context.Context, tx *sql.Tx, source, stream string) error {
	s.taking.Lock()
	taken, known := s.taken[[2]string{source, stream}]
	s.taking.Unlock()
	if !known {
		return nil
	}
	if forgets, err := numberFact(ctx, tx, factForgets); err != nil || forgets == taken {
		return err
	}
	return ErrForgotten
}
