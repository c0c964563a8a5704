package deliver

import (
	"errors"
	"net"
)

// mostReply is how much a server may say at each step, bytes: more than the longest chain of certificates, and than any reply.
const mostReply = 512 << 10

var errEndless = errors.New("the server's reply has no end")

// wire is a connection over which a server says no more than mostReply at each step, so that one whose reply has no end does not fill the memory.
type wire struct {
	net.Conn
	left  int
	ended error // why nothing more can be read: what came last was cut off, though its code may have come
}

func newWire(conn net.Conn) *wire { return &wire{Conn: conn, left: mostReply} }

// allow begins a step.
func (w *wire) allow() { w.left = mostReply }

func (w *wire) Read(p []byte) (int, error) {
	n, err := 0, errEndless
	if w.left > 0 {
		n, err = w.Conn.Read(p[:min(len(p), w.left)])
	}
	w.left -= n
	if err != nil {
		w.ended = err
	}
	return n, err
}
