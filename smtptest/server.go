package smtptest

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Step is where in a conversation a server can misbehave: the reply that is due, or what takes the place of a reply.
type Step string

// The steps, in the order of a conversation.
const (
	Greeting     Step = "greeting"
	Hello        Step = "EHLO"
	StartTLS     Step = "STARTTLS"
	Handshake    Step = "TLS handshake"   // before its first byte
	Secured      Step = "after TLS"       // before the next command is read
	HelloAgain   Step = "EHLO within TLS" // only after STARTTLS
	AuthUser     Step = "AUTH, user name" // the challenge, only of LOGIN
	AuthPassword Step = "AUTH, password"  // the challenge, only of LOGIN
	Auth         Step = "AUTH"
	Mail         Step = "MAIL FROM"
	Rcpt         Step = "RCPT TO"
	Data         Step = "DATA"
	Content      Step = "in the content" // when its first line has been read
	End          Step = "end of content"
	Reset        Step = "RSET"
	Quit         Step = "QUIT"
)

// Fault is a way to misbehave.
type Fault struct {
	At    Step
	Do    Behaviour        // in place of the reply
	After int              // the server behaves well so many times before
	Times int              // how often; 0: for ever
	To    string           // only while this is a message's newest recipient; empty: always
	When  func(*Conn) bool // only then; asked by one connection at a time, and may not ask the Server anything; nil: always
	Keep  bool             // at End: the message is kept whatever the reply is

	came int // how often it could have been done
}

// Message is a message that a Server took, for one of its recipients.
type Message struct {
	From, To   string // MAIL FROM, RCPT TO, without angle brackets
	ID         string // Message-ID with its angle brackets
	Data       []byte // as it came, without the dots of SMTP
	Connection int    // 1 for the first
}

// Server is an SMTP server on loopback that keeps all it is sent, a Message for each recipient, and misbehaves as Faults say.
// What is exported is set before Start; the methods are safe for concurrent use.
type Server struct {
	TLS        *tls.Config // nil: none
	Implicit   bool        // TLS from the first byte
	User       string      // AUTH is required; empty: none is offered
	Password   string
	Mechanisms string // PLAIN, LOGIN; "PLAIN" if empty
	Size       int    // SIZE, and what is refused beyond; 0: no limit
	Recipients int    // that a message may have; 0: any number
	Faults     []*Fault
	Port       int // 0: Start chooses one

	listener net.Listener
	open     sync.WaitGroup

	mutex       sync.Mutex
	conns       map[net.Conn]bool
	connections int
	clear       strings.Builder
	within      []string
	endless     int
	messages    []Message
}

// Start starts the server, and ends it with the test.
func (s *Server) Start(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener, s.Port, s.conns = listener, listener.Addr().(*net.TCPAddr).Port, map[net.Conn]bool{}
	s.open.Go(s.accept)
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server and its connections, and returns when all of it is over.
func (s *Server) Stop() {
	_ = s.listener.Close()
	s.mutex.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = nil
	s.mutex.Unlock()
	s.open.Wait()
}

func (s *Server) accept() {
	for {
		raw, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mutex.Lock()
		if s.conns == nil {
			_ = raw.Close()
		} else {
			s.conns[raw] = true
			s.connections++
			c := newConn(s, raw, s.connections)
			s.open.Go(func() {
				c.serve()
				_ = raw.Close()
				s.mutex.Lock()
				defer s.mutex.Unlock()
				delete(s.conns, raw)
			})
		}
		s.mutex.Unlock()
	}
}

// Connections is how many there were.
func (s *Server) Connections() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.connections
}

// Messages gives what was kept, in the order of arrival.
func (s *Server) Messages() []Message {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.messages)
}

// Clear is all that clients said without TLS, but for the first bytes of TLS.
func (s *Server) Clear() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.clear.String()
}

// Within is the commands that came within TLS.
func (s *Server) Within() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.within)
}

// Sent is how many bytes clients took of replies without end.
func (s *Server) Sent() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.endless
}

func (s *Server) sent(bytes int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.endless += bytes
}

// Came is how often a fault was done.
func (s *Server) Came(f *Fault) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	done := max(0, f.came-f.After)
	if f.Times > 0 {
		done = min(done, f.Times)
	}
	return done
}

// fault gives the fault of a step that is due; nil if there is none.
func (s *Server) fault(at Step, c *Conn) *Fault {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, f := range s.Faults {
		if f.At != at || f.To != "" && f.To != c.message.To || f.When != nil && !f.When(c) {
			continue
		}
		f.came++
		if f.came > f.After && (f.Times == 0 || f.came <= f.After+f.Times) {
			return f
		}
	}
	return nil
}

func (s *Server) keep(m Message) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.messages = append(s.messages, m)
}

// heard notes what a client said.
func (s *Server) heard(text string, secure bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if secure {
		s.within = append(s.within, strings.TrimSpace(text))
	} else {
		s.clear.WriteString(text)
	}
}
