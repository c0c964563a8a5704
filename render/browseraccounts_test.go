package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// testAccounts: the accounts are the report's, sort by any column, and are not shown for days or a domain that they are not counted for.
func testAccounts(p *tab, r *report.Report) {
	p.click("#tab-accounts")
	p.wait(`document.querySelector("#table-accounts tr[data-row]")`)
	p.want("#found", english.counted("account", r.Summary.Accounts.Value))
	var want [][]string
	for a := range r.Accounts() {
		want = append(want, []string{english.accountName(a.Name, a.Own), english.number(a.Messages.Value), english.change(a.Messages), english.number(a.Senders)})
	}
	for i, place := range []int{0, 1, 3, 5} {
		var column []string
		for _, row := range want {
			column = append(column, row[i])
		}
		if got := p.column("accounts", place); len(got) < 10 || !slices.Equal(got, column[:len(got)]) {
			p.Errorf("column %d is %v, want the beginning of %v", place, got, column[:20])
		}
	}
	p.click(`#table-accounts th[data-key="account"] button`)
	if got := p.column("accounts", 0); !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		p.Errorf("accounts are not ascending: %v", got)
	}
	p.set("#search", "PRINTER-", "input")
	for _, name := range p.column("accounts", 0) {
		if !strings.HasPrefix(name, "printer-") {
			p.Errorf("found %s", name)
		}
	}
	p.set("#search", "", "input")
	p.click(`#table-accounts th[data-key="recipients"] button`)
	testAccountsOfChoice(p, r)
}

// accountRow is an account's figures for a choice of days and senders.
type accountRow struct {
	name                                    string
	messages, before, senders, legacy, none int64
}

// accountsOf gives the accounts behind the senders kept, most messages first.
func accountsOf(r *report.Report, days, before authreport.Range, keep func(report.SenderHistory) bool) []accountRow {
	rows := make(map[string]*accountRow)
	for h := range r.Histories() {
		if !keep(h) {
			continue
		}
		for _, a := range h.Accounts {
			row := rows[a.Name]
			if row == nil {
				row = &accountRow{name: english.accountName(a.Name, a.Own)}
				rows[a.Name] = row
			}
			cells, used := a.Cells, int64(0)
			if cells == nil {
				cells = h.Cells
			}
			for _, c := range cells {
				switch {
				case days.Contains(c.Day):
					row.messages += c.Messages
					used = 1
					if c.TLS.Legacy() {
						row.legacy += c.Messages
					} else if c.TLS == authreport.TLSNone {
						row.none += c.Messages
					}
				case before.Contains(c.Day):
					row.before += c.Messages
				}
			}
			row.senders += used
		}
	}
	var list []accountRow
	for _, row := range rows {
		if row.messages > 0 {
			list = append(list, *row)
		}
	}
	slices.SortFunc(list, func(a, b accountRow) int {
		return cmp.Or(cmp.Compare(b.messages, a.messages), strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
	return list
}

// testAccountsOfChoice: accounts follow days, domain and clauses as far as the page has counts; what it has none of is not shown.
func testAccountsOfChoice(p *tab, r *report.Report) {
	days := authreport.Range{First: companyLast - 29, Last: companyLast - 10}
	domain := english.domainName(r.Domains[0].Name)
	p.set("#end", days.Last.String(), "change")
	p.set("#start", days.First.String(), "change")
	p.set("#domain", eval[string](p, fmt.Sprintf(`[...document.querySelectorAll("#domain option")].find((o) => o.textContent === %q).value`, domain)), "change")
	for _, test := range []struct {
		clause bool
		keep   func(report.SenderHistory) bool
	}{
		{false, func(h report.SenderHistory) bool { return english.domainName(h.Domain) == domain }},
		{true, func(h report.SenderHistory) bool {
			return english.domainName(h.Domain) == domain && strings.HasPrefix(h.Address, "info")
		}},
	} {
		if test.clause {
			p.click("#clause-open")
			p.set("#clause-field", "sender", "change")
			p.set("#clause-operator", "starts with", "change")
			p.set("#clause-text", "INFO", "input")
			p.click("#clause-form button[type=submit]")
		}
		rows := accountsOf(r, days, days.Before(), test.keep)
		p.want("#found", english.counted("account", int64(len(rows))))
		var want [][]string
		for _, row := range rows {
			f := report.Figure{Value: row.messages, Before: row.before}
			want = append(want, []string{row.name, english.number(row.messages), english.number(row.before), english.change(f), english.number(row.senders), english.number(row.legacy), english.number(row.none)})
		}
		got := eval[[][]string](p, `[...document.querySelectorAll("#table-accounts tr[data-row]")].map((row) => [...row.cells].filter((c) => c.offsetParent).map((c) => c.innerText.trim()))`)
		if want = want[:min(len(got), len(want))]; len(got) < 3 || !slices.EqualFunc(got, want, slices.Equal) {
			p.Errorf("accounts are %v, want %v", got, want)
		}
	}
	if len(p.column("accounts", 0)) != 3 {
		p.Errorf("behind info stand %v", p.column("accounts", 0))
	}
	p.click("#accounts-other button")
	p.want("#found", english.counted("account", r.Summary.Accounts.Value))
	if shown := eval[bool](p, `document.querySelector("#table-accounts th[data-key=recipients]").offsetParent !== null`); !shown {
		p.Error("the report's own choice has no recipients")
	}
}
