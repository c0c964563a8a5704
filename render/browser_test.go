package render

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"authreport/report"
)

// startBrowser starts a headless Chromium and gives the context that tabs are made from. Where all tests must run (CI, make test) a missing Chromium is a
// failure; elsewhere the test is skipped.
func startBrowser(t testing.TB) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		const remedy = "Chromium is not installed; on Debian: sudo apt-get install chromium"
		if os.Getenv("CI") != "" || os.Getenv("AUTHREPORT_TEST_ALL") != "" {
			t.Fatal(remedy)
		}
		t.Skip(remedy)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return browser
}

// tab is one page open in the browser. Whatever goes wrong in it fails the test when it is closed.
type tab struct {
	testing.TB
	ctx context.Context

	mu      sync.Mutex
	trouble []string
}

// openPage opens a page written to a file, without a network, and waits until it can be used. The scripts run before the page's own.
func openPage(t testing.TB, browser context.Context, file string, width int64, scheme string, scripts ...string) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(browser)
	p := &tab{TB: t, ctx: ctx}
	t.Cleanup(func() {
		done()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, trouble := range p.trouble {
			t.Error(trouble)
		}
	})
	address := "file://" + file
	if err := chromedp.Listen(ctx, func(event any) { p.watch(event, address) }); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
			t.Fatal(err)
		}
	}
	console := chromedp.Console(ctx)
	go func() {
		for message, err := range console {
			if err != nil {
				return
			}
			p.note(fmt.Sprintf("console: %v", message))
		}
	}()
	limited, cancel := context.WithTimeout(ctx, 2*time.Minute) // so that a test that waits for what never comes says where
	t.Cleanup(cancel)
	p.ctx = limited
	p.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(address))
	p.wait(`document.documentElement.dataset.ready || !document.getElementById("trouble").hidden`)
	return p
}

func (p *tab) note(trouble string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = append(p.trouble, trouble)
}

// watch notes dialogs, which only a script that came with a name would open, and requests for anything but the page itself.
func (p *tab) watch(event any, address string) {
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		p.note("a dialog opened: " + e.Message)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != address && !strings.HasPrefix(e.Request.URL, "data:") { // Chromium's own icons are data
			p.note("requested " + e.Request.URL)
		}
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// wait waits until a JavaScript expression is true.
func (p *tab) wait(expression string) {
	p.Helper()
	p.do(chromedp.Poll[chromedp.Void](expression))
}

// eval runs a JavaScript expression, a promise too, and gives its value.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return value
}

// text gives what a reader sees of the first element that matches.
func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector(%q).innerText.trim()`, selector))
}

func (p *tab) want(selector, want string) {
	p.Helper()
	if got := p.text(selector); got != want {
		p.Errorf("%s shows %q, want %q", selector, got, want)
	}
}

// click clicks the middle of the first element that matches, as a mouse does.
func (p *tab) click(selector string) {
	p.Helper()
	at := p.middle(selector)
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// middle scrolls the first element that matches into sight and gives the middle of it.
func (p *tab) middle(selector string) []float64 {
	p.Helper()
	return eval[[]float64](p, fmt.Sprintf(`(() => {
		const element = document.querySelector(%q);
		element.scrollIntoView({ block: "center" });
		const box = element.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector))
}

// set gives a field a value, as choosing or typing it does.
func (p *tab) set(selector, value, event string) {
	p.Helper()
	eval[bool](p, fmt.Sprintf(`(() => { const field = document.querySelector(%q); field.value = %q; return field.dispatchEvent(new Event(%q, { bubbles: true })); })()`, selector, value, event))
}

// column gives the cells of a details table's column that are in the document, from the top.
func (p *tab) column(view string, column int) []string {
	p.Helper()
	return eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll("#table-%s tr[data-row]")].map((row) => row.cells[%d].innerText.trim())`, view, column))
}

// pageFile writes the page of a report to a file and gives its path.
func pageFile(t *testing.T, r *report.Report, most int, echarts string) string {
	t.Helper()
	return writePageFile(t, english, r, most, echarts)
}

// pageFileIn writes the page in a language.
func pageFileIn(t *testing.T, tag string, r *report.Report, echarts string) string {
	t.Helper()
	l, err := languageOf(inLanguage(r, tag))
	if err != nil {
		t.Fatal(err)
	}
	return writePageFile(t, l, inLanguage(r, tag), 0, echarts)
}

func writePageFile(t *testing.T, l *language, r *report.Report, most int, echarts string) string {
	t.Helper()
	var b strings.Builder
	if err := l.writePage(&b, r, most, echarts); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
