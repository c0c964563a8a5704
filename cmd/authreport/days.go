package main

import (
	"math"
	"time"

	"github.com/spf13/cobra"

	"authreport"
	"authreport/config"
)

// mostDays is the longest range of a report, ten years: each day costs memory for every domain, also without a message, and a year that lost a digit
// would take gigabytes.
const mostDays = 3660

// days is the flags that say which days are meant.
type days struct{ from, to, period string }

func (d *days) addFlags(c *cobra.Command, period bool) {
	c.Flags().StringVar(&d.from, "from", "", "first `DAY`, such as 2026-11-01")
	c.Flags().StringVar(&d.to, "to", "", "last `DAY`; default yesterday")
	if period {
		c.Flags().StringVar(&d.period, "period", "", "days told in `WORDS`, such as \"last 30 days\", yesterday, \"last month\"")
	}
}

// rangeOr gives the days that the flags name, or those of the period otherwise; mostDays at most.
func (d *days) rangeOr(otherwise config.Period, c *config.Config, now time.Time) (authreport.Range, error) {
	r, err := d.anyRangeOr(otherwise, c, now)
	if n := r.Days(); err == nil && n > mostDays {
		return r, usagef("a report has at most %d days; %s are %d", mostDays, r, n)
	}
	return r, err
}

func (d *days) anyRangeOr(otherwise config.Period, c *config.Config, now time.Time) (authreport.Range, error) {
	today := authreport.DayOf(now.In(c.Zone))
	switch {
	case d.period != "" && (d.from != "" || d.to != ""):
		return authreport.Range{}, usagef("--period cannot stand beside --from and --to")
	case d.period != "":
		period, err := config.ParsePeriod(d.period, c.WeekStarts)
		if err != nil {
			return authreport.Range{}, usagef("--period %v, is %q", err, d.period)
		}
		return period.Range(today), nil
	case d.from == "" && d.to == "":
		return otherwise.Range(today), nil
	case d.from == "":
		return authreport.Range{}, usagef("--to needs --from")
	}
	return d.parse(0, today-1)
}

// whole gives the days that the flags name; where they name none, all days there can be.
func (d *days) whole() (authreport.Range, error) {
	return d.parse(math.MinInt32, math.MaxInt32)
}

func (d *days) parse(first, last authreport.Day) (authreport.Range, error) {
	r := authreport.Range{First: first, Last: last}
	for _, end := range []struct {
		name, text string
		day        *authreport.Day
	}{{"--from", d.from, &r.First}, {"--to", d.to, &r.Last}} {
		if end.text == "" {
			continue
		}
		day, err := authreport.ParseDay(end.text)
		if err != nil {
			return r, usagef("%s: %v", end.name, err)
		}
		*end.day = day
	}
	if r.Last < r.First {
		return r, usagef("the first day, %s, is after the last, %s", r.First, r.Last)
	}
	return r, nil
}
