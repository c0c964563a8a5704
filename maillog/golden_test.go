package maillog

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// logCase is a log in testdata with what its reader has to be told.
type logCase struct {
	format, name string
	modified     time.Time
	options      Options
	settle       bool // no more lines come: what waits is counted
}

// special holds the cases whose log was not last written on 24 November 2026, or whose stamps are not in UTC.
var special = map[string]func(*logCase){
	"csv/headers":                 headersTable,
	"csv/xmail":                   xmailTable,
	"exchange/frontend-only":      func(c *logCase) { c.settle = true },
	"exchange/hub-only":           func(c *logCase) { c.settle = true },
	"exim/clock-change":           func(c *logCase) { c.options.Location = mustLoad("Europe/Berlin") },
	"exim/E-rotated-tz":           func(c *logCase) { c.options.Location = mustLoad("Pacific/Auckland") },
	"jsonl/amazon-ses":            sesTable,
	"jsonl/kumomta":               kumoTable,
	"jsonl/shapes":                shapesTable,
	"opensmtpd/E-6.8-rotated-tz":  func(c *logCase) { c.options.Location = mustLoad("Pacific/Auckland") },
	"sendmail/E-rotated-tz":       func(c *logCase) { c.options.Location = mustLoad("Pacific/Auckland") },
	"postfix/E-rotated-tz-bsd":    func(c *logCase) { c.options.Location = mustLoad("Pacific/Auckland") },
	"postfix/F1-newyear-bsd":      func(c *logCase) { c.modified = time.Date(2027, 1, 2, 0, 3, 0, 0, time.UTC) },
	"postfix/F2-newyear-postlogd": func(c *logCase) { c.modified = time.Date(2027, 1, 2, 0, 3, 0, 0, time.UTC) },
}

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func logCases(t testing.TB) []logCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no logs in testdata: %v", err)
	}
	var cases []logCase
	for _, path := range paths {
		format := filepath.Base(filepath.Dir(path))
		c := logCase{
			format:   format,
			name:     format + "/" + strings.TrimSuffix(filepath.Base(path), ".log"),
			modified: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
			settle:   format == "sendmail" || format == "opensmtpd", // a message waits for its process's next line
			options:  Options{Source: "src", Location: time.UTC, DefaultDomain: "default.example"},
		}
		if adjust := special[c.name]; adjust != nil {
			adjust(&c)
		}
		cases = append(cases, c)
	}
	return cases
}

func (c logCase) path(ext string) string { return filepath.Join("testdata", c.name+ext) }

func (c logCase) lines(t testing.TB) [][]byte {
	t.Helper()
	text, err := os.ReadFile(c.path(".log"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}

func (c logCase) parser(t testing.TB) Parser {
	t.Helper()
	p, err := New(c.format, c.options)
	if err != nil {
		t.Fatal(err)
	}
	p.File(c.modified)
	return p
}

// read reads the whole log. Days are those of UTC.
func (c logCase) read(t testing.TB) *authreport.Tally {
	t.Helper()
	p := c.parser(t)
	tally := authreport.NewTally(time.UTC)
	for _, line := range c.lines(t) {
		p.Line(line, tally)
	}
	if c.settle {
		p.Settle(tally)
	}
	p.Flush(tally)
	return tally
}

func TestGolden(t *testing.T) {
	for _, c := range logCases(t) {
		t.Run(c.name, func(t *testing.T) {
			got := describe(c.read(t))
			path := c.path(".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(got, string(want)); diff != "" {
				t.Errorf("counts (-got +want):\n%s", diff)
			}
		})
	}
}

// TestRestart stops after every line and goes on with a new parser that takes up the state: the counts are those of one run.
func TestRestart(t *testing.T) {
	for _, c := range logCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tally := authreport.NewTally(time.UTC)
			p := c.parser(t)
			for i, line := range c.lines(t) {
				p.Line(line, tally)
				p.Flush(tally)
				state, err := p.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				p = c.parser(t)
				if err := p.UnmarshalBinary(state); err != nil {
					t.Fatalf("after line %d: %v", i+1, err)
				}
				if again, _ := p.MarshalBinary(); !bytes.Equal(again, state) {
					t.Fatalf("after line %d: the state changed when it was taken up", i+1)
				}
			}
			if c.settle {
				p.Settle(tally)
			}
			if diff := gocmp.Diff(describe(tally), describe(c.read(t))); diff != "" {
				t.Errorf("counts (-restarted +one run):\n%s", diff)
			}
		})
	}
}

// describe writes a tally as the golden files have it: the columns of `authreport export`, then the figures of the lines.
func describe(tally *authreport.Tally) string {
	var b strings.Builder
	section := func(header string, rows [][]string) {
		slices.SortFunc(rows, slices.Compare)
		w := csv.NewWriter(&b)
		w.Write(strings.Split(header, ","))
		w.WriteAll(rows)
	}
	var rows [][]string
	for c := range tally.Counts() {
		k := c.Client
		rows = append(rows, []string{c.Day.String(), k.Server, k.Account, k.Sender, addr(k.IP), k.TLS.String(), k.Cipher, k.Mechanism,
			strconv.FormatInt(c.Messages, 10), strconv.FormatInt(c.Recipients, 10), fmt.Sprintf("%06x", c.Hours)})
	}
	section("day,server,account,sender,client_ip,tls,cipher,mechanism,messages,recipients,hours", rows)
	rows = nil
	for f := range tally.Failures() {
		rows = append(rows, []string{f.Day.String(), f.Server, f.Account, addr(f.IP), f.Mechanism, strconv.FormatInt(f.Attempts, 10), fmt.Sprintf("%06x", f.Hours)})
	}
	b.WriteByte('\n')
	section("day,server,account,client_ip,mechanism,attempts,hours", rows)
	b.WriteByte('\n')
	lines := slices.SortedFunc(tally.Lines(), func(a, b authreport.Lines) int { return cmp.Compare(a.Day, b.Day) })
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s: read %d, not understood %d, repeats %d, guessed years %d, clock steps %d, %s to %s\n", l.Source, l.Day,
			l.Read, l.NotUnderstood, l.Repeats, l.GuessedYears, l.ClockSteps, l.First.Format(time.RFC3339), l.Last.Format(time.RFC3339))
		if l.Example != "" {
			fmt.Fprintf(&b, "  not understood: %s\n", l.Example)
		}
	}
	gaps := slices.SortedFunc(tally.Gaps(), func(a, b authreport.GapCount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Gap, b.Gap))
	})
	for _, g := range gaps {
		fmt.Fprintf(&b, "%s %s: gap %s: %d\n", g.Source, g.Day, g.Gap, g.Count)
	}
	return b.String()
}

func addr(a interface {
	IsValid() bool
	String() string
}) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
