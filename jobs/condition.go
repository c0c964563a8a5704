package jobs

import (
	"slices"

	"authreport/config"
	"authreport/report"
	"authreport/store"
)

// Withheld says why a report is not to be mailed under a condition, one of config.Conditions; empty if it is. While it cannot be known whether there is what the
// condition asks for, it is mailed: partial data, days that are not judged yet, unknown TLS versions.
func Withheld(condition string, s report.Standing) (why string) {
	switch {
	case s.Incomplete:
	case condition == config.SendIfData && !s.Submitted:
		return "nobody submitted mail"
	case condition == config.SendIfUnusual && !s.Unusual && !(s.Submitted && s.Unjudged):
		return "nothing unusual"
	case condition == config.SendIfLegacyTLS && !s.Legacy && !s.UnknownTLS:
		return "no legacy TLS"
	}
	return ""
}

// condition is when a request's report is mailed: what it asks for, or what its report says if a schedule asked.
func (j *job) condition(settings config.Report) string {
	switch {
	case j.request.Send != "":
		return j.request.Send
	case j.request.AskedBy == store.AskedBySchedule:
		return settings.Send
	}
	return config.SendAlways
}

// begun says whether anybody has, or may have, one of some deliveries already, or was refused it: then all are to have theirs.
func begun(deliveries []store.Delivery) bool {
	return slices.ContainsFunc(deliveries, func(d store.Delivery) bool {
		return d.State != store.Waiting && d.State != store.Withheld || d.Code != 0 || d.Attempts > 0
	})
}
