package maillog

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"time"

	"authreport"
)

// What a column of a table may hold, as config.yaml names it under columns. The values are a table's cells, in this order.
const (
	timeCell    = iota // "time"; needed
	accountCell        // "account"; needed
	senderCell
	clientIPCell
	tlsCell
	cipherCell
	mechanismCell
	messagesCell
	recipientsCell
	serverCell

	tableCells
)

var cellNames = [tableCells]string{"time", "account", "sender", "client_ip", "tls", "cipher", "mechanism", "messages", "recipients", "server"}

// TableColumns lists what the columns of csv and jsonl may hold, the names that Options.Columns takes, in the order of the documentation.
func TableColumns() []string { return cellNames[:] }

// table counts the rows of a table in which a program tells of its submissions, one or several in a row. Its zero value needs newTable.
//
// A row is a failed AUTH attempt if all of failed hold, else a submission if all of accepted hold and it names an account; else it is of some other kind.
type table struct {
	options Options
	time    tableTime
	lines   lineFigures
	early   int64          // lines that wait for the first time
	gap     authreport.Gap // of a submission of whose TLS version the row says nothing

	columns  []string // by cell: the name of its column, empty if there is none; after tableCells those that rules look at
	accepted []tableRule
	failed   []tableRule

	cells   [][]byte // of the row at hand
	counts  []int    // by cell: elements of a list; -1 for what is no list
	clients map[string]*authreport.Client
	key     []byte
}

// tableRule is what a column must say.
type tableRule struct {
	cell  int
	words []string // one of them; with * at its end: begins with
}

func (r tableRule) holds(cells [][]byte) bool {
	for _, word := range r.words {
		if prefix, open := strings.CutSuffix(word, "*"); open && strings.HasPrefix(string(cells[r.cell]), prefix) || string(cells[r.cell]) == word {
			return true
		}
	}
	return false
}

func allHold(rules []tableRule, cells [][]byte) bool {
	for _, r := range rules {
		if !r.holds(cells) {
			return false
		}
	}
	return true
}

func newTable(o Options, gap authreport.Gap) table {
	t := table{options: o, gap: gap, columns: make([]string, tableCells), clients: make(map[string]*authreport.Client)}
	t.time.clock.location = o.Location
	if o.Location == nil {
		t.time.clock.location = time.UTC
	}
	t.lines.current.Source = o.Source
	for i, name := range cellNames {
		t.columns[i] = o.Columns[name]
	}
	t.accepted, t.failed = t.rules(o.Accepted), t.rules(o.Failed)
	t.cells, t.counts = make([][]byte, len(t.columns)), make([]int, len(t.columns))
	for i := range t.counts {
		t.counts[i] = -1
	}
	return t
}

// rules gives each column that a rule looks at a cell: that of the same column, if there is one.
func (t *table) rules(wanted map[string][]string) []tableRule {
	var rules []tableRule
	for _, column := range slices.Sorted(maps.Keys(wanted)) {
		cell := -1
		for i, name := range t.columns {
			if name == column {
				cell = i
			}
		}
		if cell < 0 {
			cell = len(t.columns)
			t.columns = append(t.columns, column)
		}
		rules = append(rules, tableRule{cell, wanted[column]})
	}
	return rules
}

func (t *table) File(modified time.Time) { t.time.clock.file(modified) }

// Settle does nothing: no row waits for another.
func (t *table) Settle(*authreport.Tally) {}

func (t *table) Flush(tally *authreport.Tally) { t.lines.flush(tally) }

// enter counts a line. Rows of a table are in no order that means anything, so the clock makes no steps. What is understood before the first time, a header
// above all, belongs to that time's day: a file that was fetched today is no sign that something was read of today.
func (t *table) enter(understood bool, tally *authreport.Tally) {
	if understood && !t.time.clock.known {
		t.early++
		return
	}
	t.lines.enter(&t.time.clock, false, tally)
	if t.time.clock.known {
		t.lines.current.Read += t.early
		t.early = 0
	}
}

