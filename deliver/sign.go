package deliver

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM says how messages are signed for a domain (RFC 6376; Ed25519: RFC 8463).
type DKIM struct {
	Domain   string // d=; A-labels
	Selector string // s=; the public key is in the TXT record of Selector._domainkey.Domain
	KeyFile  string // PEM, RSA or Ed25519; read at each delivery
}

// signedHeaders is h=. What is named once more than a message has it cannot be added on the way (RFC 6376 section 8.15), so that holds for all that a
// message may lack, and for those at the end, which readers see or which change what they see.
var signedHeaders = []string{
	"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "Auto-Submitted",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
}

// options reads the key; nil for the zero DKIM.
func (d DKIM) options() (*dkim.SignOptions, error) {
	if d == (DKIM{}) {
		return nil, nil
	}
	key, err := loadKey(d.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("DKIM: %w", err)
	}
	switch key.(type) {
	case *rsa.PrivateKey, ed25519.PrivateKey:
	default:
		return nil, fmt.Errorf("DKIM: key %s must be RSA or Ed25519", d.KeyFile)
	}
	return &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: key, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}, nil
}

// seal puts a DKIM signature before the header of a composed message.
func seal(options *dkim.SignOptions, header, body []byte) ([]byte, error) {
	signer, err := dkim.NewSigner(options)
	if err != nil {
		return nil, fmt.Errorf("DKIM: %w", err)
	}
	for _, part := range [][]byte{header, body} {
		if _, err = signer.Write(part); err != nil {
			break
		}
	}
	if err := errors.Join(err, signer.Close()); err != nil {
		return nil, fmt.Errorf("DKIM: %w", err)
	}
	return append([]byte(signer.Signature()), header...), nil
}

// LoadSMIME is Load for a key that S/MIME can sign with: RSA or ECDSA.
func (k KeyPair) LoadSMIME() (*tls.Certificate, error) {
	pair, err := k.Load()
	if err != nil {
		return nil, fmt.Errorf("S/MIME: %w", err)
	}
	switch pair.PrivateKey.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return pair, nil
	}
	return nil, fmt.Errorf("S/MIME: key %s must be RSA or ECDSA", k.KeyFile)
}
