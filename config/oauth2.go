package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// OAuth2 says where access tokens for the SMTP server come from. The zero OAuth2: from nowhere.
type OAuth2 struct {
	TokenURL     string // of the token endpoint
	ClientID     string
	ClientSecret Secret // not set: a public client, without one
	RefreshToken Secret // always in a file, which is written anew when the server replaces the token; not set: the client credentials grant
	Scope        string // scopes, with spaces between them (RFC 6749 section 3.3); may be empty
	InBody       bool   // the server is known to want the client's secret in the request's body
}

// IsSet says whether there is a source of access tokens.
func (o OAuth2) IsSet() bool { return o.TokenURL != "" }

// preset is what is known of a provider.
type preset struct {
	name, url    string // %s in url stands for the tenant
	scope        string // with a refresh token
	clientScope  string // with client credentials; empty: the provider does not let them send mail
	tenantNeeded bool
}

// presets are the providers that config.yaml can name. Microsoft: "Authenticate an IMAP, POP or SMTP connection using OAuth" (Exchange Online's
// documentation); Google: "OAuth 2.0 mechanism" and "Using OAuth 2.0 for web server applications" (Gmail's and Google Identity's).
var presets = []preset{
	{
		name: "microsoft365", url: "https://login.microsoftonline.com/%s/oauth2/v2.0/token", tenantNeeded: true,
		scope: "https://outlook.office.com/SMTP.Send offline_access", clientScope: "https://outlook.office365.com/.default",
	},
	{name: "google", url: "https://oauth2.googleapis.com/token", scope: "https://mail.google.com/"},
}

func presetNames() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

var (
	tenantForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	scopeForm  = regexp.MustCompile(`^[!#-[\]-~]+( [!#-[\]-~]+)*$`) // RFC 6749 section 3.3
)

// readOAuth2 reads mail.oauth2; section names it in reader.keys.
func readOAuth2(r *reader, v value, section string) OAuth2 {
	var o OAuth2
	var name, tenant string
	given := map[string]value{}
	remember := func(name string, read func(value)) key {
		return key{name, func(v value) { given[name] = v; read(v) }, ""}
	}
	r.mapping(v, section, []key{
		remember("preset", choice(r, &name, presetNames()...)),
		remember("tenant", checked(r, &tenant, matching(tenantForm, "must be the directory's ID or a domain of it, such as example.onmicrosoft.com"))),
		remember("token_url", checked(r, &o.TokenURL, parseTokenURL)),
		{"client_id", plainText(r, &o.ClientID), "must be the ID of the application that the provider gave"},
		remember("client_secret", func(v value) {
			if o.ClientSecret = r.secret(v); o.ClientSecret.IsSet() && !o.ClientSecret.FromEnv() {
				r.wrongSecret(v, "must be a variable of the environment such as ${CLIENT_SECRET}; else client_secret_file")
			}
		}),
		remember("client_secret_file", func(v value) { r.secretFile(v, &o.ClientSecret) }),
		remember("refresh_token_file", func(v value) { r.secretFile(v, &o.RefreshToken) }),
		{"scope", checked(r, &o.Scope, matching(scopeForm, "must be scopes with a space between them")), ""},
	})
	checkOAuth2(r, v, &o, given, name, tenant)
	return o
}

// checkOAuth2 checks what the keys of mail.oauth2 mean together, and fills in what its preset knows.
func checkOAuth2(r *reader, section value, o *OAuth2, given map[string]value, name, tenant string) {
	has := func(key string) bool { return given[key].node != nil }
	fault := func(key, rule string) { r.fault(given[key].at, given[key].key, rule) }
	if has("client_secret") && has("client_secret_file") {
		fault("client_secret_file", "must not stand beside client_secret: one of the two")
	}
	if !has("client_secret") && !has("client_secret_file") && !has("refresh_token_file") {
		r.fault(section.at, section.key, "must have client_secret_file (what the application is known by), or refresh_token_file, or both, has neither")
	}
	switch {
	case has("preset") && has("token_url"):
		fault("token_url", "must not stand beside preset: one of the two")
	case !has("preset") && !has("token_url"):
		r.fault(section.at, section.key, "must have preset ("+oneOf(presetNames())+") or token_url, has neither")
	}
	for _, p := range presets {
		if p.name == name {
			p.fill(r, section, o, has, tenant)
		}
	}
	if has("tenant") && name != "microsoft365" && (name != "" || has("token_url")) {
		fault("tenant", "must stand with preset: microsoft365")
	}
}

// fill gives o what the preset knows.
func (p preset) fill(r *reader, section value, o *OAuth2, has func(string) bool, tenant string) {
	o.TokenURL, o.InBody = p.url, true
	if p.tenantNeeded {
		if !has("tenant") {
			r.fault(section.at, join(section.key, "tenant"), "must be the directory's ID or a domain of it, such as example.onmicrosoft.com, is missing")
		}
		o.TokenURL = fmt.Sprintf(p.url, tenant)
	}
	scope := p.scope
	if !has("refresh_token_file") {
		if scope = p.clientScope; scope == "" {
			r.fault(section.at, join(section.key, "refresh_token_file"), "must be set with preset: "+p.name+", which lets no application send mail by itself, is missing")
		}
	}
	if o.Scope == "" {
		o.Scope = scope
	}
}

// parseTokenURL takes an https address; http on this machine alone, where nobody listens between.
func parseTokenURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && !strings.ContainsAny(text, " \"<>") {
		ip := net.ParseIP(u.Hostname())
		if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
			return text, nil
		}
	}
	return "", errors.New("must be an address such as https://login.example.org/token")
}

// matching takes texts of a form.
func matching(form *regexp.Regexp, rule string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !form.MatchString(text) {
			return "", errors.New(rule)
		}
		return text, nil
	}
}
