package render

import (
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"authreport"
	"authreport/report"
)

// pageChart is one chart of the page. Its title is under chart in the catalogues. Its option is an ECharts option with the figures of the report's own range; for another range or domain the page's
// script puts in other data by the ID (templates/page/charts.js, fillers). A chart that the script has no filler for keeps its figures, and the page says so.
type pageChart struct {
	ID     string // of the figure; "volume-days"
	View   string // where it stands: "volume", "tls", "dependence", or the panel "week" or "sender"
	Wide   bool   // takes the whole width
	Option func(*language, *report.Report) (map[string]any, error)
}

// pageCharts is every chart of the page, in the order of each view.
var pageCharts = []pageChart{
	{"volume-days", "volume", true, (*language).volumeByDay},
	{"volume-domains", "volume", false, (*language).volumeByDomain},
	{"volume-senders", "volume", false, (*language).volumeBySender},
	{"tls-days", "tls", true, (*language).tlsByDay},
	{"tls-share", "tls", false, (*language).tlsShare},
	{"tls-senders", "tls", false, (*language).sendersByTLS},
	{"week-days", "week", true, (*language).weekByDay},
	{"burn-down", "dependence", true, (*language).burnDown},
	{"sender-days", "sender", true, (*language).tlsByDay},
}

// chartBars is how many bars a chart of the busiest has.
const chartBars = 10

// bar is one bar, or one slice.
type bar struct {
	name, colour string
	value        int64
}

// series is one layer of a chart of days.
type series struct {
	id, name, colour string
	values           []int64 // one for each day
}

func (l *language) volumeByDay(r *report.Report) (map[string]any, error) {
	return stackedDays(r.Summary.Days, l.volumeSeries(r))
}

// volumeSeries is the messages of each day by domainGroups.
func (l *language) volumeSeries(r *report.Report) []series {
	layers := make([]series, 0, len(domainColours)+1)
	for i, g := range l.domainGroups(r) {
		layers = append(layers, series{"group:" + strconv.Itoa(i), g.Name, g.Colour, make([]int64, len(r.Summary.Days))})
	}
	for i, d := range r.Domains {
		into := layers[min(i, len(layers)-1)].values
		for day, n := range d.Days {
			into[day] += n
		}
	}
	return layers
}

func (l *language) tlsByDay(r *report.Report) (map[string]any, error) {
	return stackedDays(r.Summary.Days, l.versionLayers(r.Summary.Days))
}

func (l *language) weekByDay(r *report.Report) (map[string]any, error) {
	return stackedDays(r.Week.Days, l.versionLayers(r.Week.Days))
}

// versionLayers gives one layer for each TLS version, its id the place in authreport.TLSVersions.
func (l *language) versionLayers(days []report.Day) []series {
	var layers []series
	for place, v := range authreport.TLSVersions() {
		layer := series{"tls:" + strconv.Itoa(place), l.version(v), l.tlsColour(v), make([]int64, len(days))}
		for i, day := range days {
			layer.values[i] = day.TLS[v]
		}
		layers = append(layers, layer)
	}
	return layers
}

// burnDown is a line for each dependence: how many accounts a day still need it, over all days that the page carries.
func (l *language) burnDown(r *report.Report) (map[string]any, error) {
	chart := charts.NewLine()
	chart.SetGlobalOptions(chartBase(opts.XAxis{Type: "category"}, opts.YAxis{Type: "value"})...)
	var labels []string
	for i, d := range r.Dependences {
		var data []opts.LineData
		for _, day := range d.Days {
			data = append(data, opts.LineData{Value: day.Accounts})
			if i == 0 {
				labels = append(labels, day.Day.String())
			}
		}
		colour := l.dependenceColour(i)
		chart.AddSeries(l.text("dependence."+string(d.Kind)+".title"), data, charts.WithSeriesId(string(d.Kind)), charts.WithItemStyleOpts(opts.ItemStyle{Color: colour}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: colour, Width: 2}), charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}))
	}
	chart.SetXAxis(labels)
	chart.Validate()
	option, err := chartOption(chart.JSON())
	if err != nil {
		return nil, err
	}
	first(option["yAxis"])["minInterval"] = 1
	first(option["series"])["noun"] = "account"
	first(option["series"])["apart"] = true         // an account may stand in several lines: their sum is nothing
	for _, line := range option["series"].([]any) { // as the other charts have them
		data := line.(map[string]any)["data"].([]any)
		for i, value := range data {
			if item, ok := value.(map[string]any); ok && item["value"] == nil {
				data[i] = map[string]any{"value": 0}
			}
		}
	}
	return option, nil
}

func (l *language) volumeByDomain(r *report.Report) (map[string]any, error) {
	groups := l.domainGroups(r)
	var bars []bar
	for i, d := range r.Domains[:min(chartBars, len(r.Domains))] {
		bars = append(bars, bar{l.domainName(d.Name), groups[min(i, len(groups)-1)].Colour, d.Messages.Value})
	}
	return l.lyingBars(bars, "message")
}

func (l *language) volumeBySender(r *report.Report) (map[string]any, error) {
	colours := make(map[string]string, len(r.Domains))
	groups := l.domainGroups(r)
	for i, d := range r.Domains {
		colours[d.Name] = groups[min(i, len(groups)-1)].Colour
	}
	var bars []bar
	for s := range r.Senders() {
		if len(bars) == chartBars {
			break
		}
		bars = append(bars, bar{l.senderName(s.Address, false), colours[s.Domain], s.Messages.Value})
	}
	return l.lyingBars(bars, "message")
}

