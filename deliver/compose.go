package deliver

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// EML gives a message as it travels: header and MIME body with CRLF line ends, before dot-stuffing (RFC 5322, RFC 2045 to 2049).
// The MIME boundaries are random. An error says what in the message cannot be sent.
func EML(m Message) ([]byte, error) {
	var c composer
	header, body, err := c.compose(&m)
	if err != nil {
		return nil, err
	}
	return append(header, body...), nil
}

// composer composes messages one after the other. A body costs its encoding once, however many recipients have it: go-mail buffers every part whole
// and encodes it for every message, which for a report of some megabytes is most of what sending costs.
type composer struct {
	smime                *tls.Certificate // signs each body; nil: none does
	content              Message          // whose body is kept; only the fields that sameBody compares
	body                 []byte
	mediaType, transport string // Content-Type and Content-Transfer-Encoding of the body
}

// compose gives the header with the empty line that ends it, and the body. The body is shared with later messages: read only.
func (c *composer) compose(m *Message) (header, body []byte, err error) {
	if c.body == nil || !sameBody(&c.content, m) {
		if err := c.composeBody(m); err != nil {
			return nil, nil, fmt.Errorf("compose message to %s: %w", oneLine(m.To), err)
		}
	}
	head, err := c.header(m)
	if err != nil {
		return nil, nil, fmt.Errorf("compose message to %s: %w", oneLine(m.To), err)
	}
	var b bytes.Buffer
	if _, err := head.WriteTo(&b); err != nil {
		return nil, nil, fmt.Errorf("compose message to %s: %w", oneLine(m.To), err)
	}
	b.WriteString("\r\n")
	return b.Bytes(), c.body, nil
}

// composeBody makes the body of m: mixed (related (alternative (text, HTML), pictures), attachments), without the layers that have one part only.
func (c *composer) composeBody(m *Message) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	for _, f := range m.Inline {
		msg.EmbedReadSeeker(fileName(f.Name), bytes.NewReader(f.Data), mail.WithFileContentType(mediaType(f.ContentType)),
			mail.WithFileContentID("<"+fileName(f.ContentID)+">"))
	}
	for _, f := range m.Attachments {
		msg.AttachReadSeeker(fileName(f.Name), bytes.NewReader(f.Data), mail.WithFileContentType(mediaType(f.ContentType)))
	}
	if c.smime != nil {
		if err := msg.SignWithTLSCertificate(c.smime); err != nil {
			return fmt.Errorf("S/MIME: %w", err)
		}
	}
	var whole bytes.Buffer
	if _, err := msg.WriteTo(&whole); err != nil {
		return err
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(whole.Bytes()))
	if err != nil {
		return err
	}
	_, body, found := bytes.Cut(whole.Bytes(), []byte("\r\n\r\n"))
	if !found {
		return errors.New("go-mail wrote no body")
	}
	c.content, c.body = *m, body
	c.mediaType, c.transport = parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding")
	return nil
}

// sameBody says whether two messages have the same body. Shared bytes are the same at a glance.
func sameBody(a, b *Message) bool {
	return a.Text == b.Text && a.HTML == b.HTML && sameFiles(a.Inline, b.Inline) && sameFiles(a.Attachments, b.Attachments)
}

func sameFiles(a, b []File) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].ContentType != b[i].ContentType || a[i].ContentID != b[i].ContentID || !bytes.Equal(a[i].Data, b[i].Data) {
			return false
		}
	}
	return true
}

var messageIDForm = regexp.MustCompile(`^<[!-;=?A-~]+@[!-;=?A-~]+>$`) // printable ASCII in angle brackets (RFC 5322 section 3.6.4)

