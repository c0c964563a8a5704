package deliver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// Server is what an SMTP server says of itself, after TLS and AUTH.
type Server struct {
	Address    string    // host and port; "smtp.example.org:587"
	Greeting   string    // first line of its answer to EHLO; "mx1.example.org"
	TLS        string    // "TLS1.3"; "none" without
	Cipher     string    // "TLS_AES_128_GCM_SHA256"; empty without TLS
	Ends       time.Time // of its certificate, or of the first to end of those that it rests on; zero without TLS
	Auth       string    // mechanism that AUTH was done with, upper case; empty: no AUTH
	TokenEnds  time.Time // of the access token that AUTH was done with; zero without one, or if its server does not say
	Offered    []string  // mechanisms that it offers, in its order
	Extensions []string  // of those that matter to a sender, what it has; "SIZE 10240000"
	Size       int64     // bytes that a message may have (RFC 1870); 0: it does not say
}

// Check connects, greets, does TLS and AUTH as Deliver would, says what the server is, and leaves without sending anything.
// Its errors are ErrTemporary, and ErrAuth where it is the credentials.
func (s *SMTP) Check(ctx context.Context) (Server, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return Server{}, err
	}
	defer c.quit()
	server := Server{Address: s.address(), Greeting: oneLine(c.client.HelloResponse()), TLS: "none", Auth: c.auth, Size: c.size}
	if state, ok := c.client.TLSConnectionState(); ok {
		server.TLS = strings.Replace(tls.VersionName(state.Version), "TLS ", "TLS", 1)
		server.Cipher = tls.CipherSuiteName(state.CipherSuite)
		server.Ends = ends(state.VerifiedChains)
	}
	if s.options.OAuth2 != nil {
		server.TokenEnds = s.options.OAuth2.Expiry()
	}
	if _, line := c.client.Extension("AUTH"); line != "" {
		server.Offered = strings.Fields(oneLine(line))
	}
	for _, name := range []string{"SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "CHUNKING", "ENHANCEDSTATUSCODES", "DSN"} {
		if has, value := c.client.Extension(name); has {
			server.Extensions = append(server.Extensions, strings.TrimSpace(name+" "+oneLine(value)))
		}
	}
	return server, nil
}

// ends is until when the longest-lived of some chains of certificates is good.
func ends(chains [][]*x509.Certificate) (latest time.Time) {
	for _, chain := range chains {
		var first time.Time
		for _, c := range chain {
			if first.IsZero() || c.NotAfter.Before(first) {
				first = c.NotAfter
			}
		}
		if first.After(latest) {
			latest = first
		}
	}
	return latest
}

// String says it in one line: "smtp.example.org:587 (mx1.example.org), TLS1.3, AUTH PLAIN, messages up to 10240000 bytes".
func (s Server) String() string {
	text := fmt.Sprintf("%s (%s), ", s.Address, s.Greeting)
	if s.TLS == "none" {
		text += "no TLS, "
	} else {
		text += s.TLS + ", "
	}
	if s.Auth == "" {
		text += "no AUTH, "
	} else {
		text += "AUTH " + s.Auth + ", "
	}
	if s.Size == 0 {
		return text + "no limit of size given"
	}
	return text + fmt.Sprintf("messages up to %d bytes", s.Size)
}
