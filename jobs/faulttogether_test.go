package jobs

import (
	"testing"
	"time"

	"authreport/deliver"
	"authreport/smtptest"
)

// togetherRows gives the rows of reports that go to all by one message: the first is its recipient, the second has it as cc, the others as bcc.
func togetherRows() (rows []faultRow) {
	steps := []smtptest.Step{smtptest.Rcpt, smtptest.Data, smtptest.End}
	for _, at := range steps {
		for _, b := range behaviours {
			if b.slow {
				continue
			}
			want := wantTwice(at, b)
			if b.kind == refuses && at != smtptest.Rcpt { // two messages, to four each
				want = "8 refused, reply kept" + others
			}
			rows = append(rows, b.row(at, "twice", want, smtptest.Fault{Times: 2}))
			if b.kind == harmless {
				continue
			}
			rows = append(rows, b.row(at, "always", wantAlways(at, b), smtptest.Fault{}))
			if at == smtptest.Rcpt {
				row := b.row(at, "for one of four", wantOne(at, b), smtptest.Fault{To: "b@example.org"})
				if b.kind == breaks || b.kind == bye {
					row.want = "3 given up, reason kept; the others delivered after retry"
				}
				rows = append(rows, row)
			}
		}
	}
	rows = append(rows,
		always("takes two recipients a message, then says 452", atOnce).prepared(
			func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Recipients = 2 }),
		always("takes one recipient a message, then says 452, and knows one of four not", "3 refused, reply kept"+others,
			&smtptest.Fault{At: smtptest.Rcpt, To: "b@example.org", Do: smtptest.Say("550 5.1.1 User unknown")}).prepared(
			func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Recipients = 1 }),
	)
	small := always("SIZE 40000", atOnce).prepared(func(_ *testing.T, _ *faultSetup, s *smtptest.Server, _ *deliver.SMTPOptions) { s.Size = 40_000 })
	small.report = full
	late := func(r faultRow) faultRow {
		r.within = 6 * time.Minute
		return r
	}
	unknown := func(r faultRow) faultRow {
		r.to = ten(2)
		return r
	}
	rows = append(rows, small,
		postfixRow("as it comes", atOnce),
		postfixRow("four recipients a message (smtpd_recipient_limit)", atOnce, "smtpd_recipient_limit = 4"),
		late(postfixRow("greylisting for five minutes, by a policy server", retried, "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:GREYLIST")),
		unknown(postfixRow("two unknown recipients, and an end after two errors", "6 refused, reply kept; the others delivered after retry",
			"smtpd_hard_error_limit = 2", "smtpd_error_sleep_time = 0")),
		eximRow("as it comes", atOnce, "", ""),
		eximRow("four recipients a message (recipients_max)", atOnce, "recipients_max = 4", ""),
		late(eximRow("greylisting for five minutes, by its ACL", retried, "", eximGreylist)),
		unknown(eximRow("two unknown recipients", "6 refused, reply kept"+others, "", "")),
		eximRow("refuses one of ten and hangs up (drop)", "3 refused, reply kept; the others delivered after retry", "", "  drop message = 5.7.1 Not here\n       local_parts = r3\n"),
	)
	rows = append(rows, chaos()[:2]...)
	for i := range rows {
		rows[i].together = true
		rows[i].fault = "one message: " + rows[i].fault
	}
	return rows
}
