package maillog

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions below take JSON (RFC 8259) off the start of a line, without allocating.

// cutString takes a string off b; inner is what stands between its quotes.
func cutString(b []byte) (inner, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return nil, nil, false
		}
		if i += n; b[i-1] != '\\' || !isEscaped(b[1:i]) {
			return b[1:i], b[i+1:], true
		}
	}
	return nil, nil, false
}

// isEscaped says whether what follows b has a backslash before it that is not itself escaped.
func isEscaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// appendUnescaped appends what the inside of a string stands for to b. Half a surrogate pair is U+FFFD.
func appendUnescaped(b, inner []byte) ([]byte, bool) {
	for len(inner) > 0 {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			return append(b, inner...), true
		}
		b = append(b, inner[:i]...)
		if inner = inner[i+1:]; len(inner) == 0 {
			return b, false
		}
		c := inner[0]
		inner = inner[1:]
		switch c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, ok := hexRune(inner)
			if !ok {
				return b, false
			}
			inner = inner[4:]
			if utf16.IsSurrogate(r) && len(inner) >= 6 && inner[0] == '\\' && inner[1] == 'u' {
				if low, ok := hexRune(inner[2:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
					r, inner = utf16.DecodeRune(r, low), inner[6:]
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			return b, false
		}
	}
	return b, true
}

// hexRune reads the four digits of \u0041.
func hexRune(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// skipValue takes a value off b. Of lists and objects it looks at texts and brackets alone.
func skipValue(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	switch c := b[0]; {
	case c == '"':
		_, rest, ok = cutString(b)
		return rest, ok
	case c == '{' || c == '[':
		for depth := 0; len(b) > 0; {
			switch b[0] {
			case '"':
				if _, b, ok = cutString(b); !ok {
					return nil, false
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return b[1:], true
				}
			}
			b = b[1:]
		}
		return nil, false
	case c == '-' || c >= '0' && c <= '9':
		i := 1
		for i < len(b) && (b[i] >= '0' && b[i] <= '9' || b[i] == '.' || b[i] == 'e' || b[i] == 'E' || b[i] == '+' || b[i] == '-') {
			i++
		}
		return b[i:], true
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(b) >= len(word) && string(b[:len(word)]) == word {
			return b[len(word):], true
		}
	}
	return nil, false
}

// skipSpace takes blanks, tabs and line ends off the start of b.
func skipSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}
