package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// Every way to TLS and every mechanism must bring the same message.
func TestDeliver(t *testing.T) {
	for name, test := range map[string]struct {
		tls, wanted string
		offered     []string
		login       string
	}{
		"STARTTLS without AUTH":                     {tls: StartTLS},
		"STARTTLS, PLAIN":                           {tls: StartTLS, wanted: "plain", offered: []string{"PLAIN", "LOGIN"}, login: "PLAIN alice"},
		"STARTTLS, LOGIN":                           {tls: StartTLS, wanted: "login", offered: []string{"PLAIN", "LOGIN"}, login: "LOGIN alice"},
		"implicit TLS, PLAIN":                       {tls: ImplicitTLS, wanted: "plain", offered: []string{"PLAIN"}, login: "PLAIN alice"},
		"implicit TLS, LOGIN":                       {tls: ImplicitTLS, wanted: "login", offered: []string{"LOGIN"}, login: "LOGIN alice"},
		"STARTTLS, CRAM-MD5":                        {tls: StartTLS, wanted: "cram-md5", offered: []string{"PLAIN", "CRAM-MD5"}, login: "CRAM-MD5 alice"},
		"STARTTLS, SCRAM-SHA-256":                   {tls: StartTLS, wanted: "scram-sha-256", offered: []string{"PLAIN", "SCRAM-SHA-256"}, login: "SCRAM-SHA-256 alice"},
		"implicit TLS, SCRAM-SHA-1":                 {tls: ImplicitTLS, wanted: "scram-sha-1", offered: []string{"SCRAM-SHA-1"}, login: "SCRAM-SHA-1 alice"},
		"STARTTLS, SCRAM-SHA-256-PLUS":              {tls: StartTLS, wanted: "scram-sha-256-plus", offered: []string{"SCRAM-SHA-256-PLUS"}, login: "SCRAM-SHA-256-PLUS alice"},
		"implicit TLS, SCRAM-SHA-1-PLUS":            {tls: ImplicitTLS, wanted: "scram-sha-1-plus", offered: []string{"SCRAM-SHA-1-PLUS"}, login: "SCRAM-SHA-1-PLUS alice"},
		"auto takes a bound SCRAM if it is all":     {tls: StartTLS, offered: []string{"XOAUTH2", "SCRAM-SHA-256-PLUS"}, login: "SCRAM-SHA-256-PLUS alice"},
		"no TLS, SCRAM-SHA-256":                     {tls: NoTLS, offered: []string{"PLAIN", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}, login: "SCRAM-SHA-256 alice"},
		"auto takes PLAIN first":                    {tls: StartTLS, offered: []string{"CRAM-MD5", "LOGIN", "PLAIN", "NTLM"}, login: "PLAIN alice"},
		"auto takes LOGIN if it is all there is":    {tls: StartTLS, offered: []string{"NTLM", "LOGIN"}, login: "LOGIN alice"},
		"auto without TLS hides the password":       {tls: NoTLS, offered: []string{"PLAIN", "LOGIN", "CRAM-MD5"}, login: "CRAM-MD5 alice"},
		"clear text without AUTH, as the file says": {tls: NoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{tls: test.tls, auth: test.offered}
			if test.offered != nil {
				s.users = map[string]string{"alice": "s3cret pass"}
			}
			s.start(t)
			messages := []Message{testMessage("alice@example.org"), testMessage("bob@example.net")}
			results, err := deliverAll(t, s.channel(t, func(o *SMTPOptions) { o.Auth = test.wanted }), messages)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Err != nil || r.Code != 250 || r.Reply == "" {
					t.Errorf("result %+v, want 250 and the reply", r)
				}
			}
			if got := s.messages(); len(got) != 2 || got[0].To[0] != "alice@example.org" || got[1].To[0] != "bob@example.net" || got[0].From != "reports@example.org" {
				t.Fatalf("server took %d messages: %+v", len(got), got)
			}
			if s.connections != 1 && (test.tls != StartTLS || s.connections != 2) { // go-smtp begins a new session after STARTTLS
				t.Errorf("%d connections, want one", s.connections)
			}
			if test.login != "" && (len(s.logins) != 1 || s.logins[0] != test.login) {
				t.Errorf("logins %v, want %s", s.logins, test.login)
			}
		})
	}
}

