package jobs

import (
	"context"
	"io"
	"log"
	"net"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/store"
)

// desk is a store with a few counts, a mail server on loopback and a clock that stands until it is moved.
type desk struct {
	t      *testing.T
	config *config.Config
	store  *store.Store
	server *mailServer
	clock  time.Time
}

// start is Tuesday 24 November 2026, 12:00 in Amsterdam.
var start = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)

// testConfig is a configuration whose mail server listens on that port.
func testConfig(t *testing.T, port int) *config.Config {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	c := &config.Config{
		Path:      "/etc/authreport/config.yaml",
		Zone:      zone,
		Retention: 90,
		Store:     "sqlite:" + filepath.Join(t.TempDir(), "authreport.db"),
		Sources:   []config.Source{{Name: "mx1", Format: "postfix"}},
		Mail: config.Mail{
			Host: "127.0.0.1", Port: port, TLS: "none", From: `"authreport" <reports@example.org>`, Timeout: time.Minute,
			RetryAfter: time.Minute, RetryFor: 48 * time.Hour, Outbox: filepath.Join(t.TempDir(), "outbox"),
		},
		Reports: []config.Report{bareReport("once")},
	}
	c.Notify.Mail = c.Mail
	return c
}

// bareReport is a report without attachments, which take their time to make.
func bareReport(name string) config.Report {
	r := config.Default(name)
	r.AttachPage, r.AttachWorkbook = "none", false
	return r
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	server := startServer(t)
	d := deskAt(t, server.port)
	d.server = server
	return d
}

// deskAt is a desk whose mail server is somebody else's, on that port.
func deskAt(t *testing.T, port int) *desk {
	t.Helper()
	d := &desk{t: t, clock: start, config: testConfig(t, port)}
	d.store = d.open()
	client := authreport.Client{Server: "mx1", Account: "alice", Sender: "alice@example.org", Domain: "example.org", TLS: authreport.TLS12, Mechanism: "PLAIN"}
	tally := authreport.NewTally(d.config.Zone)
	tally.AddMessages(authreport.Submission{Time: start.AddDate(0, 0, -2), Client: client, Recipients: 3}, 3)
	position := authreport.Position{Source: "mx1", Stream: "/log", Fingerprint: "00", Length: 1, Offset: 1, Path: "/log"}
	if _, err := d.store.Write(t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) now() time.Time { return d.clock }

func (d *desk) open() *store.Store {
	d.t.Helper()
	s, err := store.Open(d.t.Context(), d.config.Store, store.Options{Zone: d.config.Zone, Now: d.now})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = s.Close() })
	return s
}

// requester is a process that does requests.
func (d *desk) requester(owner string) *Requester {
	d.t.Helper()
	channel, err := deliver.NewSMTP(deliver.SMTPOptions{Host: d.config.Mail.Host, Port: d.config.Mail.Port, TLS: deliver.NoTLS, Timeout: d.config.Mail.Timeout})
	if err != nil {
		d.t.Fatal(err)
	}
	return &Requester{Config: d.config, Store: d.store, Channel: channel, Now: d.now, Owner: owner, Host: "mx1.example.org", Spread: func(time.Duration) time.Duration { return 0 }}
}

// ask adds a request for the report once, asked for by hand, and gives its number.
func (d *desk) ask(recipients ...string) int64 {
	d.t.Helper()
	return d.add("a test", d.clock, recipients)
}

func (d *desk) add(askedBy string, due time.Time, recipients []string) int64 {
	d.t.Helper()
	return d.addTogether(askedBy, due, recipients, nil, nil)
}

// addTogether adds a request that goes to all by one message.
func (d *desk) addTogether(askedBy string, due time.Time, recipients, cc, bcc []string) int64 {
	d.t.Helper()
	if askedBy == store.AskedBySchedule {
		d.config.Reports[0].Recipients = slices.Concat(d.config.Reports[0].Recipients, recipients, cc, bcc)
	}
	id, err := d.store.AddRequest(d.t.Context(), store.Request{
		Report: "once", Range: authreport.Range{First: authreport.DayOf(d.clock) - 7, Last: authreport.DayOf(d.clock) - 1}, Recipients: recipients,
		Cc: cc, Bcc: bcc, AskedBy: askedBy, Due: due, Created: d.clock, MessageHost: MessageHost(d.config.Mail),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// do has a requester do what is due, once.
func (d *desk) do(ctx context.Context, q *Requester) (found bool) {
	d.t.Helper()
	found, err := q.Do(ctx, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

func (d *desk) request(id int64) store.Request {
	d.t.Helper()
	r, err := d.store.Request(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// deliveries gives the deliveries of a request by recipient.
func (d *desk) deliveries(id int64) map[string]store.Delivery {
	d.t.Helper()
	list, err := d.store.Deliveries(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	all := map[string]store.Delivery{}
	for _, one := range list {
		all[one.Recipient] = one
	}
	return all
}

// states gives the state of each delivery: "a@example.org delivered, b@example.org refused".
func (d *desk) states(id int64) string {
	d.t.Helper()
	list, err := d.store.Deliveries(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var texts []string
	for _, one := range list {
		texts = append(texts, strings.TrimSuffix(one.Recipient, "@example.org")+" "+string(one.State))
	}
	return strings.Join(texts, ", ")
}

// mailServer is an SMTP server that takes all messages but those that it is told to refuse.
type mailServer struct {
	port   int
	server *smtp.Server

	mutex       sync.Mutex
	refuse      map[string]*smtp.SMTPError // by recipient
	hangUp      map[string]bool            // by recipient: once their message is taken, instead of the reply
	received    []received
	connections int
	data        func(to string) // called while a message is being received
}

type received struct {
	to, id string // recipient, Message-ID
	text   string
}

func startServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{port: listener.Addr().(*net.TCPAddr).Port, refuse: map[string]*smtp.SMTPError{}, hangUp: map[string]bool{}}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.connections++
		return &mailSession{server: s, conn: c.Conn()}, nil
	}))
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	s.server.Domain = "mx1.example.org"
	go func() { _ = s.server.Serve(listener) }()
	t.Cleanup(func() { _ = s.server.Close() })
	return s
}

// got gives the recipients of the messages received so far.
func (s *mailServer) got() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var to []string
	for _, m := range s.received {
		to = append(to, strings.TrimSuffix(m.to, "@example.org"))
	}
	return strings.Join(to, " ")
}

type mailSession struct {
	server *mailServer
	conn   net.Conn
	to     string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.to = to
	if refusal := s.server.refuse[to]; refusal != nil {
		return refusal
	}
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	if s.server.data != nil {
		s.server.data(s.to)
	}
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.received = append(s.server.received, received{s.to, m.Header.Get("Message-Id"), string(text)})
	if s.server.hangUp[s.to] {
		return s.conn.Close()
	}
	return nil
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }
