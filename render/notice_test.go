package render

import (
	"strings"
	"testing"
	"time"

	"authreport"
)

func testNotice() Notice {
	day := authreport.NewDay(2026, time.November, 17)
	return Notice{
		Host: "mx1.example.org", Config: "/etc/authreport/config.yaml", Zone: time.UTC, Report: "weekly", Range: authreport.Range{First: day, Last: day + 6},
		Due: time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC), Since: time.Date(2026, 11, 24, 7, 1, 0, 0, time.UTC), Fault: "2 of 3 recipients do not have it", Recipients: 3,
		Missed: []Missed{
			{Recipient: "bob@example.org", Refused: true, Attempts: 1, Code: 550, Reply: "5.1.1 no such user"},
			{Recipient: "carol@example.org", Attempts: 14, Reply: "connect to SMTP server: connection refused", Unsure: true},
		},
	}
}

// TestNotice holds that a notice says what failed, since when, what the server said, what to do, and the command that sends the report again.
func TestNotice(t *testing.T) {
	subject, text, err := testNotice().Mail()
	if err != nil {
		t.Fatal(err)
	}
	if want := "authreport on mx1.example.org: the report weekly of 17 to 23 Nov 2026 did not reach 2 of 3 recipients"; subject != want {
		t.Errorf("subject is %q, want %q", subject, want)
	}
	want := `The report weekly of 17 to 23 Nov 2026 did not reach 2 of 3 recipients.

Since Tue 24 Nov 2026, 07:01 UTC.
It was due Tue 24 Nov 2026, 07:00 UTC.

Reason: 2 of 3 recipients do not have it.

bob@example.org
  refused by the mail server: 550 5.1.1 no such user
  Look whether the address is right, and correct it or take it out.

carol@example.org
  not delivered in 14 attempts, though it may have arrived, since the
  server never said: connect to SMTP server: connection refused
  The server could not be reached, or did not answer: look whether it
  runs, and at host, port and tls under mail.

What to do
----------
These commands show what is wrong now, and try the settings in
/etc/authreport/config.yaml:

authreport --config /etc/authreport/config.yaml status
authreport --config /etc/authreport/config.yaml check

authreport does not try this report again by itself. When it is mended,
this command sends it to those who have it not:

authreport --config /etc/authreport/config.yaml --request weekly --from 2026-11-17 --to 2026-11-23 --recipient bob@example.org --recipient carol@example.org

This is told once, to those under notify in /etc/authreport/config.yaml
on mx1.example.org, and in a file in the outbox.
`
	if text != want {
		t.Errorf("text is\n%s\nwant\n%s", text, want)
	}
}

// TestNoticeOfTrouble holds that every trouble has its words.
func TestNoticeOfTrouble(t *testing.T) {
	for _, trouble := range []Trouble{TroubleSource, TroubleReading, TroubleSchedules, TroubleRequests, TroublePruning, TroubleStore, TroubleConfiguration} {
		n := Notice{Host: "mx1", Config: "config.yaml", Zone: time.UTC, Since: time.Date(2026, 11, 24, 7, 1, 0, 0, time.UTC), Trouble: trouble, Fault: "no space left on device"}
		if trouble == TroubleSource {
			n.Source = "mail"
		}
		subject, text, err := n.Mail()
		if err != nil {
			t.Fatal(err)
		}
		words := trouble.Words()
		if words == "" || !strings.Contains(subject, words) || !strings.Contains(subject, n.Source) {
			t.Errorf("subject of %s is %q", trouble, subject)
		}
		for _, part := range []string{"Since Tue 24 Nov 2026, 07:01 UTC.", "Reason: no space left on device.", "config.yaml status\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("the text of %s lacks %q:\n%s", trouble, part, text)
			}
		}
		if strings.Contains(text, "--request") || strings.Contains(text, "It was due") {
			t.Errorf("the text of %s speaks of a report:\n%s", trouble, text)
		}
	}
}

// TestHostileNotice holds that nothing in a reply or a name ends a line, hides text or gets out of the command's quotes.
func TestHostileNotice(t *testing.T) {
	n := testNotice()
	n.Report, n.Config = "w\u202ee'; rm -rf ~ #", "/etc/it's here/config.yaml"
	n.Missed = []Missed{{Recipient: "\"a'b\"@example.org", Refused: true, Code: 550, Reply: "no\r\nBcc: x@example.org\x1b[2J"}}
	subject, text, err := n.Mail()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\u202e", "\r", "\nBcc", "\x1b", "it's here/config.yaml status"} {
		if strings.Contains(subject, bad) || strings.Contains(text, bad) {
			t.Errorf("%q stands in it:\n%s\n%s", bad, subject, text)
		}
	}
	if want := `--recipient '"a'\''b"@example.org'`; !strings.Contains(text, want) {
		t.Errorf("%q is missing in:\n%s", want, text)
	}
}

// TestAdvice holds that what to do about a recipient goes by what the server said.
func TestAdvice(t *testing.T) {
	for want, m := range map[string]Missed{
		"login":           {Attempts: 9, Code: 535, Reply: "5.7.8 authentication failed"},
		"too large":       {Refused: true, TooLarge: true, Code: 552, Reply: "5.3.4 message too big"},
		"mailbox is full": {Refused: true, Code: 552 - 2, Reply: "5.2.2 over quota"},
		"let authreport":  {Refused: true, Code: 554, Reply: "5.7.1 relay access denied"},
		"address is":      {Refused: true, Code: 550, Reply: "no such user"},
		"put it off":      {Attempts: 9, Code: 451, Reply: "4.7.1 try later"},
		"reached":         {Attempts: 9, Reply: "connection refused"},
		"composed":        {Refused: true, Reply: "address"},
	} {
		if got := english.remedy(m); !strings.Contains(got, want) {
			t.Errorf("advice for %+v is %q, want %q in it", m, got, want)
		}
	}
	if got := english.remedy(Missed{}); got != "" {
		t.Errorf("for one that was never tried it is %q", got)
	}
}
