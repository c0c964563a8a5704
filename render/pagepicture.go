package render

import (
	"fmt"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// pagePicture is a chart of the page for viewers without JavaScript: rectangles and texts (SVG), all lengths in its own units.
type pagePicture struct {
	Title, Description string
	Width, Height      int
	Bars               []pictureBar
	Texts              []pictureText
	Legend             []domainGroup
}

type pictureBar struct {
	X, Y, Width, Height string
	Colour              string
}

type pictureText struct {
	X, Y, Text string // the middle of the text's foot
}

const (
	staticWidth  = 720
	staticHeight = 200 // of the bars of days
	staticTop    = 24  // above the highest bar, for its number
	staticBottom = 24  // below the bars, for their days
	staticLabels = 10  // days that are written out, at most
)

// staticPictures gives the messages of each day by domain, and the share of each TLS version.
func (l *language) staticPictures(r *report.Report) []pagePicture {
	if r.Summary.Messages.Value == 0 {
		return nil
	}
	return []pagePicture{l.staticVolume(r), l.staticShares(r.Summary.TLS)}
}

func (l *language) staticVolume(r *report.Report) pagePicture {
	layers, days := l.volumeSeries(r), r.Summary.Days
	p := pagePicture{
		Title: l.text("chart.by_domain"), Width: staticWidth, Height: staticTop + staticHeight + staticBottom,
		Description: l.text("page.static.described", "messages", l.counted("message", r.Summary.Messages.Value), "dates", l.dates(r.Summary.Range)),
	}
	var busiest report.Day
	for _, d := range days {
		if d.Messages > busiest.Messages {
			busiest = d
		}
	}
	step := float64(staticWidth) / float64(len(days))
	width := min(step*0.72, 56)
	every := (len(days) + staticLabels - 1) / staticLabels
	for i, day := range days {
		middle, top := (float64(i)+0.5)*step, float64(staticTop+staticHeight)
		for _, layer := range layers {
			if n := layer.values[i]; n > 0 {
				height := float64(n) / float64(busiest.Messages) * staticHeight
				top -= height
				p.Bars = append(p.Bars, pictureBar{units(middle - width/2), units(top), units(width), units(height), layer.colour})
			}
		}
		if i%every == 0 {
			p.Texts = append(p.Texts, pictureText{units(middle), units(staticTop + staticHeight + 16), l.day("on_axis", day.Day)})
		}
		if day.Day == busiest.Day {
			p.Texts = append(p.Texts, pictureText{units(min(max(middle, 40), staticWidth-40)), units(top - 6), l.number(day.Messages)})
		}
	}
	for _, layer := range layers {
		if slices.Max(layer.values) > 0 {
			p.Legend = append(p.Legend, domainGroup{layer.name, layer.colour})
		}
	}
	return p
}

func (l *language) staticShares(counts authreport.TLSCounts) pagePicture {
	p := pagePicture{Title: l.text("chart.tls-share"), Width: staticWidth, Height: 28}
	var names []string
	left := 0.0
	for _, v := range authreport.TLSVersions() {
		if counts[v] == 0 {
			continue
		}
		width := float64(counts[v]) / float64(counts.Total()) * staticWidth
		p.Bars = append(p.Bars, pictureBar{units(left), "0", units(width), "28", l.tlsColour(v)})
		names = append(names, l.version(v)+" "+l.percent(counts[v], counts.Total()))
		p.Legend = append(p.Legend, domainGroup{names[len(names)-1], l.tlsColour(v)})
		left += width
	}
	p.Description = strings.Join(names, ", ")
	return p
}

// units writes a length with one digit after the point.
func units(length float64) string { return fmt.Sprintf("%.1f", length) }
