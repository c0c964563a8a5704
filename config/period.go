package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"authreport"
)

// Period is a range of whole days told by its place before a day: complete days, the last of them the day before at the latest.
type Period struct {
	text       string
	n          int // units; 0: this one, as far as it has come
	unit       string
	weekStarts time.Weekday
}

var (
	lastSevenDays = Period{text: "last 7 days", n: 7, unit: "day"}
	periodForm    = regexp.MustCompile(`^(?:(this)|last|last ([1-9][0-9]{0,3})) (day|week|month|quarter|year)s?$`)
	unitMonths    = map[string]int{"month": 1, "quarter": 3, "year": 12} // how many there are in a unit
)

// ParsePeriod reads "yesterday", "last N days" or "N days", "last week" or "last N weeks", the same of months, quarters and years, and "this week", "this month",
// "this quarter" or "this year": what of it is complete, or the one before if nothing is. Weeks start on weekStarts.
func ParsePeriod(text string, weekStarts time.Weekday) (Period, error) {
	words := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if words == "yesterday" {
		return Period{words, 1, "day", weekStarts}, nil
	}
	if words != "" && strings.ContainsAny(words[:1], "123456789") {
		words = "last " + words
	}
	m := periodForm.FindStringSubmatch(words)
	if m == nil || words == "this day" {
		return Period{}, errors.New(`must be a period such as "last 7 days", "yesterday", "last week", "this month" or "last month"`)
	}
	n := 1
	switch {
	case m[1] != "":
		n = 0
	case m[2] != "":
		n, _ = strconv.Atoi(m[2]) // four digits
	}
	return Period{words, n, m[3], weekStarts}, nil
}

// String gives the period in words: "last 7 days".
func (p Period) String() string { return p.text }

// MaxDays is the most days that the period can have.
func (p Period) MaxDays() int {
	n := max(p.n, 1)
	switch p.unit {
	case "day":
		return n
	case "week":
		return 7 * n
	}
	most, months := 0, unitMonths[p.unit]
	for i := range 48 / months { // four years have all lengths that there are
		first, after := time.Month(1+i*months), time.Month(1+(i+n)*months)
		most = max(most, int(authreport.NewDay(2024, after, 1)-authreport.NewDay(2024, first, 1)))
	}
	return most
}

// Range is the period's days as seen on the day today, which is not among them.
func (p Period) Range(today authreport.Day) authreport.Range {
	if p.n > 0 {
		return authreport.Range{First: p.start(today, p.n), Last: p.start(today, 0) - 1}
	}
	first := p.start(today, 0)
	if first == today {
		first = p.start(today, 1)
	}
	return authreport.Range{First: first, Last: today - 1}
}

// start is the first day of the unit n before the one that today is in.
func (p Period) start(today authreport.Day, n int) authreport.Day {
	switch p.unit {
	case "day":
		return today - authreport.Day(n)
	case "week":
		return today - authreport.Day((int(today.Weekday()-p.weekStarts)+7)%7+7*n)
	}
	date, months := today.UTC(), unitMonths[p.unit]
	first := (int(date.Month())-1)/months*months + 1
	return authreport.NewDay(date.Year(), time.Month(first-n*months), 1)
}
