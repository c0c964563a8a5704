package jobs

import (
	"bytes"
	"cmp"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/deliver"
	"authreport/smtptest"
	"authreport/store"
)

// real is a row of a real server, to ten recipients; start gets the port of a greylist.
func real(fault, want string, start func(t *testing.T, a *smtptest.Authority, greylist string) (port int, mailbox string)) faultRow {
	return faultRow{fault: fault, often: "always", want: want, to: ten(0),
		prepare: func(_ *testing.T, _ *faultSetup, _ *smtptest.Server, o *deliver.SMTPOptions) { o.Username = "" },
		serve: func(t *testing.T, a *smtptest.Authority, now func() time.Time) (int, string) {
			return start(t, a, fmt.Sprint(smtptest.NewGreylist(5*time.Minute, now).Serve(t)))
		}}
}

func postfixRow(fault, want string, settings ...string) faultRow {
	return real("Postfix: "+fault, want, func(t *testing.T, a *smtptest.Authority, greylist string) (int, string) {
		lines := slices.Clone(settings)
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], "GREYLIST", greylist)
		}
		return smtptest.StartPostfix(t, a, lines...)
	})
}

func eximRow(fault, want, settings, conditions string) faultRow {
	return real("Exim: "+fault, want, func(t *testing.T, a *smtptest.Authority, greylist string) (int, string) {
		return smtptest.StartExim(t, a, settings, strings.ReplaceAll(conditions, "GREYLIST", greylist))
	})
}

// ten is ten recipients, the first of whom the servers do not know.
func ten(unknown int) (list []string) {
	for i := range 10 {
		name := fmt.Sprintf("r%d@example.org", i+1)
		if i < unknown {
			name = "nobody" + name
		}
		list = append(list, name)
	}
	return list
}

// eximGreylist asks the greylist for the seconds that are left.
const eximGreylist = `  warn set acl_m_wait = ${readsocket{inet:127.0.0.1:GREYLIST}{$local_part@$domain\n}{5s}}
  defer message = 4.7.1 Greylisted, try again in $acl_m_wait seconds
        condition = ${if >{$acl_m_wait}{0}}
`

// realRows gives the rows of Postfix and Exim.
func realRows() []faultRow {
	with := func(r faultRow, change func(*faultRow)) faultRow {
		change(&r)
		return r
	}
	late := func(r *faultRow) { r.within = 6 * time.Minute }
	small := func(r *faultRow) { r.report = full }
	two := func(r *faultRow) { r.to = ten(2) }
	elsewhere := func(r *faultRow) {
		r.prepare = func(_ *testing.T, _ *faultSetup, _ *smtptest.Server, o *deliver.SMTPOptions) {
			o.Username, o.Host = "", "localhost"
		}
	}
	return []faultRow{
		postfixRow("as it comes", atOnce),
		with(postfixRow("greylisting for five minutes, by a policy server", retried,
			"smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:GREYLIST"), late),
		with(postfixRow("message_size_limit = 40000", atOnce, "message_size_limit = 40000"), small),
		with(postfixRow("two unknown recipients, and an end after two errors", "6 refused, reply kept"+others,
			"smtpd_hard_error_limit = 2", "smtpd_error_sleep_time = 0"), two),
		with(postfixRow("two unknown recipients, soft_bounce = yes", "6 given up, reason kept"+others, "soft_bounce = yes", "smtpd_error_sleep_time = 0"), two),
		postfixRow("no room (queue_minfree)", "30 given up, reason kept", "queue_minfree = 1000000000000000"),
		with(postfixRow("a certificate for another name", "30 given up, reason kept"), elsewhere),
		eximRow("as it comes", atOnce, "", ""),
		eximRow("three messages a connection (smtp_accept_max_per_connection)", atOnce, "smtp_accept_max_per_connection = 3", ""),
		with(eximRow("greylisting for five minutes, by its ACL", retried, "", eximGreylist), late),
		with(eximRow("message_size_limit = 40000", atOnce, "message_size_limit = 40000", ""), small),
		with(eximRow("two unknown recipients", "6 refused, reply kept"+others, "", ""), two),
		eximRow("refuses one of ten and hangs up (drop)", "3 refused, reply kept"+others, "", "  drop message = 5.7.1 Not here\n       local_parts = r3\n"),
		eximRow("puts one of ten off for ever (defer)", "3 given up, reason kept"+others, "", "  defer message = 4.2.1 Not now\n        local_parts = r3\n"),
		with(eximRow("a certificate for another name", "30 given up, reason kept", "", ""), elsewhere),
	}
}

// arrived counts what is in a mailbox, once all is there that should be.
func (s *sending) arrived(mailbox string) map[copyOf]int {
	s.t.Helper()
	delivered, named := 0, map[string]string{} // whom the message with that ID names
	for _, d := range s.all() {
		named[d.MessageID] = d.Recipient
		if r := s.request(d.RequestID); r.Together() {
			named[d.MessageID] = r.Recipients[0]
		}
		if d.State == store.Delivered {
			delivered++
		}
	}
	copies := map[copyOf]int{}
	for _, data := range smtptest.Arrived(s.t, mailbox, delivered) {
		m, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			s.t.Fatal(err)
		}
		to, id := cmp.Or(m.Header.Get("Delivered-To"), m.Header.Get("Envelope-To")), m.Header.Get("Message-Id")
		if got := m.Header.Get("To"); got != "<"+named[id]+">" {
			s.t.Errorf("the message to %s is addressed to %s, want %s", to, got, named[id])
		}
		copies[copyOf{to, id}]++
	}
	return copies
}
