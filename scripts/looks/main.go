// Command looks takes pictures of reports, for somebody to look at: of a page (.html) and of a mail (.eml), as docs/rendering-checks.md says.
//
//	go run ./scripts/looks [-out DIR] [-only TEXT] FILE...
//
// It drives a headless Chromium, and pdftoppm for the page on paper.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func main() {
	out := flag.String("out", "authreport-looks", "folder for the pictures")
	only := flag.String("only", "", "take only the pictures whose names have this in them, such as tls-320")
	flag.Parse()
	if err := run(*out, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "looks:", err)
		os.Exit(1)
	}
}

// camera takes the pictures.
type camera struct {
	browser   context.Context
	out, only string
}

func run(out, only string, files []string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	profile, err := os.MkdirTemp("", "looks")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU)
	if path, err := exec.LookPath("chromium"); err == nil {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	browser, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	c := &camera{browser, out, only}
	kinds := map[string]func(file string) error{".html": c.page, ".eml": c.mail}
	for _, file := range files {
		take := kinds[filepath.Ext(file)]
		if take == nil {
			return fmt.Errorf("%s is neither a page (.html) nor a mail (.eml)", file)
		}
		if err := take(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// look is what a picture shows: a script brings it into sight, and a panel covers what is there.
type look struct {
	name, script string
	panel        bool
}

var looks = []look{
	{"volume", `document.getElementById("tab-volume").click()`, false},
	{"tls", `document.getElementById("tab-tls").click()`, false},
	{"accounts", `document.getElementById("tab-accounts").click()`, false},
	{"week", `document.getElementById("widget").click()`, true},
	{"sender", `document.getElementById("tab-tls").click(); document.querySelector("#table-tls .open").click()`, true},
	{"request", `document.getElementById("request-open").click()`, true},
}

// page takes pictures of a page: each look in three widths and both colour schemes, and on paper.
func (c *camera) page(file string) error {
	for _, l := range looks {
		for _, width := range []int64{320, 768, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				if err := c.shoot(file, fmt.Sprintf("page-%s-%d-%s", l.name, width, scheme), width, scheme, l); err != nil {
					return err
				}
			}
		}
		if err := c.print(file, "page-"+l.name+"-paper", l); err != nil {
			return err
		}
	}
	return nil
}

// wants says whether a picture is to be taken.
func (c *camera) wants(name string) bool { return strings.Contains(name, c.only) }

// open opens a file in a new tab. The look's script runs once the page is ready.
func (c *camera) open(file string, width int64, scheme string, l look) (tab context.Context, end func(), err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, err
	}
	tab, end = chromedp.NewContext(c.browser)
	steps := []func() error{
		func() error { return chromedp.Do(tab, chromedp.EmulateViewport(width, 900)) },
		func() error {
			features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
			_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
			return err
		},
		func() error { return chromedp.Do(tab, chromedp.Navigate("file://"+path)) },
	}
	if l.script != "" {
		steps = append(steps, func() error {
			return chromedp.Do(tab, chromedp.Poll[chromedp.Void]("document.documentElement.dataset.ready"))
		}, func() error {
			_, err := chromedp.Run(tab, chromedp.Evaluate[bool](l.script+"; document.activeElement.blur(); new Promise((done) => setTimeout(done, 1200, true))", chromedp.EvalAwaitPromise)) // bars grow
			return err
		})
	}
	for _, step := range steps {
		if err := step(); err != nil {
			end()
			return nil, nil, err
		}
	}
	return tab, end, nil
}

// shoot takes one picture, of the whole page or of what a window of 900 pixels has in sight.
func (c *camera) shoot(file, name string, width int64, scheme string, l look) error {
	if !c.wants(name) {
		return nil
	}
	tab, end, err := c.open(file, width, scheme, l)
	if err != nil {
		return err
	}
	defer end()
	whole := !l.panel
	params := page.CaptureScreenshotParams{CaptureBeyondViewport: &whole}
	if whole {
		height, err := chromedp.Run(tab, chromedp.Evaluate[float64]("document.documentElement.scrollHeight"))
		if err != nil {
			return err
		}
		params.Clip = &page.Viewport{Width: float64(width), Height: height, Scale: 1}
	}
	picture, err := chromedp.Call(tab, page.CaptureScreenshot, params)
	if err != nil {
		return err
	}
	path := filepath.Join(c.out, name+".png")
	fmt.Println(path)
	return os.WriteFile(path, picture.Data, 0o644)
}

// print prints a page to PDF, and takes a picture of each sheet.
func (c *camera) print(file, name string, l look) error {
	if !c.wants(name) {
		return nil
	}
	tab, end, err := c.open(file, 1280, "light", l)
	if err != nil {
		return err
	}
	defer end()
	yes := true
	printed, err := chromedp.Call(tab, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
	if err != nil {
		return err
	}
	path := filepath.Join(c.out, name)
	if err := os.WriteFile(path+".pdf", printed.Data, 0o644); err != nil {
		return err
	}
	fmt.Println(path + ".pdf")
	return exec.Command("pdftoppm", "-r", "70", "-png", path+".pdf", path).Run()
}
