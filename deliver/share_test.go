package deliver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"authreport/smtptest"
)

// A server that takes only so many messages over one connection, however it says so, must get each message once, over as few connections as that needs.
func TestShareOfConnection(t *testing.T) {
	const messages, share = 50, 7
	reply := func(code int, text string) func(*smtp.Conn) error {
		return func(*smtp.Conn) error {
			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: text}
		}
	}
	for name, full := range map[string]func(*smtp.Conn) error{
		"421":      reply(421, "Too many messages in this connection"), // Exim's words
		"452":      reply(452, "Too many messages"),
		"451":      reply(451, "Come back"),
		"hangs up": func(c *smtp.Conn) error { return c.Conn().Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s := (&server{tls: NoTLS, auth: []string{"CRAM-MD5"}, users: map[string]string{"alice": "s3cret"}, share: share, full: full}).start(t)
			all := make([]Message, messages)
			for i := range all {
				all[i] = testMessage(fmt.Sprintf("user%d@example.org", i))
				all[i].Inline, all[i].Attachments = nil, nil
			}
			results, err := deliverAll(t, s.channel(t, nil), all)
			if err != nil {
				t.Error(err)
			}
			for _, r := range results {
				if r.Err != nil {
					t.Errorf("%s: %v", r.Recipient, r.Err)
				}
			}
			got := map[string]int{}
			for _, m := range s.messages() {
				got[m.To[0]]++
			}
			for _, m := range all {
				if got[m.To] != 1 {
					t.Errorf("%s got %d messages, want one", m.To, got[m.To])
				}
			}
			if want := (messages + share - 1) / share; s.connections != want || len(s.logins) != want {
				t.Errorf("%d connections with %d logins, want %d", s.connections, len(s.logins), want)
			}
		})
	}
}

// A real Postfix that goes by certificates must take a message with one that it trusts, and none without.
func TestPostfixClientCertificate(t *testing.T) {
	if os.Getenv("AUTHREPORT_TEST_LONG") == "" {
		t.Skip("AUTHREPORT_TEST_LONG is not set (make test-long)")
	}
	a, clients := smtptest.NewAuthority(t), smtptest.NewAuthority(t)
	ca, err := os.ReadFile(clients.File)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "postfix-ca-") // where Postfix's users can read it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "ca.pem")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(file, ca, 0o644)); err != nil {
		t.Fatal(err)
	}
	port, _ := smtptest.StartPostfix(t, a, "smtpd_tls_CAfile = "+file, "smtpd_tls_ask_ccert = yes", "smtpd_recipient_restrictions = permit_tls_all_clientcerts, reject")
	certFile, keyFile := clients.Issue(t, "reports.example.org")
	o := SMTPOptions{Host: "127.0.0.1", Port: port, CAFile: a.File, Certificate: KeyPair{certFile, keyFile}}
	channel, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	if r := send(t, channel); r.Err != nil {
		t.Error(r.Err)
	}
	o.Certificate = KeyPair{}
	if channel, err = NewSMTP(o); err != nil {
		t.Fatal(err)
	}
	if r := send(t, channel); !errors.Is(r.Err, ErrPermanent) || !strings.Contains(r.Reply, "Access denied") {
		t.Errorf("without a certificate: %v", r.Err)
	}
}
