package render

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// How large a chart of the summary is, in pixels, and how many rows it covers.
const (
	chartWidth, chartHeight = 720, 320
	chartRows               = 19
	chartLabels             = 10 // days named on an axis at most
)

// logo puts the brand's logo above the charts.
func (s *summary) logo() error {
	brand := s.book.language.brand
	if brand.Logo == nil {
		return nil
	}
	format := &excelize.GraphicOptions{AltText: brand.Name, ScaleX: brand.Logo.Scale, ScaleY: brand.Logo.Scale, OffsetX: 4, OffsetY: 4}
	picture := &excelize.Picture{Extension: "." + strings.TrimPrefix(brand.Logo.Type, "image/"), File: brand.Logo.Data, Format: format}
	return s.book.file.AddPictureFromBytes(s.name, "G1", picture)
}

// charts puts the native charts beside the tables of the summary. They show the columns of the sheet of the days.
func (s *summary) charts() error {
	r, l := s.report, s.book.language
	if len(r.Summary.Days) == 0 {
		return nil
	}
	versions := shownVersions(r.Summary.TLS)
	var byVersion, byDomain []excelize.ChartSeries
	for i, v := range versions {
		byVersion = append(byVersion, s.daySeries(len(dayColumns)+i, s.book.language.tlsColour(v)))
	}
	for i, layer := range l.domainLayers(r) {
		byDomain = append(byDomain, s.daySeries(len(dayColumns)+len(versions)+i, layer.colour))
	}
	row := 4
	for _, chart := range []*excelize.Chart{
		s.dayChart(excelize.ColStacked, l.text("chart.by_domain"), "#,##0", byDomain),
		s.dayChart(excelize.ColPercentStacked, l.text("chart.tls_by_day"), "0%", byVersion),
		s.shareChart(),
		s.burnDownChart(),
	} {
		if len(chart.Series) == 0 {
			continue
		}
		if err := s.book.file.AddChart(s.name, fmt.Sprintf("G%d", row), chart); err != nil {
			return fmt.Errorf("chart of summary: %w", err)
		}
		row += chartRows
	}
	return nil
}

// daySeries is a column of the sheet of the days, by its place from 0.
func (s *summary) daySeries(place int, colour string) excelize.ChartSeries {
	name, _ := excelize.ColumnNumberToName(place + 1) // fails beyond column 16,384 alone
	daily, last := quotedSheet(s.book.sheetName(dailySheet)), len(s.report.Summary.Days)+1
	return excelize.ChartSeries{
		Name:       fmt.Sprintf("%s!$%s$1", daily, name),
		Categories: fmt.Sprintf("%s!$A$2:$A$%d", daily, last),
		Values:     fmt.Sprintf("%s!$%s$2:$%s$%d", daily, name, name, last),
		Fill:       fill(colour),
	}
}

// dayChart is bars for each day, the series stacked.
func (s *summary) dayChart(kind excelize.ChartType, title, values string, series []excelize.ChartSeries) *excelize.Chart {
	days := len(s.report.Summary.Days)
	gap := uint(40)
	text := excelize.Font{Color: quietColour, Size: 9}
	unset := excelize.Alignment{TextRotation: 360} // out of range, so excelize leaves it to the program; LibreOffice prints labels with an angle of 0 over one another
	return &excelize.Chart{
		Type: kind, Series: series, Title: chartTitle(title), Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight},
		Legend: excelize.ChartLegend{Position: "bottom", Font: &text}, GapWidth: &gap, ShowBlanksAs: "zero",
		XAxis:  excelize.ChartAxis{Font: text, Alignment: unset, NumFmt: excelize.ChartNumFmt{CustomNumFmt: s.book.language.text("workbook.axis_days")}, TickLabelSkip: (days + chartLabels - 1) / chartLabels},
		YAxis:  excelize.ChartAxis{Font: text, NumFmt: excelize.ChartNumFmt{CustomNumFmt: values}, MajorGridLines: true},
		Format: excelize.GraphicOptions{AltText: s.described(title, dailySheet)},
	}
}

// burnDownChart is the accounts that still depend on something, as lines over the days that the report carries.
func (s *summary) burnDownChart() *excelize.Chart {
	days := len(s.report.Dependences[0].Days)
	title := s.book.language.text("chart.burn-down")
	sheet := quotedSheet(s.book.sheetName(burnDownSheet))
	var lines []excelize.ChartSeries
	for i := range s.report.Dependences {
		name, _ := excelize.ColumnNumberToName(2 + 2*i)
		column := func(first, last int) string {
			return fmt.Sprintf("%s!$%s$%d:$%s$%d", sheet, name, first, name, last)
		}
		lines = append(lines, excelize.ChartSeries{
			Name: fmt.Sprintf("%s!$%s$1", sheet, name), Categories: fmt.Sprintf("%s!$A$2:$A$%d", sheet, days+1), Values: column(2, days+1),
			Line: excelize.LineOptions{Width: 2, Fill: fill(s.book.language.dependenceColour(i))}, Marker: excelize.ChartMarker{Symbol: "none"},
		})
	}
	chart := s.dayChart(excelize.Line, title, "#,##0", lines)
	chart.Format.AltText = s.described(title, burnDownSheet)
	chart.XAxis.TickLabelSkip = (days + chartLabels - 1) / chartLabels
	return chart
}

// shareChart is the TLS versions of the range as a ring.
func (s *summary) shareChart() *excelize.Chart {
	used := s.report.Summary.TLS
	if s.report.Summary.BeforeComplete {
		used.Add(&s.report.Summary.TLSBefore)
	}
	title := s.book.language.text("chart.tls_of_range")
	text := excelize.Font{Color: quietColour, Size: 9}
	series := excelize.ChartSeries{
		Name:       s.book.language.text("column.messages"),
		Categories: fmt.Sprintf("%s!$A$%d:$A$%d", quotedSheet(s.name), s.tlsFirst, s.tlsLast),
		Values:     fmt.Sprintf("%s!$B$%d:$B$%d", quotedSheet(s.name), s.tlsFirst, s.tlsLast),
	}
	for i, v := range shownVersions(used) {
		series.DataPoint = append(series.DataPoint, excelize.ChartDataPoint{Index: i, Fill: fill(s.book.language.tlsColour(v))})
	}
	return &excelize.Chart{
		Type: excelize.Doughnut, Series: []excelize.ChartSeries{series}, Title: chartTitle(title), HoleSize: 55,
		Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight}, Legend: excelize.ChartLegend{Position: "right", Font: &text},
		Format: excelize.GraphicOptions{AltText: s.book.language.text("workbook.beside", "title", title)},
	}
}

// described is a chart in words, for those who do not see it.
func (s *summary) described(title, sheet string) string {
	return s.book.language.text("workbook.described", "title", title, "sheet", s.book.sheetName(sheet))
}

// quotedSheet is a sheet's name as formulas have it (ECMA-376 part 1 section 18.17.2.3).
func quotedSheet(name string) string {
	plain := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	if strings.TrimFunc(name, plain) == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", "''") + "'"
}

func chartTitle(text string) excelize.ChartTitle {
	return excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: text, Font: &excelize.Font{Bold: true, Size: 12, Color: headingColour}}}}
}
