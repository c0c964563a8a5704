package render

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// calm is 60 days of one account that does the same each day, over TLS1.3.
func calm(account string) *report.Memory {
	var m report.Memory
	for day := companyLast - 59; day <= companyLast; day++ {
		m.Read = append(m.Read, authreport.Lines{Source: "mx1", Day: day, Read: 1001, First: day.UTC(), Last: day.UTC().Add(23 * time.Hour)})
		c := authreport.Client{Server: "mx1", Account: account, Sender: account, Domain: "example.org", Mechanism: "PLAIN", TLS: authreport.TLS13, IP: netip.AddrFrom4([4]byte{192, 0, 2, 1})}
		m.Submissions = append(m.Submissions, authreport.Count{Day: day, Client: c, Messages: 12, Recipients: 17, Hours: 1 << 9})
	}
	return &m
}

// TestQuietMail holds that a quiet week's mail is short, has the headline figures and the attachments, and says that all is well, or that there was no mail.
func TestQuietMail(t *testing.T) {
	for name, test := range map[string]struct {
		source *report.Memory
		want   []string
	}{
		"calm": {calm("alice@example.org"), []string{"All is well", "Nothing is unusual", "no message went over legacy TLS or without TLS", "84", "7,007 lines of 1 source", "The logs of all days were read"}},
		"own":  {calm("reports@example.org"), []string{"All is well", "Nobody but authreport itself submitted mail in these days, nor in the days before"}},
		"none": {office(0), []string{"All is well", "Nobody submitted mail in these days, nor in the days before", "21 not understood"}},
		"new": {func() *report.Memory {
			m := calm("alice@example.org")
			m.Submissions, m.Read = nil, m.Read[len(m.Read)-8:]
			return m
		}(), []string{"All is well", "Nobody submitted mail in these days. The logs"}},
		"silent": {func() *report.Memory {
			m := calm("alice@example.org")
			m.Submissions = m.Submissions[:50]
			return m
		}(), []string{"No mail", "Nobody submitted mail in these days, and somebody did in the days before", "authreport check"}},
	} {
		t.Run(name, func(t *testing.T) {
			source, seen, plain := bodies(t, mailed(t, test.source, 7, nil), MailFacts{AttachedPage: "page.zip", AttachedWorkbook: "workbook.xlsx", Notes: []string{"It comes late."}})
			for what, text := range map[string]string{"HTML": seen, "text": strings.Join(strings.Fields(plain), " ")} {
				for _, want := range append(test.want, "page.zip", "workbook.xlsx", "It comes late.", "17 to 23 Nov 2026", "The next report comes on Mon 30 Nov 2026", "Legacy TLS", "Sender addresses") {
					if !strings.Contains(text, want) {
						t.Errorf("%q is not in the %s:\n%s", want, what, text)
					}
				}
				for _, table := range []string{"Busiest senders", "What breaks", "More figures", "cid:"} {
					if strings.Contains(text, table) {
						t.Errorf("%q is in the %s", table, what)
					}
				}
			}
			if got, want := figuresOf(seen), figuresOf(plain); !slices.Equal(got, want) {
				t.Errorf("figures in HTML are %v, in text %v", got, want)
			}
			if len(source) > 14<<10 || strings.Count(plain, "\n") > 40 {
				t.Errorf("HTML of %d bytes, text of %d lines", len(source), strings.Count(plain, "\n"))
			}
			well := test.want[0] == "All is well"
			if preheader, _, _ := strings.Cut(source[strings.Index(source, "mso-hide:all"):], "&#847;"); !strings.Contains(preheader, test.want[0]+". 17 to 23") {
				t.Errorf("the preheader is %s", preheader)
			}
			if got := strings.Contains(source, `class="well"`); got != well || strings.Contains(source, `class="warn"`) == well {
				t.Errorf("it is shown as well: %v", got)
			}
		})
	}
	if _, seen, plain := bodies(t, mailed(t, office(3), 7, nil), testFacts); strings.Contains(seen+plain, "All is well") {
		t.Error("all is well with legacy TLS")
	}
}
