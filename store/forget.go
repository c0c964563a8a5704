package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"

	"authreport"
)

// Forgotten is what Forget removed, or would remove. Its JSON form is what `authreport forget --json` gives.
type Forgotten struct {
	Counts     int64    `json:"counts"`            // rows of one client and day
	Messages   int64    `json:"messages"`          // in them
	Recipients int64    `json:"recipients"`        // of these
	FirstDay   string   `json:"first_day"`         // of the counts and failed attempts; "2026-05-28"; empty if there were none
	LastDay    string   `json:"last_day"`          // likewise
	Clients    int64    `json:"clients"`           // that nothing but these counts was about
	Failures   int64    `json:"failures"`          // rows of failed attempts
	Attempts   int64    `json:"attempts"`          // in them
	Logs       int64    `json:"logs"`              // with open sessions that named it
	Requests   int64    `json:"requests"`          // whose recipient it was
	Deliveries int64    `json:"deliveries"`        // to it
	Texts      int64    `json:"texts"`             // in which it was named: replies, faults, who asked, lines that were not understood
	Letters    int64    `json:"messages_not_sent"` // stored for recipients still to come, all of them: they are made anew
	Alike      []string `json:"alike"`             // names that stay, and may be the same person's: in another case, with or without a domain; in order, the first mostAlike
}

// mostAlike is how many names Forgotten.Alike has at most.
const mostAlike = 10

// Any says whether anything was found.
func (f *Forgotten) Any() bool {
	return f.Counts+f.Clients+f.Failures+f.Logs+f.Requests+f.Deliveries+f.Texts > 0
}

// span widens the days to one more.
func (f *Forgotten) span(day authreport.Day) {
	text := day.String()
	if f.FirstDay == "" || text < f.FirstDay {
		f.FirstDay = text
	}
	f.LastDay = max(f.LastDay, text)
}

// ForgetOptions is what Forget has to know.
type ForgetOptions struct {
	DryRun bool // nothing is changed
	// Sessions gives a source's open sessions with names as rename gives them. With an error, or nil, they are dropped: the messages under way are not counted.
	Sessions func(source string, state []byte, rename func(string) string) ([]byte, error)
}

// Forget removes all that the store has about people, each an address or an account as the log has it: their counts as senders and as accounts, which go from the
// totals, too; failed attempts; what is open of them in sessions; them as recipients of requests, with what became of those; and their names in texts. Local
// parts are compared byte by byte, domains folded. What is found is removed in one transaction; then the database is written anew, so that no byte of it is left in the
// files. It can be broken off at any time, and done again.
//
// It works beside other processes: batches that go on from sessions of before are refused with ErrForgotten.
//
// Errors to tell apart: ErrStays, when all is removed, but bytes are left.
func (s *Store) Forget(ctx context.Context, names []string, o ForgetOptions) (f Forgotten, err error) {
	list, err := newTargets(names)
	if err != nil {
		return f, err
	}
	errDry := errors.New("nothing is changed")
	err = s.transact(ctx, func(tx *sql.Tx) error {
		c, err := newChunks(ctx, tx)
		if err != nil {
			return err
		}
		r := &forgetting{chunks: c, targets: list, found: &f, seen: map[string]bool{}}
		err = inTurn(r.clients, r.failures, func() error { return r.sessions(o.Sessions) }, r.recipients, r.texts, r.letters, r.note)
		if err == nil && o.DryRun {
			return errDry
		}
		return err
	})
	slices.Sort(f.Alike)
	f.Alike = f.Alike[:min(len(f.Alike), mostAlike)]
	if errors.Is(err, errDry) {
		return f, nil
	}
	if err == nil {
		err = s.compact(ctx)
	}
	return f, s.fault("forget", err)
}

// forgetting is a Forget in its transaction.
type forgetting struct {
	*chunks
	targets targets
	found   *Forgotten
	seen    map[string]bool // names in found.Alike, before it was cut
}

// look notes a name that stays, if it may be the same person's.
func (r *forgetting) look(name string) {
	if !r.seen[name] && r.targets.alike(name) {
		r.seen[name] = true
		r.found.Alike = append(r.found.Alike, name)
	}
}

