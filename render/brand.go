package render

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"authreport/report"
	"authreport/templates"
)

// logoModel is the brand's logo as mail and page show it; it stands on white, whatever the look.
type logoModel struct {
	URL           template.URL // "cid:…" or "data:…"
	Name          string       // what stands for it where no picture is shown
	Width, Height int          // in CSS pixels
}

// logo gives the logo under an address; nil if there is none.
func (l *language) logo(url string) *logoModel {
	if l.brand.Logo == nil || url == "" {
		return nil
	}
	return &logoModel{template.URL(url), l.brand.Name, l.brand.Logo.Width, l.brand.Logo.Height}
}

// Logo gives the brand's logo, which the mail shows by MailFacts.LogoCID; nil if there is none.
func Logo(r *report.Report) *templates.Logo {
	set, _ := r.Request.Look.(*templates.Set)
	return set.Look().Logo
}

// logoData is the logo's address that has all of it.
func (l *language) logoData() string {
	if l.brand.Logo == nil {
		return ""
	}
	return "data:" + l.brand.Logo.Type + ";base64," + base64.StdEncoding.EncodeToString(l.brand.Logo.Data)
}

// pageStyle is what the page's style has for the brand's colours, after its own.
func (l *language) pageStyle() string {
	var b strings.Builder
	if a := l.brand.Light; a.Colour != "" {
		fmt.Fprintf(&b, ":root { --accent: %s; --accent-soft: %s; }\n", a.Colour, a.Soft)
	}
	if a := l.brand.Dark; a.Colour != "" {
		fmt.Fprintf(&b, "@media screen and (prefers-color-scheme: dark) { :root { --accent: %s; --accent-soft: %s; } }\n", a.Colour, a.Soft)
	}
	return b.String()
}

// The accent of the mail's looks, and the soft one.
const builtAccent, builtSoft = "#1f5cba", "#e8f0fc"

// look gives the class and style attributes of the named looks, with the brand's colours.
func (l *language) look(names ...string) (template.HTMLAttr, error) {
	attributes, err := look(names...)
	if a := l.brand.Light; a.Colour != "" {
		attributes = template.HTMLAttr(strings.NewReplacer(builtAccent, a.Colour, builtSoft, a.Soft).Replace(string(attributes)))
	}
	return attributes, err
}

// darkMail is what the mail's style sheet has for the brand's colours in dark mode.
func (l *language) darkMail() template.CSS {
	a := l.brand.Dark
	if a.Colour == "" {
		return ""
	}
	return template.CSS(fmt.Sprintf(".panel { background-color: %s !important; border-color: %s !important; }", a.Soft, a.Colour))
}

// withFiles does something with the templates. If one of the named files of the folder is broken, it does it again with what is built in.
func (l *language) withFiles(do func() error, names ...string) error {
	for {
		err := do()
		if err == nil {
			return nil
		}
		name := brokenIn(err, l.set.Replaced(), names)
		if name == "" {
			return err
		}
		l.set = l.set.Without(name, lineIn(err, name), problemIn(err))
	}
}

// mostText is how many bytes a template makes at most: a loop in one of the folder must not fill the memory. The largest mails have some 100 kB.
const mostText = 32 << 20

// bounded takes that much.
type bounded struct {
	to   io.Writer
	left int
}

func newBounded(to io.Writer) *bounded { return &bounded{to, mostText} }

func (b *bounded) Write(text []byte) (int, error) {
	if b.left -= len(text); b.left < 0 {
		return 0, fmt.Errorf("makes more than %d MB", mostText>>20)
	}
	return b.to.Write(text)
}

// brokenIn gives the name of a replaced file, one of some, that an error is of: of those that it names, or else the first; empty if none of them is replaced.
func brokenIn(err error, replaced, names []string) string {
	replaced = slices.DeleteFunc(replaced, func(name string) bool { return !slices.Contains(names, name) })
	for _, name := range replaced {
		if strings.Contains(err.Error(), name) {
			return name
		}
	}
	if len(replaced) == 0 {
		return ""
	}
	return replaced[0]
}

// lineIn gives the line of a file that an error of a template names; 0 if it names none.
func lineIn(err error, name string) int {
	found := regexp.MustCompile(regexp.QuoteMeta(name) + `:(\d+)`).FindStringSubmatch(err.Error())
	if found == nil {
		return 0
	}
	line, _ := strconv.Atoi(found[1]) // digits
	return line
}

// problemIn gives what an error of a template says beside where.
func problemIn(err error) string {
	return regexp.MustCompile(`^(?:html/)?template: ?[^ ]*?:\d+(?::\d+)?: `).ReplaceAllString(err.Error(), "")
}

// source gives a template's text.
func (l *language) source(name string) (string, error) {
	text, err := l.set.ReadFile(name)
	return string(text), err
}

// Proven gives a set without the whole files that cannot be used, tried on a made-up report; their faults are in it.
func Proven(set *templates.Set) *templates.Set {
	if len(set.Replaced()) == 0 {
		return set
	}
	proven, err := proven(set)
	if err != nil { // not of one file: none is trusted
		for _, name := range set.Replaced() {
			set = set.Without(name, 0, problemIn(err))
		}
		return set
	}
	return proven
}

func proven(set *templates.Set) (*templates.Set, error) {
	samples, err := sampleReports(set)
	if err != nil {
		return nil, err
	}
	facts := sampleFacts()
	for _, r := range samples {
		l, err := languageOf(r)
		if err != nil {
			return nil, err
		}
		l.set, l.brand = set, sampleBrand
		if _, err := l.mailHTML(r, facts); err != nil {
			return nil, err
		}
		if _, err := l.mailText(r, facts); err != nil {
			return nil, err
		}
		if _, _, err := l.pageEnds(r, "cut", ""); err != nil {
			return nil, err
		}
		for _, n := range sampleNotices {
			if _, err := l.noticeText(n); err != nil {
				return nil, err
			}
		}
		set = l.set
	}
	return set, nil
}
