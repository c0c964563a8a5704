package deliver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// How a connection gets its TLS (RFC 8314).
const (
	StartTLS    = "starttls" // STARTTLS, required: without it nothing is sent
	ImplicitTLS = "implicit" // TLS from the first byte
	NoTLS       = "none"     // clear text; a password is never sent over it
)

// SMTPOptions says which server takes the messages, and how to get at it.
type SMTPOptions struct {
	Host         string
	Port         int                    // 0: 587 for StartTLS, 465 for ImplicitTLS, 25 for NoTLS (RFC 8314 section 3.3, RFC 5321)
	TLS          string                 // StartTLS (if empty), ImplicitTLS or NoTLS
	CAFile       string                 // PEM file of certificates that are trusted beside the system's; read at each connection; empty: none
	Auth         string                 // AuthAuto (if empty), AuthNone or one of Mechanisms
	Username     string                 // empty: no AUTH
	Password     func() (string, error) // asked at each connection, so that a changed file counts at once; nil only without Username or with OAuth2
	OAuth2       *OAuth2                // access tokens in place of a password; nil: none
	Certificate  KeyPair                // that the client shows the server; read at each connection; the zero KeyPair: none
	DKIM         DKIM                   // signs each message; the zero DKIM: not
	SMIME        KeyPair                // signs each message; the zero KeyPair: not
	EnvelopeFrom string                 // MAIL FROM, where bounces go; empty: the address of the message's From
	HELO         string                 // name in EHLO; empty: the machine's host name
	Timeout      time.Duration          // of each step of the conversation: connect, a command's reply, 64 KiB of content; 0: one minute
	FinalReply   time.Duration          // of the reply to a whole message, at least Timeout; less makes duplicates; 0: ten minutes (RFC 5321 section 4.5.3.2.6)
}

// SMTP is the channel to one SMTP server. It keeps no connection between calls, and is safe for concurrent use.
type SMTP struct{ options SMTPOptions }

// NewSMTP checks options and fills in what is left empty. It does not connect.
func NewSMTP(options SMTPOptions) (*SMTP, error) {
	o := &options
	if o.TLS == "" {
		o.TLS = StartTLS
	}
	ports := map[string]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}
	if ports[o.TLS] == 0 {
		return nil, fmt.Errorf("TLS must be %s, %s or %s, is %q", StartTLS, ImplicitTLS, NoTLS, o.TLS)
	}
	if o.Port == 0 {
		o.Port = ports[o.TLS]
	}
	if o.Auth == "" {
		o.Auth = AuthAuto
	}
	if o.Auth != AuthAuto && o.Auth != AuthNone && !slices.Contains(Mechanisms(), o.Auth) {
		return nil, fmt.Errorf("AUTH must be %s, %s or one of %v, is %q", AuthAuto, AuthNone, Mechanisms(), o.Auth)
	}
	if o.Host == "" {
		return nil, errors.New("SMTP server has no host name")
	}
	if o.Username != "" && o.Password == nil && o.OAuth2 == nil && o.Auth != AuthNone {
		return nil, fmt.Errorf("user %q of the SMTP server has no password", o.Username)
	}
	if o.HELO == "" {
		name, err := os.Hostname()
		if err != nil || name == "" || oneLine(name) != name {
			name = "localhost"
		}
		o.HELO = name
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.FinalReply <= 0 {
		o.FinalReply = 10 * time.Minute
	}
	o.FinalReply = max(o.FinalReply, o.Timeout)
	return &SMTP{*o}, nil
}

// Deliver sends the messages one after the other over one connection. A connection that breaks, that the server ends (421), or over which it
// takes no further message, is made again for the next message; after two in a row that broke, or once the server takes no more, the rest is left for later.
func (s *SMTP) Deliver(ctx context.Context, messages []Message, report func(i int, r Result)) error {
	run := run{smtp: s}
	run.given = run.prepare()
	defer run.end()
	for i := 0; i < len(messages); {
		for _, result := range run.deliver(ctx, together(messages[i:])) {
			report(i, result)
			i++
		}
	}
	if run.given == nil && run.broken > 0 && ctx.Err() == nil {
		run.given = run.fault
	}
	if run.given != nil {
		return fmt.Errorf("deliver by %s: %w", s.address(), run.given)
	}
	return nil
}

// run is one call of Deliver.
type run struct {
	smtp    *SMTP
	compose composer
	dkim    *dkim.SignOptions // nil: no signature
	session *session          // nil while there is no connection
	broken  int               // connections in a row that broke
	fault   error             // why the last of them broke
	given   error             // why what is left is not tried
}

