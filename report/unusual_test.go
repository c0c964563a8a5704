package report_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"authreport"
	"authreport/report"
	"authreport/simulate"
)

// life is the counts of an account that sends a score of messages on workdays from one address, and the lines of the logs that they are from.
func life(account string, days int) *report.Memory {
	r := rand.New(rand.NewPCG(1, 2))
	m := &report.Memory{}
	for day := last - authreport.Day(days) + 1; day <= last; day++ {
		m.Read = append(m.Read, authreport.Lines{Source: "mx1", Day: day, Read: 1})
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday && day < last {
			n := 15 + int64(r.IntN(11))
			m.Submissions = append(m.Submissions, authreport.Count{Day: day, Client: usual(account), Messages: n, Recipients: n + 3, Hours: 0b111111111 << 8})
		}
	}
	return m
}

func usual(account string) authreport.Client {
	return authreport.Client{
		Server: "mx1", Account: account, Sender: account, Domain: "example.org", IP: netip.MustParseAddr("192.0.2.1"), TLS: authreport.TLS13, Cipher: "TLS_AES_256_GCM_SHA384", Mechanism: "XOAUTH2",
	}
}

// TestUnusual: on the last day, a Monday, one thing is unlike the account. What is told is that, with its figures, and no more.
func TestUnusual(t *testing.T) {
	type doing struct {
		change                      func(*authreport.Client)
		messages, recipients, hours int64
	}
	asUsual := doing{func(*authreport.Client) {}, 20, 23, 1 << 9}
	from := func(address string) doing {
		return doing{func(c *authreport.Client) { c.IP = netip.MustParseAddr(address) }, 5, 5, 1 << 9}
	}
	for _, test := range []struct {
		name     string
		does     []doing
		failures int64 // from 203.0.113.9, at eight
		want     []string
	}{
		{"nothing unusual", []doing{asUsual}, 0, nil},
		{"failed attempts alone", []doing{asUsual}, 500, nil},
		{"twice as much", []doing{{asUsual.change, 49, 49, 1 << 9}}, 0, nil},
		{"a great deal", []doing{{asUsual.change, 400, 400, 1 << 9}}, 0, []string{"notice volume 400", "notice recipients 400"}},
		{"as much as goes through", []doing{{asUsual.change, 4000, 4000, 1 << 9}}, 0, []string{"alarm volume 4000", "alarm recipients 4000"}},
		{"a great deal, some of it from elsewhere", []doing{{asUsual.change, 600, 600, 1 << 9}, from("203.0.113.9")}, 0, []string{"alarm volume 605", "alarm recipients 605", "alarm new_network 5 [203.0.113.0/24]"}},
		{"to very many", []doing{{asUsual.change, 20, 2900, 1 << 9}}, 0, []string{"alarm recipients 2900"}},
		{"with another program from elsewhere", []doing{asUsual, {func(c *authreport.Client) { c.IP, c.Cipher = netip.MustParseAddr("203.0.113.9"), "x" }, 5, 5, 1 << 9}}, 0, []string{"alarm new_network 5 [203.0.113.0/24] by a new program"}},
		{"from another network", []doing{asUsual, from("203.0.113.9")}, 0, []string{"notice new_network 5 [203.0.113.0/24]"}},
		{"from a neighbour's address", []doing{asUsual, from("192.0.2.99")}, 0, nil},
		{"from another network after failures", []doing{asUsual, from("203.0.113.9")}, 50, []string{"alarm after_failures 50 [203.0.113.9]", "alarm new_network 5 [203.0.113.0/24]"}},
		{"from another network after a typing error or two", []doing{asUsual, from("203.0.113.9")}, 2, []string{"notice new_network 5 [203.0.113.0/24]"}},
		{"from everywhere", []doing{from("203.0.113.9"), from("198.51.100.1"), from("198.18.0.1"), from("198.18.1.1"), from("198.18.2.1"), from("198.18.3.1"), from("2001:db8::1")}, 0, []string{
			"alarm many_networks 7 [198.18.0.0/24 198.18.1.0/24 198.18.2.0/24 198.18.3.0/24 198.51.100.0/24] 2 more", "alarm new_network 35 [198.18.0.0/24 198.18.1.0/24 198.18.2.0/24 198.18.3.0/24 198.51.100.0/24] 2 more",
		}},
		{"over old TLS", []doing{asUsual, {func(c *authreport.Client) { c.TLS = authreport.TLS10 }, 9, 9, 1 << 9}}, 0, []string{"alarm tls_downgrade 9 [TLS1.0]"}},
		{"over unknown TLS", []doing{asUsual, {func(c *authreport.Client) { c.TLS = authreport.TLSUnknown }, 9, 9, 1 << 9}}, 0, nil},
		{"with its password", []doing{asUsual, {func(c *authreport.Client) { c.Mechanism = "PLAIN" }, 9, 9, 1 << 9}}, 0, []string{"alarm new_mechanism 9 [PLAIN]"}},
		{"as others", []doing{
			asUsual, {func(c *authreport.Client) { c.Sender = "a@example.com" }, 1, 1, 1 << 9}, {func(c *authreport.Client) { c.Sender = "b@example.com" }, 1, 1, 1 << 9},
			{func(c *authreport.Client) { c.Sender = "c@example.com" }, 1, 1, 1 << 9}, {func(c *authreport.Client) { c.Sender = "=d@example.com" }, 1, 1, 1 << 9},
		}, 0, []string{"alarm many_senders 4 [=d@example.com a@example.com b@example.com c@example.com]"}},
		{"at night", []doing{asUsual, {func(c *authreport.Client) { c.Cipher = "x" }, 30, 30, 1 << 3}}, 0, []string{"alarm night 30 at 3"}},
		{"a late message", []doing{asUsual, {func(c *authreport.Client) { c.Cipher = "x" }, 1, 1, 1 << 3}}, 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := life("alice@example.org", 60)
			for _, d := range test.does {
				c := usual("alice@example.org")
				d.change(&c)
				source.Submissions = append(source.Submissions, authreport.Count{Day: last, Client: c, Messages: d.messages, Recipients: d.recipients, Hours: authreport.Hours(d.hours)})
			}
			if test.failures > 0 {
				source.Attempts = []authreport.FailureCount{{Day: last, Server: "mx1", Account: "alice@example.org", IP: netip.MustParseAddr("203.0.113.9"), Attempts: test.failures, Hours: 1 << 8}}
			}
			r := build(t, source, request(7, 60))
			same(t, "unusual", told(r), test.want)
		})
	}
}

