package store

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// TestRunsMerge holds that many small batches are as one large one, and that no day has more runs than are to be read side by side.
func TestRunsMerge(t *testing.T) {
	s := newStore(t)
	whole := authreport.NewTally(time.UTC)
	tally := authreport.NewTally(time.UTC)
	var position authreport.Position
	for i, event := range events(rand.New(rand.NewPCG(31, 32)), 1500) {
		event(whole)
		if event(tally); i%3 != 2 {
			continue
		}
		var err error
		if position, err = s.Write(t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
			t.Fatal(err)
		}
		tally.Reset()
	}
	if diff := cmp.Diff(contentsOf(t, s), contentsOfTally(whole), compare); diff != "" {
		t.Errorf("the store has, and not as one tally would:\n%s", diff)
	}
	if n := dangling(t, s); n != 0 {
		t.Errorf("%d rows dangle", n)
	}
	var most int
	if err := s.read.QueryRowContext(t.Context(), "SELECT max(n) FROM (SELECT count(DISTINCT run) AS n FROM chunks GROUP BY kind, day)").Scan(&most); err != nil || most > mostRuns {
		t.Errorf("a day has %d runs, %v; want %d at most", most, err, mostRuns)
	}
}

// TestMergingIsRare adds a day of batches, one every half second, and holds that no more runs stay than are read side by side, and how often a row is written anew.
func TestMergingIsRare(t *testing.T) {
	for _, test := range []struct {
		name     string
		distinct int64   // rows that differ
		want     float64 // how often a row is written, at most
	}{
		{"all rows differ", 1 << 40, 23},
		{"the rows of 100,000 clients", 100_000, 11},
		{"the rows of 1,000 clients", 1000, 5},
	} {
		const batches, size = 2 * 24 * 60 * 60, 10
		var runs []run
		written := int64(0)
		for range batches {
			runs = append(runs, run{kind: kindCounts, rows: size})
			written += size
			if merged := toMerge(runs); merged != nil {
				var rows int64
				for _, r := range merged {
					rows += r.rows
				}
				rows = min(rows, test.distinct)
				written += rows
				runs = append(runs[:len(runs)-len(merged)], run{kind: kindCounts, rows: rows})
			}
			if len(runs) > mostRuns {
				t.Fatalf("%s: there are %d runs", test.name, len(runs))
			}
		}
		if times := float64(written) / (batches * size); times > test.want {
			t.Errorf("%s: each is written %.1f times, want %.0f at most", test.name, times, test.want)
		}
	}
}

// TestFullClients holds that clients, of whom there are ever more, are not written anew again and again.
func TestFullClients(t *testing.T) {
	runs := []run{{kind: kindClients, rows: fullClients}}
	for range mostRuns {
		runs = append(runs, run{kind: kindClients, rows: 1})
	}
	if merged := toMerge(runs); merged != nil {
		t.Errorf("%d runs are to be merged, want none", len(merged))
	}
	if merged := toMerge(append(runs, run{kind: kindClients, rows: 1})); len(merged) != mostRuns+1 {
		t.Errorf("%d runs are to be merged, want the %d that are not full", len(merged), mostRuns+1)
	}
}

