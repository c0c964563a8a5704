package templates

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// catalogues opens every language.
func catalogues(t *testing.T) map[string]*Catalogue {
	t.Helper()
	all := map[string]*Catalogue{}
	for _, tag := range Languages() {
		c, err := OpenCatalogue(tag)
		if err != nil {
			t.Fatal(err)
		}
		all[tag] = c
	}
	if all["en"] == nil || all["nl"] == nil {
		t.Fatalf("languages are %v", Languages())
	}
	return all
}

// TestCataloguesAreComplete holds that every language has the texts of English, no more and no fewer, each with the same placeholders and with every plural form
// that the language has.
func TestCataloguesAreComplete(t *testing.T) {
	all := catalogues(t)
	en := all["en"]
	for tag, c := range all {
		for _, key := range c.Keys() {
			if !en.Has(key) {
				t.Errorf("%s: %s is no text of English", tag, key)
			}
		}
		for _, key := range en.Keys() {
			text, same := c.texts[key], strings.HasPrefix(key, "form.") // days are written with what a language needs
			if !c.Has(key) {
				t.Errorf("%s: %s is missing", tag, key)
				continue
			}
			if got, want := text.Placeholders(), en.texts[key].Placeholders(); !same && !slices.Equal(got, want) {
				t.Errorf("%s: %s has the placeholders %v, in English %v", tag, key, got, want)
			}
			if got, want := len(text.forms) > 1, len(en.texts[key].forms) > 1; got != want {
				t.Errorf("%s: %s goes by a number: %v, in English: %v", tag, key, got, want)
			}
			for category, form := range text.Forms() {
				if strings.TrimSpace(form) == "" || strings.Contains(form, "\n") {
					t.Errorf("%s: %s is empty or has several lines", tag, key)
				}
				if len(text.forms) > 1 && !slices.Contains(categories(c.Tag), category) {
					t.Errorf("%s: %s has the form %s, which the language has not", tag, key, category)
				}
			}
			if len(text.forms) > 1 && len(text.forms) != len(categories(c.Tag)) {
				t.Errorf("%s: %s has %d forms, want %v", tag, key, len(text.forms), categories(c.Tag))
			}
		}
	}
}

