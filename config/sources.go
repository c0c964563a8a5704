package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Formats whose keys differ from the others'.
const (
	autoFormat = "auto" // of sources that name none
	postfix    = "postfix"
	exchange   = "exchange"
	report     = "smtpcsreport"
	csv        = "csv"
	jsonl      = "jsonl"
)

// columnNames is what a column of a table can hold. maillog.TableColumns has the same.
var columnNames = []string{"time", "account", "sender", "client_ip", "tls", "cipher", "mechanism", "messages", "recipients", "server"}

func readSources(r *reader, v value, zone *time.Location) []Source {
	if v.node == nil {
		return nil
	}
	var sources []Source
	names := map[string]bool{}
	for _, item := range r.items(v) {
		s := readSource(r, item, zone, func(name string) bool {
			taken := names[name]
			names[name] = name != ""
			return taken
		})
		sources = append(sources, s)
	}
	return sources
}

// readSource reads one source; taken says whether a name is another's.
func readSource(r *reader, v value, zone *time.Location, taken func(string) bool) Source {
	s := Source{}
	special := map[string]value{} // keys that not every format has
	part := func(name string) key {
		return key{name, func(v value) { special[name] = v }, ""}
	}
	format := key{"format", choice(r, &s.Format, r.known.Formats...), ""}
	if !slices.Contains(r.known.Formats, autoFormat) {
		format.must = "must be " + oneOf(r.known.Formats)
	}
	before := len(r.faults)
	r.mapping(v, "sources[]", []key{
		{"name", func(v value) {
			checked(r, &s.Name, parseName)(v)
			if taken(s.Name) {
				r.wrong(v, "must be a name that no other source has")
			}
		}, "must be a name of your choice, such as mx1"},
		format,
		part("paths"),
		part("journal"),
		{"timezone", checked(r, &s.Zone, parseZone), ""},
		{"default_domain", checked(r, &s.DefaultDomain, parseDomain), ""},
		part("services"),
		part("columns"),
		part("delimiter"),
		part("accepted"),
		part("failed"),
		part("no_tls"),
	})
	if _, isMapping := v.node.(ast.MapNode); !isMapping {
		return s
	}
	if s.Format == "" && len(r.faults) == before {
		s.Format = autoFormat
	}
	if s.OwnZone = s.Zone != nil; !s.OwnZone {
		s.Zone = zone
	}
	readPlaces(r, v, special, &s)
	if services, ok := special["services"]; ok && allowed(r, services, s.Format, postfix) {
		s.Services = map[string]string{}
		for _, entry := range r.entries(services) {
			kind := ""
			choice(r, &kind, "starttls", "implicit_tls")(entry)
			s.Services[entry.at.Value] = kind
		}
	}
	readTable(r, v, special, &s)
	return s
}

// allowed tells if v is a key of other formats than the source's.
func allowed(r *reader, v value, format string, formats ...string) bool {
	if format == "" || slices.Contains(formats, format) { // a wrong format has been told
		return true
	}
	kinds := "the format "
	if len(formats) > 1 {
		kinds = "the formats "
	}
	r.fault(v.at, v.key, "is for "+kinds+strings.Join(formats, " and "))
	return false
}

// readPlaces reads where the logs are: in files or in systemd's journal.
func readPlaces(r *reader, v value, special map[string]value, s *Source) {
	paths, hasPaths := special["paths"]
	journal, hasJournal := special["journal"]
	switch {
	case hasJournal && (s.Format == exchange || s.Format == report || s.Format == csv || s.Format == jsonl):
		r.fault(journal.at, journal.key, "is for servers that log to syslog, not for the format "+s.Format)
	case hasJournal:
		var units value
		r.mapping(journal, "sources[].journal", []key{
			{"units", func(v value) { units = v }, "must name the server's units, such as [postfix@-.service]"},
			{"directory", checked(r, &s.JournalDirectory, r.path), ""},
		})
		if units.node != nil {
			s.Journal = readList(r, units, parseUnit)
		}
		if hasPaths {
			r.fault(journal.at, journal.key, "must stand instead of paths, stands beside them")
		}
	case !hasPaths:
		r.fault(v.at, join(v.key, "paths"), "must name the log files, such as [/var/log/mail.log*], is missing (or journal, for systemd's)")
	}
	if hasPaths {
		s.Paths = readList(r, paths, r.pattern)
	}
}

var unitForm = regexp.MustCompile(`^[A-Za-z0-9_*?\[][A-Za-z0-9:_.\\@*?\[\]-]*$`)

