package deliver

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"authreport/smtptest"
)

// A real Postfix must take a full-size report over STARTTLS and deliver every byte of it to a mailbox, refuse whom it does not know, and its limit of
// size must be respected.
func TestPostfix(t *testing.T) {
	a := smtptest.NewAuthority(t)
	port, mailbox := smtptest.StartPostfix(t, a)
	key, record := dkimKey(t, "rsa")
	channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: port, CAFile: a.File, HELO: "reports.example.org", EnvelopeFrom: "bounces@example.org",
		DKIM: DKIM{"example.org", "authreport", key}})
	if err != nil {
		t.Fatal(err)
	}
	server, err := channel.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if server.Greeting != "mx1.example.org" || server.TLS != "TLS1.3" || server.Size != 10_240_000 {
		t.Errorf("server %+v", server)
	}
	full, small, unknown, huge := testMessage("alice@example.org"), testMessage("bob@example.org"), testMessage("nobody@example.org"), testMessage("alice@example.org")
	full.Attachments = []File{{Name: "report.zip", ContentType: "application/zip", Data: repeated(7_000_000)}, full.Attachments[1]} // 9.6 MB as base64
	huge.Attachments = []File{{Name: "report.zip", ContentType: "application/zip", Data: repeated(8_000_000)}}
	huge.ID = "<huge@example.org>"
	results, err := deliverAll(t, channel, []Message{full, unknown, huge, small})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 3} {
		if r := results[i]; r.Err != nil || r.Code != 250 || !strings.Contains(r.Reply, "queued as") {
			t.Errorf("result %+v, want it queued", r)
		}
	}
	if r := results[1]; !errors.Is(r.Err, ErrPermanent) || r.Code != 550 || !strings.Contains(r.Reply, "User unknown") {
		t.Errorf("result %+v, want an unknown user", r)
	}
	if r := results[2]; !errors.Is(r.Err, ErrTooLarge) || !strings.Contains(r.Err.Error(), strconv.Itoa(10_240_000)) {
		t.Errorf("result %v, want a message too large", r.Err)
	}
	sent := map[string]Message{full.ID: full, small.ID: small}
	signed, records := map[string][]byte{}, map[string]string{}
	for _, data := range smtptest.Arrived(t, mailbox, 2) {
		header, leaves := parse(t, data)
		m, ok := sent[header.Get("Message-Id")]
		if !ok {
			t.Fatalf("message %s arrived", header.Get("Message-Id"))
		}
		signed[m.To], records[m.To] = data, record
		want := []string{m.Text, m.HTML, string(m.Inline[0].Data), string(m.Attachments[0].Data), string(m.Attachments[1].Data)}
		for i, l := range leaves {
			if l.Body != want[i] { // a mailbox has \n for line ends, so text has too
				t.Errorf("part %d for %s, %d bytes, is not the %d bytes that were sent", i, m.To, len(l.Body), len(want[i]))
			}
		}
		if got, want := header.Get("Return-Path"), "<bounces@example.org>"; got != want {
			t.Errorf("Return-Path %s, want %s", got, want)
		}
		if received := header.Get("Received"); !strings.Contains(received, "ESMTPS") || !strings.Contains(received, "TLSv1.3") {
			t.Errorf("Received: %s, want ESMTPS with TLSv1.3", received)
		}
	}
	t.Run("DKIM", func(t *testing.T) {
		for to, good := range dkimpy(t, signed, records) {
			if !good {
				t.Errorf("the signature of the message to %s is not good any more", to)
			}
		}
	})
}

// repeated gives n bytes that do not repeat within a base64 line.
func repeated(n int) []byte {
	var b []byte
	for len(b) < n {
		b = append(b, attachment...)
		b = strconv.AppendInt(b, int64(len(b)), 10)
	}
	return b[:n]
}
