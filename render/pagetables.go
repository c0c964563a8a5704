package render

import (
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

func (l *language) staticTables(r *report.Report) []pageTable {
	return []pageTable{l.staticDays(r), l.staticTLS(r), l.staticSendersTable(r)}
}

func (l *language) staticDays(r *report.Report) pageTable {
	t := pageTable{Title: l.text("chart.volume-days"), Head: append([]string{l.text("column.day"), l.text("column.messages"), l.text("column.accounts")}, l.versionNames()...)}
	for _, d := range r.Summary.Days {
		row := []string{l.weekdate(d.Day), l.number(d.Messages), l.number(d.Accounts)}
		if !d.HasLines {
			row[0] = l.text("page.static.silent", "day", row[0])
		}
		t.Rows = append(t.Rows, append(row, l.versionCells(d.TLS)...))
	}
	return t
}

func (l *language) staticTLS(r *report.Report) pageTable {
	t := pageTable{Title: l.text("page.script.by_version"), Head: []string{l.text("column.tls_version"), l.text("page.script.share"), l.text("column.messages")}}
	for _, v := range authreport.TLSVersions() {
		t.Rows = append(t.Rows, []string{l.version(v), l.percent(r.Summary.TLS[v], r.Summary.TLS.Total()), l.number(r.Summary.TLS[v])})
	}
	return t
}

func (l *language) staticSendersTable(r *report.Report) pageTable {
	shown := whole(slices.Concat(senderColumns, versionCounts(l, shownVersions(r.Summary.TLS), func(s *report.Sender) *authreport.TLSCounts { return &s.TLS })), r.Summary)
	t := pageTable{Title: l.text("page.static.senders"), Head: titlesOf(l, shown, 0, nil).Titles}
	for s := range r.Senders() {
		if len(t.Rows) == staticSenders {
			break
		}
		var row []string
		for _, c := range shown {
			row = append(row, l.shownValue(c.Kind, c.Value(l, &s)))
		}
		t.Rows = append(t.Rows, row)
	}
	if all := r.Summary.Senders.Value; all > int64(len(t.Rows)) {
		t.Note = l.text("page.static.cut", "shown", l.number(int64(len(t.Rows))), "all", l.number(all))
	}
	return t
}

func (l *language) versionNames() []string {
	var names []string
	for _, v := range authreport.TLSVersions() {
		names = append(names, l.version(v))
	}
	return names
}

func (l *language) versionCells(counts authreport.TLSCounts) []string {
	var cells []string
	for _, v := range authreport.TLSVersions() {
		cells = append(cells, l.number(counts[v]))
	}
	return cells
}