// parseUnit takes a unit of systemd or a pattern of units (systemd.unit(5), journalctl(1)).
func parseUnit(text string) (string, error) {
	if len(text) > 255 || !unitForm.MatchString(text) {
		return "", errors.New("must be a unit of systemd such as postfix@-.service")
	}
	return text, nil
}

// readTable reads what the columns of a table hold, and what its rows mean.
func readTable(r *reader, v value, special map[string]value, s *Source) {
	columns, ok := special["columns"]
	switch {
	case ok && allowed(r, columns, s.Format, csv, jsonl):
		s.Columns = readColumns(r, columns, s.Format)
	case !ok && (s.Format == csv || s.Format == jsonl):
		r.fault(v.at, join(v.key, "columns"), "must say what the columns hold, at least time and account, is missing")
	}
	if delimiter, ok := special["delimiter"]; ok && allowed(r, delimiter, s.Format, csv) {
		s.Delimiter = readDelimiter(r, delimiter)
	}
	if rules, ok := special["accepted"]; ok && allowed(r, rules, s.Format, csv, jsonl) {
		s.Accepted = readRules(r, rules, s)
	}
	if rules, ok := special["failed"]; ok && allowed(r, rules, s.Format, csv, jsonl) {
		s.Failed = readRules(r, rules, s)
	}
	if words, ok := special["no_tls"]; ok && allowed(r, words, s.Format, csv, jsonl) {
		for _, item := range r.items(words) {
			if text, ok := r.raw(item); ok {
				s.NoTLS = append(s.NoTLS, text)
			}
		}
		if s.Columns != nil && s.Columns["tls"] == "" {
			r.fault(words.at, words.key, "must stand with a column for tls, has none")
		}
	}
}

// readColumns reads columns: names of the file's columns, or their numbers, by what they hold.
func readColumns(r *reader, v value, format string) map[string]string {
	columns := map[string]string{}
	keys := make([]key, len(columnNames))
	for i, name := range columnNames {
		keys[i] = key{name, func(v value) {
			if column, ok := r.column(v); ok {
				columns[name] = column
			}
		}, ""}
	}
	keys[0].must = "must name the column that has the time"
	keys[1].must = "must name the column that has the AUTH identity"
	r.mapping(v, "sources[].columns", keys)
	if format == csv {
		sameKind(r, v, columns)
	}
	return columns
}

// column reads the name of a column. A number may stand without quotes.
func (r *reader) column(v value) (string, bool) {
	if n, ok := v.node.(*ast.IntegerNode); ok {
		return n.GetToken().Value, true
	}
	return r.text(v)
}

// sameKind tells if some columns of a CSV file are numbers and some are names.
func sameKind(r *reader, v value, columns map[string]string) {
	numbers := 0
	for _, column := range columns {
		if isPlace(column) {
			numbers++
		}
	}
	if numbers > 0 && numbers < len(columns) {
		r.fault(v.at, v.key, fmt.Sprintf("must be the header's names, or numbers from 1 where there is no header; %d of %d are numbers", numbers, len(columns)))
	}
}

var placeForm = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)

func isPlace(column string) bool { return placeForm.MatchString(column) }

var delimiterForm = regexp.MustCompile("^[\t !#-&(-/:-@[-`{-~]$")

// readDelimiter reads what stands between two fields.
func readDelimiter(r *reader, v value) rune {
	text, ok := r.raw(v)
	if !ok {
		return 0
	}
	if text == "tab" || text == `\t` {
		text = "\t"
	}
	if !delimiterForm.MatchString(text) {
		r.wrong(v, `must be one ASCII character that is no letter, digit or quote, such as ";", or tab`)
		return 0
	}
	return rune(text[0])
}

// readRules reads which rows are meant: column: word, or column: [word, word].
func readRules(r *reader, v value, s *Source) map[string][]string {
	rules := map[string][]string{}
	before := len(r.faults)
	for _, entry := range r.entries(v) {
		column := entry.at.Value
		if time := s.Columns["time"]; s.Format == csv && time != "" && isPlace(time) != isPlace(column) {
			r.fault(entry.at, entry.key, "must be a column as columns names them: by number or by name, all alike")
		}
		items := []value{entry}
		if _, isList := entry.node.(*ast.SequenceNode); isList {
			items = r.items(entry)
		}
		for _, item := range items {
			if word, ok := r.word(item); ok {
				rules[column] = append(rules[column], word)
			}
		}
	}
	if len(rules) == 0 && len(r.faults) == before {
		r.fault(v.at, v.key, "must say what a column has in such rows (column: word), is empty")
	}
	return rules
}

// word reads what a column says. Numbers, true and false may stand without quotes.
func (r *reader) word(v value) (string, bool) {
	switch n := v.node.(type) {
	case *ast.IntegerNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return r.text(v)
}
