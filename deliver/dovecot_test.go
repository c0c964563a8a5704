package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport/smtptest"
)

// dovecotFile is dovecot.conf; its verb is the folder.
const dovecotFile = `base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
auth_verbose = yes
protocols =
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = %[1]s/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
  args = %[1]s/users
}
service auth {
  unix_listener %[1]s/auth {
    mode = 0666
  }
}
`

// oauth2File is what Dovecot asks about tokens; its verb is the server's address (RFC 7662).
const oauth2File = `introspection_mode = post
introspection_url = %s/introspect
active_attribute = active
active_value = true
username_attribute = username
`

// dovecot starts a Dovecot that does nothing but AUTH, for one user with a password or with an access token that the token server knows. It gives the
// socket that a mail server asks.
func dovecot(t *testing.T, tokens *tokenServer) (socket string) {
	t.Helper()
	program := smtptest.Tool(t, "dovecot-core", "dovecot", "/usr/sbin/dovecot")
	if os.Geteuid() != 0 {
		t.Skip("a real Dovecot is not tried: it needs root to start it")
	}
	dir, err := os.MkdirTemp("", "dovecot-") // not t.TempDir: Dovecot's users must get in, and socket names be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	introspection := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]any{"active": tokens.good(r.PostFormValue("token")), "username": "alice"}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(introspection.Close)
	err = os.Chmod(dir, 0o755)
	for name, text := range map[string]string{
		"dovecot.conf": fmt.Sprintf(dovecotFile, dir),
		"oauth2.conf":  fmt.Sprintf(oauth2File, introspection.URL),
		"users":        "alice:{PLAIN}s3cret pass, with = and zoë\n",
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program, "-F", "-c", filepath.Join(dir, "dovecot.conf"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
		if log, err := os.ReadFile(filepath.Join(dir, "log")); err == nil && t.Failed() {
			t.Logf("Dovecot's log:\n%s", log)
		}
	})
	socket = filepath.Join(dir, "auth")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 3000 {
		if _, err := os.Stat(socket); err == nil {
			return socket
		}
		<-tick.C
	}
	t.Fatal("Dovecot did not start within a minute")
	return ""
}

// Each mechanism must get a message into a real Postfix that asks a real Dovecot, as the user that Postfix logs; a wrong password must not.
func TestDovecot(t *testing.T) {
	if os.Getenv("AUTHREPORT_TEST_LONG") == "" {
		t.Skip("AUTHREPORT_TEST_LONG is not set (make test-long)")
	}
	tokens := (&tokenServer{clientID: "client-1", secret: "s3cret", lifetime: time.Hour}).start(t)
	a := smtptest.NewAuthority(t)
	port, mailbox := smtptest.StartPostfix(t, a, "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot", "smtpd_sasl_path = "+dovecot(t, tokens),
		"smtpd_sasl_security_options = noanonymous", "smtpd_recipient_restrictions = permit_sasl_authenticated, reject")
	log := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(mailbox))), "log")
	channel := func(mechanism, password string, change func(*SMTPOptions)) *SMTP {
		o := SMTPOptions{Host: "127.0.0.1", Port: port, CAFile: a.File, HELO: "reports.example.org", Auth: mechanism, Username: "alice",
			Password: func() (string, error) { return password, nil }}
		if change != nil {
			change(&o)
		}
		c, err := NewSMTP(o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	logins := func(mechanism string) int {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(data), "sasl_method="+strings.ToUpper(mechanism)+", sasl_username=alice")
	}
	const password = "s3cret pass, with = and zoë"
	for _, mechanism := range []string{"plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"} {
		t.Run(mechanism, func(t *testing.T) {
			before := logins(mechanism)
			if r := send(t, channel(mechanism, password, nil)); r.Err != nil {
				t.Fatal(r.Err)
			}
			if got := logins(mechanism); got != before+1 {
				t.Errorf("Postfix logged %d logins, want %d", got, before+1)
			}
			r := send(t, channel(mechanism, "another "+password, nil))
			if !errors.Is(r.Err, ErrAuth) || r.Code != 535 {
				t.Errorf("with a wrong password: %d, %v", r.Code, r.Err)
			}
		})
	}
	t.Run("xoauth2", func(t *testing.T) {
		source := tokens.source("")
		c := channel(AuthAuto, "", func(o *SMTPOptions) { o.OAuth2, o.Password = source, nil })
		for range 2 {
			if r := send(t, c); r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		if tokens.requests() != 1 || logins("xoauth2") != 2 {
			t.Errorf("%d tokens for %d logins, want 1 and 2", tokens.requests(), logins("xoauth2"))
		}
		tokens.revoke()
		if r := send(t, c); r.Err != nil || tokens.requests() != 2 {
			t.Errorf("after its end: %v, %d tokens, want 2", r.Err, tokens.requests())
		}
		r := send(t, channel("xoauth2", "no-token-of-ours", nil))
		if !errors.Is(r.Err, ErrAuth) {
			t.Errorf("with a wrong token: %v", r.Err)
		}
	})
	server, err := channel(AuthAuto, password, nil).Check(t.Context())
	if err != nil || server.Auth != "PLAIN" {
		t.Errorf("auto takes %q, %v, want PLAIN", server.Auth, err)
	}
}
