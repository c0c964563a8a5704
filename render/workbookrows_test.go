package render

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"authreport"
)

// TestSheetTextIsReadAsItWas: a reader that takes _xHHHH_ for the character with that number, as ECMA-376 says, has the text again.
func TestSheetTextIsReadAsItWas(t *testing.T) {
	escape := regexp.MustCompile("_x([0-9A-Fa-f]{4})_")
	read := func(text string) string {
		var cell struct {
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte("<t>"+sheetText(text)+"</t>"), &cell); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return escape.ReplaceAllStringFunc(cell.Text, func(match string) string {
			n, err := strconv.ParseUint(match[2:6], 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			return string(rune(n))
		})
	}
	for _, text := range append([]string{
		"", "plain@example.org", " a ", "_x0041_", "_x0041_x0042_", "__x005F_x0041_", "_x005F__x0041_", "_x004", "a_x00e9_é", "<b>&amp;\"'</b>", "]]>", "=1+1", "日本", "tab\t", "line\nend",
	}, hostileSenders...) {
		text = strings.ToValidUTF8(text, "\ufffd")
		if got := read(visible(text)); got != visible(text) {
			t.Errorf("%q is read as %q", visible(text), got)
		}
	}
}

// TestRowsAreThoseOfExcelize holds the rows that rowWriter writes against those of excelize's stream writer.
func TestRowsAreThoseOfExcelize(t *testing.T) {
	heads := make([]head, 30)
	for i := range heads {
		heads[i].kind = kind(i % int(timeKind+1))
	}
	f := excelize.NewFile()
	stream, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	styles, formats := make([]int, timeKind+1), english.numberFormats()
	for k := range styles {
		if styles[k], err = f.NewStyle(&excelize.Style{CustomNumFmt: &formats[k]}); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range heads {
		if err := stream.SetColStyle(i+1, i+1, styles[h.kind]); err != nil {
			t.Fatal(err)
		}
	}
	var ours bytes.Buffer
	w := newRowWriter(&ours, heads, styles)
	for row := range 2000 {
		values := make([]any, len(heads))
		w.beginRow()
		for i := range values {
			switch n := int64(row*31+i) * 7919 % 100_003; n % 6 {
			case 0, 1:
				values[i] = n*n - 1000
			case 2:
				values[i] = float64(n) / 1024 // excelize cuts what has more than 15 digits
			case 3:
				values[i] = authreport.Day(n)
			case 4:
				values[i] = []string{"", "user@example.org", " before", "after ", "a<b>&\"c'", "_x0041_", "(no domain)", "naïve–…"}[n%8]
			}
			w.add(i, values[i])
			values[i] = cellValue(values[i])
		}
		if err := w.endRow(); err != nil {
			t.Fatal(err)
		}
		if err := stream.SetRow("A"+strconv.Itoa(row+2), values); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	if err := stream.Flush(); err != nil {
		t.Fatal(err)
	}
	var book bytes.Buffer
	if err := f.Write(&book); err != nil {
		t.Fatal(err)
	}
	_, parts := partsOf(t, book.Bytes())
	_, rows, _ := strings.Cut(parts["xl/worksheets/sheet1.xml"], "<sheetData>")
	rows, _, _ = strings.Cut(rows, "</sheetData>")
	if got := ours.String(); got != rows {
		at := 0
		for at < min(len(got), len(rows)) && got[at] == rows[at] {
			at++
		}
		from := max(0, at-100)
		t.Errorf("ours: …%.200s\nexcelize's: …%.200s", got[from:], rows[from:])
	}
}
