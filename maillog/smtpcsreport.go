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

// smtpCSReport reads requested reports, each of them whole.
type smtpCSReport struct {
	csvTable
	domain  int    // the cell of senderDomain
	joined  []byte // an address made of name and domain
	refused string // what the file is, if its first line is no header; not part of the state, for a file is read in one go
}

// newSMTPCSReport makes a parser of requested reports. Dates without a zone are UTC, as in Microsoft 365's other reports, unless the source has a zone of its own.
func newSMTPCSReport(o Options) Parser {
	if !o.OwnLocation {
		o.Location = time.UTC
	}
	r := &smtpCSReport{csvTable: csvTable{
		table:      newTable(Options{Source: o.Source, Location: o.Location, DefaultDomain: o.DefaultDomain}, authreport.GapReportTLS),
		delimiters: []byte(",;\t"), // a spreadsheet writes the file again with its own
		names:      append(slices.Clone(reportColumns[:]), []string{"senderdomain"}),
		needed:     []int{timeCell, accountCell},
	}}
	r.domain = len(r.columns)
	r.columns = append(r.columns, "senderDomain")
	r.cells, r.counts = append(r.cells, nil), append(r.counts, -1)
	r.csvTable.adjust, r.csvTable.refuse = r.adjust, r.refuse
	r.forget()
	return r
}

// File begins another file, with a header of its own.
func (r *smtpCSReport) File(modified time.Time) {
	r.csvTable.File(modified)
	r.drop()
	r.header, r.width, r.refused = nil, 0, ""
}

// Settle marks the row in which the file broke off, if it did. It may go on all the same.
func (r *smtpCSReport) Settle(*authreport.Tally) {
	if r.heldLines > 0 {
		r.reject(r.held)
	}
}

func (r *smtpCSReport) Refused() string {
	if r.width > 0 {
		return ""
	}
	return r.refused
}

// recogniseReport goes by the header.
func recogniseReport(line []byte, _ *record) bool {
	text := sameName(trimMark(line[:min(len(line), maxHeader)]))
	for _, column := range [...]string{"date", "sendername", "authmethod", "tlsversion", "messagecount"} {
		if !strings.Contains(text, column) {
			return false
		}
	}
	return newSMTPCSReport(Options{}).(*smtpCSReport).readHeader(trimMark(line))
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

// refuse says what a line in the place of the header is of; empty if nothing is known of it.
func (r *smtpCSReport) refuse(line []byte) string {
	text := sameName(line[:min(len(line), maxHeader)])
	for _, other := range otherReports {
		if !slices.ContainsFunc(other.columns, func(column string) bool { return !strings.Contains(text, column) }) {
			r.refused = other.reason
			return other.reason
		}
	}
	if r.refused == "" {
		r.refused = "no report of SMTP AUTH clients: it has no header with the columns date and senderName"
	}
	return ""
}
