package demo

import (
	"time"

	"authreport"
)

// habit is how much a kind of member submits, and when.
type habit struct {
	sessions   [7]float64 // sessions on each weekday, Sunday first; on a holiday as on Sunday
	hours      string     // a digit for each hour of the day: its weight
	messages   [2]int     // messages in a session, least and most
	recipients [2]int     // recipients of a message, least and most
	outside    float64    // part of the recipients who are outside the company, 0 to 1
	phone      float64    // part of the sessions that come from the member's phone, 0 to 1
	atHome     float64    // part of the working days on which the member works at home, 0 to 1
	monthEnd   float64    // factor on the last two working days of a month; 0 as 1
	size       [2]int     // bytes of a message, least and most
	punctual   bool       // has exactly so many sessions, not on average
}

const (
	office   = "000000026998758876310000"
	longDay  = "000000258997768887654310"
	allDay   = "111111111111111111111111"
	opening  = "000002995100000001990000"
	smallDay = "000000001121121110000000"
)

// The habits of people,
var (
	desk    = habit{[7]float64{0.3, 7, 7, 7, 7, 6, 0.4}, office, [2]int{1, 1}, [2]int{1, 4}, 0.45, 0.15, 0.35, 1.3, [2]int{2e3, 400e3}, false}
	selling = habit{[7]float64{0.5, 11, 12, 11, 11, 8, 0.6}, office, [2]int{1, 2}, [2]int{1, 3}, 0.8, 0.25, 0.25, 1.5, [2]int{2e3, 900e3}, false}
	quiet   = habit{[7]float64{0.1, 3, 3, 3, 3, 2.5, 0.1}, office, [2]int{1, 1}, [2]int{1, 3}, 0.3, 0.1, 0.3, 0, [2]int{2e3, 2e6}, false}
	field   = habit{[7]float64{0.2, 6, 6, 6, 6, 5, 0.9}, longDay, [2]int{1, 2}, [2]int{1, 2}, 0.6, 0.7, 0.1, 0, [2]int{2e3, 3e6}, false}
)

// and of devices and applications.
var (
	printing  = habit{[7]float64{0, 9, 9, 9, 9, 7, 0}, office, [2]int{1, 2}, [2]int{1, 1}, 0.03, 0, 0, 1.6, [2]int{60e3, 4e6}, false}
	scanning  = habit{[7]float64{0, 16, 14, 14, 14, 15, 5}, office, [2]int{1, 3}, [2]int{1, 1}, 0, 0, 0, 1.4, [2]int{80e3, 2e6}, false}
	reporting = habit{[7]float64{0, 1, 1, 1, 1, 1, 0}, smallDay, [2]int{1, 1}, [2]int{1, 1}, 0, 0, 0, 0, [2]int{1e3, 3e3}, true}
	weekly    = habit{[7]float64{0, 1, 0, 0, 0, 0, 0}, "000000090000000000000000", [2]int{1, 1}, [2]int{1, 2}, 0, 0, 0, 0, [2]int{2e3, 90e3}, true}
	guarding  = habit{[7]float64{5, 2, 2, 2, 2, 2, 5}, "311112995000000000134533", [2]int{1, 3}, [2]int{1, 1}, 0, 0, 0, 0, [2]int{90e3, 500e3}, false}
	billing   = habit{[7]float64{0, 18, 18, 18, 18, 18, 2}, office, [2]int{1, 4}, [2]int{1, 1}, 0.95, 0, 0, 6, [2]int{30e3, 200e3}, false}
	paying    = habit{[7]float64{0, 0.3, 0.3, 0.3, 0.3, 0.3, 0}, "000000000011111000000000", [2]int{1, 2}, [2]int{1, 1}, 0.2, 0, 0, 30, [2]int{40e3, 90e3}, false}
	visiting  = habit{[7]float64{0, 30, 28, 28, 28, 26, 6}, longDay, [2]int{1, 2}, [2]int{1, 2}, 0.8, 0, 0, 0, [2]int{5e3, 60e3}, false}
	watching  = habit{[7]float64{9, 12, 12, 12, 12, 12, 9}, allDay, [2]int{1, 1}, [2]int{2, 2}, 0, 0, 0, 0, [2]int{1e3, 4e3}, false}
	nightly   = habit{[7]float64{1, 1, 1, 1, 1, 1, 1}, "009000000000000000000000", [2]int{1, 2}, [2]int{1, 1}, 0, 0, 0, 0, [2]int{2e3, 9e3}, true}
	ticketing = habit{[7]float64{3, 30, 28, 26, 26, 22, 6}, longDay, [2]int{1, 2}, [2]int{1, 1}, 0.7, 0, 0, 0, [2]int{4e3, 40e3}, false}
	shopping  = habit{[7]float64{38, 30, 28, 28, 30, 32, 40}, "211112345677777777899964", [2]int{1, 2}, [2]int{1, 1}, 1, 0, 0, 0, [2]int{8e3, 30e3}, false}
	mailing   = habit{[7]float64{0, 0, 0, 0, 14, 0, 0}, "000000000099000000000000", [2]int{20, 60}, [2]int{1, 1}, 1, 0, 0, 0, [2]int{30e3, 60e3}, false}
)

// holidays are the days on which the company is closed beside its weekends: the fixed public holidays of Belgium.
var holidays = []struct {
	month time.Month
	day   int
}{{time.January, 1}, {time.May, 1}, {time.July, 21}, {time.August, 15}, {time.November, 1}, {time.November, 11}, {time.December, 25}, {time.December, 26}}

func holiday(d authreport.Day) bool {
	_, month, day := d.UTC().Date()
	for _, h := range holidays {
		if h.month == month && h.day == day {
			return true
		}
	}
	return false
}

func workingDay(d authreport.Day) bool {
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && !holiday(d)
}

// monthEnds says whether d is one of the last two working days of its month.
func monthEnds(d authreport.Day) bool {
	year, month, _ := d.UTC().Date()
	last := authreport.NewDay(year, month+1, 0)
	left := 0
	for day := d; day <= last; day++ {
		if workingDay(day) {
			left++
		}
	}
	return workingDay(d) && left <= 2
}

// sessionsOn is how many sessions the habit has on a day, on average.
func (h *habit) sessionsOn(d authreport.Day) float64 {
	mean := h.sessions[d.Weekday()]
	if holiday(d) {
		mean = h.sessions[time.Sunday]
	}
	if h.monthEnd > 0 && monthEnds(d) {
		mean *= h.monthEnd
	}
	return mean
}
