package maillog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"authreport"
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

func TestRecogniseReport(t *testing.T) {
	for line, want := range map[string]bool{
		"\ufeffdate,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,message_count,message_id":         true,
		"Message Count;TLS Version;Original Client IP;Auth Method;Date;Sender Name;Sender Domain":                                  true,
		"Sender address,Domain,TLS 1.0,TLS 1.1,TLS 1.2,Messages sent":                                                              false,
		"2026-11-23T10:00:00Z,fax@example.org,example.org,Basic,192.0.2.13,TLS1_2,,1,<b1@example.org>":                             false,
		"Nov 24 10:00:00 mx1 postfix/cleanup[1]: A: warning: header Subject: date,senderName,authMethod,tls_version,message_count": false,
		"": false,
	} {
		if got := recogniseReport([]byte(line), nil); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// TestRefusedReports has a folder of downloads in which some are of another kind: each file is judged by itself.
func TestRefusedReports(t *testing.T) {
	p := tableParsers()["smtpcsreport"]()
	for _, file := range []struct{ name, want string }{
		{"requested", ""}, {"onscreen", "the on-screen export"}, {"other-order", ""}, {"message-trace", "a message trace"}, {"sign-ins", "sign-ins"}, {"../csv/headers", "no report of SMTP AUTH clients"},
	} {
		tally := authreport.NewTally(time.UTC)
		p.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
		for _, line := range (logCase{name: "smtpcsreport/" + file.name}).lines(t) {
			p.Line(line, tally)
		}
		got := p.(Refuser).Refused()
		if !strings.HasPrefix(got, file.want) || (got == "") != (file.want == "") || (total(tally) > 0) != (got == "") {
			t.Errorf("%s: %d messages, refused as %q, want %q", file.name, total(tally), got, file.want)
		}
	}
}

// TestBrokenOff has a download that breaks off within a row: it is told, and may still go on.
func TestBrokenOff(t *testing.T) {
	p, tally := tableParsers()["smtpcsreport"](), authreport.NewTally(time.UTC)
	for _, line := range []string{"date,senderName,message_id", "2026-11-23T10:00:00Z,alice@example.org,<a>", `2026-11-23T10:00:00Z,alice@example.org,"<b`} {
		p.Line([]byte(line), tally)
	}
	p.Settle(tally)
	p.Flush(tally)
	for l := range tally.Lines() {
		if l.Read != 3 || l.NotUnderstood != 1 {
			t.Errorf("lines are %+v", l)
		}
	}
	if p.Line([]byte(`>"`), tally); total(tally) != 2 {
		t.Errorf("%d messages, want 2", total(tally))
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
	switch p := p.(type) {
	case *jsonl:
		return &p.table
	case *smtpCSReport:
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
