// Package report turns counts into the figures of one report.
//
// It reads a Source (a store), knows nothing of how the figures look or travel, and hands a Report to render.
// Every table and total of a Report comes from one pass over the same counts, so that all of them agree.
package report

import (
	"context"
	"iter"
	"time"

	"authreport"
)

// Source is where the counts of a report come from. Errors end a sequence.
type Source interface {
	// Counts gives the counts of the days in range, in any order.
	Counts(context.Context, authreport.Range) iter.Seq2[authreport.ClientCount, error]
	// Clients gives, each once and in any order, at least the clients that have counts in range.
	Clients(context.Context, authreport.Range) iter.Seq2[authreport.KnownClient, error]
	// Failures gives the failed AUTH attempts of the days in range, in any order.
	Failures(context.Context, authreport.Range) iter.Seq2[authreport.FailureCount, error]
	// Lines gives what was read of each source on the days in range, in any order.
	Lines(context.Context, authreport.Range) iter.Seq2[authreport.Lines, error]
	// Gaps gives what the logs of each source could not tell on the days in range, in any order.
	Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error]
	// FailedRuns gives, in any order, the reports that were due from one time on and before another and failed for good, and the sources that
	// could not be read wholly when their logs were last looked at, if what is missing may be of that time.
	FailedRuns(ctx context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error]
}

// Request says which report is wanted.
type Request struct {
	Name     string              // the series, as config.yaml names it; "weekly"
	Title    string              // heading; "SMTP AUTH clients, weekly"; empty: one that names the report
	Language string              // of its readers, as a tag of templates.Languages; "nl"; empty: English
	Range    authreport.Range    // days reported on
	Domains  []string            // sender domains as authreport.SenderDomain gives them: the report tells nothing of any other; empty: all
	History  int                 // days that the page carries, ending with the range; less than the range's days means the range alone
	Zone     *time.Location      // whose calendar days the counts have; not nil
	Now      time.Time           // when the report is made
	Next     time.Time           // when the series' next one is due; zero if none is
	Own      []string            // accounts and sender addresses of authreport itself, so that its own mail is told apart; empty ones are passed over
	Unusual  Thresholds          // from where on activity is unusual; zero: the defaults
	Sources  []string            // names of the configured sources: one without lines in the range is a fault of data quality
	Filters  []authreport.Filter // that the page offers by name, unless it is of some domains or has pseudonyms; no figure depends on them
	// Look is how render shows it beside its language, a *templates.Set; nil: as built in. No figure depends on it.
	Look any
	// Pseudonyms stands in for names and client addresses, before anything is made of them; nil: they are real.
	Pseudonyms Pseudonyms
}

// Report is the figures of one range and filter. Slices are never nil-versus-empty significant. It is read-only once built, and then safe for concurrent use.
type Report struct {
	Request Request
	Summary Summary  // of the range
	Week    Summary  // of the seven days that end with the range: the widget and its flyout
	Domains []Domain // with messages in the range; most messages first, then by name
	// Dependences says how much still depends on what may be switched off: LegacyTLS, NoTLS, BasicMechanisms, in this order.
	Dependences []Dependence
	Unusual     []Unusual // of the range: alarms first, then the latest; at most MaxUnusual
	// UnusualCounts says how much there is in all, and of which days.
	UnusualCounts UnusualCounts
	Quality       Quality

	data *data // what the sequences below are made from
}

// Figure is a number and what it was in the period before.
type Figure struct {
	Value  int64
	Before int64
}

// Change is Value minus Before as a part of Before, -1 and up; ok is false if Before is 0.
func (f Figure) Change() (change float64, ok bool) {
	if f.Before == 0 {
		return 0, false
	}
	return float64(f.Value-f.Before) / float64(f.Before), true
}

// Summary is the headline figures of a range, each with the period of the same length just before it.
// Where figures say how many different names there are, a name that the server did not log counts as one.
type Summary struct {
	Range, Before  authreport.Range
	BeforeComplete bool   // whether the store has lines of the whole period before; if not, changes mean little
	Accounts       Figure // accounts that submitted
	Senders        Figure // different sender addresses, each with its domain: a name without one may have several from the sources' default_domain
	Messages       Figure
	Recipients     Figure
	Addresses      Figure // different client addresses
	Legacy         Figure // messages over SSL3.0 to TLS1.1
	LegacyAccounts Figure // accounts with such a message
	NoTLS          Figure // messages that went without TLS
	Basic          Figure // messages after the mechanisms PLAIN or LOGIN
	Failures       Figure // failed AUTH attempts; in a report of some domains those on accounts that are of these alone
	TLS, TLSBefore authreport.TLSCounts
	Days           []Day // each day of Range, ascending
}