// everyDay is the range of all days.
var everyDay = authreport.Range{First: noDay, Last: math.MaxInt32}

// clients removes the clients of which a target is sender or account, with their counts.
func (r *forgetting) clients() error {
	gone := map[int64]bool{}
	err := eachClient(r.chunks, func(k *clientRow) error {
		if r.targets.are(k.Client.Sender) || r.targets.are(k.Client.Account) {
			gone[k.ID] = true
		}
		r.look(k.Client.Sender)
		r.look(k.Client.Account)
		return nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	r.found.Clients = int64(len(gone))
	return inTurn(
		func() error {
			return removeRows(r.chunks, kindCounts, func(day authreport.Day, n *countRow) bool { return gone[n.ClientID] }, func(day authreport.Day, n *countRow) {
				r.found.Counts++
				r.found.Messages += n.Messages
				r.found.Recipients += n.Recipients
				r.found.span(day)
			})
		},
		func() error { return removeClients(r.chunks, func(k *clientRow) bool { return gone[k.ID] }) },
	)
}

// failures removes failed attempts to log in as a target.
func (r *forgetting) failures() error {
	return removeRows(r.chunks, kindFailures, func(_ authreport.Day, f *failureRow) bool { return r.targets.are(f.Account) }, func(day authreport.Day, f *failureRow) {
		r.found.Failures++
		r.found.Attempts += f.Attempts
		r.found.span(day)
	})
}

// removeRows removes rows of any day, and tells which. Days without such rows stay as they are.
func removeRows[R any, P packed[R]](c *chunks, k kind, gone func(authreport.Day, *R) bool, removed func(authreport.Day, *R)) error {
	all, err := runsIn(c, k, everyDay)
	if err != nil {
		return err
	}
	return eachDay(all, func(r *run) authreport.Day { return r.day }, func(day authreport.Day, runs []run) error {
		any := false
		err := newMerger[R, P](c, runs).each(func(row *R) error {
			if gone(day, row) {
				any = true
				removed(day, row)
			}
			return nil
		})
		if err != nil || !any {
			return err
		}
		w := newRunWriter[R, P](c, run{kind: k, day: day, number: after(runs)})
		err = newMerger[R, P](c, runs).each(func(row *R) error {
			if gone(day, row) {
				return nil
			}
			return w.add(row)
		})
		if err != nil {
			return err
		}
		return inTurn(w.flush, func() error { return removeRuns(c, runs) })
	})
}

// sessions takes the targets out of what is open in the logs.
func (r *forgetting) sessions(renamed func(source string, state []byte, rename func(string) string) ([]byte, error)) error {
	type open struct {
		source, stream string
		state          []byte
	}
	rows, err := r.tx.QueryContext(r.ctx, "SELECT source, stream, state FROM sessions")
	if err != nil {
		return err
	}
	all, err := scanned(rows, func(rows *sql.Rows, o *open) error { return rows.Scan(&o.source, &o.stream, &o.state) })
	if err != nil {
		return err
	}
	rename := func(name string) string {
		if r.targets.are(name) {
			return ""
		}
		return r.targets.takenFrom(name, "")
	}
	for _, one := range all {
		if !r.targets.mayBeIn(string(one.state)) {
			continue
		}
		r.found.Logs++
		var state []byte
		if renamed != nil {
			state, err = renamed(one.source, one.state, rename)
		}
		query, values := "UPDATE sessions SET state = ?3 WHERE source = ?1 AND stream = ?2", []any{one.source, one.stream, state}
		if err != nil || state == nil {
			query, values = "DELETE FROM sessions WHERE source = ? AND stream = ?", values[:2]
		}
		if _, err := r.tx.ExecContext(r.ctx, query, values...); err != nil {
			return err
		}
	}
	return nil
}

// note has other processes see that names were forgotten, and the next Prune write the database anew if this one breaks off.
func (r *forgetting) note() error {
	forgets, err := numberFact(r.ctx, r.tx, factForgets)
	if err != nil {
		return err
	}
	return inTurn(
		func() error { return setFact(r.ctx, r.tx, factForgets, strconv.FormatInt(forgets+1, 10)) },
		func() error { return setFact(r.ctx, r.tx, factUncompacted, "1") },
	)
}
