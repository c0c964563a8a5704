package render

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"authreport/templates"
)

// BenchmarkPageInBrowser opens large pages in Chromium and takes the steps of a reader. It reports CPU milliseconds of the page's main thread, which other
// load of the machine does not change much: until the page can be used, and for a step until figures, charts and table show it.
func BenchmarkPageInBrowser(b *testing.B) {
	echarts, _ := templates.ECharts()
	for _, senders := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(senders), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "page.html")
			f, err := os.Create(file)
			if err != nil {
				b.Fatal(err)
			}
			if err := english.writePage(f, companyReport(b, senders), 0, echarts); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			browser := startBrowser(b)
			for b.Loop() {
				benchmarkSteps(b, openPage(b, browser, file, 1280, "light"))
			}
		})
	}
}

// benchmarkSteps opens the page of a tab again and takes five steps of each kind.
func benchmarkSteps(b *testing.B, p *tab) {
	if _, err := chromedp.Call(p.ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
		b.Fatal(err)
	}
	spent := func() float64 {
		metrics, err := chromedp.Call(p.ctx, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range metrics.Metrics {
			if m.Name == "TaskDuration" {
				return m.Value * 1000
			}
		}
		b.Fatal("Chromium does not tell the CPU time of its tasks")
		return 0
	}
	start := spent()
	p.do(chromedp.Reload())
	p.wait("document.documentElement.dataset.ready")
	b.ReportMetric(spent()-start, "ready-cpu-ms")
	for _, kind := range []struct{ name, steps string }{
		{"search", `["a", "an", "", "app-", "9"].map((text) => () => set("search", text, "input"))`},
		{"sort", `["address", "domain", "messages", "before", "change"].map((key) => () => document.querySelector("#table-volume th[data-key=" + key + "] button").click())`},
		{"range", `[1, 29, 60, 89, 6].map((days) => () => set("start", new Date(Date.parse(document.getElementById("end").value) - days * 864e5).toISOString().slice(0, 10), "change"))`},
		{"clause", `[0, 1, "", 1, 0].map((i) => () => set("named", i, "change"))`},
	} {
		start := spent()
		eval[bool](p, `(async () => {
			const set = (id, value, event) => { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event(event, { bubbles: true })); };
			for (const step of `+kind.steps+`) {
				step();
				await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
			}
			return true;
		})()`)
		b.ReportMetric((spent()-start)/5, kind.name+"-cpu-ms")
	}
}
