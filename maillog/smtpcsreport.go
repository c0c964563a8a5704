package maillog

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"authreport"
)

// reportColumns is the columns of the report that Microsoft 365 makes on request of its SMTP AUTH clients (Exchange admin center, Reports, Mail flow;
// the file is called "SmtpCSReport_….csv"), as sameName gives them: date, senderName, senderDomain, authMethod, original_client_ip, tls_version,
// tls_cipher, message_count, message_id. Other spellings are those of the center's other exports of the same things.
var reportColumns = [tableCells][]string{
	timeCell:      {"date"},
	accountCell:   {"sendername", "senderaddress"},
	clientIPCell:  {"originalclientip"},
	tlsCell:       {"tlsversion"},
	cipherCell:    {"tlscipher"},
	mechanismCell: {"authmethod", "authenticationprotocol"},
	messagesCell:  {"messagecount"},
}

// smtpCSReport is what a report's rows need beyond a table's.
type smtpCSReport struct {
	domain int    // the cell of senderDomain
	joined []byte // an address made of name and domain
}

// newSMTPCSReport makes a parser of requested reports. Dates without a zone are UTC, as in Microsoft 365's other reports, unless the source has a zone of its own.
func newSMTPCSReport(o Options) Parser {
	if !o.OwnLocation {
		o.Location = time.UTC
	}
	p := &csvTable{
		table:      newTable(Options{Source: o.Source, Location: o.Location, DefaultDomain: o.DefaultDomain}, authreport.GapReportTLS),
		delimiters: []byte(",;\t"), // a spreadsheet writes the file again with its own
		names:      slices.Clone(reportColumns[:]),
		needed:     []int{timeCell, accountCell},
		refuse:     refuseReport,
	}
	r := &smtpCSReport{domain: len(p.columns)}
	p.names = append(p.names, []string{"senderdomain"})
	p.columns = append(p.columns, "senderDomain")
	p.cells, p.counts = append(p.cells, nil), append(p.counts, -1)
	p.adjust = r.adjust
	p.forget()
	return p
}

// recogniseReport goes by the header.
func recogniseReport(line []byte, _ *record) bool {
	text := sameName(trimMark(line[:min(len(line), maxHeader)]))
	for _, column := range [...]string{"date", "sendername", "authmethod", "tlsversion", "messagecount"} {
		if !strings.Contains(text, column) {
			return false
		}
	}
	return newSMTPCSReport(Options{}).(*csvTable).readHeader(trimMark(line))
}

// adjust makes an address of a name without domain, and a SASL mechanism of the report's word for it; false for a row without sender.
func (r *smtpCSReport) adjust(cells [][]byte) bool {
	sender := trimBlanks(cells[accountCell])
	if domain := trimBlanks(cells[r.domain]); len(domain) > 0 && len(sender) > 0 && bytes.IndexByte(sender, '@') < 0 {
		r.joined = append(append(append(r.joined[:0], sender...), '@'), domain...)
		sender = r.joined
	}
	cells[accountCell] = sender
	word := trimBlanks(cells[mechanismCell])
	for _, m := range reportMechanisms {
		if len(word) >= len(m.word) && bytes.EqualFold(word[:len(m.word)], m.word) {
			cells[mechanismCell] = m.mechanism
		}
	}
	return !noAccount(sender)
}

// reportMechanisms is what the report's words for a kind of authentication begin with, and what smtp.office365.com offers of that kind (250-AUTH LOGIN XOAUTH2).
var reportMechanisms = []struct{ word, mechanism []byte }{
	{[]byte("basic"), []byte("LOGIN")},
	{[]byte("oauth"), []byte("XOAUTH2")},
	{[]byte("modern"), []byte("XOAUTH2")},
}

const (
	traceReason  = "a message trace, which does not tell who logged in: request the SMTP AUTH clients report"
	signInReason = "sign-ins, which tell of logins, not of messages: request the SMTP AUTH clients report"
)

// otherReports tells what other files of Microsoft 365 are by columns that they have, as sameName gives them, and why they cannot be counted.
var otherReports = []struct {
	columns []string
	reason  string
}{
	{[]string{"senderaddress", "tls1.0", "messagessent"}, "the on-screen export, whose rows have no date: request the report instead"},
	{[]string{"senderaddress", "recipientstatus"}, traceReason},
	{[]string{"senderaddress", "recipientaddress"}, traceReason},
	{[]string{"date(utc)", "clientapp"}, signInReason},
	{[]string{"clientappused"}, signInReason},
}

// refuseReport says what a line in the place of the header is of; empty if nothing is known of it.
func refuseReport(line []byte) string {
	text := sameName(line[:min(len(line), maxHeader)])
	for _, other := range otherReports {
		if !slices.ContainsFunc(other.columns, func(column string) bool { return !strings.Contains(text, column) }) {
			return other.reason
		}
	}
	return ""
}
