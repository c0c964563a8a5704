package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOAuth2 holds that a preset knows its provider's address and scopes for either grant, and that mail.scope wins over it.
func TestOAuth2(t *testing.T) {
	const (
		microsoft = "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
		google    = "https://oauth2.googleapis.com/token"
	)
	type want struct {
		URL, Scope      string
		Secret, Refresh bool
		InBody          bool
	}
	for name, test := range map[string]struct {
		oauth2 string
		want   want
	}{
		"Microsoft 365, client credentials": {"{preset: microsoft365, tenant: contoso.onmicrosoft.com, client_id: c, client_secret_file: secret}",
			want{microsoft, "https://outlook.office365.com/.default", true, false, true}},
		"Microsoft 365, refresh token": {"{preset: microsoft365, tenant: contoso.onmicrosoft.com, client_id: c, refresh_token_file: token}",
			want{microsoft, "https://outlook.office.com/SMTP.Send offline_access", false, true, true}},
		"Google": {"{preset: google, client_id: c, client_secret: \"${SECRET}\", refresh_token_file: token}",
			want{google, "https://mail.google.com/", true, true, true}},
		"own scope":     {"{preset: google, client_id: c, refresh_token_file: token, scope: one two}", want{google, "one two", false, true, true}},
		"own server":    {"{token_url: https://login.example.org/token, client_id: c, client_secret_file: secret}", want{"https://login.example.org/token", "", true, false, false}},
		"this machine":  {"{token_url: \"http://[::1]:8080/token\", client_id: c, refresh_token_file: token}", want{"http://[::1]:8080/token", "", false, true, false}},
		"with its port": {"{token_url: http://localhost:1/t?a=b, client_id: c, refresh_token_file: token}", want{"http://localhost:1/t?a=b", "", false, true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			text := "timezone: UTC\nsources: [{name: m, format: postfix, paths: [m.log]}]\n" +
				"mail: {host: mx.example.org, from: reports@example.org, username: reports@example.org, oauth2: " + test.oauth2 + "}\n"
			for file, content := range map[string]string{"config.yaml": text, "secret": "s3cret\n", "token": "t0ken\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := Load(filepath.Join(dir, "config.yaml"), known(map[string]string{"SECRET": "s3cret"}))
			if err != nil {
				t.Fatal(err)
			}
			o := c.Mail.OAuth2
			got := want{o.TokenURL, o.Scope, o.ClientSecret.IsSet(), o.RefreshToken.File() == filepath.Join(dir, "token"), o.InBody}
			if diff := cmp.Diff(test.want, got); diff != "" || c.Mail.Auth != "xoauth2" || !o.IsSet() {
				t.Errorf("auth %s, want minus, got plus:\n%s", c.Mail.Auth, diff)
			}
		})
	}
}

// TestTokenURL holds that a secret goes to an address that nobody can listen to, and to no other.
func TestTokenURL(t *testing.T) {
	for _, text := range []string{"http://login.example.org/token", "https://", "login.example.org/token", "https://user:word@login.example.org/", "https://a/#b", "ftp://localhost/",
		"http://localhost.example.org/", "https://a b/", "http://192.0.2.1/"} {
		if _, err := parseTokenURL(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
