package jobs

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/render"
	"authreport/report"
	"authreport/store"
)

// everything is a report with all that can be attached.
func everything(name string) config.Report {
	r := config.Default(name)
	r.AttachPage, r.AttachCSV, r.AttachMS, r.AttachJSON = "html", true, true, true
	return r
}

// crowd is a report of so many senders in several domains, with a few clients each.
func crowd(t testing.TB, senders int) *report.Report {
	t.Helper()
	last := authreport.DayOf(start) - 1
	m := &report.Memory{}
	for i := range senders {
		domain := fmt.Sprintf("example%d.org", i%23)
		for j := range 3 {
			client := authreport.Client{Server: "mx1", Account: fmt.Sprintf("account-%d", i), Sender: fmt.Sprintf("user-%d@%s", i, domain), Domain: domain,
				IP: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(j)}), TLS: authreport.TLS(j % 7), Mechanism: "PLAIN"}
			for day := range authreport.Day(9) {
				m.Submissions = append(m.Submissions, authreport.Count{Day: last - day, Client: client, Messages: int64(1 + i%97 + j), Recipients: int64(2 + i)})
			}
		}
	}
	for day := range authreport.Day(14) {
		m.Read = append(m.Read, authreport.Lines{Source: "mx1", Day: last - day, Read: 9})
	}
	r, err := report.Build(t.Context(), m, report.Request{Name: "once", Title: "Crowd", Range: authreport.Range{First: last - 6, Last: last}, History: 9, Zone: time.UTC, Now: start,
		Sources: []string{"mx1"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFit holds that a mail has no more bytes than it may, down to the plain text, says in both bodies each step that was taken, and has as much as fits: with
// more room never less. No file is made twice.
func TestFit(t *testing.T) {
	d := NewDocument(crowd(t, 600))
	settings := everything("once")
	steps := ladder(settings, 600, 1800)
	made, before := map[string]*byte{}, len(steps)
	for limit := int64(30_000); ; limit += limit / 2 {
		draft, err := d.Message(settings, limit, "It comes late.")
		if err != nil {
			t.Fatal(err)
		}
		m := draft.Message
		m.ID, m.From, m.To, m.Date = "<1@example.org>", "reports@example.org", "a@example.org", start
		eml, err := deliver.EML(m)
		if err != nil {
			t.Fatal(err)
		}
		if size := int64(len(eml)); size > limit || size > draft.Size {
			t.Errorf("%d bytes, reckoned to be %d, where there may be %d: %+v", size, draft.Size, limit, draft.Reduced)
		}
		for _, text := range []string{words(draft.Text), htmlWords(draft.HTML)} {
			for _, step := range append(draft.Reduced.Steps(), "It comes late.") {
				if text != "" && !strings.Contains(text, step) {
					t.Errorf("%d bytes: the mail does not say %q", limit, step)
				}
			}
		}
		for _, f := range m.Attachments {
			first := &f.Data[0]
			if key := f.Name + f.ContentType + fmt.Sprint(len(f.Data)); made[key] == nil {
				made[key] = first
			} else if made[key] != first {
				t.Errorf("%s was made twice", f.Name)
			}
		}
		x := draft.Reduced
		x.Limit = 0
		place := slices.Index(steps, x)
		if place < 0 || place > before {
			t.Errorf("%d bytes: step %d of the ladder after step %d: %+v", limit, place, before, x)
		}
		if before = place; place == 0 {
			break
		}
	}
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func htmlWords(html string) string {
	return words(strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(html))
}

// TestLadder holds that what loses nothing comes first, then page, then workbook, and that steps are there only where they change something.
func TestLadder(t *testing.T) {
	told := func(settings config.Report, senders, clients int) string {
		var all []string
		for _, x := range ladder(settings, senders, clients) {
			all = append(all, strings.Join(x.Steps(), ", "))
		}
		return strings.Join(all, "\n")
	}
	const bookWithout, bookTables = "the workbook is without the sheets Clients and Daily by domain", "the workbook’s tables end after their first "
	if got, want := told(everything("a"), 900, 4000), strings.Join([]string{"",
		"the page is zipped",
		"the page is zipped, the files for programs are zipped",
		"the page is zipped, the files for programs (CSV, JSON) are left out",
		"the page is zipped, the files for programs (CSV, JSON) are left out, the page lists the busiest 300 senders alone",
		"the page is zipped, the files for programs (CSV, JSON) are left out, the page lists the busiest 100 senders alone",
		"the files for programs (CSV, JSON) are left out, the page is left out",
		"the page is zipped, the files for programs (CSV, JSON) are left out, " + bookWithout,
		"the files for programs (CSV, JSON) are left out, the page is left out, " + bookWithout,
		"the page is zipped, the files for programs (CSV, JSON) are left out, " + bookTables + "3,000 rows",
		"the files for programs (CSV, JSON) are left out, the page is left out, " + bookTables + "3,000 rows",
		"the page is zipped, the files for programs (CSV, JSON) are left out, " + bookTables + "1,000 rows",
		"the files for programs (CSV, JSON) are left out, the page is left out, " + bookTables + "1,000 rows",
		"the page is zipped, the files for programs (CSV, JSON) are left out, " + bookTables + "300 rows",
		"the files for programs (CSV, JSON) are left out, the page is left out, " + bookTables + "300 rows",
		"the page is zipped, the files for programs (CSV, JSON) are left out, " + bookTables + "100 rows",
		"the files for programs (CSV, JSON) are left out, the page is left out, " + bookTables + "100 rows",
		"the files for programs (CSV, JSON) are left out, the page is left out, the workbook is left out",
		"the files for programs (CSV, JSON) are left out, the page is left out, the workbook is left out, HTML and picture are left out",
	}, "\n"); got != want {
		t.Errorf("the ladder is\n%s\nwant\n%s", got, want)
	}
	bare := config.Default("a")
	bare.AttachPage, bare.AttachWorkbook = "none", false
	if got, want := told(bare, 900, 4000), "\nHTML and picture are left out"; got != want {
		t.Errorf("without attachments the ladder is %q, want %q", got, want)
	}
	if got := ladder(config.Default("a"), 5000, 9000); !slices.Contains(got, render.Reduced{PageSenders: 1000, Book: render.BookCut{Rows: 3000}}) {
		t.Errorf("beside a workbook that is cut short no page is: %+v", got)
	}
}

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
	d.config.Reports = []config.Report{everything("once")}
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
	for _, size := range []int64{90_000, 150_000, 600_000} {
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
	}{
		"5.3.4": {smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "message too big"}, 50_000_000},
		"5.2.3": {smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 2, 3}, Message: "too large for this recipient"}, 0},
		"552":   {smtp.SMTPError{Code: 552, EnhancedCode: smtp.NoEnhancedCode, Message: "Message size exceeds maximum permitted"}, 0},
	} {
		d, s := newDesk(t), &sizeServer{advertised: test.advertised, refusal: &test.refusal, most: map[string]int64{"b": 100_000, "c": 400_000}}
		d.crowded(s.start(t))
		id := d.ask("a@example.org", "b@example.org", "c@example.org", "d@example.org")
		d.do(t.Context(), d.requester("one"))
		if got, want := d.states(id), "a delivered, b delivered, c delivered, d delivered"; got != want {
			t.Fatalf("%s: states are %s, want %s: %+v", name, got, want, d.deliveries(id))
		}
		for _, to := range []string{"a", "d"} {
			if len(s.tries[to]) != 1 || strings.Contains(s.last[to], "So that this mail") || !strings.Contains(s.last[to], `.html"`) {
				t.Errorf("%s: %s got messages of %v bytes", name, to, s.tries[to])
			}
		}
		for _, to := range []string{"b", "c"} {
			sizes, most := s.tries[to], s.most[to]
			if last := int64(sizes[len(sizes)-1]); last > most || last < most/4 || len(sizes) > 6 || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
				t.Errorf("%s: messages of %v bytes came to %s, who takes %d", name, sizes, to, most)
			}
			if !strings.Contains(s.last[to], "not larger than the mail server takes: the page is zipped") && !strings.Contains(s.last[to], "not larger than the mail server takes: the files") {
				t.Errorf("%s: the mail does not say why it is smaller:\n%.3000s", name, s.last[to])
			}
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
