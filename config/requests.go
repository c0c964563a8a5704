package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"authreport"
)

// Requests says what may be asked for by hand.
type Requests struct {
	RecipientDomains []string // to whom mails may go that the file does not name, folded; nil: anywhere
}

// readRequests reads the section requests, once mail is known. Without a list, mails go to the domain that they come from; those for the outbox go nowhere.
func readRequests(r *reader, v value, m Mail) (q Requests) {
	if m.Host != "" {
		q.RecipientDomains = []string{domainOf(m.From)}
	}
	r.mapping(v, "requests", []key{{"recipient_domains", func(v value) {
		q.RecipientDomains = readList(r, v, func(text string) (string, error) {
			if text == "*" {
				return text, nil
			}
			domain, err := parseDomain(text)
			if err != nil {
				err = errors.New("must be a domain such as example.org, or * for any")
			}
			return domain, err
		})
		if slices.Contains(q.RecipientDomains, "*") {
			q.RecipientDomains = nil
		}
	}, ""}})
	return q
}

// domainOf is the domain of an address, folded.
func domainOf(text string) string {
	address, err := parseAddress(text)
	if err != nil { // which is told where it stands
		return ""
	}
	return authreport.FoldDomain(address.Address[strings.LastIndexByte(address.Address, '@')+1:])
}

// MayAskFor gives an error unless reports may be mailed to all these addresses when somebody asks for that: the file names them, or allows their domain.
func (c *Config) MayAskFor(addresses []string) error {
	allowed := c.Requests.RecipientDomains
	var refused, domains []string
	for _, address := range addresses {
		_, named := c.granted[mailbox(address)]
		if domain := domainOf(address); allowed != nil && !named && !slices.Contains(c.Notify.Recipients, address) && !slices.Contains(allowed, domain) {
			refused, domains = append(refused, address), append(domains, domain)
		}
	}
	if refused == nil {
		return nil
	}
	return fmt.Errorf("recipient %s is neither named in %s nor in a domain that reports may be mailed to on request (%s): add %s to requests.recipient_domains there, or the address to a group under recipients",
		strings.Join(refused, ", "), c.Path, strings.Join(allowed, ", "), strings.Join(slices.Compact(domains), ", "))
}
