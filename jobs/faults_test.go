package jobs

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"authreport/smtptest"
)

var updateFaults = flag.Bool("update", false, "rewrite the tables in docs/delivery-faults.md, with AUTHREPORT_TEST_LONG=1")

// faultSections gives all rows under their headings, in the order of the tables.
func faultSections() []faultSection {
	return []faultSection{
		{"Every behaviour at every step", everywhere()},
		{"While the content is under way", inContent()},
		{"TLS", badTLS()},
		{"AUTH", oddAuth()},
		{"Replies that are out of order", oddReplies()},
		{"Limits of rate, recipients and room", limits()},
		{"Limits of size", sizes()},
		{"One message to all (cc and bcc)", togetherRows()},
		{"All of it at random", chaos()},
		{"Postfix and Exim, as Debian has them", realRows()},
	}
}

// sampled is the names of the rows that are tried by default.
var sampled = []string{
	"RCPT TO: hangs up before the reply, for one of four",
	"end of content: hangs up before the reply, and keeps the message, twice",
	"one message: RCPT TO: hangs up before the reply, for one of four",
	"replies are slipped in behind that to STARTTLS (CVE-2011-0411), always",
}

type faultSection struct {
	heading string
	rows    []faultRow
}

// outcome is what was seen of a row.
type outcome struct {
	deliveries int
	seen       string
	late       time.Duration // of the latest delivery after its report was due
}

// TestFaults holds that whatever a server does, every recipient gets every report once, or it is known why not; and that docs/delivery-faults.md says what was
// seen.
func TestFaults(t *testing.T) {
	long := os.Getenv("AUTHREPORT_TEST_LONG") != ""
	setup := newFaultSetup(t)
	sections := faultSections()
	var mutex sync.Mutex
	outcomes := map[string]outcome{}
	t.Run("rows", func(t *testing.T) {
		for _, section := range sections {
			for _, row := range section.rows {
				if !long && !slices.Contains(sampled, row.name()) {
					continue
				}
				t.Run(row.name(), func(t *testing.T) {
					if row.serve == nil { // the others are processes enough
						t.Parallel()
					}
					got := row.run(t, setup)
					mutex.Lock()
					defer mutex.Unlock()
					outcomes[row.name()] = got
				})
			}
		}
	})
	if t.Failed() {
		return
	}
	for _, name := range sampled {
		if !slices.ContainsFunc(sections, func(s faultSection) bool {
			return slices.ContainsFunc(s.rows, func(r faultRow) bool { return r.name() == name })
		}) {
			t.Errorf("there is no row %q", name)
		}
	}
	page := filepath.Join("..", "docs", "delivery-faults.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range sections {
		for _, row := range section.rows {
			if got, ran := outcomes[row.name()]; ran && !*updateFaults && !strings.Contains(string(text), row.line(got)) {
				t.Errorf("%s has no line\n%s", page, row.line(got))
			}
		}
	}
	if *updateFaults {
		updatePage(t, page, string(text), tables(t, sections, outcomes))
	}
}

// The lines of the page between which the tables stand.
const (
	tablesBegin = "<!-- begin: AUTHREPORT_TEST_LONG=1 go test ./jobs -run TestFaults -update -->\n"
	tablesEnd   = "<!-- end -->\n"
)

