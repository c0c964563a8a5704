package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"authreport"
)

// AskedBySchedule is Request.AskedBy of what a schedule asks for.
const AskedBySchedule = "schedule"

// RequestState is how far a request is.
type RequestState string

// The states of a request: pending until it is claimed, claimed until it is finished, which makes it done, failed, or pending again.
const (
	Pending RequestState = "pending"
	Claimed RequestState = "claimed"
	Done    RequestState = "done"   // everybody has the report, or Withheld says why nobody was to have it
	Failed  RequestState = "failed" // Fault says why
)

// Request is one report that somebody asked for. Its times are to the millisecond, in UTC.
type Request struct {
	ID          int64
	Report      string           // the series; "weekly"
	Range       authreport.Range // days reported on
	Domains     []string         // sender domains; empty: all
	Recipients  []string         // addresses
	Cc, Bcc     []string         // addresses beside these: then all get one message, which names Recipients and Cc; nobody is in two of them
	AskedBy     string           // AskedBySchedule, "alice (command line)"
	OneOff      bool             // the report is none of config.yaml's
	MessageHost string           // right side of the Message-IDs; "example.org"; empty: localhost
	Due         time.Time        // when it is to be done
	Created     time.Time
	State       RequestState
	Next        time.Time // when a pending request is to be done, first or again
	Owner       string    // who claimed it last; "mx1 4711"; empty: nobody yet
	Fence       int64     // how often it was claimed; the number of this claim, for the one who has it
	Lease       time.Time // until when the claim holds unless it is renewed; zero if it is not claimed
	Fault       string    // why it failed or is put off
	Notice      *Notice   // what is told, and no report; nil: a report is asked for
	Started     time.Time // when it was first claimed; zero: not yet
	Ended       time.Time // when it was done or had failed; zero: it is open
	Crashes     int       // claims in a row that ended without a word, neither of the request nor of a recipient
	Send        string    // when it is to be mailed, one of config.Conditions; empty: as its report says, or always where no schedule asked
	Forgets     int64     // how often names had been forgotten when it was claimed, for KeepMessage; 0 if it was not just claimed
	Withheld    string    // why it was not to be mailed; "nothing unusual"; empty if it was, or is not done
}

// Notice is what went wrong for good: a request, or something beside requests.
type Notice struct {
	Request int64     `json:"request,omitempty"` // that failed; 0: it is no request
	Trouble string    `json:"trouble,omitempty"` // name of a Trouble; "source mx1"
	Fault   string    `json:"fault,omitempty"`   // of the trouble
	Since   time.Time `json:"since,omitzero"`    // of the trouble
}

const requestColumns = "id, report, first_day, last_day, domains, recipients, asked_by, one_off, message_host, due, created, state, next, owner, fence, lease, fault, " +
	"notice, started, ended, crashes, send, withheld, cc, bcc"

// Together says whether all who get the report get one message.
func (r *Request) Together() bool { return len(r.Cc)+len(r.Bcc) > 0 }

// AddRequest stores a request, pending until Due, and a waiting delivery for each who gets it. Of a schedule's requests there is one for each report and
// due time: adding it again changes nothing and gives the first one's id. The request's ID, state and claim are not looked at.
func (s *Store) AddRequest(ctx context.Context, r Request) (id int64, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if r.AskedBy == AskedBySchedule {
			err := tx.QueryRowContext(ctx, "SELECT id FROM requests WHERE report = ? AND due = ? AND asked_by = 'schedule'", r.Report, r.Due.UnixMilli()).Scan(&id)
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		id, err = s.addRequest(ctx, tx, r)
		return err
	})
	return id, s.fault("add a request for "+r.Report, err)
}

// addRequest stores a request with its deliveries.
func (s *Store) addRequest(ctx context.Context, tx *sql.Tx, r Request) (id int64, err error) {
	if id, err = insertRequest(ctx, tx, r); err != nil {
		return 0, err
	}
	return id, insertDeliveries(ctx, tx, id, r, s.options.Now())
}

