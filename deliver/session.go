package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// session is one connection to the server, greeted, with TLS and AUTH done. It speaks through go-mail's SMTP client and not through its mail client,
// because that one keeps the server's replies to itself, prefers NTLM, and cannot be cancelled.
type session struct {
	ctx     context.Context
	client  *smtp.Client
	conn    *wire
	stop    func() bool // ends the watch on ctx
	timeout time.Duration
	final   time.Duration // of the reply to a whole message
	size    int64         // SIZE that the server gave, bytes; 0: no limit given
	auth    string        // mechanism that was used; empty: none
	begun   int           // messages that were tried
	mailed  bool          // the server took MAIL FROM of the newest of them
	broken  bool          // nothing more can be sent
	inData  bool          // it broke while a message's content was under way: the server may have taken it
}

// connect makes a session. Where the server refuses an access token that was not new, it tries once more with a new one.
func (s *SMTP) connect(ctx context.Context) (*session, error) {
	c, err := s.connectOnce(ctx)
	if errors.Is(err, errStale) {
		return s.connectOnce(ctx)
	}
	return c, err
}

// connectOnce makes a session. An error says at which step; it is ErrServer, or only ErrTemporary if ctx is done, whatever the reply code: a server that
// turns every message away (554 instead of a greeting) has refused no recipient.
func (s *SMTP) connectOnce(ctx context.Context) (*session, error) {
	c := &session{ctx: ctx, timeout: s.options.Timeout, final: s.options.FinalReply}
	err := s.establish(c)
	if err == nil {
		return c, nil
	}
	c.close()
	if ctx.Err() != nil {
		return nil, temporary(context.Cause(ctx))
	}
	return nil, serverFault(err)
}

// establish connects c, greets, and does TLS and AUTH.
func (s *SMTP) establish(c *session) error {
	config, err := s.tlsConfig()
	if err != nil {
		return err
	}
	dialer := net.Dialer{Timeout: c.timeout}
	dialed, err := dialer.DialContext(c.ctx, "tcp", s.address())
	if err != nil {
		return fmt.Errorf("connect to SMTP server: %w", err)
	}
	c.conn = newWire(dialed)
	c.stop = context.AfterFunc(c.ctx, func() { _ = c.conn.Close() })
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil { // the clock, because a connection takes nothing but an instant
		return err
	}
	conn := net.Conn(c.conn)
	if s.options.TLS == ImplicitTLS {
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(c.ctx); err != nil {
			return s.tlsFault(err)
		}
		conn = secure
	}
	if c.client, err = smtp.NewClient(conn, s.options.Host); err != nil {
		remedy := tlsRemedy(err)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() && s.options.TLS != ImplicitTLS {
			remedy = " (a port that begins with TLS, as 465 does, wants mail.tls: implicit)"
		}
		return fmt.Errorf("greeting of SMTP server %s: %w%s", s.address(), err, remedy)
	}
	if err := c.step(func() error { return c.client.Hello(s.options.HELO) }); err != nil {
		return fmt.Errorf("EHLO to SMTP server %s: %w%s", s.address(), err, tlsRemedy(err))
	}
	if s.options.TLS == StartTLS {
		if offered, _ := c.client.Extension("STARTTLS"); !offered {
			return fmt.Errorf("SMTP server %s does not offer STARTTLS, so nothing is sent (set mail.tls: implicit if the server takes TLS from the start, as on port 465)", s.address())
		}
		clear := c.client.Text
		if err := c.step(func() error { return c.client.StartTLS(config) }); err != nil {
			return s.tlsFault(err)
		}
		if clear.R.Buffered() > 0 { // somebody in between can say what the server did not (CVE-2011-0411 is the server's side of it)
			return s.tlsFault(errors.New("more was said in clear text behind the reply to STARTTLS, so nothing is sent: somebody may be in between"))
		}
	}
	if err := s.authenticate(c); err != nil {
		return err
	}
	if _, limit := c.client.Extension("SIZE"); limit != "" {
		c.size, _ = strconv.ParseInt(limit, 10, 64) // a limit that is no number is none (RFC 1870 section 4)
	}
	return nil
}

// step does one step of the conversation within the time limit. It marks the session broken where no other can follow.
func (c *session) step(do func() error) error { return c.within(c.timeout, do) }

// within is step with another limit. A server that has said more than one reply is heard no further: the next
// would be taken for that to another command. Nor is one whose reply has no line end, which textproto takes for whole.
func (c *session) within(limit time.Duration, do func() error) error {
	c.conn.allow()
	err := c.client.UpdateDeadline(limit)
	if n := c.client.Text.R.Buffered(); err == nil && n > 0 {
		said, _ := c.client.Text.R.Peek(n) // it is there
		err = fmt.Errorf("the server speaks out of turn, with no command to reply to: %s", oneLine(string(said)))
	}
	if err == nil {
		err = do()
	}
	if c.conn.ended != nil && (err == nil || c.begun > 0) { // before a message the client itself goes on after a refusal
		err = c.conn.ended
	}
	if err == nil {
		return nil
	}
	if code, _ := reply(err); code == 0 || code == 421 {
		c.broken = true
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
	}
	return err
}

// done is nil for every reply that says that something is done: its first digit alone counts (RFC 5321 section 4.2).
func done(err error) error {
	if code, _ := reply(err); code >= 200 && code <= 299 {
		return nil
	}
	return err
}

// reset ends a mail transaction that err stopped, so that the next can begin, and gives err back.
func (c *session) reset(err error) error {
	if !c.broken && c.step(c.client.Reset) != nil {
		c.broken = true
	}
	return err
}

// quitReply is how long the server may take to say goodbye.
const quitReply = 2 * time.Second

// quit ends the session politely; whatever the server says to that, the messages are handed over.
func (c *session) quit() {
	if !c.broken {
		_ = c.within(min(c.timeout, quitReply), c.client.Quit)
	}
	c.close()
}

func (c *session) close() {
	if c.conn != nil {
		c.stop()
		_ = c.conn.Close()
	}
}

// path is an address as MAIL FROM and RCPT TO take it, quoted where it needs to be (RFC 5321 section 4.1.2).
func path(a *netmail.Address) string { return (&netmail.Address{Address: a.Address}).String() }

// bare is the address in text without the name; text itself on one line if there is none.
func bare(text string) string {
	a, err := address(text)
	if err != nil {
		return oneLine(text)
	}
	return a.Address
}
