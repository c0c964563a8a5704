package render

import (
	"encoding/binary"
	"io"
	"iter"
	"slices"

	"github.com/klauspost/compress/gzip"

	"authreport"
	"authreport/report"
)

// varints are columns of unsigned numbers (LEB128), one column after the other, so that like follows like and compresses well.
type varints []byte

func (c *varints) add(n uint64) { *c = binary.AppendUvarint(*c, n) }

// addTexts writes the UTF-16 lengths of texts, as JavaScript counts them, then all of them as one text with its length in bytes before it.
func (c *varints) addTexts(texts []string) {
	size := 0
	for _, text := range texts {
		units := 0
		for _, r := range text {
			units++
			if r > 0xffff {
				units++
			}
		}
		c.add(uint64(units))
		size += len(text)
	}
	c.add(uint64(size))
	for _, text := range texts {
		*c = append(*c, text...)
	}
}

// numbering gives each different text a number, in the order of their coming.
type numbering struct {
	numbers map[string]uint64
	texts   []string
}

func (n *numbering) of(text string) uint64 {
	number, known := n.numbers[text]
	if !known {
		if n.numbers == nil {
			n.numbers = make(map[string]uint64)
		}
		number = uint64(len(n.texts))
		n.numbers[text] = number
		n.texts = append(n.texts, text)
	}
	return number
}

// pageData packs the senders' histories for the page.
type pageData struct {
	language *language
	history  authreport.Range
	places   map[authreport.TLS]uint64 // place of a version in authreport.TLSVersions
	names    []string
	rows     map[[2]string]int // of the senders, by address and domain
	cut      pageCut
	domains  numbering
	texts    numbering // of clients: servers, accounts, addresses, ciphers, mechanisms
	servers  map[string]bool
	used     authreport.TLSCounts
	earliest authreport.Day
	epoch    authreport.Day

	domain, own, cells, keys, messages varints // of senders and their cells
	listed, total                      varints // of senders
	clients                            packedClients
	accountRows                        int64
	shownAccounts                      iter.Seq[report.Account] // in the accounts table
	links                              accountLinks
}

// packedClients is the columns of the clients. Of accounts: 0 for the sender's own address, else the text's number and one.
type packedClients struct {
	servers, accounts, addresses, tls, ciphers, mechanisms, messages varints
	first                                                            []authreport.Day
	span, own                                                        varints // days from the first to the last
}

// newPageData packs the busiest senders, most at most; 0: all.
func (l *language) newPageData(r *report.Report, most int) *pageData {
	d := &pageData{language: l, history: r.HistoryRange(), places: make(map[authreport.TLS]uint64), servers: make(map[string]bool), rows: make(map[[2]string]int), accountRows: r.Summary.Accounts.Value, shownAccounts: r.Accounts()}
	d.links.language, d.links.numbers = l, make(map[string]uint64)
	for place, v := range authreport.TLSVersions() {
		d.places[v] = uint64(place)
	}
	d.epoch = d.history.First
	d.earliest = d.history.Last + 1
	domains := r.Domains
	if most > 0 {
		domains, d.shownAccounts = domains[:min(most, len(domains))], atMost(r.Accounts(), most)
		d.accountRows = min(d.accountRows, int64(most))
	}
	for _, domain := range domains {
		d.domains.of(domain.Name)
	}
	for s := range r.Histories() {
		if most > 0 && len(d.names) == most {
			d.fold(s)
		} else {
			d.add(s)
		}
	}
	d.addFolded()
	if d.earliest > d.history.First {
		d.earliest++ // the logs may begin within the first day that has mail
	}
	return d
}

func (d *pageData) add(s report.SenderHistory) {
	name := d.language.senderName(s.Address, false)
	d.rows[[2]string{s.Address, s.Domain}] = len(d.names)
	d.names = append(d.names, name)
	d.domain.add(d.domains.of(s.Domain))
	d.own.add(flag(s.Own))
	d.cells.add(uint64(len(s.Cells)))
	addCells(&d.keys, &d.messages, s.Cells, d.history.First, d.places)
	d.links.add(len(d.names)-1, name, s, d.history.First, d.places)
	d.note(s.Cells)
	d.listed.add(uint64(len(s.Clients)))
	d.total.add(uint64(s.ClientCount))
	for _, c := range s.Clients {
		d.addClient(name, c)
	}
}

