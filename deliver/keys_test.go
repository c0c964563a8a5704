package deliver

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authreport/smtptest"
)

// issueMail makes a certificate of an authority for S/MIME and gives its PEM files. The kind is rsa or ecdsa, and may say "with a CA between".
func issueMail(t testing.TB, a *smtptest.Authority, kind, address string) (certFile, keyFile string) {
	t.Helper()
	var key crypto.Signer
	var err error
	if strings.HasPrefix(kind, "rsa") {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	issuer := a
	if strings.HasSuffix(kind, "with a CA between") {
		issuer = &smtptest.Authority{}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "authreport test CA between"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
		}
		var der []byte
		der, issuer.Key = a.Sign(t, template)
		issuer.Certificate, _ = x509.ParseCertificate(der)
		chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(4), Subject: pkix.Name{CommonName: "authreport"}, EmailAddresses: []string{address},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}, issuer.Certificate, key.Public(), issuer.Key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := os.WriteFile(certFile, append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), chain...), 0o600); err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	smtptest.WritePEM(t, keyFile, "PRIVATE KEY", keyDER)
	return certFile, keyFile
}

// dkimKey makes a key of a kind and gives its file, and the record that the domain would publish.
func dkimKey(t testing.TB, kind string) (file, record string) {
	t.Helper()
	var key crypto.Signer
	var public []byte
	var err error
	switch kind {
	case "rsa":
		var private *rsa.PrivateKey
		if private, err = rsa.GenerateKey(rand.Reader, 2048); err == nil {
			key = private
			public, err = x509.MarshalPKIXPublicKey(key.Public())
		}
	case "ed25519":
		var private ed25519.PrivateKey
		_, private, err = ed25519.GenerateKey(rand.Reader)
		key, public = private, private.Public().(ed25519.PublicKey)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "dkim.pem")
	smtptest.WritePEM(t, file, "PRIVATE KEY", der)
	return file, "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public)
}
