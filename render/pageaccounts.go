package render

import (
	"authreport"
	"authreport/report"
)

// accountLinks is which accounts are behind each of the page's senders, so that the script can count accounts for any choice of days, domain and clauses.
type accountLinks struct {
	language *language
	numbers  map[string]uint64 // of the accounts, by name
	same     varints           // of each account: 0 if its name is among texts, else one more than the place of the sender that is called the same
	texts    []string
	counts   varints // of each sender: how many accounts it has
	account  varints // of each sender and account
	// Of the senders with several accounts, what each account has of them; an only account has all.
	cells, keys, messages varints
}

// add takes the accounts of a sender, whose place and name on the page are given.
func (l *accountLinks) add(place int, name string, s report.SenderHistory, first authreport.Day, places map[authreport.TLS]uint64) {
	l.counts.add(uint64(len(s.Accounts)))
	for _, a := range s.Accounts {
		l.account.add(l.number(place, name, a))
		if len(s.Accounts) == 1 {
			continue
		}
		l.cells.add(uint64(len(a.Cells)))
		addCells(&l.keys, &l.messages, a.Cells, first, places)
	}
}

// number gives an account's number, in the order of their coming.
func (l *accountLinks) number(place int, sender string, a report.AccountHistory) uint64 {
	number, known := l.numbers[a.Name]
	if known {
		return number
	}
	number = uint64(len(l.numbers))
	l.numbers[a.Name] = number
	if name := l.language.accountName(a.Name, a.Own); name == sender {
		l.same.add(uint64(place) + 1)
	} else {
		l.same.add(0)
		l.texts = append(l.texts, name)
	}
	return number
}

// addCells writes cells as the page has them: the days since the one before, or since the first, and the TLS version's place in one number.
func addCells(keys, messages *varints, cells []report.Cell, first authreport.Day, places map[authreport.TLS]uint64) {
	for _, c := range cells {
		keys.add(uint64(c.Day-first)<<3 | places[c.TLS])
		messages.add(uint64(c.Messages))
		first = c.Day
	}
}

// countedAccounts is the columns of the accounts table that the script counts for every choice, and what it calls them. The others are known for the report's
// own range alone.
var countedAccounts = map[string]string{
	"account": "name", "messages": "messages", "messages_before": "before", "change": "change", "sender_addresses": "senders", "over_legacy_tls": "legacy", "without_tls": "none",
}

// accountsBlock is the columns that readAccounts (templates/page/accounts.js) reads: the accounts table of the report's own range, and the links.
func (d *pageData) accountsBlock(r *report.Report) [][]byte {
	var c, texts varints
	table := packColumns(d.language, whole(accountColumns, r.Summary), d.shownAccounts)
	c.addTable(table, func(yield func(int) bool) {
		for row := range table[0].places {
			if !yield(row) {
				return
			}
		}
	})
	l := &d.links
	for a := range d.shownAccounts {
		c.add(l.number(-1, "", report.AccountHistory{Name: a.Name, Own: a.Own})) // known already, but where its senders are counted together
	}
	c.add(uint64(len(l.numbers)))
	texts.addTexts(l.texts)
	return [][]byte{c, l.same, texts, l.counts, l.account, l.cells, l.keys, l.messages}
}
