package templates

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder of templates.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// picture is a PNG of that size.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestExample holds that the example of the documentation has no faults, says what it does, and is quoted as it is.
func TestExample(t *testing.T) {
	s := OpenSet("../docs/branding")
	if len(s.Faults) > 0 {
		t.Fatalf("faults: %v", s.Faults)
	}
	if got, want := s.Words(), "logo, footer, colours, 3 texts"; got != want {
		t.Errorf("it replaces %s, want %s", got, want)
	}
	page, err := os.ReadFile("../docs/branding.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../docs/branding/brand.yaml")
	if _, settings, _ := strings.Cut(string(source), "\n"); err != nil || !strings.Contains(string(page), settings) {
		t.Errorf("the documentation quotes another brand.yaml, %v", err)
	}
	b := s.Look()
	if b.Logo.Width != 192 || b.Logo.Height != 48 || b.Logo.Type != "image/png" || b.Light.Colour != "#8a1c4a" || b.Dark.Colour != "#f0a3c0" || b.TLS[authreport.TLS12] != "#5a7fb8" {
		t.Errorf("the brand is %+v", b)
	}
	c, err := s.Catalogue("en")
	if err != nil || c.Text("verdict.well") != "Nothing to do" || c.Text("verdict.no_mail") != "No mail" {
		t.Errorf("texts are %q and %q, %v", c.Text("verdict.well"), c.Text("verdict.no_mail"), err)
	}
	if c, err := s.Catalogue("nl"); err != nil || c.Text("verdict.well") == "Nothing to do" {
		t.Errorf("another language: %v", err)
	}
}

// TestFaults holds that what is broken is told with file, line and key, and that all else is taken.
func TestFaults(t *testing.T) {
	dir := folder(t, map[string]string{
		"brand.yaml": `name: Example
footer: [a, b]
logo: ../etc/passwd
colours:
  accent: "#ffcc00"
  accent_dark: "#202020"
  domains: ["#336699", "#33669", "#fefefe"]
  tls: {TLS1.4: "#336699", TLS1.3: "#777777", TLS1.2: "#5a7fb8"}
  background: "#000000"
font: Comic Sans
`,
		"languages/en.yaml": `verdict:
  well: Fine
  nosuch: x
mail:
  why: "For {you}"
  next: "a\nb"
count:
  message: {one: "{n} mail", other: "{n} mails", twelve: "{n}"}
form:
  months: January
sheet:
  summary: "a sheet with a name that no workbook takes"
  tls: Sending volume
column:
  account: 12
`,
		"languages/xx.yaml":      "a: b",
		"languages/nl.yaml":      "verdict:\n\twell: x\n",
		"mail/mail.html.tmpl":    "{{.Title}}",
		"mail/other.tmpl":        "x",
		"page/.page.html.swp":    "x",
		"readme.txt":             "x",
		"mail/mail.html.tmpl~":   "x",
		"drafts/mail.html.tmpl":  "x",
		"page/page.css":          strings.Repeat("x", mostFile+1),
		"languages/.hidden.yaml": "x",
	})
	s := OpenSet(dir)
	var got []string
	for _, f := range s.Faults {
		text := strings.ReplaceAll(f.String(), dir+"/", "")
		got = append(got, text[:min(len(text), 78)])
	}
	want := []string{
		"brand.yaml:2: footer[0]: is no setting here; there are name, footer, logo, colou",
		"brand.yaml:2: footer[1]: is no setting here; there are name, footer, logo, colou",
		`brand.yaml:3: logo: must be a file in this folder, is "../etc/passwd"`,
		"brand.yaml:5: colours.accent: must have a contrast of at least 4.5:1 with #fffae6",
		"brand.yaml:6: colours.accent_dark: must have a contrast of at least 4.5:1 with #1",
		`brand.yaml:7: colours.domains[1]: must be a colour such as "#1f5cba", in quotes, `,
		"brand.yaml:7: colours.domains[2]: must have a contrast of at least 2.0:1 with #ff",
		"brand.yaml:8: colours.tls.TLS1.4: must be a TLS version such as TLS1.2, none or u",
		"brand.yaml:8: colours.tls.TLS1.3: must have a contrast of at least 4.5:1 with #ff",
		"brand.yaml:9: colours.background: is no setting here; there are name, footer, log",
		"brand.yaml:10: font: is no setting here; there are name, footer, logo, colours.ac",
		"languages/en.yaml:3: verdict.nosuch: there is no such text; authreport templates ",
		"languages/en.yaml:5: mail.why: has {you}, and there is nothing that stands for it",
		"languages/en.yaml:6: mail.next: must be one line",
		"languages/en.yaml:8: count.message.twelve: there is no such text; authreport temp",
		"languages/en.yaml:10: form.months: is no text, and cannot be replaced",
		"languages/en.yaml:12: sheet.summary: must have at most 25 characters and none of ",
		"languages/en.yaml:13: sheet.tls: must differ from sheet.volume, is the same",
		"languages/en.yaml:15: column.account: must be a text; one that YAML takes for som",
		"languages/nl.yaml:2: is not YAML: found character '\t' that cannot start any toke",
		`languages/xx.yaml: there is no language "xx": there are en, nl`,
		"page/page.css: must have at most 1024 kB, has 1025",
		"mail/other.tmpl: is no file that can be replaced; those are mail/mail.html.tmpl, ",
	}
	for i := range want {
		want[i] = want[i][:min(len(want[i]), 78)]
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("faults, and those that should be:\n%s", diff)
	}
	b := s.Look()
	if b.Name != "Example" || b.Light.Colour != "" || b.Domains[0] != "#336699" || b.TLS[authreport.TLS12] != "#5a7fb8" || b.TLS[authreport.TLS13] != "" {
		t.Errorf("what is left of the brand is %+v", b)
	}
	en, err := s.Catalogue("en")
	if err != nil || en.Text("verdict.well") != "Fine" || en.Plural("count.message", 2, "n", "2") != "2 mails" {
		t.Errorf("what is left of the texts: %q, %q, %v", en.Text("verdict.well"), en.Plural("count.message", 2, "n", "2"), err)
	}
	if names := s.Replaced(); len(names) != 1 || names[0] != "mail/mail.html.tmpl" {
		t.Errorf("whole files: %v", names)
	}
	if built, err := OpenCatalogue("en"); err != nil || built.Text("verdict.well") == "Fine" {
		t.Error("the built-in texts were changed")
	}
}

