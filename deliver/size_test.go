package deliver

import (
	"testing"

	"authreport/smtptest"
)

// TestSize holds that what a message is reckoned to have is never less than it has, and little more; and that of the largest file that fits.
func TestSize(t *testing.T) {
	for _, size := range []int{0, 1, 56, 57, 58, 1000, 70_000, 1_000_000} {
		m := testMessage("a@example.org")
		m.Attachments = []File{{Name: "a file with a name that is quite long, as those of reports are.xlsx", ContentType: xlsx, Data: repeated(size)}, {Name: "x.zip", ContentType: "application/zip", Data: attachment}}
		for range size / 1000 {
			m.Text += "Zoë – 12,345 messages\n"
			m.HTML += "<p>Zoë&nbsp;– a line that is longer than seventy-six characters, so that it is broken = somewhere</p>\n"
		}
		eml, err := EML(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, reckoned := int64(len(eml)), Size(&m); reckoned < got+8<<10 || reckoned > got+16<<10 {
			t.Errorf("%d bytes are reckoned to be at most %d", got, reckoned)
		}
	}
	for size := range int64(5000) {
		if got := FileSize(size); got >= 0 && (EncodedSize(got) > size || EncodedSize(got+200) <= size) {
			t.Fatalf("%d bytes are the most in %d, and have %d", got, size, EncodedSize(got))
		}
	}
}

// TestSignedSize holds that what is reckoned is enough for a message that is signed by DKIM and S/MIME, with a certificate between.
func TestSignedSize(t *testing.T) {
	a := smtptest.NewAuthority(t)
	certFile, keyFile := issueMail(t, a, "rsa with a CA between", "reports@example.org")
	key, _ := dkimKey(t, "rsa")
	s := (&server{tls: NoTLS}).start(t)
	m := testMessage("a@example.org")
	channel := s.channel(t, func(o *SMTPOptions) {
		o.DKIM, o.SMIME = DKIM{"example.org", "authreport", key}, KeyPair{certFile, keyFile}
	})
	if _, err := deliverAll(t, channel, []Message{m}); err != nil {
		t.Fatal(err)
	}
	if got, reckoned := int64(len(s.messages()[0].Data)), Size(&m); got > reckoned {
		t.Errorf("%d bytes are reckoned to be at most %d", got, reckoned)
	}
}
