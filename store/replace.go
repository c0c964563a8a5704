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
	rows, err := t.countRows(ctx, b.Tally)
	if err != nil || len(rows) == 0 {
		return errors.Join(err, t.largerOfDays(ctx, b.Tally))
	}
	first, last := rows[0].Day, rows[len(rows)-1].Day
	source := b.Position.Source
	for _, query := range []string{
		"DELETE FROM counts WHERE day > ?1 AND day < ?2 AND client_id IN (SELECT id FROM clients WHERE server = ?3)",
		"DELETE FROM lines WHERE day > ?1 AND day < ?2 AND source = ?3",
		"DELETE FROM gaps WHERE day > ?1 AND day < ?2 AND source = ?3",
	} {
		if _, err := t.tx.ExecContext(ctx, query, int64(first), int64(last), source); err != nil {
			return err
		}
	}
	for _, r := range rows {
		_, err := t.tx.ExecContext(ctx, `INSERT INTO counts (day, client_id, messages, recipients, hours) VALUES `+placeholders(5)+`
			ON CONFLICT DO UPDATE SET messages = max(messages, excluded.messages), recipients = max(recipients, excluded.recipients), hours = hours | excluded.hours`,
			int64(r.Day), r.ClientID, r.Messages, r.Recipients, int64(r.Hours))
		if err != nil {
			return err
		}
	}
	if err := t.largerOfDays(ctx, b.Tally); err != nil {
		return err
	}
	return t.dropUncounted(ctx, source)
}

// largerOfDays stores lines and gaps; of what is stored already, the larger stays.
func (t *transaction) largerOfDays(ctx context.Context, tally *authreport.Tally) error {
	return errors.Join(t.addLines(ctx, tally, larger), t.addGaps(ctx, tally, larger))
}

// dropUncounted removes the clients of a source that have no counts any more, and their senders.
func (t *transaction) dropUncounted(ctx context.Context, source string) error {
	others, err := otherDays(ctx, t.tx, noDay)
	if err != nil {
		return err
	}
	result, err := t.tx.ExecContext(ctx, `DELETE FROM clients WHERE server = ?1
		AND NOT EXISTS (SELECT * FROM counts WHERE day IN (SELECT value FROM json_each(?2)) AND client_id = clients.id)`, source, others)
	if err != nil {
		return err
	}
	removed, err := result.RowsAffected()
	if err != nil || removed == 0 {
		return err
	}
	t.interner.forget()
	if err := afterClients(ctx, t.tx); err != nil {
		return err
	}
	t.prunes, err = fact(ctx, t.tx, factPrunes)
	return err
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
