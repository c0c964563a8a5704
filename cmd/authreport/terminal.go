package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// forTerminal gives a writer to f that writes out what a terminal would take as a command, if f is one: names in logs and replies of servers are
// written by others. Files and pipes get every byte as it is.
func forTerminal(f *os.File) io.Writer {
	if !isTerminal(f) {
		return f
	}
	return visible{f}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// visible writes text with control characters, direction marks and broken UTF-8 written out as Go would quote them.
type visible struct{ to io.Writer }

func (v visible) Write(text []byte) (int, error) {
	var b strings.Builder
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == '\n', r == '\t', unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			b.Write(rest[:size])
		default:
			quoted := strconv.Quote(string(rest[:size]))
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		rest = rest[size:]
	}
	if _, err := io.WriteString(v.to, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}
