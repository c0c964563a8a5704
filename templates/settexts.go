package templates

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// readTexts takes the texts that a file of the folder has in the place of those built in.
func (s *Set) readTexts(name, tag string, source []byte) {
	built, err := OpenCatalogue(tag)
	if err != nil {
		s.fault(name, 0, "", err.Error())
		return
	}
	all, err := leaves(source)
	if syntax := new(syntaxError); errors.As(err, &syntax) {
		s.fault(name, syntax.line, "", syntax.problem)
		return
	}
	c := &Catalogue{Tag: built.Tag, texts: maps.Clone(built.texts)}
	for _, l := range all {
		if err := c.replace(built, l); err != nil {
			s.fault(name, l.line, l.key, err.Error())
			continue
		}
		s.replaced++
	}
	s.catalogues[tag] = c
}

// replace takes one text, or one form of one that goes by a number.
func (c *Catalogue) replace(built *Catalogue, l leaf) error {
	key, category := l.key, "other"
	if !built.Has(key) {
		if dot := strings.LastIndexByte(key, '.'); dot >= 0 && slices.Contains(slices.Collect(maps.Values(pluralForms)), key[dot+1:]) {
			key, category = key[:dot], key[dot+1:]
		}
	}
	old, has := built.texts[key]
	switch {
	case !has:
		return errors.New("there is no such text; authreport templates languages/" + c.Tag.String() + ".yaml shows all of them")
	case !l.isText:
		return errors.New("must be a text; one that YAML takes for something else goes in quotes")
	case strings.HasPrefix(key, "form.") || key == "workbook.axis_days":
		return errors.New("is no text, and cannot be replaced")
	case strings.ContainsFunc(l.text, unicode.IsControl):
		return errors.New("must be one line")
	}
	f := parseForm(l.text)
	for i := 1; i < len(f); i += 2 {
		if known := old.Placeholders(); !slices.Contains(known, f[i]) {
			return fmt.Errorf("has {%s}, and there is nothing that stands for it; there are %s", f[i], strings.Join(append(known, "no others"), ", "))
		}
	}
	if err := c.mayBeTitle(key, l.text); err != nil {
		return err
	}
	forms := maps.Clone(c.texts[key].forms)
	forms[category] = f
	c.texts[key] = Text{forms}
	return nil
}

// mayBeTitle says what a workbook does not take as the name of a sheet or as a heading: spreadsheet programs would want to repair it.
func (c *Catalogue) mayBeTitle(key, text string) error {
	area, _, _ := strings.Cut(key, ".")
	if area != "sheet" && area != "column" {
		return nil
	}
	if area == "sheet" && (len(utf16.Encode([]rune(text))) > 25 || strings.ContainsAny(text, `[]:*?/\'`)) { // 31, with a number behind it
		return errors.New("must have at most 25 characters and none of []:*?/\\': it is the name of a sheet")
	}
	if strings.TrimSpace(text) == "" {
		return errors.New("must not be empty")
	}
	for other := range c.texts {
		if other != key && strings.HasPrefix(other, area+".") && strings.EqualFold(c.Text(other), text) && !strings.EqualFold(c.Text(other), c.Text(key)) {
			return fmt.Errorf("must differ from %s, is the same", other)
		}
	}
	return nil
}
