package report_test

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// large is a source of many senders that holds none of its counts: 13 clients for every 10 senders, each with messages on 10 days of 13.
type large struct {
	senders int
	days    authreport.Range
}

func (l large) clients() int { return l.senders * 13 / 10 }

func (l large) Counts(_ context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		for day := max(days.First, l.days.First); day <= min(days.Last, l.days.Last); day++ {
			for n := range l.clients() {
				mixed := uint64(n)*0x9e3779b97f4a7c15 + uint64(day)*0xbf58476d1ce4e5b9
				mixed ^= mixed >> 29
				if mixed%13 > 9 {
					continue
				}
				messages := 1 + int64(mixed>>8%7)*int64(1+n%29)
				if !yield(authreport.ClientCount{Day: day, ClientID: int64(n) + 1, Messages: messages, Recipients: messages + 1}, nil) {
					return
				}
			}
		}
	}
}

func (l large) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for n := range l.clients() {
			address := fmt.Sprintf("user.%06d@department-%d.example.org", n%l.senders, n%l.senders%50)
			client := authreport.Client{
				Server: "mx1.example.org", Account: address, Sender: address, Domain: address[12:], IP: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}),
				TLS: authreport.TLS(n % 7), Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN",
			}
			if !yield(authreport.KnownClient{ID: int64(n) + 1, Client: client}, nil) {
				return
			}
		}
	}
}

func (l large) Failures(context.Context, authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return func(func(authreport.FailureCount, error) bool) {}
}

// Lines says that every day was read: without, nothing is judged to be unusual.
func (l large) Lines(context.Context, authreport.Range) iter.Seq2[authreport.Lines, error] {
	return func(yield func(authreport.Lines, error) bool) {
		for day := range l.days.All() {
			if !yield(authreport.Lines{Source: "mx1", Day: day, Read: 1}, nil) {
				return
			}
		}
	}
}

func (l large) Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return func(func(authreport.GapCount, error) bool) {}
}

func (l large) FailedRuns(context.Context, time.Time, time.Time) iter.Seq2[authreport.FailedRun, error] {
	return func(func(authreport.FailedRun, error) bool) {}
}

func BenchmarkBuild(b *testing.B) {
	for _, size := range []struct{ senders, days int }{{10_000, 7}, {100_000, 7}, {100_000, 90}, {1_000_000, 7}} {
		b.Run(fmt.Sprintf("senders=%d/days=%d", size.senders, size.days), func(b *testing.B) {
			days := authreport.Range{First: last - authreport.Day(size.days) + 1, Last: last}
			source := large{size.senders, days}
			for b.Loop() {
				r, err := report.Build(b.Context(), source, report.Request{Range: days, History: 90, Zone: time.UTC, Now: last.UTC()})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				b.ReportMetric(float64(held())/(1<<20), "held-MiB")
				runtime.KeepAlive(r)
				b.StartTimer()
			}
		})
	}
}

func BenchmarkTables(b *testing.B) {
	days := authreport.Range{First: last - 89, Last: last}
	r := build(b, large{100_000, days}, report.Request{Range: days, History: 90, Zone: time.UTC, Now: last.UTC()})
	b.Run("Senders", func(b *testing.B) { drain(b, r.Senders) })
	b.Run("Accounts", func(b *testing.B) { drain(b, r.Accounts) })
	b.Run("Clients", func(b *testing.B) { drain(b, r.Clients) })
	b.Run("Histories", func(b *testing.B) { drain(b, r.Histories) })
}

func drain[T any](b *testing.B, sequence func() iter.Seq[T]) {
	for b.Loop() {
		for range sequence() {
		}
	}
}

// held is the memory in use, in bytes.
func held() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
