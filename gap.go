package authreport

import "slices"

// Gap is something that a log could not tell of a submission or a failed attempt, for a reason that the administrator can do something about.
// Its value is stored, and serves as a key in documents: it never changes its meaning.
type Gap string

// GapAdvice is what a gap means, in words.
type GapAdvice struct {
	Gap     Gap
	Format  string // as in config.yaml; empty: any
	Missing string // what is not known, as the end of "of 12 submissions "; "the TLS version is not known"
	Remedy  string // which setting of the server would tell it; a sentence
}

// gaps is every gap, in the order of the documentation. A new one needs a line here.
var gaps = []GapAdvice{
	{GapPostfixTLS, "postfix", "the TLS version is not known", "Set smtpd_tls_loglevel = 1 in main.cf (postconf -e smtpd_tls_loglevel=1; postfix reload)."},
	{GapBeforeLog, "", "the TLS version is not known: their sessions began before the log does", "Nothing: it passes with the first day. Older, rotated files would tell, if they are still there."},
}

// The gaps that formats share, and those of Postfix.
const (
	GapPostfixTLS Gap = "postfix-tls-loglevel" // no TLS lines: smtpd_tls_loglevel is 0
	GapBeforeLog  Gap = "session-before-log"   // the session's first lines are in no file that was read
)

// Advice gives what is said of g; for a gap that this version does not know, its name.
func (g Gap) Advice() GapAdvice {
	if i := slices.IndexFunc(gaps, func(a GapAdvice) bool { return a.Gap == g }); i >= 0 {
		return gaps[i]
	}
	return GapAdvice{Gap: g, Missing: "something is not known (" + string(g) + ")", Remedy: "A newer version of authreport wrote this, and can say more."}
}

// Gaps gives the advice on every gap, in the order of the documentation.
func Gaps() []GapAdvice { return slices.Clone(gaps) }

// GapCount is how many submissions or failed attempts of one source and day have a gap.
type GapCount struct {
	Day    Day
	Source string
	Gap    Gap
	Count  int64 // at least 1; one submission may have several gaps
}
