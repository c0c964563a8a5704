package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Catalogue is the texts of one language, as languages/<tag>.yaml has them. Nested keys are joined by dots: "mail.next". It is safe for concurrent use.
type Catalogue struct {
	Tag   language.Tag
	texts map[string]Text
}

// Text is a text with placeholders such as {n}. One that goes by a number has a form for each plural category of the language (CLDR), any other the form "other" alone.
type Text struct {
	forms map[string]form
}

// form is a text taken apart: literals and placeholders in turn, beginning with a literal, which may be empty.
type form []string

// pluralForms are the names of the categories, which no other key of a catalogue may have.
var pluralForms = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

// Languages gives the tags of the languages that there are, ascending.
func Languages() []string {
	files, _ := fs.Glob(FS, "languages/*.yaml") // the pattern is right
	for i, name := range files {
		files[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return files
}

// opened is the catalogues that were read, by tag: what is built in never changes, and reading one takes milliseconds.
var opened sync.Map

// OpenCatalogue gives the catalogue of a language, by its tag (RFC 5646) as Languages gives it. An error names the file, and the line where YAML tells it.
func OpenCatalogue(tag string) (*Catalogue, error) {
	if c, done := opened.Load(tag); done {
		return c.(*Catalogue), nil
	}
	file := "languages/" + tag + ".yaml"
	source, err := fs.ReadFile(FS, file)
	if err != nil {
		return nil, fmt.Errorf("there is no language %q: there are %s", tag, strings.Join(Languages(), ", "))
	}
	c, err := parseCatalogue(file, tag, source)
	if err != nil {
		return nil, err
	}
	opened.Store(tag, c)
	return c, nil
}

func parseCatalogue(file, tag string, source []byte) (*Catalogue, error) {
	c := &Catalogue{texts: map[string]Text{}}
	var err error
	if c.Tag, err = language.Parse(tag); err != nil {
		return nil, fmt.Errorf("%s: its name must be a language: %w", file, err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(source, &tree); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := c.add("", tree); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// add takes the texts of a part of the file.
func (c *Catalogue) add(area string, tree map[string]any) error {
	for name, node := range tree {
		key := strings.TrimPrefix(area+"."+name, ".")
		switch node := node.(type) {
		case string:
			c.texts[key] = Text{map[string]form{"other": parseForm(node)}}
		case map[string]any:
			if _, counts := node["other"]; !counts {
				if err := c.add(key, node); err != nil {
					return err
				}
				continue
			}
			text, err := parseForms(node)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			c.texts[key] = text
		default:
			return fmt.Errorf("%s: must be a text, or texts by plural category; a text that YAML takes for something else goes in quotes", key)
		}
	}
	return nil
}

func parseForms(node map[string]any) (Text, error) {
	t := Text{map[string]form{}}
	for name, text := range node {
		text, isText := text.(string)
		if !isText || !slices.Contains(slices.Collect(maps.Values(pluralForms)), name) {
			return t, errors.New("must have texts for zero, one, two, few, many and other alone, as the language needs them")
		}
		t.forms[name] = parseForm(text)
	}
	return t, nil
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

func parseForm(text string) form {
	var f form
	for {
		at := placeholder.FindStringSubmatchIndex(text)
		if at == nil {
			return append(f, text)
		}
		f = append(f, text[:at[0]], text[at[2]:at[3]])
		text = text[at[1]:]
	}
}

// Keys gives the keys of all texts, ascending.
func (c *Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts)) }

// Has says whether there is a text with that key.
func (c *Catalogue) Has(key string) bool {
	_, has := c.texts[key]
	return has
}

// Text fills a text: values are the names of placeholders and what stands for each in turn. What a value holds is never taken for a placeholder, and one without a
// value stays as it is. Of a text that goes by a number this is the form "other". A key that there is no text for is given back itself.
func (c *Catalogue) Text(key string, values ...string) string {
	return c.fill(key, "other", values)
}

// Plural is Text for the number n, which the text goes by.
func (c *Catalogue) Plural(key string, n int64, values ...string) string {
	const enough = 10_000_000 // of a large number the rules want so many (plural.Rules.MatchPlural)
	if n < 0 {
		n = -n
	}
	if n >= enough {
		n = enough + n%enough
	}
	return c.fill(key, pluralForms[plural.Cardinal.MatchPlural(c.Tag, int(n), 0, 0, 0, 0)], values)
}

func (c *Catalogue) fill(key, category string, values []string) string {
	text, has := c.texts[key]
	if !has {
		return key
	}
	f, has := text.forms[category]
	if !has {
		f = text.forms["other"]
	}
	if len(f) == 1 {
		return f[0]
	}
	var b strings.Builder
	for i, part := range f {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		value := "{" + part + "}"
		for j := 0; j+1 < len(values); j += 2 {
			if values[j] == part {
				value = values[j+1]
			}
		}
		b.WriteString(value)
	}
	return b.String()
}

// Part gives the texts whose keys begin with area and a dot, by what follows it: for the page's script.
func (c *Catalogue) Part(area string) map[string]Text {
	part := map[string]Text{}
	for key, text := range c.texts {
		if name, within := strings.CutPrefix(key, area+"."); within {
			part[name] = text
		}
	}
	return part
}

// Placeholders gives the names of a text's placeholders, ascending, each once, whatever the form that it is in.
func (t Text) Placeholders() []string {
	names := map[string]bool{}
	for _, f := range t.forms {
		for i := 1; i < len(f); i += 2 {
			names[f[i]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Forms gives the text's forms by plural category, placeholders in braces.
func (t Text) Forms() map[string]string {
	forms := map[string]string{}
	for name, f := range t.forms {
		var b strings.Builder
		for i, part := range f {
			if i%2 == 1 {
				part = "{" + part + "}"
			}
			b.WriteString(part)
		}
		forms[name] = b.String()
	}
	return forms
}

// MarshalJSON gives a text as a string, one that goes by a number as an object of its forms.
func (t Text) MarshalJSON() ([]byte, error) {
	forms := t.Forms()
	if len(forms) == 1 {
		return json.Marshal(forms["other"])
	}
	return json.Marshal(forms)
}
