package deliver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// tlsConfig trusts the system's certificates and those of caFile, if it is not empty, and nothing older than TLS 1.2 (RFC 8996).
func tlsConfig(caFile string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		config.RootCAs = x509.NewCertPool()
	}
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificates %s: no PEM certificate in it", caFile)
	}
	return config, nil
}

// tlsConfig is for the SMTP server, with the client's certificate as it is now.
func (s *SMTP) tlsConfig() (*tls.Config, error) {
	config, err := tlsConfig(s.options.CAFile)
	if err != nil {
		return nil, err
	}
	config.ServerName = s.options.Host
	if s.options.Certificate == (KeyPair{}) {
		return config, nil
	}
	own, err := s.options.Certificate.Load()
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	// Not Certificates: of those, one whose CA the server does not name is left out, and the server's refusal says nothing of it.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	return config, nil
}

// tlsFault says what is wrong with the server's TLS, and the remedy where there is one.
func (s *SMTP) tlsFault(err error) error {
	return fmt.Errorf("TLS with SMTP server %s: %w%s", s.address(), err, tlsRemedy(err))
}

// tlsRemedy is what helps against a fault of TLS; empty if err is none, or none is known.
func tlsRemedy(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		clear   tls.RecordHeaderError
		network *net.OpError
	)
	switch {
	case errors.As(err, &unknown):
		return " (if it is the organisation's own, name its CA's certificate in mail.ca_file)"
	case errors.As(err, &name):
		return " (set mail.host to a name that is in the certificate)"
	case errors.As(err, &clear):
		return " (set mail.tls: starttls if the port is not one that begins with TLS, as 465 does)"
	case errors.As(err, &network) && network.Op == "remote error": // an alert; with TLS 1.3 it may come in place of any later reply
		return " (the server ended TLS; if it asks clients for a certificate, look at mail.client_certificate)"
	}
	return ""
}
