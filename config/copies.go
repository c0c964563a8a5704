package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"authreport"
)

// Form is how a report comes to its readers.
type Form struct {
	Language       string // of the mail and what it has attached; empty: Config.Language
	AttachPage     string // zip, html or none
	AttachWorkbook bool
	AttachCSV      bool // the senders
	AttachJSON     bool // the whole report
	AttachMS       bool // CSV with the columns of Microsoft 365's requested report
}

// Copy is what some recipients of a report get of it.
type Copy struct {
	Form
	Recipients []string // at least one, in the file's order
	Domains    []string // sender domains of which they may know, those of the report at most, folded, by name; empty: all
	Pseudonyms bool     // in place of names and client addresses
}

// IsWhole says whether the recipients may know everything.
func (c *Copy) IsWhole() bool { return len(c.Domains) == 0 && !c.Pseudonyms }

// Of gives the report as its recipients get it.
func (c *Copy) Of(r Report) Report {
	r.Form, r.Recipients = c.Form, c.Recipients
	return r
}

// ErrNoDomain is of recipients who may know of none of the sender domains that are asked for.
var ErrNoDomain = errors.New("may know of none of these sender domains")

// Within gives those of the sender domains asked for (none: all) of which the recipients may know, empty if these are all; ErrNoDomain if there is none.
func (c *Copy) Within(asked []string) ([]string, error) {
	domains := meet(asked, c.Domains)
	if len(domains) == 0 && len(asked)+len(c.Domains) > 0 {
		return nil, fmt.Errorf("%s %w: %s (config.yaml gives %s)", strings.Join(c.Recipients, ", "), ErrNoDomain, strings.Join(asked, ", "), strings.Join(c.Domains, ", "))
	}
	return domains, nil
}

// meet gives what two lists of domains have in common, where an empty one has all.
func meet(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	var both []string
	for _, domain := range a {
		if slices.Contains(b, domain) {
			both = append(both, domain)
		}
	}
	return both
}

// SameContent says whether the recipients of another copy may know the same.
func (c *Copy) SameContent(other *Copy) bool {
	return c.Pseudonyms == other.Pseudonyms && slices.Equal(c.Domains, other.Domains)
}

// Same says whether the recipients of another copy get the same.
func (c *Copy) Same(other *Copy) bool { return c.Form == other.Form && c.SameContent(other) }

// Copies gives the copies of a report for some recipients, in the order of the first of each. Who is not one of the report's own, or asks for a report that is not
// configured, gets what its groups say, and of sender domains and real names no more than the whole file gives it: asking for a report gives nobody more.
func (c *Config) Copies(r Report, recipients []string) []Copy {
	var copies []Copy
	for _, recipient := range recipients {
		one := c.copyFor(r, recipient)
		if i := slices.IndexFunc(copies, func(other Copy) bool { return other.Same(&one) }); i >= 0 {
			copies[i].Recipients = append(copies[i].Recipients, recipient)
		} else {
			one.Recipients = []string{recipient}
			copies = append(copies, one)
		}
	}
	return copies
}

func (c *Config) copyFor(r Report, recipient string) Copy {
	address := mailbox(recipient)
	for _, one := range r.Copies {
		if slices.ContainsFunc(one.Recipients, func(own string) bool { return mailbox(own) == address }) {
			return one
		}
	}
	return c.granted[address].copyOf(r)
}

// Narrowest gives the least that the file gives a recipient anywhere: sender domains (empty: all), and whether names are pseudonyms.
func (c *Config) Narrowest(recipient string) (domains []string, pseudonyms bool) {
	given := c.granted[mailbox(recipient)]
	return given.domains, given.pseudonyms
}

// mailbox is an address as it is compared: most servers do not tell upper from lower case, so that a restriction must not either.
func mailbox(address string) string {
	at := strings.LastIndexByte(address, '@') + 1
	return strings.ToLower(address[:at]) + authreport.FoldDomain(address[at:])
}

// copyOf gives what settings make of a report. Where its domains and theirs have none in common, theirs stay, and nothing is left of what is asked for (Within).
func (s settings) copyOf(r Report) Copy {
	one := Copy{Form: r.Form, Domains: union(nil, meet(r.Domains, s.domains)), Pseudonyms: s.pseudonyms}
	if len(one.Domains) == 0 {
		one.Domains = s.domains
	}
	s.form.apply(&one.Form)
	return one
}

// copies sorts the grants of a report's recipients into copies. Who is named several times gets the domains of all of them together; real names and pseudonyms, or
// everything and some domains, cannot both be meant.
func (r *reader) copies(v value, report Report, grants []grant) []Copy {
	var all []grant
	for _, g := range grants {
		i := slices.IndexFunc(all, func(other grant) bool { return mailbox(other.address) == mailbox(g.address) })
		if i < 0 {
			all = append(all, g)
			continue
		}
		first := &all[i]
		conflict := func(rule, one, other string, isOne bool) {
			if isOne {
				one, other = other, one
			}
			r.fault(g.at, v.key, fmt.Sprintf("%s must get %s, gets %s by line %d and %s here: leave it out of one of them", g.address, rule, one, first.at.Position.Line, other))
		}
		switch {
		case first.pseudonyms != g.pseudonyms:
			conflict("pseudonyms or real names", "pseudonyms", "real names", g.pseudonyms)
		case len(first.domains) == 0 != (len(g.domains) == 0):
			conflict("some domains or all", "some domains", "all", len(g.domains) > 0)
		default:
			first.domains = union(first.domains, g.domains)
			first.form = first.form.over(g.form)
		}
	}
	c := &Config{granted: map[string]settings{}}
	for _, g := range all {
		if len(report.Domains) > 0 && len(meet(report.Domains, g.domains)) == 0 {
			r.fault(g.at, v.key, fmt.Sprintf("must leave %s something to see: it may know of %s alone, and the report is of %s", g.address, strings.Join(g.domains, ", "), strings.Join(report.Domains, ", ")))
		}
		c.granted[mailbox(g.address)] = g.settings
	}
	return c.Copies(report, addresses(grants))
}

// union gives what is in one of two lists, sorted.
func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// grantAll notes what recipients are given somewhere in the file, for who asks for another report.
func (c *Config) grantAll(grants []grant, withForm bool) {
	for _, g := range grants {
		known := c.granted[mailbox(g.address)]
		switch {
		case len(known.domains) == 0:
			known.domains = g.domains
		case len(g.domains) > 0:
			known.domains = union(known.domains, g.domains)
		}
		known.pseudonyms = known.pseudonyms || g.pseudonyms
		if withForm {
			known.form = known.form.over(g.form)
		}
		c.granted[mailbox(g.address)] = known
	}
}
