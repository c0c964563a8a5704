package jobs

import (
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"authreport"
	"authreport/config"
	"authreport/store"
)

// sizeServer takes messages of so many bytes from each sender to each recipient, and tells at the end of one, or before.
type sizeServer struct {
	advertised int64            // SIZE; 0: none
	most       map[string]int64 // by recipient
	refusal    *smtp.SMTPError

	mutex sync.Mutex
	tries map[string][]int // sizes of the messages to each recipient that came in whole
	last  map[string]string
	to    string
}

func (s *sizeServer) start(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.tries, s.last = map[string][]int{}, map[string]string{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return s, nil }))
	server.Domain, server.MaxMessageBytes, server.ErrorLog = "mx1.example.org", s.advertised, log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

func (s *sizeServer) Mail(string, *smtp.MailOptions) error { return nil }
func (s *sizeServer) Reset()                               {}
func (s *sizeServer) Logout() error                        { return nil }
func (s *sizeServer) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = strings.TrimSuffix(to, "@example.org")
	return nil
}

func (s *sizeServer) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tries[s.to] = append(s.tries[s.to], len(data))
	if most := s.most[s.to]; most > 0 && int64(len(data)) > most {
		return s.refusal
	}
	s.last[s.to] = words(strings.ReplaceAll(string(data), "=\r\n", ""))
	return nil
}

// crowded fills a desk's store with 300 senders, and points it to a server.
func (d *desk) crowded(port int) {
	d.t.Helper()
	d.config.Mail.Port = port
	r := config.Default("once")
	r.AttachPage, r.AttachCSV = "html", true
	d.config.Reports = []config.Report{r}
	tally := authreport.NewTally(d.config.Zone)
	for i := range 300 {
		client := authreport.Client{Server: "mx1", Account: fmt.Sprint("account", i), Sender: fmt.Sprintf("user-%d@example%d.org", i, i%5), Domain: fmt.Sprintf("example%d.org", i%5), TLS: authreport.TLS12, Mechanism: "PLAIN"}
		tally.AddMessages(authreport.Submission{Time: start.AddDate(0, 0, -3), Client: client, Recipients: 1}, int64(1+i))
	}
	position := authreport.Position{Source: "mx1", Stream: "/crowd", Fingerprint: "02", Length: 1, Offset: 1, Path: "/crowd"}
	if _, err := d.store.Write(d.t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
		d.t.Fatal(err)
	}
}

// TestSizeOfServer holds that nothing larger than its SIZE goes to a server, that all recipients get the same, and that what is left out is said.
func TestSizeOfServer(t *testing.T) {
	for _, size := range []int64{90_000, 500_000} {
		d, s := newDesk(t), &sizeServer{advertised: size}
		d.crowded(s.start(t))
		id := d.ask("a@example.org", "b@example.org")
		d.do(t.Context(), d.requester("one"))
		if got, want := d.states(id), "a delivered, b delivered"; got != want {
			t.Fatalf("SIZE %d: states are %s, want %s: %+v", size, got, want, d.deliveries(id))
		}
		for _, to := range []string{"a", "b"} {
			if sizes := s.tries[to]; len(sizes) != 1 || int64(sizes[0]) > size || int64(sizes[0]) < size/3 {
				t.Errorf("SIZE %d: messages of %v bytes came to %s", size, sizes, to)
			}
			if text := s.last[to]; !strings.Contains(text, "So that this mail is not larger than the mail server takes ("+strings.Fields(bytesTold(size))[0]) {
				t.Errorf("SIZE %d: the mail does not say why it is smaller:\n%.3000s", size, text)
			}
		}
		if got := d.deliveries(id)["a@example.org"].Attempts; got != 1 {
			t.Errorf("it took %d attempts, want 1: steps are none", got)
		}
	}
}

func bytesTold(size int64) string { return fmt.Sprint(size/1000, " kB") }

