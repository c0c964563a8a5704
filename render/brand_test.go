package render

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"authreport"
	"authreport/report"
	"authreport/templates"
)

// inLook gives a report with the looks of a set.
func inLook(r *report.Report, set *templates.Set) *report.Report {
	other := *r
	other.Request.Look = set
	return &other
}

// example is the set of the documentation.
func example(t testing.TB) *templates.Set {
	t.Helper()
	set := Proven(templates.OpenSet("../docs/branding"))
	if len(set.Faults) > 0 {
		t.Fatal(set.Faults)
	}
	return set
}

// setOf makes a folder with one whole file, and reads it.
func setOf(t testing.TB, name, text string) *templates.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return templates.OpenSet(filepath.Dir(filepath.Dir(path)))
}

// TestBrand holds that logo, colours, texts and footer of the example come into mail, page, workbook and picture, and that a report without them is as it was.
func TestBrand(t *testing.T) {
	plain := companyReport(t, 30)
	r := inLook(plain, example(t))
	html, err := MailHTML(r, MailFacts{LogoCID: "logo@authreport"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := MailText(r, MailFacts{})
	if err != nil {
		t.Fatal(err)
	}
	var page, book bytes.Buffer
	if err := Page(&page, r); err != nil {
		t.Fatal(err)
	}
	if err := Workbook(&book, r); err != nil {
		t.Fatal(err)
	}
	const footer, why = "extension 1234", "look after mail at Example Ltd (report weekly)"
	for _, test := range []struct{ name, in, want string }{
		{"mail, logo", html, `<img src="cid:logo@authreport" width="192" height="48" alt="Example Ltd"`},
		{"mail, accent", html, "border-left:4px solid #8a1c4a"},
		{"mail, dark", html, "border-color: #f0a3c0 !important"},
		{"mail, domain", html, "background-color:#b0426f"},
		{"mail, TLS", html, "#1d7f55"},
		{"mail, footer", html, footer},
		{"mail, text", html, why},
		{"plain text, footer", text, footer},
		{"plain text, text", strings.ReplaceAll(text, "\n", " "), why},
		{"page, logo", page.String(), `<img class="logo" src="data:image/png;base64,`},
		{"page, accent", page.String(), "--accent: #8a1c4a;"},
		{"page, TLS", page.String(), `"colour":"#1d7f55"`},
		{"page, footer", page.String(), footer},
		{"page, text", page.String(), "by the mail team."},
	} {
		if !strings.Contains(test.in, test.want) {
			t.Errorf("%s: there is no %q", test.name, test.want)
		}
	}
	if strings.Contains(html, "#1f5cba") {
		t.Error("the mail has the built-in accent, too")
	}
	parts := map[string]string{}
	z, err := zip.NewReader(bytes.NewReader(book.Bytes()), int64(book.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(data)
	}
	if logo := Logo(r); parts["xl/media/image1.png"] != string(logo.Data) || !strings.Contains(strings.ToLower(parts["xl/styles.xml"]), "8a1c4a") ||
		!strings.Contains(strings.ToLower(parts["xl/charts/chart1.xml"]), "b0426f") {
		t.Error("the workbook has not all of the brand")
	}
	before, err := VolumePNG(plain)
	if err != nil {
		t.Fatal(err)
	}
	after, err := VolumePNG(r)
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the picture has the same colours, %v", err)
	}
	again, err := MailHTML(plain, MailFacts{})
	if err != nil || strings.Contains(again, "Example Ltd") {
		t.Errorf("another report has the brand, %v", err)
	}
	if logo := Logo(plain); logo != nil {
		t.Error("another report has the logo")
	}
}

// TestOwnTemplates holds that whole files of the folder are used, and that what logs bring stays escaped in them.
func TestOwnTemplates(t *testing.T) {
	r := buildReport(t, hostileSource())
	mail := setOf(t, "mail/mail.html.tmpl", "<html><head><style>b { color: red }</style></head><body><p title=\"{{with .Senders}}{{(index . 0).Name}}{{end}}\">Ours</p>{{range .Senders}}<b>{{.Name}}</b>{{end}}</body></html>")
	if set := Proven(mail); len(set.Faults) > 0 {
		t.Fatal(set.Faults)
	}
	html, err := MailHTML(inLook(r, mail), MailFacts{})
	if err != nil || !strings.Contains(html, "Ours</p>") {
		t.Fatalf("the mail is %.200s, %v", html, err)
	}
	if strings.Contains(html, "<script") || strings.Contains(html, `title=""`) || !strings.Contains(html, "&lt;script&gt;") {
		t.Errorf("not all is escaped:\n%s", html)
	}
	style := setOf(t, "page/page.css", "body { color: #123456 }\n")
	var page strings.Builder
	if err := Page(&page, inLook(r, style)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "<style>body { color: #123456 }\n</style>") {
		t.Error("the page has not the style")
	}
	parsePage(t, inLook(r, style), "")
}

// hostileSource is a company in which a sender's name is a script.
func hostileSource() report.Source {
	source := &sampleSource{days: authreport.Range{First: companyLast - 20, Last: companyLast}}
	for i, name := range []string{`"><script>alert(1)</script>@example.org`, "{{.Title}}@example.org"} {
		source.clients = append(source.clients, authreport.KnownClient{ID: int64(i + 1), Client: authreport.Client{Server: "mx1", Account: name, Sender: name, Domain: "example.org", TLS: authreport.TLS13}})
	}
	return source
}

// TestProven puts a fault at the end of lines of each template, with AUTHREPORT_TEST_LONG=1 of every line: it is found before a report is made, and told with file and line, wherever it is.
func TestProven(t *testing.T) {
	every := 25
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		every = 1
	}
	for _, name := range templates.Replaceable() {
		if !strings.HasSuffix(name, ".tmpl") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			built, err := templates.FS.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(built), "\n")
			for i, line := range lines {
				if strings.TrimSpace(line) == "" || i%every > 0 || strings.HasPrefix(line, "{{define") || strings.HasPrefix(line, "{{end}}") {
					continue
				}
				broken := strings.TrimSuffix(line, "\n") + " {{.NoSuchFigure}}\n"
				text := strings.Join(lines[:i], "") + broken + strings.Join(lines[i+1:], "")
				set := Proven(setOf(t, name, text))
				if len(set.Faults) != 1 || len(set.Replaced()) > 0 {
					t.Errorf("line %d is not tried: %s", i+1, line)
					continue
				}
				if f := set.Faults[0]; f.Line != i+1 || !strings.HasSuffix(f.File, name) || !strings.Contains(f.Problem, "NoSuchFigure") {
					t.Errorf("line %d: the fault is %v", i+1, f)
				}
			}
		})
	}
}

