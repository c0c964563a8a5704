package deliver

import (
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/smtptest"
)

// mailbox is an SMTP server that takes XOAUTH2 with the token server's tokens.
func (s *tokenServer) mailbox(t *testing.T) *server {
	t.Helper()
	return (&server{tls: StartTLS, auth: []string{"PLAIN", "XOAUTH2"}, users: map[string]string{"reports@example.org": ""}, tokens: s.good}).start(t)
}

// send brings one message over a connection of its own.
func send(t *testing.T, channel *SMTP) Result {
	t.Helper()
	results, _ := deliverAll(t, channel, []Message{testMessage("alice@example.org")})
	return results[0]
}

// noSecrets holds that an error tells nothing that must not be read.
func noSecrets(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"s3cret", "refresh-token", "access-token", "eHh4eHh4", "eXl5eXl5"} { // the last: base64 of xxxxxx, yyyyyy
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s shows in: %v", secret, err)
		}
	}
}

// A token must be asked for once and used until shortly before its end, with either grant, wherever the server wants the client's secret.
func TestTokensAreKept(t *testing.T) {
	for name, test := range map[string]struct {
		server  *tokenServer
		refresh bool
	}{
		"client credentials":                {server: &tokenServer{secret: "s3cret"}},
		"client credentials, header alone":  {server: &tokenServer{secret: "s3cret", headerOnly: true}},
		"refresh token":                     {server: &tokenServer{secret: "s3cret"}, refresh: true},
		"refresh token, client without one": {server: &tokenServer{}, refresh: true},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			s := test.server
			s.clientID, s.lifetime, s.now = "client-1", time.Hour, clock.now
			s.start(t)
			file := ""
			if test.refresh {
				file = s.file(t)
			}
			smtp := s.mailbox(t)
			source := s.source(file)
			channel := smtp.channel(t, func(o *SMTPOptions) { o.OAuth2, o.Password = source, nil })
			for _, step := range []struct {
				wait     time.Duration
				requests int
			}{{0, 1}, {0, 1}, {59 * time.Minute, 1}, {time.Minute - early, 2}, {0, 2}, {2 * time.Hour, 3}} {
				clock.move(step.wait)
				if r := send(t, channel); r.Err != nil {
					t.Fatal(r.Err)
				}
				if got := s.requests(); got != step.requests {
					t.Errorf("%v later %d tokens were asked for, want %d", step.wait, got, step.requests)
				}
			}
			if want := clock.now().Add(time.Hour); source.Expiry().Sub(want).Abs() > time.Minute {
				t.Errorf("token until %v, want %v", source.Expiry(), want)
			}
			if smtp.refused != 0 || len(smtp.messages()) != 6 {
				t.Errorf("%d AUTH refused, %d messages", smtp.refused, len(smtp.messages()))
			}
			for _, asked := range s.asked {
				if asked.Get("scope") != "smtp offline_access" || asked.Get("grant_type") == "refresh_token" != test.refresh {
					t.Errorf("asked with %v", asked)
				}
			}
		})
	}
}

// A kept token that the SMTP server refuses must cost one new token and one more AUTH, no more; a new one that is refused must not stay.
func TestRefusedToken(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", secret: "s3cret", lifetime: time.Hour}).start(t)
	smtp := s.mailbox(t)
	channel := smtp.channel(t, func(o *SMTPOptions) { o.OAuth2, o.Password = s.source(""), nil })
	if r := send(t, channel); r.Err != nil {
		t.Fatal(r.Err)
	}
	s.revoke()
	if r := send(t, channel); r.Err != nil || smtp.refused != 1 || s.requests() != 2 {
		t.Errorf("%v; %d AUTH refused, %d tokens, want 1 and 2", r.Err, smtp.refused, s.requests())
	}
	smtp.tokens = func(string) bool { return false }
	r := send(t, channel)
	if !errors.Is(r.Err, ErrAuth) || !errors.Is(r.Err, ErrTemporary) || smtp.refused != 3 || s.requests() != 3 {
		t.Errorf("%v; %d AUTH refused, %d tokens, want ErrAuth, 3 and 3", r.Err, smtp.refused, s.requests())
	}
	if !strings.Contains(r.Err.Error(), `"status":"401"`) || r.Code != 535 {
		t.Errorf("code %d, error %v, want the server's reason in it", r.Code, r.Err)
	}
	noSecrets(t, r.Err)
	smtp.tokens = s.good // a right that was given meanwhile is in new tokens alone
	if r := send(t, channel); r.Err != nil || s.requests() != 4 {
		t.Errorf("%v after %d tokens, want none after 4", r.Err, s.requests())
	}
}

