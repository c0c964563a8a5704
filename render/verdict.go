package render

import "authreport/report"

// mailVerdict is what a quiet report's mail says in place of its tables.
type mailVerdict struct {
	Title, Text string
	Well        bool // there is nothing to look after
}

// verdict gives the verdict on a quiet report; nil if the report is not quiet.
func (l *language) verdict(r *report.Report) *mailVerdict {
	s := r.Standing()
	nobody := l.text("verdict.nobody")
	if r.Summary.Messages.Value > 0 {
		nobody = l.text("verdict.nobody_else")
	}
	well := func(key string) *mailVerdict {
		return &mailVerdict{l.text("verdict.well"), l.text("verdict."+key, "nobody", nobody) + " " + l.text("verdict.logs_read"), true}
	}
	switch {
	case !s.Quiet():
		return nil
	case s.Submitted:
		return well("nothing_unusual")
	case s.SubmittedBefore:
		return &mailVerdict{l.text("verdict.no_mail"), joined(" ", l.text("verdict.not_now", "nobody", nobody), l.text("verdict.logs_read"), l.text("verdict.look")), false}
	case r.Summary.BeforeComplete:
		return well("never")
	}
	return well("not_in_range")
}
