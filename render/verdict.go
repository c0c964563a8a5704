package render

import "authreport/report"

// mailVerdict is what a quiet report's mail says in place of its tables.
type mailVerdict struct {
	Title, Text string
	Well        bool // there is nothing to look after
}

const logsRead = " The logs of all days were read."

// verdict gives the verdict on a quiet report; nil if the report is not quiet.
func verdict(r *report.Report) *mailVerdict {
	s := r.Standing()
	nobody := "Nobody submitted mail"
	if r.Summary.Messages.Value > 0 {
		nobody = "Nobody but authreport itself submitted mail"
	}
	switch {
	case !s.Quiet():
		return nil
	case s.Submitted:
		return &mailVerdict{"All is well", "Nothing is unusual, and no message went over legacy TLS or without TLS." + logsRead, true}
	case s.SubmittedBefore:
		return &mailVerdict{"No mail", nobody + " in these days, and somebody did in the days before." + logsRead +
			" If you did not expect this, look at the mail server, and at what authreport reads of it (authreport check).", false}
	case r.Summary.BeforeComplete:
		return &mailVerdict{"All is well", nobody + " in these days, nor in the days before." + logsRead, true}
	}
	return &mailVerdict{"All is well", nobody + " in these days." + logsRead, true}
}
