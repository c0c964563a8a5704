package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the .golden files")

func known(env map[string]string) Known {
	return Known{
		Formats:   []string{"auto", "postfix", "exim", "sendmail", "opensmtpd", "exchange", "smtpcsreport", "csv", "jsonl"},
		Auth:      []string{"auto", "plain", "login", "xoauth2", "none"},
		Languages: []string{"en", "nl"},
		Unusual:   []string{"volume", "night", "new_account"},
		Env: func(name string) (string, bool) {
			text, set := env[name]
			return text, set
		},
	}
}

// TestBadFiles holds that every fault of a file is told at once, with its place, and never a secret.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	folder, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			c, err := Load(file, known(map[string]string{"USER_NAME": "reports"}))
			var faults Faults
			if !errors.As(err, &faults) || c != nil {
				t.Fatalf("Load gives %v, %v, want Faults alone", c, err)
			}
			got := strings.ReplaceAll(err.Error(), folder, "FOLDER") + "\n"
			for _, secret := range []string{"hunter2", "314159", "s3cret"} {
				if strings.Contains(got, secret) {
					t.Errorf("the secret %s shows in:\n%s", secret, got)
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, string(want)); diff != "" {
				t.Errorf("got minus, want plus:\n%s", diff)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "config.yaml"), known(nil))
	var faults Faults
	if !errors.Is(err, os.ErrNotExist) || errors.As(err, &faults) {
		t.Errorf("got %v, want an error that says there is no such file", err)
	}
}

// TestWholeFile holds every setting against what it is read as.
func TestWholeFile(t *testing.T) {
	c, err := Load("testdata/whole.yaml", known(map[string]string{"SMTP_USER": "reports", "FOLDER": "deep", "SMTP_PORT": "4650"}))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	password, err := c.Mail.Password.Reveal()
	if err != nil || password != "s3cret-in-a-file" {
		t.Errorf("password is %q, %v", password, err)
	}
	got, err := json.Marshal(struct {
		Zone, SourceZone, Schedule, ScheduleZone, Period string
		Config                                           *Config
	}{c.Zone.String(), c.Sources[0].Zone.String(), c.Reports[0].Schedule.String(), c.Reports[0].Schedule.Zone().String(), c.Reports[0].Period.String(), c})
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	if err := json.Indent(&lines, bytes.ReplaceAll(got, []byte(folder), []byte("FOLDER")), "", "  "); err != nil {
		t.Fatal(err)
	}
	lines.WriteByte('\n')
	if *update {
		if err := os.WriteFile("testdata/whole.golden", lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/whole.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines.String(), string(want)); diff != "" {
		t.Errorf("got minus, want plus:\n%s", diff)
	}
}

// TestShippedFile holds that the shipped config.yaml loads as it is, that it loads with all its commented settings made real, and that it speaks of every
// setting there is. A setting that is commented out has no space after its #.
func TestShippedFile(t *testing.T) {
	const shipped = "../config.yaml"
	c, err := Load(shipped, known(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Mail.Host != "" || len(c.Reports) == 0 || c.Reports[0].Schedule.IsZero() || len(c.Reports[0].Recipients) == 0 {
		t.Errorf("as shipped it must put a scheduled report into the outbox: %+v", c)
	}
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	uncommented := regexp.MustCompile(`(?m)^( *)#([^ \n])`).ReplaceAll(text, []byte("$1$2"))
	uncommented = bytes.ReplaceAll(uncommented, []byte("/etc/authreport/"), []byte(folder+"/"))
	for name, content := range map[string][]byte{"config.yaml": uncommented, "smtp-password": []byte("one line\n"), "own-ca.pem": nil,
		"client.pem": nil, "client.key": nil, "dkim.key": nil, "smime.pem": nil, "smime.key": nil, "pseudonym-key": []byte("0123456789abcdefghijklmnopqrstuvwxyz\n")} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(filepath.Join(folder, "config.yaml"), known(nil)); err != nil {
		t.Errorf("with its commented settings made real:\n%v", err)
	}
	r := &reader{file: "config.yaml", folder: folder, known: known(nil), anchors: map[string]ast.Node{}, keys: map[string]bool{}}
	root, ok := r.parse(uncommented)
	if !ok {
		t.Fatal(r.faults)
	}
	readConfig(r, root, new(Config))
	for key := range r.keys {
		name := key[strings.LastIndexByte(key, '.')+1:]
		if !regexp.MustCompile(`\b` + name + `:`).Match(text) {
			t.Errorf("config.yaml does not speak of %s", key)
		}
	}
	if len(r.keys) < 30 {
		t.Errorf("only %d settings were looked for: %v", len(r.keys), r.keys)
	}
}

// TestSecretNeverShows holds that nothing that prints, marshals or logs a secret, or what holds it, has its text.
func TestSecretNeverShows(t *testing.T) {
	const text = "hunter2"
	secret := NewSecret(text)
	hidden := struct{ inner Secret }{secret}
	c := &Config{Mail: Mail{Username: "u", Password: secret}}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		for _, v := range []any{secret, &secret, c, *c, c.Mail, hidden, []Secret{secret}, map[string]Secret{"a": secret}, fmt.Errorf("x: %v", secret)} {
			fmt.Fprintf(&shown, verb+"\n", v)
		}
	}
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		for _, v := range []any{secret, c.Mail, hidden} {
			out, err := marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			shown.Write(out)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(handler).Info("x", "secret", secret, "mail", c.Mail, "hidden", hidden, "pointer", &secret)
	}
	for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text)} {
		if strings.Contains(shown.String(), form) {
			t.Errorf("the secret shows as %s in:\n%s", form, shown.String())
		}
	}
	if !strings.Contains(shown.String(), "<secret>") {
		t.Errorf("<secret> is nowhere in:\n%s", shown.String())
	}
	if got, err := secret.Reveal(); got != text || err != nil {
		t.Errorf("Reveal() = %q, %v", got, err)
	}
}

