// Package config reads config.yaml and checks every rule about it.
//
// Load walks the syntax tree of the file, so that all faults are told at once, each with line, column, key, rule and value. It resolves paths, time
// zones, schedules, recipient groups and secrets; what it returns needs no further checking. It opens no log, store or connection.
package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml/ast"

	"authreport"
	"authreport/schedule"
	"authreport/templates"
)

// Config is a whole config.yaml. Paths are absolute.
type Config struct {
	Path       string         // of the file
	Zone       *time.Location // whose calendar days are counted
	Language   string         // of notices to administrators, and of reports without their own; one of Known.Languages
	WeekStarts time.Weekday   // of periods that are weeks
	Retention  int            // days shown; the store keeps KeepDays
	Store      string         // "sqlite:/var/lib/authreport/authreport.db"
	Log        Log
	Sources    []Source // in the file's order, at least one
	Mail       Mail
	Pseudonyms Secret              // their key; not set: there are none
	Recipients map[string][]string // addresses of each group
	Requests   Requests
	Notify     Notify
	Reports    []Report // in the file's order
	Unusual    Unusual
	Filters    []authreport.Filter // that the page offers, in the file's order
	Looks      string              // folder of what stands in the place of built-in templates; empty: none
	Templates  *templates.Set      // what the program has read of it; Load leaves it nil, which is what is built in

	granted map[string]settings // by mailbox: what recipients are given in all of the file
}

// Unusual is from where on activity is unusual; zero fields stand for the report's own defaults.
type Unusual struct {
	History, Known, Messages, Recipients, Networks, Senders, Dormant, Failures, Night, NewAccount int

	Spreads            float64
	NightFrom, NightTo int      // hours, 0 to 23; both 0: the default
	Off                []string // kinds that are not told; each of UnusualKinds
}

// Log says what the program tells of its own work, on standard error.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // text or json
}

// Source is one place that logs are read from.
type Source struct {
	Name    string
	Format  string   // one of Known.Formats
	Paths   []string // doublestar patterns, at least one; none with Journal
	Journal []string // units of systemd, or patterns of units, whose journal is followed; none with Paths
	// JournalDirectory has the files of another machine's journal, as systemd-journal-remote writes them; empty: this machine's own.
	JournalDirectory string
	Zone             *time.Location      // of stamps without zone
	OwnZone          bool                // Zone is named for this source, and not the whole configuration's
	DefaultDomain    string              // of senders without one; folded, may be empty
	Services         map[string]string   // postfix: starttls or implicit_tls by service name; nil: the parser's own
	Columns          map[string]string   // csv, jsonl: names of the columns, or their numbers, by what they hold ("time", "account", …)
	Delimiter        rune                // csv: what stands between two fields; 0: a comma
	Accepted         map[string][]string // csv, jsonl: what columns say in rows that are submissions, by column; nil: all rows are
	Failed           map[string][]string // csv, jsonl: what columns say in rows that are failed AUTH attempts, by column; nil: no row is
	NoTLS            []string            // csv, jsonl: what the column for tls says where there was none, besides "none"
}

// Mail says how finished mails leave. Without a Host they go to the folder Outbox.
type Mail struct {
	Host         string // empty: Outbox
	Port         int
	TLS          string // starttls, implicit or none
	Auth         string // one of Known.Auth
	Username     string // empty: no AUTH
	Password     Secret
	OAuth2       OAuth2  // access tokens in place of a password
	Certificate  KeyPair // that is shown to the server
	DKIM         DKIM    // signs each message
	SMIME        KeyPair // signs each message
	From         string  // "authreport <reports@example.org>"
	EnvelopeFrom string  // MAIL FROM, an address alone
	ReplyTo      string  // who answers questions about the reports; empty: nobody is named
	Hello        string  // name for EHLO; empty: the host's own
	CAFile       string  // PEM certificates to trust beside the system's; empty: none
	Timeout      time.Duration
	Outbox       string        // folder
	RetryAfter   time.Duration // wait before the first new attempt; it doubles from one to the next
	RetryFor     time.Duration // from the first attempt until a recipient is given up
	MaxSize      int64         // bytes that a mail may have, whatever the server says; 0: any number
}

// Report is one configured report, a series of mails.
type Report struct {
	Name  string
	Title string // empty: one that names the report, in its language
	Form
	Schedule   schedule.Schedule // the zero Schedule: on request only
	Period     Period
	Recipients []string // addresses, groups resolved, each once, in the file's order; may be empty without Schedule
	Cc, Bcc    []string // those who get one message together with Recipients, likewise; nobody is in two of them
	Copies     []Copy   // what they get: each is in one; in the order of the first of each
	Domains    []string // sender domains, folded; empty: all
	MissedRuns string   // latest, all or none
	Send       string   // one of Conditions: when a run of the schedule is mailed
}

// When a run of a schedule is mailed.
const (
	SendAlways      = "always"
	SendIfData      = "if_data"       // there are submissions
	SendIfUnusual   = "if_unusual"    // there is an alarm or a notice
	SendIfLegacyTLS = "if_legacy_tls" // there are messages over SSL3.0 to TLS1.1
)

// Conditions gives the values of Report.Send.
func Conditions() []string { return []string{SendAlways, SendIfData, SendIfUnusual, SendIfLegacyTLS} }

// Known is what Load has to know of the program around it.
type Known struct {
	Formats   []string                    // log formats that can be read
	Languages []string                    // tags of the languages of reports, such as nl
	Auth      []string                    // values of mail.auth
	Unusual   []string                    // kinds of unusual activity
	Env       func(string) (string, bool) // looks up ${NAME}; nil: no variable is set
}

// KeepDays is how many days of counts are kept: twice the days shown and one, so that any range can be compared with the one before it.
func (c *Config) KeepDays() int { return 2*c.Retention + 1 }

// Report gives the report of that name.
func (c *Config) Report(name string) (Report, bool) {
	for _, r := range c.Reports {
		if r.Name == name {
			return r, true
		}
	}
	return Report{}, false
}

// Default is a report as it is where config.yaml says nothing about it: last 7 days, page as zip, workbook, in the configuration's language.
func Default(name string) Report {
	return Report{
		Name:       name,
		Period:     lastSevenDays,
		Form:       Form{AttachPage: "zip", AttachWorkbook: true},
		MissedRuns: "latest",
		Send:       SendAlways,
	}
}

// defaultLanguage is that of a configuration that names none.
const defaultLanguage = "en"

// Load reads the file at path. If it breaks rules the error is a Faults with all of them; another error means that the file could not be read.
func Load(path string, known Known) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // a byte order mark, which some editors write (YAML 1.2.2 section 5.2)
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find configuration %s: %w", path, err)
	}
	if known.Env == nil {
		known.Env = func(string) (string, bool) { return "", false }
	}
	r := &reader{file: path, folder: filepath.Dir(whole), known: known, anchors: map[string]ast.Node{}, keys: map[string]bool{}}
	c := &Config{Path: whole}
	if root, ok := r.parse(text); ok {
		readConfig(r, root, c)
	}
	if len(r.faults) > 0 {
		return nil, r.sorted()
	}
	return c, nil
}
