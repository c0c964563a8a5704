package maillog

import (
	"bytes"
	"net/netip"
	"strings"
)

// exchangeColumn is a column of the log, by its place in the default order.
type exchangeColumn int

const (
	exchangeTime exchangeColumn = iota
	exchangeConnector
	exchangeSessionID
	exchangeSequence
	exchangeLocal
	exchangeRemote
	exchangeEvent
	exchangeData
	exchangeContext

	exchangeColumnCount
	exchangeMostColumns = 16 // of a row
)

var exchangeColumnNames = [exchangeColumnCount]string{
	"date-time", "connector-id", "session-id", "sequence-number", "local-endpoint", "remote-endpoint", "event", "data", "context",
}

// exchangeColumns says which place each column has in a row.
type exchangeColumns struct {
	place [exchangeColumnCount]int
	count int // of columns, others included
}

// exchangeDefault is the order of every version so far.
var exchangeDefault = exchangeColumns{place: [exchangeColumnCount]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, count: int(exchangeColumnCount)}

// exchangeRow is the row being read. Its texts are parts of the line, with their quotes.
type exchangeRow struct {
	time      int64 // Unix time
	session   uint64
	sequence  uint32
	event     byte
	connector []byte // "SERVER\Default Frontend SERVER"
	local     []byte
	remote    []byte
	data      []byte
	context   []byte
}

// header reads a line that is no row: one of the file's header, which comes again when the service is started, or a blank one. Copies may have lost the #.
func (x *exchange) header(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return true
	}
	text, marked := bytes.CutPrefix(line, []byte("#"))
	name, value, _ := bytes.Cut(text, []byte{':'})
	value = bytes.TrimSpace(value)
	switch string(name) {
	case "Log-type":
		x.refused = ""
		if !bytes.Equal(value, []byte("SMTP Receive Protocol Log")) {
			x.refused = "of another log, a " + string(value[:min(len(value), 64)]) + ", while authreport needs the SMTP Receive Protocol Log"
		}
	case "Software":
		x.refused = ""
	case "Fields":
		x.fields(value)
	case "Version", "Date":
	default:
		if bytes.HasPrefix(text, []byte("date-time,")) { // the header of a plain CSV file
			x.fields(text)
			return true
		}
		return marked
	}
	return true
}

// fields reads the names of the columns.
func (x *exchange) fields(names []byte) {
	columns := exchangeColumns{}
	for i := range columns.place {
		columns.place[i] = -1
	}
	for name := range bytes.SplitSeq(names, []byte{','}) {
		for i, known := range exchangeColumnNames {
			if strings.EqualFold(known, string(bytes.TrimSpace(plain(name)))) {
				columns.place[i] = columns.count
			}
		}
		columns.count++
	}
	for _, needed := range [...]exchangeColumn{exchangeTime, exchangeSessionID, exchangeEvent, exchangeData, exchangeContext} {
		if columns.place[needed] < 0 || columns.count > exchangeMostColumns {
			if x.refused == "" {
				x.refused = "of another log: there is no column " + exchangeColumnNames[needed] + " of an SMTP Receive Protocol Log"
			}
			return
		}
	}
	x.columns = columns
}

// split reads a row; false if it has no stamp. A row that lacks other parts has an event that does not exist.
func (x *exchange) split(line []byte) bool {
	n, rest := 0, line
	for ; n < x.columns.count-1; n++ {
		end := fieldEnd(rest)
		if end < 0 {
			break
		}
		x.cells[n], rest = rest[:end], rest[end+1:]
	}
	x.cells[n] = rest
	clear(x.cells[n+1:])
	if !x.stamp(plain(x.cell(exchangeTime))) {
		return false
	}
	r := &x.row
	r.time, r.event = x.clock.now, 0
	var ok bool
	if r.session, ok = hexadecimal(plain(x.cell(exchangeSessionID))); !ok || n < x.columns.place[exchangeData] {
		return true
	}
	r.sequence = number(plain(x.cell(exchangeSequence)))
	switch event := plain(x.cell(exchangeEvent)); len(event) {
	case 0: // copies through a wiki take the * for markup
		r.event = '*'
	case 1:
		r.event = event[0]
	}
	r.connector, r.local, r.remote = x.cell(exchangeConnector), x.cell(exchangeLocal), x.cell(exchangeRemote)
	r.data, r.context = x.cell(exchangeData), x.cell(exchangeContext)
	return true
}

