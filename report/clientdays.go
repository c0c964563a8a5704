package report

import (
	"cmp"
	"iter"
	"slices"

	"authreport"
)

// ClientDay is what one SMTP AUTH client submitted on one day.
type ClientDay struct {
	Day        authreport.Day
	Client     authreport.Client
	Messages   int64 // at least 1
	Recipients int64
}

// ClientDays gives every day of the range and every client with messages on it, by day, then by the client's fields. It holds one day at a time.
func (r *Report) ClientDays() iter.Seq[ClientDay] {
	d := r.data
	return func(yield func(ClientDay) bool) {
		places := make([]uint32, len(d.clients)) // of the shown clients by their fields
		for place, n := range d.shown {
			places[n] = uint32(place)
		}
		for day := range r.Request.Range.All() {
			var counts []dayCount
			for c := range d.details(day) {
				counts = append(counts, c)
			}
			slices.SortFunc(counts, func(a, b dayCount) int { return cmp.Compare(places[a.client], places[b.client]) })
			for i := 0; i < len(counts); {
				one := ClientDay{Day: day, Client: d.named(counts[i].client)}
				for n := counts[i].client; i < len(counts) && counts[i].client == n; i++ { // a source may give a count in parts
					one.Messages += counts[i].messages
					one.Recipients += counts[i].recipients
				}
				if !yield(one) {
					return
				}
			}
		}
	}
}
