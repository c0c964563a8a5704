package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Set is the templates with what a folder has in the place of what is built in: brand.yaml, texts of languages/TAG.yaml, and whole files of mail/ and page/. What is
// broken in the folder is left out, and told in Faults. A nil Set is what is built in. It does not change, and is safe for concurrent use.
type Set struct {
	Dir    string // absolute
	Brand  Brand
	Faults []Fault // by file, in the order of their lines

	files      map[string][]byte     // in the place of FS's, by name
	catalogues map[string]*Catalogue // with texts of the folder, by tag
	replaced   int                   // texts
}

// Fault is something in a folder that cannot be used; what is built in is, in its place.
type Fault struct {
	File    string // absolute
	Line    int    // from 1; 0: of the whole file
	Key     string // dotted; empty: of no key
	Problem string // the rule that is broken
}

// String is "FILE:LINE: KEY: PROBLEM".
func (f Fault) String() string {
	text := f.File
	if f.Line > 0 {
		text += fmt.Sprintf(":%d", f.Line)
	}
	if f.Key != "" {
		text += ": " + f.Key
	}
	return text + ": " + f.Problem
}

// replaceable is the files that a folder may have in the place of those built in.
var replaceable = []string{"mail/mail.html.tmpl", "mail/mail.txt.tmpl", "mail/notice.txt.tmpl", "page/page.css", "page/page.html.tmpl"}

// Replaceable gives the names of the files that a folder may have whole, ascending.
func Replaceable() []string { return slices.Clone(replaceable) }

// mostFile is how many bytes a file of the folder has at most.
const mostFile = 1 << 20

// OpenSet reads a folder; an empty path gives nil.
func OpenSet(dir string) *Set {
	if dir == "" {
		return nil
	}
	s := &Set{Dir: dir, files: map[string][]byte{}, catalogues: map[string]*Catalogue{}}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		if err == nil {
			err = errors.New("is no folder")
		}
		s.fault("", 0, "", "nothing of it can be used: "+reason(err))
		return s
	}
	names, err := s.names()
	if err != nil {
		s.fault("", 0, "", "not all of it can be used: "+reason(err))
	}
	var logo string
	for _, name := range names {
		if path.Dir(name) == "." && name != "brand.yaml" { // the logo, or no business of ours
			continue
		}
		tag, isLanguage := strings.CutSuffix(strings.TrimPrefix(name, "languages/"), ".yaml")
		source, err := s.read(name, mostFile)
		switch {
		case err != nil:
			s.fault(name, 0, "", reason(err))
		case name == "brand.yaml":
			logo = s.readBrand(name, source)
		case slices.Contains(replaceable, name):
			s.files[name] = source
		case path.Dir(name) == "languages" && isLanguage:
			s.readTexts(name, tag, source)
		}
	}
	for _, name := range names {
		switch {
		case name == "brand.yaml", name == logo, slices.Contains(replaceable, name), path.Dir(name) == "languages":
		case path.Dir(name) != ".":
			s.fault(name, 0, "", "is no file that can be replaced; those are "+strings.Join(replaceable, ", "))
		}
	}
	return s
}

// names gives the files in the folder and in the folders that it may have, with slashes, ascending. Hidden ones and those of editors are passed over, and files of other kinds beside brand.yaml.
func (s *Set) names() (names []string, err error) {
	err = fs.WalkDir(os.DirFS(s.Dir), ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~"):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			if !slices.Contains([]string{"languages", "mail", "page"}, name) {
				return fs.SkipDir
			}
			return nil
		}
		names = append(names, name)
		return nil
	})
	return names, err
}

// read reads a file of the folder.
func (s *Set) read(name string, most int64) ([]byte, error) {
	file := filepath.Join(s.Dir, filepath.FromSlash(name))
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("must be a file")
	case info.Size() > most:
		return nil, fmt.Errorf("must have at most %d kB, has %d", most>>10, (info.Size()+1023)>>10)
	}
	text, err := os.ReadFile(file)
	return bytes.TrimPrefix(text, []byte("\ufeff")), err
}

// reason is an error without the path that its fault names already.
func reason(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}

func (s *Set) fault(name string, line int, key, problem string) {
	s.Faults = append(s.Faults, Fault{filepath.Join(s.Dir, filepath.FromSlash(name)), line, key, problem})
}

// Without gives the set without one of its whole files, which is broken, with its fault: what is built in stands in its place.
func (s *Set) Without(name string, line int, problem string) *Set {
	left := *s
	left.Faults = slices.Clone(s.Faults)
	left.fault(name, line, "", problem)
	left.files = map[string][]byte{}
	for other, text := range s.files {
		if other != name {
			left.files[other] = text
		}
	}
	return &left
}

// ReadFile gives a file by its name in FS, the folder's if it has it.
func (s *Set) ReadFile(name string) ([]byte, error) {
	if s != nil {
		if text, replaced := s.files[name]; replaced {
			return text, nil
		}
	}
	return fs.ReadFile(FS, name)
}

// Replaced gives the names of the whole files that the folder has, ascending.
func (s *Set) Replaced() (names []string) {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(Replaceable(), func(name string) bool { _, replaced := s.files[name]; return !replaced })
}

// Catalogue gives the catalogue of a language by its tag, with the texts that the folder has in the place of those built in.
func (s *Set) Catalogue(tag string) (*Catalogue, error) {
	if s != nil && s.catalogues[tag] != nil {
		return s.catalogues[tag], nil
	}
	return OpenCatalogue(tag)
}

// Look gives the brand; the zero one for a nil Set.
func (s *Set) Look() Brand {
	if s == nil {
		return Brand{}
	}
	return s.Brand
}

// Words says what the folder replaces: "logo, colours, 3 texts, mail/mail.html.tmpl"; "nothing".
func (s *Set) Words() string {
	var parts []string
	if s.Brand.Logo != nil {
		parts = append(parts, "logo")
	}
	if s.Brand.Footer != "" {
		parts = append(parts, "footer")
	}
	if b := s.Brand; b.Light.Colour != "" || b.Dark.Colour != "" || len(b.Domains) > 0 || b.TLS != [7]string{} {
		parts = append(parts, "colours")
	}
	if s.replaced == 1 {
		parts = append(parts, "1 text")
	} else if s.replaced > 1 {
		parts = append(parts, fmt.Sprint(s.replaced, " texts"))
	}
	parts = append(parts, s.Replaced()...)
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