// notUnderstood marks a line that has been entered.
func (t *table) notUnderstood(line []byte) {
	t.lines.current.NotUnderstood++
	if t.lines.current.Example == "" {
		t.lines.current.Example = printable(line)
	}
}

// count counts the row whose cells are filled; false if it is not understood. at is its time, if timed.
func (t *table) count(at int64, timed bool, tally *authreport.Tally) bool {
	if timed {
		t.time.clock.now, t.time.clock.known = at, true
	}
	failed := len(t.failed) > 0 && allHold(t.failed, t.cells)
	if !failed && (noAccount(t.cells[accountCell]) || !allHold(t.accepted, t.cells)) {
		return true
	}
	if !timed {
		return false
	}
	messages, ok := t.messages()
	if !ok {
		return false
	}
	client := t.client()
	if failed {
		tally.AddFailure(authreport.Attempt{Time: time.Unix(at, 0), Server: client.Server, Account: client.Account, IP: client.IP, Mechanism: client.Mechanism})
		return true
	}
	s := authreport.Submission{Time: time.Unix(at, 0), Client: *client, Recipients: t.recipients()}
	tally.AddMessages(s, messages)
	if client.TLS == authreport.TLSUnknown {
		gap := t.gap
		if len(t.cells[tlsCell]) > 0 {
			gap = authreport.GapTLSName
		}
		tally.AddGap(t.options.Source, s.Time, gap, messages)
	}
	return true
}

// noAccount says whether a cell names nobody: a message without AUTH, in a log that has both.
func noAccount(cell []byte) bool { return len(cell) == 0 || len(cell) == 1 && cell[0] == '-' }

// mostMessages is the most that one row may claim: a figure beyond it is no count of messages.
const mostMessages = 1_000_000_000

// messages gives how many submissions the row tells of: one if it does not say.
func (t *table) messages() (int64, bool) {
	cell := trimBlanks(t.cells[messagesCell])
	if len(cell) == 0 {
		return 1, true
	}
	n, ok := wholeNumber(cell)
	return n, ok && n > 0 && n <= mostMessages
}

// recipients gives the row's number of recipients: a number, a list, or addresses with commas, semicolons or blanks between them; 0 if it does not say.
func (t *table) recipients() (n int64) {
	if count := t.counts[recipientsCell]; count >= 0 {
		return int64(count)
	}
	cell := trimBlanks(t.cells[recipientsCell])
	if n, ok := wholeNumber(cell); ok && n <= mostMessages {
		return n
	}
	within := false
	for _, c := range cell {
		between := c == ',' || c == ';' || c == ' '
		if !between && !within {
			n++
		}
		within = !between
	}
	return n
}

// save writes what the meaning of the next row depends on.
func (t *table) save(e *encoder) {
	e.number(t.time.clock.now)
	e.flag(t.time.clock.known)
	e.number(t.early)
}

// restore reads what save wrote.
func (t *table) restore(d *decoder) {
	t.time.clock.now, t.time.clock.known, t.time.prefix = d.number(), d.flag(), [len(isoMinute)]byte{}
	if t.early = d.number(); t.early < 0 {
		d.bad = true
	}
}

// forget forgets all but the options.
func (t *table) forget() {
	t.time.clock.now, t.time.clock.known, t.time.prefix, t.early = 0, false, [len(isoMinute)]byte{}, 0
}

// trimMark takes a byte order mark off the start of a line.
func trimMark(line []byte) []byte { return bytes.TrimPrefix(line, []byte("\ufeff")) }

// sameName gives a column's name as names are compared: in lower case, without blanks, underscores and hyphens.
func sameName(name []byte) string {
	return strings.ToLower(betweenWords.Replace(string(name)))
}

var betweenWords = strings.NewReplacer(" ", "", "\u00a0", "", "_", "", "-", "")
