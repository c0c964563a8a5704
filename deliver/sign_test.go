package deliver

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authreport/smtptest"
)

// verifyDKIM has dkimpy verify messages, each with the record that is given as the answer of the domain's name server.
const verifyDKIM = `
import os, sys, dkim
def answer(name, timeout=5):
    return record if name == b"authreport._domainkey.example.org." else None
for name in sorted(os.listdir(sys.argv[1])):
    if name.endswith(".eml"):
        record = open(os.path.join(sys.argv[1], name[:-4] + ".txt"), "rb").read()
        print(name[:-4], dkim.verify(open(os.path.join(sys.argv[1], name), "rb").read(), dnsfunc=answer))
`

// dkimpy gives for each of some messages whether its signature is good.
func dkimpy(t *testing.T, messages map[string][]byte, records map[string]string) map[string]bool {
	t.Helper()
	smtptest.Tool(t, "python3-dkim", "dkimverify")
	dir := t.TempDir()
	for name, data := range messages {
		if err := os.WriteFile(filepath.Join(dir, name+".eml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(records[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("/usr/bin/python3", "-c", verifyDKIM, dir).CombinedOutput() // Debian's own, which has the module
	if err != nil {
		t.Fatalf("dkimpy: %v\n%s", err, out)
	}
	good := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		name, result, _ := strings.Cut(strings.TrimSpace(line), " ")
		good[name] = result == "True"
	}
	if len(good) != len(messages) {
		t.Fatalf("dkimpy says of %d of %d messages:\n%s", len(good), len(messages), out)
	}
	return good
}

// DKIM signatures must be good to another library, with either kind of key and whatever the message holds; and no longer once anything that a reader sees
// has changed.
func TestDKIM(t *testing.T) {
	a := smtptest.NewAuthority(t)
	certFile, keyFile := issueMail(t, a, "rsa", "reports@example.org")
	messages, records := map[string][]byte{}, map[string]string{}
	want := map[string]bool{}
	for _, kind := range []string{"rsa", "ed25519"} {
		key, record := dkimKey(t, kind)
		add := func(name string, data []byte, good bool) {
			name = kind + "-" + name
			messages[name], records[name], want[name] = data, record, good
		}
		sign := DKIM{Domain: "example.org", Selector: "authreport", KeyFile: key}
		full, text, wide := testMessage("alice@example.org"), testMessage("bob@example.org"), testMessage(`"Zoë, the one  with spaces" <zoe@exämple.org>`)
		text.Series, text.ReplyTo, text.Unsubscribe, text.HTML, text.Inline, text.Attachments = "", "", "", "", nil, nil
		full.Heads = &Heads{To: []string{"alice@example.org", "dave@example.org"}, Cc: []string{"erin@example.net"}}
		wide.ID, wide.Subject = "<wide@example.org>", strings.Repeat("Überblick über 12.345 Nachrichten  ", 9)
		s := (&server{tls: NoTLS}).start(t)
		channel := s.channel(t, func(o *SMTPOptions) { o.DKIM = sign })
		if _, err := deliverAll(t, channel, []Message{full, text, wide}); err != nil {
			t.Fatal(err)
		}
		both := s.channel(t, func(o *SMTPOptions) { o.DKIM, o.SMIME = sign, KeyPair{certFile, keyFile} })
		if _, err := deliverAll(t, both, []Message{full, text}); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"full", "text", "wide", "smime", "smime-text"} {
			add(name, s.messages()[i].Data, true)
		}
		data := s.messages()[0].Data
		header, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
		whole := func(header, body []byte) []byte { return slices.Concat(header, []byte("\r\n\r\n"), body) }
		add("relayed", append([]byte("Received: from reports.example.org by mx1.example.org; Tue, 24 Nov 2026 07:00:01 +0100\r\n"), data...), true)
		add("wrapped", whole(bytes.Replace(header, []byte("SMTP AUTH clients, weekly"), []byte("SMTP AUTH\r\n\tclients,  weekly"), 1), body), true)
		add("body", whole(header, bytes.Replace(body, []byte("<p>"), []byte("<b>"), 1)), false)
		for _, name := range []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "List-Id", "List-Unsubscribe",
			"Auto-Submitted", "MIME-Version", "Content-Type"} {
			if !bytes.Contains(header, []byte("\r\n"+name+": ")) {
				t.Fatalf("no %s in the header:\n%s", name, header)
			}
			add("changed-"+name, whole(bytes.Replace(header, []byte("\r\n"+name+": "), []byte("\r\n"+name+": x"), 1), body), false)
		}
		for _, name := range []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"} {
			add("second-"+name, append([]byte(name+": mallory@example.net\r\n"), data...), false)
		}
	}
	for name, good := range dkimpy(t, messages, records) {
		if good != want[name] {
			t.Errorf("%s: good %v, want %v; message:\n%.1500s", name, good, want[name], messages[name])
		}
	}
}

// verifySMIME has OpenSSL verify a message against an authority, and gives the content that was signed.
func verifySMIME(t *testing.T, data []byte, a *smtptest.Authority) (content []byte, err error) {
	t.Helper()
	command := exec.Command(smtptest.Tool(t, "openssl", "openssl"), "smime", "-verify", "-CAfile", a.File)
	command.Stdin = bytes.NewReader(data)
	return command.Output()
}

