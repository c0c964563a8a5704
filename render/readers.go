package render

import "strings"

// Reader is recipients of a report and how much of it they may know: the mail of those who may know everything tells it of all.
type Reader struct {
	Recipients []string // at least one
	Domains    []string // sender domains; empty: all
	Pseudonyms bool     // in place of names and client addresses
}

// How much of who gets what the mail tells.
const (
	mailReaders    = 20
	mailRecipients = 5 // of each
)

// mailReader is recipients, and what they may know.
type mailReader struct{ Who, What string }

// readers fills the list of who gets what.
func (m *mailModel) readers(all []Reader) {
	l := m.language
	for _, r := range all[:min(len(all), mailReaders)] {
		var names []string
		for _, recipient := range r.Recipients[:min(len(r.Recipients), mailRecipients)] {
			names = append(names, shorten(visible(recipient), mailName))
		}
		who := strings.Join(names, ", ")
		if more := len(r.Recipients) - len(names); more > 0 {
			who = l.text("name.and_more", "names", who, "n", l.number(int64(more)))
		}
		what := l.scopeOf(r.Domains, r.Pseudonyms, 200)
		if what == "" {
			what = l.text("scope.everything")
		}
		m.Readers = append(m.Readers, mailReader{who, what})
	}
	if len(all) > mailReaders {
		m.ReadersNote = l.text("table.part", "shown", l.number(mailReaders), "all", l.number(int64(len(all))))
	}
}
