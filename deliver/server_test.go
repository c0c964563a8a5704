package deliver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"authreport/smtptest"
)

// server is an SMTP server on loopback that behaves as a test needs it.
type server struct {
	names     []string                   // of its certificate; none: 127.0.0.1
	tls       string                     // StartTLS, ImplicitTLS or NoTLS
	users     map[string]string          // password by user name; AUTH is required if there are any
	auth      []string                   // mechanisms offered
	tokens    func(token string) bool    // says which access tokens are good
	clients   *smtptest.Authority        // whose certificate a client must show; nil: none
	size      int64                      // SIZE
	utf8      bool                       // SMTPUTF8
	refuse    map[string]*smtp.SMTPError // by recipient
	refuseAt  func(from string) error    // at MAIL FROM
	onData    func(to string) error      // before the content is read
	share     int                        // messages that a connection may bring; 0: any number
	full      func(*smtp.Conn) error     // at MAIL FROM of one more
	authority *smtptest.Authority

	port int

	mutex       sync.Mutex
	connections int
	logins      []string // mechanism and user of each AUTH that went well
	refused     int      // AUTH that did not
	shown       []string // serial numbers of the clients' certificates
	caught      []Caught
	options     []smtp.MailOptions
}

// start starts the server, and ends it with the test.
func (s *server) start(t testing.TB) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	srv := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.connections++
		if state, ok := conn.TLSConnectionState(); ok && len(state.PeerCertificates) > 0 {
			s.shown = append(s.shown, state.PeerCertificates[0].SerialNumber.String())
		}
		return &serverSession{server: s, conn: conn}, nil
	}))
	srv.Domain, srv.MaxMessageBytes, srv.EnableSMTPUTF8, srv.AllowInsecureAuth = "mx1.example.org", s.size, s.utf8, true
	srv.ErrorLog = log.New(io.Discard, "", 0)
	if s.tls != NoTLS {
		s.authority = smtptest.NewAuthority(t)
		certFile, keyFile := s.authority.Issue(t, s.names...)
		certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			t.Fatal(err)
		}
		config := &tls.Config{Certificates: []tls.Certificate{certificate}}
		if s.clients != nil {
			config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
			config.ClientCAs.AddCert(s.clients.Certificate)
		}
		if s.tls == ImplicitTLS {
			listener = tls.NewListener(listener, config)
		} else {
			srv.TLSConfig = config
		}
	}
	go func() { _ = srv.Serve(listener) }()
	t.Cleanup(func() { _ = srv.Close() })
	return s
}

// channel is an SMTP channel to the server; change may change its options.
func (s *server) channel(t testing.TB, change func(*SMTPOptions)) *SMTP {
	t.Helper()
	o := SMTPOptions{Host: "127.0.0.1", Port: s.port, TLS: s.tls, HELO: "reports.example.org", Timeout: time.Minute}
	if s.authority != nil {
		o.CAFile = s.authority.File
	}
	for user, password := range s.users {
		o.Username, o.Password = user, func() (string, error) { return password, nil }
	}
	if change != nil {
		change(&o)
	}
	channel, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

func (s *server) messages() []Caught {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Caught(nil), s.caught...)
}

type serverSession struct {
	server  *server
	conn    *smtp.Conn
	user    string
	taken   int
	message Caught
}

func (s *serverSession) AuthMechanisms() []string { return s.server.auth }

func (s *serverSession) Mail(from string, options *smtp.MailOptions) error {
	if len(s.server.users) > 0 && s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	if s.server.share > 0 && s.taken == s.server.share {
		return s.server.full(s.conn)
	}
	if s.server.refuseAt != nil {
		if err := s.server.refuseAt(from); err != nil {
			return err
		}
	}
	s.message = Caught{From: from}
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.options = append(s.server.options, *options)
	return nil
}

func (s *serverSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if refused, ok := s.server.refuse[to]; ok {
		return refused
	}
	s.message.To = append(s.message.To, to)
	return nil
}

func (s *serverSession) Data(r io.Reader) error {
	if s.server.onData != nil {
		if err := s.server.onData(s.message.To[0]); err != nil {
			return err
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.message.Data = data
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.caught = append(s.server.caught, s.message)
	s.taken++
	return nil
}

func (s *serverSession) Reset()        {}
func (s *serverSession) Logout() error { return nil }

// results collects what Deliver reports, and checks that it reports each message once and in order.
func deliverAll(t *testing.T, channel Channel, messages []Message) ([]Result, error) {
	t.Helper()
	var results []Result
	err := channel.Deliver(t.Context(), messages, func(i int, r Result) {
		if i != len(results) {
			t.Errorf("report of message %d came as number %d", i, len(results))
		}
		results = append(results, r)
	})
	if len(results) != len(messages) {
		t.Errorf("%d results for %d messages", len(results), len(messages))
	}
	for i, r := range results {
		if r.Err != nil && errors.Is(r.Err, ErrTemporary) == errors.Is(r.Err, ErrPermanent) {
			t.Errorf("result %d is not either temporary or permanent: %v", i, r.Err)
		}
	}
	return results, err
}

// testMessage is a message to one address, with everything that a report's message has.
func testMessage(to string) Message {
	return Message{
		ID: "<1f0c." + to + ">", Series: "weekly", From: "authreport <reports@example.org>", To: to, ReplyTo: "postmaster@example.org", Unsubscribe: "postmaster@example.org",
		Subject: "SMTP AUTH clients, weekly: mx1", Date: time.Date(2026, 11, 24, 7, 0, 0, 0, time.FixedZone("CET", 3600)),
		Text: "Figures: 12,345 messages – zoë\n.a line that begins with a dot\n", HTML: "<html><body><p>Figures <img src=\"cid:volume@authreport\"></p></body></html>",
		Inline:      []File{{Name: "volume.png", ContentType: "image/png", Data: []byte("\x89PNG\r\n\x1a\nnot really"), ContentID: "volume@authreport"}},
		Attachments: []File{{Name: "report.zip", ContentType: "application/zip", Data: attachment}, {Name: "report.xlsx", ContentType: xlsx, Data: attachment[:999]}},
	}
}

const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// attachment holds every byte value, long runs and dots at the start of lines.
var attachment = func() []byte {
	var b []byte
	for i := range 70_000 {
		b = append(b, byte(i*i>>3))
	}
	return append(b, "\r\n.\r\n..\n.\r\nend without line end"...)
}()
