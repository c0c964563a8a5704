package render

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/net/html"

	"authreport/report"
)

// parsedPage is a page as a browser reads it.
type parsedPage struct {
	text    string
	root    *html.Node
	scripts map[string]string // by id; "" is all scripts that run, one after the other
}

func parsePage(t testing.TB, r *report.Report, echarts string) parsedPage {
	t.Helper()
	var b strings.Builder
	if err := english.writePage(&b, r, 0, echarts); err != nil {
		t.Fatal(err)
	}
	return parsePageText(t, b.String())
}

func parsePageText(t testing.TB, text string) parsedPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p := parsedPage{text, root, make(map[string]string)}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "script" {
			p.scripts[attribute(n, "id")] += n.FirstChild.Data
		}
	}
	return p
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// block gives the unpacked columns of a data block.
func (p parsedPage) block(t *testing.T, id string) *columnReader {
	t.Helper()
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(p.scripts[id])))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return &columnReader{t, text}
}

type columnReader struct {
	t    *testing.T
	rest []byte
}

func (c *columnReader) number() uint64 {
	n, size := binary.Uvarint(c.rest)
	if size <= 0 {
		c.t.Fatal("the columns end too early")
	}
	c.rest = c.rest[size:]
	return n
}

func (c *columnReader) column(length int) []uint64 {
	column := make([]uint64, length)
	for i := range column {
		column[i] = c.number()
	}
	return column
}

func (c *columnReader) texts(count int) []string {
	lengths := c.column(count)
	size := c.number()
	all := utf16.Encode([]rune(string(c.rest[:size])))
	c.rest = c.rest[size:]
	var texts []string
	for _, n := range lengths {
		texts = append(texts, string(utf16.Decode(all[:n])))
		all = all[n:]
	}
	return texts
}
