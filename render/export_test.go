package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/encoding/unicode"

	"authreport"
	"authreport/report"
)

// schema is the published one, in which no field but those that it names may be.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(string(text), `"additionalProperties": true`, `"additionalProperties": false`)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestJSONIsAsThePublishedSchemaSays(t *testing.T) {
	s := schema(t)
	for name, r := range map[string]*report.Report{
		"hostile names": bookReport(t, 7, unusualToo),
		"nothing":       bookReport(t, 7, func(m *report.Memory, _ *report.Request) { *m = report.Memory{} }),
		"a domain": bookReport(t, 7, func(m *report.Memory, r *report.Request) {
			r.Domains = []string{"example.org"}
			m.Untold = []authreport.GapCount{{Day: r.Range.Last, Source: "mx1", Gap: authreport.GapPostfixTLS, Count: 3}}
		}),
	} {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJSONHasTheReportsFigures: what a program reads of the document is what the report says.
func TestJSONHasTheReportsFigures(t *testing.T) {
	r := bookReport(t, 7, unusualToo)
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Summary struct {
			Figures map[string]struct{ Value, Before int64 }
			TLS     map[string]int64
			Days    []struct{ Messages int64 }
		}
		Senders []struct {
			Address  string
			Messages int64
			TLS      map[string]int64
		}
		Accounts []struct{ Messages int64 }
		Clients  []struct{ Messages int64 }
		Unusual  []struct{ Account, Reason string }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if f := got.Summary.Figures["messages"]; f.Value != r.Summary.Messages.Value || f.Before != r.Summary.Messages.Before {
		t.Errorf("messages %v, want %v", f, r.Summary.Messages)
	}
	sums := map[string]int64{}
	for i, s := range slices.Collect(r.Senders()) {
		sums["senders"] += got.Senders[i].Messages
		if valid := strings.ToValidUTF8(s.Address, "\ufffd"); got.Senders[i].Address != valid {
			t.Errorf("sender %d is %q, want %q", i, got.Senders[i].Address, valid)
		}
		for _, n := range got.Senders[i].TLS {
			sums["senders by TLS"] += n
		}
	}
	for _, c := range got.Clients {
		sums["clients"] += c.Messages
	}
	for _, a := range got.Accounts {
		sums["accounts"] += a.Messages
	}
	for _, d := range got.Summary.Days {
		sums["days"] += d.Messages
	}
	for _, n := range got.Summary.TLS {
		sums["TLS"] += n
	}
	for what, n := range sums {
		if n != r.Summary.Messages.Value {
			t.Errorf("%s: %d messages, headline %d", what, n, r.Summary.Messages.Value)
		}
	}
	if len(got.Unusual) != len(r.Unusual) || got.Unusual[0].Reason != english.unusualReason(r.Unusual[0]) {
		t.Errorf("unusual activity: %v, want %v", got.Unusual, r.Unusual)
	}
}

func TestCSVHasTheReportsFigures(t *testing.T) {
	r := bookReport(t, 7, nil)
	var b bytes.Buffer
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	senders := slices.Collect(r.Senders())
	if len(rows) != len(senders)+1 {
		t.Fatalf("%d rows, want %d", len(rows), len(senders)+1)
	}
	messages, tls12 := slices.Index(rows[0], "Messages"), slices.Index(rows[0], "TLS1.2")
	for i, s := range senders {
		row := rows[i+1]
		if row[0] != csvText(english.senderName(s.Address, s.Own)) || row[messages] != strconv.FormatInt(s.Messages.Value, 10) || row[tls12] != strconv.FormatInt(s.TLS[authreport.TLS12], 10) {
			t.Errorf("row %d: %q, want %+v", i+1, row, s)
		}
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"alice@example.org":          "alice@example.org",
		"<>":                         "<>",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`,
		"+1":                         "'+1",
		"-1":                         "'-1",
		"@SUM(A1)":                   "'@SUM(A1)",
		" =1":                        "' =1",
		"\t=1":                       `\t=1`,
		"'=1":                        "''=1",
		"\uff1d1":                    "'\uff1d1",
		"a=1":                        "a=1",
		"x\r\n=1":                    `x\r\n=1`,
		"\u202egpj.exe":              `\u202egpj.exe`,
		"%s%n":                       "'%s%n",
		"2001:db8::1":                "2001:db8::1",
		"":                           "",
	} {
		if got := csvText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestMicrosoftCSV: UTF-16 with a mark, the documented columns in their order, a row for each day and client, nothing lost.
func TestMicrosoftCSV(t *testing.T) {
	r := bookReport(t, 7, nil)
	var b bytes.Buffer
	if err := MicrosoftCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte{0xff, 0xfe}) {
		t.Errorf("begins with % x, want a UTF-16LE mark", b.Bytes()[:2])
	}
	text, err := io.ReadAll(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(&b))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "columns", rows[0], []string{"date", "senderName", "senderDomain", "authMethod", "original_client_ip", "tls_version", "tls_cipher", "message_count", "message_id"})
	var messages int64
	for i, row := range rows[1:] {
		n, err := strconv.ParseInt(row[7], 10, 64)
		if err != nil || n < 1 {
			t.Errorf("row %d: %q", i+2, row)
		}
		messages += n
	}
	if messages != r.Summary.Messages.Value {
		t.Errorf("%d messages, headline %d", messages, r.Summary.Messages.Value)
	}
	if !slices.IsSortedFunc(rows[1:], func(a, b []string) int { return strings.Compare(a[0], b[0]) }) {
		t.Error("rows are not in the order of the days")
	}
}
