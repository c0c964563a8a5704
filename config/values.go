package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/dustin/go-humanize"
	"github.com/goccy/go-yaml/ast"
)

var variableForm = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// describe gives a value for a fault: quoted, cut, without anything that a terminal would take as a command.
func describe(n ast.Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return "empty"
	case *ast.StringNode:
		return quote(n.Value)
	case *ast.LiteralNode:
		return quote(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + printable(n.GetToken().Value)
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value)
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return "something else"
}

func quote(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:59]) + "…"
	}
	return strconv.Quote(text)
}

// printable writes out what is not printable.
func printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// raw gives text as written; ok is false, and told, if v is no text of one line.
func (r *reader) raw(v value) (text string, ok bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = strings.TrimSuffix(n.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		r.wrong(v, "must be text (put it in quotes)")
		return "", false
	default:
		r.wrong(v, "must be text")
		return "", false
	}
	return text, true
}

// expand puts the values of environment variables in the place of ${NAME}; $${NAME} stays as ${NAME}.
func (r *reader) expand(v value, text string) (expanded string, ok bool) {
	ok = true
	expanded = variableForm.ReplaceAllStringFunc(text, func(match string) string {
		if strings.HasPrefix(match, "$$") {
			return match[1:]
		}
		name := match[2 : len(match)-1]
		found, set := r.known.Env(name)
		if !set {
			r.fault(v.place(), v.key, "must name a variable of the environment that is set, is ${"+name+"}")
			ok = false
		}
		return found
	})
	return expanded, ok
}

// text gives a text of one line with its variables expanded; not empty.
func (r *reader) text(v value) (string, bool) {
	text, ok := r.raw(v)
	if !ok {
		return "", false
	}
	if text, ok = r.expand(v, text); !ok {
		return "", false
	}
	if strings.TrimSpace(text) == "" {
		r.wrong(v, "must not be empty")
		return "", false
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		r.wrong(v, "must be one line without control characters")
		return "", false
	}
	return text, true
}

// checked gives a function that reads a text which check takes; its error is the rule.
func checked[T any](r *reader, to *T, check func(string) (T, error)) func(value) {
	return func(v value) {
		text, ok := r.text(v)
		if !ok {
			return
		}
		got, err := check(text)
		if err != nil {
			r.wrong(v, err.Error())
			return
		}
		*to = got
	}
}

// plainText gives a function that reads any text.
func plainText(r *reader, to *string) func(value) {
	return checked(r, to, func(text string) (string, error) { return text, nil })
}

// choice gives a function that reads one of few words.
func choice(r *reader, to *string, words ...string) func(value) {
	return func(v value) {
		text, ok := r.text(v)
		if !ok {
			return
		}
		if !slices.Contains(words, text) {
			rule := "must be " + oneOf(words)
			if near := nearest(text, words); near != "" && len(words) > 1 {
				rule += " (did you mean " + near + "?)"
			}
			r.wrong(v, rule)
			return
		}
		*to = text
	}
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// number gives a whole number from low to high; a variable of the environment may stand for it.
func (r *reader) number(v value, low, high int) (int, bool) {
	digits := ""
	switch n := v.node.(type) {
	case *ast.IntegerNode:
		digits = n.GetToken().Value
	case *ast.StringNode:
		if !variableForm.MatchString(n.Value) {
			break
		}
		var ok bool
		if digits, ok = r.expand(v, n.Value); !ok {
			return 0, false
		}
	}
	if i, err := strconv.Atoi(digits); err == nil && low <= i && i <= high {
		return i, true
	}
	r.wrong(v, fmt.Sprintf("must be a whole number from %d to %d", low, high))
	return 0, false
}

func (r *reader) boolean(v value, to *bool) {
	if n, ok := v.node.(*ast.BoolNode); ok {
		*to = n.Value
		return
	}
	r.wrong(v, "must be true or false")
}

// duration gives a function that reads a duration of low to high.
func duration(r *reader, to *time.Duration, low, high time.Duration, rule string) func(value) {
	return func(v value) {
		text, ok := "", false
		if n, isText := v.node.(*ast.StringNode); isText {
			text, ok = r.expand(v, n.Value)
			if !ok {
				return
			}
		}
		if d, err := parseDuration(text); err == nil && low <= d && d <= high {
			*to = d
			return
		}
		r.wrong(v, rule)
	}
}

// size gives a function that reads a number of bytes of low to high: 20MB is 20,000,000, 20MiB 20,971,520.
func (r *reader) size(to *int64, low, high uint64, rule string) func(value) {
	return func(v value) {
		text := ""
		switch n := v.node.(type) {
		case *ast.IntegerNode:
			text = n.GetToken().Value
		case *ast.StringNode:
			var ok bool
			if text, ok = r.expand(v, n.Value); !ok {
				return
			}
		}
		if size, err := humanize.ParseBytes(text); err == nil && low <= size && size <= high {
			*to = int64(size)
			return
		}
		r.wrong(v, rule)
	}
}

// path makes a path absolute; a relative one starts at the configuration's folder.
func (r *reader) path(text string) (string, error) {
	if filepath.IsAbs(text) {
		return filepath.Clean(text), nil
	}
	return filepath.Join(r.folder, text), nil
}

// pattern does for a glob what path does for a path.
func (r *reader) pattern(text string) (string, error) {
	if !doublestar.ValidatePathPattern(text) {
		return "", fmt.Errorf("must be a path or pattern such as /var/log/mail.log*")
	}
	if filepath.IsAbs(text) {
		return text, nil
	}
	folder := regexp.MustCompile(`[][*?{}\\]`).ReplaceAllString(r.folder, `\$0`)
	return folder + string(filepath.Separator) + strings.TrimPrefix(text, "./"), nil
}

// readable tells if the file at path cannot be read.
func (r *reader) readable(v value, path string) {
	f, err := os.Open(path)
	if err != nil {
		r.wrong(v, "must be a file that can be read ("+printable(reason(err))+")")
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		r.wrong(v, "must be a file that can be read (is a folder)")
	}
}

// reason is what the system says, without operation and path.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}
