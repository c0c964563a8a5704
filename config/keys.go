package config

import (
	"regexp"
	"strings"
)

// KeyPair is a certificate and its private key, in files of PEM that could be read. The zero KeyPair: none.
type KeyPair struct{ CertFile, KeyFile string }

// DKIM says how messages are signed for a domain. The zero DKIM: they are not.
type DKIM struct{ Domain, Selector, KeyFile string }

// readKeyPair reads a certificate and its key; section names the place in reader.keys.
func readKeyPair(r *reader, v value, section string) KeyPair {
	var k KeyPair
	r.mapping(v, section, []key{
		{"cert_file", r.existing(&k.CertFile), "must be the certificate's file (PEM)"},
		{"key_file", r.existing(&k.KeyFile), "must be the private key's file (PEM)"},
	})
	return k
}

// selectorForm is one of a DKIM selector, labels of a domain (RFC 6376 section 3.1).
var selectorForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$`)

// readDKIM reads mail.dkim. Without a domain it is the one of from, an address.
func readDKIM(r *reader, v value, section, from string) DKIM {
	var d DKIM
	r.mapping(v, section, []key{
		{"domain", checked(r, &d.Domain, parseDomain), ""},
		{"selector", checked(r, &d.Selector, matching(selectorForm, "must be a name such as authreport, under which the domain publishes the key")),
			"must be the name under which the domain publishes the key, such as authreport"},
		{"key_file", r.existing(&d.KeyFile), "must be the private key's file (PEM)"},
	})
	if address, err := parseAddress(from); d.Domain == "" && err == nil {
		d.Domain, _ = parseDomain(address.Address[strings.LastIndexByte(address.Address, '@')+1:])
	}
	return d
}

// existing gives a function that reads the name of a file that can be read.
func (r *reader) existing(to *string) func(value) {
	return func(v value) {
		if checked(r, to, r.path)(v); *to != "" {
			r.readable(v, *to)
		}
	}
}
