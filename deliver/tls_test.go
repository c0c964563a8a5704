package deliver

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport/smtptest"
)

// issueClient makes a client's certificate of an authority with a serial number, good until then, in files that are there or not.
func issueClient(t *testing.T, a *smtptest.Authority, serial int64, until time.Time, pair KeyPair) {
	t.Helper()
	der, key := a.Sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "reports.example.org"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	smtptest.WritePEM(t, pair.CertFile, "CERTIFICATE", der)
	smtptest.WritePEM(t, pair.KeyFile, "PRIVATE KEY", keyDER)
}

// A server that asks for a certificate must get the client's, as it is on the disk at each connection; without it the fault must name the setting.
func TestClientCertificate(t *testing.T) {
	for _, mode := range []string{StartTLS, ImplicitTLS} {
		t.Run(mode, func(t *testing.T) {
			clients, dir := smtptest.NewAuthority(t), t.TempDir()
			s := (&server{tls: mode, clients: clients}).start(t)
			pair := KeyPair{filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key")}
			channel := s.channel(t, func(o *SMTPOptions) { o.Certificate = pair })
			if r := send(t, channel); !errors.Is(r.Err, ErrServer) || !strings.Contains(r.Err.Error(), pair.CertFile) {
				t.Errorf("without the file: %v", r.Err)
			}
			for _, serial := range []int64{11, 12} { // renewed between two deliveries
				issueClient(t, clients, serial, time.Now().Add(time.Hour), pair)
				if r := send(t, channel); r.Err != nil {
					t.Fatal(r.Err)
				}
			}
			if len(s.shown) != 2 || s.shown[0] != "11" || s.shown[1] != "12" {
				t.Errorf("the server saw certificates %v, want 11 and 12", s.shown)
			}
			issueClient(t, clients, 13, time.Now().Add(-time.Minute), pair)
			for name, channel := range map[string]*SMTP{
				"expired":   channel,
				"none":      s.channel(t, nil),
				"another's": s.channel(t, func(o *SMTPOptions) { o.Certificate = foreign(t) }),
			} {
				r := send(t, channel)
				if !errors.Is(r.Err, ErrServer) || errors.Is(r.Err, ErrAuth) || !strings.Contains(r.Err.Error(), "mail.client_certificate") {
					t.Errorf("%s: %v", name, r.Err)
				}
			}
			if got := len(s.messages()); got != 2 {
				t.Errorf("%d messages, want 2", got)
			}
		})
	}
}

// foreign is a certificate of an authority that nobody knows.
func foreign(t *testing.T) KeyPair {
	t.Helper()
	certFile, keyFile := smtptest.NewAuthority(t).Issue(t, "reports.example.org")
	return KeyPair{certFile, keyFile}
}

// Certificate and key may be in one file, and a key that belongs to another certificate must be told.
func TestKeyPair(t *testing.T) {
	certFile, keyFile := smtptest.NewAuthority(t).Issue(t)
	other := foreign(t)
	cert, _ := os.ReadFile(certFile)
	key, _ := os.ReadFile(keyFile)
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, append(key, cert...), 0o600); err != nil {
		t.Fatal(err)
	}
	if pair, err := (KeyPair{both, both}).Load(); err != nil || pair.Leaf == nil {
		t.Errorf("one file: %v", err)
	}
	if _, err := (KeyPair{certFile, other.KeyFile}).Load(); err == nil || !strings.Contains(err.Error(), other.KeyFile) {
		t.Errorf("another's key: %v", err)
	}
}
