package render

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"authreport"
	"authreport/report"
)

// convert has LibreOffice open a workbook and save it in another format; it gives the folder of what came out. Where all tests must run (CI, make test) a
// missing LibreOffice is a failure; elsewhere the test is skipped.
func convert(t *testing.T, book []byte, format string) string {
	t.Helper()
	office, err := exec.LookPath("soffice")
	if err != nil {
		const remedy = "LibreOffice is not installed; on Debian: sudo apt-get install libreoffice-calc"
		if os.Getenv("CI") != "" || os.Getenv("AUTHREPORT_TEST_ALL") != "" {
			t.Fatal(remedy)
		}
		t.Skip(remedy)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "book.xlsx")
	if err := os.WriteFile(path, book, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", format, "--outdir", folder, path)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return folder
}

// csvSheets is the LibreOffice filter that writes every sheet as a CSV file of its own, cells as they are shown: separator, quote, UTF-8, first line, no column
// formats, English (US), quoted text, numbers recognised, as shown, no formulas, no blanks removed, all sheets (LibreOffice help, "Filter options for CSV").
const csvSheets = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,true,false,false,-1"

func TestLibreOfficeShowsTheReportsFigures(t *testing.T) {
	t.Parallel()
	r := bookReport(t, 7, nil)
	folder := convert(t, writeBook(t, r, excelize.TotalRows), csvSheets)
	read := func(sheet string) [][]string {
		t.Helper()
		file, err := os.Open(filepath.Join(folder, "book-"+sheet+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		return rows[1:]
	}
	var senders, usage, clients [][]string
	for s := range r.Senders() {
		senders = append(senders, []string{
			english.senderName(s.Address, s.Own), english.domainName(s.Domain), english.number(s.Messages.Value), english.number(s.Messages.Before), english.change(s.Messages), english.number(s.Recipients),
			english.number(s.Accounts), english.number(s.Addresses), english.date(s.First), english.date(s.Last),
		})
		row := []string{english.senderName(s.Address, s.Own), english.domainName(s.Domain), english.number(s.Messages.Value)}
		for _, v := range authreport.TLSVersions() {
			row = append(row, english.percent(s.TLS[v], s.Messages.Value), english.number(s.TLS[v]))
		}
		usage = append(usage, row)
	}
	for c := range r.Clients() {
		clients = append(clients, []string{
			c.Server, english.senderName(c.Sender, c.Own), english.accountName(c.Account, c.Own), english.addressName(c.IP), c.TLS.String(), english.cipherName(c), c.Mechanism,
			english.number(c.Messages), english.number(c.Recipients), english.date(c.First), english.date(c.Last),
		})
	}
	same(t, "Sending volume", read("Sending volume"), senders)
	same(t, "TLS usage", read("TLS usage"), usage)
	same(t, "Clients", read("Clients"), clients)
}

func TestLibreOfficePrintsEverySheet(t *testing.T) {
	t.Parallel()
	r := bookReport(t, 30, func(m *report.Memory, _ *report.Request) {
		for i := range m.Submissions {
			m.Submissions[i].Client.Cipher = "TLS_AES_256_GCM_SHA384"
		}
	})
	folder := convert(t, writeBook(t, r, 40), "pdf")
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", filepath.Join(folder, "book.pdf"), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"SMTP AUTH clients, weekly", "25 Oct to 23 Nov 2026 (30 days), UTC", "Headline figures", "Messages per day by sender domain", "Share of each TLS version per day",
		"Clients 2", "Page 1 of", english.number(r.Summary.Messages.Value),
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the printed workbook does not say %q", want)
		}
	}
	if pages := strings.Count(string(text), "Cipher"); pages < 2 {
		t.Errorf("the headings of Clients stand on %d pages", pages)
	}
	for _, broken := range []string{"#NAME?", "#REF!", "#VALUE!", "Err:", "###"} {
		if strings.Contains(string(text), broken) {
			t.Errorf("the printed workbook says %q", broken)
		}
	}
}
