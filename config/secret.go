package config

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is a password that never shows: whatever prints, marshals or logs it writes <secret>. Its text is behind a pointer, so that even
// reflection through an unexported field of another struct shows an address only. The zero Secret is none.
type Secret struct {
	text *string // as written in the configuration, variables expanded
	file string  // or where it is read from, each time
	env  bool    // the text came from a variable of the environment
}

const secretText = "<secret>"

// NewSecret makes a secret of text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// IsSet says whether there is a secret.
func (s Secret) IsSet() bool { return s.text != nil || s.file != "" }

// File is where the secret is read from; empty if it is not from a file.
func (s Secret) File() string { return s.file }

// FromEnv says whether the secret came from the environment, so that the configuration does not hold it.
func (s Secret) FromEnv() bool { return s.env }

// Reveal gives the secret itself. One of a file is read anew each time, less the line end after it, so that a changed password needs no restart.
func (s Secret) Reveal() (string, error) {
	if s.file == "" {
		if s.text == nil {
			return "", nil
		}
		return *s.text, nil
	}
	data, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return "", fmt.Errorf("read secret %s: the file is empty", s.file)
	}
	if strings.ContainsAny(text, "\r\n\x00") {
		return "", fmt.Errorf("read secret %s: the file must hold one line", s.file)
	}
	return text, nil
}

// Format writes <secret> for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(secretText)) }

// String gives <secret>.
func (s Secret) String() string { return secretText }

// GoString gives <secret>.
func (s Secret) GoString() string { return secretText }

// MarshalText gives <secret>; encoding/json and YAML encoders use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretText), nil }

// LogValue gives <secret>.
func (s Secret) LogValue() slog.Value { return slog.StringValue(secretText) }
