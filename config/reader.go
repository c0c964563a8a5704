package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// reader walks the syntax tree and gathers faults.
type reader struct {
	file    string // as named by the user
	folder  string // absolute; relative paths start here
	known   Known
	anchors map[string]ast.Node
	faults  Faults
	keys    map[string]bool // every key that was looked for, by dotted name without indexes and free names
}

// value is a value in the tree.
type value struct {
	node ast.Node // nil: the key has none
	key  string   // dotted, with indexes: "sources[0].paths"
	at   *token.Token
}

// key is one key of a mapping and how its value is read.
type key struct {
	name string
	read func(value)
	must string // rule that a mapping without it breaks; empty: it may be left out
}

func (r *reader) fault(at *token.Token, key, problem string) {
	f := Fault{File: r.file, Line: 1, Column: 1, Key: printable(key), Problem: problem}
	if at != nil && at.Position != nil && at.Position.Line > 0 {
		f.Line, f.Column = at.Position.Line, at.Position.Column
	}
	r.faults = append(r.faults, f)
}

// wrong tells that v breaks rule; the value is told too.
func (r *reader) wrong(v value, rule string) {
	r.fault(v.place(), v.key, rule+", is "+describe(v.node))
}

// wrongSecret tells that v breaks rule, without its value.
func (r *reader) wrongSecret(v value, rule string) {
	r.fault(v.place(), v.key, rule+", is "+secretText)
}

// place is where the value stands, or its key if it has none.
func (v value) place() *token.Token {
	switch n := v.node.(type) {
	case nil, *ast.NullNode:
		return v.at
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	case *ast.SequenceNode:
		return n.Start
	case *ast.LiteralNode:
		return n.Start
	}
	return v.node.GetToken()
}

// parse gives the mapping that the file is; ok is false if there is nothing to walk.
func (r *reader) parse(text []byte) (root value, ok bool) {
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		// Only the message is told: the library's own form of the error quotes lines of the file, which may hold a password.
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			r.fault(syntax.GetToken(), "", "is not YAML: "+syntax.GetMessage())
		} else {
			r.fault(nil, "", "is not YAML")
		}
		return value{}, false
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) == 0 {
		r.fault(nil, "", "must be a mapping of settings, is empty")
		return value{}, false
	}
	if len(bodies) > 1 {
		r.fault(bodies[1].GetToken(), "", "must be one YAML document, is several")
	}
	for _, n := range ast.Filter(ast.AnchorType, bodies[0]) {
		if anchor, ok := n.(*ast.AnchorNode); ok {
			r.anchors[anchor.Name.GetToken().Value] = anchor.Value
		}
	}
	return value{node: r.resolve(bodies[0])}, true
}

// resolve takes anchors, aliases and tags off a node, and gives nil for none or null.
func (r *reader) resolve(n ast.Node) ast.Node {
	for range 10 { // deeper than anybody nests them; an anchor may be a ring
		switch at := n.(type) {
		case *ast.AnchorNode:
			n = at.Value
		case *ast.AliasNode:
			name := at.Value.GetToken().Value
			target, found := r.anchors[name]
			if !found {
				r.fault(at.GetToken(), "", "alias must have an anchor, is *"+printable(name))
			}
			n = target
		case *ast.TagNode:
			n = at.Value
		case *ast.NullNode:
			return nil
		default:
			return n
		}
	}
	return nil
}

// entries gives what a mapping holds, in order; a key without value has a nil node. Duplicates and keys that are not text are told and left out.
func (r *reader) entries(v value) []value {
	mapping, ok := v.node.(ast.MapNode)
	if !ok {
		if v.node != nil {
			r.wrong(v, "must be a mapping (key: value)")
		}
		return nil
	}
	var found []value
	seen := map[string]*token.Token{}
	for iter := mapping.MapRange(); iter.Next(); {
		name, at := iter.Key(), iter.Key().GetToken()
		if _, isText := name.(*ast.StringNode); !isText {
			r.fault(at, v.key, "keys must be text, is "+describe(name))
			continue
		}
		key := join(v.key, at.Value)
		if first := seen[at.Value]; first != nil {
			r.fault(at, key, fmt.Sprintf("must stand once, is there already at line %d", first.Position.Line))
			continue
		}
		seen[at.Value] = at
		found = append(found, value{node: r.resolve(iter.Value()), key: key, at: at})
	}
	return found
}

// restricting is the keys that keep something from somebody. Whoever writes one without a value means it.
var restricting = []string{"recipients.*.domains", "recipients.*.pseudonyms", "reports.*.domains"}

// mapping reads a mapping of known keys; section names the place in reader.keys. A key without value counts as not there, but for those in restricting.
func (r *reader) mapping(v value, section string, keys []key) {
	names, found := make([]string, len(keys)), make([]bool, len(keys))
	for i, k := range keys {
		names[i] = k.name
		r.keys[join(section, k.name)] = true
	}
	for _, entry := range r.entries(v) {
		name := entry.at.Value
		i := slices.Index(names, name)
		switch {
		case i >= 0 && entry.node != nil:
			found[i] = true
			keys[i].read(entry)
		case i >= 0 && slices.Contains(restricting, join(section, name)):
			r.fault(entry.at, entry.key, "must have a value or be left out, since without one it keeps nothing back")
		case i >= 0:
		default:
			problem := "is no setting here"
			if near := nearest(name, names); near != "" {
				problem += "; did you mean " + near + "?"
			}
			r.fault(entry.at, entry.key, problem)
		}
	}
	if _, ok := v.node.(ast.MapNode); !ok && v.node != nil {
		return
	}
	for i, k := range keys {
		if k.must != "" && !found[i] {
			r.fault(v.at, join(v.key, k.name), k.must+", is missing")
		}
	}
}

// items gives what a list holds, in order, without empty items; that it holds none is told.
func (r *reader) items(v value) []value {
	list, ok := v.node.(*ast.SequenceNode)
	if !ok {
		r.wrong(v, "must be a list ([one, two])")
		return nil
	}
	if len(list.Values) == 0 {
		r.fault(v.place(), v.key, "must hold at least one, is empty")
	}
	var found []value
	for i, n := range list.Values {
		item := value{node: r.resolve(n), key: fmt.Sprintf("%s[%d]", v.key, i), at: n.GetToken()}
		item.at = item.place()
		if item.node == nil {
			r.fault(n.GetToken(), item.key, "must have a value, is empty")
			continue
		}
		found = append(found, item)
	}
	return found
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
