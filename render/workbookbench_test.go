package render

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zip"
	"github.com/xuri/excelize/v2"

	"authreport"
	"authreport/report"
)

// manySenders is a source that makes up its counts as they are read: 13 clients for every 10 senders, each with messages on 10 days of 13.
type manySenders struct {
	report.Memory
	senders int
	days    authreport.Range
}

func (m *manySenders) Counts(_ context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		for day := max(days.First, m.days.First); day <= min(days.Last, m.days.Last); day++ {
			for n := range m.senders * 13 / 10 {
				mixed := uint64(n)*0x9e3779b97f4a7c15 + uint64(day)*0xbf58476d1ce4e5b9
				if mixed ^= mixed >> 29; mixed%13 > 9 {
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

func (m *manySenders) Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for n := range m.senders * 13 / 10 {
			address := fmt.Sprintf("user.%06d@department-%d.example.org", n%m.senders, n%m.senders%50)
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

// BenchmarkReport makes the report of many senders from counts in memory, and writes page and workbook. Its CPU seconds are to be held against those of
// BenchmarkCells of the same size; run each on its own for the peak of memory.
func BenchmarkReport(b *testing.B) {
	for _, size := range []struct {
		senders, days int
		page          bool
	}{{10_000, 90, true}, {100_000, 90, true}, {1_000_000, 7, false}} {
		b.Run(fmt.Sprintf("senders=%d/days=%d", size.senders, size.days), func(b *testing.B) {
			measured(b, func() {
				r := manySendersReport(b, size.senders, size.days)
				if err := Workbook(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				if size.page {
					if err := Page(io.Discard, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func manySendersReport(b *testing.B, senders, days int) *report.Report {
	b.Helper()
	last := authreport.NewDay(2026, time.November, 23)
	span := authreport.Range{First: last - authreport.Day(days) + 1, Last: last}
	r, err := report.Build(b.Context(), &manySenders{senders: senders, days: span}, report.Request{Title: "Many senders", Range: span, History: days, Zone: time.UTC, Now: (last + 1).UTC()})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkCells has excelize's stream writer write the cells of the same workbooks, and nothing else.
func BenchmarkCells(b *testing.B) {
	for _, size := range []struct{ senders, days int }{{10_000, 90}, {100_000, 90}} {
		b.Run(fmt.Sprintf("senders=%d/days=%d", size.senders, size.days), func(b *testing.B) {
			sheets := sheetsOf(b, manySendersReport(b, size.senders, size.days))
			measured(b, func() {
				f := excelize.NewFile()
				for name, rows := range sheets {
					if _, err := f.NewSheet(name); err != nil {
						b.Fatal(err)
					}
					w, err := f.NewStreamWriter(name)
					if err != nil {
						b.Fatal(err)
					}
					for i, row := range rows {
						if err := w.SetRow("A"+strconv.Itoa(i+1), row); err != nil {
							b.Fatal(err)
						}
					}
					if err := w.Flush(); err != nil {
						b.Fatal(err)
					}
				}
				f.SetZipWriter(func(w io.Writer) excelize.ZipWriter {
					z := zip.NewWriter(w)
					z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
					return z
				})
				if err := f.Write(io.Discard); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// sheetsOf gives the cells of a report's workbook as values.
func sheetsOf(b *testing.B, r *report.Report) map[string][][]any {
	b.Helper()
	var book bytes.Buffer
	if err := Workbook(&book, r); err != nil {
		b.Fatal(err)
	}
	f, err := excelize.OpenReader(&book, excelize.Options{RawCellValue: true})
	if err != nil {
		b.Fatal(err)
	}
	sheets := make(map[string][][]any)
	for _, name := range f.GetSheetList() {
		rows, err := f.Rows(name)
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			texts, err := rows.Columns()
			if err != nil {
				b.Fatal(err)
			}
			row := make([]any, len(texts))
			for i, text := range texts {
				if n, err := strconv.ParseInt(text, 10, 64); err == nil {
					row[i] = n
				} else if n, err := strconv.ParseFloat(text, 64); err == nil {
					row[i] = n
				} else if text != "" {
					row[i] = strings.Clone(text)
				}
			}
			sheets[name] = append(sheets[name], row)
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return sheets
}

// measured runs a benchmark and reports its CPU seconds (user and system) and, on Linux, the process's peak of resident memory meanwhile.
func measured(b *testing.B, run func()) {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak begins anew (proc(5)); without it the peak is that of the process
	before := cpuSeconds(b)
	for b.Loop() {
		run()
	}
	b.ReportMetric((cpuSeconds(b)-before)/float64(b.N), "cpu-s/op")
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	if _, rest, found := strings.Cut(string(status), "VmHWM:"); found {
		var kib float64
		if _, err := fmt.Sscan(rest, &kib); err == nil {
			b.ReportMetric(kib/1024, "peak-MiB")
		}
	}
}

func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
