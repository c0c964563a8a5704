package render

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestOpenpyxlReadsTheJSON has openpyxl, which is not what wrote it, read the workbook, and compares each cell with the JSON of the same report. Where all tests must
// run a missing openpyxl is a failure; elsewhere the test is skipped.
func TestOpenpyxlReadsTheJSON(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // of the system, which has Debian's packages
	if err := exec.CommandContext(t.Context(), python, "-c", "import openpyxl").Run(); err != nil {
		const remedy = "openpyxl is not installed; on Debian: sudo apt-get install python3-openpyxl"
		if os.Getenv("CI") != "" || os.Getenv("AUTHREPORT_TEST_ALL") != "" {
			t.Fatal(remedy)
		}
		t.Skip(remedy)
	}
	for _, days := range []int{7, 30} {
		r := bookReport(t, days, unusualToo)
		folder := t.TempDir()
		book, figures := filepath.Join(folder, "report.xlsx"), filepath.Join(folder, "report.json")
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(figures, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(book, writeBook(t, r, excelize.TotalRows), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "cells.py"), book, figures).CombinedOutput()
		if err != nil {
			t.Errorf("%d days: %v\n%s", days, err, out)
		}
		t.Logf("%d days: %s", days, out)
	}
}
