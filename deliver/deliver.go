// Package deliver brings finished messages to their recipients: by SMTP, or into a folder of .eml files.
//
// It knows nothing of reports: a Message comes from jobs with its text, pictures and attachments ready, and one Result per recipient goes back.
// Every text that ends in a header is made one line first, so nothing that comes from a log can add a header (RFC 5322 section 2.2).
package deliver

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
)

// Message is a message as one recipient gets it. Messages that differ only in ID and To share the bytes of everything else.
//
// Messages in a row that share their Heads, the same and not just alike, are one message to several recipients: it is sent once, and each has a Result.
type Message struct {
	ID          string    // Message-ID with its angle brackets; the same whenever this message is sent again; "<1f0c.weekly@mx1.example.org>"
	Series      string    // the series that List-Id, References and In-Reply-To name, so that mail programs thread it; empty: a message of its own
	From        string    // "authreport <reports@example.org>"
	To          string    // whom it is for: one address, with or without a name
	Heads       *Heads    // whom it names as its recipients; nil: To alone
	ReplyTo     string    // who answers questions about it; empty: no such header
	Unsubscribe string    // whom to ask for no more of a series, behind List-Unsubscribe; empty: no such header
	Subject     string    // the same for all of a series, or some mail programs do not thread
	Date        time.Time // Date header
	Text, HTML  string    // UTF-8; HTML may be empty
	Inline      []File    // pictures that HTML shows by "cid:" and their ContentID
	Attachments []File
}

// Heads is the recipients that a message to several names in its header. Whoever it goes to besides is hidden from all.
type Heads struct{ To, Cc []string }

// File is a part of a message. Data is read only and may be shared between messages.
type File struct {
	Name        string // as the recipient sees it; what is not plain ASCII becomes "_"
	ContentType string // media type; "application/zip"; anything else than a media type becomes application/octet-stream
	Data        []byte
	ContentID   string // of an inline picture, without angle brackets; "volume@authreport"
}

// Result is what became of one message.
type Result struct {
	Recipient string        // address without the name
	Err       error         // nil: the server took the message; else errors.Is tells ErrTemporary from ErrPermanent
	Code      int           // SMTP reply code that decided; 0 if no reply did, as with network faults and the outbox
	Reply     string        // text of that reply, on one line; where the message went, for the outbox
	Wait      time.Duration // how long a temporary reply asks to wait, for greylisting that does not say a usual time; 0: it does not ask
	Limit     int64         // ErrTooLarge: bytes that the server says it takes; 0: it does not say, or takes less than it says
}

// Channel is a way to bring messages to recipients.
type Channel interface {
	// Deliver hands over messages one after the other and calls report exactly once for each, in their order, whatever happens: a message that could
	// not be tried has ErrTemporary, and after a Result with ErrServer none is tried. Results of one message to several recipients are reported
	// after it was sent to all of them. The error is ErrServer if the server takes nothing as far as this
	// call can tell, also where it was the last message whose connection broke; the context's cause if ctx is done; nil otherwise.
	Deliver(ctx context.Context, messages []Message, report func(i int, r Result)) error
}

// The errors by which a caller decides. Every error of a Result is one of ErrTemporary and ErrPermanent; the others say more.
var (
	// ErrTemporary: trying again later may help. Reply codes 4xx (RFC 5321 section 4.2.1), faults of network and TLS, ErrAuth, and whatever comes before
	// the first MAIL FROM: that is no refusal of a recipient.
	ErrTemporary = errors.New("temporary fault")
	// ErrPermanent: trying again as it is does not help. Reply codes 5xx but those of ErrAuth, and messages that cannot be composed.
	ErrPermanent = errors.New("permanent fault")
	// ErrAuth: the server wants other credentials (reply codes 530, 534, 535 and 538, RFC 4954 section 6), or AUTH is not possible. It is the sender's
	// configuration that is wrong and not the recipient, so the message is kept: ErrAuth is always ErrTemporary too.
	ErrAuth = errors.New("authentication fault")
	// ErrServer: the server takes nothing from us for now, whoever it is for: it cannot be reached, wants other credentials, ends connections, has no room,
	// or limits how much it takes. What is left is not tried. It is always ErrTemporary too.
	ErrServer = errors.New("server takes nothing now")
	// ErrBreaks: two connections in a row, or the last one, broke in the middle of a message, after the server had let us in: that may be by the message or its
	// recipient. It is always ErrServer too.
	ErrBreaks = errors.New("connections break")
	// ErrUnanswered: the whole message was sent, and the connection ended without a reply: the server may have taken it or not. It is always
	// ErrTemporary too.
	ErrUnanswered = errors.New("no reply to the message")
	// ErrTooLarge: the message is larger than the server says it takes (SIZE, RFC 1870), or it was refused as too large: 5.3.4 or 5.2.3 (RFC 3463), or 552 or
	// words for that where no such code says something else. It is always ErrPermanent too.
	ErrTooLarge = errors.New("message too large")
)

// fault is an error with what errors.Is tells of it besides.
type fault struct {
	error
	kinds []error
}

// Error is one line, whatever a server said or put into its certificate.
func (f *fault) Error() string { return shorten(f.error.Error(), 2*replyLength) }

func (f *fault) Unwrap() []error { return append([]error{f.error}, f.kinds...) }

func temporary(err error) error { return &fault{err, []error{ErrTemporary}} }
func permanent(err error) error { return &fault{err, []error{ErrPermanent}} }
func authFault(err error) error { return &fault{err, []error{ErrAuth, ErrServer, ErrTemporary}} }

// serverFault is an err that stands for all messages to come.
func serverFault(err error) error { return &fault{err, []error{ErrServer, ErrTemporary}} }

// replyLength is the most characters of a server's reply, or of a header, that are kept.
const replyLength = 500

// oneLine makes text fit for a header or a log: line ends, other control characters and direction marks become spaces, runs of spaces one.
func oneLine(text string) string { return shorten(text, replyLength) }

func shorten(text string, most int) string {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == unicode.ReplacementChar || r == ' ' || !unicode.IsPrint(r) })
	line := []rune(strings.Join(fields, " "))
	if len(line) > most {
		line = append(line[:most-1], '…')
	}
	return string(line)
}
