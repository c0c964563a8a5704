// Package authreport holds the terms of the program: what a submission is, who made it, and how it is counted.
//
// It knows nothing of log formats, stores, reports or mail; every other package speaks in its types.
// The words are those of RFC 5598 (mail architecture), RFC 6409 (submission) and RFC 4954 (SMTP AUTH).
package authreport

import (
	"net/netip"
	"time"
)

// NullSender is the envelope sender of delivery reports, the empty reverse-path (RFC 5321 section 4.5.5).
const NullSender = "<>"

// OtherAccount stands for every account of another domain, where the reader is to know some domains alone.
const OtherAccount = "(account of another domain)"

// Client is an SMTP AUTH client: the unit that is counted. It is comparable, so it serves as a map key.
type Client struct {
	Server    string     // host in the line's framing, else the source's name; "mx1"
	Account   string     // AUTH identity exactly as the server wrote it; empty: the server did not say; "alice@example.org"
	Sender    string     // envelope sender after FoldSender, local part in its own case; NullSender for the null sender
	Domain    string     // sender domain, see SenderDomain; empty for the null sender and for names without one
	IP        netip.Addr // client address; the zero Addr if unknown; IPv4 never in its IPv6-mapped form
	TLS       TLS        // TLS version of the session that made the submission
	Cipher    string     // as logged; empty without TLS and where not logged; "TLS_AES_256_GCM_SHA384"
	Mechanism string     // SASL name in upper case, "PLAIN" (Exim: the authenticator's name as logged); empty: not logged
}

// Submission is one message that a client handed to the server after SMTP AUTH and that the server accepted.
type Submission struct {
	Time       time.Time // when the log names the AUTH identity for this message; any zone
	Client     Client
	Recipients int64 // accepted envelope recipients of this message; 0 if the log does not say
}

// Attempt is one failed AUTH attempt, told once however many lines tell of it.
type Attempt struct {
	Time      time.Time
	Server    string     // as in Client
	Account   string     // the identity that was tried, as the server wrote it; empty: not logged
	IP        netip.Addr // as in Client
	Mechanism string     // as in Client
}

// Hours is the set of hours of a day, in the counting zone, in which something happened: bit 0 is 00:00 to 00:59, bit 23 is 23:00 to 23:59.
type Hours uint32

// Count is how much one client submitted on one day.
type Count struct {
	Day        Day
	Client     Client
	Messages   int64 // accepted submissions, at least 1
	Recipients int64 // sum of the submissions' recipients
	Hours      Hours
}

// FailureCount is how many AUTH attempts failed on one day.
type FailureCount struct {
	Day       Day
	Server    string
	Account   string
	IP        netip.Addr
	Mechanism string
	Attempts  int64 // at least 1
	Hours     Hours
}

// Lines says what was read of one source on one day of the log's own time: the ground that the counts stand on.
// Figures add up over batches; Merge adds them.
type Lines struct {
	Source        string
	Day           Day
	Read          int64     // lines, those not understood included
	NotUnderstood int64     // lines without readable framing, or of the mail server's own in a shape that is not known
	Example       string    // the first line not understood, cut at ExampleLength bytes and made printable; empty if none
	Repeats       int64     // "last message repeated N times" notices: their content is lost
	GuessedYears  int64     // lines whose stamp has no year, so that it was inferred
	ClockSteps    int64     // times that the log's clock went back by more than a minute
	First, Last   time.Time // earliest and latest stamp; zero if no line had one
}

// ExampleLength is the most bytes that Lines.Example holds.
const ExampleLength = 200

// Merge adds the figures of other, which is of the same source and day.
func (l *Lines) Merge(other Lines) {
	l.Read += other.Read
	l.NotUnderstood += other.NotUnderstood
	l.Repeats += other.Repeats
	l.GuessedYears += other.GuessedYears
	l.ClockSteps += other.ClockSteps
	if l.Example == "" {
		l.Example = other.Example
	}
	if l.First.IsZero() || !other.First.IsZero() && other.First.Before(l.First) {
		l.First = other.First
	}
	if other.Last.After(l.Last) {
		l.Last = other.Last
	}
}

// Position is how far one log file was read. The fingerprint tells the file, whatever it is called by now;
// Path, Inode, Size and ModTime are hints from when it was last looked at.
type Position struct {
	ID          int64     // the store's own number of the file; 0 for one that the store has not seen
	Source      string    // name of the source that the file belongs to
	Stream      string    // path of the live file of the rotation series; the parser's open sessions belong to the stream
	Fingerprint string    // hex SHA-256 of the first FingerprintLength bytes after decompression
	Length      int64     // bytes that Fingerprint covers: FingerprintLength, or all that the file had while it was shorter
	Offset      int64     // bytes after decompression that are read and counted; always at the start of a line
	Path        string    // where it was last seen; "/var/log/mail.log.1"
	Inode       uint64    // 0 if the system has none
	Size        int64     // bytes on disk, compressed if the file is; 0 until it was read to its end
	ModTime     time.Time // as the file system has it, to the nanosecond; zero until it was read to its end
	Cursor      string    // of systemd's journal: the entry after which reading goes on (journalctl's __CURSOR); empty for files
	Fault       string    // why what follows Offset cannot be read; such a file is not tried again before Size or ModTime change; empty if nothing is wrong
}

// FingerprintLength is how many bytes of a file, after decompression, tell it from others.
const FingerprintLength = 1024

// Batch is what one transaction of the store takes: counts, and how far their lines go. All of it is written, or nothing.
type Batch struct {
	Position Position // of the file that the lines are from
	Sessions []byte   // the parser's open sessions after the last line, as its MarshalBinary gave them; they replace the stream's earlier ones
	Tally    *Tally
	// Replace says that the tally is of a whole Export. Counts of Position.Source (their Client.Server) on days between the tally's first and last day are replaced by
	// the tally's; on these two days, which the export may cover in part, the larger of both stays for each client: messages, recipients and hours alike.
	Replace bool
}

// FileKind is how the files of a format are to be read.
type FileKind uint8

// The kinds of files.
const (
	Log        FileKind = iota // lines are appended; the files of one rotation series are a stream
	JoinedLogs                 // as Log, but all the source's files are one stream, in the order of time: a session's lines are spread over several series
	Export                     // a file is complete, and replaces what earlier ones said of its days; its whole content tells it from others
)

// KnownClient is a client with the number by which a store's counts refer to it.
type KnownClient struct {
	ID     int64
	Client Client
}

// ClientCount is how much one known client submitted on one day.
type ClientCount struct {
	Day        Day
	ClientID   int64 // ID of a KnownClient of the same store
	Messages   int64 // at least 1
	Recipients int64
	Hours      Hours
}
