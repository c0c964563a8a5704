package deliver

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/emersion/go-smtp"
)

// Catcher is an SMTP server on a free port of loopback that takes every message and brings it nowhere: for demonstrations and tests. It speaks
// without TLS and without AUTH. It is safe for concurrent use.
type Catcher struct {
	dir      string
	listener net.Listener
	server   *smtp.Server

	mutex  sync.Mutex
	caught []Caught
}

// Caught is a message that a Catcher took.
type Caught struct {
	From string   // MAIL FROM, without angle brackets; empty for the null sender
	To   []string // RCPT TO, in order
	Data []byte   // header and body with CRLF line ends
	Path string   // file that holds Data; empty if the catcher has no folder
}

// StartCatcher starts a catcher. With a dir, which is made if it is not there, each message is also written into it as a file of its own; with an
// empty dir it is kept in memory alone. Close ends it.
func StartCatcher(dir string) (*Catcher, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("start SMTP catcher: %w", err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start SMTP catcher: %w", err)
	}
	c := &Catcher{dir: dir, listener: listener}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &catch{catcher: c}, nil }))
	c.server.Domain = "localhost"
	c.server.EnableSMTPUTF8 = true
	c.server.MaxMessageBytes = 100 << 20
	c.server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// Addr is where it listens; "127.0.0.1:40025".
func (c *Catcher) Addr() string { return c.listener.Addr().String() }

// Port is the port of Addr.
func (c *Catcher) Port() int { return c.listener.Addr().(*net.TCPAddr).Port }

// Messages gives what was taken so far, in the order of arrival.
func (c *Catcher) Messages() []Caught {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return append([]Caught(nil), c.caught...)
}

// Close ends the server and its connections.
func (c *Catcher) Close() error { return c.server.Close() }

// keep takes a message.
func (c *Catcher) keep(message Caught) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.dir != "" {
		message.Path = filepath.Join(c.dir, fmt.Sprintf("%03d-%s.eml", len(c.caught)+1, addressName(message.To[0])))
		if err := WriteFile(message.Path, message.Data); err != nil {
			return err // the client is told 554, and nothing is kept
		}
	}
	c.caught = append(c.caught, message)
	return nil
}

// catch is one SMTP session with a catcher.
type catch struct {
	catcher *Catcher
	message Caught
}

func (s *catch) Mail(from string, _ *smtp.MailOptions) error {
	s.message = Caught{From: from}
	return nil
}

func (s *catch) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.message.To = append(s.message.To, to)
	return nil
}

func (s *catch) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.message.Data = data
	return s.catcher.keep(s.message)
}

func (s *catch) Reset()        { s.message = Caught{} }
func (s *catch) Logout() error { return nil }