// A server that repeats what it was sent must not bring a token into an error.
func TestRepeatedSecrets(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", secret: "s3cret", lifetime: time.Hour}).start(t)
	a := smtptest.NewAuthority(t)
	sent := "dXNlcj1yZXBvcnRzQGV4YW1wbGUub3JnAWF1dGg9QmVhcmVyIGFjY2Vzcy10b2tlbi0xLXl5eXl5eXl5eXl5eXl5eXl5" // and so on
	for name, test := range map[string]struct {
		lines []string
		auth  bool
	}{
		"the command":     {[]string{"<", "500 5.5.1 what is this: AUTH XOAUTH2 " + sent, "<", "221 bye"}, true},
		"in base64, cut":  {[]string{"<", "334 ", "<", "535 5.7.8 no: " + sent, "<", "221 bye"}, true},
		"in a challenge":  {[]string{"<", "334 ", "<", "334 eyJ0b2tlbiI6ImFjY2Vzcy10b2tlbi0xIn0=", "<", "535 5.7.8 no", "<", "221 bye"}, true},
		"hangs up":        {[]string{"<", "334 ", "<", "!"}, false},
		"no base64":       {[]string{"<", "334 ", "<", "334 access-token-1", "<", "501 stop", "<", "221 bye"}, false},
		"later (454)":     {[]string{"<", "334 ", "<", "454 4.7.0 later: access-token-1-yyyyyyyy", "<", "221 bye"}, false},
		"nothing offered": {[]string{"<", "504 5.5.4 unknown", "<", "221 bye"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s.issued = 0
			certFile, keyFile := a.Issue(t)
			certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
			if err != nil {
				t.Fatal(err)
			}
			port := scriptOn(t, listener, slices.Concat([]string{"220 mx1", "<", "250-mx1", "250 AUTH XOAUTH2"}, test.lines))
			channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: port, TLS: ImplicitTLS, CAFile: a.File, Username: "reports@example.org", OAuth2: s.source("")})
			if err != nil {
				t.Fatal(err)
			}
			r := send(t, channel)
			if !errors.Is(r.Err, ErrTemporary) || errors.Is(r.Err, ErrAuth) != test.auth {
				t.Errorf("error %v", r.Err)
			}
			noSecrets(t, r.Err)
		})
	}
}

// Faults of the token server must keep messages for later, be told apart, hold no secret, and leave the refresh token as good as it was.
func TestTokenServerFaults(t *testing.T) {
	write := func(status int, kind, text string) mishap {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	hang := make(chan struct{})
	for name, test := range map[string]struct {
		fault mishap
		auth  bool
		says  string
	}{
		"500":              {write(500, "text/html", "<html>s3cret first-refresh-token</html>"), false, "500 Internal Server Error"},
		"503 as JSON":      {write(503, "application/json", `{"error":"temporarily_unavailable"}`), false, "temporarily_unavailable"},
		"too many":         {write(429, "application/json", `{}`), false, "429"},
		"invalid_grant":    {write(400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS700082: first-refresh-token\r\nhas expired"}`), true, "put a new one into mail.oauth2.refresh_token_file"},
		"invalid_client":   {write(401, "application/json", `{"error":"invalid_client","error_description":"s3cret is wrong"}`), true, "client_secret_file"},
		"invalid_scope":    {write(400, "application/json", `{"error":"invalid_scope"}`), true, "mail.oauth2.scope"},
		"refusal, no JSON": {write(403, "text/html", "<html>s3cret</html>"), true, "403 Forbidden"},
		"not JSON":         {write(200, "application/json", "s3cret"), false, "cannot parse json"},
		"no token":         {write(200, "application/json", "{}"), false, "missing access_token"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, true, "307"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "EOF"},
		"slow":     {func(http.ResponseWriter, *http.Request) { <-hang }, false, "no answer within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			s := (&tokenServer{clientID: "client-1", secret: "s3cret", lifetime: time.Hour, faults: []mishap{test.fault}}).start(t)
			if name == "slow" {
				t.Cleanup(func() { close(hang) })
			}
			file := s.file(t)
			smtp := s.mailbox(t)
			source := s.source(file)
			source.grant.AuthStyle = 1 // in the body: one request for each token
			if name == "slow" {
				source.options.Timeout = 200 * time.Millisecond
			}
			channel := smtp.channel(t, func(o *SMTPOptions) { o.OAuth2, o.Password = source, nil })
			r := send(t, channel)
			if !errors.Is(r.Err, ErrTemporary) || errors.Is(r.Err, ErrAuth) != test.auth || !strings.Contains(r.Err.Error(), test.says) {
				t.Errorf("error %v, want ErrAuth %v and %q", r.Err, test.auth, test.says)
			}
			if strings.ContainsAny(r.Err.Error(), "\r\n<") && !strings.Contains(r.Err.Error(), hidden) {
				t.Errorf("error %q", r.Err)
			}
			noSecrets(t, r.Err)
			if name == "slow" {
				return // the server does one thing after the other
			}
			source.options.Timeout = 10 * time.Second
			if r := send(t, channel); r.Err != nil {
				t.Errorf("afterwards: %v", r.Err)
			}
			if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
				t.Errorf("left in the folder: %v", left)
			}
		})
	}
}

// A certificate that nobody knows must not get the client's secret.
func TestTokenServerCertificate(t *testing.T) {
	s := (&tokenServer{clientID: "client-1", secret: "s3cret", lifetime: time.Hour}).start(t)
	source := s.source("")
	source.options.CAFile = ""
	_, _, err := source.Token(t.Context())
	if !errors.Is(err, ErrTemporary) || !strings.Contains(err.Error(), "mail.ca_file") || s.requests() != 0 {
		t.Errorf("%v after %d requests", err, s.requests())
	}
}
