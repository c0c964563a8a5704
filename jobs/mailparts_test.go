package jobs

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/unicode"
)

// mailParts gives every part of a mail as its recipient can read it, by a name: decoded, unpacked, and what is within it again.
func mailParts(t *testing.T, eml []byte) map[string]string {
	t.Helper()
	parts := map[string]string{}
	whole, err := message.Read(bytes.NewReader(eml))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := bytes.Cut(eml, []byte("\r\n\r\n"))
	parts["headers"] = string(head)
	if subject, err := whole.Header.Text("Subject"); err == nil {
		parts["subject"] = subject
	}
	addEntity(t, parts, whole)
	return parts
}

func addEntity(t *testing.T, parts map[string]string, e *message.Entity) {
	t.Helper()
	if several := e.MultipartReader(); several != nil {
		for {
			part, err := several.NextPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			addEntity(t, parts, part)
		}
	}
	kind, parameters, err := e.Header.ContentType()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(e.Body)
	if err != nil {
		t.Fatal(err)
	}
	name := parameters["name"]
	if name == "" {
		name = kind
	}
	parts["name of "+kind] = name + " " + e.Header.Get("Content-Disposition")
	addData(t, parts, kind+" "+name, data)
}

// blockForm is a block of packed data in a page.
var blockForm = regexp.MustCompile(`(?s)<script type="text/plain" id="([a-z-]+)">(.*?)</script>`)

// scriptForm is a script of the program's own, the same in every page.
var scriptForm = regexp.MustCompile(`(?s)<script>.*?</script>`)

// addData adds a file, and what is packed in it.
func addData(t *testing.T, parts map[string]string, name string, data []byte) {
	t.Helper()
	if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			inner, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			addData(t, parts, name+" > "+f.Name, inner)
		}
		return
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) { // Microsoft's columns
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			t.Fatal(err)
		}
		data = text
	}
	text := string(data)
	for _, block := range blockForm.FindAllStringSubmatch(text, -1) {
		packed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(block[2]))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		columns, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[name+" > "+block[1]] = string(columns)
	}
	parts[name] = scriptForm.ReplaceAllString(text, "")
}

// outboxParts gives the parts of the mails in a folder, by recipient.
func outboxParts(t *testing.T, folder string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, file := range files {
		eml, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Read(bytes.NewReader(eml))
		if err != nil {
			t.Fatal(err)
		}
		all[strings.Trim(m.Header.Get("To"), "<>")] = mailParts(t, eml)
	}
	return all
}

// where gives the parts that have a text, in order.
func where(parts map[string]string, text string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if strings.Contains(parts[name], text) {
			names = append(names, name)
		}
	}
	return names
}