// TestSecretFileIsReadAnew holds that a changed password file needs no restart, and that what is no password is told.
func TestSecretFileIsReadAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	secret := Secret{file: path}
	for _, test := range []struct{ content, want string }{{"one", "one"}, {"two\r\n", "two"}, {" three \n", " three "}, {"\n", ""}, {"a\nb\n", ""}} {
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := secret.Reveal()
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q reads as %q, %v", test.content, got, err)
		}
	}
}

// TestByteOrderMark holds that a file saved by an editor of Windows is read like any other.
func TestByteOrderMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "\ufefftimezone: UTC\r\nsources: [{name: m, format: postfix, paths: [m.log]}]\r\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(path, known(nil)); err != nil || c.Zone != time.UTC {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestSecretFromEnv holds that a password is known to be from the environment only where all of it is.
func TestSecretFromEnv(t *testing.T) {
	for written, want := range map[string]bool{"${WORD}": true, "a${WORD}": false, "$${WORD}": false, "word": false} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		text := "timezone: UTC\nsources: [{name: m, format: postfix, paths: [m.log]}]\nmail: {username: u, password: \"" + written + "\"}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, Known{Formats: []string{"postfix"}, Auth: []string{"auto"}, Env: func(string) (string, bool) { return "word", true }})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Mail.Password.FromEnv(); got != want {
			t.Errorf("password %s: FromEnv %v, want %v", written, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "2w": 14 * 24 * time.Hour, "1h30m": 90 * time.Minute, "30s": 30 * time.Second} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "90", "d", "1.5d", "-1d", "99999999999d", "30501w", "1d12h"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"postfix", "exim", "sendmail"}
	for text, want := range map[string]string{"postfx": "postfix", "Postfix": "postfix", "exmi": "exim", "sendmial": "sendmail", "qmail": "", "": ""} {
		if got := nearest(text, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestAddresses holds that an address of the configuration is one that deliver can read again, whatever its local part, and that nobody is mailed twice for another case.
func TestAddresses(t *testing.T) {
	c := &Config{Recipients: map[string][]string{"admins": {"root@example.org"}}}
	got, err := c.Addresses([]string{"admins", `"john doe"@example.org`, `Alice <Alice@example.org>`, "root@example.org", "ROOT@Example.org", "alice@example.org"})
	want := []string{"root@example.org", `"john doe"@example.org`, "Alice@example.org"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