// TestBrokenFolder holds that a folder that is not there, a syntax error and a picture that is none leave what is built in.
func TestBrokenFolder(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"syntax", map[string]string{"brand.yaml": "name: x\ncolours: {accent\n"}, "brand.yaml:2: is not YAML"},
		{"twice", map[string]string{"brand.yaml": "name: x\nname: y\n"}, "brand.yaml:2: is not YAML"},
		{"svg", map[string]string{"brand.yaml": "logo: logo.svg", "logo.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`}, "brand.yaml:1: logo: logo.svg: must be a PNG, JPEG or GIF picture"},
		{"cut off", map[string]string{"brand.yaml": "logo: logo.png", "logo.png": picture(t, 100, 100)[:80]}, "brand.yaml:1: logo: logo.png: must be a PNG, JPEG or GIF picture"},
		{"too wide", map[string]string{"brand.yaml": "logo: logo.png", "logo.png": picture(t, 2001, 1)}, "brand.yaml:1: logo: logo.png: must have at most 2000 by 2000 pixels, has 2001 by 1"},
		{"too wide to be decoded", map[string]string{"brand.yaml": "logo: logo.png", "logo.png": picture(t, 2001, 2001)[:80]}, "brand.yaml:1: logo: logo.png: must have at most 2000 by 2000 pixels"},
		{"too large", map[string]string{"brand.yaml": "logo: logo.png", "logo.png": strings.Repeat("x", mostFile+1)}, "brand.yaml:1: logo: logo.png: must have at most 100 kB"},
		{"missing", map[string]string{"brand.yaml": "logo: logo.png"}, "brand.yaml:1: logo: logo.png: no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := OpenSet(folder(t, test.files))
			if got := fmt.Sprint(s.Faults); !strings.Contains(got, test.want) {
				t.Errorf("faults are %s, want %s", got, test.want)
			}
			if s.Look().Logo != nil {
				t.Error("there is a logo")
			}
			if len(s.Faults) != 1 {
				t.Errorf("told are %v, want one fault", s.Faults)
			}
		})
	}
	if s := OpenSet("/no/such/folder"); len(s.Faults) != 1 || s.Words() != "nothing" {
		t.Errorf("a folder that is not there: %v, %s", s.Faults, s.Words())
	}
	if OpenSet("") != nil {
		t.Error("no folder gives a set")
	}
	var none *Set
	if text, err := none.ReadFile("page/page.css"); err != nil || len(text) == 0 || none.Replaced() != nil || none.Look().Name != "" {
		t.Error("no set is not what is built in")
	}
}

// TestAccents holds that whatever accent is taken can be read wherever it stands, and that the dark one made from it can, too.
func TestAccents(t *testing.T) {
	taken, made := 0, 0
	for r := 0; r < 256; r += 17 {
		for g := 0; g < 256; g += 17 {
			for b := 0; b < 256; b += 17 {
				a, err := lightAccent(fmt.Sprintf("#%02x%02x%02x", r, g, b))
				if err != nil {
					continue
				}
				taken++
				for _, pair := range [][2]string{{a.Colour, "#ffffff"}, {a.Colour, a.Soft}, {"#1b2430", a.Soft}, {"#566070", a.Soft}} {
					if Contrast(pair[0], pair[1]) < 4.5 {
						t.Fatalf("%v has %.2f on %s", a, Contrast(pair[0], pair[1]), pair[1])
					}
				}
				if dark, ok := lightened(a.Colour); ok {
					made++
					if Contrast(dark.Colour, "#1a212b") < 4.5 || Contrast(dark.Colour, dark.Soft) < 4.5 {
						t.Fatalf("the dark accent of %v is %v", a, dark)
					}
				}
			}
		}
	}
	if taken < 500 || made != taken {
		t.Errorf("%d accents are taken, %d have a dark one", taken, made)
	}
	for _, c := range []string{"#1f5cba", "#1F5CBA"} {
		if colour, err := parseColour(c); err != nil || colour != "#1f5cba" {
			t.Errorf("%s is %s, %v", c, colour, err)
		}
	}
	if got := Contrast("#000000", "#ffffff"); got != 21 {
		t.Errorf("black on white has a contrast of %v", got)
	}
}