// TestLargeRows holds that rows of more than a chunk's size, and runs of many chunks, come back as they were.
func TestLargeRows(t *testing.T) {
	s := newStore(t)
	tally := authreport.NewTally(time.UTC)
	for i := range 9 {
		name := strings.Repeat(fmt.Sprint(i%7), 70_000+i%3)
		client := authreport.Client{Server: name, Account: name + "x", Sender: name, Domain: fmt.Sprint(i), Cipher: name, Mechanism: name, IP: netip.MustParseAddr("fe80::1%" + name)}
		tally.Add(authreport.Submission{Time: noon, Client: client, Recipients: 1 << 40})
		tally.AddFailure(authreport.Attempt{Time: noon, Server: name, Account: fmt.Sprint(i), IP: client.IP})
	}
	for i := range 20_000 {
		tally.AddMessages(authreport.Submission{Time: noon.Add(time.Duration(i%12) * time.Hour), Client: authreport.Client{Sender: fmt.Sprint(i)}}, int64(i)<<20+1)
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	if diff := cmp.Diff(contentsOf(t, s), contentsOfTally(tally), compare); diff != "" {
		t.Error("the store does not give what was written")
	}
	var chunks int
	if err := s.read.QueryRowContext(t.Context(), "SELECT max(n) FROM (SELECT count(*) AS n FROM chunks WHERE kind = 'counts' GROUP BY run)").Scan(&chunks); err != nil || chunks < 2 {
		t.Errorf("the run of counts has %d chunks, %v; want several", chunks, err)
	}
}

// TestSnapshot holds that a sequence gives what there was when it began, while runs are added and merged.
func TestSnapshot(t *testing.T) {
	s := newStore(t)
	p := authreport.Position{Source: "mail", Stream: "/var/log/mail.log"}
	more := func() {
		t.Helper()
		var err error
		if p, err = s.Write(t.Context(), oneMore(p)); err != nil {
			t.Fatal(err)
		}
	}
	for range mostRuns {
		more()
	}
	n := 0
	for _, err := range s.Counts(t.Context(), all) {
		if err != nil {
			t.Fatal(err)
		}
		more()
		n++
	}
	if n != mostRuns {
		t.Errorf("got %d counts, want the %d that there were", n, mostRuns)
	}
}

// TestDamagedChunk holds that a chunk that SQLite can read and that is not ours is told as damage.
func TestDamagedChunk(t *testing.T) {
	for _, change := range []string{"data = x''", "data = substr(data, 2)", "data = CAST(data || x'00' AS BLOB)", "rows = rows + 1", "rows = rows - 1", "data = x'80808080808080808080808080'"} {
		s := newStore(t)
		tally := authreport.NewTally(time.UTC)
		for i := range 3 {
			tally.Add(authreport.Submission{Time: noon, Client: authreport.Client{Server: "mx1", Sender: fmt.Sprint(i)}})
			tally.AddFailure(authreport.Attempt{Time: noon, Server: "mx1", Account: fmt.Sprint(i), IP: netip.MustParseAddr("192.0.2.1")})
		}
		write(t, s, "/var/log/mail.log", noon, tally)
		execute(t, s.Path(), "UPDATE chunks SET "+change)
		var counts, clients, failures error
		for _, counts = range s.Counts(t.Context(), all) {
		}
		for _, clients = range s.Clients(t.Context(), all) {
		}
		for _, failures = range s.Failures(t.Context(), all) {
		}
		for what, err := range map[string]error{"counts": counts, "clients": clients, "failures": failures} {
			if err == nil || !strings.Contains(err.Error(), "what is packed cannot be read: "+what) || !strings.Contains(err.Error(), "the file is damaged: put back a copy") {
				t.Errorf("%s after %s: %v; want an error that says so, with the remedy", what, change, err)
			}
		}
	}
}

// TestKeyOf holds that a client's key is the same for ever, and another for a client that differs in anything.
func TestKeyOf(t *testing.T) {
	c := authreport.Client{Server: "mx1", Account: "alice", Sender: "alice@example.org", Domain: "example.org", IP: netip.MustParseAddr("192.0.2.1"), TLS: authreport.TLS13, Cipher: "AES", Mechanism: "PLAIN"}
	key, _ := keyOf(&c, nil)
	if got, want := fmt.Sprintf("%x", key), "5ee09dbd7b56d9c6ac2522d8681cd838"; got != want {
		t.Errorf("the key is %s, want %s", got, want)
	}
	seen := map[clientKey]authreport.Client{key: c}
	for _, change := range []func(*authreport.Client){
		func(c *authreport.Client) { c.Server, c.Account = "mx", "1alice" },
		func(c *authreport.Client) { c.Account, c.Server = "mx1", "alice" },
		func(c *authreport.Client) { c.Sender = "" },
		func(c *authreport.Client) { c.Domain = "example.net" },
		func(c *authreport.Client) { c.IP = netip.Addr{} },
		func(c *authreport.Client) { c.IP = netip.MustParseAddr("::ffff:192.0.2.1") },
		func(c *authreport.Client) { c.IP = netip.MustParseAddr("fe80::1") },
		func(c *authreport.Client) { c.IP = netip.MustParseAddr("fe80::1%eth0") },
		func(c *authreport.Client) { c.TLS = authreport.TLS12 },
		func(c *authreport.Client) { c.Cipher, c.Mechanism = "", "AESPLAIN" },
	} {
		other := c
		change(&other)
		key, _ := keyOf(&other, nil)
		if same, taken := seen[key]; taken {
			t.Errorf("%+v and %+v have the same key", other, same)
		}
		seen[key] = other
	}
}

// FuzzUnpack holds that whatever stands in a chunk is read without a crash, to an end.
func FuzzUnpack(f *testing.F) {
	var p packer
	(&clientRow{ID: 7, Client: authreport.Client{Server: "mx1", Sender: "a", Account: "a", IP: netip.MustParseAddr("fe80::1%eth0")}}).pack(&p)
	f.Add(string(p.data))
	(&failureRow{Server: "mx1", Account: "a", IP: netip.MustParseAddr("192.0.2.1"), Attempts: 300, Hours: 7}).pack(&p)
	f.Add(string(p.data))
	p.reset()
	(&countRow{ClientID: 1, Messages: 2, Recipients: 3, Hours: 1}).pack(&p)
	f.Add(string(p.data))
	f.Fuzz(func(t *testing.T, data string) {
		unpackAll[countRow](data)
		unpackAll[failureRow](data)
		unpackAll[clientRow](data)
	})
}

// unpackAll reads as many rows as there can be.
func unpackAll[R any, P packed[R]](data string) {
	var u unpacker
	u.start(data)
	for row := P(new(R)); !u.damaged && !u.end(); {
		row.unpack(&u)
	}
}
