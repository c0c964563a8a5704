package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
)

// Conn is the server's side of one connection.
type Conn struct {
	server  *Server
	raw     net.Conn // without TLS
	conn    net.Conn
	in      *bufio.Reader
	number  int
	secure  bool            // TLS is done
	user    bool            // AUTH is done
	said    strings.Builder // the beginnings of what was sent since DATA, or the start
	early   bool            // the reply to the message has been given before its end
	message Message
	to      []string // recipients that were taken
}

func newConn(s *Server, raw net.Conn, number int) *Conn {
	return &Conn{server: s, raw: raw, conn: raw, in: bufio.NewReader(raw), number: number}
}

// Send writes text as it is. It says whether the client is still there.
func (c *Conn) Send(text string) bool {
	c.said.WriteString(text[:min(len(text), 10)])
	_, err := c.conn.Write([]byte(text))
	return err == nil
}

// To is the newest recipient of the message under way.
func (c *Conn) To() string { return c.message.To }

// HangUp ends the connection.
func (c *Conn) HangUp() { _ = c.raw.Close() }

// Wait says nothing until the client goes. What it says meanwhile is lost.
func (c *Conn) Wait() { _, _ = c.in.WriteTo(nothing{}) }

type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }

// answer gives the reply of a step, or misbehaves. It says whether the conversation goes on.
func (c *Conn) answer(at Step, reply string) bool {
	if f := c.server.fault(at, c); f != nil {
		return f.Do(c, reply+"\r\n")
	}
	return reply == "" || c.Send(reply+"\r\n")
}

// serve talks until the connection ends.
func (c *Conn) serve() {
	if c.server.Implicit && !c.handshake() || !c.answer(Greeting, "220 mx1.example.org ESMTP") {
		return
	}
	for {
		line, ok := c.Line()
		if !ok || !c.command(line) {
			return
		}
	}
}

// Line reads what the client says, up to a line end, which is left out.
func (c *Conn) Line() (string, bool) {
	line, err := c.in.ReadString('\n')
	c.server.heard(line, c.secure)
	return strings.TrimRight(line, "\r\n"), err == nil
}

// handshake does TLS.
func (c *Conn) handshake() bool {
	if f := c.server.fault(Handshake, c); f != nil && !f.Do(c, "") {
		return false
	}
	secure := tls.Server(c.raw, c.server.TLS)
	if secure.Handshake() != nil {
		return false
	}
	c.conn, c.in, c.secure, c.user = secure, bufio.NewReader(secure), true, false
	return c.answer(Secured, "")
}

// command does one command. It says whether the conversation goes on.
func (c *Conn) command(line string) bool {
	verb, argument, _ := strings.Cut(line, " ")
	switch verb = strings.ToUpper(verb); {
	case verb == "EHLO" || verb == "HELO":
		at := Hello
		if c.secure && !c.server.Implicit {
			at = HelloAgain
		}
		return c.answer(at, c.hello())
	case verb == "STARTTLS" && c.server.TLS != nil && !c.secure:
		return c.answer(StartTLS, "220 2.0.0 Ready to start TLS") && c.handshake()
	case verb == "QUIT":
		c.answer(Quit, "221 2.0.0 Bye")
		return false
	case verb == "RSET":
		c.message, c.to = Message{}, nil
		return c.answer(Reset, "250 2.0.0 Ok")
	case c.server.TLS != nil && !c.secure:
		return c.Send("530 5.7.0 Must issue a STARTTLS command first\r\n")
	case verb == "AUTH":
		return c.auth(argument)
	case c.server.User != "" && !c.user:
		return c.Send("530 5.7.0 Authentication required\r\n")
	case verb == "MAIL":
		c.message, c.to = Message{From: path(argument), Connection: c.number}, nil
		if size, _ := strconv.Atoi(sizeOf(argument)); c.server.Size > 0 && size > c.server.Size {
			return c.answer(Mail, "552 5.3.4 Message size exceeds fixed limit")
		}
		return c.answer(Mail, "250 2.1.0 Ok")
	case verb == "RCPT":
		return c.rcpt(path(argument))
	case verb == "DATA":
		return c.data()
	}
	return c.Send("502 5.5.2 Error: command not recognized\r\n")
}

