package deliver

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authreport/smtptest"
)

// tokenServer is an OAuth 2.0 server on loopback (RFC 6749) whose tokens expire, and which replaces a refresh token each time it is used. Using one twice
// is theft to it, and ends them all; but one whose successor was never used is still good, since the answer may not have arrived.
type tokenServer struct {
	clientID, secret string        // empty secret: a public client
	lifetime         time.Duration // of access tokens
	now              func() time.Time
	headerOnly       bool // it takes the client's secret in the header alone
	faults           []mishap

	http   *httptest.Server
	caFile string

	mutex             sync.Mutex
	refresh, previous string // good refresh tokens
	issued            int
	access            map[string]time.Time // end of each access token
	asked             []url.Values         // of the requests that a client was let in with
}

// mishap is what goes wrong with a request; nil: nothing.
type mishap func(w http.ResponseWriter, r *http.Request)

// start starts the server, and ends it with the test.
func (s *tokenServer) start(t testing.TB) *tokenServer {
	t.Helper()
	s.access = map[string]time.Time{}
	if s.now == nil {
		s.now = time.Now
	}
	s.http = httptest.NewUnstartedServer(s)
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.http.StartTLS()
	t.Cleanup(s.http.Close)
	s.caFile = filepath.Join(t.TempDir(), "ca.pem")
	smtptest.WritePEM(t, s.caFile, "CERTIFICATE", s.http.Certificate().Raw)
	return s
}

// source is a source of the server's access tokens; with a file it does the refresh token grant.
func (s *tokenServer) source(file string) *OAuth2 {
	o := OAuth2Options{TokenURL: s.http.URL + "/token", ClientID: s.clientID, RefreshTokenFile: file, Scopes: []string{"smtp", "offline_access"},
		CAFile: s.caFile, Timeout: 10 * time.Second, Now: s.now}
	if s.secret != "" {
		o.ClientSecret = func() (string, error) { return s.secret, nil }
	}
	return NewOAuth2(o)
}

// file makes a file with a good refresh token.
func (s *tokenServer) file(t testing.TB) string {
	t.Helper()
	s.refresh = "first-refresh-token"
	path := filepath.Join(t.TempDir(), "refresh-token")
	if err := os.WriteFile(path, []byte(s.refresh+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// good says whether an access token is good.
func (s *tokenServer) good(token string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.now().Before(s.access[token])
}

// revoke ends all access tokens.
func (s *tokenServer) revoke() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.access)
}

// requests is how often a token was asked for.
func (s *tokenServer) requests() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.asked)
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	refuse := func(status int, code, description string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": description})
	}
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		refuse(http.StatusBadRequest, "invalid_request", "")
		return
	}
	id, secret, inHeader := r.BasicAuth()
	if !inHeader && !s.headerOnly {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != s.clientID || secret != s.secret {
		refuse(http.StatusUnauthorized, "invalid_client", fmt.Sprintf("no client %q with secret %q", id, secret)) // it talks too much
		return
	}
	s.asked = append(s.asked, r.PostForm)
	if len(s.faults) > 0 {
		fault := s.faults[0]
		if s.faults = s.faults[1:]; fault != nil {
			fault(w, r)
			return
		}
	}
	answer := map[string]any{"token_type": "Bearer", "expires_in": int(s.lifetime.Seconds())}
	if s.lifetime == 0 {
		delete(answer, "expires_in")
	}
	if r.PostForm.Get("grant_type") == "refresh_token" {
		given := r.PostForm.Get("refresh_token")
		if given == "" || given != s.refresh && given != s.previous {
			s.refresh, s.previous = "", ""
			refuse(http.StatusBadRequest, "invalid_grant", "token "+given+" was used before")
			return
		}
		s.issued++
		s.previous, s.refresh = given, fmt.Sprintf("refresh-token-%d-%s", s.issued, strings.Repeat("x", 1200))
		answer["refresh_token"] = s.refresh
	}
	s.issued++
	token := fmt.Sprintf("access-token-%d-%s", s.issued, strings.Repeat("y", 1100)) // of Microsoft's size
	end := s.now().Add(s.lifetime)
	if s.lifetime == 0 {
		end = end.Add(time.Hour)
	}
	s.access[token], answer["access_token"] = end, token
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// clock is a clock that stands still until it is moved.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(d)
}
