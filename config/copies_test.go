package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// groupsFile has recipients of every kind.
const groupsFile = `timezone: UTC
language: en
sources: [{name: mx1, format: postfix, paths: [/log]}]
pseudonyms: {key_file: key}
recipients:
  admins: [postmaster@example.org]
  owners: {members: [owner@example.net], domains: [example.net], language: nl}
  more: {members: [Owner@Example.net], domains: [example.com], attach_csv: true}
  auditors: {members: [audit@example.org], pseudonyms: true, attach_page: none}
reports:
  weekly: {recipients: [admins, owners, auditors]}
  both: {recipients: [owners, more]}
  free: {recipients: [{members: [guest@example.org], domains: [example.org]}, admins]}
  open: {recipients: [guest@example.org]}
  kept: {recipients: [postmaster@example.org, {members: [dora@example.org], domains: [example.org, example.com]}], domains: [example.net, example.com]}
`

func loadGroups(t *testing.T) *Config {
	t.Helper()
	c, err := loadText(t, groupsFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// loadText loads a configuration that has a key of pseudonyms beside it.
func loadText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"config.yaml": text, "key": strings.Repeat("k", 32)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(filepath.Join(folder, "config.yaml"), known(nil))
}

// TestCopies holds what recipients get of a report: their own settings in it, and else, and of reports that are not configured, no more than the file gives them.
func TestCopies(t *testing.T) {
	c := loadGroups(t)
	for _, test := range []struct {
		report, recipient string
		domains           string
		pseudonyms        bool
		form              Form
	}{
		{"weekly", "postmaster@example.org", "", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"weekly", "owner@example.net", "example.net", false, Form{Language: "nl", AttachPage: "zip", AttachWorkbook: true}},
		{"weekly", "OWNER@EXAMPLE.NET", "example.net", false, Form{Language: "nl", AttachPage: "zip", AttachWorkbook: true}},
		{"weekly", "audit@example.org", "", true, Form{Language: "en", AttachPage: "none", AttachWorkbook: true}},
		{"weekly", "guest@example.org", "example.org", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"weekly", "stranger@example.org", "", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"both", "owner@example.net", "example.com example.net", false, Form{Language: "nl", AttachPage: "zip", AttachWorkbook: true, AttachCSV: true}},
		{"open", "guest@example.org", "", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"open", "owner@example.net", "example.com example.net", false, Form{Language: "nl", AttachPage: "zip", AttachWorkbook: true, AttachCSV: true}},
		{"kept", "postmaster@example.org", "example.com example.net", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"kept", "dora@example.org", "example.com", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"kept", "stranger@example.org", "example.com example.net", false, Form{Language: "en", AttachPage: "zip", AttachWorkbook: true}},
		{"none such", "audit@example.org", "", true, Form{AttachPage: "none", AttachWorkbook: true}},
		{"none such", "guest@example.org", "example.org", false, Form{AttachPage: "zip", AttachWorkbook: true}},
	} {
		r, configured := c.Report(test.report)
		if !configured {
			r = Default(test.report)
		}
		copies := c.Copies(r, []string{test.recipient})
		if len(copies) != 1 || strings.Join(copies[0].Domains, " ") != test.domains || copies[0].Pseudonyms != test.pseudonyms || copies[0].Form != test.form {
			t.Errorf("%s for %s: got %+v, want %+v", test.report, test.recipient, copies, test)
		}
	}
	weekly, _ := c.Report("weekly")
	copies := c.Copies(weekly, []string{"audit@example.org", "a@example.org", "postmaster@example.org", "owner@example.net"})
	var got []string
	for _, one := range copies {
		got = append(got, strings.Join(one.Recipients, " "))
	}
	if want := []string{"audit@example.org", "a@example.org postmaster@example.org", "owner@example.net"}; !slices.Equal(got, want) {
		t.Errorf("got copies %q, want %q", got, want)
	}
}

// TestWithin holds that what is asked for never gives more than is allowed.
func TestWithin(t *testing.T) {
	for _, test := range []struct {
		asked, allowed, want []string
		fault                bool
	}{
		{nil, nil, nil, false},
		{[]string{"a.example"}, nil, []string{"a.example"}, false},
		{nil, []string{"b.example"}, []string{"b.example"}, false},
		{[]string{"a.example", "b.example"}, []string{"b.example", "c.example"}, []string{"b.example"}, false},
		{[]string{"a.example"}, []string{"b.example"}, nil, true},
	} {
		c := Copy{Domains: test.allowed}
		got, err := c.Within(test.asked)
		if !slices.Equal(got, test.want) || errors.Is(err, ErrNoDomain) != test.fault {
			t.Errorf("%v of %v: got %v, %v", test.asked, test.allowed, got, err)
		}
	}
}

// TestWhatRestrictsIsNotLeftEmpty holds that a key that keeps something back is not taken for none because its value is missing, nor a restriction for none
// because somebody is named without it.
func TestWhatRestrictsIsNotLeftEmpty(t *testing.T) {
	for _, test := range []struct{ before, after, fault string }{
		{"domains: [example.net], language", "domains: , language", "recipients.owners.domains: must have a value"},
		{"domains: [example.net], language", "domains: [], language", "recipients.owners.domains: must hold at least one"},
		{"pseudonyms: true", "pseudonyms: ", "recipients.auditors.pseudonyms: must have a value"},
		{"domains: [example.net, example.com]}", "domains: }", "reports.kept.domains: must have a value"},
		{"reports:", "notify: {recipients: [OWNER@example.net]}\nreports:", "notify.recipients: must be recipients who may know everything"},
	} {
		if !strings.Contains(groupsFile, test.before) {
			t.Fatalf("%q is not in the file", test.before)
		}
		if _, err := loadText(t, strings.Replace(groupsFile, test.before, test.after, 1)); err == nil || !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%q: got %v, want %s", test.after, err, test.fault)
		}
	}
}
