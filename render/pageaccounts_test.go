package render

import (
	"slices"
	"testing"

	"authreport"
	"authreport/report"
)

// checkAccounts finds every account of the report in its table, and those behind each sender with their cells.
func checkAccounts(t *testing.T, r *report.Report, facts pageFacts, c *columnReader) {
	t.Helper()
	for range facts.Accounts.Titles {
		c.texts(int(c.number()))
		c.column(facts.Accounts.Rows)
	}
	rows, same, texts := c.column(facts.Accounts.Rows), c.column(int(c.number())), 0
	for _, n := range same {
		if n == 0 {
			texts++
		}
	}
	names, histories := c.texts(texts), slices.Collect(r.Histories())
	name := func(account uint64) string {
		if n := same[account]; n > 0 {
			return english.senderName(histories[n-1].Address, false)
		}
		place := 0
		for _, n := range same[:account] {
			if n == 0 {
				place++
			}
		}
		return names[place]
	}
	place := 0
	for a := range r.Accounts() {
		if got, want := name(rows[place]), english.accountName(a.Name, a.Own); got != want {
			t.Fatalf("row %d of the accounts is %s, want %s", place, got, want)
		}
		place++
	}
	counts := c.column(facts.Senders)
	var pairs, several []report.AccountHistory
	for i, h := range histories {
		if int(counts[i]) != len(h.Accounts) {
			t.Fatalf("%s has %d accounts, want %d", h.Address, counts[i], len(h.Accounts))
		}
		pairs = append(pairs, h.Accounts...)
		if len(h.Accounts) > 1 {
			several = append(several, h.Accounts...)
		}
	}
	for i, account := range c.column(len(pairs)) {
		if got, want := name(account), english.accountName(pairs[i].Name, pairs[i].Own); got != want {
			t.Fatalf("account %d is %s, want %s", i, got, want)
		}
	}
	var all int
	for i, n := range c.column(len(several)) {
		if int(n) != len(several[i].Cells) {
			t.Fatalf("%s has %d cells, want %d", several[i].Name, n, len(several[i].Cells))
		}
		all += int(n)
	}
	keys, messages := c.column(all), c.column(all)
	for _, a := range several {
		day := facts.First
		for _, want := range a.Cells {
			day += authreport.Day(keys[0] >> 3)
			if got := (report.Cell{Day: day, TLS: authreport.TLSVersions()[keys[0]&7], Messages: int64(messages[0])}); got != want {
				t.Fatalf("%s: cell %v, want %v", a.Name, got, want)
			}
			keys, messages = keys[1:], messages[1:]
		}
	}
	if len(c.rest) > 0 || len(several) == 0 {
		t.Errorf("%d bytes are left over; %d accounts share senders", len(c.rest), len(several))
	}
}
