package jobs

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/deliver"
	"authreport/smtptest"
)

// The account that the fault suite's servers want, and what nobody may see without TLS.
const (
	faultUser     = "reports"
	faultPassword = "s3cret of the reports"
)

// fakeCopies counts what a misbehaving server kept.
func fakeCopies(server *smtptest.Server) map[copyOf]int {
	copies := map[copyOf]int{}
	for _, m := range server.Messages() {
		copies[copyOf{m.To, m.ID}]++
	}
	return copies
}

// checkSecret holds that neither the password nor anything of a message was said without TLS, or to a server that has not shown who it is.
func checkSecret(t *testing.T, server *smtptest.Server, clear bool) {
	t.Helper()
	said := server.Clear()
	for _, secret := range []string{faultPassword, "\x00" + faultUser + "\x00" + faultPassword} {
		if strings.Contains(said, secret) || strings.Contains(said, base64.StdEncoding.EncodeToString([]byte(secret))) {
			t.Errorf("the password was said without TLS:\n%.2000s", said)
		}
	}
	if clear {
		return
	}
	for line := range strings.Lines(said) {
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "EHLO", "HELO", "STARTTLS", "QUIT", "":
		default:
			if !bytes.HasPrefix([]byte(line), []byte{22, 3, 1}) { // the first record of TLS
				t.Errorf("said without TLS: %.200q", line)
			}
		}
		if bytes.HasPrefix([]byte(line), []byte{22, 3, 1}) {
			break
		}
	}
}

// saidNothing says whether no client said more to a server than who it is, and that it wants TLS.
func saidNothing(server *smtptest.Server) bool {
	heard := append(server.Within(), strings.Split(server.Clear(), "\r\n")...)
	return !slices.ContainsFunc(heard, func(line string) bool {
		verb, _, _ := strings.Cut(line, " ")
		return verb == "AUTH" || verb == "MAIL"
	})
}

// faultSetup is what the rows of the fault suite share.
type faultSetup struct {
	authority   *smtptest.Authority
	certificate tls.Certificate
}

func newFaultSetup(t *testing.T) *faultSetup {
	t.Helper()
	a := smtptest.NewAuthority(t)
	return &faultSetup{a, a.Make(t, smtptest.Template())}
}

// options is how a server is reached that speaks as most do: STARTTLS and AUTH.
func (f *faultSetup) options() deliver.SMTPOptions {
	return deliver.SMTPOptions{
		Host: "127.0.0.1", CAFile: f.authority.File, HELO: "reports.example.org", Timeout: time.Minute,
		Username: faultUser, Password: func() (string, error) { return faultPassword, nil },
	}
}

// server is a server that works, until it is told otherwise.
func (f *faultSetup) server() *smtptest.Server {
	return &smtptest.Server{TLS: &tls.Config{Certificates: []tls.Certificate{f.certificate}}, User: faultUser, Password: faultPassword}
}
