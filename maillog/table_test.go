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

// The configurations of the tables in testdata. A test of package jobs holds that those of docs/other-servers.md come to the same.
var (
	xmailTable = func(c *logCase) {
		c.options.Columns = map[string]string{"time": "4", "account": "11", "sender": "7", "client_ip": "3", "server": "1"}
		c.options.Delimiter = '\t'
		c.options.Accepted = map[string][]string{"10": {"RECV=OK"}}
		c.options.Failed = map[string][]string{"10": {"AUTH=EFAIL*"}}
	}
	kumoTable = func(c *logCase) {
		c.options.Source = "kumo"
		c.options.Columns = map[string]string{"time": "timestamp", "account": "meta.authn_id", "sender": "sender", "client_ip": "peer_address.addr",
			"tls": "tls_protocol_version", "cipher": "tls_cipher", "recipients": "recipient"}
		c.options.NoTLS = []string{""}
		c.options.Accepted = map[string][]string{"type": {"Reception"}}
		c.options.Failed = map[string][]string{"type": {"Rejection"}, "response.code": {"535"}}
	}
	sesTable = func(c *logCase) {
		c.options.Source = "ses"
		c.options.Columns = map[string]string{"time": "mail.timestamp", "account": "mail.tags.ses:caller-identity", "sender": "mail.source",
			"client_ip": "mail.tags.ses:source-ip", "tls": "mail.tags.ses:source-tls-version", "recipients": "mail.destination"}
		c.options.Accepted = map[string][]string{"eventType": {"Send"}, "mail.tags.ses:operation": {"SendSmtpEmail"}}
	}
	headersTable = func(c *logCase) {
		c.options.Columns = map[string]string{"time": "when", "account": "login", "sender": "mailfrom", "client_ip": "peer", "tls": "proto", "messages": "n"}
		c.options.Delimiter = ';'
		c.options.Accepted = map[string][]string{"status": {"sent", "queued"}}
		c.options.Failed = map[string][]string{"status": {"535*"}}
		c.options.NoTLS = []string{"plain"}
	}
	shapesTable = func(c *logCase) {
		c.options.Columns = map[string]string{"time": "at", "account": "user.name", "sender": "mail.from", "messages": "n", "recipients": "to"}
	}
)