// header makes a go-mail message without parts, whose header is that of m with the body of c.
func (c *composer) header(m *Message) (*mail.Msg, error) {
	from, err := address(m.From)
	if err != nil {
		return nil, fmt.Errorf("header From: %w", err)
	}
	to, cc, err := m.named()
	if err != nil {
		return nil, err
	}
	if !messageIDForm.MatchString(m.ID) {
		return nil, fmt.Errorf("message ID must be <text@host> in ASCII, is %q", m.ID)
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to...)
	msg.CcMailAddress(cc...)
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.ID[1 : len(m.ID)-1])
	msg.SetGenHeader("Auto-Submitted", "auto-generated")  // RFC 3834 section 5
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")   // Exchange's own, [MS-OXCMAIL]; no Precedence: filters take bulk for junk
	msg.SetGenHeader(mail.HeaderContentType, c.mediaType) // stands in for the one that go-mail would make
	if c.transport != "" {
		msg.SetGenHeader(mail.HeaderContentTransferEnc, c.transport)
	}
	_, host, _ := strings.Cut(from.Address, "@")
	if m.Series != "" {
		label := seriesLabel(m.Series)
		root := "<" + label + ".series@" + host + ">"
		msg.SetGenHeader("List-Id", "<"+label+".authreport."+host+">") // RFC 2919
		msg.SetGenHeader(mail.HeaderInReplyTo, root)
		msg.SetGenHeader(mail.HeaderReferences, root)
	}
	if m.ReplyTo != "" {
		contact, err := address(m.ReplyTo)
		if err != nil {
			return nil, fmt.Errorf("header Reply-To: %w", err)
		}
		msg.ReplyToMailAddress(contact)
	}
	if m.Unsubscribe != "" {
		contact, err := address(m.Unsubscribe)
		if err != nil {
			return nil, fmt.Errorf("header List-Unsubscribe: %w", err)
		}
		msg.SetListUnsubscribe("mailto:" + url.PathEscape(contact.Address) + "?subject=unsubscribe") // RFC 2369, RFC 6068
	}
	return msg, nil
}

// named gives whom a message names as its recipients.
func (m *Message) named() (to, cc []*netmail.Address, err error) {
	heads := Heads{To: []string{m.To}}
	if m.Heads != nil {
		heads = *m.Heads
	}
	for _, field := range []struct {
		name  string
		texts []string
		into  *[]*netmail.Address
	}{{"To", heads.To, &to}, {"Cc", heads.Cc, &cc}} {
		for _, text := range field.texts {
			one, err := address(text)
			if err != nil {
				return nil, nil, fmt.Errorf("header %s: %w", field.name, err)
			}
			*field.into = append(*field.into, one)
		}
	}
	return to, cc, nil
}

// together gives those messages, from the first on, that are one message to several recipients, or the first alone.
func together(messages []Message) []Message {
	n := 1
	for first := &messages[0]; n < len(messages) && first.Heads != nil && messages[n].Heads == first.Heads; n++ {
	}
	return messages[:n]
}

// address reads one address with or without a name; its domain becomes A-labels, so that only a local part beyond ASCII needs SMTPUTF8 (RFC 6531).
func address(text string) (*netmail.Address, error) {
	parsed, err := netmail.ParseAddress(oneLine(text))
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", text, err)
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	domain, err := idna.Lookup.ToASCII(parsed.Address[at+1:])
	if err != nil {
		if !ascii(parsed.Address[at+1:]) {
			return nil, fmt.Errorf("address %q: domain: %w", text, err)
		}
		domain = parsed.Address[at+1:] // an address literal or a name with an underscore
	}
	parsed.Address = parsed.Address[:at+1] + domain
	return parsed, nil
}

// seriesLabel is a series' name as a label of letters, digits and hyphens. A name that loses something on the way has a hash at its end, so that two
// names never fall together.
func seriesLabel(series string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(series))
	if label != series || len(label) > 40 {
		label = fmt.Sprintf("%.40s-%x", label, sha256.Sum256([]byte(series)))[:min(len(label), 40)+9]
	}
	return label
}

// fileName makes name safe in a header and in any file system: printable ASCII without the characters that either gives a meaning, at most 100
// characters with its end, the extension, kept.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`"/\:*?<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" {
		return "file"
	}
	if len(name) > 100 {
		name = name[:80] + name[len(name)-20:]
	}
	return name
}

// mediaType is text if that is a media type without parameters, or else one that no program acts on.
func mediaType(text string) mail.ContentType {
	if parsed, _, err := mime.ParseMediaType(text); err == nil && parsed == text && ascii(text) {
		return mail.ContentType(text)
	}
	return "application/octet-stream"
}

func ascii(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
