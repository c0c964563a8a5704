package jobs

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"authreport"
	"authreport/config"
	"authreport/deliver"
	"authreport/pseudonym"
	"authreport/store"
)

// hosted is the submissions and failed attempts of many domains on one mail server, each with numbers of its own.
type hosted struct {
	days        authreport.Range // all
	shown       authreport.Range // of the report
	submissions []authreport.Count
	attempts    []authreport.FailureCount
}

func domainNamed(n int) string { return fmt.Sprintf("d%02d.example", n) }

// companyOf makes so many domains, at least 13, from a seed.
func companyOf(seed uint64, domains int) *hosted {
	r := rand.New(rand.NewPCG(seed, 4))
	last := authreport.DayOf(start) - 1
	h := &hosted{days: authreport.Range{First: last - 20, Last: last}, shown: authreport.Range{First: last - 6, Last: last}}
	add := func(account, sender, domain, address string, days authreport.Range, tls authreport.TLS) {
		for day := range days.All() {
			n := 10_000_000 + r.Int64N(80_000_000)
			h.submissions = append(h.submissions, authreport.Count{Day: day, Messages: n, Recipients: n + r.Int64N(80_000_000), Client: authreport.Client{
				Server: "mx1", Account: account, Sender: sender, Domain: domain, IP: netip.MustParseAddr(address), TLS: tls, Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "PLAIN",
			}})
		}
	}
	fail := func(account, address string, day authreport.Day, n int64) {
		h.attempts = append(h.attempts, authreport.FailureCount{Day: day, Server: "mx1", Account: account, IP: netip.MustParseAddr(address), Mechanism: "LOGIN", Attempts: n})
	}
	for n := range domains {
		domain := domainNamed(n)
		for person := range 3 {
			address := fmt.Sprintf("person%02d%c@%s", n, 'a'+person, domain)
			add(address, address, domain, fmt.Sprintf("172.31.%d.%d", n, person+1), h.days, authreport.TLS13)
		}
		// A device whose account has no domain, over legacy TLS; somebody whose account is taken over; an account that other domains use, too.
		add(fmt.Sprintf("device%02d", n), "scan"+strconv.Itoa(n)+"@"+domain, domain, fmt.Sprintf("2001:db8:%d::1", n+1), h.days, authreport.TLS10)
		victim := fmt.Sprintf("person%02da@%s", n, domain)
		add(victim, victim, domain, fmt.Sprintf("203.0.%d.9", n+10), authreport.Range{First: last, Last: last}, authreport.TLS12)
		fail(victim, fmt.Sprintf("203.0.%d.9", n+10), last, 30+int64(n))
		fail(fmt.Sprintf("device%02d", n), fmt.Sprintf("203.0.%d.9", n+10), last-1, 40+int64(n))
		add("sharedbox", "info@"+domain, domain, fmt.Sprintf("172.30.%d.1", n), h.shown, authreport.TLS13)
		// The next domain's account submits with this domain's sender.
		add(fmt.Sprintf("person%02db@%s", (n+1)%domains, domainNamed((n+1)%domains)), "sales@"+domain, domain, fmt.Sprintf("172.29.%d.1", n), h.shown, authreport.TLS13)
	}
	fail("sharedbox", "203.0.9.9", last, 77)
	fail("admin", "203.0.9.9", last, 78)
	fail("root@nowhere.example", "203.0.9.9", last, 79)
	add("reporter", "reports@provider.example", "provider.example", "172.28.1.1", h.days, authreport.TLS13)
	if domains > 33 { // accounts that name another domain in other ways
		for n, account := range []string{"zelda.d33.example", "d33.example_zelda", "D33.example", `d33.example\zelda`, "zelda=d33.example", "zelda.sub.d07.example-d33.example"} {
			add(account, "sales@d07.example", "d07.example", fmt.Sprintf("172.27.0.%d", n), h.shown, authreport.TLS13)
		}
	}
	add("gina@d00.example*hugo", "gina@[192.0.2.77]", "[192.0.2.77]", "192.0.2.77", h.days, authreport.TLS13)
	return h
}

