package render

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"authreport"
	"authreport/report"
)

func TestWorkbookGoesOnInASecondSheet(t *testing.T) {
	r := bookReport(t, 7, unusualToo)
	whole, split := openBook(t, writeBook(t, r, excelize.TotalRows)), openBook(t, writeBook(t, r, 5))
	tables := make(map[string]bool)
	for _, name := range whole.GetSheetList()[1:] {
		headings, want := rowsOf(t, whole, name)
		var got [][]string
		parts := (len(want) + 3) / 4
		for part := range parts {
			sheet := name
			if part > 0 {
				sheet += fmt.Sprintf(" %d", part+1)
			}
			again, rows := rowsOf(t, split, sheet)
			same(t, "headings of "+sheet, again, headings)
			got = append(got, rows...)
			table, err := split.GetTables(sheet)
			if err != nil || len(table) != 1 || tables[table[0].Name] {
				t.Errorf("sheet %s: tables %v, %v", sheet, table, err)
				continue
			}
			tables[table[0].Name] = true
		}
		same(t, "rows of "+name, got, want)
		if extra, _ := split.GetSheetIndex(fmt.Sprintf("%s %d", name, parts+1)); extra >= 0 {
			t.Errorf("sheet %s has more than %d parts", name, parts)
		}
	}
}

// parts reads the files in a workbook.
func partsOf(t testing.TB, book []byte) (names []string, parts map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	parts = make(map[string]string)
	for _, file := range z.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, file.Name)
		parts[file.Name] = string(content)
	}
	return names, parts
}

func TestWorkbookNamesStayText(t *testing.T) {
	long := strings.Repeat("l", 40_000) + "@example.org"
	r := bookReport(t, 7, func(m *report.Memory, _ *report.Request) {
		c := m.Submissions[0]
		c.Client.Sender, c.Client.Account, c.Client.Cipher, c.Messages = long, "tab\there_x0041_", "\x00\xff", 1
		m.Submissions = append(m.Submissions, c)
		c.Client.Sender, c.Client.Account, c.Client.Domain, c.Messages = "x@MESSAGES", "", "MESSAGES", 1_000_000
		m.Submissions = append(m.Submissions, c)
	})
	book := writeBook(t, r, excelize.TotalRows)
	f := openBook(t, book)
	names := columnOf(t, f, "Sending volume", "Sender address")
	for _, want := range append([]string{strings.Repeat("l", excelize.TotalCellChars-1) + "…", "<>"}, hostileSenders...) {
		if !slices.Contains(names, visible(want)) {
			t.Errorf("no cell holds %.60q", visible(want))
		}
	}
	if accounts := columnOf(t, f, "Accounts", "Account"); !slices.Contains(accounts, `tab\there_x0041_`) || !slices.Contains(accounts, "authreport (authreport)") {
		t.Errorf("accounts: %q", accounts)
	}
	if ciphers := columnOf(t, f, "Clients", "Cipher"); !slices.Contains(ciphers, `\x00\xff`) {
		t.Errorf("ciphers: %q", ciphers)
	}
	headings, _ := rowsOf(t, f, "Daily")
	if _, ok := headings["MESSAGES 2"]; !ok {
		t.Errorf("headings of Daily: %v", headings)
	}
	_, parts := partsOf(t, book)
	for name, part := range parts {
		if strings.HasPrefix(name, "xl/worksheets/") && strings.Contains(part, "<f>") || strings.Contains(part, "<hyperlink") {
			t.Errorf("%s has a formula or link", name)
		}
		if strings.ContainsAny(part, "\x00\x1b\u202e") {
			t.Errorf("%s has control characters", name)
		}
	}
}

func TestWorkbookIsTheSameTwice(t *testing.T) {
	r := bookReport(t, 30, nil)
	first := writeBook(t, r, excelize.TotalRows)
	for range 3 {
		if !bytes.Equal(first, writeBook(t, r, excelize.TotalRows)) {
			t.Fatal("the same report gave another workbook")
		}
	}
	names, _ := partsOf(t, first)
	summary := slices.Index(names, "xl/worksheets/sheet1.xml")
	if names[0] != "[Content_Types].xml" || !slices.IsSorted(names[:summary+1]) {
		t.Errorf("parts: %q", names)
	}
	for i, name := range names[summary:] {
		if name != fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1) {
			t.Errorf("sheet %d is %s", i+1, name)
		}
	}
}

