package render

import (
	"fmt"
	"slices"
	"strings"

	"authreport"
	"authreport/report"
)

// The words of unusual activity: the same on the page, in the mail, in the workbook and in JSON.

// unusualTitles is what the kinds are called.
var unusualTitles = map[report.UnusualKind]string{
	report.NewAccount:     "New account",
	report.UnusualVolume:  "Volume",
	report.ManyRecipients: "Recipients",
	report.NewNetwork:     "New network",
	report.ManyNetworks:   "Many networks",
	report.TLSDowngrade:   "TLS downgrade",
	report.NewMechanism:   "New mechanism",
	report.ManySenders:    "Many senders",
	report.DormantAccount: "Dormant account",
	report.NightHours:     "Night hours",
	report.AfterFailures:  "Success after failures",
}

// unusualTitle is what a kind is called.
func unusualTitle(kind report.UnusualKind) string {
	if title := unusualTitles[kind]; title != "" {
		return title
	}
	return visible(string(kind))
}

// unusualRow is one unusual activity, in words.
type unusualRow struct {
	Grade, Title, Account, Days, Reason string
	Messages                            string
	Alarm                               bool
}

func newUnusualRow(u report.Unusual) unusualRow {
	row := unusualRow{
		Grade: "Notice", Title: unusualTitle(u.Kind), Account: accountName(u.Account, u.Own), Days: dates(authreport.Range{First: u.First, Last: u.Last}),
		Reason: unusualReason(u), Messages: number(u.Messages), Alarm: u.Grade == report.Alarm,
	}
	if row.Alarm {
		row.Grade = "Alarm"
	}
	return row
}

// unusualRows gives the rows of a report, at most limit.
func unusualRows(r *report.Report, limit int) []unusualRow {
	var rows []unusualRow
	for _, u := range r.Unusual[:min(len(r.Unusual), limit)] {
		rows = append(rows, newUnusualRow(u))
	}
	return rows
}

// unusualReason says in one sentence why something is unusual, with the figures behind it.
func unusualReason(u report.Unusual) string { return unusualReasonBeside(u, nil) }

// unusualReasonBeside leaves out which kinds it comes together with as far as the reader has these in sight.
func unusualReasonBeside(u report.Unusual, inSight []report.UnusualKind) string {
	text := unusualFigures(u)
	var names []string
	for _, kind := range u.With {
		if !slices.Contains(inSight, kind) {
			names = append(names, strings.ToLower(unusualTitle(kind)[:1])+unusualTitle(kind)[1:])
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		text += "; together with: " + strings.Join(names, ", ")
	}
	return text + "."
}

func unusualFigures(u report.Unusual) string {
	value, names := number(u.Value), unusualNames(u)
	messages := counted(u.Value, "message", "messages")
	switch u.Kind {
	case report.NewAccount:
		return "First mail of this account in all days kept: " + messages
	case report.UnusualVolume:
		return fmt.Sprintf("%s in a day, %s on such days before; unusual from %s", messages, number(u.Usual), number(u.Limit))
	case report.ManyRecipients:
		return fmt.Sprintf("%s in a day, %s on such days before; unusual from %s", counted(u.Value, "recipient", "recipients"), number(u.Usual), number(u.Limit))
	case report.NewNetwork:
		text := messages + " from a network that neither it nor many others had used: " + names
		if u.Program {
			text += ", by a mail program that it had not used either"
		}
		return text
	case report.ManyNetworks:
		return fmt.Sprintf("From %s networks in a day that neither it nor many others had used, at most %s before: %s", value, number(u.Usual), names)
	case report.TLSDowngrade:
		return messages + " over " + names + ", after newer TLS versions only"
	case report.NewMechanism:
		return messages + " after " + names + ", a mechanism that it had not used"
	case report.ManySenders:
		return fmt.Sprintf("%s sender addresses that it had not used, at most %s new in a day before: %s", value, number(u.Usual), names)
	case report.DormantAccount:
		return messages + " after " + counted(u.Usual, "day", "days") + " of silence"
	case report.NightHours:
		return fmt.Sprintf("About %s at night, from the hour of %02d:00 on; seldom or never before at such hours", messages, max(u.Hour, 0))
	case report.AfterFailures:
		return fmt.Sprintf("A client address that is new to it, %s, succeeded after %s from there or on the account", names, counted(u.Value, "failed AUTH attempt", "failed AUTH attempts"))
	}
	return unusualTitle(u.Kind) + ": " + value
}

// unusualNames lists what is new.
func unusualNames(u report.Unusual) string {
	names := make([]string, len(u.Names))
	for i, name := range u.Names {
		names[i] = shorten(orElse(name, notLogged), mailName)
	}
	text := strings.Join(names, ", ")
	if u.More > 0 {
		text += fmt.Sprintf(" and %s more", number(int64(u.More)))
	}
	return text
}

// unusualSummary says in a sentence how much is unusual, and of which days that is said.
func unusualSummary(r *report.Report) string {
	c := r.UnusualCounts
	days := r.Request.Range.Days()
	switch {
	case c.Judged == 0:
		return "Nothing can be called unusual yet: the logs do not reach back far enough to know what is usual."
	case c.Alarms+c.Notices == 0 && c.Judged == days:
		return "Nothing unusual."
	}
	text := "Nothing unusual."
	if c.Alarms+c.Notices > 0 {
		text = fmt.Sprintf("%s of %s, %s.", counted(int64(c.Alarms), "alarm", "alarms"), counted(int64(c.AlarmAccounts), "account", "accounts"), counted(int64(c.Notices), "notice", "notices"))
	}
	if c.Judged < days {
		text += fmt.Sprintf(" Days before %s are not judged: the logs do not reach back far enough.", date(c.FirstJudged))
	}
	return text
}
