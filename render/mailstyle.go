package render

import (
	"fmt"
	"html/template"
	"strings"
)

// looks is the mail's style. Mail programs keep a style attribute where they drop a style sheet, so elements get their own; the class beside it is what the
// small style sheet in the mail's head changes for dark mode and narrow screens. The font is inherited from the body's look. Colours are those of the page.
var looks = map[string]struct{ class, css string }{
	"body": {"ground text", "margin:0;padding:0;background-color:#f4f6f9;color:#1b2430;-webkit-text-size-adjust:100%;" +
		"font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:15px;line-height:21px;"},
	"ground":  {"ground", "background-color:#f4f6f9;"},
	"card":    {"card", "background-color:#ffffff;border:1px solid #e6e9ee;"},
	"widget":  {"panel", "background-color:#e8f0fc;border-left:4px solid #1f5cba;padding:14px 16px;"},
	"panel":   {"plain", "background-color:#f4f6f9;border:1px solid #e6e9ee;padding:12px 16px;"},
	"warn":    {"warn", "background-color:#fff4ce;border-left:4px solid #d7a600;color:#4a3a00;padding:10px 16px;"},
	"well":    {"well", "background-color:#e3f4e8;border-left:4px solid #1f7a3f;color:#123d22;padding:14px 16px;"},
	"small":   {"muted", "font-size:13px;line-height:18px;color:#566070;"},
	"h1":      {"", "font-size:24px;line-height:30px;font-weight:bold;margin:0;"},
	"h2":      {"", "font-size:17px;line-height:22px;font-weight:bold;margin:0;"},
	"huge":    {"", "font-size:38px;line-height:42px;font-weight:bold;"},
	"big":     {"", "font-size:24px;line-height:30px;font-weight:bold;white-space:nowrap;"},
	"section": {"section", "padding:26px 28px 0 28px;"},
	"foot":    {"line", "border-top:1px solid #e6e9ee;padding:14px 0 24px 0;"},
	"list":    {"", "margin-top:8px;"},
	"sign":    {"", "padding-top:2px;"},
	"row":     {"line", "border-top:1px solid #e6e9ee;padding:6px 0;"},
	"figure":  {"stack", "padding:14px 10px 0 0;"},
	"name":    {"", "word-break:break-word;overflow-wrap:anywhere;"},
	"number":  {"", "text-align:right;white-space:nowrap;padding-left:12px;"},
	"picture": {"", "font-size:13px;line-height:18px;color:#1b2430;background-color:#ffffff;display:block;width:100%;max-width:544px;height:auto;border:0;border-radius:6px;"},
	"logo":    {"", "font-size:17px;line-height:22px;font-weight:bold;color:#1b2430;background-color:#ffffff;padding:4px 6px;border:0;border-radius:4px;"},
	"hidden":  {"", "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;"},
}

// look gives the class and style attributes of the named looks, the later ones over the earlier ones.
func look(names ...string) (template.HTMLAttr, error) {
	var classes []string
	var css strings.Builder
	for _, name := range names {
		l, known := looks[name]
		if !known {
			return "", fmt.Errorf("mail has no look called %q", name)
		}
		if l.class != "" {
			classes = append(classes, l.class)
		}
		css.WriteString(l.css)
	}
	attributes := `style="` + css.String() + `"`
	if len(classes) > 0 {
		attributes = `class="` + strings.Join(classes, " ") + `" ` + attributes
	}
	return template.HTMLAttr(attributes), nil
}

// outlook gives what only Outlook's Word engine sees: a font, since it inherits none, and a table around the mail, since it knows no max-width. html/template takes comments out of a template, so
// these come as values.
func outlook(part string) template.HTML {
	switch part {
	case "font":
		return "<!--[if mso]><style>table, td, div, h1, h2 { font-family: Arial, sans-serif; }</style><![endif]-->"
	case "begin":
		return `<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`
	}
	return `<!--[if mso]></td></tr></table><![endif]-->`
}

// barPart is one cell of a bar.
type barPart struct {
	Width         int // percent
	Label         string
	Colour        string
	CSS, LabelCSS template.CSS
}

// newBar gives the cells of a bar of the shares: widths in whole percent that make 100, none of them 0 but of what has no messages. Cells that are wide
// enough carry the name and share. A cell with white text does not have it in its own style, but in the label's: Thunderbird in dark mode takes the ground from an element
// whose style has both and, as it reckons (mail/base/content/DarkReader.mjs, version 153), too little contrast.
func newBar(shares []mailShare) []barPart {
	var total, used int64
	for _, s := range shares {
		total += s.Part
	}
	var parts []barPart
	widest := 0
	for _, s := range shares {
		if s.Part == 0 {
			continue
		}
		p := barPart{Width: max(1, int(s.Part*100/total)), Colour: s.Colour}
		p.CSS = template.CSS("background-color:" + s.Colour + ";")
		if text := template.CSS("color:" + s.TextColour + ";"); s.TextColour == white {
			p.LabelCSS = text
		} else {
			p.CSS += text
		}
		if p.Width >= 18 {
			p.Label = s.Share
		}
		used += int64(p.Width)
		if p.Width > 0 && (len(parts) == 0 || p.Width > parts[widest].Width) {
			widest = len(parts)
		}
		parts = append(parts, p)
	}
	if len(parts) > 0 {
		parts[widest].Width += int(100 - used)
	}
	return parts
}