func TestWorkbookSheetsAreSetUp(t *testing.T) {
	f := openBook(t, writeBook(t, bookReport(t, 7, nil), excelize.TotalRows))
	same(t, "sheets", f.GetSheetList(), []string{"Summary", "Sending volume", "TLS usage", "Accounts", "Domains", "Daily", "Daily by domain", "Clients", "Unusual activity", "Legacy TLS", "Legacy by day"})
	printed := make(map[string]string)
	for _, name := range f.GetDefinedName() {
		printed[name.Scope] = name.RefersTo
	}
	for _, sheet := range f.GetSheetList()[1:] {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v", sheet, panes, err)
		}
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 || !strings.HasPrefix(tables[0].Range, "A1:") {
			t.Errorf("%s: tables %+v, %v", sheet, tables, err)
		}
		if printed[sheet] != "'"+sheet+"'!$1:$1" {
			t.Errorf("%s: prints %q on each page", sheet, printed[sheet])
		}
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
			t.Errorf("%s: layout %+v, %v", sheet, layout, err)
		}
		props, err := f.GetSheetProps(sheet)
		if err != nil || !*props.FitToPage {
			t.Errorf("%s: does not fit to the page, %v", sheet, err)
		}
		if rules, err := f.GetConditionalFormats(sheet); err != nil || len(rules) == 0 {
			t.Errorf("%s: conditional formats %v, %v", sheet, rules, err)
		}
	}
}

func TestWorkbookCharts(t *testing.T) {
	for days, want := range map[int]int{1: 4, 7: 4, 90: 4} {
		_, parts := partsOf(t, writeBook(t, bookReport(t, days, nil), excelize.TotalRows))
		charts := 0
		for name, part := range parts {
			if strings.HasPrefix(name, "xl/charts/") {
				charts++
				if last := fmt.Sprintf("$A$%d", days+1); !strings.Contains(part, "doughnutChart") && !strings.Contains(part, last) {
					t.Errorf("%d days: %s does not go to %s", days, name, last)
				}
			}
		}
		if drawing := parts["xl/drawings/drawing1.xml"]; charts != want || strings.Count(drawing, "<xdr:graphicFrame ") != want {
			t.Errorf("%d days: %d charts, want %d", days, charts, want)
		}
		if !strings.Contains(parts["xl/worksheets/sheet1.xml"], "<drawing ") {
			t.Errorf("%d days: the summary has no drawing", days)
		}
	}
}

func TestWorkbookWithoutAPeriodBefore(t *testing.T) {
	r := bookReport(t, 7, func(m *report.Memory, _ *report.Request) { m.Read = m.Read[:7] })
	f := openBook(t, writeBook(t, r, excelize.TotalRows))
	for _, sheet := range []string{"Sending volume", "Accounts", "Domains"} {
		headings, _ := rowsOf(t, f, sheet)
		if _, ok := headings["Change"]; ok {
			t.Errorf("%s has changes against days that were not read", sheet)
		}
	}
	rows, err := f.GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) > 2 && row[0] == "Messages" && (row[2] != "" || len(row) > 3 && row[3] != "") {
			t.Errorf("summary compares with days that were not read: %q", row)
		}
	}
}

func TestWorkbookOfNothing(t *testing.T) {
	for _, days := range []int{7, 0} {
		r := bookReport(t, 7, func(m *report.Memory, request *report.Request) {
			*m = report.Memory{}
			request.Range.First += authreport.Day(7 - days)
		})
		f := openBook(t, writeBook(t, r, excelize.TotalRows))
		if headings, rows := rowsOf(t, f, "Clients"); len(rows) != 0 || len(headings) != len(clientColumns) {
			t.Errorf("%d days: %d rows, headings %v", days, len(rows), headings)
		}
	}
}

// failing fails once it has taken some bytes.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestWorkbookSaysThatItCouldNotBeWritten(t *testing.T) {
	r := bookReport(t, 7, nil)
	for _, left := range []int{0, 100, 20_000} {
		if err := Workbook(&failing{left}, r); err == nil || !strings.HasPrefix(err.Error(), "write workbook: ") {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}
