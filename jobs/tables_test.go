package jobs

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"
	"authreport/config"
	"authreport/maillog"

	"github.com/google/go-cmp/cmp"
)

// TestTablesOfTheDocs runs the configurations in docs/other-servers.md, exactly as they stand there, over the samples that they speak of.
func TestTablesOfTheDocs(t *testing.T) {
	sources := documented(t, "../docs/other-servers.md")
	for name, sample := range map[string]string{"xmail": "csv/xmail", "kumo": "jsonl/kumomta", "ses": "jsonl/amazon-ses"} {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(sources, func(s config.Source) bool { return s.Name == name })
			if i < 0 {
				t.Fatal("the documentation has no such source")
			}
			parser, err := NewParser(sources[i])
			if err != nil {
				t.Fatal(err)
			}
			log, err := os.Open("../maillog/testdata/" + sample + ".log")
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			tally := authreport.NewTally(time.UTC)
			for lines := bufio.NewScanner(log); lines.Scan(); {
				parser.Line(lines.Bytes(), tally)
			}
			if diff := cmp.Diff(counted(tally), golden(t, "../maillog/testdata/"+sample+".golden")); diff != "" {
				t.Errorf("counts (-got +want):\n%s", diff)
			}
		})
	}
}

// TestReportOfTheDocs runs the configuration in docs/microsoft365.md: times without a zone are in UTC, whatever the zone of the days is.
func TestReportOfTheDocs(t *testing.T) {
	sources := documented(t, "../docs/microsoft365.md")
	if len(sources) != 1 {
		t.Fatalf("sources are %+v", sources)
	}
	for _, format := range []string{sources[0].Format, maillog.Auto} {
		sources[0].Format = format
		parser, err := NewParser(sources[0])
		if err != nil {
			t.Fatal(err)
		}
		tally := authreport.NewTally(time.UTC)
		for _, line := range []string{"date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,message_count,message_id",
			"2026-11-24T23:30:00,alice@example.org,example.org,OAuth,192.0.2.1,TLS1_3,TLS_AES_256_GCM_SHA384,2,"} {
			parser.Line([]byte(line), tally)
		}
		want := [][]string{{"2026-11-24", "microsoft365", "alice@example.org", "alice@example.org", "192.0.2.1", "TLS1.3", "TLS_AES_256_GCM_SHA384", "XOAUTH2", "2", "0", "800000"}}
		if diff := cmp.Diff(counted(tally), want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", format, diff)
		}
	}
}

// TestRefusedExport has a download of another kind beside a report: nothing of it counts, its reason is told in every pass, and a report in its place is read.
func TestRefusedExport(t *testing.T) {
	h := newHost(t)
	h.sources = []config.Source{{Name: "m365", Format: "smtpcsreport", Paths: []string{h.path("*.csv")}, Zone: time.UTC}}
	h.restart()
	report := func(day string) []byte {
		return []byte("date,senderName,message_count\r\n" + day + ",alice@example.org,3\r\n")
	}
	h.write("a.csv", report("2026-11-01"))
	h.write("b.csv", []byte("Sender address,Domain,TLS 1.0,TLS 1.1,TLS 1.2,Messages sent\r\nalice@example.org,example.org,0,0,100,12\r\n"))
	want := "read log " + h.path("b.csv") + ": it is the on-screen export, whose rows have no date: request the report instead; nothing of it is counted; put a whole file in its place, or leave it out of paths"
	for range 3 {
		summary, err := h.ingester.Once(t.Context())
		if err != nil || len(summary.Faults) != 1 || summary.Faults[0].Err.Error() != want || summary.NotUnderstood > 0 {
			t.Errorf("%+v, %v", summary, err)
		}
		h.restart()
	}
	h.write("b.csv", report("2026-11-02"))
	if got := h.once(); got.Submissions != 3 || got.Files != 1 || len(got.Faults) > 0 {
		t.Errorf("%+v", got)
	}
}

// documented loads the sources in the YAML blocks of a document.
func documented(t *testing.T, path string) []config.Source {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var sources []config.Source
	for _, block := range regexp.MustCompile("(?s)\n```yaml\n(.*?)```\n").FindAllSubmatch(text, -1) {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, append([]byte("timezone: Europe/Amsterdam\n"), bytes.Replace(block[1], []byte("    format:"), zoneOfSamples(block[1]), 1)...), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(file, config.Known{Formats: maillog.Formats(), Auth: []string{"auto"}})
		if err != nil {
			t.Fatalf("%s:\n%v", block[1], err)
		}
		sources = append(sources, c.Sources...)
	}
	return sources
}

// zoneOfSamples adds the samples' zone to a source, which is the reader's own in the documentation; not where the default is what is tested.
func zoneOfSamples(block []byte) []byte {
	if bytes.Contains(block, []byte("smtpcsreport")) {
		return []byte("    format:")
	}
	return []byte("    timezone: UTC\n    format:")
}

// counted gives the counts and failures of a tally as rows, in the columns of the golden files of package maillog.
func counted(tally *authreport.Tally) [][]string {
	var rows [][]string
	for c := range tally.Counts() {
		k := c.Client
		ip := ""
		if k.IP.IsValid() {
			ip = k.IP.String()
		}
		rows = append(rows, []string{c.Day.String(), k.Server, k.Account, k.Sender, ip, k.TLS.String(), k.Cipher, k.Mechanism, fmt.Sprint(c.Messages), fmt.Sprint(c.Recipients), fmt.Sprintf("%06x", c.Hours)})
	}
	for f := range tally.Failures() {
		rows = append(rows, []string{f.Day.String(), f.Server, f.Account, f.IP.String(), f.Mechanism, fmt.Sprint(f.Attempts), fmt.Sprintf("%06x", f.Hours)})
	}
	slices.SortFunc(rows, slices.Compare)
	return rows
}

// golden gives the counts and failures of a golden file.
func golden(t *testing.T, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, section := range strings.SplitN(string(text), "\n\n", 3)[:2] {
		read, err := csv.NewReader(strings.NewReader(section)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, read[1:]...)
	}
	slices.SortFunc(rows, slices.Compare)
	return rows
}
