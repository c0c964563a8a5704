package maillog

import "bytes"

// jsonRow finds the values of a few paths in a line that is one JSON object (RFC 8259). It allocates nothing once its buffers have grown.
//
// A path is names joined with dots. "a.b" is the member b of the object a, or the member of that whole name: exporters flatten objects so. The order of
// the members is free; of two of the same name the last counts. A list stands for its first element. null, an object and what is not there are empty.
type jsonRow struct {
	paths  []string // an empty one is never there
	values [][]byte // by path: text as it reads, numbers, true and false as they are written; valid until the next line
	counts []int    // by path: elements of a list; -1 for what is no list

	active  []jsonPath // the paths that lead on in the objects around the place at hand
	scratch []byte     // texts that had escapes
}

// jsonPath is what is left of a path within an object.
type jsonPath struct {
	index int
	rest  string
}

// read reads a line; false if it is no object, or more than one.
func (j *jsonRow) read(line []byte) bool {
	j.active, j.scratch = j.active[:0], j.scratch[:0]
	for i, path := range j.paths {
		j.values[i], j.counts[i] = nil, -1
		if path != "" {
			j.active = append(j.active, jsonPath{i, path})
		}
	}
	rest, ok := j.object(skipSpace(line), 0)
	return ok && len(skipSpace(rest)) == 0
}

// object reads an object that the active paths from a number on lead into, and gives what follows it.
func (j *jsonRow) object(b []byte, from int) (rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '{' {
		return nil, false
	}
	if b = skipSpace(b[1:]); len(b) > 0 && b[0] == '}' {
		return b[1:], true
	}
	for to := len(j.active); ; {
		name, after, ok := j.text(b)
		if after = skipSpace(after); !ok || len(after) == 0 || after[0] != ':' {
			return nil, false
		}
		b = skipSpace(after[1:])
		leaf := false
		for _, path := range j.active[from:to] {
			switch {
			case len(path.rest) < len(name) || path.rest[:len(name)] != string(name):
			case len(path.rest) == len(name):
				leaf = true
			case path.rest[len(name)] == '.':
				j.active = append(j.active, jsonPath{path.index, path.rest[len(name)+1:]})
			}
		}
		switch {
		case len(j.active) > to && len(b) > 0 && b[0] == '{':
			rest, ok = j.object(b, to)
		case leaf:
			rest, ok = j.leaf(b, name, from, to)
		default:
			rest, ok = skipValue(b)
		}
		j.active = j.active[:to]
		if b = skipSpace(rest); !ok || len(b) == 0 {
			return nil, false
		}
		if b[0] == '}' {
			return b[1:], true
		}
		if b[0] != ',' {
			return nil, false
		}
		b = skipSpace(b[1:])
	}
}

// leaf reads the value of the paths that end with a name.
func (j *jsonRow) leaf(b, name []byte, from, to int) (rest []byte, ok bool) {
	for _, path := range j.active[from:to] {
		if path.rest == string(name) {
			if rest, ok = j.value(b, path.index); !ok {
				return nil, false
			}
		}
	}
	return rest, true
}

// value reads the value of a path.
func (j *jsonRow) value(b []byte, index int) (rest []byte, ok bool) {
	j.values[index], j.counts[index] = nil, -1
	if len(b) == 0 || b[0] != '[' {
		j.values[index], rest, ok = j.scalar(b)
		return rest, ok
	}
	j.counts[index] = 0
	if b = skipSpace(b[1:]); len(b) > 0 && b[0] == ']' {
		return b[1:], true
	}
	for {
		if j.counts[index] == 0 {
			j.values[index], rest, ok = j.scalar(b)
		} else {
			rest, ok = skipValue(b)
		}
		j.counts[index]++
		if b = skipSpace(rest); !ok || len(b) == 0 {
			return nil, false
		}
		if b[0] == ']' {
			return b[1:], true
		}
		if b[0] != ',' {
			return nil, false
		}
		b = skipSpace(b[1:])
	}
}

// scalar reads a text, a number, true or false; for null, a list or an object nil.
func (j *jsonRow) scalar(b []byte) (value, rest []byte, ok bool) {
	if len(b) > 0 && b[0] == '"' {
		return j.text(b)
	}
	rest, ok = skipValue(b)
	if !ok || b[0] == '{' || b[0] == '[' || b[0] == 'n' {
		return nil, rest, ok
	}
	return b[:len(b)-len(rest)], rest, true
}

// text reads a string.
func (j *jsonRow) text(b []byte) (text, rest []byte, ok bool) {
	inner, rest, ok := cutString(b)
	if !ok || bytes.IndexByte(inner, '\\') < 0 {
		return inner, rest, ok
	}
	start := len(j.scratch)
	j.scratch, ok = appendUnescaped(j.scratch, inner)
	return j.scratch[start:], rest, ok
}
