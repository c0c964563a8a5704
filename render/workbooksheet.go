package render

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"

	"authreport/report"
)

// book is a workbook being written.
type book struct {
	language *language
	file     *excelize.File
	rows     int // of a sheet at most
	cut      BookCut
	compares bool // whether columns that compare with the period before are written
	footer   string
	cells    [timeKind + 1]int // styles of each kind, by excelize's numbers
	headings [timeKind + 1]int
	zero     int // conditional styles
	weak     int
	sheets   int
	tables   []bookTable
}

// bookTable is a table whose rows are still to be written.
type bookTable struct {
	parts []string             // its sheets
	write func(*bookZip) error // writes them, one after the other
}

// numberFormats show numbers as format.go writes them (ECMA-376 part 1 section 18.8.31); those that hold words are in the catalogues. Text columns have the text format,
// so that what looks like a formula stays text when somebody edits the cell.
func (l *language) numberFormats() [timeKind + 1]string {
	return [...]string{
		textKind:   "@",
		numberKind: "#,##0",
		weakKind:   "#,##0",
		beforeKind: "#,##0",
		shareKind:  l.text("workbook.share"),
		changeKind: l.text("workbook.change"),
		dayKind:    l.text("workbook.day"),
		timeKind:   l.text("workbook.time"),
	}
}

// sheetName is the name of a sheet.
func (b *book) sheetName(key string) string { return b.language.text("sheet." + key) }

// tableName makes a name of a table of that of its sheet: letters, digits and underlines (ECMA-376 part 1 section 18.5.1.2).
func tableName(sheet string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, sheet)
}

// Colours of the sheets: headings, their text, and what a reader must not overlook.
const (
	headingColour = "#1f3a5f"
	warningFill   = "#fff4d6"
	warningColour = "#7a4b00"
	quietColour   = "#5b6472"
	zeroColour    = "#a3abb8"
	weakFill      = "#fbe3da"
	weakColour    = "#8c2f12"
)

func (l *language) newBook(rows int, r *report.Report) (*book, error) {
	b := &book{language: l, file: excelize.NewFile(), rows: rows, compares: r.Summary.BeforeComplete}
	b.footer = "&L" + l.dates(r.Request.Range) + "&C&A&R" + l.text("workbook.pages", "page", "&P", "pages", "&N")
	if err := b.makeStyles(); err != nil {
		return nil, err
	}
	stamp := r.Request.Now.UTC().Format(time.RFC3339)
	return b, b.file.SetDocProps(&excelize.DocProperties{
		Title: l.mailTitle(r) + ", " + l.dates(r.Request.Range), Creator: "authreport", LastModifiedBy: "authreport", Created: stamp, Modified: stamp, Language: l.tag,
	})
}

// makeStyles makes the styles of the cells. Headings of numbers stand above them, clear of the filter button.
func (b *book) makeStyles() (err error) {
	for k, format := range b.language.numberFormats() {
		cell := &excelize.Style{CustomNumFmt: &format}
		heading := &excelize.Style{Font: font(11, true, "#ffffff"), Fill: fill(b.language.heading()), Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}
		switch kind(k) {
		case textKind:
		case dayKind:
			cell.Alignment = &excelize.Alignment{Horizontal: "center"}
			heading.Alignment.Horizontal = "center"
		default:
			cell.Alignment = &excelize.Alignment{Horizontal: "right"}
			heading.Alignment.Horizontal, heading.Alignment.Indent = "right", 1
		}
		if b.cells[k], err = b.file.NewStyle(cell); err != nil {
			return err
		}
		if b.headings[k], err = b.file.NewStyle(heading); err != nil {
			return err
		}
	}
	if b.zero, err = b.file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: zeroColour}}); err != nil {
		return err
	}
	b.weak, err = b.file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: weakColour}, Fill: fill(weakFill)})
	return err
}

// font is a font of the workbook; a style without a family has another one in LibreOffice.
func font(size float64, bold bool, colour string) *excelize.Font {
	return &excelize.Font{Family: "Calibri", Size: size, Bold: bold, Color: colour}
}

func fill(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

// write writes the finished workbook: what excelize made of it, and the rows of the tables as they come.
func (b *book) write(w io.Writer) error {
	types := b.file.ContentTypes.Defaults // excelize adds those of pictures in random order
	sort.Slice(types, func(i, j int) bool { return types[i].Extension < types[j].Extension })
	var parts []string
	for _, t := range b.tables {
		parts = append(parts, t.parts...)
	}
	z := newBookZip(w, parts)
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return z })
	if err := b.file.Write(io.Discard); err != nil { // nothing is written there: z has it
		return err
	}
	if err := z.writeParts(); err != nil {
		return err
	}
	for _, t := range b.tables {
		if err := t.write(z); err != nil {
			return err
		}
	}
	return z.end()
}

// head is the heading of a column, and what its cells hold.
type head struct {
	title string
	kind  kind
	width float64
}

