//go:build unix

// Package bench measures what the tests do not: how fast logs are read.
package bench

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"authreport"
	"authreport/maillog"
	"authreport/tail"
)

// BenchmarkPostfix reads a Postfix log in three framings through tail and maillog into a tally, without a store: 100 MB of the generator's, or the file that
// AUTHREPORT_BENCH_LOG names, in its own framing. The figure is bytes by second of CPU, user and system.
func BenchmarkPostfix(b *testing.B) {
	if path := os.Getenv("AUTHREPORT_BENCH_LOG"); path != "" {
		b.Run("given", func(b *testing.B) { read(b, path) })
		return
	}
	for _, f := range []struct {
		name, format string
		change       func(line []byte) []byte
	}{
		{"bsd", "postfix", nil},
		{"rfc3339", "postfix-rfc3339", nil},
		{"rfc5424", "postfix-rfc3339", rfc5424},
	} {
		b.Run(f.name, func(b *testing.B) { read(b, generate(b, f.format, f.change)) })
	}
}

// read reads a Postfix log once for each turn.
func read(b *testing.B, path string) {
	tally := authreport.NewTally(time.UTC)
	var size int64
	before := cpu(b)
	b.ReportAllocs()
	for b.Loop() {
		parser, err := maillog.New("postfix", maillog.Options{Source: "mx", Location: time.UTC})
		if err != nil {
			b.Fatal(err)
		}
		files, faults := tail.Find(tail.Search{Source: "mx", Patterns: []string{path}, Now: time.Now()})
		if len(files) != 1 || len(faults) > 0 {
			b.Fatalf("found %d files, faults %v", len(files), faults)
		}
		f := files[0]
		parser.File(f.Modified())
		if err := f.Lines(b.Context(), func(line []byte) error {
			parser.Line(line, tally)
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		size += f.Position.Offset
		f.Close()
		parser.Flush(tally)
		tally.Reset()
	}
	b.ReportMetric(float64(size)/1e6/(cpu(b)-before).Seconds(), "MB/cpu-s")
}

// cpu is the CPU time that the process has used, user and system.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// generate writes 100 MB of a format of the generator, each line as change gives it; nil keeps them.
func generate(b *testing.B, format string, change func(line []byte) []byte) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "mail.log")
	if out, err := exec.Command("go", "run", "./maillog-gen", "-format", format, "-size", "100MB", "-out", path).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	if change == nil {
		return path
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	for line := range bytes.Lines(text) {
		out.Write(change(line))
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	return path
}

// rfc5424 puts a line "stamp host tag[pid]: text" into the form of RFC 5424, with the whole tag as the application's name.
func rfc5424(line []byte) []byte {
	stamp, rest, _ := bytes.Cut(line, []byte{' '})
	host, rest, _ := bytes.Cut(rest, []byte{' '})
	tag, text, _ := bytes.Cut(rest, []byte(": "))
	app, pid, found := bytes.Cut(bytes.TrimSuffix(tag, []byte("]")), []byte{'['})
	if !found {
		pid = []byte{'-'}
	}
	return bytes.Join([][]byte{[]byte("<22>1"), stamp, host, app, pid, []byte("-"), []byte("-"), text}, []byte{' '})
}