// TestBrokenTemplates holds how faults are told, and that a report is made with what is built in, also where a fault shows only then.
func TestBrokenTemplates(t *testing.T) {
	r := companyReport(t, 10)
	for _, test := range []struct{ name, text, want string }{
		{"mail/mail.html.tmpl", "<html>\n{{range .Senders}}", "mail.html.tmpl:2: unexpected EOF"},
		{"mail/mail.html.tmpl", "<html>\n<a {{if .Title}}href=\"{{end}}>x", "mail.html.tmpl:2: "},
		{"mail/mail.txt.tmpl", "{{nosuch}}", `mail.txt.tmpl:1: function "nosuch" not defined`},
		{"page/page.html.tmpl", "<html></html>", `page.html.tmpl: `},
		{"mail/mail.txt.tmpl", "\n{{range 1000000000000}}" + strings.Repeat("x", 1<<19) + "{{end}}", "mail.txt.tmpl: makes more than 32 MB"},
		{"mail/notice.txt.tmpl", "{{.What}}\n{{.Nothing}}", "notice.txt.tmpl:2: "},
	} {
		set := setOf(t, test.name, test.text)
		proven := Proven(set)
		if got := fmt.Sprint(proven.Faults); len(proven.Faults) != 1 || !strings.Contains(got, test.want) {
			t.Errorf("%s: faults are %s, want %s", test.name, got, test.want)
		}
		for _, set := range []*templates.Set{set, proven} { // one that was not tried falls back by itself
			want, err := MailHTML(r, MailFacts{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := MailHTML(inLook(r, set), MailFacts{})
			if diff := cmp.Diff(got, want); diff != "" || err != nil {
				t.Errorf("%s: the mail is another, %v:\n%s", test.name, err, diff)
			}
			var page strings.Builder
			if err := Page(&page, inLook(r, set)); err != nil || !strings.Contains(page.String(), `id="details"`) {
				t.Errorf("%s: the page: %v", test.name, err)
			}
			if _, err := MailText(inLook(r, set), MailFacts{}); err != nil {
				t.Error(err)
			}
			n := sampleNotices[0]
			n.Look = set
			if _, text, err := n.Mail(); err != nil || !strings.Contains(text, "alice@example.org") {
				t.Errorf("%s: the notice is %q, %v", test.name, text, err)
			}
		}
	}
	if set := example(t); Proven(set) != set {
		t.Error("a set without whole files is another one after it was tried")
	}
}
