package store

import (
	"context"
	"errors"
	"strings"

	"authreport"
)

var errFailuresReplace = errors.New("an export that replaces earlier ones has failed AUTH attempts, which cannot be replaced")

// replace takes the place of earlier exports, see authreport.Batch.Replace. Gaps and lines of the source do as its counts: the same export again adds nothing to them.
func (t *transaction) replace(ctx context.Context, b authreport.Batch) error {
	for range b.Tally.Failures() {
		return errFailuresReplace
	}
	if err := t.countRows(ctx, b.Tally); err != nil {
		return err
	}
	if len(t.counts) > 0 {
		if err := t.replaceCounts(ctx, b.Position.Source); err != nil {
			return err
		}
	}
	return inTurn(
		func() error { return t.addLines(ctx, b.Tally, larger) },
		func() error { return t.addGaps(ctx, b.Tally, larger) },
	)
}

// replaceCounts puts t.counts, at least one, in the place of what a source has on their days.
func (t *transaction) replaceCounts(ctx context.Context, source string) error {
	days := authreport.Range{First: t.counts[0].Day, Last: t.counts[len(t.counts)-1].Day}
	for _, table := range []string{"lines", "gaps"} {
		query := "DELETE FROM " + table + " WHERE day > ? AND day < ? AND source = ?"
		if _, err := t.tx.ExecContext(ctx, query, int64(days.First), int64(days.Last), source); err != nil {
			return err
		}
	}
	ofSource := map[int64]bool{}
	err := eachClient(t.chunks, func(c *clientRow) error {
		if c.Client.Server == source {
			ofSource[c.ID] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	stored, err := runsIn(t.chunks, kindCounts, days)
	if err != nil {
		return err
	}
	left := false // are there clients that may have no counts any more?
	rows := t.counts
	for day := range days.All() {
		var runs []run
		for len(stored) > 0 && stored[0].day == day {
			runs, stored = append(runs, stored[0]), stored[1:]
		}
		size := 0
		for size < len(rows) && rows[size].Day == day {
			size++
		}
		replaced := func(id int64) bool { return day > days.First && day < days.Last && ofSource[id] }
		gone, err := t.replaceDay(ctx, day, runs, rows[:size], replaced)
		if err != nil {
			return err
		}
		left = left || gone
		rows = rows[size:]
	}
	if !left {
		return nil
	}
	if err := collectClients(t.chunks); err != nil {
		return err
	}
	t.interner.forget()
	return nil
}

// replaceDay puts a day's rows in the place of those stored of the clients that are to be replaced. Of what both have of other clients, the larger stays.
// gone says that a client has lost its count.
func (t *transaction) replaceDay(ctx context.Context, day authreport.Day, runs []run, rows []countRow, replaced func(id int64) bool) (gone bool, err error) {
	w := newRunWriter[countRow](t.chunks, run{kind: kindCounts, day: day, number: after(runs)})
	err = newMerger[countRow](t.chunks, runs).each(func(stored *countRow) error {
		for len(rows) > 0 && rows[0].ClientID < stored.ClientID {
			if err := w.add(&rows[0]); err != nil {
				return err
			}
			rows = rows[1:]
		}
		both := len(rows) > 0 && rows[0].ClientID == stored.ClientID
		if replaced(stored.ClientID) {
			gone = gone || !both
			return nil
		}
		if both {
			stored.Messages = max(stored.Messages, rows[0].Messages)
			stored.Recipients = max(stored.Recipients, rows[0].Recipients)
			stored.Hours |= rows[0].Hours
			rows = rows[1:]
		}
		return w.add(stored)
	})
	if err != nil {
		return false, err
	}
	for i := range rows {
		if err := w.add(&rows[i]); err != nil {
			return false, err
		}
	}
	return gone, inTurn(w.flush, func() error { return removeRuns(t.chunks, runs) })
}

// combine is how a stored figure and that of a batch become one, in SQL.
type combine string

const (
	sum    combine = "$stored + $new"
	larger combine = "max($stored, $new)"
)

// of gives the assignments that combine so many columns with those of the row that is there.
func (c combine) of(columns ...string) string {
	var list []string
	for _, column := range columns {
		list = append(list, column+" = "+strings.NewReplacer("$stored", column, "$new", "excluded."+column).Replace(string(c)))
	}
	return strings.Join(list, ", ")
}
