package deliver

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIMKey is what a domain must publish for its signatures to be good.
type DKIMKey struct {
	Name   string // of the TXT record; "authreport._domainkey.example.org"
	Record string // "v=DKIM1; k=rsa; p=…"
	Kind   string // rsa or ed25519
	Bits   int
}

// What Published finds. Another error is the resolver's: nothing is known then.
var (
	ErrNotPublished = errors.New("no key is published")
	ErrOtherKey     = errors.New("the key that is published is not that of the key file")
)

// Key reads the key file and says what the domain must publish.
func (d DKIM) Key() (DKIMKey, error) {
	options, err := d.options()
	if err != nil {
		return DKIMKey{}, err
	}
	kind, bits, public, err := publicKey(options.Signer)
	if err != nil {
		return DKIMKey{}, fmt.Errorf("DKIM: %w", err)
	}
	record := "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public)
	return DKIMKey{Name: d.Selector + "._domainkey." + d.Domain, Record: record, Kind: kind, Bits: bits}, nil
}

// publicKey is a key as p= has it (RFC 6376 section 3.6.1, RFC 8463 section 4.2).
func publicKey(key crypto.Signer) (kind string, bits int, public []byte, err error) {
	switch p := key.Public().(type) {
	case ed25519.PublicKey:
		return "ed25519", 8 * len(p), p, nil
	case *rsa.PublicKey:
		public, err = x509.MarshalPKIXPublicKey(p)
		return "rsa", p.N.BitLen(), public, err
	}
	return "", 0, nil, errors.New("must be RSA or Ed25519")
}

// Published looks whether the domain publishes the key: a message is signed, and verified with what lookup answers, as a recipient's server would.
func (d DKIM) Published(ctx context.Context, lookup func(ctx context.Context, name string) ([]string, error)) error {
	options, err := d.options()
	if err != nil {
		return err
	}
	header, body, err := new(composer).compose(&Message{ID: "<check@" + d.Domain + ">", From: "<check@" + d.Domain + ">", To: "<check@" + d.Domain + ">", Date: time.Unix(0, 0), Text: "check"})
	if err != nil {
		return err
	}
	signed, err := seal(options, header, body)
	if err != nil {
		return err
	}
	var unknown error
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(append(signed, body...)), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		answer, err := lookup(ctx, name)
		unknown = err
		return answer, err
	}})
	var dns *net.DNSError
	switch {
	case errors.As(unknown, &dns) && dns.IsNotFound:
		return ErrNotPublished
	case unknown != nil:
		return unknown
	case err != nil:
		return err
	case len(verified) != 1:
		return errors.New("DKIM: the signature is not found again")
	case verified[0].Err != nil:
		return fmt.Errorf("%w (%s)", ErrOtherKey, oneLine(verified[0].Err.Error()))
	}
	return nil
}
