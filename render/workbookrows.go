package render

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"authreport"
)

// rowWriter writes the rows of a table's sheet, below its headings, as SpreadsheetML (ECMA-376 part 1 section 18.3.1.73), just as excelize's stream writer would.
// That one is several times slower, and puts every row through a temporary file.
type rowWriter struct {
	out     io.Writer
	buffer  []byte
	number  []byte // of the row, in digits
	columns []cellStart
	row     int // written, headings included
}

// tableWriter writes a table's rows to its sheets.
type tableWriter struct {
	*rowWriter // of the sheet that is being written; nil before the first
	zip        *bookZip
	heads      []head
	styles     []int    // by kind
	parts      []string // sheets that are not begun yet
	most       int      // rows of a sheet, headings included
}

// begin begins the next row, on the next sheet if it must.
func (t *tableWriter) begin() error {
	if t.rowWriter == nil || t.row == t.most {
		if err := t.next(); err != nil {
			return err
		}
	}
	t.beginRow()
	return nil
}

// next begins the next sheet.
func (t *tableWriter) next() error {
	if t.rowWriter != nil {
		if err := t.endSheet(); err != nil {
			return err
		}
	}
	if len(t.parts) == 0 {
		return errors.New("it has more rows than its sheets can take")
	}
	out, err := t.zip.beginSheet(t.parts[0])
	t.rowWriter, t.parts = newRowWriter(out, t.heads, t.styles), t.parts[1:]
	return err
}

func (t *tableWriter) endSheet() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.zip.endSheet()
}

// end ends the last sheet; a table without rows has one, too.
func (t *tableWriter) end() error {
	if t.rowWriter == nil {
		if err := t.next(); err != nil {
			return err
		}
	}
	return t.endSheet()
}

// cellStart is what stands before a cell's row number, and between that and its value.
type cellStart struct{ before, number, text string }

// sheetDigits is how many digits of a number programs show and keep.
const sheetDigits = 15

// rowBuffer is how many bytes are handed on at once.
const rowBuffer = 64 << 10

func newRowWriter(out io.Writer, heads []head, styles []int) *rowWriter {
	w := &rowWriter{out: out, buffer: make([]byte, 0, rowBuffer+rowBuffer/4), row: 1}
	for i, h := range heads {
		name, _ := excelize.ColumnNumberToName(i + 1) // fails beyond column 16,384 alone
		style := `" s="` + strconv.Itoa(styles[h.kind]) + `"`
		w.columns = append(w.columns, cellStart{`<c r="` + name, style + `><v>`, style + ` t="inlineStr"><is><t`})
	}
	return w
}

// beginRow begins the next row.
func (w *rowWriter) beginRow() {
	w.row++
	w.number = strconv.AppendInt(w.number[:0], int64(w.row), 10)
	w.buffer = append(append(append(w.buffer, `<row r="`...), w.number...), `">`...)
}

// add writes a value of a column into the row; nil leaves the cell empty.
func (w *rowWriter) add(column int, value any) {
	if value == nil {
		return
	}
	start := &w.columns[column]
	w.buffer = append(append(w.buffer, start.before...), w.number...)
	switch v := value.(type) {
	case string:
		w.text(start, v)
		return
	case int64:
		w.buffer = strconv.AppendInt(append(w.buffer, start.number...), v, 10)
	case float64:
		w.buffer = strconv.AppendFloat(append(w.buffer, start.number...), v, 'g', sheetDigits, 64)
	case authreport.Day:
		w.buffer = strconv.AppendInt(append(w.buffer, start.number...), int64(v-sheetEpoch), 10)
	case time.Time:
		w.buffer = strconv.AppendFloat(append(w.buffer, start.number...), sheetTime(v), 'g', sheetDigits, 64)
	}
	w.buffer = append(w.buffer, `</v></c>`...)
}

// text ends a cell that holds text.
func (w *rowWriter) text(start *cellStart, text string) {
	w.buffer = append(w.buffer, start.text...)
	text = cellText(text)
	if n := len(text); n > 0 && (text[0] <= ' ' || text[n-1] <= ' ') {
		w.buffer = append(w.buffer, ` xml:space="preserve"`...)
	}
	w.buffer = append(append(append(w.buffer, '>'), sheetText(text)...), `</t></is></c>`...)
}

// endRow ends the row, and hands on what there is when that is much.
func (w *rowWriter) endRow() error {
	w.buffer = append(w.buffer, `</row>`...)
	if len(w.buffer) < rowBuffer {
		return nil
	}
	return w.flush()
}

func (w *rowWriter) flush() error {
	_, err := w.out.Write(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}

// sheetEscape is how a workbook's text has a character that XML cannot: _x0000_ to _xFFFF_ (ECMA-376 part 1 section 22.9.2.19).
var sheetEscape = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

// sheetText escapes text for a sheet. What reads as an escape already gets one for its first character, so that it stays what it is.
func sheetText(text string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		b := text[i]
		plain = ' ' <= b && b < 0x7f && b != '&' && b != '<' && b != '>' && (b != '_' || i+1 == len(text) || text[i+1] != 'x')
	}
	if plain {
		return text
	}
	for from := 0; ; { // one after the other, since two may have an underline in common
		match := sheetEscape.FindStringIndex(text[from:])
		if match == nil {
			break
		}
		at := from + match[0]
		text = text[:at] + "_x005F" + text[at:]
		from = at + len("_x005F_x")
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}

// The days of a workbook count from 30 December 1899, for all days since March 1900 (ECMA-376 part 1 section 18.17.4).
var sheetEpoch = authreport.NewDay(1899, time.December, 30)

// cellValue gives the value of a column as excelize takes it: days and times as numbers, text as it may stand in a cell.
func cellValue(value any) any {
	switch v := value.(type) {
	case string:
		return cellText(v)
	case authreport.Day:
		return int(v - sheetEpoch)
	case time.Time:
		return sheetTime(v)
	}
	return value
}

// sheetTime gives a time as a number of days. LibreOffice cuts what others round, so that it is half a millisecond more.
func sheetTime(t time.Time) float64 {
	hour, minute, second := t.Clock()
	return float64(authreport.DayOf(t)-sheetEpoch) + (float64(hour*3600+minute*60+second)+0.0005)/86400
}

// cellText cuts text that is longer than a cell can hold (32,767 UTF-16 units) and marks the cut.
func cellText(text string) string {
	if len(text) <= excelize.TotalCellChars {
		return text
	}
	units, cut := 0, 0 // cut is where the text ends if it leaves one unit for the mark
	for i, r := range text {
		if units < excelize.TotalCellChars {
			cut = i
		}
		units += max(1, utf16.RuneLen(r))
	}
	if units <= excelize.TotalCellChars {
		return text
	}
	return text[:cut] + "…"
}
