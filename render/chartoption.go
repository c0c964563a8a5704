package render

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// chartOption makes a chart's options plain maps, so that what go-echarts has no field for can be set. The page's bundle has no title, legend and toolbox
// component: the page has headings and buttons of its own. Names stay data all the way: go-echarts' own rendering, which would make code of "__f__", is
// not used.
func chartOption(built map[string]any) (map[string]any, error) {
	text, err := json.Marshal(built)
	if err != nil {
		return nil, fmt.Errorf("build chart: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var option map[string]any
	if err := decoder.Decode(&option); err != nil {
		return nil, fmt.Errorf("build chart: %w", err)
	}
	for _, unused := range []string{"title", "legend", "toolbox", "color"} {
		delete(option, unused)
	}
	option["tooltip"].(map[string]any)["confine"] = true
	for _, axis := range []string{"xAxis", "yAxis"} {
		if option[axis] != nil && first(option[axis])["type"] == "category" && first(option[axis])["data"] == nil {
			first(option[axis])["data"] = []string{}
		}
	}
	return option, nil
}

// first is the first element of a decoded array of objects.
func first(array any) map[string]any { return array.([]any)[0].(map[string]any) }
