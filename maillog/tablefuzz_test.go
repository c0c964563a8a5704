package maillog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// fuzzTable reads any text as a table, once in one go and once with a restart at a place of the fuzzer's choice: the counts are alike, and none is absurd.
func fuzzTable(f *testing.F, folder string, makers ...string) {
	paths, err := filepath.Glob("testdata/" + folder + "/*.log")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no logs: %v", err)
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint16(3*i), uint8(i))
	}
	parsers := tableParsers()
	f.Fuzz(func(t *testing.T, text []byte, split uint16, which uint8) {
		parser := parsers[makers[int(which)%len(makers)]]
		lines := bytes.Split(text, []byte("\n"))
		one, two, whole, parts := bothWays(t, lines, split, parser)
		one.Flush(whole)
		two.Flush(parts)
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("counts (-one run +restarted):\n%s", diff)
		}
		var read, not int64
		for l := range whole.Lines() {
			read, not = read+l.Read, not+l.NotUnderstood
		}
		if read += tableOf(one).early; read != int64(len(lines)) || not > read {
			t.Errorf("%d lines, %d not understood, want %d", read, not, len(lines))
		}
		unknown, gaps := int64(0), int64(0)
		for c := range whole.Counts() {
			if c.Messages < 1 || c.Hours == 0 || c.Client.Sender == "" || c.Client.Account == "" || c.Client.Server == "" || c.Client.TLS == authreport.TLSNone && c.Client.Cipher != "" {
				t.Errorf("count is %+v", c)
			}
			if c.Client.TLS == authreport.TLSUnknown {
				unknown += c.Messages
			}
		}
		for g := range whole.Gaps() {
			gaps += g.Count
		}
		if unknown != gaps {
			t.Errorf("%d messages of unknown TLS version, %d gaps", unknown, gaps)
		}
	})
}

// fuzzTableState takes up any bytes as a state, and reads on.
func fuzzTableState(f *testing.F, maker string, lines ...string) {
	parser := tableParsers()[maker]
	p, tally := parser(), authreport.NewTally(time.UTC)
	for _, line := range lines {
		p.Line([]byte(line), tally)
		f.Add(must(p.MarshalBinary()))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		p, tally := parser(), authreport.NewTally(time.UTC)
		if p.UnmarshalBinary(state) == nil {
			must(p.MarshalBinary())
		}
		for _, line := range lines {
			p.Line([]byte(line), tally)
		}
	})
}

func FuzzSmtpCSReport(f *testing.F) { fuzzTable(f, "smtpcsreport", "smtpcsreport") }

func FuzzSmtpCSReportState(f *testing.F) {
	fuzzTableState(f, "smtpcsreport", "date;sendername;sendername", `2026-11-23;alice;"x`, `y"`)
}

func FuzzCSV(f *testing.F) { fuzzTable(f, "csv", "csv by name", "csv by number", "csv of nothing") }

func FuzzCSVState(f *testing.F) {
	fuzzTableState(f, "csv by name", "when;login;status", `2026-11-23;alice;"x`, `y"`)
}

func FuzzJSONL(f *testing.F) { fuzzTable(f, "jsonl", "jsonl") }

func FuzzJSONLState(f *testing.F) {
	fuzzTableState(f, "jsonl", `{"timestamp":1795421702,"type":"Reception","meta":{"authn_id":"user"}}`)
}

func BenchmarkTables(b *testing.B) {
	kumo, err := os.ReadFile("testdata/jsonl/kumomta.log")
	if err != nil {
		b.Fatal(err)
	}
	for _, run := range []struct {
		name, maker, header string
		line                func(i int) string
	}{
		{"csv by name", "csv by name", "when;login;mailfrom;peer;proto;n;status;subject", func(i int) string {
			return fmt.Sprintf("2026-11-23 %02d:%02d:%02d;user%d@example.org;user%d@example.org;192.0.2.%d;TLSv1.2;1;sent;what they wrote about number %d", i/3600%24, i/60%60, i%60, i%1000, i%1000, i%50, i)
		}},
		{"csv by number", "csv by number", "", func(i int) string {
			return fmt.Sprintf("\"mx1\"\t\"example.org\"\t\"192.0.2.%d\"\t\"2026-11-23 %02d:%02d:%02d\"\t\"pc%d\"\t\"example.net\"\t\"user%d@example.org\"\t\"bob@example.net\"\t\"S%d\"\t\"RECV=OK\"\t\"user%d@example.org\"\t\"2317\"\t\"\"",
				i%50, i/3600%24, i/60%60, i%60, i%1000, i%1000, i, i%1000)
		}},
		{"smtpcsreport", "smtpcsreport", "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,message_count,message_id", func(i int) string {
			return fmt.Sprintf("2026-11-23T%02d:%02d:%02dZ,user%d@example.org,example.org,Basic,192.0.2.%d,TLS1_2,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,1,<%d.%d@example.org>", i/3600%24, i/60%60, i%60, i%1000, i%50, i, i)
		}},
		{"jsonl", "jsonl", "", func(i int) string {
			return strings.Replace(strings.Split(string(kumo), "\n")[i%3], `"authn_id":"alice"`, fmt.Sprintf(`"authn_id":"user%d"`, i%1000), 1)
		}},
	} {
		b.Run(run.name, func(b *testing.B) {
			p, tally := tableParsers()[run.maker](), authreport.NewTally(time.UTC)
			p.Line([]byte(run.header), tally)
			var lines [][]byte
			var size int64
			for i := range 20_000 {
				lines = append(lines, []byte(run.line(i)))
				size += int64(len(lines[i]) + 1)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					p.Line(line, tally)
				}
			}
			if total(tally) == 0 {
				b.Fatal("nothing was counted")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
		})
	}
}
