package render

import (
	"strings"

	"authreport/report"
)

// The words of what breaks when something is switched off: the same on the page, in the mail and in the workbook.

// dependenceWords is what a kind is called, and what it is.
var dependenceWords = map[report.DependenceKind]struct{ title, what string }{
	report.LegacyTLS:       {"Legacy TLS", "SSL3.0, TLS1.0 and TLS1.1, which RFC 7568 and RFC 8996 deprecate"},
	report.NoTLS:           {"No TLS", "Mail handed over in clear text, against which RFC 8314 advises"},
	report.BasicMechanisms: {"Basic mechanisms", "PLAIN and LOGIN, which send the password itself"},
}

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
func dependenceModels(r *report.Report, limit int) []dependenceModel {
	var models []dependenceModel
	for _, d := range r.Dependences {
		words := dependenceWords[d.Kind]
		m := dependenceModel{ID: string(d.Kind), Title: words.title, What: words.what}
		m.Sum = counted(d.Messages.Value, "message", "messages") + " (" + percent(d.Messages.Value, r.Summary.Messages.Value) + ") of " + counted(d.Accounts.Value, "account", "accounts")
		if r.Summary.BeforeComplete {
			m.Sum += "; " + number(d.Messages.Before) + " of " + number(d.Accounts.Before) + " before"
		}
		m.Trend = trend(d)
		for dependent := range r.Dependents(d.Kind) {
			if len(m.Rows) == limit {
				break
			}
			m.Rows = append(m.Rows, newDependentRow(dependent))
		}
		if int64(len(m.Rows)) < d.Accounts.Value {
			m.Note = number(int64(len(m.Rows))) + " of " + counted(d.Accounts.Value, "account", "accounts") + "."
		}
		models = append(models, m)
	}
	return models
}

func newDependentRow(d report.Dependent) dependentRow {
	return dependentRow{
		Account: accountName(d.Account, d.Own), Messages: number(d.Messages), Share: percent(d.Messages, d.All), Last: date(d.Last),
		Versions: dependentVersions(d), Mechanisms: dependentMechanisms(d), Addresses: dependentAddresses(d),
	}
}

func dependentVersions(d report.Dependent) string { return tlsDetail(mailTLS(d.TLS, d.TLS, false)) }

func dependentMechanisms(d report.Dependent) string {
	var names []string
	for _, name := range d.Mechanisms {
		names = append(names, loggedName(name))
	}
	return strings.Join(names, ", ")
}

// dependentAddresses lists the busiest client addresses, and says how many more there are.
func dependentAddresses(d report.Dependent) string {
	var names []string
	for _, ip := range d.Addresses {
		names = append(names, addressName(ip))
	}
	text := strings.Join(names, ", ")
	if more := d.AddressCount - len(d.Addresses); more > 0 {
		text += " and " + number(int64(more)) + " more"
	}
	return text
}

// trend tells the burn-down: the accounts of the first and the last week of the days that the report carries.
func trend(d report.Dependence) string {
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
	return "At most " + counted(most(last), "account", "accounts") + " a day in the last week, " + number(most(first)) + " in the week from " + date(first[0].Day) + "."
}
