package store

import (
	"context"
	"database/sql"
	"net/netip"
	"strconv"

	"authreport"
)

// convertPage is how many rows of an old table are in memory at a time.
const convertPage = 5_000

// packTables is migration 5: it packs what the tables of schema 1 have, and drops those. Clients keep their numbers.
func packTables(ctx context.Context, tx *sql.Tx) error {
	c, err := newChunks(ctx, tx)
	if err != nil {
		return err
	}
	for _, step := range []func(*chunks) error{convertClients, convertCounts, convertFailures} {
		if err := step(c); err != nil {
			return err
		}
	}
	var last int64
	if err := tx.QueryRowContext(ctx, "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'clients'").Scan(&last); err != nil {
		return err
	}
	if last > 0 {
		if err := setFact(ctx, tx, factLastClient, strconv.FormatInt(last, 10)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE counts; DROP TABLE failures; DROP TABLE clients; DROP TABLE senders")
	return err
}

// pages reads a query's rows a page at a time; the query's last placeholder is the size of a page, those before it say after which row a page begins.
func pages[R any](c *chunks, query string, scan func(*sql.Rows, *R) error, after func(last *R) []any, do func([]R) error) error {
	var page []R
	for {
		var last *R
		if len(page) > 0 {
			last = &page[len(page)-1]
		}
		rows, err := c.tx.QueryContext(c.ctx, query, append(after(last), convertPage)...)
		if err != nil {
			return err
		}
		page, err = scanned(rows, scan)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
	}
}

func scanned[R any](rows *sql.Rows, scan func(*sql.Rows, *R) error) (list []R, err error) {
	defer rows.Close()
	for rows.Next() {
		var row R
		if err := scan(rows, &row); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

func convertClients(c *chunks) error {
	const query = `SELECT c.id, c.server, c.account, s.address, s.domain, c.ip, c.tls, c.cipher, c.mechanism
		FROM clients c JOIN senders s ON s.id = c.sender_id WHERE c.id > ? ORDER BY c.id LIMIT ?`
	return pages(c, query, func(rows *sql.Rows, k *clientRow) error {
		var ip string
		to := &k.Client
		if err := rows.Scan(&k.ID, &to.Server, &to.Account, &to.Sender, &to.Domain, &ip, &to.TLS, &to.Cipher, &to.Mechanism); err != nil {
			return err
		}
		return parseIP(ip, &to.IP)
	}, func(last *clientRow) []any {
		if last == nil {
			return []any{0}
		}
		return []any{last.ID}
	}, func(page []clientRow) error {
		return addRun(c, kindClients, 0, pointers(page))
	})
}

func convertCounts(c *chunks) error {
	const query = `SELECT day, client_id, messages, recipients, hours FROM counts WHERE (day, client_id) > (?, ?) ORDER BY day, client_id LIMIT ?`
	return pages(c, query, func(rows *sql.Rows, n *countRow) error {
		return rows.Scan(&n.Day, &n.ClientID, &n.Messages, &n.Recipients, &n.Hours)
	}, func(last *countRow) []any {
		if last == nil {
			return []any{noDay, 0}
		}
		return []any{int64(last.Day), last.ClientID}
	}, func(page []countRow) error {
		return eachDay(page, func(n *countRow) authreport.Day { return n.Day }, func(day authreport.Day, rows []countRow) error {
			return addRun(c, kindCounts, day, pointers(rows))
		})
	})
}

func convertFailures(c *chunks) error {
	const query = `SELECT day, ip, account, server, mechanism, attempts, hours FROM failures
		WHERE (day, ip, account, server, mechanism) > (?, ?, ?, ?, ?) ORDER BY day, ip, account, server, mechanism LIMIT ?`
	return pages(c, query, func(rows *sql.Rows, f *failureRow) error {
		var ip string
		if err := rows.Scan(&f.Day, &ip, &f.Account, &f.Server, &f.Mechanism, &f.Attempts, &f.Hours); err != nil {
			return err
		}
		return parseIP(ip, &f.IP)
	}, func(last *failureRow) []any {
		if last == nil {
			return []any{noDay, "", "", "", ""}
		}
		return []any{int64(last.Day), ipText(last.IP), last.Account, last.Server, last.Mechanism}
	}, func(page []failureRow) error { return addFailureRuns(c, new(failureSorter), page) })
}

// parseIP reads what ipText made.
func parseIP(text string, ip *netip.Addr) (err error) {
	*ip = netip.Addr{}
	if text != "" {
		*ip, err = netip.ParseAddr(text)
	}
	return err
}
