package deliver

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Outbox is the channel that keeps messages in a folder, one .eml file each, for when there is no SMTP server yet. It is safe for concurrent use.
type Outbox struct{ dir string }

// NewOutbox makes an outbox of a folder, which is made at the first message, with its parents, for its owner alone.
func NewOutbox(dir string) *Outbox { return &Outbox{dir} }

// Deliver writes the messages. The files' names sort by the messages' dates, are safe in any file system, and are made from date, Message-ID and
// recipient, the first that it names if there are several: the same message delivered again replaces its file. Reply is the file's path; Code is 0. A fault of the file system is temporary.
func (o *Outbox) Deliver(ctx context.Context, messages []Message, report func(i int, r Result)) error {
	var compose composer
	given := os.MkdirAll(o.dir, 0o700)
	for i := 0; i < len(messages); {
		group := together(messages[i:])
		var r Result
		if given == nil {
			given = context.Cause(ctx)
		}
		if given == nil {
			r.Reply, r.Err = o.write(&compose, &group[0])
		} else {
			r.Err = serverFault(given)
		}
		for _, m := range group {
			r.Recipient = bare(m.To)
			report(i, r)
			i++
		}
	}
	if given != nil {
		return fmt.Errorf("deliver to folder %s: %w", o.dir, serverFault(given))
	}
	return nil
}

// write writes one message and gives its path.
func (o *Outbox) write(compose *composer, m *Message) (string, error) {
	header, body, err := compose.compose(m)
	if err != nil {
		return "", permanent(err)
	}
	path := filepath.Join(o.dir, emlName(m))
	if err := WriteFile(path, header, body); err != nil {
		return "", temporary(err)
	}
	return path, nil
}

// emlName is the name of a message's file: "20261124T060000Z-1f0c9a2b-alice_example.org.eml".
func emlName(m *Message) string {
	to := m.To
	if m.Heads != nil && len(m.Heads.To) > 0 {
		to = m.Heads.To[0]
	}
	hash := sha256.Sum256([]byte(m.ID + "\x00" + to))
	return fmt.Sprintf("%s-%x-%s.eml", m.Date.UTC().Format("20060102T150405Z"), hash[:4], addressName(to))
}

// addressName is an address as part of a file's name, at most 80 characters.
func addressName(text string) string {
	name := strings.Trim(strings.ReplaceAll(fileName(bare(text)), "@", "_"), ".")
	return name[:min(len(name), 80)]
}

// WriteFile writes parts into the file path as CreateFile does.
func WriteFile(path string, parts ...[]byte) error {
	return CreateFile(path, func(w io.Writer) error {
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// CreateFile makes the file path of what write writes, for its owner alone. The file is there whole or not at all; one that was there, or a link, is replaced.
func CreateFile(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