// told is what a report calls unusual, in short.
func told(r *report.Report) (all []string) {
	for _, u := range r.Unusual {
		text := fmt.Sprintf("%s %s %d", u.Grade, u.Kind, u.Value)
		if len(u.Names) > 0 {
			text += fmt.Sprint(" ", u.Names)
		}
		if u.More > 0 {
			text += fmt.Sprintf(" %d more", u.More)
		}
		if u.Hour >= 0 {
			text += fmt.Sprint(" at ", u.Hour)
		}
		if u.Program {
			text += " by a new program"
		}
		all = append(all, text)
	}
	return all
}

// TestUnusualNewAndDormant: an account that comes, and one that comes back.
func TestUnusualNewAndDormant(t *testing.T) {
	source := life("alice@example.org", 60)
	for _, c := range []struct {
		account  string
		day      authreport.Day
		messages int64
	}{{"new@example.org", last - 2, 4}, {"new@example.org", last - 1, 4}, {"flood@example.org", last - 3, 40}, {"flood@example.org", last - 2, 600}, {"back@example.org", last - 50, 10}, {"back@example.org", last - 1, 30}} {
		source.Submissions = append(source.Submissions, authreport.Count{Day: c.day, Client: usual(c.account), Messages: c.messages, Recipients: c.messages, Hours: 1 << 10})
	}
	r := build(t, source, request(7, 60))
	same(t, "unusual", told(r), []string{"alarm dormant 30", "alarm new_account 600", "notice new_account 4"})
	if u := r.Unusual[1]; u.First != last-3 || u.Last != last-2 {
		t.Errorf("two days in a row are told as %s to %s", u.First, u.Last)
	}
	same(t, "counts", r.UnusualCounts, report.UnusualCounts{Alarms: 2, Notices: 1, AlarmAccounts: 2, Judged: 7, FirstJudged: last - 6})

	off := request(7, 60)
	off.Unusual.Off = []report.UnusualKind{report.NewAccount}
	same(t, "new accounts off", told(build(t, source, off)), []string{"alarm dormant 30"})
}

