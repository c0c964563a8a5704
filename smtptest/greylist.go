package smtptest

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Greylist puts off every recipient until some time after they were first asked for, as greylisting does. It is safe for concurrent use.
type Greylist struct {
	delay time.Duration
	now   func() time.Time

	mutex sync.Mutex
	first map[string]time.Time
}

// NewGreylist makes a greylist that knows nobody.
func NewGreylist(delay time.Duration, now func() time.Time) *Greylist {
	return &Greylist{delay: delay, now: now, first: map[string]time.Time{}}
}

// Ask gives how long a recipient has to wait; 0: they need not.
func (g *Greylist) Ask(recipient string) time.Duration {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := g.now()
	if _, known := g.first[recipient]; !known {
		g.first[recipient] = now
	}
	return max(0, g.first[recipient].Add(g.delay).Sub(now))
}

// Serve answers on a port of loopback until the test ends: Postfix by its protocol of policy servers (check_policy_service), and Exim's readsocket, which sends
// a line with the recipient, with the seconds that are left.
func (g *Greylist) Serve(t testing.TB) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go g.talk(conn)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func (g *Greylist) talk(conn net.Conn) {
	defer conn.Close()
	in, recipient := bufio.NewReader(conn), ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		name, value, attribute := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case attribute && name == "recipient":
			recipient = value
		case attribute:
		case name == "": // the end of Postfix's request
			answer := "dunno"
			if wait := g.Ask(recipient); wait > 0 {
				answer = fmt.Sprintf("defer_if_permit Greylisted for %d seconds", int(wait.Seconds()))
			}
			_, _ = fmt.Fprintf(conn, "action=%s\n\n", answer)
		default: // Exim's
			_, _ = fmt.Fprintf(conn, "%d", int(g.Ask(name).Seconds()))
			return
		}
	}
}
