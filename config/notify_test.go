package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotify holds that notices go as reports do unless a server of their own is named.
func TestNotify(t *testing.T) {
	const head = "timezone: UTC\nsources: [{name: mx1, format: postfix, paths: [/log]}]\nrecipients: {admins: [a@example.org, b@example.org]}\n" +
		"mail: {host: smtp.example.org, from: r@example.org, retry_for: 3h}\n"
	for text, want := range map[string]Notify{
		"":                                      {Mail: Mail{Host: "smtp.example.org", Port: 587}},
		"notify: {recipients: [b@example.org]}": {Mail: Mail{Host: "smtp.example.org", Port: 587}, Recipients: []string{"b@example.org"}},
		"notify: {recipients: [c@example.org, admins], mail: {host: smtp2.example.org, tls: implicit, from: n@example.org}}": {
			Mail: Mail{Host: "smtp2.example.org", Port: 465}, Recipients: []string{"c@example.org", "a@example.org", "b@example.org"},
		},
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(head+text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, known(nil))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Notify
		if strings.Join(got.Recipients, " ") != strings.Join(want.Recipients, " ") || got.Mail.Host != want.Mail.Host || got.Mail.Port != want.Mail.Port {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}