// A refused recipient must not keep the others from their message, and 4xx and 5xx must be told apart.
func TestRefusedRecipients(t *testing.T) {
	s := &server{tls: StartTLS, refuse: map[string]*smtp.SMTPError{
		"nobody@example.org": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "User unknown\nin virtual mailbox table"},
		"grey@example.org":   {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, come back later"},
	}}
	s.onData = func(to string) error {
		if to == "full@example.org" {
			return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "Mailbox full"}
		}
		return nil
	}
	s.start(t)
	var messages []Message
	for _, to := range []string{"a@example.org", "nobody@example.org", "b@example.org", "grey@example.org", "full@example.org", "no address", "c@example.org"} {
		messages = append(messages, testMessage(to))
	}
	messages[5].ID = "<5@example.org>"
	results, err := deliverAll(t, s.channel(t, nil), messages)
	if err != nil {
		t.Errorf("error %v, want none: each message was tried", err)
	}
	type outcome struct {
		Recipient string
		Kind      error
		Code      int
		Reply     string
	}
	var got []outcome
	for _, r := range results {
		o := outcome{r.Recipient, nil, r.Code, r.Reply}
		for _, kind := range []error{ErrTemporary, ErrPermanent} {
			if errors.Is(r.Err, kind) {
				o.Kind = kind
			}
		}
		got = append(got, o)
	}
	const queued = "2.0.0 OK: queued"
	want := []outcome{
		{"a@example.org", nil, 250, queued},
		{"nobody@example.org", ErrPermanent, 550, "User unknown 5.1.1 in virtual mailbox table"},
		{"b@example.org", nil, 250, queued},
		{"grey@example.org", ErrTemporary, 451, "4.7.1 Greylisted, come back later"},
		{"full@example.org", ErrTemporary, 452, "4.2.2 Mailbox full"},
		{"no address", ErrPermanent, 0, ""},
		{"c@example.org", nil, 250, queued},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
		t.Errorf("results differ (-want +got):\n%s", diff)
	}
	if n := len(s.messages()); n != 3 {
		t.Errorf("server took %d messages, want 3", n)
	}
}