// TestUnusualNetworks: whose networks are strange.
func TestUnusualNetworks(t *testing.T) {
	from := func(source *report.Memory, account string, day authreport.Day, address string) {
		c := usual(account)
		c.IP = netip.MustParseAddr(address)
		source.Submissions = append(source.Submissions, authreport.Count{Day: day, Client: c, Messages: 5, Recipients: 5, Hours: 1 << 9})
	}
	t.Run("one that many use", func(t *testing.T) {
		source := life("alice@example.org", 60)
		for i, account := range []string{"alice@example.org", "b", "c", "d", "e"} { // the office moves within two days
			from(source, account, last-authreport.Day(i%2), "203.0.113.9")
		}
		same(t, "unusual", told(build(t, source, request(1, 60))), []string{"notice new_account 5", "notice new_account 5"})
	})
	t.Run("another one every other day", func(t *testing.T) {
		source := life("alice@example.org", 60)
		for i := range 30 {
			from(source, "alice@example.org", last-authreport.Day(2*i), fmt.Sprintf("198.18.%d.1", i))
		}
		same(t, "unusual", told(build(t, source, request(1, 60))), []string(nil))
	})
	t.Run("unknown", func(t *testing.T) {
		source := life("alice@example.org", 60)
		c := usual("alice@example.org")
		c.IP = netip.Addr{}
		source.Submissions = append(source.Submissions, authreport.Count{Day: last, Client: c, Messages: 5, Recipients: 5, Hours: 1 << 9})
		same(t, "unusual", told(build(t, source, request(1, 60))), []string(nil))
	})
}

// TestUnusualAfterFailures: attempts count that come before the success, the evening before included; not those that an account has to bear every day.
func TestUnusualAfterFailures(t *testing.T) {
	guesser := netip.MustParseAddr("203.0.113.9")
	for _, test := range []struct {
		name     string
		failures func(day authreport.Day) []authreport.FailureCount
		want     []string
	}{
		{"the evening before", func(day authreport.Day) []authreport.FailureCount {
			if day != last-1 {
				return nil
			}
			return []authreport.FailureCount{{Day: day, IP: guesser, Attempts: 50, Hours: 1 << 23}}
		}, []string{"alarm after_failures 50 [203.0.113.9]", "alarm new_network 5 [203.0.113.0/24]"}},
		{"later", func(day authreport.Day) []authreport.FailureCount {
			if day != last {
				return nil
			}
			return []authreport.FailureCount{{Day: day, Account: "alice@example.org", IP: guesser, Attempts: 50, Hours: 1 << 10}}
		}, []string{"notice new_network 5 [203.0.113.0/24]"}},
		{"from elsewhere", func(day authreport.Day) []authreport.FailureCount {
			if day != last {
				return nil
			}
			return []authreport.FailureCount{{Day: day, Account: "alice@example.org", IP: netip.MustParseAddr("198.18.0.1"), Attempts: 50, Hours: 1 << 8}}
		}, []string{"alarm after_failures 50 [203.0.113.9]", "alarm new_network 5 [203.0.113.0/24]"}},
		{"from elsewhere, every day", func(day authreport.Day) []authreport.FailureCount {
			return []authreport.FailureCount{{Day: day, Account: "alice@example.org", IP: netip.MustParseAddr("198.18.0.1"), Attempts: 50, Hours: 1 << 8}}
		}, []string{"notice new_network 5 [203.0.113.0/24]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, days := range []int{1, 7} {
				source := life("alice@example.org", 60)
				c := usual("alice@example.org")
				c.IP = guesser
				source.Submissions = append(source.Submissions, authreport.Count{Day: last, Client: c, Messages: 5, Recipients: 5, Hours: 1 << 9})
				for day := last - 59; day <= last; day++ {
					source.Attempts = append(source.Attempts, test.failures(day)...)
				}
				same(t, fmt.Sprintf("unusual in %d days", days), told(build(t, source, request(days, 60))), test.want)
			}
		})
	}
}