// rcpt takes a recipient.
func (c *Conn) rcpt(to string) bool {
	if c.server.Recipients > 0 && len(c.to) == c.server.Recipients {
		return c.Send("452 4.5.3 Error: too many recipients\r\n")
	}
	c.message.To = to
	c.said.Reset()
	goesOn := c.answer(Rcpt, "250 2.1.5 Ok")
	if strings.HasPrefix(c.said.String(), "2") {
		c.to = append(c.to, to)
	}
	return goesOn
}

// hello is the answer to EHLO.
func (c *Conn) hello() string {
	lines := []string{"mx1.example.org", "8BITMIME", "ENHANCEDSTATUSCODES"}
	if c.server.TLS != nil && !c.secure {
		lines = append(lines, "STARTTLS")
	}
	if c.server.User != "" && (c.secure || c.server.TLS == nil) {
		lines = append(lines, "AUTH "+c.mechanisms())
	}
	if c.server.Size > 0 {
		lines = append(lines, fmt.Sprintf("SIZE %d", c.server.Size))
	}
	last := len(lines) - 1
	return "250-" + strings.Join(lines[:last], "\r\n250-") + "\r\n250 " + lines[last]
}

func (c *Conn) mechanisms() string {
	if c.server.Mechanisms == "" {
		return "PLAIN"
	}
	return c.server.Mechanisms
}

// auth does AUTH by PLAIN with an initial response, or by LOGIN without.
func (c *Conn) auth(argument string) bool {
	mechanism, response, _ := strings.Cut(argument, " ")
	said := func(at Step, challenge string) (string, bool) {
		if !c.answer(at, "334 "+base64.StdEncoding.EncodeToString([]byte(challenge))) {
			return "", false
		}
		return c.Line()
	}
	decode := func(text string) string {
		decoded, _ := base64.StdEncoding.DecodeString(text) // what is none is no password either
		return string(decoded)
	}
	given := decode(response)
	if mechanism == "LOGIN" {
		user, ok := said(AuthUser, "Username:")
		if !ok {
			return false
		}
		password, ok := said(AuthPassword, "Password:")
		if !ok {
			return false
		}
		given = "\x00" + decode(user) + "\x00" + decode(password)
	}
	if c.user = given == "\x00"+c.server.User+"\x00"+c.server.Password; !c.user {
		return c.Send("535 5.7.8 Error: authentication failed\r\n")
	}
	return c.answer(Auth, "235 2.7.0 Authentication successful")
}

// data takes a message.
func (c *Conn) data() bool {
	const reply = "354 End data with <CR><LF>.<CR><LF>"
	c.said.Reset()
	if goesOn := c.answer(Data, reply); !goesOn || !strings.HasPrefix(c.said.String(), "354") {
		return goesOn
	}
	var data bytes.Buffer
	for first := true; ; first = false {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return false
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			break
		}
		data.Write(bytes.TrimPrefix(line, []byte(".")))
		if first {
			if f := c.server.fault(Content, c); f != nil && !f.Do(c, "") {
				return false
			}
		}
	}
	if c.early {
		c.message, c.to, c.early = Message{}, nil, false
		return true
	}
	return c.end(data.Bytes())
}

// end keeps a message and says so, or does not.
func (c *Conn) end(data []byte) bool {
	c.message.Data = data
	if m, err := mail.ReadMessage(bytes.NewReader(data)); err == nil {
		c.message.ID = m.Header.Get("Message-Id")
	}
	if len(c.to) == 0 { // the client goes on all the same
		c.to = []string{c.message.To}
	}
	defer func() { c.message, c.to = Message{}, nil }()
	f := c.server.fault(End, c)
	if tooLarge := c.server.Size > 0 && len(data) > c.server.Size; tooLarge && f == nil {
		return c.Send("552 5.3.4 Error: message file too big\r\n")
	}
	if f == nil || f.Keep {
		for _, c.message.To = range c.to {
			c.server.keep(c.message)
		}
	}
	const reply = "250 2.0.0 Ok: queued\r\n"
	if f != nil {
		return f.Do(c, reply)
	}
	return c.Send(reply)
}

var (
	pathForm = regexp.MustCompile(`<([^>]*)>`)
	sizeForm = regexp.MustCompile(` SIZE=(\d+)`)
)

// path is the address in the angle brackets of MAIL FROM and RCPT TO.
func path(argument string) string {
	if m := pathForm.FindStringSubmatch(argument); m != nil {
		return m[1]
	}
	return ""
}

// sizeOf is the size that MAIL FROM tells.
func sizeOf(argument string) string {
	if m := sizeForm.FindStringSubmatch(argument); m != nil {
		return m[1]
	}
	return ""
}
