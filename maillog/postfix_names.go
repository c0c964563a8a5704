package maillog

import "authreport"

// account is an AUTH identity, with an envelope sender that it used lately.
type account struct {
	name           string
	logged         string // the sender as it was logged
	sender, domain string // what is counted for it; empty if there is none
}

// account gives the account of a name, the same one each time for names that come again.
func (p *postfix) account(name []byte) *account {
	a, known := p.accounts.at(name)
	if !known {
		a.value = &account{name: a.text}
	}
	return a.value
}

// from gives what is counted for an envelope sender of the account's.
func (a *account) from(logged []byte, defaultDomain string) (sender, domain string) {
	if a.logged == string(logged) && a.sender != "" {
		return a.sender, a.domain
	}
	text := string(logged)
	sender = authreport.FoldSender(text)
	domain = authreport.SenderDomain(sender, defaultDomain)
	if len(text) <= longestName {
		a.logged, a.sender, a.domain = text, sender, domain
	}
	return sender, domain
}

// weight is how many names of usual length take the memory that these take.
func weight(names ...string) int {
	n := 1
	for _, name := range names {
		n += len(name) / longestName
	}
	return n
}
