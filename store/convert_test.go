package store

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// unpackedStore makes a store of schema 3, whose tables have a row for each client, count and failed attempt, and fills it with a tally.
// It gives the path and the number of each client.
func unpackedStore(t *testing.T, tally *authreport.Tally) (path string, ids map[authreport.Client]int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "authreport.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	goose, err := newProvider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := goose.UpTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	statements := map[string]*sql.Stmt{}
	do := func(query string, values ...any) int64 {
		t.Helper()
		if statements[query] == nil {
			if statements[query], err = tx.PrepareContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		result, err := statements[query].ExecContext(t.Context(), values...)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := result.LastInsertId()
		return id
	}
	do("INSERT INTO facts VALUES ('zone', 'UTC')")
	ids = map[authreport.Client]int64{}
	senders := map[[2]string]int64{}
	for n := range tally.Counts() {
		c := n.Client
		sender := [2]string{c.Sender, c.Domain}
		if senders[sender] == 0 {
			senders[sender] = do("INSERT INTO senders (address, domain) VALUES (?, ?)", c.Sender, c.Domain)
		}
		if ids[c] == 0 {
			ids[c] = do("INSERT INTO clients (sender_id, server, account, ip, tls, cipher, mechanism) VALUES (?, ?, ?, ?, ?, ?, ?)",
				senders[sender], c.Server, c.Account, ipText(c.IP), int64(c.TLS), c.Cipher, c.Mechanism)
		}
		do("INSERT INTO counts VALUES (?, ?, ?, ?, ?)", int64(n.Day), ids[c], n.Messages, n.Recipients, int64(n.Hours))
	}
	for f := range tally.Failures() {
		do("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)", int64(f.Day), ipText(f.IP), f.Account, f.Server, f.Mechanism, f.Attempts, int64(f.Hours))
	}
	do("UPDATE sqlite_sequence SET seq = seq + 1000 WHERE name = 'clients'") // the last ones were pruned
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return path, ids
}

// TestPackTables holds that a store whose tables are not packed yet gives the same after it was packed, to the byte and in the same order, and goes on with the
// same numbers.
func TestPackTables(t *testing.T) {
	tally := authreport.NewTally(time.UTC)
	for _, event := range events(rand.New(rand.NewPCG(21, 22)), 1000) {
		event(tally)
	}
	for i := range convertPage + 10 { // more than are converted at a time
		ip := netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})
		tally.Add(authreport.Submission{Time: noon, Client: authreport.Client{Server: "mx1", Sender: fmt.Sprint(i%999, "@example.org"), Domain: "example.org", IP: ip}, Recipients: 2})
		tally.AddFailure(authreport.Attempt{Time: noon, Server: "mx1", Account: fmt.Sprint(i % 99), IP: ip, Mechanism: "LOGIN"})
	}
	path, ids := unpackedStore(t, tally)
	s := open(t, path, options())
	want := slices.SortedFunc(tally.Counts(), compareCounts)
	if diff := cmp.Diff(collect(t, s.Export(t.Context(), all, nil)), want, compare); diff != "" {
		t.Errorf("the export has, and should have:\n%s", diff)
	}
	failures := slices.SortedFunc(tally.Failures(), compareFailures)
	if diff := cmp.Diff(collect(t, s.Failures(t.Context(), all)), failures, compare); diff != "" {
		t.Errorf("the failed attempts are, and should be:\n%s", diff)
	}
	checkNumbers := func() {
		t.Helper()
		for _, k := range collect(t, s.Clients(t.Context(), all)) {
			if ids[k.Client] != k.ID {
				t.Fatalf("the client %d had the number %d", k.ID, ids[k.Client])
			}
		}
		if n := dangling(t, s); n != 0 {
			t.Fatalf("%d rows dangle", n)
		}
	}
	checkNumbers()
	newcomer := authreport.Client{Sender: "new@example.org"}
	tally.Add(authreport.Submission{Time: noon, Client: newcomer})
	ids[newcomer] = int64(len(ids) + 1000 + 1)
	write(t, s, "/var/log/mail.log", noon, tally)
	checkNumbers()
}
