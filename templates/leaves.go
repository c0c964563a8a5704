package templates

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// leaf is one value of a YAML file, by its dotted key: "colours.domains[1]".
type leaf struct {
	key    string
	text   string
	isText bool // else text is how it is written
	line   int
}

// leaves gives all values of a YAML file of mappings, lists and texts, in order.
func leaves(source []byte) ([]leaf, error) {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			return nil, &syntaxError{lineOf(syntax.GetToken()), "is not YAML: " + syntax.GetMessage()}
		}
		return nil, &syntaxError{1, "is not YAML"}
	}
	var all []leaf
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			all = append(all, leavesOf("", doc.Body)...)
		}
	}
	return all, nil
}

// syntaxError is what keeps a file from being read at all.
type syntaxError struct {
	line    int
	problem string
}

func (e *syntaxError) Error() string { return e.problem }

func lineOf(at *token.Token) int {
	if at == nil || at.Position == nil {
		return 1
	}
	return max(1, at.Position.Line)
}

func leavesOf(key string, node ast.Node) (all []leaf) {
	switch n := node.(type) {
	case ast.MapNode:
		for entry := n.MapRange(); entry.Next(); {
			name := entry.Key().GetToken().Value
			if key != "" {
				name = key + "." + name
			}
			all = append(all, leavesOf(name, entry.Value())...)
		}
		return all
	case *ast.SequenceNode:
		for i, item := range n.Values {
			all = append(all, leavesOf(fmt.Sprintf("%s[%d]", key, i), item)...)
		}
		return all
	case *ast.StringNode:
		return []leaf{{key, n.Value, true, lineOf(n.GetToken())}}
	case *ast.LiteralNode:
		return []leaf{{key, n.Value.Value, true, lineOf(n.Start)}}
	}
	return []leaf{{key, node.String(), false, lineOf(node.GetToken())}}
}
