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
	Done    RequestState = "done"   // everybody has the report
	Failed  RequestState = "failed" // Fault says why
)

// Request is one report that somebody asked for. Its times are to the millisecond, in UTC.
type Request struct {
	ID          int64
	Report      string           // the series; "weekly"
	Range       authreport.Range // days reported on
	Domains     []string         // sender domains; empty: all
	Recipients  []string         // addresses
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
}

const requestColumns = "id, report, first_day, last_day, domains, recipients, asked_by, one_off, message_host, due, created, state, next, owner, fence, lease, fault"

// AddRequest stores a request, pending until Due, and a waiting delivery for each of its recipients. Of a schedule's requests there is one for each report and
// due time: adding it again changes nothing and gives the first one's id. The request's ID, state and claim are not looked at.
func (s *Store) AddRequest(ctx context.Context, r Request) (id int64, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if r.AskedBy == AskedBySchedule {
			err := tx.QueryRowContext(ctx, "SELECT id FROM requests WHERE report = ? AND due = ? AND asked_by = 'schedule'", r.Report, r.Due.UnixMilli()).Scan(&id)
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		id, err = insertRequest(ctx, tx, r)
		if err != nil {
			return err
		}
		return insertDeliveries(ctx, tx, id, r, s.options.Now())
	})
	return id, s.fault("add a request for "+r.Report, err)
}

func insertRequest(ctx context.Context, tx *sql.Tx, r Request) (id int64, err error) {
	domains, domainsErr := json.Marshal(append([]string{}, r.Domains...))
	recipients, recipientsErr := json.Marshal(append([]string{}, r.Recipients...))
	if err := errors.Join(domainsErr, recipientsErr); err != nil {
		return 0, err
	}
	due := r.Due.UnixMilli()
	result, err := tx.ExecContext(ctx, `INSERT INTO requests
		(report, first_day, last_day, domains, recipients, asked_by, one_off, message_host, due, created, state, next, owner, fence, lease, fault)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, '', 0, 0, '')`,
		r.Report, int64(r.Range.First), int64(r.Range.Last), string(domains), string(recipients), r.AskedBy, r.OneOff, r.MessageHost, due, r.Created.UnixMilli(), due)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// claimable is which requests may be claimed at the time ?1.
const claimable = "state IN ('pending', 'claimed') AND iif(state = 'pending', next, lease) <= ?1"

// Claim gives a request to owner, who alone may change it until the lease is over: the one with that id, or for id 0 the one that is due longest. It gives nil
// if there is none to be had: it is not due yet, or done, or claimed by another whose lease is not over. Deliveries that are still sending were being
// sent when an earlier owner died or gave up.
func (s *Store) Claim(ctx context.Context, owner string, id int64, lease time.Duration) (*Request, error) {
	now := s.options.Now()
	// Looked at first, since this is asked all the time and there is nothing to do nearly always: that costs no other process the write lock.
	var any bool
	err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT * FROM requests WHERE ?2 IN (0, id) AND "+claimable+")", now.UnixMilli(), id).Scan(&any)
	if err != nil || !any {
		return nil, s.fault("claim a request", err)
	}
	var request *Request
	err = s.transact(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `UPDATE requests SET state = 'claimed', owner = ?3, fence = fence + 1, lease = ?4
			WHERE id = (SELECT id FROM requests WHERE ?2 IN (0, id) AND `+claimable+` ORDER BY next, id LIMIT 1)
			RETURNING `+requestColumns, now.UnixMilli(), id, owner, now.Add(lease).UnixMilli())
		var r Request
		if err := scanRequest(row, &r); errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		request = &r
		return nil
	})
	if err != nil {
		return nil, s.fault("claim a request", err)
	}
	return request, nil
}

// Renew makes the lease of a claim last from now on, and notes so in the request. It gives ErrLost if somebody else has the request by now; a lease that was
// over for a while, but that nobody made use of, is renewed.
func (s *Store) Renew(ctx context.Context, r *Request, lease time.Duration) error {
	until := s.options.Now().Add(lease)
	if err := s.change(ctx, r, "UPDATE requests SET lease = ? WHERE id = ? AND fence = ? AND state = 'claimed'", until.UnixMilli()); err != nil {
		return err
	}
	r.Lease = fromMillis(until.UnixMilli())
	return nil
}

// Finish ends a claim: the request is done, has failed by fault, or is pending again until next. It gives ErrLost if somebody else has it by now.
func (s *Store) Finish(ctx context.Context, r *Request, state RequestState, fault string, next time.Time) error {
	if next.IsZero() {
		next = r.Due
	}
	return s.change(ctx, r, "UPDATE requests SET state = ?, fault = ?, next = ?, lease = 0 WHERE id = ? AND fence = ? AND state = 'claimed'", string(state), fault, next.UnixMilli())
}

// change runs an UPDATE of a claimed request, whose last two values are its id and fence.
func (s *Store) change(ctx context.Context, r *Request, query string, values ...any) error {
	var changed int64
	err := s.transact(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, query, append(values, r.ID, r.Fence)...)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err == nil && changed == 0 {
		return ErrLost
	}
	return s.fault(fmt.Sprintf("change request %d", r.ID), err)
}

// Request gives the request with that id.
func (s *Store) Request(ctx context.Context, id int64) (Request, error) {
	var r Request
	err := scanRequest(s.read.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE id = ?", id), &r)
	return r, s.fault(fmt.Sprintf("look up request %d", id), err)
}

// Requests gives the newest requests, limit at most, newest first.
func (s *Store) Requests(ctx context.Context, limit int) ([]Request, error) {
	var list []Request
	for r, err := range rows(ctx, s, "list requests", func(rows *sql.Rows, r *Request) error { return scanRequest(rows, r) },
		"SELECT "+requestColumns+" FROM requests ORDER BY id DESC LIMIT ?", limit) {
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

// scanRequest reads requestColumns.
func scanRequest(row interface{ Scan(...any) error }, r *Request) error {
	var domains, recipients []byte
	var due, created, next, lease int64
	err := row.Scan(&r.ID, &r.Report, &r.Range.First, &r.Range.Last, &domains, &recipients, &r.AskedBy, &r.OneOff, &r.MessageHost, &due, &created,
		&r.State, &next, &r.Owner, &r.Fence, &lease, &r.Fault)
	if err != nil {
		return err
	}
	r.Due, r.Created, r.Next, r.Lease = fromMillis(due), fromMillis(created), fromMillis(next), fromMillis(lease)
	return errors.Join(json.Unmarshal(domains, &r.Domains), json.Unmarshal(recipients, &r.Recipients))
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
