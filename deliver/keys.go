package deliver

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// KeyPair is a certificate and its private key, in PEM files. They are read each time they are used, so that renewed ones need no restart.
type KeyPair struct {
	CertFile string // the certificate, and after it those of the CAs between it and the root
	KeyFile  string // may be the same file
}

// Load reads both files. The certificate's Leaf is set. An error names the file, and says if the two do not belong together.
func (k KeyPair) Load() (*tls.Certificate, error) {
	cert, err := os.ReadFile(k.CertFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	key, err := os.ReadFile(k.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if encrypted(key) {
		return nil, encryptedKey(k.KeyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read certificate %s with key %s: %w", k.CertFile, k.KeyFile, err)
	}
	return &pair, nil
}

// loadKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA.
func loadKey(path string) (crypto.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if encrypted(data) {
		return nil, encryptedKey(path)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("read key %s: no PEM in it", path)
	}
	parse := x509.ParsePKCS8PrivateKey
	switch block.Type {
	case "RSA PRIVATE KEY":
		parse = func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) }
	case "PRIVATE KEY":
	default:
		return nil, fmt.Errorf("read key %s: must hold a PRIVATE KEY, holds %q", path, oneLine(block.Type))
	}
	key, err := parse(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("read key %s: %w", path, errors.New("it cannot sign"))
	}
	return signer, nil
}

// encrypted says whether a key in PEM wants a password.
func encrypted(data []byte) bool {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return true
		}
	}
	return false
}

func encryptedKey(path string) error {
	return fmt.Errorf("read key %s: it is encrypted; keep it without a password, for authreport's user alone: openssl pkey -in %s", path, path)
}
