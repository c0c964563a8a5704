package report

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"authreport"
)

// client is an authreport.Client with numbers in place of names. Numbers are in the order of the names, so that comparing them compares the names.
type client struct {
	account, sender, domain uint32 // in names.texts
	ip                      uint32 // in names.addresses
	group                   uint32 // of the sender and its domain, in data.senders
	way                     uint32 // in names.ways
}

// way is how clients come in: there are few of them.
type way struct {
	server, cipher, mechanism uint32 // in names.texts
	tls                       authreport.TLS
	kind                      mechanismKind
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
	ways      []way    // by TLS version, cipher, mechanism and server
	texts     texts
	addresses addresses
	shown     []uint32 // the clients, sorted by their fields
}

// wayOf is how a client comes in.
func (n *names) wayOf(client uint32) *way { return &n.ways[n.clients[client].way] }

// readNames names the clients of c from a sequence of at least all of them.
func readNames(c *counts, source iter.Seq2[authreport.KnownClient, error]) (*names, error) {
	n := &names{clients: make([]client, c.numbers.count)}
	named := make([]bool, len(n.clients))
	ways := make(map[way]uint32)
	for known, err := range source {
		if err != nil {
			return nil, err
		}
		number, counted := c.numbers.find(known.ID)
		if !counted {
			continue
		}
		named[number] = true
		n.clients[number] = n.client(&known.Client, ways)
		if n.texts.full() {
			return nil, errors.New("there are 4 GB of names")
		}
	}
	if missing := slices.Index(named, false); missing >= 0 {
		return nil, fmt.Errorf("client %d has counts, but is not among the clients", c.numbers.id(uint32(missing)))
	}
	n.sort()
	return n, nil
}

// client gives a client numbers, which are those of the order of coming.
func (n *names) client(known *authreport.Client, ways map[way]uint32) client {
	w := way{n.texts.number(known.Server), n.texts.number(known.Cipher), n.texts.number(known.Mechanism), known.TLS, kindOf(known.Mechanism)}
	number, seen := ways[w]
	if !seen {
		number = uint32(len(n.ways))
		ways[w] = number
		n.ways = append(n.ways, w)
	}
	c := client{sender: n.texts.number(known.Sender), domain: n.texts.number(known.Domain), ip: n.addresses.number(known.IP), way: number}
	if c.account = c.sender; known.Account != known.Sender {
		c.account = n.texts.number(known.Account)
	}
	return c
}

// sort puts names, addresses and ways in order and gives the clients their places as numbers.
func (n *names) sort() {
	texts, addresses := n.texts.sort(), n.addresses.sort()
	ways := n.sortWays(texts)
	n.shown = make([]uint32, 0, len(n.clients))
	for i := range n.clients {
		c := &n.clients[i]
		c.account, c.sender, c.domain, c.ip, c.way = texts[c.account], texts[c.sender], texts[c.domain], addresses[c.ip], ways[c.way]
		n.shown = append(n.shown, uint32(i))
	}
	n.shown = sorted(n.shown, n.limit(),
		func(number uint32) uint32 { return n.wayOf(number).server },
		func(number uint32) uint32 { return n.clients[number].account },
		func(number uint32) uint32 { return n.clients[number].sender },
		func(number uint32) uint32 { return n.clients[number].domain },
		func(number uint32) uint32 { return n.clients[number].ip },
		func(number uint32) uint32 { return n.clients[number].way })
}

// sortWays gives the ways their texts' numbers, puts them in order and gives the number that each has now.
func (n *names) sortWays(texts []uint32) (numbers []uint32) {
	order := make([]uint32, len(n.ways))
	for i := range order {
		w := &n.ways[i]
		w.server, w.cipher, w.mechanism = texts[w.server], texts[w.cipher], texts[w.mechanism]
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, y := &n.ways[a], &n.ways[b]
		return cmp.Or(cmp.Compare(x.tls, y.tls), cmp.Compare(x.cipher, y.cipher), cmp.Compare(x.mechanism, y.mechanism), cmp.Compare(x.server, y.server))
	})
	sorted := make([]way, len(n.ways))
	numbers = make([]uint32, len(n.ways))
	for i, before := range order {
		sorted[i], numbers[before] = n.ways[before], uint32(i)
	}
	n.ways = sorted
	return numbers
}

// limit is above the numbers of all names.
func (n *names) limit() int { return max(n.texts.count(), n.addresses.count(), len(n.ways)) }

// named gives a client its names back.
func (n *names) named(number uint32) authreport.Client {
	c, w := &n.clients[number], n.wayOf(number)
	return authreport.Client{
		Server: n.texts.at(w.server), Account: n.texts.at(c.account), Sender: n.texts.at(c.sender), Domain: n.texts.at(c.domain),
		IP: n.addresses.at(c.ip), TLS: w.tls, Cipher: n.texts.at(w.cipher), Mechanism: n.texts.at(w.mechanism),
	}
}