// Day is the figures of one day.
type Day struct {
	Day      authreport.Day
	Messages int64
	Accounts int64
	TLS      authreport.TLSCounts
	HasLines bool // whether any line of that day was read: without, zero messages mean nothing
}

// Domain is the figures of one sender domain.
type Domain struct {
	Name     string // empty: the null sender and senders without a domain
	Messages Figure
	Senders  int64
	Accounts int64
	TLS      authreport.TLSCounts
	Days     []int64 // messages of each day of the range, ascending
}

// Sender is the figures of one sender address over the range.
type Sender struct {
	Address     string // authreport.NullSender for the null sender
	Domain      string
	Messages    Figure
	Recipients  int64
	TLS         authreport.TLSCounts
	Accounts    int64          // different accounts behind it
	Addresses   int64          // different client addresses
	First, Last authreport.Day // first and last day with a message among the days that the report read
	Own         bool           // authreport's own mail; never said in a report with pseudonyms, here and below
}

// Account is the figures of one account over the range.
type Account struct {
	Name        string // empty: the server did not say
	Messages    Figure
	Recipients  int64
	TLS         authreport.TLSCounts
	Basic       int64 // messages after PLAIN or LOGIN
	OAuth       int64 // messages after XOAUTH2 or OAUTHBEARER
	Senders     int64 // different sender addresses
	Addresses   int64 // different client addresses
	Failures    int64 // failed attempts that named it
	First, Last authreport.Day
	Own         bool
}

// Client is one SMTP AUTH client with its figures over the range.
type Client struct {
	authreport.Client
	Messages    int64
	Recipients  int64
	First, Last authreport.Day
	Own         bool
}

// SenderHistory is one sender's days, for a page whose reader chooses the range.
type SenderHistory struct {
	Address, Domain string
	Own             bool
	Cells           []Cell           // ascending by day, then in the order of the TLS type
	Clients         []Client         // the busiest over the history, most messages first, ClientsPerSender at most
	ClientCount     int              // how many clients there are
	Accounts        []AccountHistory // that used it in the history, by name; at least one
}

// AccountHistory is the days of one account with one sender.
type AccountHistory struct {
	Name  string
	Own   bool
	Cells []Cell // nil for the only account of a sender: all of the sender's are its own
}

// Cell is the messages of one sender, day and TLS version.
type Cell struct {
	Day      authreport.Day
	TLS      authreport.TLS
	Messages int64
}

// ClientsPerSender is how many clients a SenderHistory lists.
const ClientsPerSender = 10

// Quality is what the figures rest on.
type Quality struct {
	Sources          []SourceQuality        // configured ones first, in their order; then others with lines, by name; none in a report of some domains
	UnknownTLS       int64                  // messages of the range whose TLS version the log could not tell
	Gaps             []GapFigure            // what the logs could not tell, in the order of authreport.Gaps; none in a report of some domains: they are not told by domain
	DaysWithoutLines []authreport.Day       // days of the range of which no line was read, ascending
	FailedRuns       []authreport.FailedRun // readings first, by source, then reports, the latest first; at most MaxFailedRuns
	FailedReadings   int64                  // how many there are of logs, each a file or a journal; any makes Partial; 0 in a report of some domains
	FailedReports    int64                  // how many there are of reports; in a report of some domains only those of its own series
	Partial          bool                   // the range is not wholly covered: days without lines, a source without any or not wholly read, or the last day had not ended when the report was made
}

// MaxFailedRuns is how many failed runs a report lists.
const MaxFailedRuns = 100

// GapFigure is something that the logs of the range could not tell.
type GapFigure struct {
	authreport.GapAdvice
	Count   int64    // submissions or failed attempts, at least 1
	Sources []string // whose logs, by name
}

// SourceQuality is what was read of one source over the range.
type SourceQuality struct {
	authreport.Lines     // summed over the days; Day has no meaning; no Example in a report with pseudonyms: a line may have real names
	Days             int // days with lines
}

// HistoryRange is the days that the page carries: Request.History days that end with the range, or the range if that is longer.
func (r *Report) HistoryRange() authreport.Range {
	days := max(r.Request.History, r.Request.Range.Days())
	return authreport.Range{First: r.Request.Range.Last - authreport.Day(days) + 1, Last: r.Request.Range.Last}
}

// HistoryCount is how many senders Histories gives.
func (r *Report) HistoryCount() (count int) {
	for g := range uint32(r.data.senders.count()) {
		if r.data.messages(r.data.senders.of(g), r.data.history) > 0 {
			count++
		}
	}
	return count
}