// categories are the plural categories that whole numbers of a language have.
func categories(tag language.Tag) []string {
	found := map[string]bool{}
	for n := range 1000 {
		found[pluralForms[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// How code, templates and script name texts. A key that code puts together ends in a dot, or in what comes next.
var (
	goKeys   = regexp.MustCompile(`\b(?:text|plural|Has|counted|day|head|sheetName|addTable|addList|addRanked)\((?:b, )?"([A-Za-z0-9_.-]+)"`)
	goWords  = regexp.MustCompile(`"([a-z][a-z0-9_.-]*)"`)
	htmlKeys = regexp.MustCompile(`\btext "([A-Za-z0-9_.-]+)"`)
	jsWords  = regexp.MustCompile("[\"`]([a-z][a-z0-9_.]*)(?:\\$\\{[^}]*\\})?[\"`]")
)

// tables is what areas the keys in tables of a file are of: the code puts them before the keys.
var tables = map[string][]string{
	"charts.go": {"chart.", "chart.series.", "count."}, "columns.go": {"column."}, "mailmodel.go": {"count."}, "mailrows.go": {"mail.", "count."}, "quality.go": {"quality."},
	"reduced.go": {"reduced."}, "verdict.go": {"verdict."}, "workbook.go": {"sheet."}, "workbooksummary.go": {"column."}, "pageaccounts.go": {"column."},
}

// sources gives the source files of the program that speak to readers, by name.
func sources(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	all := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// TestKeysAreUsedAndKnown holds that code, templates and script name no text that there is not, and that there is no text that none of them names.
func TestKeysAreUsedAndKnown(t *testing.T) {
	en := catalogues(t)["en"]
	used := map[string]bool{}
	use := func(file, key string, areas ...string) {
		for _, area := range areas {
			if en.Has(area + key) {
				used[area+key] = true
				return
			}
		}
		t.Errorf("%s names the text %s, which there is not", file, key)
	}
	mayUse := func(key string, areas ...string) {
		for _, area := range areas {
			if en.Has(area + key) {
				used[area+key] = true
			}
		}
	}
	for file, text := range sources(t, "../render/*.go") {
		for _, m := range goKeys.FindAllStringSubmatch(text, -1) {
			if !strings.HasSuffix(m[1], ".") { // else it is put together
				use(file, m[1], "", "count.", "form.", "sheet.", "column.")
			}
		}
		for _, m := range goWords.FindAllStringSubmatch(text, -1) { // keys in tables, whose area the code puts before them
			mayUse(m[1], append([]string{""}, tables[filepath.Base(file)]...)...)
		}
	}
	for _, pattern := range []string{"mail/*.tmpl", "page/*.tmpl"} {
		for file, text := range sources(t, pattern) {
			for _, m := range htmlKeys.FindAllStringSubmatch(text, -1) {
				use(file, m[1], "")
			}
		}
	}
	for _, text := range sources(t, "page/*.js") {
		for _, m := range jsWords.FindAllStringSubmatch(text, -1) {
			mayUse(m[1], "", "page.script.", "form.", "count.", "trend.")
		}
	}
	for _, name := range regexp.MustCompile(`word\(["]([a-z_.]+)["]`).FindAllStringSubmatch(script(t), -1) {
		use("page/*.js", name[1], "", "page.script.")
	}
	for _, key := range en.Keys() {
		area, _, _ := strings.Cut(key, ".")
		// These are told by what a report or the log has: render's tests go through all of them.
		told := slices.Contains([]string{"gap", "unusual", "dependence", "late", "notice", "trend"}, area) || strings.HasPrefix(key, "page.script.nothing_found_")
		if !used[key] && !told {
			t.Errorf("nothing names the text %s", key)
		}
	}
}

func script(t *testing.T) string {
	t.Helper()
	text, err := PageScript()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestCatalogueFaults holds that a catalogue that cannot be right is refused, with its name and the key.
func TestCatalogueFaults(t *testing.T) {
	if _, err := OpenCatalogue("xx"); err == nil || !strings.Contains(err.Error(), "there are en, nl") {
		t.Errorf("a language that there is not: %v", err)
	}
	for source, want := range map[string]string{
		"a: 1\n":                              "a: must be a text",
		"a: {b: [x]}\n":                       "a.b: must be a text",
		"a: {other: x, several: y}\n":         "a: must have texts for zero",
		"a: {other: 3}\n":                     "a: must have texts for zero",
		"a: {one: \"{n} x\", other: \"x\"}\n": "",
	} {
		_, err := parseCatalogue("languages/nl.yaml", "nl", []byte(source))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q gives %v, want %s", source, err, want)
		}
	}
}

// TestText holds that texts are filled in once, in the form that the number asks for.
func TestText(t *testing.T) {
	c, err := parseCatalogue("x.yaml", "nl", []byte("a: \"{x} en {y}, {z}\"\nb: {one: \"{n} dag\", other: \"{n} dagen\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		c.Text("a", "x", "{y}", "y", "{x}"): "{y} en {x}, {z}",
		c.Plural("b", 1, "n", "1"):          "1 dag",
		c.Plural("b", 0, "n", "0"):          "0 dagen",
		c.Plural("b", 1<<40, "n", "veel"):   "veel dagen",
		c.Text("nowhere"):                   "nowhere",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestEveryFileIsALanguage: what lies in the folder can be read.
func TestEveryFileIsALanguage(t *testing.T) {
	entries, err := fs.ReadDir(FS, "languages")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(Languages()) {
		t.Errorf("%d files, languages %v", len(entries), Languages())
	}
}
