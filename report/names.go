package report

import (
	"fmt"
	"iter"
	"math"
	"net/netip"
	"slices"
	"strings"

	"authreport"
)

// client is an authreport.Client with numbers in place of names. Numbers are in the order of the names, so that comparing them compares the names.
type client struct {
	server, account, sender, domain, cipher, mechanism uint32 // in names.texts
	ip                                                 uint32 // in names.addresses
	group                                              uint32 // of the sender and its domain, in data.senders
	tls                                                authreport.TLS
	kind                                               mechanismKind
	hidden                                             bool // by the report's domain filter
}

// mechanismKind is what a SASL mechanism asks for.
type mechanismKind uint8

const (
	otherMechanism mechanismKind = iota
	basicMechanism               // the password itself: PLAIN (RFC 4616), LOGIN
	oauthMechanism               // a bearer token: XOAUTH2, OAUTHBEARER (RFC 7628)
)

func kindOf(mechanism string) mechanismKind {
	switch strings.ToUpper(mechanism) {
	case "PLAIN", "LOGIN":
		return basicMechanism
	case "XOAUTH2", "OAUTHBEARER":
		return oauthMechanism
	}
	return otherMechanism
}

// names is who the clients of a report are.
type names struct {
	clients   []client // by number, as counts has them
	texts     texts
	addresses []netip.Addr // sorted; the zero Addr is the unknown address
	shown     []uint32     // the clients that are not hidden, sorted by their fields
}

// readNames names the clients of c from a sequence of at least all of them. Those whose domain is not among domains (if there are any) are hidden.
func readNames(c *counts, domains []string, source iter.Seq2[authreport.KnownClient, error]) (*names, error) {
	n := &names{clients: make([]client, c.numbers.count)}
	named := make([]bool, len(n.clients))
	wanted := make(map[string]bool)
	for _, domain := range domains {
		wanted[domain] = true
	}
	var words index[string]
	var addresses index[netip.Addr]
	for known, err := range source {
		if err != nil {
			return nil, err
		}
		number, counted := c.numbers.find(known.ID)
		if !counted {
			continue
		}
		named[number] = true
		if len(wanted) > 0 && !wanted[known.Client.Domain] {
			n.clients[number].hidden = true
			continue
		}
		n.clients[number] = client{
			server: words.number(known.Client.Server), account: words.number(known.Client.Account), sender: words.number(known.Client.Sender),
			domain: words.number(known.Client.Domain), cipher: words.number(known.Client.Cipher), mechanism: words.number(known.Client.Mechanism),
			ip: addresses.number(known.Client.IP), tls: known.Client.TLS, kind: kindOf(known.Client.Mechanism),
		}
	}
	if missing := slices.Index(named, false); missing >= 0 {
		return nil, fmt.Errorf("client %d has counts, but is not among the clients", c.numbers.id(uint32(missing)))
	}
	n.sort(&words, &addresses)
	return n, nil
}

// sort puts words and addresses in order and gives the clients their places as numbers.
func (n *names) sort(words *index[string], addresses *index[netip.Addr]) {
	wordPlaces, addressPlaces := words.sort(strings.Compare), addresses.sort(netip.Addr.Compare)
	n.texts, n.addresses = newTexts(words.values), addresses.values
	for i := range n.clients {
		c := &n.clients[i]
		if c.hidden {
			continue
		}
		for _, field := range []*uint32{&c.server, &c.account, &c.sender, &c.domain, &c.cipher, &c.mechanism} {
			*field = wordPlaces[*field]
		}
		c.ip = addressPlaces[c.ip]
		n.shown = append(n.shown, uint32(i))
	}
	for _, field := range []func(c *client) uint32{
		func(c *client) uint32 { return c.mechanism },
		func(c *client) uint32 { return c.cipher },
		func(c *client) uint32 { return uint32(c.tls) },
		func(c *client) uint32 { return c.ip },
		func(c *client) uint32 { return c.domain },
		func(c *client) uint32 { return c.sender },
		func(c *client) uint32 { return c.account },
		func(c *client) uint32 { return c.server },
	} {
		n.shown = sortedBy(n.shown, n.limit(), func(number uint32) uint32 { return field(&n.clients[number]) })
	}
}

// limit is above the numbers of all names.
func (n *names) limit() int { return max(n.texts.count(), len(n.addresses), math.MaxUint8+1) }

// client gives a client its names back.
func (n *names) client(number uint32) authreport.Client {
	c := &n.clients[number]
	return authreport.Client{
		Server: n.texts.at(c.server), Account: n.texts.at(c.account), Sender: n.texts.at(c.sender), Domain: n.texts.at(c.domain),
		IP: n.addresses[c.ip], TLS: c.tls, Cipher: n.texts.at(c.cipher), Mechanism: n.texts.at(c.mechanism),
	}
}

// texts is sorted texts, one after the other: a million strings would be a million things for the garbage collector to look at.
type texts struct {
	joined string
	starts []int // of each in joined, and after the last its end
}

func newTexts(sorted []string) texts {
	t := texts{joined: strings.Join(sorted, ""), starts: make([]int, 1, len(sorted)+1)}
	for _, text := range sorted {
		t.starts = append(t.starts, t.starts[len(t.starts)-1]+len(text))
	}
	return t
}

func (t *texts) at(number uint32) string { return t.joined[t.starts[number]:t.starts[number+1]] }

func (t *texts) count() int { return len(t.starts) - 1 }

// index gives values numbers in the order of their coming.
type index[T comparable] struct {
	numbers map[T]uint32
	values  []T
}

func (x *index[T]) number(value T) uint32 {
	number, known := x.numbers[value]
	if !known {
		if x.numbers == nil {
			x.numbers = make(map[T]uint32)
		}
		number = uint32(len(x.values))
		x.numbers[value] = number
		x.values = append(x.values, value)
	}
	return number
}

// sort orders the values and gives the place that each number's value has now.
func (x *index[T]) sort(compare func(a, b T) int) (places []uint32) {
	places = make([]uint32, len(x.values))
	slices.SortFunc(x.values, compare)
	for place, value := range x.values {
		places[x.numbers[value]] = uint32(place)
	}
	return places
}
