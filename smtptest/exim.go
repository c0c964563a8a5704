//go:build unix

package smtptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// eximUser is whom Debian's Exim runs as; it does not start without.
const eximUser = "Debian-exim"

// eximFile is Exim's configuration; its verbs are the folder, the port, certificate and key, settings and conditions of RCPT TO.
const eximFile = `primary_hostname = mx1.example.org
local_interfaces = <; [127.0.0.1]:%[2]d
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/%%slog
pid_file_path = %[1]s/spool/pid
keep_environment =
host_lookup =
chunking_advertise_hosts =
tls_advertise_hosts = *
tls_certificate = %[3]s
tls_privatekey = %[4]s
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
deliver_drop_privilege = true
queue_run_max = 1
%[5]s
begin acl
rcpt:
  deny !encrypted = *
%[6]s
  deny message = 5.1.1 Unknown user
       !condition = ${if match{$local_part}{^r[0-9]+\$}}
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = %[1]s/spool/mail
  maildir_format
  envelope_to_add
begin retry
* * F,1h,1s
`

// StartExim starts an Exim of its own, with all it writes in a folder of its own. It gives the port and the mailbox, a folder in Maildir's form that gets all
// mail for r1, r2 and so on, of any domain; others are unknown. Settings are lines of Exim's configuration, conditions statements of its ACL for RCPT TO.
func StartExim(t testing.TB, a *Authority, settings, conditions string) (port int, mailbox string) {
	t.Helper()
	program := Tool(t, "exim4-daemon-light (setup-test.sh unpacks it, beside Postfix)", "../bin/exim4", "exim4", "/usr/sbin/exim4")
	needRoot(t)
	owner, err := user.Lookup(eximUser)
	if err != nil {
		missing(t, "a real Exim is not tried: "+err.Error())
	}
	uid, uidErr := strconv.Atoi(owner.Uid)
	gid, gidErr := strconv.Atoi(owner.Gid)
	dir, err := os.MkdirTemp("", "exim-") // not t.TempDir: Exim's user must get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	certFile, keyFile := a.Issue(t)
	spool := filepath.Join(dir, "spool")
	err = errors.Join(uidErr, gidErr, os.Chmod(dir, 0o755), os.Mkdir(spool, 0o750), os.Chown(spool, uid, gid))
	for from, to := range map[string]*string{certFile: &certFile, keyFile: &keyFile} {
		data, readErr := os.ReadFile(from)
		*to = filepath.Join(dir, filepath.Base(from))
		err = errors.Join(err, readErr, os.WriteFile(*to, data, 0o600), os.Chown(*to, uid, gid))
	}
	port, release, portErr := ReservePort()
	if err := errors.Join(err, portErr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	file := filepath.Join(dir, "exim.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, eximFile, dir, port, certFile, keyFile, settings, conditions), 0o644); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	server := exec.Command(program, "-C", file, "-bdf", "-q1s")
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(spool, "mainlog"))
			t.Logf("Exim's log:\n%s\n%s", log, said.String())
		}
	})
	listens(t, port)
	return port, filepath.Join(spool, "mail", "new")
}

// listens waits until a server listens on a port.
func listens(t testing.TB, port int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = conn.Close()
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("nobody listens on port %d after a minute: %v", port, err)
		}
	}
}