// TestSizeOfOne holds that a recipient whose mail is refused as too large gets a smaller one at once, whatever the server's SIZE says or does not, and that nobody
// else gets less for it.
func TestSizeOfOne(t *testing.T) {
	for name, test := range map[string]struct {
		refusal    smtp.SMTPError
		advertised int64
		to         string
		most       int64
	}{
		"5.3.4": {smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "message too big"}, 50_000_000, "b", 300_000},
		"552":   {smtp.SMTPError{Code: 552, EnhancedCode: smtp.NoEnhancedCode, Message: "Message size exceeds maximum permitted"}, 0, "c", 90_000},
	} {
		d, s := newDesk(t), &sizeServer{advertised: test.advertised, refusal: &test.refusal, most: map[string]int64{test.to: test.most}}
		d.crowded(s.start(t))
		id := d.ask("a@example.org", test.to+"@example.org", "d@example.org")
		d.do(t.Context(), d.requester("one"))
		if got, want := d.states(id), "a delivered, "+test.to+" delivered, d delivered"; got != want {
			t.Fatalf("%s: states are %s, want %s: %+v", name, got, want, d.deliveries(id))
		}
		for _, to := range []string{"a", "d"} {
			if len(s.tries[to]) != 1 || strings.Contains(s.last[to], "So that this mail") || !strings.Contains(s.last[to], `.html"`) {
				t.Errorf("%s: %s got messages of %v bytes", name, to, s.tries[to])
			}
		}
		sizes := s.tries[test.to]
		if last := int64(sizes[len(sizes)-1]); last > test.most || last < test.most/4 || len(sizes) > 6 || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
			t.Errorf("%s: messages of %v bytes came to %s, who takes %d", name, sizes, test.to, test.most)
		}
		if text := s.last[test.to]; !strings.Contains(text, "not larger than the mail server takes: the page is zipped") && !strings.Contains(text, "not larger than the mail server takes: the files") {
			t.Errorf("%s: the mail does not say why it is smaller:\n%.3000s", name, text)
		}
	}
}

// TestMaxSize holds that mails are no larger than the configuration says, also where the server takes more.
func TestMaxSize(t *testing.T) {
	d, s := newDesk(t), &sizeServer{}
	d.crowded(s.start(t))
	d.config.Mail.MaxSize = 120_000
	id := d.ask("a@example.org")
	d.do(t.Context(), d.requester("one"))
	if sizes := s.tries["a"]; d.states(id) != "a delivered" || len(sizes) != 1 || sizes[0] > 120_000 || !strings.Contains(s.last["a"], "(120 kB)") {
		t.Errorf("%s; messages of %v bytes came:\n%.3000s", d.states(id), sizes, s.last["a"])
	}
}

// TestNothingIsSmallEnough holds that where even the plain text is too large the delivery is refused with the reason, by SIZE and by reply, the notice says what
// to do, and the others have theirs.
func TestNothingIsSmallEnough(t *testing.T) {
	d, s := newDesk(t), &sizeServer{most: map[string]int64{"b": 500}, refusal: &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "too big"}}
	d.crowded(s.start(t))
	id := d.ask("a@example.org", "b@example.org")
	d.drain(start, d.requester("one"))
	b := d.deliveries(id)["b@example.org"]
	if d.states(id) != "a delivered, b refused" || b.Code != 552 || b.Reply != "even the plain text alone is too large: 5.3.4 too big" {
		t.Errorf("states are %s; b is %+v", d.states(id), b)
	}
	if text := d.noticeFile(); !strings.Contains(text, "too large for the server even without attachments") {
		t.Errorf("notice:\n%s", text)
	}
	if sizes := s.tries["b"]; len(sizes) < 3 || sizes[len(sizes)-1] > 10_000 {
		t.Errorf("messages of %v bytes came", sizes)
	}

	tiny := &sizeServer{advertised: 1000}
	d.config.Mail.Port = tiny.start(t)
	id = d.ask("a@example.org")
	d.do(t.Context(), d.requester("one"))
	if a := d.deliveries(id)["a@example.org"]; a.State != store.Refused || !strings.HasPrefix(a.Reply, "even the plain text alone is too large: message has ") ||
		!strings.HasSuffix(a.Reply, "bytes, the server takes 1000") || len(tiny.tries["a"]) != 0 {
		t.Errorf("it is %+v", a)
	}
}
