package deliver

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/google/go-cmp/cmp"
)

// leaf is one part of a message, decoded.
type leaf struct {
	Path, Type, Disposition, Name, ContentID, Body string
}

// parse reads a message with the standard library: another MIME reader than the one that wrote it.
func parse(t *testing.T, data []byte) (netmail.Header, []leaf) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var leaves []leaf
	walk(t, "", textproto.MIMEHeader(m.Header), m.Body, &leaves)
	return m.Header, leaves
}

func walk(t *testing.T, path string, header textproto.MIMEHeader, body io.Reader, leaves *[]leaf) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%s: content type %q: %v", path, header.Get("Content-Type"), err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		switch encoding := header.Get("Content-Transfer-Encoding"); encoding {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		default:
			t.Errorf("%s: transfer encoding %q", path, encoding)
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		disposition, names, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
		*leaves = append(*leaves, leaf{path, kind, disposition, names["filename"], header.Get("Content-Id"), string(data)})
		return
	}
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		walk(t, path+"/"+strings.TrimPrefix(kind, "multipart/"), part.Header, part, leaves)
	}
}

// leavesOf reads a message with go-message, a third MIME reader.
func leavesOf(t *testing.T, data []byte) []leaf {
	t.Helper()
	entity, err := message.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var leaves []leaf
	var path []string
	if err := entity.Walk(func(depth []int, e *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := e.Header.ContentType()
		if err != nil {
			return err
		}
		path = path[:len(depth)]
		if subtype, ok := strings.CutPrefix(kind, "multipart/"); ok {
			path = append(path, "/"+subtype)
			return nil
		}
		body, err := io.ReadAll(e.Body)
		disposition, names, _ := e.Header.ContentDisposition()
		leaves = append(leaves, leaf{strings.Join(path, ""), kind, disposition, names["filename"], e.Header.Get("Content-Id"), string(body)})
		path = append(path, "")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return leaves
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// What two other MIME readers find must be what was put in, byte by byte, in the structure that mail programs expect.
func TestEML(t *testing.T) {
	m := testMessage("alice@example.org")
	data, err := EML(m)
	if err != nil {
		t.Fatal(err)
	}
	want := []leaf{
		{"/mixed/related/alternative", "text/plain", "", "", "", crlf(m.Text)},
		{"/mixed/related/alternative", "text/html", "", "", "", m.HTML},
		{"/mixed/related", "image/png", "inline", "volume.png", "<volume@authreport>", string(m.Inline[0].Data)},
		{"/mixed", "application/zip", "attachment", "report.zip", "", string(m.Attachments[0].Data)},
		{"/mixed", xlsx, "attachment", "report.xlsx", "", string(m.Attachments[1].Data)},
	}
	header, leaves := parse(t, data)
	if diff := cmp.Diff(want, leaves); diff != "" {
		t.Errorf("read by the standard library (-want +got):\n%.2000s", diff)
	}
	if diff := cmp.Diff(want, leavesOf(t, data)); diff != "" {
		t.Errorf("read by go-message (-want +got):\n%.2000s", diff)
	}
	for name, value := range map[string]string{
		"From": `"authreport" <reports@example.org>`, "To": "<alice@example.org>", "Reply-To": "<postmaster@example.org>", "Message-Id": m.ID,
		"Date": "Tue, 24 Nov 2026 07:00:00 +0100", "Subject": m.Subject, "Mime-Version": "1.0",
		"References": "<weekly.series@example.org>", "In-Reply-To": "<weekly.series@example.org>", "List-Id": "<weekly.authreport.example.org>",
		"List-Unsubscribe": "<mailto:postmaster@example.org?subject=unsubscribe>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
	} {
		if got := header[name]; len(got) != 1 || got[0] != value {
			t.Errorf("header %s is %q, want %q", name, got, value)
		}
	}
	for _, name := range []string{"Precedence", "User-Agent", "X-Mailer"} {
		if got := header.Get(name); got != "" {
			t.Errorf("header %s is %q, want none", name, got)
		}
	}
	checkLines(t, data)
}

// checkLines checks that every line ends in CRLF, and none has a byte beyond ASCII or is longer than some servers take; 998 is the limit of RFC 5322
// section 2.1.1, go-mail does not fold the header of a part.
func checkLines(t *testing.T, data []byte) {
	t.Helper()
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 200 || bytes.ContainsAny(line[:len(line)-2], "\r\n\x00") || !ascii(string(line)) {
			t.Fatalf("line %q", line)
		}
	}
}

// Layers with one part only must be left out.
func TestStructure(t *testing.T) {
	for name, test := range map[string]struct {
		cut  func(m *Message)
		want string
	}{
		"text alone":          {func(m *Message) { m.HTML, m.Inline, m.Attachments = "", nil, nil }, "text/plain"},
		"text and HTML":       {func(m *Message) { m.Inline, m.Attachments = nil, nil }, "/alternative text/plain, /alternative text/html"},
		"text and attachment": {func(m *Message) { m.HTML, m.Inline, m.Attachments = "", nil, m.Attachments[:1] }, "/mixed text/plain, /mixed application/zip"},
	} {
		m := testMessage("alice@example.org")
		test.cut(&m)
		data, err := EML(m)
		if err != nil {
			t.Fatal(err)
		}
		_, leaves := parse(t, data)
		var got []string
		for _, l := range leaves {
			got = append(got, strings.TrimSpace(l.Path+" "+l.Type))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
		checkLines(t, data)
	}
}

// No text that a message carries may add a header or a part, wherever it comes from.
func TestHeaderInjection(t *testing.T) {
	const evil = "x\r\nBcc: victim@example.net\r\n\r\n<b>body</b>\u202e\u2028\x00\n\rX-Evil: 1"
	m := testMessage("alice@example.org")
	m.Subject = evil
	m.Series = evil
	m.From = `"` + evil + `" <reports@example.org>`
	m.To = `"` + evil + `" <alice@example.org>`
	m.ReplyTo = `"` + evil + `" <postmaster@example.org>`
	m.Inline[0].Name, m.Inline[0].ContentID, m.Inline[0].ContentType = evil, evil, "image/png\r\nX-Evil: 1"
	m.Attachments[0].Name, m.Attachments[0].ContentType = `../../etc/`+evil+`";x="`, evil
	data, err := EML(m)
	if err != nil {
		t.Fatal(err)
	}
	header, leaves := parse(t, data)
	plain, err := EML(testMessage("alice@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	wantHeader, wantLeaves := parse(t, plain)
	for name := range header {
		if wantHeader[name] == nil {
			t.Errorf("header %s was added", name)
		}
	}
	if len(leaves) != len(wantLeaves) {
		t.Errorf("%d parts, want %d", len(leaves), len(wantLeaves))
	}
	if got, want := leaves[3].Name, "file"; strings.ContainsAny(leaves[3].Name, "/\\\"\r\n") || got == want {
		t.Errorf("attachment is called %q", got)
	}
	if leaves[3].Type != "application/octet-stream" || leaves[2].Type != "application/octet-stream" {
		t.Errorf("content types %s and %s, want application/octet-stream", leaves[2].Type, leaves[3].Type)
	}
	if got, want := header.Get("Subject"), "x Bcc: victim@example.net <b>body</b> X-Evil: 1"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	checkLines(t, data)
	for name, change := range map[string]func(m *Message){
		"Message-ID with a line end": func(m *Message) { m.ID = "<a@b>\r\nBcc: x@example.net" },
		"Message-ID without host":    func(m *Message) { m.ID = "<a>" },
		"two recipients":             func(m *Message) { m.To = "a@example.org, b@example.org" },
		"recipient without host":     func(m *Message) { m.To = "alice" },
		"From missing":               func(m *Message) { m.From = "" },
		"Reply-To is none":           func(m *Message) { m.ReplyTo = "help desk" },
	} {
		m := testMessage("alice@example.org")
		change(&m)
		if _, err := EML(m); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Names beyond ASCII and long ones must come through, folded.
func TestLongHeaders(t *testing.T) {
	m := testMessage("alice@example.org")
	m.Subject = "Zoë’s " + strings.Repeat("SMTP-AUTH-Clients ", 20)
	m.From = `"Überwachung, Süd" <reports@exämple.org>`
	data, err := EML(m)
	if err != nil {
		t.Fatal(err)
	}
	header, _ := parse(t, data)
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil || subject != strings.TrimSpace(m.Subject) {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := header.AddressList("From")
	if err != nil || from[0].Name != "Überwachung, Süd" || from[0].Address != "reports@xn--exmple-cua.org" {
		t.Errorf("from %v, %v", from, err)
	}
	checkLines(t, data)
}

// The bytes of a body must be composed once for all who get it, and never be given to one who gets another.
func TestBodiesAreShared(t *testing.T) {
	var c composer
	first, second, other := testMessage("a@example.org"), testMessage("b@example.org"), testMessage("c@example.org")
	other.Attachments = append([]File(nil), other.Attachments...)
	other.Attachments[0].Data = []byte("only for c")
	var bodies [][]byte
	for i, m := range []Message{first, second, other, first} {
		header, body, err := c.compose(&m)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
		parsed, leaves := parse(t, append(header, body...))
		if parsed.Get("To") != "<"+m.To+">" || parsed.Get("Message-Id") != m.ID || leaves[3].Body != string(m.Attachments[0].Data) {
			t.Errorf("message %d: %s %s", i, parsed.Get("To"), parsed.Get("Message-Id"))
		}
	}
	if &bodies[0][0] != &bodies[1][0] {
		t.Error("the body was composed twice")
	}
}

func TestSeriesLabel(t *testing.T) {
	seen := map[string]string{}
	for _, series := range []string{"weekly", "Weekly", "wee kly", "wöchentlich", "wichentlich", "week\nly", strings.Repeat("long", 30), strings.Repeat("long", 31), "a.b", "-"} {
		label := seriesLabel(series)
		if other, ok := seen[label]; ok {
			t.Errorf("%q and %q have the same label %s", series, other, label)
		}
		seen[label] = series
		if len(label) > 60 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q has label %q", series, label)
		}
	}
	if got := seriesLabel("weekly"); got != "weekly" {
		t.Errorf("label of weekly is %s", got)
	}
}

func ExampleEML() {
	eml, err := EML(Message{
		ID: "<1f0c.weekly@example.org>", From: "reports@example.org", To: "alice@example.org", Subject: "SMTP AUTH clients, weekly", Text: "12,345 messages\n",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(string(eml), "Message-ID: <1f0c.weekly@example.org>\r\n"))
	// Output: true
}
