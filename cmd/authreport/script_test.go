package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"

	"authreport"
	"authreport/smtptest"
)

const raceOptions = "atexit_sleep_ms=10" // without the race detector's second at the end of each program

func TestMain(m *testing.M) {
	_ = os.Setenv("GORACE", raceOptions)
	testscript.Main(m, map[string]func(){"authreport": main, "authreport-fast": fast})
}

// TestScripts runs testdata/script/*.txtar, each of which begins with what must hold. $YESTERDAY and $TODAY are days in UTC, $PORT is where the command
// mailserver listens.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			port, release, err := smtptest.ReservePort()
			if err != nil {
				return err
			}
			env.Defer(release)
			today := authreport.DayOf(time.Now().UTC())
			env.Setenv("PORT", strconv.Itoa(port))
			env.Setenv("TODAY", today.String())
			env.Setenv("YESTERDAY", (today - 1).String())
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", raceOptions)
			env.Values[serverKey{}] = &scriptServer{port: port, folder: filepath.Join(env.WorkDir, "received"), refuse: map[string]*smtp.SMTPError{}}
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"eventually":  eventually,
			"sigterm":     signalled(syscall.SIGTERM),
			"sighup":      signalled(syscall.SIGHUP),
			"submissions": submissions,
			"mailserver":  mailserver,
			"give":        give,
		},
	})
}

// exits runs a program and holds that it ends with a status: exits 2 authreport --no-such-flag.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("run %v: %v", args[1:], err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// eventually runs a program again and again, for five minutes at most, until its output matches: eventually PATTERN authreport status.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(5 * time.Minute); ; <-ticker.C {
		_ = ts.Exec(args[1], args[2:]...)
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("output of %v never matched %s", args[1:], args[0])
		}
	}
}

// signalled gives a command that sends a signal to all programs in the background, as systemd does to have them end or read their configuration again.
func signalled(signal syscall.Signal) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, _ []string) {
		for _, command := range ts.BackgroundCmds() {
			ts.Check(command.Process.Signal(signal))
		}
	}
}

// give makes files another user's: give nobody FILE.
func give(ts *testscript.TestScript, _ bool, args []string) {
	const nobody = 65534
	for _, file := range args[1:] {
		ts.Check(os.Chown(ts.MkAbs(file), nobody, nobody))
	}
}

// submissions appends to a log what Postfix writes of messages: submissions FILE DAY HOW-MANY ACCOUNT SENDER TLS-VERSION. For the version unknown there is no
// line about TLS.
func submissions(ts *testscript.TestScript, _ bool, args []string) {
	file, day, account, sender, version := ts.MkAbs(args[0]), args[1], args[3], args[4], args[5]
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b strings.Builder
	for i := range count {
		id := fmt.Sprintf("%X", 0x4f00000000+time.Now().UnixNano()%0xffffffff<<4+int64(i%16))
		line := func(service, format string, values ...any) {
			fmt.Fprintf(&b, "%sT12:%02d:%02d.000000+00:00 mx1 postfix/%s: %s\n", day, i/60%60, i%60, service, fmt.Sprintf(format, values...))
		}
		line("submission/smtpd[101]", "connect from client.example.org[192.0.2.7]")
		if version != "unknown" {
			line("submission/smtpd[101]", "Anonymous TLS connection established from client.example.org[192.0.2.7]: %s with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)", version)
		}
		line("submission/smtpd[101]", "%s: client=client.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=%s", id, account)
		line("cleanup[102]", "%s: message-id=<%s@example.org>", id, id)
		line("qmgr[103]", "%s: from=<%s>, size=1234, nrcpt=1 (queue active)", id, sender)
		line("submission/smtpd[101]", "disconnect from client.example.org[192.0.2.7] ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8")
		line("smtp[104]", "%s: to=<somebody@example.net>, relay=mx.example.net[198.51.100.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)", id)
		line("qmgr[103]", "%s: removed", id)
	}
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = f.WriteString(b.String())
	ts.Check(errors.Join(err, f.Close()))
}

// mailserver is an SMTP server on $PORT: mailserver start (or start BYTES, its SIZE), stop, refuse ADDRESS CODE, hold (messages, until release), held (wait until it holds one), release.
// What it receives is in received/ADDRESS.eml.
func mailserver(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(serverKey{}).(*scriptServer)
	switch args[0] {
	case "start":
		size := int64(0)
		if len(args) > 1 {
			var err error
			size, err = strconv.ParseInt(args[1], 10, 64)
			ts.Check(err)
		}
		ts.Check(s.start(size))
		ts.Defer(s.stop)
	case "stop":
		s.stop()
	case "hold":
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.held, s.released = make(chan struct{}, 100), make(chan struct{})
	case "held":
		<-s.held
	case "release":
		close(s.released)
	case "refuse":
		code, err := strconv.Atoi(args[2])
		ts.Check(err)
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.refuse[args[1]] = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "not here"}
	default:
		ts.Fatalf("mailserver %s is unknown", args[0])
	}
}

type serverKey struct{}

type scriptServer struct {
	port   int
	folder string
	server *smtp.Server

	mutex    sync.Mutex
	held     chan struct{} // has one for each message that is held; nil if none are
	released chan struct{}
	refuse   map[string]*smtp.SMTPError // by recipient
}

func (s *scriptServer) start(size int64) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.folder, 0o755); err != nil {
		return err
	}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &scriptSession{server: s}, nil }))
	s.server.Domain, s.server.MaxMessageBytes = "mx.example.org", size
	go func() { _ = s.server.Serve(listener) }()
	return nil
}

func (s *scriptServer) stop() { _ = s.server.Close() }

type scriptSession struct {
	server *scriptServer
	to     string
}

func (s *scriptSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *scriptSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.to = to
	if refusal := s.server.refuse[to]; refusal != nil {
		return refusal
	}
	return nil
}

func (s *scriptSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mutex.Lock()
	held, released := s.server.held, s.server.released
	s.server.mutex.Unlock()
	if held != nil {
		held <- struct{}{}
		<-released
	}
	return os.WriteFile(filepath.Join(s.server.folder, s.to+".eml"), text, 0o644)
}

func (s *scriptSession) Reset()        {}
func (s *scriptSession) Logout() error { return nil }