// TestTableTime reads every form of time, in a zone with clock changes.
func TestTableTime(t *testing.T) {
	zone := mustLoad("Europe/Amsterdam")
	for text, want := range map[string]string{
		"2026-11-24T16:23:01Z":                "2026-11-24T16:23:01Z",
		"2026-11-24T16:23:01.1234567Z":        "2026-11-24T16:23:01Z",
		"2026-11-24 16:23:01,123 UTC":         "2026-11-24T16:23:01Z",
		"2026-11-24T16:23:01.123+01:00":       "2026-11-24T15:23:01Z",
		"2026-11-24T16:23-0530":               "2026-11-24T21:53:00Z",
		"2026-11-24T16:23:01+01":              "2026-11-24T15:23:01Z",
		" 2026-11-24 16:23:01 ":               "2026-11-24T15:23:01Z",
		"2026-07-24 16:23":                    "2026-07-24T14:23:00Z",
		"2026-11-24":                          "2026-11-24T11:00:00Z",
		"2026-03-29 02:30:00":                 "2026-03-29T01:30:00Z", // skipped by the clock change
		"11/9/2026 4:23:01 PM":                "2026-11-09T15:23:01Z",
		"11/9/2026 12:00 am":                  "2026-11-08T23:00:00Z",
		"11/9/2026, 12:00:00\u202fPM":         "2026-11-09T11:00:00Z",
		"11/9/2026 4:23:01":                   "2026-11-09T03:23:01Z",
		"11/09/2026":                          "2026-11-09T11:00:00Z",
		"9.11.2026 16:23:01":                  "2026-11-09T15:23:01Z",
		"24.11.2026":                          "2026-11-24T11:00:00Z",
		"1795537381":                          "2026-11-24T16:23:01Z",
		"1795537381.5":                        "2026-11-24T16:23:01Z",
		"1795537381123":                       "2026-11-24T16:23:01Z",
		"1795537381123456":                    "2026-11-24T16:23:01Z",
		"1795537381123456789":                 "2026-11-24T16:23:01Z",
		"24/11/2026 10:00":                    "", // never day first
		"11/9/2026 13:00 PM":                  "",
		"11/9/2026 0:00 AM":                   "",
		"11/9/26":                             "",
		"2026-02-29":                          "",
		"2026-11-24T25:00:00Z":                "",
		"2026-11-24T16:23:01.Z":               "",
		"2026-11-24T16:23:01X":                "",
		"2026-11-24T16:23:01+1:00":            "",
		"2026-11-24T16":                       "",
		"1969-11-24":                          "",
		"20261124":                            "",
		"9999999999999999999":                 "",
		"1795537381.x":                        "",
		"":                                    "",
		"soon":                                "",
		"11/":                                 "",
		"1/1/2":                               "",
		"2026-11-24T16:23:0":                  "",
		"\u00a0\u00a0":                        "",
		"1.1.1970 00:00:00 yesterday at noon": "",
	} {
		r := tableTime{clock: clock{location: zone}}
		for range 2 { // the second time from what is kept of the first
			got := ""
			if unix, ok := r.read([]byte(text)); ok {
				got = time.Unix(unix, 0).UTC().Format(time.RFC3339)
			}
			if got != want {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	}
}

// TestTableTimeTwice reads an hour that a clock change repeats.
func TestTableTimeTwice(t *testing.T) {
	r := tableTime{clock: clock{location: mustLoad("Europe/Amsterdam")}}
	for _, step := range [...]struct{ text, want string }{
		{"2026-10-25 01:59:00", "2026-10-24T23:59:00Z"},
		{"2026-10-25 02:10:00", "2026-10-25T00:10:00Z"},
		{"2026-10-25 02:59:00", "2026-10-25T00:59:00Z"},
		{"2026-10-25 02:05:00", "2026-10-25T01:05:00Z"}, // nearer to the second
		{"2026-10-25 02:10:00", "2026-10-25T01:10:00Z"},
	} {
		unix, ok := r.read([]byte(step.text))
		r.clock.now, r.clock.known = unix, true
		if got := time.Unix(unix, 0).UTC().Format(time.RFC3339); !ok || got != step.want {
			t.Errorf("%s is %s, want %s", step.text, got, step.want)
		}
	}
}

func TestTableTLS(t *testing.T) {
	p := newCSV(Options{NoTLS: []string{"", "plain"}}).(*csvTable)
	for text, want := range map[string]authreport.TLS{
		"TLSv1": authreport.TLS10, "TLS1.0": authreport.TLS10, "TLSv1.1": authreport.TLS11, "TLSv1.2": authreport.TLS12, "tls13": authreport.TLS13, "TLS 1.3": authreport.TLS13,
		"TLS1_2": authreport.TLS12, "SP_PROT_TLS1_1_SERVER": authreport.TLS11, "SSLv3": authreport.SSL30, "SSLv2": authreport.SSL30, "ssl3.0": authreport.SSL30,
		"none": authreport.TLSNone, "None": authreport.TLSNone, "": authreport.TLSNone, "plain": authreport.TLSNone,
		"TLS": authreport.TLSUnknown, "TLSv1/SSLv3": authreport.TLSUnknown, "yes": authreport.TLSUnknown, "TLS1.4": authreport.TLSUnknown, "v": authreport.TLSUnknown, "PLAIN": authreport.TLSUnknown,
	} {
		if got := p.tls([]byte(text)); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestTableAddress(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", " 192.0.2.1 ": "192.0.2.1", "192.0.2.1:25": "192.0.2.1", "[192.0.2.1]": "192.0.2.1", "2001:db8::1": "2001:db8::1",
		"[2001:db8::1]": "2001:db8::1", "[2001:db8::1]:587": "2001:db8::1", "::ffff:192.0.2.1": "192.0.2.1", "fe80::1%eth0": "fe80::1",
		"": "invalid IP", "-": "invalid IP", "pc.example.org": "invalid IP", "999.1.1.1": "invalid IP",
	} {
		if got := tableAddress([]byte(text)).String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// tableParsers makes the parser of each kind of table, and of a table's worst: columns without names.
func tableParsers() map[string]func() Parser {
	made := make(map[string]func() Parser)
	for name, of := range map[string]struct {
		format string
		adjust func(*logCase)
	}{"csv by name": {"csv", headersTable}, "csv by number": {"csv", xmailTable}, "jsonl": {"jsonl", kumoTable}, "smtpcsreport": {"smtpcsreport", func(*logCase) {}}, "csv of nothing": {"csv", func(*logCase) {}}} {
		c := logCase{options: Options{Source: "src", Location: time.UTC}}
		of.adjust(&c)
		made[name] = func() Parser {
			p, err := New(of.format, c.options)
			if err != nil {
				panic(err)
			}
			p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
			return p
		}
	}
	return made
}

func tableOf(p Parser) *table {
	if p, ok := p.(*jsonl); ok {
		return &p.table
	}
	return &p.(*csvTable).table
}

// TestTableBounded has rows that never end, fields that never end, clients without number, and lines that were cut: the state and what is kept stay small.
func TestTableBounded(t *testing.T) {
	for name, parser := range tableParsers() {
		t.Run(name, func(t *testing.T) {
			p, tally := parser(), authreport.NewTally(time.UTC)
			p.Line([]byte("when;login;status"), tally)
			p.Line([]byte("date,senderName"), tally)
			var lines int64 = 2
			line := func(text string) {
				lines++
				p.Line([]byte(text), tally)
				if state, _ := p.MarshalBinary(); len(state) > maxRow+maxHeader+1024 {
					t.Fatalf("state of %d bytes", len(state))
				}
			}
			for i := range 3 * maxRowLines {
				line(fmt.Sprintf(`"open %d`, i))
			}
			for range 5 {
				line(`"` + strings.Repeat("x", maxRow-2))
				line(strings.Repeat(",;\t", maxFields))
				line(strings.Repeat("[", MaxLine-1))
				line(strings.Repeat(`{"a":`, MaxLine/5-1))
				line("2026-11-23," + strings.Repeat("x", MaxLine))
			}
			for i := range maxNames + 100 {
				line(fmt.Sprintf(`2026-11-23 10:00:00;user%d;sent`, i))
				line(fmt.Sprintf(`2026-11-23 10:00:00,user%d@example.org`, i))
				line(fmt.Sprintf(`{"timestamp":1795421702,"type":"Reception","meta":{"authn_id":"user%d"}}`, i))
			}
			if kept := len(tableOf(p).clients); kept > maxNames {
				t.Errorf("%d clients are kept", kept)
			}
			p.Settle(tally)
			p.Flush(tally)
			var read, not int64
			for l := range tally.Lines() {
				read, not = read+l.Read, not+l.NotUnderstood
			}
			if read += tableOf(p).early; read != lines || not > lines {
				t.Errorf("%d lines are read and %d not understood, of %d", read, not, lines)
			}
			if name != "csv of nothing" && name != "csv by number" && total(tally) < maxNames {
				t.Errorf("only %d messages", total(tally))
			}
		})
	}
}

// TestBrokenRow holds that a quote that is never closed costs its own line alone.
func TestBrokenRow(t *testing.T) {
	p, tally := tableParsers()["csv by name"](), authreport.NewTally(time.UTC)
	p.Line([]byte("when;login;status"), tally)
	p.Line([]byte(`"2026-11-23 10:00:00;eve;sent`), tally)
	const good = 200
	for range good {
		p.Line([]byte(`2026-11-23 10:00:00;alice;sent`), tally)
	}
	p.Line([]byte(`2026-11-23 10:00:00;alice;"sent"`), tally)
	p.Flush(tally)
	var lines authreport.Lines
	for l := range tally.Lines() {
		lines.Merge(l)
	}
	if lines.Read != good+3 || lines.NotUnderstood != 1 || total(tally) != good+1 {
		t.Errorf("%d messages, lines are %+v", total(tally), lines)
	}
}

// TestCSVState holds that what is no state is not taken up, and that columns which the configuration moved are looked for anew.
func TestCSVState(t *testing.T) {
	make := tableParsers()["csv by name"]
	p, tally := make(), authreport.NewTally(time.UTC)
	p.Line([]byte("when;login;status"), tally)
	p.Line([]byte(`2026-11-23 10:00:00;alice;"se`), tally)
	state := must(p.MarshalBinary())
	other := bytes.Clone(state)
	other[0]++
	for name, data := range map[string][]byte{"empty": nil, "other version": other, "cut": state[:len(state)-1], "longer": append(bytes.Clone(state), 0), "garbage": []byte("garbage")} {
		q := make()
		if err := q.UnmarshalBinary(data); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if !bytes.Equal(must(q.MarshalBinary()), must(make().MarshalBinary())) {
			t.Errorf("%s: something was kept", name)
		}
	}
	moved := newCSV(Options{Columns: map[string]string{"time": "when", "account": "status"}, Delimiter: ';'}).(*csvTable)
	if err := moved.UnmarshalBinary(state); err != nil || moved.position[accountCell] != 2 {
		t.Errorf("%v, the account is in column %d", err, moved.position[accountCell])
	}
	gone := newCSV(Options{Columns: map[string]string{"time": "at", "account": "login"}, Delimiter: ';'}).(*csvTable)
	if err := gone.UnmarshalBinary(state); err != nil || gone.width != 0 {
		t.Errorf("%v, %d columns", err, gone.width)
	}
}

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
		whole, parts := authreport.NewTally(time.UTC), authreport.NewTally(time.UTC)
		one, two := parser(), parser()
		for i, line := range lines {
			one.Line(line, whole)
			two.Line(line, parts)
			if i == int(split)%len(lines) {
				two.Flush(parts)
				state := must(two.MarshalBinary())
				two = parser()
				if err := two.UnmarshalBinary(state); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a, b := must(one.MarshalBinary()), must(two.MarshalBinary()); !bytes.Equal(a, b) {
			t.Errorf("state is %x, after a restart %x", a, b)
		}
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
