package deliver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"authreport/smtptest"
)

// sink is an SMTP server that takes everything with as little work as can be, so that a benchmark measures the client.
func sink(b *testing.B) int {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go swallow(conn)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func swallow(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 1<<20)
	for answer := "220 mx1 ESMTP"; ; {
		if _, err := conn.Write([]byte(answer + "\r\n")); err != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		answer = "250 OK"
		switch {
		case bytes.HasPrefix(line, []byte("DATA")):
			if _, err := conn.Write([]byte("354 go\r\n")); err != nil {
				return
			}
			for !bytes.Equal(line, []byte(".\r\n")) {
				if line, err = in.ReadSlice('\n'); err != nil {
					return
				}
			}
		case bytes.HasPrefix(line, []byte("QUIT")):
			answer = "221 bye"
		}
	}
}

// recipients is how many messages go over one connection.
const recipients = 1000

// reportMessage is of the size of a weekly report: 40 kB of text and HTML, a 20 kB picture, 700 kB of attachments.
func reportMessage() Message {
	m := testMessage("alice@example.org")
	m.Text, m.HTML = string(bytes.Repeat([]byte("12,345 messages\n"), 600)), string(bytes.Repeat([]byte("<td>12,345</td>\n"), 1900))
	m.Inline[0].Data, m.Attachments[0].Data, m.Attachments[1].Data = repeated(20_000), repeated(500_000), repeated(200_000)
	return m
}

// BenchmarkDeliver brings one report to 1,000 recipients over one connection. BenchmarkGoMail is go-mail sending a ready-made message of the same size as
// often; cpu-ms/op of the two, the same sink's share in both, is what to compare: the ratio must be at most 1.3.
func BenchmarkDeliver(b *testing.B) { benchmarkDeliver(b, SMTPOptions{}) }

// BenchmarkDKIM is BenchmarkDeliver with a signature for each recipient; it has no bound.
func BenchmarkDKIM(b *testing.B) {
	key, _ := dkimKey(b, "rsa")
	benchmarkDeliver(b, SMTPOptions{DKIM: DKIM{"example.org", "authreport", key}})
}

// BenchmarkSMIME is BenchmarkDeliver with one signature that all recipients share: the same bound.
func BenchmarkSMIME(b *testing.B) {
	certFile, keyFile := issueMail(b, smtptest.NewAuthority(b), "rsa", "reports@example.org")
	benchmarkDeliver(b, SMTPOptions{SMIME: KeyPair{certFile, keyFile}})
}

func benchmarkDeliver(b *testing.B, o SMTPOptions) {
	b.Helper()
	o.Host, o.Port, o.TLS = "127.0.0.1", sink(b), NoTLS
	channel, err := NewSMTP(o)
	if err != nil {
		b.Fatal(err)
	}
	messages := make([]Message, recipients)
	for i := range messages {
		messages[i] = reportMessage()
		messages[i].To, messages[i].ID = fmt.Sprintf("user%d@example.org", i), fmt.Sprintf("<%d@example.org>", i)
		messages[i].Text, messages[i].HTML, messages[i].Inline, messages[i].Attachments = messages[0].Text, messages[0].HTML, messages[0].Inline, messages[0].Attachments
	}
	measure(b, func() error {
		return channel.Deliver(b.Context(), messages, func(_ int, r Result) {
			if r.Err != nil {
				b.Error(r.Err)
			}
		})
	})
}

// BenchmarkGoMail is what BenchmarkDeliver is compared with.
func BenchmarkGoMail(b *testing.B) {
	client, err := mail.NewClient("127.0.0.1", mail.WithPort(sink(b)), mail.WithTLSPolicy(mail.NoTLS), mail.WithoutSMTPUTF8(), mail.WithTimeout(time.Minute))
	if err != nil {
		b.Fatal(err)
	}
	m := reportMessage()
	msg := mail.NewMsg()
	if err := msg.From(m.From); err != nil {
		b.Fatal(err)
	}
	if err := msg.To(m.To); err != nil {
		b.Fatal(err)
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	msg.EmbedReadSeeker(m.Inline[0].Name, bytes.NewReader(m.Inline[0].Data))
	for _, f := range m.Attachments {
		msg.AttachReadSeeker(f.Name, bytes.NewReader(f.Data))
	}
	measure(b, func() error {
		if err := client.DialWithContext(context.Background()); err != nil {
			return err
		}
		for range recipients {
			if err := client.Send(msg); err != nil {
				return err
			}
		}
		return client.Close()
	})
}

// measure runs do b.N times and reports the process's CPU time of each.
func measure(b *testing.B, do func() error) {
	b.Helper()
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

// cpu is the CPU time that the process has used, its own and the kernel's for it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