// S/MIME signatures must be good to OpenSSL, with either kind of key, and what is signed must be the message as it is without; a change ends it.
func TestSMIME(t *testing.T) {
	for _, kind := range []string{"rsa", "ecdsa", "ecdsa with a CA between"} {
		t.Run(kind, func(t *testing.T) {
			a := smtptest.NewAuthority(t)
			certFile, keyFile := issueMail(t, a, kind, "reports@example.org")
			s := (&server{tls: NoTLS}).start(t)
			full, text := testMessage("alice@example.org"), testMessage("bob@example.org")
			text.HTML, text.Inline, text.Attachments = "", nil, nil
			second := full
			second.To, second.ID = "carol@example.org", "<second@example.org>"
			if _, err := deliverAll(t, s.channel(t, func(o *SMTPOptions) { o.SMIME = KeyPair{certFile, keyFile} }), []Message{full, second, text}); err != nil {
				t.Fatal(err)
			}
			if _, err := deliverAll(t, s.channel(t, nil), []Message{full, second, text}); err != nil {
				t.Fatal(err)
			}
			caught := s.messages()
			for i := range 3 {
				content, err := verifySMIME(t, caught[i].Data, a)
				if err != nil {
					t.Fatalf("message %d: %v\n%.2000s", i, err, caught[i].Data)
				}
				_, got := parse(t, content)
				_, want := parse(t, caught[i+3].Data)
				if len(got) != len(want) || !slices.Equal(got, want) {
					t.Errorf("message %d: what is signed has %d parts that are not the %d of the message without", i, len(got), len(want))
				}
			}
			_, first, _ := bytes.Cut(caught[0].Data, []byte("\r\n\r\n"))
			if _, other, _ := bytes.Cut(caught[1].Data, []byte("\r\n\r\n")); !bytes.Equal(first, other) {
				t.Error("two recipients of one report have different bodies")
			}
			if _, err := verifySMIME(t, bytes.Replace(caught[2].Data, []byte("Figures"), []byte("figures"), 1), a); err == nil {
				t.Error("a changed message is good")
			}
		})
	}
}

// A key that cannot be used must hold the messages back, and say which file is at fault and why.
func TestUnusableKeys(t *testing.T) {
	a := smtptest.NewAuthority(t)
	certFile, keyFile := issueMail(t, a, "ecdsa", "reports@example.org")
	otherCert, otherKey := issueMail(t, a, "rsa", "reports@example.org")
	rubbish := filepath.Join(t.TempDir(), "rubbish")
	locked := filepath.Join(t.TempDir(), "locked")
	smtptest.WritePEM(t, locked, "ENCRYPTED PRIVATE KEY", []byte("x"))
	if err := os.WriteFile(rubbish, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := (&server{tls: NoTLS}).start(t)
	for name, test := range map[string]struct {
		dkim  DKIM
		smime KeyPair
		says  []string
	}{
		"DKIM, no file":           {dkim: DKIM{"example.org", "s", "/nowhere"}, says: []string{"DKIM: read key", "/nowhere", "no such file"}},
		"DKIM, no PEM":            {dkim: DKIM{"example.org", "s", rubbish}, says: []string{rubbish, "no PEM"}},
		"DKIM, a certificate":     {dkim: DKIM{"example.org", "s", certFile}, says: []string{certFile, "CERTIFICATE"}},
		"DKIM, encrypted":         {dkim: DKIM{"example.org", "s", locked}, says: []string{locked, "encrypted", "openssl pkey"}},
		"DKIM, no kind of DKIM's": {dkim: DKIM{"example.org", "s", keyFile}, says: []string{"DKIM", keyFile, "RSA or Ed25519"}},
		"S/MIME, no file":         {smime: KeyPair{certFile, "/nowhere"}, says: []string{"S/MIME: read key", "/nowhere"}},
		"S/MIME, another's key":   {smime: KeyPair{otherCert, keyFile}, says: []string{otherCert, keyFile, "private key"}},
		"S/MIME, encrypted":       {smime: KeyPair{otherCert, locked}, says: []string{locked, "encrypted"}},
		"S/MIME, no certificate":  {smime: KeyPair{otherKey, otherKey}, says: []string{otherKey}},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := deliverAll(t, s.channel(t, func(o *SMTPOptions) { o.DKIM, o.SMIME = test.dkim, test.smime }), []Message{testMessage("a@example.org")})
			if !errors.Is(err, ErrServer) || !errors.Is(results[0].Err, ErrTemporary) {
				t.Fatalf("errors %v, %v", err, results[0].Err)
			}
			for _, text := range test.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q is not in: %v", text, err)
				}
			}
		})
	}
	if len(s.messages()) != 0 {
		t.Error("a message was sent unsigned")
	}
}

// A renewed key must be used without a restart.
func TestRenewedKeys(t *testing.T) {
	key, record := dkimKey(t, "ed25519")
	s := (&server{tls: NoTLS}).start(t)
	channel := s.channel(t, func(o *SMTPOptions) { o.DKIM = DKIM{"example.org", "authreport", key} })
	send(t, channel)
	renewed, newRecord := dkimKey(t, "rsa")
	if err := os.Rename(renewed, key); err != nil {
		t.Fatal(err)
	}
	send(t, channel)
	caught := s.messages()
	good := dkimpy(t, map[string][]byte{"old": caught[0].Data, "new": caught[1].Data}, map[string]string{"old": record, "new": newRecord})
	if !good["old"] || !good["new"] {
		t.Errorf("good: %v", good)
	}
}