// cell gives a column of the row, with its quotes; nil if the row has none.
func (x *exchange) cell(c exchangeColumn) []byte {
	if at := x.columns.place[c]; at >= 0 {
		return x.cells[at]
	}
	return nil
}

// fieldEnd finds the comma after the first field of a row, -1 if there is none.
func fieldEnd(row []byte) int {
	if len(row) == 0 || row[0] != '"' {
		return bytes.IndexByte(row, ',')
	}
	for i := 1; ; {
		quote := bytes.IndexByte(row[i:], '"')
		if quote < 0 || i+quote+1 >= len(row) {
			return -1
		}
		if i += quote + 1; row[i] == ',' {
			return i
		}
		if row[i] == '"' { // a quote within is doubled (RFC 4180 section 2)
			i++
		}
	}
}

// plain takes the quotes off a field.
func plain(field []byte) []byte {
	if len(field) == 0 || field[0] != '"' {
		return field
	}
	field = bytes.TrimSuffix(field[1:], []byte{'"'})
	if bytes.Contains(field, []byte(`""`)) {
		return bytes.ReplaceAll(field, []byte(`""`), []byte{'"'})
	}
	return field
}

// unquoted gives what follows the quote that a field may begin with: enough to see how it begins.
func unquoted(field []byte) []byte {
	if len(field) > 0 && field[0] == '"' {
		return field[1:]
	}
	return field
}

// stamp reads "2026-11-24T16:23:01.123Z". The zone is always UTC; one that says otherwise is believed.
func (x *exchange) stamp(b []byte) bool {
	if len(b) < len("2026-11-24T16:23:01") {
		return false
	}
	if string(b[:len(x.minute)]) != string(x.minute[:]) {
		if x.clock.readRFC3339(b) == 0 {
			return false
		}
		copy(x.minute[:], b)
		x.wall = x.clock.wall
	}
	second, ok := twoDigits(b[len(x.minute):], 60)
	if !ok {
		return false
	}
	b = b[len(x.minute)+2:]
	if len(b) > 0 && b[0] == '.' {
		for b = b[1:]; len(b) > 0 && b[0] >= '0' && b[0] <= '9'; {
			b = b[1:]
		}
	}
	offset := int64(0)
	if len(b) > 0 && (len(b) > 1 || b[0] != 'Z') {
		if len(b) != len("+01:00") || b[0] != '+' && b[0] != '-' || b[3] != ':' {
			return false
		}
		hours, ok1 := twoDigits(b[1:], 23)
		minutes, ok2 := twoDigits(b[4:], 59)
		if !ok1 || !ok2 {
			return false
		}
		if offset = hours*3600 + minutes*60; b[0] == '-' {
			offset = -offset
		}
	}
	x.clock.now, x.clock.known = x.wall+second-offset, true
	return true
}

// hexadecimal reads a session ID, sixteen hexadecimal digits or fewer.
func hexadecimal(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint64(c-'0')
		case c >= 'A' && c <= 'F':
			n = n<<4 | uint64(c-'A'+10)
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, len(b) > 0 && len(b) <= 16
}

// endpoint reads the address of "192.0.2.1:587" or "[2001:db8::1]:587"; the zero Addr if it is none.
func endpoint(b []byte) netip.Addr {
	text := string(plain(b))
	if of, err := netip.ParseAddrPort(text); err == nil {
		return of.Addr().Unmap().WithZone("")
	}
	a, _ := netip.ParseAddr(strings.Trim(strings.TrimPrefix(text, "IPv6:"), "[]"))
	return a.Unmap().WithZone("")
}

// server is the name of the server whose connector took the row's session: what stands before the backslash of the connector, else the source's name.
func (x *exchange) server() string {
	if name, _, ok := bytes.Cut(plain(x.row.connector), []byte{'\\'}); ok && len(name) > 0 {
		return x.names.text(name)
	}
	return x.options.Source
}