// only gives what a store would have if there were these domains alone.
func (h *hosted) only(domains ...string) *hosted {
	within := *h
	within.submissions = slices.DeleteFunc(slices.Clone(h.submissions), func(c authreport.Count) bool { return !slices.Contains(domains, c.Client.Domain) })
	within.attempts = slices.DeleteFunc(slices.Clone(h.attempts), func(f authreport.FailureCount) bool {
		return !slices.ContainsFunc(domains, func(d string) bool { return strings.HasSuffix(f.Account, "@"+d) || f.Account == "device"+d[1:3] })
	})
	return &within
}

// mailed fills a store with a company and mails its report, all attached, to recipients of every kind. It gives the parts of their mails.
func (h *hosted) mailed(t *testing.T, reports config.Report) map[string]map[string]string {
	t.Helper()
	c := testConfig(t, 0)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", pseudonym.KeyLength)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Pseudonyms, c.Sources = config.NewSecret(strings.Repeat("k", pseudonym.KeyLength)), nil
	for _, name := range []string{"mx1", "customer-d33"} {
		c.Sources = append(c.Sources, config.Source{Name: name})
	}
	clause, err := authreport.ParseClause("domain is d34.example")
	if err != nil {
		t.Fatal(err)
	}
	c.Filters = []authreport.Filter{{Name: "Customer d35.example", Clauses: []authreport.Clause{clause}}}
	c.Mail.From, c.Mail.Username, c.Language, c.Reports = "authreport <reports@provider.example>", "reporter", "en", []config.Report{reports}
	d := &desk{t: t, clock: start, config: c}
	d.store = d.open()
	h.write(d)
	q := d.requester("one")
	q.Channel = deliver.NewOutbox(c.Mail.Outbox)
	r := store.Request{Report: reports.Name, Range: h.shown, Recipients: reports.Recipients, AskedBy: "a test", Due: d.clock, Created: d.clock, MessageHost: MessageHost(c.Mail)}
	id, err := d.store.AddRequest(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	d.do(t.Context(), q)
	if got := d.request(id); got.State != store.Done {
		t.Fatalf("the request is %s: %s; %s", got.State, got.Fault, d.states(id))
	}
	return outboxParts(t, c.Mail.Outbox)
}

func (h *hosted) write(d *desk) {
	d.t.Helper()
	tally := authreport.NewTally(d.config.Zone)
	for _, c := range h.submissions {
		tally.AddMessages(authreport.Submission{Time: c.Day.Start(d.config.Zone).Add(10 * 3600e9), Client: c.Client, Recipients: c.Recipients}, c.Messages)
	}
	for _, f := range h.attempts {
		for range f.Attempts {
			tally.AddFailure(authreport.Attempt{Time: f.Day.Start(d.config.Zone).Add(9 * 3600e9), Server: f.Server, Account: f.Account, IP: f.IP, Mechanism: f.Mechanism})
		}
	}
	for day := range h.days.All() {
		for i, source := range d.config.Sources {
			at := day.Start(d.config.Zone).Add(8 * 3600e9)
			tally.AddLines(authreport.Lines{Source: source.Name, Day: day, Read: int64(len(h.submissions)) + int64(i), NotUnderstood: 3, Example: "what person36c@d36.example did", First: at, Last: at.Add(3600e9)})
		}
		tally.AddGap("customer-d33", day.Start(d.config.Zone).Add(10*3600e9), authreport.GapBeforeLog, int64(len(h.submissions)))
	}
	d.write("all", tally)
	// A report of another customer has failed, and so has this one.
	for _, report := range []string{"for-d37.example", d.config.Reports[0].Name} {
		due := h.shown.Last.Start(d.config.Zone)
		id, err := d.store.AddRequest(d.t.Context(), store.Request{Report: report, Range: h.shown, Recipients: []string{"x@d38.example"}, AskedBy: "a test", Due: due, Created: due})
		if err != nil {
			d.t.Fatal(err)
		}
		claimed, err := d.store.Claim(d.t.Context(), "one", id, lease)
		if err != nil {
			d.t.Fatal(err)
		}
		if err := d.store.Fail(d.t.Context(), claimed, "x@d38.example was refused", nil); err != nil {
			d.t.Fatal(err)
		}
	}
}
