package store

import (
	"cmp"
	"strings"

	"authreport"
)

// kind is what a chunk holds.
type kind string

const (
	kindClients  kind = "clients"
	kindCounts   kind = "counts"
	kindFailures kind = "failures"
)

// packed is a row that is kept in chunks. A change of how one is packed needs a migration.
type packed[R any] interface {
	*R
	pack(*packer)
	unpack(*unpacker)     // sets all of the row but its day
	compare(other *R) int // the order of rows in a run; 0 for two that are to be added up
	add(other *R)
}

// countRow is one client's count of one day.
type countRow authreport.ClientCount

func (c *countRow) pack(p *packer) {
	p.ascending(c.ClientID)
	p.uvarint(uint64(c.Messages))
	p.varint(c.Recipients - c.Messages)
	p.hours(c.Hours)
}

func (c *countRow) unpack(u *unpacker) {
	c.ClientID = u.ascending()
	c.Messages = int64(u.uvarint())
	c.Recipients = c.Messages + u.varint()
	c.Hours = u.hours()
}

func (c *countRow) compare(other *countRow) int { return cmp.Compare(c.ClientID, other.ClientID) }

func (c *countRow) add(other *countRow) {
	c.Messages += other.Messages
	c.Recipients += other.Recipients
	c.Hours |= other.Hours
}

// failureRow is the failed attempts of one day with the same server, account, client address and mechanism.
//
// Clients are numbered for counts, and these are not: whoever guesses passwords seldom comes back with the same account and address, so that a list of them
// would be as long as this one.
type failureRow authreport.FailureCount

func (f *failureRow) pack(p *packer) {
	p.text(0, f.Server)
	p.near(1, f.Account)
	p.ip(f.IP)
	p.text(2, f.Mechanism)
	p.uvarint(uint64(f.Attempts))
	p.hours(f.Hours)
}

func (f *failureRow) unpack(u *unpacker) {
	f.Server = u.text(0)
	f.Account = u.text(1)
	f.IP = u.ip()
	f.Mechanism = u.text(2)
	f.Attempts = int64(u.uvarint())
	f.Hours = u.hours()
}

func (f *failureRow) compare(other *failureRow) int {
	if f.Server != other.Server {
		return strings.Compare(f.Server, other.Server)
	}
	if c := strings.Compare(f.Account, other.Account); c != 0 {
		return c
	}
	if f.IP != other.IP {
		return f.IP.Compare(other.IP)
	}
	return strings.Compare(f.Mechanism, other.Mechanism)
}

func (f *failureRow) add(other *failureRow) {
	f.Attempts += other.Attempts
	f.Hours |= other.Hours
}

// clientRow is a client with its number.
type clientRow authreport.KnownClient

func (c *clientRow) pack(p *packer) {
	p.ascending(c.ID)
	p.text(0, c.Client.Sender)
	p.text(1, c.Client.Account)
	p.text(2, c.Client.Domain)
	p.text(3, c.Client.Server)
	p.ip(c.Client.IP)
	p.data = append(p.data, byte(c.Client.TLS))
	p.text(4, c.Client.Cipher)
	p.text(5, c.Client.Mechanism)
}

func (c *clientRow) unpack(u *unpacker) {
	c.ID = u.ascending()
	c.Client.Sender = u.text(0)
	c.Client.Account = u.text(1)
	c.Client.Domain = u.text(2)
	c.Client.Server = u.text(3)
	c.Client.IP = u.ip()
	if tls := u.take(1); tls != "" {
		c.Client.TLS = authreport.TLS(tls[0])
	}
	c.Client.Cipher = u.text(4)
	c.Client.Mechanism = u.text(5)
}

func (c *clientRow) compare(other *clientRow) int { return cmp.Compare(c.ID, other.ID) }

// add is never called: no two clients have the same number.
func (c *clientRow) add(*clientRow) {}