// sheet is a sheet being written. Excelize loses without an error what is set at the wrong time (paper and panes after the first row, charts and tables after
// Flush), so open sets all that goes before the rows, and closeTable all that goes after them.
type sheet struct {
	book   *book
	name   string
	part   string // name of the part in the file
	stream *excelize.StreamWriter
	rows   int // written
}

// open begins a sheet whose columns have the widths and styles given, the first frozen rows always in view.
func (b *book) open(name string, widths []float64, styles []int, frozen int) (*sheet, error) {
	b.sheets++
	if b.sheets == 1 {
		if err := b.file.SetSheetName(b.file.GetSheetName(0), name); err != nil {
			return nil, err
		}
		b.file.SetActiveSheet(0)
	} else if _, err := b.file.NewSheet(name); err != nil {
		return nil, err
	}
	if err := b.setUpPage(name); err != nil {
		return nil, err
	}
	stream, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	if frozen > 0 {
		panes := &excelize.Panes{Freeze: true, YSplit: frozen, TopLeftCell: "A" + strconv.Itoa(frozen+1), ActivePane: "bottomLeft"}
		if err := stream.SetPanes(panes); err != nil {
			return nil, err
		}
	}
	for i, width := range slices.Backward(widths) { // excelize puts what is set last first, and Excel wants columns in order
		if err := stream.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
		if err := stream.SetColStyle(i+1, i+1, styles[i]); err != nil {
			return nil, err
		}
	}
	return &sheet{book: b, name: name, part: "xl/worksheets/sheet" + strconv.Itoa(b.sheets) + ".xml", stream: stream}, nil
}

// rowHeight is the height of a row, in points: said, so that charts stand at the same rows in every program.
const rowHeight = 15.0

// setUpPage makes a sheet print as wide as the paper lies.
func (b *book) setUpPage(name string) error {
	yes, landscape, a4, wide, high, height := true, "landscape", 9, 1, 0, rowHeight
	margin, foot, footer := 0.4, 0.7, 0.3                      // inches
	if err := b.file.SetSheetDimension(name, ""); err != nil { // it would say A1, whatever the stream writes, and some readers stop there
		return err
	}
	if err := b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes, DefaultRowHeight: &height, CustomHeight: &yes}); err != nil {
		return err
	}
	if err := b.file.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &foot, Header: &footer, Footer: &footer}); err != nil {
		return err
	}
	if err := b.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	return b.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: b.footer})
}

// openTable begins a sheet that is a table from its first row on.
func (b *book) openTable(name string, heads []head) (*sheet, error) {
	widths, styles, titles := make([]float64, len(heads)), make([]int, len(heads)), make([]any, len(heads))
	for i, h := range heads {
		widths[i], styles[i] = h.width, b.cells[h.kind]
		titles[i] = excelize.Cell{StyleID: b.headings[h.kind], Value: cellText(h.title)}
	}
	s, err := b.open(name, widths, styles, 1)
	if err != nil {
		return nil, err
	}
	return s, s.add(titles, excelize.RowOpts{Height: 34})
}

// add writes the next row.
func (s *sheet) add(cells []any, options ...excelize.RowOpts) error {
	s.rows++
	return s.stream.SetRow("A"+strconv.Itoa(s.rows), cells, options...)
}

// closeTable ends a sheet that openTable began and that will have so many rows below its headings. These become filter buttons and are printed on each page, zeros are
// pale, weak TLS is marked.
func (s *sheet) closeTable(heads []head, rows int) error {
	end := max(2, 1+rows)
	last, err := excelize.CoordinatesToCellName(len(heads), end)
	if err != nil {
		return err
	}
	stripes := true
	table := &excelize.Table{Range: "A1:" + last, Name: tableName(s.name), StyleName: "TableStyleLight1", ShowRowStripes: &stripes}
	if err := s.stream.AddTable(table); err != nil {
		return fmt.Errorf("table of sheet %s: %w", s.name, err)
	}
	titles := &excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + s.name + "'!$1:$1", Scope: s.name}
	if err := s.book.file.SetDefinedName(titles); err != nil {
		return err
	}
	for i, h := range heads {
		if err := s.mark(i, h.kind, 2, end); err != nil {
			return err
		}
	}
	return s.close()
}

// mark makes the zeros of a column pale, by its place from 0, and marks what is weak.
func (s *sheet) mark(place int, kind kind, first, last int) error {
	var rules []excelize.ConditionalFormatOptions
	if kind == weakKind {
		rules = append(rules, excelize.ConditionalFormatOptions{Type: "cell", Criteria: ">", Value: "0", Format: &s.book.weak})
	}
	if kind == weakKind || kind == numberKind || kind == shareKind {
		rules = append(rules, excelize.ConditionalFormatOptions{Type: "cell", Criteria: "=", Value: "0", Format: &s.book.zero})
	}
	if len(rules) == 0 {
		return nil
	}
	name, err := excelize.ColumnNumberToName(place + 1)
	if err != nil {
		return err
	}
	return s.book.file.SetConditionalFormat(s.name, fmt.Sprintf("%s%d:%s%d", name, first, name, last), rules)
}

// close ends a sheet.
func (s *sheet) close() error { return s.stream.Flush() }
