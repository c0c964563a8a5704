package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"authreport/deliver"
)

// keyFiles makes a certificate that signs itself and its key, in files of a folder.
func keyFiles(t *testing.T, folder, name string, key crypto.Signer, until time.Time, address string) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	if address != "" {
		template.EmailAddresses = []string{address}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(filepath.Join(folder, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// tokenSession takes XOAUTH2 with one token.
type tokenSession struct{ scriptSession }

func (*tokenSession) AuthMechanisms() []string { return []string{"XOAUTH2"} }

func (*tokenSession) Auth(string) (sasl.Server, error) { return tokenCheck{}, nil }

type tokenCheck struct{}

func (tokenCheck) Next(response []byte) (challenge []byte, done bool, err error) {
	if string(response) != "user=reports@example.org\x01auth=Bearer t0ken\x01\x01" {
		return nil, false, smtp.ErrAuthFailed
	}
	return nil, true, nil
}

// tokenMail starts an SMTP server with TLS that takes access tokens, and a server that gives them; both show the certificate server.pem of folder.
func tokenMail(t *testing.T, folder string) (port int, tokenURL string) {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &tokenSession{}, nil }))
	server.Domain, server.TLSConfig = "mx.example.org", &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	tokens := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("refresh_token") == "revoked" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"t0ken","expires_in":3600}`))
	}))
	tokens.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	tokens.StartTLS()
	t.Cleanup(tokens.Close)
	return listener.Addr().(*net.TCPAddr).Port, tokens.URL
}

// TestCheckMail holds that check says of AUTH, tokens, certificates and keys what is well, what ends soon, and what is wrong with its remedy, and no secret.
func TestCheckMail(t *testing.T) {
	folder := t.TempDir()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecdsaKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	year, week := time.Now().AddDate(1, 0, 0), time.Now().AddDate(0, 0, 7)
	keyFiles(t, folder, "server", ecdsaKey, year, "")
	keyFiles(t, folder, "good", rsaKey, year, "Reports@example.org")
	keyFiles(t, folder, "week", ecdsaKey, week, "other@example.org")
	keyFiles(t, folder, "past", ecdsaKey, time.Now().Add(-time.Minute), "")
	keyFiles(t, folder, "ed", edKey, year, "reports@example.org")
	for name, text := range map[string]string{"secret": "s3cret\n", "refresh": "first\n", "revoked": "revoked\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := func(file string) []string {
		key, err := deliver.DKIM{Domain: "example.org", Selector: "s", KeyFile: filepath.Join(folder, file)}.Key()
		if err != nil {
			t.Fatal(err)
		}
		return []string{key.Record}
	}
	port, tokenURL := tokenMail(t, folder)
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	for name, test := range map[string]struct {
		mail string // after host, from and ca_file
		dns  []string
		err  error
		want []string // patterns of lines
		bad  bool
	}{
		"tokens": {mail: "username: reports@example.org, oauth2: {token_url: " + tokenURL + "/token, client_id: c, client_secret_file: secret, refresh_token_file: refresh}",
			want: []string{`^✓ mail: 127.0.0.1:\d+ \(.*\), TLS1.3, AUTH XOAUTH2, `, `^✓ mail.oauth2: the access token is good until \d{4}-\d\d-\d\d \d\d:\d\d`,
				`^✓ mail: the server's certificate is good until `}},
		"refresh token revoked": {mail: "username: reports@example.org, oauth2: {token_url: " + tokenURL + "/token, client_id: c, refresh_token_file: revoked}", bad: true,
			want: []string{`^✗ mail: access token from .*/token: the server says 400 Bad Request, invalid_grant \(the refresh token has expired`, `^    look at mail.username and oauth2`}},
		"another user": {mail: "username: other@example.org, oauth2: {token_url: " + tokenURL + "/token, client_id: c, client_secret_file: secret}", bad: true,
			want: []string{`^✗ mail: AUTH XOAUTH2 .*: user "other@example.org" or the access token is refused: 535`}},
		"keys that are well": {mail: "client_certificate: {cert_file: good.pem, key_file: good.key}, smime: {cert_file: good.pem, key_file: good.key}, dkim: {selector: s, key_file: good.key}",
			dns: record("good.key"), want: []string{`^✓ mail: the client certificate .*good.pem is good until `, `^✓ mail: the S/MIME certificate .*good.pem is good until `,
				`^✓ mail: DKIM key .*good.key \(rsa, 2048 bits\) is published as s._domainkey.example.org$`}},
		"keys that want attention": {mail: "client_certificate: {cert_file: week.pem, key_file: week.key}, smime: {cert_file: week.pem, key_file: week.key}, dkim: {domain: example.net, selector: s, key_file: ed.key}",
			err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}, want: []string{`^! mail: the client certificate .*week.pem ends soon, on `, `^! mail: the S/MIME certificate .* ends soon`,
				`^! mail: the S/MIME certificate is not for reports@example.org but for other@example.org`, `^! mail: DKIM signs for example.net and mails are from example.org`,
				`^! mail: whether the DKIM key is published cannot be said: .*timeout`, `^    it should be: s._domainkey.example.net TXT v=DKIM1; k=ed25519; p=`}},
		"keys that are wrong": {mail: "client_certificate: {cert_file: good.pem, key_file: week.key}, smime: {cert_file: ed.pem, key_file: ed.key}, dkim: {selector: s, key_file: week.key}", bad: true,
			want: []string{`^✗ mail: client certificate: .*good.pem.*week.key`, `^✗ mail: S/MIME: key .*ed.key must be RSA or ECDSA`, `^✗ mail: DKIM: key .*week.key must be RSA or Ed25519`}},
		"expired, not published": {mail: "smime: {cert_file: past.pem, key_file: past.key}, dkim: {selector: s, key_file: good.key}", err: notFound, bad: true,
			want: []string{`^✗ mail: the S/MIME certificate .*past.pem ended on `, `^✗ mail: DKIM, s._domainkey.example.org: no key is published$`, `^    publish: s._domainkey.example.org TXT v=DKIM1; k=rsa; p=`}},
		"another key is published": {mail: "dkim: {selector: s, key_file: good.key}", dns: record("ed.key"), bad: true,
			want: []string{`^✗ mail: DKIM, s._domainkey.example.org: the key that is published is not that of the key file`}},
		"a revoked key": {mail: "dkim: {selector: s, key_file: good.key}", dns: []string{"v=DKIM1; p="}, bad: true,
			want: []string{`^✗ mail: DKIM, s._domainkey.example.org: the key that is published is not .*revoked`}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, "config.yaml")
			text := fmt.Sprintf("timezone: UTC\nsources: [{name: m, format: postfix, paths: [m.log]}]\nreports: {weekly: {}}\n"+
				"mail: {host: 127.0.0.1, port: %d, from: reports@example.org, ca_file: server.pem, %s}\n", port, test.mail)
			if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.WriteFile(filepath.Join(folder, "m.log"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			p := &program{out: &out, err: &out, now: time.Now, lookupTXT: func(context.Context, string) ([]string, error) { return test.dns, test.err }}
			status := p.run(t.Context(), []string{"--config", path, "check"})
			for _, pattern := range test.want {
				if !regexp.MustCompile("(?m)" + pattern).Match(out.Bytes()) {
					t.Errorf("no line %s", pattern)
				}
			}
			if bad := strings.Contains(out.String(), "✗ mail"); bad != test.bad || bad && status != 1 {
				t.Errorf("exit status %d", status)
			}
			for _, secret := range []string{"s3cret", "t0ken", "PRIVATE"} {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%s shows", secret)
				}
			}
			if t.Failed() {
				t.Logf("it says:\n%s", out.String())
			}
		})
	}
}
