// Package maillog finds the submissions in the lines of mail servers' logs.
//
// A Parser reads the lines of one stream (a log file and the files it was rotated to, oldest first) and counts into an authreport.Tally.
// It knows nothing of files, offsets or stores; what it must remember between two lines is its state, which the caller keeps with the position.
// One file holds one server's forms; framing.go holds what stands before the server's own text.
package maillog

import (
	"encoding"
	"fmt"
	"time"

	"authreport"
)

// Parser reads the lines of one stream. It is not safe for concurrent use.
//
// Its state (open sessions, accepted messages that wait for proof, the log's clock) is a function of the lines read, and MarshalBinary writes it:
// a parser that takes a state up gives from there on what the first would have given.
type Parser interface {
	// File says that the lines to come are of a file last written at modified: the year of a stamp without year is inferred from it.
	// It is called before the first line of each file, and again when reading goes on after a pause.
	File(modified time.Time)
	// Line reads one line without its line end and counts what it proves. It keeps no part of line.
	// A line of MaxLine bytes or more was cut, and counts as not understood.
	Line(line []byte, tally *authreport.Tally)
	// Settle counts the accepted messages that wait for nothing but a later line that would tell more of them (whether there was TLS, how many
	// recipients), by what the log tells so far. Call it where no more lines are to be expected for long: at the end of a command that reads logs once.
	// Lines may follow all the same; no message is counted twice.
	Settle(tally *authreport.Tally)
	// Flush counts the lines read so far (authreport.Lines) that Line holds back for speed. Call it before MarshalBinary and before the tally is stored.
	Flush(tally *authreport.Tally)
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// Refuser is a Parser of whole exports that knows other files of the same origin.
type Refuser interface {
	// Refused says why nothing of the file told with File can be counted, as the end of "it is "; empty if there is no such reason.
	Refused() string
}

// MaxLine is the length in bytes at which a line counts as cut. Syslog daemons write at most 8 KiB unless told otherwise.
const MaxLine = 256 << 10

// Service is how a service of the server starts TLS.
type Service string

// The kinds of service.
const (
	STARTTLS    Service = "starttls"     // RFC 3207
	ImplicitTLS Service = "implicit_tls" // RFC 8314 section 3
)

// Options is what a parser has to know of its source.
type Options struct {
	Source        string             // name of the source; the server's name where the framing has none
	Location      *time.Location     // zone of stamps without zone
	OwnLocation   bool               // Location was named for this source: it holds for formats too whose stamps are otherwise in UTC
	DefaultDomain string             // sender domain of addresses without one; may be empty
	Services      map[string]Service // Postfix: by service name in the syslog tag ("smtpd": none), besides submission and smtpd: starttls, smtps and submissions: implicit_tls

	// csv and jsonl: what the rows of the table say, and where.
	Columns   map[string]string   // names of columns, or their numbers from 1, or paths in JSON, by what they hold: one of TableColumns
	Delimiter rune                // csv: what stands between two fields, an ASCII character; 0: a comma
	Accepted  map[string][]string // rows that are submissions say one of these words in each of these columns, "x*" standing for what begins with x; nil: all rows
	Failed    map[string][]string // as Accepted, of failed AUTH attempts; nil: no row
	NoTLS     []string            // words for no TLS in the column tls, besides "none"; may have the empty word
}

// format is a server's form of log, or another form in which submissions are told.
type format struct {
	name string // as in config.yaml
	kind authreport.FileKind
	new  func(Options) Parser
	// recognise says for format: auto whether a line is unmistakably of this format (recognise.go). r is nil if the line has no framing that is understood.
	recognise func(line []byte, r *record) bool
}

// formats is every format. A new one needs a line here.
var formats = []format{
	{"postfix", authreport.Log, newPostfix, recognisePostfix},
	{"exim", authreport.Log, newExim, recogniseExim},
	{"sendmail", authreport.Log, newSendmail, recogniseSendmail},
	{"opensmtpd", authreport.Log, newOpenSMTPD, recogniseOpenSMTPD},
	{"exchange", authreport.JoinedLogs, newExchange, recogniseExchange},
	{"smtpcsreport", authreport.Export, newSMTPCSReport, recogniseReport},
	{"csv", authreport.Log, newCSV, nil},
	{"jsonl", authreport.Log, newJSONL, nil},
}

// New makes a parser for a format as config.yaml names it. That of Auto is a Chooser.
func New(format string, o Options) (Parser, error) {
	if format == Auto {
		return newAuto(o), nil
	}
	for _, f := range formats {
		if f.name == format {
			return f.new(o), nil
		}
	}
	return nil, fmt.Errorf("format must be one of %v, is %q", Formats(), format)
}

// Formats lists the names that New takes, in the order of the documentation.
func Formats() []string {
	names := []string{Auto}
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}
