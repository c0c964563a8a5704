package maillog

import "authreport"

// account is an AUTH identity, with the envelope sender that it used last.
type account struct {
	name           string
	logged         string // the sender as it was logged
	sender, domain string // what is counted for it; empty before the first
}

// account gives the account of a name, the same one each time for names that come again.
func (p *postfix) account(name []byte) *account {
	if a := p.accounts[string(name)]; a != nil {
		return a
	}
	a := &account{name: string(name)}
	if len(name) <= longestName {
		if len(p.accounts) >= maxNames {
			clear(p.accounts)
		}
		p.accounts[a.name] = a
	}
	return a
}

// sends says which envelope sender the account uses now.
func (a *account) sends(logged []byte, defaultDomain string) {
	if a.logged == string(logged) && a.sender != "" {
		return
	}
	a.logged = string(logged)
	a.sender = authreport.FoldSender(a.logged)
	a.domain = authreport.SenderDomain(a.sender, defaultDomain)
}