// Whatever keeps the connection from being made is temporary, told for each message, and nothing is sent.
func TestNothingSent(t *testing.T) {
	wrong := func() (string, error) { return "wrong", nil }
	for name, test := range map[string]struct {
		server *server
		change func(t *testing.T, o *SMTPOptions)
		auth   bool
		want   string
	}{
		"STARTTLS is not offered":    {&server{tls: NoTLS}, func(_ *testing.T, o *SMTPOptions) { o.TLS = StartTLS }, false, "does not offer STARTTLS, so nothing is sent (set mail.tls: implicit"},
		"TLS is not there at once":   {&server{tls: StartTLS}, func(_ *testing.T, o *SMTPOptions) { o.TLS = ImplicitTLS }, false, "set mail.tls: starttls"},
		"unknown authority":          {&server{tls: StartTLS}, func(_ *testing.T, o *SMTPOptions) { o.CAFile = "" }, false, "mail.ca_file"},
		"unknown authority, at once": {&server{tls: ImplicitTLS}, func(_ *testing.T, o *SMTPOptions) { o.CAFile = "" }, false, "unknown authority"},
		"certificate of another":     {&server{tls: StartTLS, names: []string{"mx9.example.org"}}, nil, false, "set mail.host"},
		"certificates missing":       {&server{tls: StartTLS}, func(_ *testing.T, o *SMTPOptions) { o.CAFile = "/nowhere/ca.pem" }, false, "/nowhere/ca.pem"},
		"certificates are none": {&server{tls: StartTLS}, func(t *testing.T, o *SMTPOptions) {
			o.CAFile = filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(o.CAFile, []byte("no PEM"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, false, "no PEM certificate"},
		"wrong password, PLAIN": {&server{tls: StartTLS, auth: []string{"PLAIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) { o.Password = wrong }, true, `user "alice" or the password is refused`},
		"wrong password, LOGIN": {&server{tls: StartTLS, auth: []string{"LOGIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) { o.Password = wrong }, true, `user "alice" or the password is refused`},
		"password cannot be read": {&server{tls: StartTLS, auth: []string{"PLAIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) {
				o.Password = func() (string, error) { return "", errors.New("read password_file: not there") }
			}, true, "read password_file"},
		"mechanism is not offered": {&server{tls: StartTLS, auth: []string{"PLAIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) { o.Auth = "cram-md5" }, true, "cram-md5 is wanted, the server offers PLAIN"},
		"no AUTH offered": {&server{tls: StartTLS}, func(_ *testing.T, o *SMTPOptions) { o.Username, o.Password = "alice", wrong }, true, "offers none"},
		"password over clear text": {&server{tls: NoTLS, auth: []string{"PLAIN", "LOGIN"}, users: map[string]string{"alice": "right"}},
			nil, true, "not sent in clear text"},
		"password over clear text, asked for": {&server{tls: NoTLS, auth: []string{"PLAIN", "LOGIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) { o.Auth = "plain" }, true, "not sent in clear text"},
		"AUTH is required": {&server{tls: StartTLS, auth: []string{"PLAIN"}, users: map[string]string{"alice": "right"}},
			func(_ *testing.T, o *SMTPOptions) { o.Username = "" }, true, "Authentication required"},
		"server is down": {&server{tls: NoTLS}, func(_ *testing.T, o *SMTPOptions) { o.Port = closedPort }, false, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.server.start(t)
			channel := s.channel(t, func(o *SMTPOptions) {
				if test.change != nil {
					test.change(t, o)
				}
			})
			results, err := deliverAll(t, channel, []Message{testMessage("a@example.org"), testMessage("b@example.org")})
			if err == nil && name != "AUTH is required" {
				t.Error("no error, want one")
			}
			for _, r := range results {
				if !errors.Is(r.Err, ErrTemporary) || errors.Is(r.Err, ErrAuth) != test.auth || !strings.Contains(fmt.Sprint(r.Err), test.want) {
					t.Errorf("result %v, want a temporary fault (AUTH %v) with %q", r.Err, test.auth, test.want)
				}
			}
			if n := len(s.messages()); n != 0 {
				t.Errorf("server took %d messages, want none", n)
			}
			if len(s.logins) != 0 {
				t.Errorf("logins %v, want none", s.logins)
			}
		})
	}
}

const closedPort = 1 // tcpmux: nothing listens there

// A message that the server says is too large must be refused before it is sent, and the next one goes.
func TestTooLarge(t *testing.T) {
	s := (&server{tls: NoTLS, size: 20_000}).start(t)
	small := testMessage("a@example.org")
	small.Attachments = nil
	results, err := deliverAll(t, s.channel(t, nil), []Message{testMessage("big@example.org"), small})
	if err != nil {
		t.Error(err)
	}
	if r := results[0]; !errors.Is(r.Err, ErrTooLarge) || !errors.Is(r.Err, ErrPermanent) || !strings.Contains(r.Err.Error(), "20000") || r.Limit != 20_000 {
		t.Errorf("result %+v, want ErrTooLarge with the limit", r)
	}
	if results[1].Err != nil {
		t.Error(results[1].Err)
	}
	if told, caught := s.options, s.messages(); len(told) != 1 || told[0].Size == 0 || told[0].Size != int64(len(caught[0].Data)) {
		t.Errorf("MAIL FROM told %+v, want the size once", told)
	}
}

// What a server refuses as too large only once it sees it must be told as that, and a full mailbox, which has the same reply code, must not.
func TestRefusedAsTooLarge(t *testing.T) {
	s := (&server{tls: NoTLS, refuse: map[string]*smtp.SMTPError{
		"big@example.org":  {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "message too big"},
		"full@example.org": {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "mailbox full"},
	}}).start(t)
	results, _ := deliverAll(t, s.channel(t, nil), []Message{testMessage("big@example.org"), testMessage("full@example.org")})
	for i, r := range results {
		if !errors.Is(r.Err, ErrPermanent) || errors.Is(r.Err, ErrTooLarge) != (i == 0) || r.Code != 552 || r.Limit != 0 {
			t.Errorf("to %s: %v, code %d", r.Recipient, r.Err, r.Code)
		}
	}
}

// SMTPUTF8 must be asked for only where an address needs it, and its absence be told.
func TestInternationalAddresses(t *testing.T) {
	ascii, idn, local := testMessage("a@example.org"), testMessage("a@exämple.org"), testMessage("zoë@example.org")
	idn.ID, local.ID = "<2@example.org>", "<3@example.org>"
	s := (&server{tls: NoTLS, utf8: true}).start(t)
	if _, err := deliverAll(t, s.channel(t, nil), []Message{ascii, idn, local}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, false, true} {
		if got := s.options[i].UTF8; got != want {
			t.Errorf("message %d: SMTPUTF8 %v, want %v", i, got, want)
		}
	}
	if got := s.messages()[1].To[0]; got != "a@xn--exmple-cua.org" {
		t.Errorf("recipient %s, want the domain in A-labels", got)
	}
	s = (&server{tls: NoTLS}).start(t)
	results, _ := deliverAll(t, s.channel(t, nil), []Message{local, ascii})
	if !errors.Is(results[0].Err, ErrPermanent) || results[1].Err != nil {
		t.Errorf("results %v, %v, want SMTPUTF8 missing and none", results[0].Err, results[1].Err)
	}
}

// The envelope sender can differ from the header's From, and may need quotes.
func TestEnvelopeSender(t *testing.T) {
	s := (&server{tls: NoTLS}).start(t)
	channel := s.channel(t, func(o *SMTPOptions) { o.EnvelopeFrom = `Bounces <"re ports"@bounces.example.org>` })
	if _, err := deliverAll(t, channel, []Message{testMessage("a@example.org")}); err != nil {
		t.Fatal(err)
	}
	m := s.messages()[0]
	if m.From != `re ports@bounces.example.org` || !strings.Contains(string(m.Data), "\r\nFrom: \"authreport\" <reports@example.org>\r\n") {
		t.Errorf("MAIL FROM %q; header:\n%.600s", m.From, m.Data)
	}
}

// script answers on one connection after the other as its lines say: "<" waits for a command, "." for the end of a message, "!" hangs up,
// "?" waits until the client goes; others are sent.
func script(t *testing.T, connections ...[]string) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return scriptOn(t, listener, connections...)
}

// scriptOn is script with a listener of its own.
func scriptOn(t *testing.T, listener net.Listener, connections ...[]string) int {
	t.Helper()
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for _, lines := range connections {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for _, line := range lines {
				switch line {
				case "<":
					_, err = in.ReadString('\n')
				case ".":
					for text := ""; text != ".\r\n" && err == nil; {
						text, err = in.ReadString('\n')
					}
				case "?":
					_, err = in.WriteTo(discard{})
				case "!":
				default:
					_, err = conn.Write([]byte(line + "\r\n"))
				}
				if err != nil {
					break
				}
			}
			_ = conn.Close()
		}
		_ = listener.Close()
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// What a server does that leaves in the middle: nobody is lost, nobody is told a wrong thing, and the rest waits.
func TestBrokenConnections(t *testing.T) {
	hello := []string{"220 mx1", "<", "250 mx1"}
	taken := []string{"<", "250 sender ok", "<", "250 recipient ok", "<", "354 go", ".", "250 queued"}
	join := func(parts ...[]string) []string {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for name, test := range map[string]struct {
		connections [][]string
		want        string // of four messages: + taken, t temporary, u unanswered, s the server takes nothing, p permanent
		fault       bool
	}{
		"two messages a connection (421)": {[][]string{
			join(hello, taken, taken, []string{"<", "421 too many messages"}),
			join(hello, taken, taken, []string{"<", "221 bye"}),
		}, "++++", false},
		"hangs up between messages": {[][]string{join(hello, taken, []string{"!"}), join(hello, taken, taken, taken, []string{"<", "221 bye"})}, "++++", false},
		"hangs up in the content": {[][]string{join(hello, taken, []string{"<", "250 ok", "<", "250 ok", "<", "354 go", ".", "!"}), join(hello, taken, taken, []string{"<", "221 bye"})},
			"+u++", false},
		"ends with the content refused (421)": {[][]string{join(hello, []string{"<", "250 ok", "<", "250 ok", "<", "354 go", ".", "421 going down"}), join(hello, taken, taken, taken, []string{"?"})},
			"t+++", false},
		"hangs up at each first message": {[][]string{join(hello, []string{"<", "!"}), join(hello, []string{"<", "!"}), join(hello, taken, []string{"?"})}, "tsss", true},
		"down after the first":           {[][]string{join(hello, taken, []string{"!"})}, "+sss", true},
		"hangs up in the last content":   {[][]string{join(hello, taken, taken, taken, []string{"<", "250 ok", "<", "250 ok", "<", "354 go", ".", "!"})}, "+++u", true},
		"ends after many refusals (421)": {[][]string{
			join(hello, []string{"<", "250 ok", "<", "550 no", "<", "250 reset", "<", "250 ok", "<", "550 no", "<", "250 reset", "<", "421 too many errors"}),
			join(hello, taken, taken, []string{"<", "221 bye"}),
		}, "pp++", false},
		"takes two messages a connection (452)": {[][]string{
			join(hello, taken, taken, []string{"<", "452 4.5.3 Too many messages over this connection", "<", "250 reset", "<", "221 bye"}),
			join(hello, taken, taken, []string{"<", "221 bye"}),
		}, "++++", false},
		"refuses and hangs up": {[][]string{
			join(hello, []string{"<", "250 ok", "<", "550 no", "<", "!"}), join(hello, []string{"<", "250 ok", "<", "550 no", "<", "!"}),
			join(hello, taken, []string{"<", "250 ok", "<", "550 no", "<", "!"}), {"!"},
		}, "pp+p", false},
		"limits the rate":           {[][]string{join(hello, taken, []string{"<", "450 4.7.1 Error: too much mail from 192.0.2.1", "<", "250 reset", "<", "221 bye"})}, "+sss", true},
		"busy (421 greeting)":       {[][]string{{"421 too busy"}}, "ssss", true},
		"no service (554 greeting)": {[][]string{{"554 go away"}}, "ssss", true},
		"sender refused":            {[][]string{join(hello, []string{"<", "553 no", "<", "250 reset"}, taken, []string{"<", "550 no", "<", "250 reset"}, taken, []string{"<", "221 bye"})}, "p+p+", false},
		"reset refused":             {[][]string{join(hello, []string{"<", "451 later", "<", "500 what", "!"}), join(hello, taken, taken, taken, []string{"<", "221 bye"})}, "t+++", false},
	} {
		t.Run(name, func(t *testing.T) {
			port := script(t, test.connections...)
			channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: port, TLS: NoTLS, Timeout: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			var messages []Message
			for _, to := range "abcd" {
				m := testMessage(string(to) + "@example.org")
				m.Attachments, m.Inline, m.HTML = nil, nil, ""
				messages = append(messages, m)
			}
			results, err := deliverAll(t, channel, messages)
			got := ""
			for _, r := range results {
				switch {
				case r.Err == nil:
					got += "+"
				case errors.Is(r.Err, ErrServer):
					got += "s"
				case errors.Is(r.Err, ErrUnanswered):
					got += "u"
				case errors.Is(r.Err, ErrTemporary):
					got += "t"
				default:
					got += "p"
				}
			}
			if got != test.want || (err != nil) != test.fault {
				t.Errorf("results %s, fault %v; want %s, fault %v", got, err, test.want, test.fault)
			}
		})
	}
}

// A server that says nothing must not hold the program for longer than the time limit, nor after the context is done.
func TestSilentServer(t *testing.T) {
	for name, lines := range map[string][]string{
		"no greeting":      {"?"},
		"no answer":        {"220 mx1", "<", "?"},
		"no final reply":   {"220 mx1", "<", "250 mx1", "<", "250 ok", "<", "250 ok", "<", "354 go", ".", "?"},
		"no answer to TLS": {"220 mx1", "<", "250-mx1", "250 STARTTLS", "<", "220 go", "?"},
	} {
		t.Run("cancelled, "+name, func(t *testing.T) {
			options := SMTPOptions{Host: "127.0.0.1", Port: script(t, lines), TLS: NoTLS, Timeout: time.Hour}
			if strings.Contains(name, "TLS") {
				options.TLS = StartTLS
			}
			channel, err := NewSMTP(options)
			if err != nil {
				t.Fatal(err)
			}
			stopped := errors.New("daemon stops")
			ctx, cancel := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
			defer timer.Stop()
			err = channel.Deliver(ctx, []Message{testMessage("a@example.org"), testMessage("b@example.org")}, func(_ int, r Result) {
				if !errors.Is(r.Err, ErrTemporary) || !errors.Is(r.Err, stopped) {
					t.Errorf("result %v, want a temporary fault that says why", r.Err)
				}
			})
			if !errors.Is(err, stopped) {
				t.Errorf("error %v, want %v", err, stopped)
			}
		})
	}
	channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: script(t, []string{"220 mx1", "<", "?"}), TLS: NoTLS, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if results, _ := deliverAll(t, channel, []Message{testMessage("a@example.org")}); !errors.Is(results[0].Err, ErrTemporary) {
		t.Errorf("result %v, want a temporary fault", results[0].Err)
	}
}

// A port that begins with TLS says nothing to a client that waits for a greeting: the fault must name what to set.
func TestNoGreeting(t *testing.T) {
	channel, err := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: script(t, []string{"?"}), TLS: StartTLS, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := channel.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "wants mail.tls: implicit") {
		t.Errorf("error %v, want one that names mail.tls", err)
	}
}

// Check must tell what the server is without sending anything.
func TestCheck(t *testing.T) {
	s := (&server{tls: StartTLS, size: 10_240_000, auth: []string{"PLAIN", "LOGIN"}, users: map[string]string{"alice": "right"}}).start(t)
	got, err := s.channel(t, nil).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("127.0.0.1:%d (Hello reports.example.org), TLS1.3, AUTH PLAIN, messages up to 10240000 bytes", s.port)
	if got.String() != want {
		t.Errorf("server %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"PLAIN", "LOGIN"}, got.Offered); diff != "" || got.Size != 10_240_000 || got.Cipher == "" {
		t.Errorf("server %+v", got)
	}
	if len(s.messages()) != 0 || len(s.options) != 0 {
		t.Error("a message was begun")
	}
	if _, err := s.channel(t, func(o *SMTPOptions) { o.Port = closedPort }).Check(t.Context()); !errors.Is(err, ErrTemporary) {
		t.Errorf("error %v, want a temporary one", err)
	}
}

func TestOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options SMTPOptions
		port    int // 0: refused
	}{
		"all defaults":            {SMTPOptions{Host: "mx"}, 587},
		"implicit":                {SMTPOptions{Host: "mx", TLS: ImplicitTLS}, 465},
		"none":                    {SMTPOptions{Host: "mx", TLS: NoTLS}, 25},
		"port given":              {SMTPOptions{Host: "mx", Port: 2525}, 2525},
		"no host":                 {SMTPOptions{}, 0},
		"TLS unknown":             {SMTPOptions{Host: "mx", TLS: "ssl"}, 0},
		"AUTH unknown":            {SMTPOptions{Host: "mx", Auth: "ntlm"}, 0},
		"user without a password": {SMTPOptions{Host: "mx", Username: "alice"}, 0},
	} {
		s, err := NewSMTP(test.options)
		if (err != nil) != (test.port == 0) {
			t.Errorf("%s: error %v", name, err)
		}
		if err == nil && s.options.Port != test.port {
			t.Errorf("%s: port %d, want %d", name, s.options.Port, test.port)
		}
	}
}
