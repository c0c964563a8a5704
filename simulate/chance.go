package simulate

import (
	"math"
	"math/rand/v2"

	"authreport"
)

// dice is the source of chance of one account: what one does is independent of how many others there are before it.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// chance is true in the part p of all throws, 0 to 1.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between is a whole number, both ends included.
func (d dice) between(least, most int) int { return least + d.IntN(most-least+1) }

// count is how often something happens that happens mean times on average (Poisson). Above 50 the normal distribution is near enough.
func (d dice) count(mean float64) int {
	if mean > 50 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*d.NormFloat64())))
	}
	n := 0
	for p := d.Float64(); p > math.Exp(-mean); p *= d.Float64() {
		n++
	}
	return n
}

// spread is a factor around 1, spread as the logarithm of a normal distribution.
func (d dice) spread(width float64) float64 { return math.Exp(width * d.NormFloat64()) }

// about is a whole number from 1 on, around a median, as far from it as spread's factors are.
func (d dice) about(median, width float64) int {
	return max(1, int(math.Round(median*d.spread(width))))
}

// hour draws an hour of the day; hours has a digit for each of the 24, its weight.
func (d dice) hour(hours string) int {
	total := 0
	for i := range hours {
		total += int(hours[i] - '0')
	}
	n := d.IntN(total)
	for i := range hours {
		if n -= int(hours[i] - '0'); n < 0 {
			return i
		}
	}
	return len(hours) - 1
}

// hours draws n hours.
func (d dice) hours(hours string, n int) (set authreport.Hours) {
	for range min(n, 60) {
		set |= 1 << d.hour(hours)
	}
	return set
}

// span draws days within others, of a length between least and most.
func (d dice) span(within authreport.Range, least, most int) authreport.Range {
	length := d.between(least, most)
	first := within.First + authreport.Day(d.IntN(max(1, within.Days()-length/2)))
	return authreport.Range{First: first, Last: first + authreport.Day(length) - 1}
}

// day draws one of some days.
func (d dice) day(within authreport.Range) authreport.Day {
	return within.First + authreport.Day(d.IntN(max(1, within.Days())))
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }
