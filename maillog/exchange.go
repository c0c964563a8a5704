package maillog

import (
	"bytes"
	"time"

	"authreport"
)

// exchange reads the SMTP receive protocol logs of Exchange 2007 to 2019 (learn.microsoft.com, "Protocol logging in Exchange Server"). Their shapes are those of
// public logs and of Microsoft's documentation, for the server's source is not public.
//
// A message is accepted when the server answers "250 2.6.0 … Queued mail for delivery". Exchange 2007 and 2010 tell the login and the messages in one session. Since
// Exchange 2013 the Front End Transport service takes the login and hands the session over to the Transport service ("Hub" in the folders' names), which names it
// in XPROXY SID=…, and which alone tells of the messages. The files of both are read with one state, in whichever order they come: a login waits for its
// messages, and a message for its login (exchange_join.go).
//
// Only the server's own words count: the lines with event * and >. What a client words stands behind event <, in quotes where it has a comma.
type exchange struct {
	options Options
	clock   clock // only now and known are used
	lines   lineFigures
	columns exchangeColumns
	refused string // why the rows of the file being read are not of this format; empty: they are
	open    sessions[uint64, exchangeSession]
	logins  sessions[uint64, exchangeLogin]      // handed over to a hub whose messages have not all come, by the front end's session
	handed  sessions[uint64, exchangeHandedOver] // messages of sessions whose login has not come, by the front end's session
	held    int                                  // weight of the messages in handed
	front   int64                                // Unix time of the latest login that was handed over, 0 if there was none
	hub     int64                                // the same for sessions that were taken over

	row    exchangeRow
	cells  [exchangeMostColumns][]byte // of the row, with their quotes
	tally  *authreport.Tally           // of the line being read
	minute [17]byte                    // the latest stamp up to its minute; derived
	wall   int64                       // its Unix time
	names  interned                    // derived
}

// How long things wait in seconds of the log's own time, and how many there are at most; beyond that the older half is let go. An SMTP session has to end within ten
// minutes by default (ConnectionTimeout of a receive connector); a file is one hour's, and the other folder may be copied a day later.
const (
	exchangeOpenAge   = daySeconds     // an open session without a line
	exchangeWait      = 2 * daySeconds // a login for its messages, or a message for its login,
	exchangeWaitAlone = 2 * 3600       // if in that time there was nothing at all of the other service: its log is missing
	exchangeMost      = 1 << 16        // logins, and as many messages
	exchangeMostMails = 1 << 10        // messages of one session
)

// newExchange makes a parser of Exchange's SMTP receive protocol logs.
func newExchange(o Options) Parser {
	x := &exchange{options: o}
	x.lines.current.Source = o.Source
	x.reset()
	return x
}

// reset forgets all but the options.
func (x *exchange) reset() {
	x.clock.now, x.clock.known = 0, false
	x.columns, x.refused = exchangeDefault, ""
	x.open = newSessions(exchangeOpenAge, maxSessions, func(_ uint64, s *exchangeSession) { x.told(s) })
	x.logins = newSessions(exchangeWait, exchangeMost, x.unanswered)
	x.handed = newSessions(exchangeWait, exchangeMost, x.unclaimed)
	x.held, x.front, x.hub = 0, 0, 0
	x.minute = [17]byte{}
	x.names = interned{}
}

// File begins another file: what the header of the last one refused is forgotten. The columns stay, for the rows to come may be the middle of a file.
func (x *exchange) File(modified time.Time) {
	x.clock.modified, x.refused = modified.Unix(), ""
}

func (x *exchange) Flush(tally *authreport.Tally) { x.lines.flush(tally) }

func (x *exchange) Line(line []byte, tally *authreport.Tally) {
	x.tally = tally
	whole := len(line) < MaxLine
	line = bytes.TrimPrefix(bytes.TrimRight(line, "\r"), []byte("\ufeff"))
	if len(line) == 0 || line[0] != '"' && (line[0] < '0' || line[0] > '9') {
		x.lines.enter(&x.clock, false, tally)
		if !whole || !x.header(line) {
			x.notUnderstood(line, "")
		}
		return
	}
	stamped := whole && x.split(line)
	x.lines.enter(&x.clock, false, tally)
	switch {
	case !stamped && x.refused == "":
		x.notUnderstood(line, "")
	case x.refused != "":
		x.notUnderstood(line, x.refused)
	case !x.dispatch():
		x.notUnderstood(line, "no row of an SMTP Receive Protocol Log")
	}
}

// notUnderstood marks the line that was read last, and says why.
func (x *exchange) notUnderstood(line []byte, why string) {
	x.lines.current.NotUnderstood++
	if x.lines.current.Example != "" {
		return
	}
	if why != "" {
		line = append([]byte(why+": "), line[:min(len(line), authreport.ExampleLength)]...)
	}
	x.lines.current.Example = printable(line)
}

// dispatch reads the row by its event; false if it has none of the five.
func (x *exchange) dispatch() bool {
	switch x.row.event {
	case '<':
		x.command()
	case '>':
		x.reply()
	case '*':
		x.information()
	case '+':
		if s := x.session(); s != nil { // its end is lost
			x.finish(s)
			x.open.drop(x.row.session)
		}
		x.begun().complete = x.row.sequence == 0
	case '-':
		if s := x.session(); s != nil {
			x.finish(s)
			x.open.drop(x.row.session)
		}
	default:
		return false
	}
	return true
}

// session gives the row's session, nil if nothing is known of it.
func (x *exchange) session() *exchangeSession { return x.open.find(x.row.session, x.row.time) }

// begun gives the row's session; one whose beginning was not seen if nothing is known of it.
func (x *exchange) begun() *exchangeSession { return x.open.at(x.row.session, x.row.time) }

// Settle counts what waits: messages whose login no file has told, logins of whose messages no file has told, failed attempts whose end was not seen.
func (x *exchange) Settle(tally *authreport.Tally) {
	x.tally = tally
	for _, s := range x.open.open {
		x.told(&s.value)
	}
	for id, h := range x.handed.open {
		x.unclaimed(id, &h.value)
	}
	for id, l := range x.logins.open {
		x.unanswered(id, &l.value)
	}
}

// recogniseExchange knows the log by its header, of whatever kind of log, so that a wrong one is refused with its reason; and a row by its session and event.
func recogniseExchange(line []byte, _ *record) bool {
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	if bytes.HasPrefix(line, []byte("#Software: Microsoft Exchange")) || bytes.HasPrefix(line, []byte("#Log-type: SMTP Receive Protocol Log")) ||
		bytes.HasPrefix(line, []byte("#Fields: date-time,connector-id,session-id,")) {
		return true
	}
	x := exchange{columns: exchangeDefault}
	return len(line) > len(x.minute) && line[10] == 'T' && x.split(line) && len(plain(x.cell(exchangeSessionID))) == 16 &&
		bytes.IndexByte([]byte("+-<>*"), x.row.event) >= 0 && endpoint(x.row.local).IsValid() && endpoint(x.row.remote).IsValid()
}
