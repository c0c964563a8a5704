package maillog

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// FuzzFraming reads any lines, once in one go and once with a restart at a place of the fuzzer's choice: they read alike, every line is counted once, and what is kept is bounded.
func FuzzFraming(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.log")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no logs: %v", err)
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 4<<10)], uint16(7*i))
	}
	l, _ := takeApart([]byte("2026-11-20T10:00:00.5+01:00 mx1 postfix/smtpd[12]: the text"))
	for i, name := range slices.Sorted(maps.Keys(forms)) {
		f.Add([]byte(forms[name](l)+"\n"+forms[name](l)), uint16(i%2))
	}
	f.Fuzz(func(t *testing.T, text []byte, split uint16) {
		// No stamp can be later than the file, else a restart may take a stamp without year for one of the year before.
		modified := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		fresh := func() *framing {
			f := newTestFraming(time.UTC)
			f.clock.file(modified)
			return f
		}
		lines := bytes.Split(text, []byte("\n"))
		one, two := fresh(), fresh()
		whole, parts := authreport.NewTally(time.UTC), authreport.NewTally(time.UTC)
		for i, line := range lines {
			var a, b record
			okA, okB := one.read(line, &a, whole), two.read(line, &b, parts)
			if okA != okB || okA && (a.time != b.time || a.pid != b.pid || !bytes.Equal(a.text, b.text) || (a.from == nil) != (b.from == nil)) {
				t.Fatalf("line %q: read as %v %+v, after a restart as %v %+v", line, okA, a, okB, b)
			}
			if okA && a.from != nil && (len(a.from.tag) == 0 || bytes.ContainsAny([]byte(a.from.tag), " :") || len(a.from.key) > longestOrigin || b.from.key != a.from.key) {
				t.Fatalf("line %q is from %+v", line, a.from)
			}
			if len(one.parts[0]) > MaxLine || len(one.parts[1]) > MaxLine {
				t.Fatalf("%d and %d bytes are kept of unfinished lines", len(one.parts[0]), len(one.parts[1]))
			}
			if i == int(split)%len(lines) {
				two.lines.flush(parts)
				var e encoder
				two.save(&e)
				two = fresh()
				d := &decoder{b: e.b}
				if two.restore(d); d.bad || len(d.b) > 0 {
					t.Fatalf("the state %x is not read", e.b)
				}
			}
		}
		one.lines.flush(whole)
		two.lines.flush(parts)
		if diff := gocmp.Diff(describe(whole), describe(parts)); diff != "" {
			t.Errorf("figures of the lines (-one run +restarted):\n%s", diff)
		}
		var read int64
		for l := range whole.Lines() {
			read += l.Read
		}
		if read != int64(len(lines)) {
			t.Errorf("%d lines are counted of %d", read, len(lines))
		}
	})
}

// FuzzJSONLine compares the reader of objects with encoding/json: what that takes is read alike.
func FuzzJSONLine(f *testing.F) {
	l, _ := takeApart([]byte("2026-11-20T10:00:00.5+01:00 mx1 postfix/smtpd[12]: the \"text\" \\ \x01 \xff ü"))
	for _, name := range []string{"journald", "journald bytes", "Docker", "Filebeat", "Logstash"} {
		f.Add([]byte(forms[name](l)))
	}
	for _, line := range []string{`{}`, ` { } `, `{"log":"a","log":"b"}`, `{"\u006cog":"\ud83d\ude00\ud83d\u0041\udc00"}`, `{"MESSAGE":[0,255,[1]],"_PID":1e3}`, `{"host":{"a":[{"name":1}],"name":"x"}}`, `{"time":"\/\b\f\n\r\t"},`,
		`{"message":[["a"],1]}`, `{"message":[[[1]]]}`, `{"a":{"}":"]"}}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) == 0 || line[0] != '{' {
			return
		}
		var j jsonLine
		ok := j.read(line)
		for _, value := range j.values { // whatever it is, it is read without a fault
			j.text(value)
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(line, &want) != nil {
			return
		}
		if !ok {
			t.Fatalf("%q is not read", line)
		}
		texts := make(map[jsonMember]string)
		for name, value := range want {
			if m := memberOf([]byte(name)); m != otherMember {
				texts[m] = jsonText(value, 2)
			}
		}
		for m := otherMember + 1; m < jsonMembers; m++ {
			// encoding/json makes U+FFFD of every byte that is no UTF-8
			if got := string([]rune(string(j.text(j.values[m])))); got != texts[m] {
				t.Errorf("%q: member %d is %q, want %q", line, m, got, texts[m])
			}
		}
	})
}

// jsonText is jsonLine.text by encoding/json.
func jsonText(value json.RawMessage, depth int) string {
	var decoded any
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	if d.Decode(&decoded) != nil {
		return ""
	}
	switch v := decoded.(type) {
	case string:
		return v
	case json.Number:
		if v[0] != '-' {
			return v.String()
		}
	case []any:
		var elements []json.RawMessage
		if depth == 0 || json.Unmarshal(value, &elements) != nil || len(elements) == 0 {
			return ""
		}
		if n, ok := v[0].(json.Number); ok && n[0] != '-' {
			var b []byte
			for _, e := range v {
				n, ok := e.(json.Number)
				if !ok {
					return ""
				}
				i, err := n.Int64()
				if err != nil || i < 0 || i > 255 || n.String()[0] == '-' {
					return ""
				}
				b = append(b, byte(i))
			}
			return string([]rune(string(b)))
		}
		return jsonText(elements[0], depth-1)
	case map[string]any:
		// The first of its members "name" and "hostname" that has a text; a map does not tell which is the first.
		if depth == 0 {
			return ""
		}
		d := json.NewDecoder(bytes.NewReader(value))
		d.Token()
		for d.More() {
			name, _ := d.Token()
			var inner json.RawMessage
			if d.Decode(&inner) != nil {
				return ""
			}
			if name == "name" || name == "hostname" {
				return jsonText(inner, 0)
			}
		}
	}
	return ""
}
