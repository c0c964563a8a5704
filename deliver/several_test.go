package deliver

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport/smtptest"
)

// several is one message to some addresses: the first in To, the second in Cc, and the others hidden.
func several(to ...string) []Message {
	var messages []Message
	heads := &Heads{To: to[:1], Cc: to[1:2]}
	for _, one := range to {
		m := testMessage(one)
		m.ID, m.Heads = "<one@example.org>", heads
		messages = append(messages, m)
	}
	return messages
}

// severalServer is a server that misbehaves as it is told, and the channel to it.
func severalServer(t *testing.T, s *smtptest.Server) *SMTP {
	t.Helper()
	a := smtptest.NewAuthority(t)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{a.Make(t, smtptest.Template())}}
	s.Start(t)
	channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: s.Port, CAFile: a.File, HELO: "reports.example.org", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// TestSeveralRecipients holds that one message to several recipients is sent once, that each has a result of its own, and that whatever a server does, those whose
// result is good have the message once, and nobody else has it.
func TestSeveralRecipients(t *testing.T) {
	refuse := func(to, reply string) *smtptest.Fault {
		return &smtptest.Fault{At: smtptest.Rcpt, To: to + "@example.org", Do: smtptest.Say(reply)}
	}
	for name, test := range map[string]struct {
		server *smtptest.Server // nil: one that works
		alone  bool             // a message of its own goes before
		codes  string           // of the results
		kinds  []error          // of the results; nil: taken
		sent   []string         // who has it, a message each
	}{
		"all are taken":       {codes: "250 250 250 250", sent: []string{"a b c d"}},
		"one is unknown":      {server: &smtptest.Server{Faults: []*smtptest.Fault{refuse("b", "550 5.1.1 Unknown")}}, codes: "250 550 250 250", kinds: []error{nil, ErrPermanent, nil, nil}, sent: []string{"a c d"}},
		"one is greylisted":   {server: &smtptest.Server{Faults: []*smtptest.Fault{refuse("a", "451 4.7.1 Greylisted")}}, codes: "451 250 250 250", kinds: []error{ErrTemporary, nil, nil, nil}, sent: []string{"b c d"}},
		"all are unknown":     {server: &smtptest.Server{Faults: []*smtptest.Fault{{At: smtptest.Rcpt, Do: smtptest.Say("550 5.1.1 Unknown")}}}, codes: "550 550 550 550", kinds: []error{ErrPermanent, ErrPermanent, ErrPermanent, ErrPermanent}},
		"three at most":       {server: &smtptest.Server{Recipients: 3}, codes: "250 250 250 250", sent: []string{"a b c", "d"}},
		"one at most":         {server: &smtptest.Server{Recipients: 1}, codes: "250 250 250 250", sent: []string{"a", "b", "c", "d"}},
		"two, one is unknown": {server: &smtptest.Server{Recipients: 2, Faults: []*smtptest.Fault{refuse("b", "550 5.1.1 Unknown")}}, codes: "250 550 250 250", kinds: []error{nil, ErrPermanent, nil, nil}, sent: []string{"a c", "d"}},
		"no content is taken": {server: &smtptest.Server{Faults: []*smtptest.Fault{{At: smtptest.End, Do: smtptest.Say("554 5.7.1 Spam")}}}, codes: "554 554 554 554", kinds: []error{ErrPermanent, ErrPermanent, ErrPermanent, ErrPermanent}},
		"no room":             {server: &smtptest.Server{Recipients: 2, Faults: []*smtptest.Fault{{At: smtptest.End, Do: smtptest.Say("452 4.3.1 No room")}}}, codes: "452 452 452 452", kinds: []error{ErrServer, ErrServer, ErrServer, ErrServer}},
		"421 in the middle":   {server: &smtptest.Server{Faults: []*smtptest.Fault{refuse("b", "550 5.1.1 Unknown"), {At: smtptest.Rcpt, To: "c@example.org", Do: smtptest.SayAndHangUp("421 4.3.2 Later")}}}, codes: "421 550 421 421", kinds: []error{ErrTemporary, ErrPermanent, ErrTemporary, ErrTemporary}},
		"a used connection hangs up in the middle": {server: &smtptest.Server{Faults: []*smtptest.Fault{refuse("b", "550 5.1.1 Unknown"), {At: smtptest.Rcpt, To: "c@example.org", Times: 1, Do: smtptest.HangUp}}},
			alone: true, codes: "250 550 250 250", kinds: []error{nil, ErrPermanent, nil, nil}, sent: []string{"a c d"}},
		"a used connection has its share": {server: &smtptest.Server{Faults: []*smtptest.Fault{{At: smtptest.Mail, After: 1, Times: 1, Do: smtptest.Say("452 4.5.3 Enough")}}}, alone: true, codes: "250 250 250 250", sent: []string{"a b c d"}},
		"no reply":                        {server: &smtptest.Server{Faults: []*smtptest.Fault{refuse("d", "550 5.1.1 Unknown"), {At: smtptest.End, Keep: true, Do: smtptest.HangUp}}}, codes: "0 0 0 550", kinds: []error{ErrUnanswered, ErrUnanswered, ErrUnanswered, ErrPermanent}, sent: []string{"a b c"}},
		"too large":                       {server: &smtptest.Server{Size: 1000}, codes: "0 0 0 0", kinds: []error{ErrTooLarge, ErrTooLarge, ErrTooLarge, ErrTooLarge}},
	} {
		t.Run(name, func(t *testing.T) {
			server := cmp.Or(test.server, &smtptest.Server{})
			channel := severalServer(t, server)
			var messages []Message
			if test.alone {
				messages = append(messages, testMessage("alone@example.org"))
			}
			results, _ := deliverAll(t, channel, append(messages, several("a@example.org", "b@example.org", "c@example.org", "d@example.org")...)) // the results tell
			results = results[len(messages):]
			var codes []string
			for i, r := range results {
				codes = append(codes, fmt.Sprint(r.Code))
				if test.kinds == nil && r.Err != nil || test.kinds != nil && !errors.Is(r.Err, test.kinds[i]) {
					t.Errorf("result %d is %v", i, r.Err)
				}
				if want := string("abcd"[i]) + "@example.org"; r.Recipient != want {
					t.Errorf("result %d is of %s, want %s", i, r.Recipient, want)
				}
			}
			if got := strings.Join(codes, " "); got != test.codes {
				t.Errorf("codes %s, want %s", got, test.codes)
			}
			if got := groups(t, server.Messages()[min(len(messages), len(server.Messages())):]); !slices.Equal(got, test.sent) {
				t.Errorf("the server has %q, want %q", got, test.sent)
			}
		})
	}
}

