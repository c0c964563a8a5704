package store

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"authreport"
)

// snapshot runs do in a transaction that sees the store as it is now, whatever is written meanwhile.
func (s *Store) snapshot(ctx context.Context, do func(*chunks) error) error {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollback(tx)
	c, err := newChunks(ctx, tx)
	if err != nil {
		return err
	}
	return do(c)
}

// errStop is that the reader of a sequence wants no more.
type errStop struct{}

func (errStop) Error() string { return "stopped" }

// sequence gives what read yields, and its error at the end.
func sequence[T any](s *Store, doing string, read func(yield func(T) error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := read(func(x T) error {
			if !yield(x, nil) {
				return errStop{}
			}
			return nil
		})
		if _, stopped := err.(errStop); err != nil && !stopped {
			var zero T
			yield(zero, s.fault(doing, err))
		}
	}
}

// packedDays calls do for each day in r of which there is something, ascending, with a merger of its runs.
func packedDays[R any, P packed[R]](c *chunks, k kind, r authreport.Range, do func(authreport.Day, *merger[R, P]) error) error {
	runs, err := runsIn(c, k, r)
	if err != nil {
		return err
	}
	return eachDay(runs, func(r *run) authreport.Day { return r.day }, func(day authreport.Day, runs []run) error {
		return do(day, newMerger[R, P](c, runs))
	})
}

// each calls do for the rows that are left.
func (m *merger[R, P]) each(do func(*R) error) error {
	for {
		row, err := m.next()
		if row == nil || err != nil {
			return err
		}
		if err := do(row); err != nil {
			return err
		}
	}
}

// Counts gives the counts of the days in r, by day and client number. What is written meanwhile is not in it.
func (s *Store) Counts(ctx context.Context, r authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return sequence(s, "read counts", func(yield func(authreport.ClientCount) error) error {
		return s.snapshot(ctx, func(c *chunks) error {
			return packedDays(c, kindCounts, r, func(day authreport.Day, m *merger[countRow, *countRow]) error {
				return m.each(func(n *countRow) error {
					n.Day = day
					return yield(authreport.ClientCount(*n))
				})
			})
		})
	})
}

// Clients gives all clients that the store knows, whatever their days, by number.
func (s *Store) Clients(ctx context.Context, _ authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return sequence(s, "read clients", func(yield func(authreport.KnownClient) error) error {
		return s.snapshot(ctx, func(c *chunks) error {
			return eachClient(c, func(k *clientRow) error { return yield(authreport.KnownClient(*k)) })
		})
	})
}

// eachClient calls do for each client, by number.
func eachClient(c *chunks, do func(*clientRow) error) error {
	runs, err := runsOf(c, kindClients, 0)
	if err != nil {
		return err
	}
	for i := range runs { // one after the other: numbers ascend from run to run
		if err := newMerger[clientRow](c, runs[i:i+1]).each(do); err != nil {
			return err
		}
	}
	return nil
}

// Failures gives the failed AUTH attempts of the days in r, ordered by day, server, account, client address (as text) and mechanism, texts byte by byte.
func (s *Store) Failures(ctx context.Context, r authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return sequence(s, "read failed attempts", func(yield func(authreport.FailureCount) error) error {
		return s.snapshot(ctx, func(c *chunks) error {
			return packedDays(c, kindFailures, r, func(day authreport.Day, m *merger[failureRow, *failureRow]) error {
				return byAddressText(day, m, yield)
			})
		})
	})
}

// byAddressText gives a day's failed attempts in the order of Failures. In a run, addresses are in the order of their numbers.
func byAddressText(day authreport.Day, m *merger[failureRow, *failureRow], yield func(authreport.FailureCount) error) error {
	type attempts struct {
		authreport.FailureCount
		address string
	}
	var same []attempts // of one server and account
	flush := func() error {
		if len(same) > 1 {
			for i := range same {
				same[i].address = ipText(same[i].IP)
			}
			slices.SortFunc(same, func(a, b attempts) int {
				return cmp.Or(strings.Compare(a.address, b.address), strings.Compare(a.Mechanism, b.Mechanism))
			})
		}
		for _, a := range same {
			if err := yield(a.FailureCount); err != nil {
				return err
			}
		}
		same = same[:0]
		return nil
	}
	err := m.each(func(f *failureRow) error {
		if len(same) > 0 && (same[0].Server != f.Server || same[0].Account != f.Account) {
			if err := flush(); err != nil {
				return err
			}
		}
		f.Day = day
		same = append(same, attempts{FailureCount: authreport.FailureCount(*f)})
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Export gives the counts of the days in r with their clients, of the sender domains in domains; all if it is empty. They are ordered by day, server, account,
// sender, client address (as text), TLS version (in the order of authreport.TLS), cipher and mechanism, texts byte by byte. It holds the clients of these domains in memory.
func (s *Store) Export(ctx context.Context, r authreport.Range, domains []string) iter.Seq2[authreport.Count, error] {
	return sequence(s, "export counts", func(yield func(authreport.Count) error) error {
		return s.snapshot(ctx, func(c *chunks) error {
			clients, err := exportClients(c, domains)
			if err != nil {
				return err
			}
			var list []exported
			return packedDays(c, kindCounts, r, func(day authreport.Day, m *merger[countRow, *countRow]) (err error) {
				if list, err = exportedDay(list[:0], clients, m); err != nil {
					return err
				}
				for _, n := range list {
					if err := yield(authreport.Count{Day: day, Client: n.Client, Messages: n.Messages, Recipients: n.Recipients, Hours: n.Hours}); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})
}

// exported is a count with its client.
type exported struct {
	*rankedClient
	countRow
}

// rankedClient is a client with its place in the order of an export.
type rankedClient struct {
	clientRow
	place int
}

// exportClients gives the clients of some domains, by number.
func exportClients(c *chunks, domains []string) ([]rankedClient, error) {
	var clients []rankedClient
	err := eachClient(c, func(k *clientRow) error {
		if len(domains) == 0 || slices.Contains(domains, k.Client.Domain) {
			clients = append(clients, rankedClient{clientRow: *k})
		}
		return nil
	})
	order := make([]*rankedClient, len(clients))
	for i := range clients {
		order[i] = &clients[i]
	}
	slices.SortFunc(order, func(a, b *rankedClient) int { return compareExported(&a.Client, &b.Client) })
	for place, c := range order {
		c.place = place
	}
	return clients, err
}

// compareExported is the order of Export within a day.
func compareExported(a, b *authreport.Client) int {
	if a.Server != b.Server {
		return strings.Compare(a.Server, b.Server)
	}
	if a.Account != b.Account {
		return strings.Compare(a.Account, b.Account)
	}
	if a.Sender != b.Sender {
		return strings.Compare(a.Sender, b.Sender)
	}
	if a.IP != b.IP {
		return strings.Compare(ipText(a.IP), ipText(b.IP))
	}
	return cmp.Or(cmp.Compare(a.TLS, b.TLS), strings.Compare(a.Cipher, b.Cipher), strings.Compare(a.Mechanism, b.Mechanism), strings.Compare(a.Domain, b.Domain))
}

// exportedDay appends a day's counts to list, in order. Counts and clients both come by number.
func exportedDay(list []exported, clients []rankedClient, m *merger[countRow, *countRow]) ([]exported, error) {
	next := 0
	err := m.each(func(n *countRow) error {
		for next < len(clients) && clients[next].ID < n.ClientID {
			next++
		}
		if next < len(clients) && clients[next].ID == n.ClientID {
			list = append(list, exported{&clients[next], *n})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b exported) int { return cmp.Compare(a.place, b.place) })
	return list, err
}
