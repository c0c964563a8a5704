package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"authreport/pseudonym"
	"authreport/schedule"
)

// readConfig reads the whole file. Its parts are read in the order in which they need each other, whatever their order in the file.
func readConfig(r *reader, root value, c *Config) {
	parts := map[string]value{}
	weekStarts := "monday"
	c.Language = defaultLanguage
	part := func(name, must string) key {
		return key{name, func(v value) { parts[name] = v }, must}
	}
	r.mapping(root, "", []key{
		{"timezone", checked(r, &c.Zone, parseZone), "must be the time zone whose days are counted, such as Europe/Amsterdam"},
		{"language", choice(r, &c.Language, r.known.Languages...), ""},
		{"week_starts", choice(r, &weekStarts, "monday", "sunday", "saturday"), ""},
		part("retention", ""),
		{"store", checked(r, &c.Store, r.store), ""},
		part("log", ""),
		part("sources", "must name at least one source of logs"),
		part("mail", ""),
		part("pseudonyms", ""),
		part("recipients", ""),
		part("requests", ""),
		part("notify", ""),
		part("reports", ""),
		part("unusual", ""),
		part("filters", ""),
		part("templates", ""),
	})
	if c.Store == "" {
		c.Store = "sqlite:" + filepath.Join(r.folder, "authreport.db")
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC // it is missing or wrong, which is told; what depends on it is checked all the same
	}
	c.WeekStarts = map[string]time.Weekday{"monday": time.Monday, "sunday": time.Sunday, "saturday": time.Saturday}[weekStarts]
	c.Retention = readRetention(r, parts["retention"])
	c.Log = readLog(r, parts["log"])
	c.Sources = readSources(r, parts["sources"], zone)
	c.Mail = readMail(r, parts["mail"], "mail")
	c.Pseudonyms = readPseudonyms(r, parts["pseudonyms"])
	recipients := newRecipientReader(r, parts["recipients"], parts["pseudonyms"].node != nil)
	c.Recipients, c.granted = map[string][]string{}, map[string]settings{}
	for _, name := range recipients.names {
		c.Recipients[name] = addresses(recipients.group(name))
		c.grantAll(recipients.group(name), true)
	}
	c.Requests = readRequests(r, parts["requests"], c.Mail)
	c.Notify = readNotify(r, parts["notify"], c, recipients)
	c.Unusual = readUnusual(r, parts["unusual"])
	c.Filters = readFilters(r, parts["filters"])
	r.mapping(parts["templates"], "templates", []key{{"dir", checked(r, &c.Looks, r.path), ""}})
	c.Reports = readReports(r, parts["reports"], c, zone, recipients)
}

func (r *reader) store(text string) (string, error) {
	path, found := strings.CutPrefix(text, "sqlite:")
	if !found || path == "" || strings.HasSuffix(path, "/") || strings.ContainsAny(path, "?#") {
		return "", errors.New("must be sqlite: and a file, such as sqlite:authreport.db")
	}
	path, err := r.path(path)
	return "sqlite:" + path, err
}

func readRetention(r *reader, v value) int {
	keep := 90 * 24 * time.Hour
	if v.node != nil {
		const rule = "must be whole days from 1d to 3660d, such as 90d"
		duration(r, &keep, 24*time.Hour, 3660*24*time.Hour, rule)(v)
		if keep%(24*time.Hour) != 0 {
			r.wrong(v, rule)
		}
	}
	return int(keep / (24 * time.Hour))
}

func readLog(r *reader, v value) Log {
	l := Log{Level: "info", Format: "text"}
	r.mapping(v, "log", []key{
		{"level", choice(r, &l.Level, "debug", "info", "warn", "error"), ""},
		{"format", choice(r, &l.Format, "text", "json"), ""},
	})
	return l
}

// readPseudonyms reads the key of pseudonyms.
func readPseudonyms(r *reader, v value) (secret Secret) {
	must := ""
	if v.node != nil {
		must = "must name the file with the key"
	}
	r.mapping(v, "pseudonyms", []key{
		{"key_file", func(v value) {
			r.secretFile(v, &secret)
			if text, err := secret.Reveal(); err == nil && secret.IsSet() && len(text) < pseudonym.KeyLength {
				r.fault(v.place(), v.key, fmt.Sprintf("must name a file with one line of at least %d characters, has %d (openssl rand -base64 32 makes one)", pseudonym.KeyLength, len(text)))
			}
		}, must},
	})
	return secret
}

// readList reads a list of texts, each taken by check, at least one.
func readList(r *reader, v value, check func(string) (string, error)) []string {
	var texts []string
	for _, item := range r.items(v) {
		var text string
		if checked(r, &text, check)(item); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func readReports(r *reader, v value, c *Config, zone *time.Location, recipients *recipientReader) []Report {
	var reports []Report
	for _, entry := range r.entries(v) {
		reports = append(reports, readReport(r, entry, c, zone, recipients))
	}
	return reports
}

func readReport(r *reader, v value, c *Config, zone *time.Location, groups *recipientReader) Report {
	report := Default(v.at.Value)
	report.Language = c.Language
	if _, err := parseName(report.Name); err != nil {
		r.fault(v.at, v.key, err.Error())
	}
	var due value
	var heads heads
	var form formSettings
	r.mapping(v, "reports.*", slices.Concat([]key{
		{"schedule", func(v value) { due = v }, ""},
		{"timezone", checked(r, &zone, parseZone), ""},
		{"period", func(v value) {
			checked(r, &report.Period, func(text string) (Period, error) { return ParsePeriod(text, c.WeekStarts) })(v)
			if days := report.Period.MaxDays(); days > c.Retention {
				r.wrong(v, fmt.Sprintf("must fit into the retention of %d days", c.Retention))
			}
		}, ""},
		{"domains", func(v value) { report.Domains = readList(r, v, parseDomain) }, ""},
		{"title", plainText(r, &report.Title), ""},
		{"missed_runs", choice(r, &report.MissedRuns, "latest", "all", "none"), ""},
		{"send", choice(r, &report.Send, Conditions()...), ""},
	}, heads.keys(), form.keys(r)))
	form.apply(&report.Form)
	if due.node != nil {
		checked(r, &report.Schedule, func(text string) (schedule.Schedule, error) { return schedule.Parse(text, zone) })(due)
	}
	heads.read(&report, c, groups)
	if heads.recipients.node == nil && due.node != nil {
		r.fault(due.at, due.key, "must stand with recipients, has none")
	}
	return report
}
