package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// grant is a recipient with what it is given.
type grant struct {
	settings
	address string
	at      *token.Token // where the address stands
}

// settings is what a group, or an entry of a report's recipients, says of what its members get. What it does not say is zero.
type settings struct {
	domains    []string // sorted; empty: all
	pseudonyms bool
	form       formSettings
}

// formSettings is what is said of a Form.
type formSettings struct {
	language, page            string
	workbook, csv, json, csv2 *bool
}

// keys gives the keys of a form.
func (f *formSettings) keys(r *reader) []key {
	yes := func(to **bool) func(value) {
		return func(v value) {
			*to = new(bool)
			r.boolean(v, *to)
		}
	}
	return []key{
		{"language", choice(r, &f.language, r.known.Languages...), ""},
		{"attach_page", choice(r, &f.page, "zip", "html", "none"), ""},
		{"attach_workbook", yes(&f.workbook), ""},
		{"attach_csv", yes(&f.csv), ""},
		{"attach_json", yes(&f.json), ""},
		{"attach_microsoft_csv", yes(&f.csv2), ""},
	}
}

// over gives what f says, and what only the other says.
func (f formSettings) over(other formSettings) formSettings {
	if f.language == "" {
		f.language = other.language
	}
	if f.page == "" {
		f.page = other.page
	}
	for _, b := range []struct{ to, from **bool }{{&f.workbook, &other.workbook}, {&f.csv, &other.csv}, {&f.json, &other.json}, {&f.csv2, &other.csv2}} {
		if *b.to == nil {
			*b.to = *b.from
		}
	}
	return f
}

// apply makes a form what is said of it.
func (f formSettings) apply(form *Form) {
	if f.language != "" {
		form.Language = f.language
	}
	if f.page != "" {
		form.AttachPage = f.page
	}
	for _, b := range []struct {
		to   *bool
		from *bool
	}{{&form.AttachWorkbook, f.workbook}, {&form.AttachCSV, f.csv}, {&form.AttachJSON, f.json}, {&form.AttachMS, f.csv2}} {
		if b.from != nil {
			*b.to = *b.from
		}
	}
}

// recipientReader reads groups of recipients, each once, whatever their order in the file.
type recipientReader struct {
	*reader
	groups map[string]value
	names  []string // of the groups, in the file's order
	grants map[string][]grant
	open   []string // groups that are being read, each a member of the one before
	secret bool     // there is a key of pseudonyms
}

// newRecipientReader prepares the section recipients: name: [member, ...], or with settings.
func newRecipientReader(r *reader, v value, hasKey bool) *recipientReader {
	g := &recipientReader{reader: r, groups: map[string]value{}, grants: map[string][]grant{}, secret: hasKey}
	for _, entry := range r.entries(v) {
		name := entry.at.Value
		if _, err := parseName(name); err != nil {
			r.fault(entry.at, entry.key, err.Error())
		}
		g.groups[name] = entry
		g.names = append(g.names, name)
	}
	return g
}

// group gives the members of a group.
func (g *recipientReader) group(name string) []grant {
	if grants, known := g.grants[name]; known {
		return grants
	}
	g.open = append(g.open, name)
	if v := g.groups[name]; v.node != nil {
		g.grants[name] = g.members(v)
	} else {
		g.grants[name] = nil
		g.fault(v.at, v.key, "must hold at least one address, is empty")
	}
	g.open = g.open[:len(g.open)-1]
	return g.grants[name]
}

// members gives who a list of addresses and groups stands for, or one with settings.
func (g *recipientReader) members(v value) (all []grant) {
	if _, isMapping := v.node.(ast.MapNode); isMapping {
		return g.withSettings(v)
	}
	if _, isList := v.node.(*ast.SequenceNode); !isList {
		g.wrong(v, "must be a list of addresses and groups ([one, two]), or have members")
		return nil
	}
	for _, item := range g.items(v) {
		all = append(all, g.member(item)...)
	}
	return all
}

// withSettings reads members with what they get. Of domains they get what is allowed here and by their own group; of the rest, what is said here goes first.
func (g *recipientReader) withSettings(v value) []grant {
	var s settings
	var members value
	g.mapping(v, "recipients.*", append([]key{
		{"members", func(v value) { members = v }, "must list addresses and groups"},
		{"domains", func(v value) { s.domains = union(nil, readList(g.reader, v, parseDomain)) }, ""},
		{"pseudonyms", func(v value) {
			if g.boolean(v, &s.pseudonyms); s.pseudonyms && !g.secret {
				g.fault(v.place(), v.key, "needs pseudonyms.key_file, which is missing")
			}
		}, ""},
	}, s.form.keys(g.reader)...))
	if members.node == nil {
		return nil
	}
	all := slices.Clone(g.members(members))
	for i := range all {
		one := &all[i]
		domains := meet(s.domains, one.domains)
		if len(domains) == 0 && len(s.domains) > 0 {
			g.fault(v.place(), v.key, fmt.Sprintf("must leave %s something to see: its own group gives it %s, and this %s", one.address, strings.Join(one.domains, ", "), strings.Join(s.domains, ", ")))
		}
		one.settings = settings{domains, s.pseudonyms || one.pseudonyms, s.form.over(one.form)}
	}
	return all
}

// member gives who an address, a group, or a list with settings stands for.
func (g *recipientReader) member(v value) []grant {
	if _, isMapping := v.node.(ast.MapNode); isMapping {
		return g.withSettings(v)
	}
	text, ok := g.text(v)
	if !ok {
		return nil
	}
	if _, isGroup := g.groups[text]; isGroup {
		if i := slices.Index(g.open, text); i >= 0 {
			g.wrong(v, "must not hold the group that it is in ("+strings.Join(append(g.open[i:], text), " > ")+")")
			return nil
		}
		return g.group(text)
	}
	address, err := parseAddress(text)
	if err != nil {
		rule := "must be an address or a group under recipients"
		if near := nearest(text, g.names); near != "" {
			rule += " (did you mean " + near + "?)"
		}
		g.wrong(v, rule)
		return nil
	}
	return []grant{{address: alone(address), at: v.place()}}
}

// addresses gives the addresses of grants, each mailbox once.
func addresses(grants []grant) (all []string) {
	for _, g := range grants {
		all = withAddress(all, g.address)
	}
	return all
}

// withAddress adds an address to a list that does not have its mailbox.
func withAddress(all []string, address string) []string {
	if box := mailbox(address); slices.ContainsFunc(all, func(other string) bool { return mailbox(other) == box }) {
		return all
	}
	return append(all, address)
}

// Addresses gives the addresses that names stand for, groups of the configuration or addresses, each mailbox once and in order, spelled as it came first.
func (c *Config) Addresses(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		addresses, isGroup := c.Recipients[name]
		if !isGroup {
			address, err := parseAddress(name)
			if err != nil {
				return nil, fmt.Errorf("recipient must be an address or a group of the configuration, is %q", name)
			}
			addresses = []string{alone(address)}
		}
		for _, address := range addresses {
			all = withAddress(all, address)
		}
	}
	return all, nil
}

// Domains gives sender domains as counts have them, folded.
func Domains(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		domain, err := parseDomain(name)
		if err != nil {
			return nil, fmt.Errorf("domain %w, is %q", err, name)
		}
		if !slices.Contains(all, domain) {
			all = append(all, domain)
		}
	}
	return all, nil
}

// CheckOneOff gives an error if name cannot be that of a report that is not configured: it becomes part of the mail's subject.
func CheckOneOff(name string) error {
	if n := len([]rune(name)); n == 0 || n > 64 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("must be one line of 1 to 64 characters")
	}
	return nil
}
