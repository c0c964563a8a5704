package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strconv"

	"github.com/spf13/cobra"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// table is one thing that can be exported. Its columns are a contract with other tools.
type table struct {
	columns []string
	numbers int // how many columns at the end are numbers
	rows    func(context.Context, *store.Store, authreport.Range, []string) iter.Seq2[[]string, error]
}

var tables = map[string]table{
	"counts": {
		columns: []string{"day", "server", "account", "sender", "client_ip", "tls", "cipher", "mechanism", "messages", "recipients"},
		numbers: 2,
		rows: func(ctx context.Context, s *store.Store, days authreport.Range, domains []string) iter.Seq2[[]string, error] {
			return rows(s.Export(ctx, days, domains), countRow)
		},
	},
	"failures": {
		columns: []string{"day", "server", "account", "client_ip", "mechanism", "attempts"},
		numbers: 1,
		rows: func(ctx context.Context, s *store.Store, days authreport.Range, _ []string) iter.Seq2[[]string, error] {
			return rows(s.Failures(ctx, days), func(f authreport.FailureCount) []string {
				return []string{f.Day.String(), f.Server, f.Account, address(f.IP), f.Mechanism, strconv.FormatInt(f.Attempts, 10)}
			})
		},
	},
}

// countRow is a row of the table counts.
func countRow(c authreport.Count) []string {
	return []string{c.Day.String(), c.Client.Server, c.Client.Account, c.Client.Sender, address(c.Client.IP), c.Client.TLS.String(),
		c.Client.Cipher, c.Client.Mechanism, strconv.FormatInt(c.Messages, 10), strconv.FormatInt(c.Recipients, 10)}
}

// rows turns what the store gives into text.
func rows[T any](from iter.Seq2[T, error], row func(T) []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for record, err := range from {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(row(record), nil) {
				return
			}
		}
	}
}

func address(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

func exportCommand(p *program) *cobra.Command {
	var (
		days          days
		domains       []string
		asCSV, asJSON bool
	)
	c := &cobra.Command{
		Use:   "export counts|failures",
		Short: "Write what the store holds, as CSV or JSON",
		Long: `export writes what the store holds, ordered by its columns, for scripts and other tools: names exactly as the server logged them.
Days are those of the configuration's timezone. Without --from and --to it writes all days.

counts:   day,server,account,sender,client_ip,tls,cipher,mechanism,messages,recipients
failures: day,server,account,client_ip,mechanism,attempts`,
		ValidArgs: []string{"counts", "failures"},
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 || tables[arguments[0]].rows == nil {
				return usagef("export needs counts or failures")
			}
			return nil
		},
		RunE: func(c *cobra.Command, arguments []string) error {
			what := arguments[0]
			switch {
			case asCSV && asJSON:
				return usagef("--csv and --json exclude each other")
			case what == "failures" && len(domains) > 0:
				return usagef("--domain is for counts: a failed attempt has no sender")
			}
			folded, err := config.Domains(domains)
			if err != nil {
				return usageError{err.Error()}
			}
			span, err := days.whole()
			if err != nil {
				return err
			}
			_, s, err := p.openToRead(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			write := writeCSV
			if asJSON {
				write = writeJSON
			}
			if err := write(p.out, tables[what], tables[what].rows(c.Context(), s, span, folded)); err != nil {
				return fmt.Errorf("export %s: %w", what, err)
			}
			return nil
		},
	}
	days.addFlags(c, false)
	c.Flags().Lookup("to").Usage = "last `DAY`"
	c.Flags().StringArrayVar(&domains, "domain", nil, "sender `DOMAIN`, repeatable; default all")
	c.Flags().BoolVar(&asCSV, "csv", false, "as CSV (default)")
	c.Flags().BoolVar(&asJSON, "json", false, "as one JSON list of objects, an object on each line")
	return c
}

func writeCSV(to io.Writer, t table, rows iter.Seq2[[]string, error]) error {
	w := csv.NewWriter(to)
	if err := w.Write(t.columns); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// writeJSON writes a list with an object on each line. Bytes that are no UTF-8 become U+FFFD, which JSON asks for (RFC 8259 section 8.1).
func writeJSON(to io.Writer, t table, rows iter.Seq2[[]string, error]) error {
	w := bufio.NewWriter(to)
	before := "[\n"
	for row, err := range rows {
		if err != nil {
			return err
		}
		w.WriteString(before)
		before = ",\n"
		for i, text := range row {
			w.WriteString(string("{,"[min(i, 1)]) + `"` + t.columns[i] + `":`)
			value := []byte(text)
			if i < len(row)-t.numbers {
				if value, err = json.Marshal(text); err != nil {
					return err
				}
			}
			w.Write(value)
		}
		w.WriteString("}")
	}
	if before == "[\n" {
		w.WriteString("[")
	}
	w.WriteString("\n]\n")
	return w.Flush()
}
