package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Everyone gives all who get a report, each once: Recipients, Cc and Bcc.
func (r *Report) Everyone() []string { return slices.Concat(r.Recipients, r.Cc, r.Bcc) }

// Names says whether somebody is among those who get a report.
func (r *Report) Names(recipient string) bool {
	return slices.ContainsFunc(r.Everyone(), func(other string) bool { return mailbox(other) == mailbox(recipient) })
}

// Together says whether all who get a report get one message.
func (r *Report) Together() bool { return len(r.Cc)+len(r.Bcc) > 0 }

// heads is what a report says of who gets it.
type heads struct{ recipients, cc, bcc value }

func (h *heads) keys() []key {
	return []key{
		{"recipients", func(v value) { h.recipients = v }, ""},
		{"cc", func(v value) { h.cc = v }, ""},
		{"bcc", func(v value) { h.bcc = v }, ""},
	}
}

// read tells a report who gets it, and what. Who is named several times is where it is named first.
func (h *heads) read(report *Report, c *Config, groups *recipientReader) {
	var all []grant
	for _, part := range []struct {
		value
		to *[]string
	}{{h.recipients, &report.Recipients}, {h.cc, &report.Cc}, {h.bcc, &report.Bcc}} {
		if part.node == nil {
			continue
		}
		if h.recipients.node == nil {
			groups.fault(part.at, part.key, "must stand with recipients, has none")
		}
		grants := groups.members(part.value)
		for _, address := range addresses(grants) {
			if !slices.ContainsFunc(all, func(g grant) bool { return mailbox(g.address) == mailbox(address) }) {
				*part.to = append(*part.to, address)
			}
		}
		all = append(all, grants...)
	}
	report.Copies = groups.copies(h.recipients, *report, all)
	c.grantAll(all, false)
	if report.Together() {
		h.checkTogether(report, groups)
	}
}

// checkTogether looks whether all can get one message.
func (h *heads) checkTogether(report *Report, groups *recipientReader) {
	v := h.cc
	if v.node == nil {
		v = h.bcc
	}
	if len(report.Copies) > 1 {
		groups.fault(v.at, v.key, fmt.Sprintf("must be left out, or all get the same, since with cc or bcc it is one message; what %s and %s get differs (domains, pseudonyms, language or attachments)",
			report.Copies[0].Recipients[0], report.Copies[1].Recipients[0]))
	}
	for _, address := range slices.Concat(report.Recipients, report.Cc) {
		if local, _, _ := strings.Cut(address, "@"); strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) {
			groups.fault(v.at, v.key, "must be left out, since with it all mails name "+address+", and servers that take no such address (SMTPUTF8) would take none of them")
		}
	}
}