// TestUnusualMonthly: what is sent every month is usual, though the days that make up the baseline are fewer.
func TestUnusualMonthly(t *testing.T) {
	source := life("alice@example.org", 60)
	for _, day := range []authreport.Day{last - 31, last} {
		source.Submissions = append(source.Submissions, authreport.Count{Day: day, Client: usual("alice@example.org"), Messages: 40, Recipients: 4000, Hours: 1 << 12})
	}
	same(t, "unusual", told(build(t, source, request(1, 60))), []string(nil))
	same(t, "unusual, without the month before", told(build(t, source, request(1, 20))), []string{"alarm recipients 4000"})
}

// TestUnusualNeedsAPast: of logs that begin just before the range nothing can be called unusual, and it is said which days were judged.
func TestUnusualNeedsAPast(t *testing.T) {
	source := life("alice@example.org", 10)
	source.Submissions = append(source.Submissions, authreport.Count{Day: last, Client: usual("new@example.org"), Messages: 600})
	r := build(t, source, request(7, 60))
	same(t, "unusual", told(r), []string(nil))
	same(t, "counts", r.UnusualCounts, report.UnusualCounts{})

	source = life("alice@example.org", 18)
	r = build(t, source, request(7, 60))
	same(t, "counts", r.UnusualCounts, report.UnusualCounts{Judged: 4, FirstJudged: last - 3})
}

// TestUnusualDoesNotDependOnTheRange: what is told of a day is the same in a report of that day, of its week and of a month, as long as the same past is read.
func TestUnusualDoesNotDependOnTheRange(t *testing.T) {
	source := life("carol@example.org", 70)
	source.Submissions = append(source.Submissions, random(21, 3000).Submissions...)
	many := authreport.Count{Day: last, Client: usual("carol@example.org"), Messages: 400, Recipients: 400, Hours: 1 << 9}
	many.Client.IP = netip.MustParseAddr("203.0.113.9")
	source.Submissions = append(source.Submissions, many)
	onLast := func(days int) (all []report.Unusual) {
		for _, u := range build(t, source, request(days, 60)).Unusual {
			if u.First == last {
				all = append(all, u)
			}
		}
		return all
	}
	want := onLast(1)
	if len(want) == 0 {
		t.Fatal("nothing unusual on the last day of random counts")
	}
	for _, days := range []int{7, 30} {
		for _, u := range want {
			if !slices.ContainsFunc(onLast(days), func(o report.Unusual) bool { return fmt.Sprint(o) == fmt.Sprint(u) }) {
				// It may have been joined with the day before.
				joined := slices.ContainsFunc(build(t, source, request(days, 60)).Unusual, func(o report.Unusual) bool {
					return o.Kind == u.Kind && o.Account == u.Account && o.Last == last
				})
				if !joined {
					t.Errorf("%d days: not told: %v", days, u)
				}
			}
		}
	}
}

// TestUnusualIsTheSameHoweverManyAreJudgedAtATime: accounts that share networks are told apart although each is judged with a few others.
func TestUnusualIsTheSameHoweverManyAreJudgedAtATime(t *testing.T) {
	company := simulate.New(simulate.Settings{Seed: 7, Accounts: 150, Incidents: 40})
	request := report.Request{Range: authreport.Range{First: company.Range.Last - 29, Last: company.Range.Last}, History: 90, Zone: time.UTC, Now: (company.Range.Last + 1).UTC(), Sources: []string{"mail"}}
	want := build(t, company, request)
	if len(want.Unusual) < 40 {
		t.Fatalf("%d unusual activities, want many", len(want.Unusual))
	}
	for _, accounts := range []int{1, 7, 64} {
		got, err := report.BuildJudging(t.Context(), company, request, accounts)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("%d at a time", accounts), got.Unusual, want.Unusual)
		same(t, "counts", got.UnusualCounts, want.UnusualCounts)
	}
}