// addClient adds a client of the sender with that name.
func (d *pageData) addClient(sender string, c report.Client) {
	d.servers[c.Server] = true
	d.epoch = min(d.epoch, c.First)
	l, all := d.language, &d.clients
	all.servers.add(d.texts.of(l.loggedName(c.Server)))
	if account := l.accountName(c.Account, false); account == sender {
		all.accounts.add(0)
	} else {
		all.accounts.add(d.texts.of(account) + 1)
	}
	all.addresses.add(d.texts.of(l.addressName(c.IP)))
	all.tls.add(d.places[c.TLS])
	all.ciphers.add(d.texts.of(l.cipherName(c)))
	all.mechanisms.add(d.texts.of(l.loggedName(c.Mechanism)))
	all.messages.add(uint64(c.Messages))
	all.first = append(all.first, c.First)
	all.span.add(uint64(c.Last - c.First))
	all.own.add(flag(c.Own))
}

// note takes up which versions and days have messages.
func (d *pageData) note(cells []report.Cell) {
	for _, c := range cells {
		d.used[c.TLS] += c.Messages
		d.earliest = min(d.earliest, c.Day)
	}
}

// sendersBlock is the columns that readSenders (templates/page/data.js) reads. The cells are given away: they are most of the page.
func (d *pageData) sendersBlock(*report.Report) [][]byte {
	var names varints
	names.addTexts(d.names)
	block := [][]byte{names, d.domain, d.own, d.cells, d.keys, d.messages}
	d.keys, d.messages = nil, nil
	return block
}

// clientsBlock is the columns that readClients (templates/page/data.js) reads: the clients, and what else the report has of each sender.
func (d *pageData) clientsBlock(r *report.Report) [][]byte {
	var texts, first, more varints
	texts.add(uint64(len(d.texts.texts)))
	texts.addTexts(d.texts.texts)
	for _, day := range d.clients.first {
		first.add(uint64(day - d.epoch))
	}
	more.addTable(packColumns(d.language, moreSenderColumns(), d.carried(r)), slices.Values(d.placesOf(r)))
	c := &d.clients
	return [][]byte{texts, d.listed, d.total, c.servers, c.accounts, c.addresses, c.tls, c.ciphers, c.mechanisms, c.messages, first, c.span, c.own, more}
}

// carried gives the senders of the report's own range that the page carries one by one.
func (d *pageData) carried(r *report.Report) iter.Seq[report.Sender] {
	return func(yield func(report.Sender) bool) {
		for s := range r.Senders() {
			if _, carried := d.rows[[2]string{s.Address, s.Domain}]; carried && !yield(s) {
				return
			}
		}
	}
}

// placesOf gives the place of each of the page's senders among those of the report's own range, -1 if it is not among them.
func (d *pageData) placesOf(r *report.Report) []int {
	places := slices.Repeat([]int{-1}, len(d.names))
	place := 0
	for s := range d.carried(r) {
		places[d.rows[[2]string{s.Address, s.Domain}]] = place
		place++
	}
	return places
}

// cipherName gives a client's cipher as text to show: without TLS there is none.
func (l *language) cipherName(c report.Client) string {
	if c.TLS == authreport.TLSNone && c.Cipher == "" {
		return noFigure
	}
	return l.loggedName(c.Cipher)
}

func flag(set bool) uint64 {
	if set {
		return 1
	}
	return 0
}

// pack compresses a block. Level 8 took 83 ms for the 2.2 MB of 10,000 senders over 90 days; level 5 takes 14 ms for 14 % more bytes, level 9 580 ms for 4 % fewer.
func pack(w io.Writer, columns [][]byte) error {
	z, err := gzip.NewWriterLevel(w, 8)
	if err != nil {
		return err
	}
	for _, column := range columns {
		if _, err := z.Write(column); err != nil {
			return err
		}
	}
	return z.Close()
}