func (l *language) sendersByTLS(r *report.Report) (map[string]any, error) {
	var users authreport.TLSCounts
	for s := range r.Senders() {
		for v, n := range s.TLS {
			if n > 0 {
				users[v]++
			}
		}
	}
	var bars []bar
	for _, v := range authreport.TLSVersions() {
		if users[v] > 0 {
			bars = append(bars, bar{l.version(v), l.tlsColour(v), users[v]})
		}
	}
	return l.lyingBars(bars, "sender")
}

func (l *language) tlsShare(r *report.Report) (map[string]any, error) {
	var data []opts.PieData
	for _, v := range authreport.TLSVersions() {
		data = append(data, opts.PieData{
			Name: l.version(v), Value: r.Summary.TLS[v], ItemStyle: &opts.ItemStyle{Color: l.tlsColour(v)}, Label: &opts.Label{Color: l.onTLSColour(v)},
		})
	}
	pie := charts.NewPie()
	pie.SetGlobalOptions(charts.WithAnimation(false), charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}))
	pie.AddSeries(l.text("column.tls_version"), data,
		charts.WithPieChartOpts(opts.PieChart{Radius: []string{"48%", "92%"}, Center: []string{"50%", "50%"}}),
		charts.WithLabelOpts(opts.Label{Show: opts.Bool(true), Position: "inside"}))
	pie.Validate()
	option, err := chartOption(pie.JSON())
	if err != nil {
		return nil, err
	}
	for place, item := range first(option["series"])["data"].([]any) {
		item.(map[string]any)["version"] = place
	}
	return option, nil
}

// stackedDays builds a bar for each day out of the layers, the first at the bottom.
func stackedDays(days []report.Day, layers []series) (map[string]any, error) {
	labels := make([]string, len(days))
	for i, d := range days {
		labels[i] = d.Day.String()
	}
	chart := newBars(opts.XAxis{Type: "category"}, opts.YAxis{Type: "value"})
	chart.SetXAxis(labels)
	for _, layer := range layers {
		data := make([]opts.BarData, len(layer.values))
		for i, n := range layer.values {
			data[i] = opts.BarData{Value: n}
		}
		chart.AddSeries(layer.name, data, charts.WithSeriesId(layer.id),
			charts.WithBarChartOpts(opts.BarChart{Stack: "day", BarCategoryGap: "28%"}), charts.WithItemStyleOpts(opts.ItemStyle{Color: layer.colour}))
	}
	chart.Validate()
	option, err := chartOption(chart.JSON())
	if err != nil {
		return nil, err
	}
	first(option["yAxis"])["minInterval"] = 1
	for _, layer := range option["series"].([]any) {
		layer.(map[string]any)["barMaxWidth"] = 56
	}
	return option, nil
}

// lyingBars builds horizontal bars, the first on top, of what noun counts.
func (l *language) lyingBars(bars []bar, noun string) (map[string]any, error) {
	names := make([]string, len(bars))
	data := make([]opts.BarData, len(bars))
	for i, b := range bars {
		names[i] = b.name
		data[i] = opts.BarData{Value: b.value, ItemStyle: &opts.ItemStyle{Color: b.colour}}
	}
	chart := newBars(opts.XAxis{Type: "value"}, opts.YAxis{Type: "category", Inverse: opts.Bool(true)})
	chart.SetXAxis(names).XYReversal()
	chart.AddSeries(l.text("chart.series."+noun), data, charts.WithItemStyleOpts(opts.ItemStyle{Color: otherColour}),
		charts.WithBarChartOpts(opts.BarChart{BarCategoryGap: "36%"}),
		charts.WithLabelOpts(opts.Label{Show: opts.Bool(true), Position: "right"}))
	chart.Validate()
	option, err := chartOption(chart.JSON())
	if err != nil {
		return nil, err
	}
	first(option["series"])["noun"] = noun
	first(option["series"])["barMaxWidth"] = 18
	first(option["grid"])["right"] = 64 // room for the figure at a bar's end
	axis := first(option["xAxis"])
	axis["minInterval"] = 1
	axis["axisLabel"] = map[string]any{"show": false} // each bar has its figure
	return option, nil
}

func newBars(x opts.XAxis, y opts.YAxis) *charts.Bar {
	chart := charts.NewBar()
	chart.SetGlobalOptions(chartBase(x, y)...)
	return chart
}

// chartBase is what all charts with axes have.
func chartBase(x opts.XAxis, y opts.YAxis) []charts.GlobalOpts {
	return []charts.GlobalOpts{
		charts.WithAnimation(false),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", AxisPointer: &opts.AxisPointer{Type: "shadow"}}),
		charts.WithGridOpts(opts.Grid{Left: "8", Right: "12", Top: "12", Bottom: "8"}),
		charts.WithXAxisOpts(x), charts.WithYAxisOpts(y),
	}
}

// domainGroup is one layer of the volume chart: a busy sender domain, or all others together.
type domainGroup struct {
	Name   string `json:"name"`
	Colour string `json:"colour"`
}

// domainGroups gives the layers of the volume chart: the busiest domains in the order of r.Domains, as many as there are colours, then all others.
func (l *language) domainGroups(r *report.Report) []domainGroup {
	var groups []domainGroup
	for i, d := range r.Domains[:min(len(domainColours), len(r.Domains))] {
		groups = append(groups, domainGroup{l.domainName(d.Name), l.domainColour(i)})
	}
	return append(groups, domainGroup{l.text("name.other_domains"), otherColour})
}
