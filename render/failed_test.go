package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"authreport"
	"authreport/report"
)

// failures are runs that failed: logs that could not be read, and reports, a day between each and the one before.
func failures(logs, reports int) (all []authreport.FailedRun) {
	for i := range logs {
		all = append(all, authreport.FailedRun{Kind: authreport.ReadingRun, Name: "mx1", Fault: fmt.Sprintf("read log /var/log/mail.log.%d: permission <b>denied</b>", i)})
	}
	for i := range reports {
		due := time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC).AddDate(0, 0, -i)
		all = append(all, authreport.FailedRun{Kind: authreport.ReportRun, Name: "weekly", Due: due, Fault: "1 of 2 recipients refused"})
	}
	return all
}

// everyOutput renders a report as all that has words, as text in the order in which it is read: a line for each cell and element.
func everyOutput(t *testing.T, r *report.Report) map[string]string {
	t.Helper()
	_, seen, plain := bodies(t, r, testFacts)
	var page, document bytes.Buffer
	if err := Page(&page, r); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&document, r); err != nil {
		t.Fatal(err)
	}
	rows, err := openBook(t, writeBook(t, r, excelize.TotalRows)).GetRows("Summary")
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, row := range rows {
		cells = append(cells, row...)
	}
	return map[string]string{"mail": seen, "text": strings.Join(strings.Fields(plain), " "), "page": pageWords(t, page.String()), "workbook": strings.Join(cells, "\n"), "JSON": document.String()}
}

// pageWords is the text of the page's main part.
func pageWords(t *testing.T, page string) string {
	t.Helper()
	_, main, found := strings.Cut(page, "<main>")
	main, _, ended := strings.Cut(main, "</main>")
	if !found || !ended {
		t.Fatal("the page has no main part")
	}
	var words []string
	for z := html.NewTokenizer(strings.NewReader(main)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		case html.TextToken:
			words = append(words, string(z.Text()))
		}
	}
}

// TestFailedRunsAreTheSameEverywhere: how many runs failed, and which, is told alike in every output.
func TestFailedRunsAreTheSameEverywhere(t *testing.T) {
	for _, test := range []struct{ logs, reports int }{{0, 0}, {0, 1}, {1, 0}, {3, 2}, {2, 7}} {
		t.Run(fmt.Sprint(test.logs, " logs, ", test.reports, " reports"), func(t *testing.T) {
			r := bookReport(t, 7, func(m *report.Memory, _ *report.Request) { m.Failed = failures(test.logs, test.reports) })
			same(t, "numbers", []int64{r.Quality.FailedReadings, r.Quality.FailedReports}, []int64{int64(test.logs), int64(test.reports)})
			told := map[string]int{
				english.plural("quality.failed_readings", int64(test.logs), "n", english.number(int64(test.logs))):      test.logs,
				english.plural("quality.failed_reports", int64(test.reports), "n", english.number(int64(test.reports))): test.reports,
			}
			outputs := everyOutput(t, r)
			for name, text := range outputs {
				for sentence, n := range told {
					if name != "JSON" && strings.Contains(text, sentence) != (n > 0) {
						t.Errorf("%s, of %d: %q is told: %v", name, n, sentence, n == 0)
					}
				}
				listed, most := len(regexp.MustCompile("permission <b>denied</b>|recipients refused").FindAllString(strings.ReplaceAll(text, `\u003c`, "<"), -1)), test.logs+test.reports
				if name == "JSON" {
					text = strings.ReplaceAll(text, `\u003e`, ">")
					listed = strings.Count(text, `"kind":"reading"`) + strings.Count(text, `"kind":"report"`)
				}
				if name == "mail" || name == "text" {
					if more := most > mailFailed; more != strings.Contains(text, fmt.Sprintf("%d of %d runs that failed.", mailFailed, most)) {
						t.Errorf("%s does not say that it lists %d of %d", name, mailFailed, most)
					}
					most = min(most, mailFailed)
				}
				if listed != most {
					t.Errorf("%s lists %d runs, want %d", name, listed, most)
				}
			}
			var document struct {
				Quality struct {
					Readings int64 `json:"failed_readings"`
					Reports  int64 `json:"failed_reports"`
				}
			}
			if err := json.Unmarshal([]byte(outputs["JSON"]), &document); err != nil {
				t.Fatal(err)
			}
			same(t, "JSON's numbers", []int64{document.Quality.Readings, document.Quality.Reports}, []int64{r.Quality.FailedReadings, r.Quality.FailedReports})
		})
	}
}

// TestPartialDataIsSaidFirst: a report on partial data begins with that in every output, whatever the reason; one on whole data does not speak of it.
func TestPartialDataIsSaidFirst(t *testing.T) {
	for name, change := range map[string]func(*report.Memory, *report.Request){
		"whole":               nil,
		"a report failed":     func(m *report.Memory, _ *report.Request) { m.Failed = failures(0, 1) },
		"a day without lines": func(m *report.Memory, _ *report.Request) { m.Read = m.Read[1:] },
		"a source without":    func(_ *report.Memory, q *report.Request) { q.Sources = append(q.Sources, "idle") },
		"a log not read":      func(m *report.Memory, _ *report.Request) { m.Failed = failures(1, 0) },
		"the day is not over": func(_ *report.Memory, q *report.Request) { q.Now = q.Range.Last.UTC().Add(time.Hour) },
		"nothing":             func(m *report.Memory, _ *report.Request) { *m = report.Memory{} },
	} {
		t.Run(name, func(t *testing.T) {
			r := bookReport(t, 7, change)
			partial := name != "whole" && name != "a report failed"
			if r.Quality.Partial != partial {
				t.Fatalf("partial: %v", r.Quality.Partial)
			}
			for output, text := range everyOutput(t, r) {
				first := strings.HasPrefix(strings.ToLower(text), "partial data. "+strings.ToLower(english.partialNotice(r)[:min(12, len(english.partialNotice(r)))]))
				if output == "JSON" {
					first = strings.Contains(strings.Split(text, "\n")[3], `"partial":true`) // the line of the report, after version and generator
				}
				if first != partial {
					t.Errorf("%s begins %.80q", output, text)
				}
			}
			source, _, _ := bodies(t, r, testFacts)
			if _, preheader, _ := strings.Cut(source, "mso-hide:all;\">"); strings.HasPrefix(preheader, "Partial data. ") != partial {
				t.Errorf("the preheader is %.40q", preheader)
			}
			for extension, want := range map[string]bool{"csv": partial, "microsoft.csv": partial, "xlsx": false} {
				if got := FileName(r, extension); strings.Contains(got, "-partial.") != want {
					t.Errorf("file %s", got)
				}
			}
		})
	}
}

// TestFailedRunsOfSomeDomains: who gets some domains alone learns of no other series, and no file name.
func TestFailedRunsOfSomeDomains(t *testing.T) {
	r := bookReport(t, 7, func(m *report.Memory, q *report.Request) {
		q.Domains = []string{"example.org"}
		m.Failed = append(failures(1, 2), authreport.FailedRun{Kind: authreport.ReportRun, Name: "secret", Due: q.Range.Last.UTC(), Fault: "secret"})
	})
	for name, text := range everyOutput(t, r) {
		if strings.Contains(text, "secret") || strings.Contains(text, "/var/log") || strings.Contains(text, "refused") {
			t.Errorf("%s tells too much", name)
		}
	}
	same(t, "numbers", []int64{r.Quality.FailedReadings, r.Quality.FailedReports}, []int64{0, 2})
}