func updatePage(t *testing.T, page, text, tables string) {
	t.Helper()
	before, rest, begins := strings.Cut(text, tablesBegin)
	_, after, ends := strings.Cut(rest, tablesEnd)
	if !begins || !ends {
		t.Fatalf("%s has no room for the tables", page)
	}
	if err := os.WriteFile(page, []byte(before+tablesBegin+tables+tablesEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tables is the tables as the page has them.
func tables(t *testing.T, sections []faultSection, outcomes map[string]outcome) string {
	t.Helper()
	var b strings.Builder
	rows, deliveries := 0, 0
	for _, section := range sections {
		fmt.Fprintf(&b, "\n### %s\n| fault | how often | deliveries | expected | seen | the latest came after |\n", section.heading)
		b.WriteString("| --- | --- | ---: | --- | --- | ---: |\n")
		for _, row := range section.rows {
			got, ran := outcomes[row.name()]
			if !ran {
				t.Fatalf("%s was not tried", row.name())
			}
			b.WriteString(row.line(got))
			rows, deliveries = rows+1, deliveries+got.deliveries
		}
	}
	return fmt.Sprintf("%d faults, %d deliveries.\n", rows, deliveries) + b.String()
}

func (r faultRow) name() string { return r.fault + ", " + r.often }

// line is a row of the tables.
func (r faultRow) line(got outcome) string {
	late := fmt.Sprintf("%d min", int(got.late.Round(time.Minute).Minutes()))
	if r.vague || r.slow { // it depends on the machine's speed
		late = fmt.Sprintf("≤ %d min", int(r.latest().Minutes()))
	}
	if got.late == 0 {
		late = "–"
	}
	return fmt.Sprintf("| %s | %s | %d | %s | %s | %s |\n", r.fault, r.often, got.deliveries, r.want, got.seen, late)
}

// latest is how late a delivery may come.
func (r faultRow) latest() time.Duration { return cmp.Or(r.within, 5*time.Minute) }

// run does what a row says, and gives what became of it.
func (r faultRow) run(t *testing.T, setup *faultSetup) outcome {
	server := setup.server()
	server.Faults = r.faults
	options := setup.options()
	if r.slow {
		options.Timeout, options.FinalReply = 2*time.Second, 2*time.Second
	}
	if r.prepare != nil {
		r.prepare(t, setup, server, &options)
	}
	var s *sending
	mailbox := ""
	if r.serve != nil {
		options.Port, mailbox = r.serve(t, setup.authority, func() time.Time { return s.seenFromOutside() })
	} else {
		server.Start(t)
		options.Port = server.Port
	}
	report := bareReport("once")
	if r.report != nil {
		report = r.report()
	}
	s = newSending(t, options, report, r.recipients(), r.together)
	if r.begin != nil {
		r.begin(s, server)
	}
	s.run()
	got := outcome{deliveries: len(s.all())}
	got.seen, got.late = s.seen(r.vague)
	if r.serve == nil && saidNothing(server) {
		got.seen += "; neither password nor message was sent"
	}
	if got.seen != r.want {
		t.Errorf("%s\nseen: %s\nwant: %s", r.name(), got.seen, r.want)
	}
	if got.late > r.latest() {
		t.Errorf("the latest came after %v, want %v at most", got.late, r.latest())
	}
	s.checkEnds()
	if r.serve != nil {
		s.checkCopies(s.arrived(mailbox), false, false)
		s.checkCalm(0)
	} else {
		server.Stop()
		r.check(s, server)
	}
	if t.Failed() {
		for _, d := range s.all() {
			t.Logf("%d %s %s, %d attempts, %d repeats, %v, %d %.100q", d.RequestID, d.Recipient, d.State, d.Attempts, d.Repeats, d.Updated.Sub(start), d.Code, d.Reply)
		}
	}
	return got
}

// check holds what the server can tell of it.
func (r faultRow) check(s *sending, server *smtptest.Server) {
	s.t.Helper()
	s.checkCopies(fakeCopies(server), r.twice, r.unsure)
	s.checkCalm(server.Connections())
	checkSecret(s.t, server, r.clear)
	if within := server.Within(); r.silent && len(within) > 0 {
		s.t.Errorf("said to a server that is not ours: %q", within)
	}
	if sent := server.Sent(); sent > 16<<20*max(1, server.Connections()) { // what the system holds in between is some megabytes
		s.t.Errorf("%d bytes of replies were taken over %d connections", sent, server.Connections())
	}
	for _, f := range r.faults {
		if came := server.Came(f); came == 0 || f.Times > 0 && came != f.Times {
			s.t.Errorf("%s came %d times", f.At, came)
		}
	}
}
