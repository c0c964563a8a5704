package report

import "authreport"

// Standing is what a report has that its reader may have to act on, and what is not known.
type Standing struct {
	Incomplete      bool // the data is partial, or runs failed: nothing can be ruled out
	Submitted       bool // anybody but authreport itself submitted in the range
	SubmittedBefore bool // the same of the period before
	Unusual         bool // there is an alarm or a notice
	Unjudged        bool // days of the range are not judged: the logs do not reach back far enough
	Legacy          bool // messages over legacy TLS
	UnknownTLS      bool // messages whose TLS version the log cannot tell: legacy TLS cannot be ruled out
	NoTLS           bool // messages without TLS
}

// Standing says how the report stands. authreport's own mail is no submission here: each report that is mailed would be the next one's only figure.
func (r *Report) Standing() Standing {
	return Standing{
		Incomplete:      r.Quality.Partial || r.Quality.FailedReports > 0,
		Submitted:       r.data.others(r.data.main),
		SubmittedBefore: r.data.others(r.data.before),
		Unusual:         r.UnusualCounts.Alarms+r.UnusualCounts.Notices > 0,
		Unjudged:        r.UnusualCounts.Judged < r.Request.Range.Days(),
		Legacy:          r.Summary.Legacy.Value > 0,
		UnknownTLS:      r.Summary.TLS[authreport.TLSUnknown] > 0,
		NoTLS:           r.Summary.NoTLS.Value > 0,
	}
}

// Quiet says that there is nothing to act on and that this is known: the data is whole, and nobody submitted, or nothing is unusual and all mail went over
// TLS1.2 or newer.
func (s Standing) Quiet() bool {
	known := !s.Incomplete && !s.Unusual
	return known && (!s.Submitted || !s.Unjudged && !s.Legacy && !s.UnknownTLS && !s.NoTLS)
}

// others says whether a client that is not authreport itself has messages in a period.
func (d *data) others(period int) bool {
	for _, n := range d.shown {
		c := &d.clients[n]
		if d.in(n, period).messages > 0 && !d.own[d.texts.at(c.account)] && !d.own[d.texts.at(c.sender)] {
			return true
		}
	}
	return false
}