// groups gives who has each message that a server kept, and holds that all see the same header, which names nobody who is hidden.
func groups(t *testing.T, messages []smtptest.Message) (sent []string) {
	t.Helper()
	var last *byte // of a message that was sent once all have the same bytes
	for _, m := range messages {
		name, _, _ := strings.Cut(m.To, "@")
		if &m.Data[0] == last {
			sent[len(sent)-1] += " " + name
			continue
		}
		sent, last = append(sent, name), &m.Data[0]
		read, err := mail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		if to, cc := read.Header["To"], read.Header["Cc"]; len(to) != 1 || to[0] != "<a@example.org>" || len(cc) != 1 || cc[0] != "<b@example.org>" || read.Header.Get("Message-Id") != "<one@example.org>" {
			t.Errorf("header %v", read.Header)
		}
		for _, hidden := range []string{"c@", "d@"} {
			if bytes.Contains(m.Data, []byte(hidden)) {
				t.Errorf("%s is not hidden", hidden)
			}
		}
	}
	return sent
}

// TestSeveralWithoutSMTPUTF8 holds that a recipient beyond ASCII costs the others nothing where the server does not take such addresses.
func TestSeveralWithoutSMTPUTF8(t *testing.T) {
	messages := several("a@example.org", "b@example.org", "zoë@example.org", "no address")
	results, err := deliverAll(t, severalServer(t, &smtptest.Server{}), messages)
	if err != nil || results[0].Err != nil || results[1].Err != nil || !errors.Is(results[2].Err, ErrPermanent) || !errors.Is(results[3].Err, ErrPermanent) {
		t.Errorf("%v, %v", results, err)
	}
}

// TestOutboxOfSeveral holds that one message to several is one file, also when it is delivered again to some of them.
func TestOutboxOfSeveral(t *testing.T) {
	dir := t.TempDir()
	messages := several("a@example.org", "b@example.org", "c@example.org")
	for _, some := range [][]Message{messages, messages[1:]} {
		results, err := deliverAll(t, NewOutbox(dir), some)
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], "-a_example.org.eml") || results[0].Reply != files[0] || results[len(some)-1].Reply != files[0] {
			t.Fatalf("files %v, results %v, %v", files, results, err)
		}
		data, err := os.ReadFile(files[0])
		if err != nil || bytes.Contains(data, []byte("c@example.org")) || !bytes.Contains(data, []byte("\r\nCc: <b@example.org>\r\n")) {
			t.Errorf("%v\n%.600s", err, data)
		}
	}
}
