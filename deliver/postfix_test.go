package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The uid and gid that mailboxes belong to: those of nobody, on every Debian.
const nobody = 65534

// mainFile is main.cf; its verbs are the folder, the mailboxes' uid, certificate and key.
const mainFile = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file_prefixes = %[1]s
maillog_file = %[1]s/log
myhostname = mx1.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = regexp:{{/^(alice|bob)@/ inbox/}}
virtual_mailbox_limit = 0
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[2]d
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
smtpd_tls_cert_file = %[3]s
smtpd_tls_key_file = %[4]s
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_reject_unlisted_recipient = yes
`

// masterFile is master.cf; its verb is the port.
const masterFile = `postlog   unix-dgram n - n - 1 postlogd
127.0.0.1:%d inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
virtual   unix - n n - - virtual
tlsmgr    unix - - n 1000? 1 tlsmgr
proxymap  unix - - n - - proxymap
anvil     unix - - n - 1 anvil
error     unix - - n - - error
showq     unix n - n - - showq
`

// postfix starts a Postfix of its own, with all it writes in a folder of its own; the system's is not touched. It gives the port and the mailbox,
// a folder in Maildir's form that gets all mail for example.org. Settings are lines of main.cf, in which %s is Postfix's folder.
func postfix(t *testing.T, a *authority, settings ...string) (port int, mailbox string) {
	t.Helper()
	program, err := exec.LookPath("postfix")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/postfix")
	}
	if err != nil || os.Geteuid() != 0 {
		reason := "a real Postfix is not tried: it needs Debian's package postfix, and root to start it"
		if os.Getenv("CI") != "" || os.Getenv("AUTHREPORT_TEST_ALL") != "" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	dir, err := os.MkdirTemp("", "postfix-") // not t.TempDir: Postfix's users must get in, and socket names be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	mailbox = filepath.Join(dir, "mail", "inbox")
	for _, sub := range []string{"etc", "queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chown(filepath.Join(dir, "mail"), nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "postfix", filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v: %s", err, out)
	}
	port = freePort(t)
	certFile, keyFile := a.issue(t)
	own := fmt.Sprintf(mainFile, dir, nobody, certFile, keyFile)
	for _, line := range settings {
		own += strings.ReplaceAll(line, "%s", dir) + "\n"
	}
	services := fmt.Sprintf(masterFile, port)
	for name, text := range map[string]string{"main.cf": own, "master.cf": services} {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(argument string) error {
		out, err := exec.Command(program, "-c", filepath.Join(dir, "etc"), argument).CombinedOutput()
		if err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("postfix %s: %w: %s%s", argument, err, out, log)
		}
		return nil
	}
	if err := run("start"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run("stop"); err != nil {
			t.Error(err)
		}
		if log, err := os.ReadFile(filepath.Join(dir, "log")); err == nil && t.Failed() {
			t.Logf("Postfix's log:\n%s", log)
		}
	})
	return port, filepath.Join(mailbox, "new")
}

// freePort gives a port on loopback for a server that sets SO_REUSEADDR, as Postfix does; nobody else gets it until the test ends.
func freePort(t *testing.T) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	loopback := &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	err = errors.Join(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1), syscall.Bind(fd, loopback))
	name, nameErr := syscall.Getsockname(fd)
	if err := errors.Join(err, nameErr); err != nil {
		t.Fatal(err)
	}
	return name.(*syscall.SockaddrInet4).Port
}

// arrived waits until a folder holds n files, and gives their contents.
func arrived(t *testing.T, folder string, n int) [][]byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		entries, _ := os.ReadDir(folder)
		if len(entries) >= n {
			tick.Stop()
			var files [][]byte
			for _, e := range entries {
				data, err := os.ReadFile(filepath.Join(folder, e.Name()))
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, data)
			}
			return files
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d messages arrived in three minutes, want %d", len(entries), n)
		}
	}
}

// A real Postfix must take a full-size report over STARTTLS and deliver every byte of it to a mailbox, refuse whom it does not know, and its limit of
// size must be respected.
func TestPostfix(t *testing.T) {
	a := newAuthority(t)
	port, mailbox := postfix(t, a)
	key, record := dkimKey(t, "rsa")
	channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: port, CAFile: a.file, HELO: "reports.example.org", EnvelopeFrom: "bounces@example.org",
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
	for _, data := range arrived(t, mailbox, 2) {
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
