package render

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"authreport"
	"authreport/report"
)

// bookReport is a report whose range ends on 23 November 2026: a few senders with several clients each, hostile names, the null sender and authreport's own mail.
func bookReport(t testing.TB, days int, change func(*report.Memory, *report.Request)) *report.Report {
	t.Helper()
	last := authreport.NewDay(2026, time.November, 23)
	request := report.Request{
		Name: "weekly", Title: "SMTP AUTH clients, weekly", Range: authreport.Range{First: last - authreport.Day(days) + 1, Last: last}, History: days,
		Zone: time.UTC, Now: last.UTC().Add(31 * time.Hour), Own: []string{"authreport"}, Sources: []string{"mx1"},
	}
	source := &report.Memory{}
	for i, sender := range append([]string{authreport.NullSender, "root", "anna@example.org", "bram@example.net", "scanner@example.com"}, hostileSenders...) {
		for v := range authreport.TLS(7) {
			client := authreport.Client{
				Server: "mx1", Account: sender, Sender: sender, Domain: authreport.SenderDomain(sender, "example.org"), IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), TLS: v, Mechanism: "PLAIN",
			}
			if (i+int(v))%3 == 0 {
				client.Account, client.IP, client.Mechanism = "authreport", netip.Addr{}, "XOAUTH2"
			}
			for day := range 2 * days {
				if (day+i*int(v))%4 == 0 {
					n := int64(1 + (day+i)*(int(v)+1)*37%1999)
					source.Submissions = append(source.Submissions, authreport.Count{Day: last - authreport.Day(day), Client: client, Messages: n, Recipients: 2 * n})
				}
			}
		}
	}
	for day := range 2 * days {
		at := last - authreport.Day(day)
		source.Read = append(source.Read, authreport.Lines{Source: "mx1", Day: at, Read: 21000, NotUnderstood: 1, Example: "=odd <line>", First: at.UTC(), Last: at.UTC().Add(86399 * time.Second)})
		source.Attempts = append(source.Attempts, authreport.FailureCount{Day: at, Server: "mx1", Account: "anna@example.org", Attempts: 3})
	}
	if change != nil {
		change(source, &request)
	}
	r, err := report.Build(t.Context(), source, request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unusualToo makes a report's logs reach back far enough, and each of its accounts do something new on the last day.
func unusualToo(source *report.Memory, request *report.Request) {
	last := request.Range.Last
	for day := 2 * request.Range.Days(); day < 40; day++ {
		source.Read = append(source.Read, authreport.Lines{Source: "mx1", Day: last - authreport.Day(day), Read: 1})
	}
	for _, name := range append([]string{"anna@example.org"}, hostileSenders...) {
		client := authreport.Client{Server: "mx1", Account: name, Sender: name, Domain: "example.org", IP: netip.MustParseAddr("203.0.113.9"), TLS: authreport.TLS13, Mechanism: name}
		source.Submissions = append(source.Submissions, authreport.Count{Day: last, Client: client, Messages: 3, Recipients: 3, Hours: 1 << 9})
	}
}

func writeBook(t testing.TB, r *report.Report, rows int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := english.writeWorkbook(&b, r, rows, BookCut{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openBook(t testing.TB, book []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// rowsOf reads a sheet's cells as they are stored, below its headings; headings gives the place of each column.
func rowsOf(t testing.TB, f *excelize.File, sheet string) (headings map[string]int, rows [][]string) {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	headings = make(map[string]int)
	for i, title := range rows[0] {
		headings[title] = i
		for j := range rows[1:] {
			for len(rows[1+j]) <= i {
				rows[1+j] = append(rows[1+j], "")
			}
		}
	}
	return headings, rows[1:]
}

// column gives one column of a sheet.
func columnOf(t testing.TB, f *excelize.File, sheet, title string) []string {
	t.Helper()
	headings, rows := rowsOf(t, f, sheet)
	place, ok := headings[title]
	if !ok {
		t.Fatalf("sheet %s has no column %q", sheet, title)
	}
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = rounded(row[place])
	}
	return values
}

func sum(t testing.TB, values []string) (total int64) {
	t.Helper()
	for _, v := range values {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return total
}

// collect gives one text for each row of a sequence.
func collect[T any](rows []T, text func(T) string) []string {
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = text(row)
	}
	return texts
}

func decimal(n int64) string         { return strconv.FormatInt(n, 10) }
func serial(d authreport.Day) string { return strconv.Itoa(int(d) + 25569) } // 1970-01-01 is day 25569

// fraction is part of whole as columnOf gives it.
func fraction(part, whole int64) string { return tenDigits(float64(part) / float64(whole)) }

// tenDigits writes a number with ten digits: a cell is read back with fewer than it was written with.
func tenDigits(n float64) string { return strconv.FormatFloat(n, 'g', 10, 64) }

func rounded(cell string) string {
	if n, err := strconv.ParseFloat(cell, 64); err == nil && strings.Contains(cell, ".") {
		return tenDigits(n)
	}
	return cell
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestWorkbookTellsWhatTheReportDoes: unusual activity and dependences, cell by cell.
func TestWorkbookTellsWhatTheReportDoes(t *testing.T) {
	r := bookReport(t, 7, unusualToo)
	if len(r.Unusual) < 2 {
		t.Fatalf("%d unusual activities, want some", len(r.Unusual))
	}
	f := openBook(t, writeBook(t, r, excelize.TotalRows))
	for title, value := range map[string]func(report.Unusual) string{
		"Account":           func(u report.Unusual) string { return english.accountName(u.Account, u.Own) },
		"Kind":              func(u report.Unusual) string { return english.unusualTitle(u.Kind) },
		"Why":               func(u report.Unusual) string { return english.unusualReason(u) },
		"Figure":            func(u report.Unusual) string { return decimal(u.Value) },
		"Last day":          func(u report.Unusual) string { return serial(u.Last) },
		"Messages that day": func(u report.Unusual) string { return decimal(u.Messages) },
	} {
		same(t, "Unusual activity, "+title, columnOf(t, f, "Unusual activity", title), collect(r.Unusual, value))
	}
	depending := slices.Collect(dependents(r, 0))
	for title, value := range map[string]func(dependent) string{
		"Depends on":       func(d dependent) string { return english.text("dependence." + string(d.kind) + ".title") },
		"Account":          func(d dependent) string { return english.accountName(d.Account, d.Own) },
		"Messages":         func(d dependent) string { return decimal(d.Messages) },
		"Of the account’s": func(d dependent) string { return fraction(d.Messages, d.All) },
		"Client addresses": func(d dependent) string { return strconv.Itoa(d.AddressCount) },
		"Last seen":        func(d dependent) string { return serial(d.Last) },
	} {
		same(t, "Legacy TLS, "+title, columnOf(t, f, "Legacy TLS", title), collect(depending, value))
	}
	for i, d := range r.Dependences {
		var all int64
		for one := range r.Dependents(d.Kind) {
			all += one.Messages
		}
		if all != d.Messages.Value || all == 0 {
			t.Errorf("%s: %d messages of its accounts, %d in all", d.Kind, all, d.Messages.Value)
		}
		title := english.text("dependence."+string(d.Kind)+".title") + ": messages"
		same(t, title, columnOf(t, f, "Legacy by day", title), collect(d.Days, func(day report.DependenceDay) string { return decimal(day.Messages) }))
		if r.Dependences[i].Kind == report.LegacyTLS && d.Messages != r.Summary.Legacy {
			t.Errorf("legacy TLS: %v, headline %v", d.Messages, r.Summary.Legacy)
		}
	}
}

func TestWorkbookHasTheReportsFigures(t *testing.T) {
	r := bookReport(t, 7, nil)
	f := openBook(t, writeBook(t, r, excelize.TotalRows))
	senders, accounts, clients := slices.Collect(r.Senders()), slices.Collect(r.Accounts()), slices.Collect(r.Clients())

	for title, value := range map[string]func(report.Sender) string{
		"Sender address":   func(s report.Sender) string { return english.senderName(s.Address, s.Own) },
		"Domain":           func(s report.Sender) string { return english.domainName(s.Domain) },
		"Messages":         func(s report.Sender) string { return decimal(s.Messages.Value) },
		"Messages before":  func(s report.Sender) string { return decimal(s.Messages.Before) },
		"Recipients":       func(s report.Sender) string { return decimal(s.Recipients) },
		"Accounts":         func(s report.Sender) string { return decimal(s.Accounts) },
		"Client addresses": func(s report.Sender) string { return decimal(s.Addresses) },
		"First seen":       func(s report.Sender) string { return serial(s.First) },
		"Last seen":        func(s report.Sender) string { return serial(s.Last) },
	} {
		same(t, "Sending volume, "+title, columnOf(t, f, "Sending volume", title), collect(senders, value))
	}
	for _, v := range authreport.TLSVersions() {
		same(t, "TLS usage, "+v.String(), columnOf(t, f, "TLS usage", v.String()), collect(senders, func(s report.Sender) string { return decimal(s.TLS[v]) }))
		same(t, "TLS usage, share of "+v.String(), columnOf(t, f, "TLS usage", v.String()+" %"), collect(senders, func(s report.Sender) string { return fraction(s.TLS[v], s.Messages.Value) }))
		same(t, "Domains, "+v.String(), columnOf(t, f, "Domains", v.String()), collect(r.Domains, func(d report.Domain) string { return decimal(d.TLS[v]) }))
		same(t, "Daily, "+v.String(), columnOf(t, f, "Daily", v.String()), collect(r.Summary.Days, func(d report.Day) string { return decimal(d.TLS[v]) }))
	}
	for title, value := range map[string]func(report.Account) string{
		"Account":              func(a report.Account) string { return english.accountName(a.Name, a.Own) },
		"Messages":             func(a report.Account) string { return decimal(a.Messages.Value) },
		"Sender addresses":     func(a report.Account) string { return decimal(a.Senders) },
		"Over legacy TLS":      func(a report.Account) string { return decimal(a.TLS.Legacy()) },
		"Without TLS":          func(a report.Account) string { return decimal(a.TLS[authreport.TLSNone]) },
		"After PLAIN or LOGIN": func(a report.Account) string { return decimal(a.Basic) },
		"After OAuth":          func(a report.Account) string { return decimal(a.OAuth) },
		"Failed AUTH attempts": func(a report.Account) string { return decimal(a.Failures) },
	} {
		same(t, "Accounts, "+title, columnOf(t, f, "Accounts", title), collect(accounts, value))
	}
	for title, value := range map[string]func(report.Client) string{
		"Sender address": func(c report.Client) string { return english.senderName(c.Sender, c.Own) },
		"Account":        func(c report.Client) string { return english.accountName(c.Account, c.Own) },
		"Client address": func(c report.Client) string { return english.addressName(c.IP) },
		"TLS version":    func(c report.Client) string { return c.TLS.String() },
		"Mechanism":      func(c report.Client) string { return c.Mechanism },
		"Messages":       func(c report.Client) string { return decimal(c.Messages) },
		"Last seen":      func(c report.Client) string { return serial(c.Last) },
	} {
		same(t, "Clients, "+title, columnOf(t, f, "Clients", title), collect(clients, value))
	}
	for _, sheet := range []string{"Sending volume", "TLS usage", "Accounts", "Domains", "Daily", "Daily by domain", "Clients"} {
		if got := sum(t, columnOf(t, f, sheet, "Messages")); got != r.Summary.Messages.Value {
			t.Errorf("sheet %s: %d messages, headline: %d", sheet, got, r.Summary.Messages.Value)
		}
	}
	changes := columnOf(t, f, "Sending volume", "Change")
	for i, s := range senders {
		want := fraction(s.Messages.Value-s.Messages.Before, s.Messages.Before)
		if s.Messages.Before == 0 {
			want = "new"
		}
		if changes[i] != want {
			t.Errorf("change of %q: got %s, want %s", s.Address, changes[i], want)
		}
	}
}

func TestWorkbookSummary(t *testing.T) {
	r := bookReport(t, 7, func(m *report.Memory, _ *report.Request) { m.Read = m.Read[1:] })
	f := openBook(t, writeBook(t, r, excelize.TotalRows))
	rows, err := f.GetRows("Summary", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string][]string)
	for _, row := range rows {
		if len(row) > 0 {
			for i := range row {
				row[i] = rounded(row[i])
			}
			values[row[0]] = row[1:]
		}
	}
	s := r.Summary
	for name, figure := range map[string]report.Figure{
		"Accounts that submitted, last 7 days": r.Week.Accounts, "Messages": s.Messages, "Recipients": s.Recipients, "Sender addresses": s.Senders,
		"Accounts": s.Accounts, "Client addresses": s.Addresses, "Messages over legacy TLS": s.Legacy, "Accounts with legacy TLS": s.LegacyAccounts,
		"Messages without TLS": s.NoTLS, "Messages after PLAIN or LOGIN": s.Basic, "Failed AUTH attempts": s.Failures,
		"TLS1.3": {Value: s.TLS[authreport.TLS13], Before: s.TLSBefore[authreport.TLS13]}, "unknown": {Value: s.TLS[authreport.TLSUnknown], Before: s.TLSBefore[authreport.TLSUnknown]},
	} {
		if got := values[name]; len(got) < 3 || got[0] != decimal(figure.Value) || got[1] != decimal(figure.Before) || figure.Before != 0 && got[2] != fraction(figure.Value-figure.Before, figure.Before) {
			t.Errorf("%s: got %q, want %+v", name, got, figure)
		}
	}
	if got := values["Messages over legacy TLS"]; got[3] != fraction(s.Legacy.Value, s.Messages.Value) {
		t.Errorf("share of legacy TLS: got %s", got[3])
	}
	for _, text := range []string{"17 to 23 Nov 2026 (7 days), UTC", "Made Tue 24 Nov 2026, 07:00 UTC", "All sender domains", "Partial data. " + english.partialNotice(r), english.qualityNotices(r)[0], "First line not understood: =odd <line>"} {
		if _, ok := values[text]; !ok {
			t.Errorf("summary does not say %q", text)
		}
	}
	if got := values["mx1"]; len(got) != 4 || got[1] != decimal(r.Quality.Sources[0].Read) || got[3] != tenDigits(float64(authreport.NewDay(2026, 11, 23)+25569)-1.0/86400) {
		t.Errorf("source: got %q", got)
	}
}
