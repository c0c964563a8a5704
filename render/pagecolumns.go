package render

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"authreport"
	"authreport/report"
)

// pageTitles names the columns of a table that the page's script shows as they are.
type pageTitles struct {
	Keys    []string `json:"keys"` // whatever the language
	Titles  []string `json:"titles"`
	Numbers []bool   `json:"numbers"` // which of them stand on the right and begin with the largest when sorted by
	Counted []string `json:"counted"` // what the script calls those that it can count for any choice; empty for the others
	Rows    int      `json:"rows"`
}

// countedColumns are the columns of senderColumns that the script counts itself, for any range and domain.
var countedColumns = []string{"sender_address", "domain", "messages", "messages_before", "change"}

// moreSenderColumns are the other columns of senderColumns: the page shows them of a single sender, for the report's own range.
func moreSenderColumns() []column[report.Sender] {
	return slices.DeleteFunc(slices.Clone(senderColumns), func(c column[report.Sender]) bool { return slices.Contains(countedColumns, c.Key) })
}

// whole leaves out the columns that compare with the period before, if that was not wholly read.
func whole[T any](all []column[T], s report.Summary) []column[T] {
	return slices.DeleteFunc(slices.Clone(all), func(c column[T]) bool { return c.Kind.compares() && !s.BeforeComplete })
}

func titlesOf[T any](l *language, all []column[T], rows int, counted map[string]string) pageTitles {
	t := pageTitles{Rows: rows, Keys: []string{}, Titles: []string{}, Numbers: []bool{}, Counted: []string{}}
	for _, c := range all {
		t.Keys = append(t.Keys, c.Key)
		t.Titles = append(t.Titles, c.title(l))
		t.Counted = append(t.Counted, counted[c.Key])
		t.Numbers = append(t.Numbers, c.Kind != textKind)
	}
	return t
}

// packedColumn is one column as the page carries it: its different values as text, ascending, and each row's place among them. So the script can show and
// sort any column without knowing what it holds.
type packedColumn struct {
	texts  []string
	places []uint32
}

func packColumns[T any](l *language, all []column[T], rows iter.Seq[T]) []packedColumn {
	values := make([][]any, len(all)) // different ones, in the order of their coming
	known := make([]map[any]uint32, len(all))
	packed := make([]packedColumn, len(all))
	for row := range rows {
		for i, c := range all {
			value := c.Value(l, &row)
			place, ok := known[i][value]
			if !ok {
				if known[i] == nil {
					known[i] = make(map[any]uint32)
				}
				place = uint32(len(values[i]))
				known[i][value] = place
				values[i] = append(values[i], value)
			}
			packed[i].places = append(packed[i].places, place)
		}
	}
	for i, c := range all {
		packed[i].sort(l, c.Kind, values[i])
	}
	return packed
}

// sort puts values in ascending order and makes the places follow.
func (p *packedColumn) sort(l *language, k kind, values []any) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareValues(k, values[a], values[b]) })
	moved := make([]uint32, len(values))
	for place, i := range order {
		moved[i] = uint32(place)
		p.texts = append(p.texts, l.shownValue(k, values[i]))
	}
	for row, place := range p.places {
		p.places[row] = moved[place]
	}
}

// compareValues orders the values of a column: texts whatever their case, empty cells first, and a change from nothing after every other.
func compareValues(k kind, a, b any) int {
	if k == textKind {
		return cmp.Compare(strings.ToLower(a.(string)), strings.ToLower(b.(string)))
	}
	return cmp.Compare(size(a), size(b))
}

func size(value any) float64 {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case authreport.Day:
		return float64(v)
	case time.Time:
		return float64(v.Unix())
	case string:
		return math.Inf(1)
	}
	return math.Inf(-1)
}

// shownValue gives the value of a cell as text; noFigure if it is empty.
func (l *language) shownValue(k kind, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return l.number(v)
	case float64:
		if k == changeKind {
			return l.change(report.Figure{Value: int64(math.Round((1 + v) * 1e9)), Before: 1e9})
		}
		return l.percent(int64(math.Round(v*1e9)), 1e9)
	case authreport.Day:
		return l.date(v)
	case time.Time:
		return l.clock(v, v.Location())
	}
	return noFigure
}

// addTable writes the columns for readTable (templates/page/data.js). Each of the rows that the script counts with is given by its place among the packed
// ones, or by -1 if it is not among them.
func (c *varints) addTable(all []packedColumn, rows iter.Seq[int]) {
	for _, p := range all {
		c.add(uint64(len(p.texts)))
		c.addTexts(p.texts)
		for row := range rows {
			if row < 0 {
				c.add(0)
			} else {
				c.add(uint64(p.places[row]) + 1)
			}
		}
	}
}
