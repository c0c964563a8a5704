package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"net/netip"
	"time"

	"authreport"
)

// Counts gives the counts of the days in r, by day and client number. What is written meanwhile is not in it.
func (s *Store) Counts(ctx context.Context, r authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		const query = "SELECT day, client_id, messages, recipients, hours FROM counts WHERE day BETWEEN ? AND ? ORDER BY day, client_id"
		for row, err := range s.integers(ctx, 5, query, int64(r.First), int64(r.Last)) {
			if err != nil {
				yield(authreport.ClientCount{}, s.fault("read counts", err))
				return
			}
			if !yield(authreport.ClientCount{Day: authreport.Day(row[0]), ClientID: row[1], Messages: row[2], Recipients: row[3], Hours: authreport.Hours(row[4])}, nil) {
				return
			}
		}
	}
}

// Clients gives all clients that the store knows, whatever their days, by number.
func (s *Store) Clients(ctx context.Context, _ authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return rows(ctx, s, "read clients", func(rows *sql.Rows, k *authreport.KnownClient) error {
		c := &k.Client
		return rows.Scan(&k.ID, &c.Server, &c.Account, &c.Sender, &c.Domain, (*ipColumn)(&c.IP), &c.TLS, &c.Cipher, &c.Mechanism)
	}, "SELECT c.id, c.server, c.account, s.address, s.domain, c.ip, c.tls, c.cipher, c.mechanism FROM clients c JOIN senders s ON s.id = c.sender_id ORDER BY c.id")
}

// Failures gives the failed AUTH attempts of the days in r, by day.
func (s *Store) Failures(ctx context.Context, r authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return s.failures(ctx, r, "day")
}

// ExportFailures gives what Failures gives, ordered by day, server, account, client address and mechanism.
func (s *Store) ExportFailures(ctx context.Context, r authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return s.failures(ctx, r, "day, server, account, ip, mechanism")
}

func (s *Store) failures(ctx context.Context, r authreport.Range, order string) iter.Seq2[authreport.FailureCount, error] {
	return rows(ctx, s, "read failed attempts", func(rows *sql.Rows, f *authreport.FailureCount) error {
		return rows.Scan(&f.Day, &f.Server, &f.Account, (*ipColumn)(&f.IP), &f.Mechanism, &f.Attempts, &f.Hours)
	}, "SELECT day, server, account, ip, mechanism, attempts, hours FROM failures WHERE day BETWEEN ? AND ? ORDER BY "+order, int64(r.First), int64(r.Last))
}

// Lines gives what was read of each source on the days in r, by day and source. Stamps are in UTC, to the microsecond.
func (s *Store) Lines(ctx context.Context, r authreport.Range) iter.Seq2[authreport.Lines, error] {
	return rows(ctx, s, "read line figures", func(rows *sql.Rows, l *authreport.Lines) error {
		var first, last sql.NullInt64
		err := rows.Scan(&l.Source, &l.Day, &l.Read, &l.NotUnderstood, &l.Example, &l.Repeats, &l.GuessedYears, &l.ClockSteps, &first, &last)
		l.First, l.Last = fromMicros(first), fromMicros(last)
		return err
	}, `SELECT source, day, read, not_understood, example, repeats, guessed_years, clock_steps, first, last FROM lines
		WHERE day BETWEEN ? AND ? ORDER BY day, source`, int64(r.First), int64(r.Last))
}

// Gaps gives what the logs of each source could not tell on the days in r, by day, source and gap.
func (s *Store) Gaps(ctx context.Context, r authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return rows(ctx, s, "read gaps", func(rows *sql.Rows, g *authreport.GapCount) error {
		return rows.Scan(&g.Day, &g.Source, &g.Gap, &g.Count)
	}, "SELECT day, source, gap, count FROM gaps WHERE day BETWEEN ? AND ? ORDER BY day, source, gap", int64(r.First), int64(r.Last))
}

// Export gives the counts of the days in r with their clients, of the sender domains in domains; all if it is empty. They are ordered by day, server, account,
// sender, client address (as text), TLS version (in the order of authreport.TLS), cipher and mechanism, texts byte by byte.
func (s *Store) Export(ctx context.Context, r authreport.Range, domains []string) iter.Seq2[authreport.Count, error] {
	query := `SELECT n.day, c.server, c.account, s.address, s.domain, c.ip, c.tls, c.cipher, c.mechanism, n.messages, n.recipients, n.hours
		FROM counts n CROSS JOIN clients c ON c.id = n.client_id CROSS JOIN senders s ON s.id = c.sender_id
		WHERE n.day BETWEEN ? AND ?`
	values := []any{int64(r.First), int64(r.Last)}
	if len(domains) > 0 {
		query += " AND s.domain IN " + placeholders(len(domains))
		for _, domain := range domains {
			values = append(values, domain)
		}
	}
	return rows(ctx, s, "export counts", func(rows *sql.Rows, n *authreport.Count) error {
		c := &n.Client
		return rows.Scan(&n.Day, &c.Server, &c.Account, &c.Sender, &c.Domain, (*ipColumn)(&c.IP), &c.TLS, &c.Cipher, &c.Mechanism, &n.Messages, &n.Recipients, &n.Hours)
	}, query+" ORDER BY n.day, c.server, c.account, s.address, c.ip, c.tls, c.cipher, c.mechanism, s.domain", values...)
}

// rows runs a query when the sequence is read, and gives its rows as they come. An error ends the sequence.
func rows[T any](ctx context.Context, s *Store, doing string, scan func(*sql.Rows, *T) error, query string, values ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := s.read.QueryContext(ctx, query, values...)
		if err != nil {
			yield(zero, s.fault(doing, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row := zero
			if err := scan(rows, &row); err != nil {
				yield(zero, s.fault(doing, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, s.fault(doing, err))
		}
	}
}

// ipColumn reads the stored form of a client address.
type ipColumn netip.Addr

// Scan takes the text that ipText made.
func (c *ipColumn) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("client address is %T, not text", value)
	}
	if text == "" {
		*c = ipColumn{}
		return nil
	}
	ip, err := netip.ParseAddr(text)
	*c = ipColumn(ip)
	return err
}

func fromMicros(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}