// prepare reads the keys that messages are signed with. That they cannot be read is no recipient's fault.
func (r *run) prepare() (err error) {
	if pair := r.smtp.options.SMIME; pair != (KeyPair{}) {
		if r.compose.smime, err = pair.LoadSMIME(); err != nil {
			return serverFault(err)
		}
	}
	if r.dkim, err = r.smtp.options.DKIM.options(); err != nil {
		return serverFault(err)
	}
	return nil
}

func (r *run) end() {
	if r.session != nil {
		r.session.quit()
	}
}

// deliver sends one message to its recipients and says what became of it for each.
func (r *run) deliver(ctx context.Context, group []Message) []Result {
	if r.given == nil && ctx.Err() != nil {
		r.given = temporary(context.Cause(ctx))
	}
	results := make([]Result, len(group))
	for i, became := range r.handOver(ctx, group) {
		result := &results[i]
		result.Recipient, result.Reply = bare(group[i].To), became.reply
		if became.err == nil {
			result.Code = 250
			continue
		}
		result.Err = judge(became.err)
		result.Code, result.Reply = reply(became.err)
		if tooLarge := new(sizeFault); errors.As(became.err, &tooLarge) {
			result.Limit = tooLarge.limit
		}
		if errors.Is(result.Err, ErrTemporary) {
			result.Wait = waitOf(result.Reply)
		}
		if errors.Is(result.Err, ErrServer) {
			r.given = result.Err
		}
	}
	return results
}

// handOver composes a message and sends it, if messages are sent at all.
func (r *run) handOver(ctx context.Context, group []Message) []sent {
	if r.given != nil {
		return alike(len(group), r.given)
	}
	header, body, err := r.compose.compose(&group[0])
	if err != nil {
		return alike(len(group), permanent(err))
	}
	if r.dkim != nil {
		if header, err = seal(r.dkim, header, body); err != nil {
			return alike(len(group), temporary(err))
		}
	}
	from := r.smtp.options.EnvelopeFrom
	if from == "" {
		from = group[0].From
	}
	to := make([]string, len(group))
	for i := range group {
		to[i] = group[i].To
	}
	return r.send(ctx, to, from, header, body)
}

// alike is what became of a message where it is the same for all its recipients.
func alike(recipients int, err error) []sent { return slices.Repeat([]sent{{err: err}}, recipients) }

// send sends a composed message, on a new connection if need be, and gives what became of it for each recipient.
func (r *run) send(ctx context.Context, to []string, from string, header, body []byte) []sent {
	if r.session == nil {
		session, err := r.smtp.connect(ctx)
		if err != nil {
			r.given = err
			return alike(len(to), err)
		}
		r.session = session
	}
	c, used := r.session, r.session.begun > 0
	results := c.send(to, from, header, body)
	open := which(results, isOpen)
	putOff := which(results, isPutOff)
	var again []int // those recipients to whom it is sent once more, now
	full := used && !c.mailed && len(putOff) > 0
	switch {
	case full: // it may be the connection that has had its share: a new one shows it
		again = putOff
	case !c.broken:
		again = excess(results)
	case used && !c.inData: // a server that ends a connection after some messages has not refused the next
		again = open
	}
	if c.broken || full {
		c.quit()
		r.session = nil
	}
	switch {
	case len(again) > 0:
		for i, became := range r.send(ctx, chosen(to, again), from, header, body) {
			results[again[i]] = became
		}
	case !c.broken || len(open) == 0:
		r.broken = 0
	default:
		r.fault = &fault{judge(results[open[0]].err), []error{ErrBreaks, ErrServer, ErrTemporary}}
		if r.broken++; r.broken == 2 {
			for _, i := range open {
				results[i].err = r.fault
			}
		}
	}
	return results
}

// which gives those recipients whose errors are so.
func which(results []sent, is func(error) bool) (list []int) {
	for i := range results {
		if is(results[i].err) {
			list = append(list, i)
		}
	}
	return list
}

func chosen(texts []string, list []int) (some []string) {
	for _, i := range list {
		some = append(some, texts[i])
	}
	return some
}

// isOpen says whether a server has neither taken a message nor said anything against it.
func isOpen(err error) bool {
	code, _ := reply(err)
	return err != nil && (code == 0 || code == 421) && !errors.Is(err, ErrPermanent)
}

// isPutOff says whether a server has answered, and not for good.
func isPutOff(err error) bool {
	code, _ := reply(err)
	return code != 0 && code != 421 && code < 500
}

// excess gives the recipients that were more than the server takes with one message, if it is worth the while to go on with them.
func excess(results []sent) []int {
	more := which(results, tooMany)
	if len(more) == len(results) || slices.ContainsFunc(results, func(s sent) bool { return !tooMany(s.err) && s.err != nil && errors.Is(judge(s.err), ErrServer) }) {
		return nil
	}
	return more
}

func (s *SMTP) address() string {
	return net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port))
}
