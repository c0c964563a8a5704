package deliver

import (
	"fmt"
	netmail "net/mail"
	"slices"
	"strconv"

	"github.com/wneessen/go-mail/smtp"
)

// sent is what became of a message for one of its recipients.
type sent struct {
	reply string // that took it
	err   error
}

// send hands one message over, for one or several recipients, and gives what became of it for each. After errors that did not break the session the next message may
// follow. A recipient that the server refuses costs the others nothing; where the session ends before any reply to the message, all that were not refused have the
// error that ended it.
func (c *session) send(to []string, from string, header, body []byte) []sent {
	c.begun++
	c.mailed = false
	results := make([]sent, len(to))
	rest := func(err error) []sent {
		for i := range results {
			if results[i].err == nil {
				results[i].err = err
			}
		}
		return results
	}
	total := int64(len(header) + len(body))
	if c.size > 0 && total > c.size {
		return rest(&sizeFault{total, c.size})
	}
	sender, err := address(from)
	if err != nil {
		return rest(permanent(fmt.Errorf("envelope sender: %w", err)))
	}
	paths, international := c.paths(sender, to, results)
	if !slices.ContainsFunc(results, func(r sent) bool { return r.err == nil }) {
		return results
	}
	c.client.SkipSMTPUTF8(!international) // asked for without need, the next server may bounce the message
	reversePath := path(sender)
	if offered, _ := c.client.Extension("SIZE"); offered {
		reversePath += " SIZE=" + strconv.FormatInt(total, 10) // the server may take less from us than from others, and say so now (RFC 1870 section 6.1)
	}
	if err := c.step(func() error { return done(c.client.Mail(reversePath)) }); err != nil {
		return rest(c.reset(fmt.Errorf("MAIL FROM %s: %w", path(sender), err)))
	}
	c.mailed = true
	var taken []int
	for i, path := range paths {
		if results[i].err != nil {
			continue
		}
		err := c.step(func() error { return done(c.client.Rcpt(path)) })
		if err == nil {
			taken = append(taken, i)
			continue
		}
		results[i].err = fmt.Errorf("RCPT TO %s: %w", path, err)
		if c.broken {
			return rest(results[i].err)
		}
	}
	if len(taken) == 0 {
		_ = c.reset(nil)
		return results
	}
	reply, err := c.data(header, body)
	for _, i := range taken {
		results[i] = sent{reply, err}
	}
	return results
}

// paths gives the recipients as RCPT TO takes them, and notes what is wrong with one; international says that one of them, or the sender, needs SMTPUTF8 (RFC 6531).
func (c *session) paths(sender *netmail.Address, to []string, results []sent) (paths []string, international bool) {
	offered, _ := c.client.Extension("SMTPUTF8")
	international = !ascii(sender.Address)
	paths = make([]string, len(to))
	for i := range to {
		recipient, err := address(to[i])
		switch {
		case err != nil:
			results[i].err = permanent(err)
			continue
		case !offered && !(ascii(sender.Address) && ascii(recipient.Address)):
			results[i].err = permanent(fmt.Errorf("the server does not take addresses beyond ASCII (SMTPUTF8): %s, %s", sender.Address, recipient.Address))
			continue
		}
		international = international || !ascii(recipient.Address)
		paths[i] = path(recipient)
	}
	return paths, international
}

// chunk is how much content must go through within one time limit.
const chunk = 64 << 10

// data sends the content and waits for the reply that says who is responsible for the message from now on.
func (c *session) data(header, body []byte) (string, error) {
	var content *smtp.DataCloser
	if err := c.step(func() (err error) {
		w, err := c.client.Data()
		content, _ = w.(*smtp.DataCloser)
		return err
	}); err != nil {
		return "", c.reset(fmt.Errorf("DATA: %w", err))
	}
	c.inData = true
	for _, part := range [][]byte{header, body} {
		for len(part) > 0 {
			n := min(len(part), chunk)
			if err := c.step(func() error { _, err := content.Write(part[:n]); return err }); err != nil {
				return "", fmt.Errorf("send content: %w", err)
			}
			part = part[n:]
		}
	}
	if err := c.within(c.final, func() error { return done(content.Close()) }); err != nil {
		code, _ := reply(err)
		refused := code >= 400 && code <= 599
		c.broken = c.broken || !refused
		c.inData = c.broken
		err = fmt.Errorf("end of content: %w", err)
		if !refused {
			err = &fault{err, []error{ErrUnanswered, ErrTemporary}}
		}
		return "", err
	}
	c.inData = false
	return oneLine(content.ServerResponse()), nil
}
