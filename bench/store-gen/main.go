// Store-gen writes a store as large as a provider's: made-up counts, without logs. The same options always give the same figures.
//
//	go run ./bench/store-gen -senders 100000 -days 90 -out bench.db
//
// There are 13 clients for every 10 senders, each with messages on 10 days of 13; 50 domains; every TLS version; the hours of one shift a client.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"time"

	"authreport"
	"authreport/store"
)

func main() {
	senders := flag.Int("senders", 100_000, "sender addresses")
	days := flag.Int("days", 90, "days with counts")
	until := flag.String("until", "", "last day; default yesterday")
	out := flag.String("out", "bench.db", "file of the store; one that is there is an error")
	flag.Parse()
	if err := run(*senders, *days, *until, *out); err != nil {
		fmt.Fprintln(os.Stderr, "store-gen:", err)
		os.Exit(1)
	}
}

func run(senders, days int, until, out string) error {
	if senders < 1 || days < 1 {
		return errors.New("there must be at least one sender and one day")
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", out)
	}
	last := authreport.DayOf(time.Now().UTC()) - 1
	if until != "" {
		var err error
		if last, err = authreport.ParseDay(until); err != nil {
			return err
		}
	}
	ctx := context.Background()
	s, err := store.Open(ctx, "sqlite:"+out, store.Options{Zone: time.UTC, Now: time.Now})
	if err != nil {
		return err
	}
	rows, err := fill(ctx, s, senders, authreport.Range{First: last - authreport.Day(days) + 1, Last: last})
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	fmt.Printf("%s: %d senders, %d clients, %d counts of %d days up to %s\n", out, senders, senders*13/10, rows, days, last)
	return nil
}

// batch is how many counts are stored at once.
const batch = 200_000

// fill stores the counts and gives how many there are.
func fill(ctx context.Context, s *store.Store, senders int, days authreport.Range) (rows int, err error) {
	tally := authreport.NewTally(time.UTC)
	position := authreport.Position{Source: "bench", Stream: "made up"}
	flush := func() error {
		rows += tally.Size()
		position, err = s.Write(ctx, authreport.Batch{Position: position, Tally: tally})
		tally.Reset()
		return err
	}
	clients := make([]authreport.Client, senders*13/10)
	for n := range clients {
		clients[n] = client(n, senders)
	}
	for day := range days.All() {
		for n, c := range clients {
			messages := messagesOf(n, day)
			if messages == 0 {
				continue
			}
			at := day.UTC().Add(time.Duration(6+n%3*5) * time.Hour)
			tally.AddMessages(authreport.Submission{Time: at, Client: c, Recipients: messages}, messages)
			tally.AddMessages(authreport.Submission{Time: at.Add(time.Duration(1+n%5) * time.Hour), Client: c, Recipients: 2}, 1)
			if tally.Size() >= batch {
				if err := flush(); err != nil {
					return rows, err
				}
			}
		}
		noon := day.UTC().Add(12 * time.Hour)
		tally.AddLines(authreport.Lines{Source: "bench", Day: day, Read: int64(senders), First: noon, Last: noon})
		if err := flush(); err != nil {
			return rows, err
		}
		rows-- // the lines
	}
	return rows, nil
}

// client is the client with number n: three in ten senders have two.
func client(n, senders int) authreport.Client {
	address := fmt.Sprintf("user.%06d@department-%d.example.org", n%senders, n%senders%50)
	return authreport.Client{
		Server: "mx1.example.org", Account: address, Sender: address, Domain: authreport.SenderDomain(address, ""), IP: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}),
		TLS: authreport.TLS(n % 7), Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN",
	}
}

// messagesOf is what a client submits on a day, beside one message more; 0: nothing at all.
func messagesOf(n int, day authreport.Day) int64 {
	mixed := uint64(n)*0x9e3779b97f4a7c15 + uint64(day)*0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>29) * 0x94d049bb133111eb
	if mixed ^= mixed >> 32; mixed%13 > 9 {
		return 0
	}
	return 1 + int64(mixed>>8%7)*int64(1+n%29)
}
