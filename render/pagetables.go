package render

import (
	"fmt"
	"slices"

	"authreport"
	"authreport/report"
)

// pageTable is a plain table of the page, for viewers without JavaScript.
type pageTable struct {
	Title string
	Head  []string
	Rows  [][]string
	Note  string
}

// staticSenders is how many senders the page lists without JavaScript.
const staticSenders = 50

func staticTables(r *report.Report) []pageTable {
	return []pageTable{staticDays(r), staticTLS(r), staticSendersTable(r)}
}

func staticDays(r *report.Report) pageTable {
	t := pageTable{Title: "Messages per day", Head: append([]string{"Day", "Messages", "Accounts"}, versionNames()...)}
	for _, d := range r.Summary.Days {
		row := []string{weekdate(d.Day), number(d.Messages), number(d.Accounts)}
		if !d.HasLines {
			row[0] += " (no line of the log was read)"
		}
		t.Rows = append(t.Rows, append(row, versionCells(d.TLS)...))
	}
	return t
}

func staticTLS(r *report.Report) pageTable {
	t := pageTable{Title: "Messages by TLS version", Head: []string{"TLS version", "Share", "Messages"}}
	for _, v := range authreport.TLSVersions() {
		t.Rows = append(t.Rows, []string{v.String(), percent(r.Summary.TLS[v], r.Summary.TLS.Total()), number(r.Summary.TLS[v])})
	}
	return t
}

func staticSendersTable(r *report.Report) pageTable {
	shown := whole(slices.Concat(senderColumns, versionCounts(shownVersions(r.Summary.TLS), func(s *report.Sender) *authreport.TLSCounts { return &s.TLS })), r.Summary)
	t := pageTable{Title: "Senders", Head: titlesOf(shown, 0, nil).Titles}
	for s := range r.Senders() {
		if len(t.Rows) == staticSenders {
			break
		}
		var row []string
		for _, c := range shown {
			row = append(row, shownValue(c.Kind, c.Value(&s)))
		}
		t.Rows = append(t.Rows, row)
	}
	if all := r.Summary.Senders.Value; all > int64(len(t.Rows)) {
		t.Note = fmt.Sprintf("The busiest %d of %s senders. Scripts are needed to see the others here; the workbook has all.", len(t.Rows), number(all))
	}
	return t
}

func versionNames() []string {
	var names []string
	for _, v := range authreport.TLSVersions() {
		names = append(names, v.String())
	}
	return names
}

func versionCells(counts authreport.TLSCounts) []string {
	var cells []string
	for _, v := range authreport.TLSVersions() {
		cells = append(cells, number(counts[v]))
	}
	return cells
}
