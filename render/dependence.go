package render

import (
	"strings"

	"authreport/report"
)

// What breaks when something is switched off, in words: the same on the page, in the mail and in the workbook.

// dependenceModel is one kind of dependence, in words.
type dependenceModel struct {
	ID, Title, What string
	Sum             string // "1,234 messages (5.1 %) of 12 accounts; before: …"
	Trend           string // the burn-down in a sentence
	Rows            []dependentRow
	Note            string // how many rows of how many
}

// dependentRow is one account that depends.
type dependentRow struct {
	Account, Messages, Share, Versions, Mechanisms, Last, Addresses string
}

// dependenceModels gives every kind with its accounts, at most limit each.
func (l *language) dependenceModels(r *report.Report, limit int) []dependenceModel {
	var models []dependenceModel
	for _, d := range r.Dependences {
		m := dependenceModel{ID: string(d.Kind), Title: l.text("dependence." + string(d.Kind) + ".title"), What: l.text("dependence." + string(d.Kind) + ".what")}
		m.Sum = l.text("dependence.sum", "messages", l.counted("message", d.Messages.Value), "share", l.percent(d.Messages.Value, r.Summary.Messages.Value),
			"accounts", l.counted("account", d.Accounts.Value))
		if r.Summary.BeforeComplete {
			m.Sum = l.text("dependence.sum_before", "sum", m.Sum, "messages", l.number(d.Messages.Before), "accounts", l.number(d.Accounts.Before))
		}
		m.Trend = l.trend(d)
		for dependent := range r.Dependents(d.Kind) {
			if len(m.Rows) == limit {
				break
			}
			m.Rows = append(m.Rows, l.newDependentRow(dependent))
		}
		if int64(len(m.Rows)) < d.Accounts.Value {
			m.Note = l.text("table.part", "shown", l.number(int64(len(m.Rows))), "all", l.counted("account", d.Accounts.Value))
		}
		models = append(models, m)
	}
	return models
}

func (l *language) newDependentRow(d report.Dependent) dependentRow {
	return dependentRow{
		Account: l.accountName(d.Account, d.Own), Messages: l.number(d.Messages), Share: l.percent(d.Messages, d.All), Last: l.date(d.Last),
		Versions: l.dependentVersions(d), Mechanisms: l.dependentMechanisms(d), Addresses: l.dependentAddresses(d),
	}
}

func (l *language) dependentVersions(d report.Dependent) string {
	return l.tlsDetail(l.mailTLS(d.TLS, d.TLS, false))
}

func (l *language) dependentMechanisms(d report.Dependent) string {
	var names []string
	for _, name := range d.Mechanisms {
		names = append(names, l.loggedName(name))
	}
	return strings.Join(names, ", ")
}

// dependentAddresses lists the busiest client addresses, and says how many more there are.
func (l *language) dependentAddresses(d report.Dependent) string {
	var names []string
	for _, ip := range d.Addresses {
		names = append(names, l.addressName(ip))
	}
	text := strings.Join(names, ", ")
	if more := d.AddressCount - len(d.Addresses); more > 0 {
		return l.text("name.and_more", "names", text, "n", l.number(int64(more)))
	}
	return text
}

// trend tells the burn-down: the accounts of the first and the last week of the days that the report carries.
func (l *language) trend(d report.Dependence) string {
	const week = 7
	if len(d.Days) < 2*week {
		return ""
	}
	most := func(days []report.DependenceDay) (accounts int64) {
		for _, day := range days {
			accounts = max(accounts, day.Accounts)
		}
		return accounts
	}
	first, last := d.Days[:week], d.Days[len(d.Days)-week:]
	return l.text("dependence.trend", "last", l.counted("account", most(last)), "first", l.number(most(first)), "date", l.date(first[0].Day))
}
