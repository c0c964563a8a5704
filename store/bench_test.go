package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"authreport"
)

// fill counts messages of clients on days, in batches of a day's clients by turns, and gives the number of rows.
func fill(b *testing.B, s *Store, senders, days int) (rows int) {
	b.Helper()
	const batch = 10_000
	tally := authreport.NewTally(time.UTC)
	position := authreport.Position{Source: "mail", Stream: "/var/log/mail.log"}
	flush := func() {
		var err error
		if position, err = s.Write(context.Background(), authreport.Batch{Position: position, Tally: tally}); err != nil {
			b.Fatal(err)
		}
		rows += tally.Size()
		tally.Reset()
	}
	for day := range days {
		at := noon.AddDate(0, 0, day-days)
		for i := range senders {
			tally.AddMessages(authreport.Submission{Time: at, Client: benchClient(i, day), Recipients: 300}, int64(200+i%100))
			if tally.Size() == batch {
				flush()
			}
		}
	}
	flush()
	return rows
}

// benchClient is the client that sender i uses on a day: three in ten senders have two of them, by turns.
func benchClient(i, day int) authreport.Client {
	address := fmt.Sprintf("sender%06d@domain%d.example.org", i, i%300)
	c := authreport.Client{Server: "mx1", Account: address, Sender: address, Domain: address[13:], TLS: authreport.TLS13, Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN"}
	if i%10 < 3 && day%2 == 1 {
		c.TLS, c.Cipher = authreport.TLS10, "AES256-SHA"
	}
	return c
}

// BenchmarkWrite writes a million keys that are new, and then the same ones again.
func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		s := newStore(b)
		for _, what := range []string{"new", "again"} {
			start := time.Now()
			rows := fill(b, s, 100_000, 10)
			b.ReportMetric(float64(rows)/time.Since(start).Seconds(), what+"-rows/s")
		}
		s.Close()
	}
}

// BenchmarkWriteLog writes what a gigabyte of a Postfix log has, in batches as ingest makes them: 16,000 clients and 82,000 failed attempts, nearly all from
// different addresses.
func BenchmarkWriteLog(b *testing.B) {
	const batches = 15
	var tallies []*authreport.Tally
	random := rand.New(rand.NewPCG(41, 42))
	address := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, byte(n >> 16), byte(n >> 8), byte(n)}) }
	for i := range batches {
		tally := authreport.NewTally(time.UTC)
		at := noon.Add(time.Duration(i) * 11 * time.Hour)
		for range 9000 {
			client := benchClient(min(int(random.ExpFloat64()*1000), 5000), 0)
			client.IP = address(int(random.ExpFloat64() * 4))
			tally.Add(authreport.Submission{Time: at, Client: client, Recipients: 1})
		}
		for range 5500 {
			tally.AddFailure(authreport.Attempt{Time: at, Server: "mx1", Account: fmt.Sprintf("account%d", random.IntN(5000)), IP: address(random.IntN(1 << 24)), Mechanism: "LOGIN"})
		}
		tallies = append(tallies, tally)
	}
	b.ReportAllocs()
	for b.Loop() {
		s := newStore(b)
		var position authreport.Position
		for _, tally := range tallies {
			var err error
			if position, err = s.Write(context.Background(), authreport.Batch{Position: position, Tally: tally}); err != nil {
				b.Fatal(err)
			}
		}
		s.Close()
		info, err := os.Stat(s.Path())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}

// BenchmarkRead reads 90 days of 100,000 senders, and a week of 10,000.
func BenchmarkRead(b *testing.B) {
	if testing.Short() {
		b.Skip("takes a minute to fill")
	}
	for _, size := range []struct{ senders, days, read int }{{10_000, 90, 7}, {100_000, 90, 90}} {
		path := filepath.Join(b.TempDir(), "authreport.db")
		s := open(b, path, options())
		fill(b, s, size.senders, size.days)
		last := authreport.DayOf(noon) - 1
		days := authreport.Range{First: last - authreport.Day(size.read) + 1, Last: last}
		name := fmt.Sprintf("%dx%d/", size.senders, size.read)
		b.Run(name+"Counts", func(b *testing.B) { drain(b, s.Counts(b.Context(), days)) })
		b.Run(name+"Clients", func(b *testing.B) { drain(b, s.Clients(b.Context(), days)) })
		b.Run(name+"Export", func(b *testing.B) { drain(b, s.Export(b.Context(), days, nil)) })
		b.Run(name+"Export one domain", func(b *testing.B) { drain(b, s.Export(b.Context(), days, []string{"domain7.example.org"})) })
	}
}

func drain[T any](b *testing.B, sequence func(func(T, error) bool)) {
	b.ReportAllocs()
	runtime.GC()
	rows := 0
	for b.Loop() {
		for _, err := range sequence {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(rows)/float64(b.N), "rows")
}
