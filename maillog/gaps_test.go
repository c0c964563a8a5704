package maillog

import (
	"strings"
	"testing"

	"authreport"
)

// TestUnknownHasAReason holds, for every log, that each message of unknown TLS version has one gap that says why, and each without account likewise.
func TestUnknownHasAReason(t *testing.T) {
	for _, c := range logCases(t) {
		t.Run(c.name, func(t *testing.T) {
			tally := c.read(t)
			checkGaps(t, tally)
			for gap := range tally.Gaps() {
				if advice := gap.Gap.Advice(); advice.Remedy == "" || advice.Format != "" && advice.Format != c.format {
					t.Errorf("advice on %s is %+v", gap.Gap, advice)
				}
			}
		})
	}
}

// checkGaps holds the messages of unknown TLS version, and those without account, against the gaps that say why.
func checkGaps(t *testing.T, tally *authreport.Tally) {
	t.Helper()
	var tls, account, tlsGaps, accountGaps int64
	for count := range tally.Counts() {
		if count.Client.TLS == authreport.TLSUnknown {
			tls += count.Messages
		}
		if count.Client.Account == "" {
			account += count.Messages
		}
	}
	for gap := range tally.Gaps() {
		missing := gap.Gap.Advice().Missing
		if strings.Contains(missing, "TLS version") {
			tlsGaps += gap.Count
		}
		if strings.Contains(missing, "account is") || strings.Contains(missing, "the account nor") {
			accountGaps += gap.Count
		}
	}
	if tls != tlsGaps {
		t.Errorf("%d messages of unknown TLS version, and gaps for %d", tls, tlsGaps)
	}
	if account != accountGaps {
		t.Errorf("%d messages without account, and gaps for %d", account, accountGaps)
	}
}
