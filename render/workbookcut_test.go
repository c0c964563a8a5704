package render

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestCutWorkbook holds that a workbook that is cut short has the summary and the first rows of the whole one, and says what it leaves out.
func TestCutWorkbook(t *testing.T) {
	r := bookReport(t, 7, unusualToo)
	whole := openBook(t, writeBook(t, r, excelize.TotalRows))
	for _, test := range []struct {
		cut    BookCut
		notice string
	}{
		{BookCut{NoClients: true}, "Cut short, so that the mail is not larger than the mail server takes: the sheets Clients and Daily by domain are left out."},
		{BookCut{Rows: 3}, "Cut short, so that the mail is not larger than the mail server takes: tables end after their first 3 rows, which have the most messages. " +
			"The figures of this sheet are those of all."},
	} {
		var b bytes.Buffer
		if err := CutWorkbook(&b, r, test.cut); err != nil {
			t.Fatal(err)
		}
		if b.Len() >= len(writeBook(t, r, excelize.TotalRows)) {
			t.Errorf("%+v has %d bytes", test.cut, b.Len())
		}
		f := openBook(t, b.Bytes())
		for _, sheet := range whole.GetSheetList() {
			left := test.cut.NoClients && (sheet == "Clients" || sheet == "Daily by domain")
			if slices.Contains(f.GetSheetList(), sheet) == left {
				t.Fatalf("%+v: the sheets are %v", test.cut, f.GetSheetList())
			}
			if left || sheet == "Daily by domain" { // or it has the busiest domains alone
				continue
			}
			want, err := whole.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case sheet == "Summary":
				if !strings.HasPrefix(got[0][0], test.notice) {
					t.Errorf("%+v: the summary begins with %q", test.cut, got[0][0])
				}
				got = got[1:]
			case test.cut.Rows > 0 && sheet == "Legacy TLS": // of each kind the first rows
				want, got = want[:4], got[:4]
			case test.cut.Rows > 0 && sheet != "Daily" && sheet != "Legacy by day":
				want = want[:4]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v: %s (-want +got):\n%s", test.cut, sheet, diff)
			}
		}
	}
}
