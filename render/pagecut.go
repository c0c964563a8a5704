package render

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"authreport"
	"authreport/report"
)

// pageCut is the senders that a page counts together instead of carrying them one by one: by domain, so that messages are the same for any days and any domain.
type pageCut struct {
	senders    int
	rows       int  // that stand for them, the last of the page's senders
	restDomain bool // the last row is of domains that the page does not name
	sums       map[uint64]map[folded]int64
}

// folded is a cell without its messages.
type folded struct {
	day authreport.Day
	tls authreport.TLS
}

// fold counts a sender together with others of its domain.
func (d *pageData) fold(s report.SenderHistory) {
	domain, named := d.domains.numbers[s.Domain]
	if !named {
		domain = uint64(len(d.domains.texts)) // no further one is named once senders are folded
	}
	if d.cut.sums == nil {
		d.cut.sums = make(map[uint64]map[folded]int64)
	}
	sums := d.cut.sums[domain]
	if sums == nil {
		sums = make(map[folded]int64)
		d.cut.sums[domain] = sums
	}
	for _, c := range s.Cells {
		sums[folded{c.Day, c.TLS}] += c.Messages
	}
	d.cut.senders++
}

// addFolded adds a row for each domain that has folded senders. It has no name, no accounts and no clients.
func (d *pageData) addFolded() {
	for _, domain := range slices.Sorted(maps.Keys(d.cut.sums)) {
		cells := make([]report.Cell, 0, len(d.cut.sums[domain]))
		for f, messages := range d.cut.sums[domain] {
			cells = append(cells, report.Cell{Day: f.day, TLS: f.tls, Messages: messages})
		}
		slices.SortFunc(cells, func(a, b report.Cell) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.TLS, b.TLS)) })
		d.names = append(d.names, "")
		d.domain.add(domain)
		d.own.add(0)
		d.cells.add(uint64(len(cells)))
		addCells(&d.keys, &d.messages, cells, d.history.First, d.places)
		d.links.counts.add(0)
		d.listed.add(0)
		d.total.add(0)
		d.note(cells)
		d.cut.rows++
		d.cut.restDomain = domain == uint64(len(d.domains.texts))
	}
	d.cut.sums = nil
}

// cutNotice says that the page does not carry all senders; empty if it does.
func (d *pageData) cutNotice() string {
	if d.cut.senders == 0 {
		return ""
	}
	carried := len(d.names) - d.cut.rows
	l := d.language
	return l.text("page.cut", "shown", l.number(int64(carried)), "all", l.counted("sender", int64(carried+d.cut.senders)), "dates", l.dates(d.history))
}

// atMost gives the first few of a sequence.
func atMost[T any](all iter.Seq[T], few int) iter.Seq[T] {
	return func(yield func(T) bool) {
		left := few
		for one := range all {
			if left == 0 || !yield(one) {
				return
			}
			left--
		}
	}
}
