package render

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-analyze/charts"

	"authreport/report"
)

// The picture of the mail is drawn 2.5 times as large as it is shown, 480 by 240, so that its text still reads on a phone and on fine screens. It has no
// legend: the list of domains below it shows their colours.
const (
	pictureScale  = 2.5
	pictureWidth  = 480
	pictureHeight = 240
)

// VolumePNG draws the messages of each day of the range, stacked by the busiest sender domains: the mail's picture. It is opaque white, so that it reads on
// a dark page too.
func VolumePNG(r *report.Report) ([]byte, error) {
	l, err := languageOf(r)
	if err != nil {
		return nil, fmt.Errorf("draw volume picture: %w", err)
	}
	var theme charts.ThemeOption
	theme.BackgroundColor = charts.ColorWhite
	theme.TextColor = charts.ParseColor("#374151")
	theme.AxisStrokeColor = charts.ParseColor("#9ca3af")
	theme.AxisSplitLineColor = charts.ParseColor("#e5e7eb")
	layers := l.volumeLayers(r)
	for _, g := range l.domainGroups(r) {
		theme.SeriesColors = append(theme.SeriesColors, charts.ParseColor(g.Colour))
	}
	if len(layers) < len(theme.SeriesColors) { // no domain beyond the busiest
		theme.SeriesColors = theme.SeriesColors[:len(layers)]
	}
	palette := charts.MakeTheme(theme)
	font := charts.GetFont(charts.FontFamilyNotoSans)
	painter := charts.NewPainter(charts.PainterOptions{
		OutputFormat: charts.ChartOutputPNG, Width: scaled(pictureWidth), Height: scaled(pictureHeight), Theme: palette, Font: font,
	})
	text := charts.FontStyle{FontSize: 12 * pictureScale, FontColor: theme.TextColor, Font: font}
	option := charts.NewBarChartOptionWithData(layers)
	option.Theme = palette
	option.StackSeries = charts.Ptr(true)
	option.Padding = charts.NewBox(scaled(8), scaled(8), scaled(8), scaled(8))
	option.Legend.Show = charts.Ptr(false)
	option.BarSize = min(0.75, 0.14*float64(len(r.Summary.Days))) // a single day is no wall
	if len(r.Domains) == 0 {
		option.Title = charts.TitleOption{Text: strings.TrimSuffix(l.text("mail.no_messages"), "."), FontStyle: text}
	}
	option.CategoryAxis = charts.CategoryAxisOption{Labels: l.volumeLabels(r.Summary.Days), LabelFontStyle: text, LabelCount: len(r.Summary.Days), BoundaryGap: charts.Ptr(true)}
	option.ValueAxis = []charts.ValueAxisOption{{LabelFontStyle: text, LabelCountAdjustment: -3, Min: charts.Ptr(0.0), ValueFormatter: func(v float64) string { return l.number(int64(math.Round(v))) }}}
	if err := painter.BarChart(option); err != nil {
		return nil, fmt.Errorf("draw volume picture: %w", err)
	}
	drawn, err := painter.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw volume picture: %w", err)
	}
	small, err := reduced(drawn)
	if err != nil {
		return nil, fmt.Errorf("reduce volume picture: %w", err)
	}
	return small, nil
}

func scaled(n int) int { return int(float64(n) * pictureScale) }

// volumeLayers gives the messages of each day of each layer, lowest layer first.
func (l *language) volumeLayers(r *report.Report) (layers [][]float64) {
	groups := l.domainGroups(r)
	if len(r.Domains) < len(groups) {
		groups = groups[:max(1, len(r.Domains))]
	}
	for i := range groups {
		layer := make([]float64, len(r.Summary.Days))
		for at, d := range r.Domains {
			if min(at, len(groups)-1) != i {
				continue
			}
			for day, n := range d.Days {
				layer[day] += float64(n)
			}
		}
		layers = append(layers, layer)
	}
	return layers
}

// volumeLabels names each day, or as many as there is room for; the others have an empty label.
func (l *language) volumeLabels(days []report.Day) []string {
	labels := make([]string, len(days))
	for i, d := range days {
		switch {
		case len(days) > 14 && i%((len(days)+6)/7) == 0:
			labels[i] = l.day("on_axis", d.Day)
		case len(days) > 14:
		case !d.HasLines:
			labels[i] = l.text("mail.no_log")
		case len(days) > 7:
			labels[i] = l.day("day_of_month", d.Day)
		default:
			labels[i] = l.day("on_week_axis", d.Day)
		}
	}
	return labels
}

// reduced writes a PNG again with at most 256 colours, the commonest ones: the shades along the edges of letters and bars are hardly missed, and the file is
// a third.
func reduced(picture []byte) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	full := image.NewRGBA(decoded.Bounds())
	draw.Draw(full, full.Bounds(), decoded, full.Bounds().Min, draw.Src)
	counts := make(map[color.RGBA]int)
	eachRun(full, func(c color.RGBA, from, to int) { counts[c] += to - from })
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(shade(a), shade(b)))
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := make(map[color.RGBA]uint8, len(colours))
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(full.Bounds(), palette)
	eachRun(full, func(c color.RGBA, from, to int) {
		place := index[c]
		for i := from; i < to; i++ {
			small.Pix[i] = place
		}
	})
	var b bytes.Buffer
	if err := png.Encode(&b, small); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// eachRun calls each for every run of pixels of one colour: the pixels from up to to, counted row by row.
func eachRun(picture *image.RGBA, each func(c color.RGBA, from, to int)) {
	for from, all := 0, len(picture.Pix)/4; from < all; {
		pixel := picture.Pix[4*from : 4*from+4]
		to := from + 1
		for to < all && bytes.Equal(picture.Pix[4*to:4*to+4], pixel) {
			to++
		}
		each(color.RGBA{pixel[0], pixel[1], pixel[2], pixel[3]}, from, to)
		from = to
	}
}

// shade is a colour as a number, to put colours in an order.
func shade(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
