package smtptest

import (
	"strings"
	"time"
)

// Behaviour is what a server does in place of a reply, which it is given with its line end; empty where none is due. It says whether the conversation goes on.
type Behaviour func(c *Conn, reply string) bool

// Say replies with text, to which a line end is added.
func Say(text string) Behaviour {
	return func(c *Conn, _ string) bool { return c.Send(text + "\r\n") }
}

// SayAndHangUp replies with text, and ends the connection.
func SayAndHangUp(text string) Behaviour {
	return func(c *Conn, _ string) bool {
		c.Send(text + "\r\n")
		c.HangUp()
		return false
	}
}

// SayEarly says text in the middle of a message's content, and nothing at its end.
func SayEarly(text string) Behaviour {
	return func(c *Conn, _ string) bool {
		c.early = true
		return c.Send(text + "\r\n")
	}
}

// HangUp ends the connection without a reply.
func HangUp(c *Conn, _ string) bool {
	c.HangUp()
	return false
}

// HalfReply ends the connection in the middle of the reply.
func HalfReply(c *Conn, reply string) bool {
	c.Send(reply[:len(reply)/2])
	return HangUp(c, reply)
}

// Stall says nothing, for as long as the client waits.
func Stall(c *Conn, _ string) bool {
	c.Wait()
	return false
}

// StallHalfway says half of the reply, and then nothing.
func StallHalfway(c *Conn, reply string) bool {
	c.Send(reply[:len(reply)/2])
	return Stall(c, reply)
}

// Trickle gives the reply one byte at a time, so many apart.
func Trickle(every time.Duration) Behaviour {
	return func(c *Conn, reply string) bool {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for _, b := range []byte(reply) {
			<-tick.C
			if !c.Send(string([]byte{b})) {
				return false
			}
		}
		return true
	}
}

// Endless gives a reply that has no end, as fast as the client takes it.
func Endless(c *Conn, reply string) bool {
	lines := strings.Repeat(reply[:3]+"-and more\r\n", 1000)
	for c.Send(lines) {
		c.server.sent(len(lines))
	}
	return false
}

// LongLine gives a reply of one line with so many bytes.
func LongLine(bytes int) Behaviour {
	return func(c *Conn, reply string) bool {
		return c.Send(reply[:3] + " " + strings.Repeat("x", bytes) + "\r\n")
	}
}

// Decorate gives the reply with something added to the text of each of its lines.
func Decorate(what string) Behaviour {
	return func(c *Conn, reply string) bool {
		return c.Send(strings.ReplaceAll(reply, "\r\n", what+"\r\n"))
	}
}

// And gives the reply, and more in the same breath, to which a line end is added.
func And(text string) Behaviour {
	return func(c *Conn, reply string) bool { return c.Send(reply + text + "\r\n") }
}

// Pretend says that TLS may begin, and takes everything that comes in clear text.
func Pretend(c *Conn, reply string) bool {
	c.Send(reply)
	for {
		if _, ok := c.Line(); !ok {
			return false
		}
		c.Send("250 2.0.0 Ok\r\n")
	}
}

// Challenge asks once more, again and again, whatever the client says.
func Challenge(c *Conn, _ string) bool {
	for c.Send("334 \r\n") {
		if _, ok := c.Line(); !ok {
			break
		}
	}
	return false
}

// Garble sends what is no TLS.
func Garble(c *Conn, _ string) bool {
	c.Send("This is no TLS.\r\n")
	c.Wait()
	return false
}

// HalfHandshake takes the first bytes of TLS, and ends the connection.
func HalfHandshake(c *Conn, reply string) bool {
	_, _ = c.in.Discard(20)
	return HangUp(c, reply)
}

// Over says text, to which a line end is added, to messages of more than so many bytes. The others are kept.
func Over(bytes int, text string) Behaviour {
	return func(c *Conn, reply string) bool {
		if len(c.message.Data) > bytes {
			return c.Send(text + "\r\n")
		}
		c.server.keep(c.message)
		return c.Send(reply)
	}
}
