package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// claimable is which requests may be claimed at the time ?1.
const claimable = "state IN ('pending', 'claimed') AND iif(state = 'pending', next, lease) <= ?1"

// Claim gives a request to owner, who alone may change it until the lease is over: the one with that id, or for id 0 the one that is due longest. It gives nil
// if there is none to be had: it is not due yet, or done, or claimed by another whose lease is not over. Deliveries that are still sending were being
// sent when an earlier owner died or gave up. Crashes is how many owners in a row died.
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
		row := tx.QueryRowContext(ctx, `UPDATE requests SET state = 'claimed', owner = ?3, fence = fence + 1, lease = ?4,
				crashes = crashes + (state = 'claimed'), started = iif(started = 0, ?1, started)
			WHERE id = (SELECT id FROM requests WHERE ?2 IN (0, id) AND `+claimable+` ORDER BY next, id LIMIT 1)
			RETURNING `+requestColumns, now.UnixMilli(), id, owner, now.Add(lease).UnixMilli())
		var r Request
		if err := scanRequest(row, &r); errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		request = &r
		r.Forgets, err = numberFact(ctx, tx, factForgets)
		return err
	})
	if err != nil {
		return nil, s.fault("claim a request", err)
	}
	return request, nil
}

// Renew makes the lease of a claim last from now on, and notes so in the request. It gives ErrLost if somebody else has the request by now; a lease that was
// over for a while, but that nobody made use of, is renewed.
func (s *Store) Renew(ctx context.Context, r *Request, lease time.Duration) error {
	until := s.options.Now().Add(lease).UnixMilli()
	if err := s.change(ctx, r, statement{"UPDATE requests SET lease = ? WHERE id = ?", []any{until, r.ID}}); err != nil {
		return err
	}
	r.Lease = fromMillis(until)
	return nil
}

// PutOff ends a claim: the request is pending again until next, or until the server that it awaits, if it does, is back. fault says why, empty if there is no
// fault. It gives ErrLost, as do Complete and Fail, if somebody else has the request by now.
func (s *Store) PutOff(ctx context.Context, r *Request, fault string, next time.Time, awaits string) error {
	return s.change(ctx, r, statement{"UPDATE requests SET state = 'pending', fault = ?, next = ?, awaits = ?, lease = 0, crashes = 0 WHERE id = ?",
		[]any{fault, next.UnixMilli(), awaits, r.ID}})
}

// Complete ends a claim: everybody has the report.
func (s *Store) Complete(ctx context.Context, r *Request) error {
	return s.change(ctx, r, s.ended(r, Done, "")...)
}

// Withhold ends a claim: the report is not to be mailed, and why. It has no deliveries any more.
func (s *Store) Withhold(ctx context.Context, r *Request, why string) error {
	return s.change(ctx, r, append(s.ended(r, Done, ""),
		statement{"UPDATE requests SET withheld = ? WHERE id = ?", []any{why, r.ID}},
		statement{"DELETE FROM deliveries WHERE request_id = ?", []any{r.ID}})...)
}

// Fail ends a claim: the request has failed for good by fault, and its deliveries that have no outcome are abandoned, or unanswered if they may have arrived. The notice of it, if there is to be one, is
// a request that is added in the same step: whatever happens, there is one for each failure.
func (s *Store) Fail(ctx context.Context, r *Request, fault string, notice *Request) error {
	steps := append(s.ended(r, Failed, fault), statement{`UPDATE deliveries SET state = iif(state IN ('sending', 'unanswered'), 'unanswered', 'abandoned'), reply = iif(reply = '', ?, reply), next = NULL, updated = ?
		WHERE request_id = ? AND state IN ('waiting', 'sending', 'deferred', 'unanswered')`, []any{fault, s.options.Now().UnixMilli(), r.ID}})
	return s.held(ctx, r, func(tx *sql.Tx) error {
		if err := runAll(ctx, tx, steps); err != nil || notice == nil {
			return err
		}
		_, err := s.addRequest(ctx, tx, *notice)
		return err
	})
}

// ended is what is to be done when a request ends.
func (s *Store) ended(r *Request, state RequestState, fault string) []statement {
	return []statement{
		{"UPDATE requests SET state = ?, fault = ?, ended = ?, lease = 0 WHERE id = ?", []any{string(state), fault, s.options.Now().UnixMilli(), r.ID}},
		{"DELETE FROM messages WHERE request_id = ?", []any{r.ID}},
	}
}

// statement is a change with its values.
type statement struct {
	query  string
	values []any
}

func runAll(ctx context.Context, tx *sql.Tx, steps []statement) error {
	for _, step := range steps {
		if _, err := tx.ExecContext(ctx, step.query, step.values...); err != nil {
			return err
		}
	}
	return nil
}

// change runs statements about a claimed request.
func (s *Store) change(ctx context.Context, r *Request, steps ...statement) error {
	return s.held(ctx, r, func(tx *sql.Tx) error { return runAll(ctx, tx, steps) })
}

// held runs do in a transaction if the claim of r still holds, and gives ErrLost if it does not.
func (s *Store) held(ctx context.Context, r *Request, do func(*sql.Tx) error) error {
	lost := false
	err := s.transact(ctx, func(tx *sql.Tx) error {
		var holds bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT * FROM requests WHERE id = ? AND fence = ? AND state = 'claimed')", r.ID, r.Fence).Scan(&holds); err != nil {
			return err
		}
		if lost = !holds; lost {
			return nil
		}
		return do(tx)
	})
	if lost && err == nil {
		return ErrLost
	}
	return s.fault(fmt.Sprintf("change request %d", r.ID), err)
}
