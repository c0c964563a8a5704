package render

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"authreport/report"
	"authreport/templates"
)

// language is the words and the forms of numbers and days of one language. Whatever people read of a report is rendered in one; files for programs (CSV, JSON) are
// in English, whatever their reader's language. It is safe for concurrent use.
type language struct {
	tag       string
	set       *templates.Set // nil: as built in
	brand     templates.Brand
	catalogue *templates.Catalogue
	numbers   *message.Printer // writes numbers as CLDR says
	small     func() []string  // the numbers below 1,000, which most are
	shares    func() []string  // 0.0 to 100.0 in tenths
	months    []string         // as the catalogue has them, January first
	monthsCut []string         // short
	days      []string         // Sunday first, as time.Weekday
	daysCut   []string
}

// forPrograms is the language of files that programs read, and of what the command line says.
const forPrograms = "en"

// languageOf gives the language that a report is read in, and its looks.
func languageOf(r *report.Report) (*language, error) {
	set, _ := r.Request.Look.(*templates.Set)
	return inSet(set, r.Request.Language)
}

// in gives a language by its tag, one of templates.Languages, as it is built in; empty: English.
func in(tag string) (*language, error) { return inSet(nil, tag) }

// inSet is in with what a folder replaces.
func inSet(set *templates.Set, tag string) (*language, error) {
	catalogue, err := set.Catalogue(cmp.Or(tag, forPrograms))
	if err != nil {
		return nil, err
	}
	l := &language{tag: catalogue.Tag.String(), set: set, brand: set.Look(), catalogue: catalogue, numbers: message.NewPrinter(catalogue.Tag)}
	l.small = listed(1000, func(n int) string { return l.numbers.Sprint(number.Decimal(n)) })
	l.shares = listed(1001, func(tenths int) string { return l.numbers.Sprint(number.Decimal(float64(tenths)/10, number.Scale(1))) })
	for _, list := range []struct {
		to   *[]string
		key  string
		want int
	}{{&l.months, "form.months", 12}, {&l.monthsCut, "form.months_cut", 12}, {&l.days, "form.weekdays", 7}, {&l.daysCut, "form.weekdays_cut", 7}} {
		*list.to = strings.Fields(l.text(list.key))
		if len(*list.to) != list.want {
			return nil, fmt.Errorf("languages/%s.yaml: %s: must have %d names with spaces between them, has %d", tag, list.key, list.want, len(*list.to))
		}
	}
	return l, nil
}

// text gives a text of the catalogue; values are the names of its placeholders and what stands for each in turn.
func (l *language) text(key string, values ...string) string {
	return l.catalogue.Text(key, values...)
}

// counted gives a number with its noun: "1 message", "12,345 messages". The nouns are those under count.
func (l *language) counted(noun string, n int64) string {
	return l.plural("count."+noun, n, "n", l.number(n))
}

// plural is text for a text that goes by the number n.
func (l *language) plural(key string, n int64, values ...string) string {
	return l.catalogue.Plural(key, n, values...)
}

// listed gives a list of what text gives of 0, 1 and so on, made when it is first needed: writing numbers one by one was a twentieth of a large workbook.
func listed(length int, text func(int) string) func() []string {
	return sync.OnceValue(func() []string {
		list := make([]string, length)
		for i := range list {
			list[i] = text(i)
		}
		return list
	})
}

// number gives n with the language's mark between thousands: "12,345".
func (l *language) number(n int64) string {
	if n < 0 {
		return "−" + l.numbers.Sprint(number.Decimal(uint64(-n)))
	}
	if small := l.small(); n < int64(len(small)) {
		return small[n]
	}
	return l.numbers.Sprint(number.Decimal(n))
}

// tenth gives a number of tenths, 0 to 1,000, with one digit after the language's decimal mark: 123 is "12.3".
func (l *language) tenth(tenths int) string { return l.shares()[tenths] }

// decimal gives a number, 0 or more, with one digit after the language's decimal mark: "12.3".
func (l *language) decimal(n float64) string {
	return l.numbers.Sprint(number.Decimal(n, number.Scale(1)))
}
