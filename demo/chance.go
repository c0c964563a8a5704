package demo

import (
	"math"
	"math/rand/v2"
	"strings"
)

// dice is the one source of chance. Whoever throws it in the same order from the same seed gets the same company and the same logs.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0x5EED))} }

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

// spread is a factor around 1: most between 1/e^width and e^width.
func (d dice) spread(width float64) float64 { return math.Exp(width / 2 * d.NormFloat64()) }

// hour draws an hour of the day; hours has a digit for each, its weight.
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

// text is n letters of an alphabet.
func (d dice) text(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[d.IntN(len(alphabet))])
	}
	return b.String()
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }
