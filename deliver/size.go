package deliver

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
)

// Size is how many bytes a message has as it travels, at most: some kilobytes are reckoned for its header, the headers of its parts and its signatures. It
// costs no encoding of the files.
func Size(m *Message) int64 {
	size := int64(12<<10) + quoted(m.Text) + quoted(m.HTML)
	for _, files := range [][]File{m.Inline, m.Attachments} {
		for _, f := range files {
			size += EncodedSize(int64(len(f.Data)))
		}
	}
	return size
}

// EncodedSize is how many bytes a file of so many has as a part of a message: base64 in lines of 76 characters (RFC 2045 section 6.8), and its header.
func EncodedSize(size int64) int64 {
	encoded := (size + 2) / 3 * 4
	return encoded + (encoded+75)/76*2 + 600
}

// FileSize is how many bytes a file may have to be no more than size as a part of a message; negative if none is that small.
func FileSize(size int64) int64 { return (size - 700) / 78 * 57 }

// quoted is how many bytes a text has in quoted-printable (RFC 2045 section 6.7).
func quoted(text string) int64 {
	var n counter
	w := quotedprintable.NewWriter(&n)
	_, _ = io.WriteString(w, text) // a counter takes all
	_ = w.Close()
	return int64(n)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// sizeFault is a message that is larger than the server says it takes.
type sizeFault struct{ size, limit int64 }

func (f *sizeFault) Error() string {
	return fmt.Sprintf("message has %d bytes, the server takes %d", f.size, f.limit)
}

func (f *sizeFault) Is(target error) bool { return target == ErrTooLarge || target == ErrPermanent }

// How servers without enhanced codes say that a message is too large: Exim's "Message size exceeds maximum permitted", qmail's "that message size exceeds my databytes limit (#5.3.4)",
// Courier's "Message length exceeds administrative limit". Others mean the mailbox by the same code, 552, which is for both (RFC 5321 section 4.2.2, RFC 1870 section 6.1).
var (
	enhancedCode = regexp.MustCompile(`^5\.\d{1,3}\.\d{1,3} `)
	sizeWords    = regexp.MustCompile(`(?i)\b5\.(3\.4|2\.3)\b|\b(message|mail|data)\b.*\b(size|length|too (big|large))\b|\btoo (big|large)\b.*\bmessage\b`)
	boxWords     = regexp.MustCompile(`(?i)\bmailbox\b|\b(over)?quota\b|\bfull\b|\bstorage\b`)
)

// tooLarge says whether a refusal means that the message is too large: 5.3.4 for the system, 5.2.3 for the mailbox (RFC 3463 sections 3.4 and 3.3).
func tooLarge(code int, text string) bool {
	if enhancedCode.MatchString(text) {
		return strings.HasPrefix(text, "5.3.4 ") || strings.HasPrefix(text, "5.2.3 ")
	}
	return sizeWords.MatchString(text) || code == 552 && !boxWords.MatchString(text)
}
