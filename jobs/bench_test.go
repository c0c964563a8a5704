package jobs

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"testing"
	"time"

	"authreport"
	"authreport/config"
	"authreport/demo"
	"authreport/store"
)

// BenchmarkIngest reads a company's plain log into an empty store, from file to committed counts; with AUTHREPORT_BENCH_LOG, the log of that path and of the
// format in AUTHREPORT_BENCH_FORMAT. The program is built with CPU profiles of it (docs/development.md).
func BenchmarkIngest(b *testing.B) {
	path, format := os.Getenv("AUTHREPORT_BENCH_LOG"), cmp.Or(os.Getenv("AUTHREPORT_BENCH_FORMAT"), "postfix")
	if path == "" {
		path = benchmarkLog(b)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	size := info.Size()
	source := config.Source{Name: "mx", Format: format, Paths: []string{path}, Zone: time.UTC}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		s, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "authreport.db"), store.Options{Zone: time.UTC, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		ingester := &Ingester{Store: s, Sources: []config.Source{source}, Zone: time.UTC, Now: time.Now}
		if summary, err := ingester.Once(b.Context()); err != nil || summary.Submissions == 0 {
			b.Fatalf("read %+v, %v", summary, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkLog writes three weeks of a company of 600 people, about 140 MB.
func benchmarkLog(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "mail.log")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	last := authreport.DayOf(time.Now().UTC()) - 1
	company := demo.New(demo.Options{Seed: 1, People: 600, Days: authreport.Range{First: last - 20, Last: last}, Zone: time.UTC})
	_, err = company.Write(b.Context(), func(_ time.Time, line []byte) error {
		_, err := out.Write(line)
		return err
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}
