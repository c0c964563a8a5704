package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// badServer is an SMTP server that misbehaves at every point of a conversation, as chance has it, and keeps account of what it took.
type badServer struct {
	port    int
	refused map[string]bool // recipients that it refuses for good

	mutex  sync.Mutex
	random *rand.Rand
	start  time.Time
	calm   bool                  // it does all as it should
	taken  map[letter][]*takings // in order
	faults map[string]int        // how often it did what
}

// letter is a Message-ID and one of the message's recipients.
type letter struct{ id, to string }

// takings is a message that the server took for a recipient.
type takings struct {
	known bool // the client went on after the reply, so it has stored the outcome
}

func startBadServer(t *testing.T, seed uint64, refused ...string) *badServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &badServer{port: listener.Addr().(*net.TCPAddr).Port, refused: map[string]bool{}, random: rand.New(rand.NewPCG(seed, 5)), start: time.Now(),
		taken: map[letter][]*takings{}, faults: map[string]int{}}
	for _, to := range refused {
		s.refused[to] = true
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go s.serve(conn)
			}
		}
	}()
	return s
}

// setCalm makes the server do all as it should from now on.
func (s *badServer) setCalm() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calm = true
}

// count gives how many messages it took.
func (s *badServer) count() (n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, taken := range s.taken {
		n += len(taken)
	}
	return n
}

// moods follow each other by chance, each for a while: the share of steps that go wrong, and whether the server is away or limits what it takes.
var moods = []struct {
	name  string
	share float64
	all   string // what it does with every connection; empty: nothing
}{{"good", 0.02, ""}, {"bad", 0.1, ""}, {"bad", 0.1, ""}, {"worse", 0.3, ""}, {"away", 0, "hang up"}, {"limits", 0.05, "limit"}}

const moodLasts = 250 * time.Millisecond

// whim gives what the server does at a step instead of what it should: one of the kinds, or nothing.
func (s *badServer) whim(step string, kinds ...string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.calm {
		return ""
	}
	era := uint64(time.Since(s.start) / moodLasts)
	mood := moods[rand.New(rand.NewPCG(era, 7)).IntN(len(moods))]
	kind, share := "", mood.share
	if step == "end of content" { // the window that SMTP leaves open
		share = max(share, 0.3)
	}
	switch {
	case mood.all == "hang up" && step == "connect", mood.all == "limit" && step == "MAIL":
		kind = mood.all
	case s.random.Float64() < share:
		kind = kinds[s.random.IntN(len(kinds))]
	}
	if kind != "" {
		s.faults[step+": "+kind]++
	}
	return kind
}

// conversation is one connection.
type conversation struct {
	*badServer
	conn net.Conn
	in   *bufio.Reader
	to   []string // recipients of the message under way, those that may have been refused included
	last *takings // the message that the last command's reply was about
}

var errHangUp = errors.New("hang up")

func (s *badServer) serve(conn net.Conn) {
	c := &conversation{badServer: s, conn: conn, in: bufio.NewReader(conn)}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	err := c.answer("connect", "220 mx1.example.org", "421 4.3.2 not now", "554 5.3.2 no service")
	for err == nil {
		var line string
		if line, err = textproto.NewReader(c.in).ReadLine(); err != nil {
			return
		}
		if c.last != nil { // whoever goes on has the reply
			s.mutex.Lock()
			c.last.known = true
			s.mutex.Unlock()
			c.last = nil
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			err = c.answer("EHLO", "250-mx1.example.org\r\n250-8BITMIME\r\n250 SIZE 10000000", "421 4.3.2 not now", "502 5.5.1 what")
		case "MAIL":
			c.to = nil
			err = c.answer("MAIL", "250 2.1.0 ok", "421 4.7.0 too many errors", "451 4.3.0 try later")
		case "RCPT":
			_, to, _ := strings.Cut(line, "<")
			to, _, _ = strings.Cut(to, ">")
			if s.refused[to] {
				_, err = c.reply("RCPT", "550 5.1.1 no such user", "451 4.3.0 try later")
				break
			}
			var said string
			said, err = c.reply("RCPT", "250 2.1.5 ok", "450 4.2.0 Greylisted for 60 seconds", "451 4.3.0 try later", "421 4.3.2 going down")
			if strings.HasPrefix(said, "250") {
				c.to = append(c.to, to)
			}
		case "DATA":
			err = c.data()
		case "QUIT":
			_ = c.answer("QUIT", "221 2.0.0 bye")
			return
		default:
			err = c.answer(verb, "250 2.0.0 ok", "451 4.3.0 try later")
		}
	}
}

// answer is reply where nobody asks what was said.
func (c *conversation) answer(step, usual string, others ...string) error {
	_, err := c.reply(step, usual, others...)
	return err
}

// reply gives the usual reply, or by whim one of the others, or hangs up before or after it, or lets the client wait.
func (c *conversation) reply(step, reply string, others ...string) (said string, err error) {
	kind := c.whim(step, append(others, "hang up", "hang up after", "slow", "limit")...)
	switch kind {
	case "", "hang up after":
	case "hang up":
		return "", errHangUp
	case "slow":
		<-time.After(c.while())
	case "limit":
		reply = "450 4.7.1 Error: too much mail from 127.0.0.1"
		if step == "connect" {
			reply = "421 4.7.0 Error: too many connections from 127.0.0.1"
		}
	default:
		reply = kind
	}
	if _, err := fmt.Fprintf(c.conn, "%s\r\n", reply); err != nil {
		return "", err
	}
	if kind == "hang up after" || strings.HasPrefix(reply, "421") {
		return reply, errHangUp
	}
	return reply, nil
}

// while is a time that a slow server takes, now and then longer than the client waits.
func (c *conversation) while() time.Duration {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.random.IntN(20) == 0 {
		return 1200 * time.Millisecond
	}
	return time.Duration(c.random.IntN(150)) * time.Millisecond
}

// data receives a message.
func (c *conversation) data() error {
	if err := c.answer("DATA", "354 go ahead", "451 4.3.0 try later", "421 4.3.2 going down"); err != nil {
		return err
	}
	if c.whim("content", "hang up within") != "" {
		_, _ = io.CopyN(io.Discard, c.in, 500)
		return errHangUp
	}
	content := textproto.NewReader(c.in).DotReader()
	m, err := mail.ReadMessage(content)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, m.Body); err != nil {
		return err
	}
	kind := c.whim("end of content", "hang up, taken", "hang up, taken", "hang up, not taken", "451 4.3.0 try later",
		"421 4.3.2 going down", "452 4.3.1 no room", "slow", "slow")
	switch kind {
	case "hang up, not taken":
		return errHangUp
	case "", "slow", "hang up, taken":
	default:
		_, err := fmt.Fprintf(c.conn, "%s\r\n", kind)
		if err == nil && strings.HasPrefix(kind, "421") {
			err = errHangUp
		}
		return err
	}
	one := new(takings)
	c.mutex.Lock()
	for _, to := range c.to {
		key := letter{m.Header.Get("Message-Id"), to}
		c.taken[key] = append(c.taken[key], one)
	}
	c.mutex.Unlock()
	switch kind {
	case "hang up, taken":
		return errHangUp
	case "slow":
		<-time.After(c.while())
	}
	c.last = one
	_, err = fmt.Fprint(c.conn, "250 2.0.0 taken\r\n")
	return err
}