func insertRequest(ctx context.Context, tx *sql.Tx, r Request) (id int64, err error) {
	var lists [4]string
	for i, list := range [][]string{r.Domains, r.Recipients, r.Cc, r.Bcc} {
		text, err := json.Marshal(append([]string{}, list...))
		if err != nil {
			return 0, err
		}
		lists[i] = string(text)
	}
	var notice []byte
	if r.Notice != nil {
		if notice, err = json.Marshal(r.Notice); err != nil {
			return 0, err
		}
	}
	due := r.Due.UnixMilli()
	result, err := tx.ExecContext(ctx, `INSERT INTO requests
		(report, first_day, last_day, domains, recipients, cc, bcc, asked_by, one_off, message_host, due, created, state, next, owner, fence, lease, fault, notice, send)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, '', 0, 0, '', ?, ?)`,
		r.Report, int64(r.Range.First), int64(r.Range.Last), lists[0], lists[1], lists[2], lists[3], r.AskedBy, r.OneOff, r.MessageHost, due, r.Created.UnixMilli(), due, string(notice), r.Send)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Request gives the request with that id.
func (s *Store) Request(ctx context.Context, id int64) (Request, error) {
	var r Request
	err := scanRequest(s.read.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE id = ?", id), &r)
	return r, s.fault(fmt.Sprintf("look up request %d", id), err)
}

// Requests gives the newest requests, limit at most, newest first.
func (s *Store) Requests(ctx context.Context, limit int) ([]Request, error) {
	return s.requests(ctx, "ORDER BY id DESC LIMIT ?", limit)
}

// Open gives the requests that are neither done nor failed, limit at most, those first that have been due longest.
func (s *Store) Open(ctx context.Context, limit int) ([]Request, error) {
	return s.requests(ctx, "WHERE state IN ('pending', 'claimed') ORDER BY next, id LIMIT ?", limit)
}

// FailedRequests gives the requests that have failed for good since a time, oldest first, but for those that a later one for the same report made good. One
// that was withheld made nothing good: nobody got anything.
func (s *Store) FailedRequests(ctx context.Context, since time.Time) ([]Request, error) {
	return s.requests(ctx, `WHERE state = 'failed' AND ended >= ? AND NOT EXISTS
		(SELECT * FROM requests n WHERE n.id > r.id AND n.state = 'done' AND n.withheld = '' AND n.report = r.report AND (n.notice = '') = (r.notice = '')) ORDER BY id`, since.UnixMilli())
}

// requests gives the requests, named r, that the rest of the query tells.
func (s *Store) requests(ctx context.Context, rest string, values ...any) ([]Request, error) {
	var list []Request
	for r, err := range rows(ctx, s, "list requests", func(rows *sql.Rows, r *Request) error { return scanRequest(rows, r) },
		"SELECT "+requestColumns+" FROM requests r "+rest, values...) {
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// LastDue gives the due time of the newest request that a schedule made for a report, of those due until then; zero if there is none.
func (s *Store) LastDue(ctx context.Context, report string, until time.Time) (time.Time, error) {
	var due sql.NullInt64
	err := s.read.QueryRowContext(ctx, "SELECT max(due) FROM requests WHERE report = ? AND asked_by = 'schedule' AND due <= ?", report, until.UnixMilli()).Scan(&due)
	if err != nil || !due.Valid {
		return time.Time{}, s.fault("look up the last run of "+report, err)
	}
	return fromMillis(due.Int64), nil
}

// Runs gives the due times of the requests that a schedule made for a report, of those due from first to last, oldest first.
func (s *Store) Runs(ctx context.Context, report string, first, last time.Time) ([]time.Time, error) {
	var list []time.Time
	for due, err := range rows(ctx, s, "look up the runs of "+report, func(rows *sql.Rows, due *int64) error { return rows.Scan(due) },
		"SELECT due FROM requests WHERE report = ? AND asked_by = 'schedule' AND due BETWEEN ? AND ? ORDER BY due", report, first.UnixMilli(), last.UnixMilli()) {
		if err != nil {
			return nil, err
		}
		list = append(list, fromMillis(due))
	}
	return list, nil
}

// scanRequest reads requestColumns.
func scanRequest(row interface{ Scan(...any) error }, r *Request) error {
	var domains, recipients, cc, bcc, notice []byte
	var due, created, next, lease, started, ended int64
	err := row.Scan(&r.ID, &r.Report, &r.Range.First, &r.Range.Last, &domains, &recipients, &r.AskedBy, &r.OneOff, &r.MessageHost, &due, &created,
		&r.State, &next, &r.Owner, &r.Fence, &lease, &r.Fault, &notice, &started, &ended, &r.Crashes, &r.Send, &r.Withheld, &cc, &bcc)
	if err != nil {
		return err
	}
	r.Started, r.Ended = fromMillis(started), fromMillis(ended)
	if len(notice) > 0 {
		if err := json.Unmarshal(notice, &r.Notice); err != nil {
			return err
		}
	}
	r.Due, r.Created, r.Next, r.Lease = fromMillis(due), fromMillis(created), fromMillis(next), fromMillis(lease)
	return errors.Join(json.Unmarshal(domains, &r.Domains), json.Unmarshal(recipients, &r.Recipients), json.Unmarshal(cc, &r.Cc), json.Unmarshal(bcc, &r.Bcc))
}

// millis is the stored form of a time that may be zero.
func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// fromMillis reads a stored time; 0 is the zero time.
func fromMillis(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
