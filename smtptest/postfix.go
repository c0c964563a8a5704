//go:build unix

package smtptest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
virtual_mailbox_maps = regexp:{{/^(alice|bob|r[0-9]+)@/ inbox/}}
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

// StartPostfix starts a Postfix of its own, with all it writes in a folder of its own; the system's is not touched. It gives the port and the mailbox,
// a folder in Maildir's form that gets all mail for example.org. Settings are lines of main.cf, in which %s is Postfix's folder.
func StartPostfix(t testing.TB, a *Authority, settings ...string) (port int, mailbox string) {
	t.Helper()
	program := Tool(t, "postfix", "postfix", "/usr/sbin/postfix")
	needRoot(t)
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
	port, release, err := ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	certFile, keyFile := a.Issue(t)
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

// Arrived waits until a folder holds n files, and gives their contents.
func Arrived(t testing.TB, folder string, n int) [][]byte {
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
