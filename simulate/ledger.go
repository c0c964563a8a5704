package simulate

import (
	"cmp"
	"net/netip"
	"slices"

	"authreport"
)

// ledger adds up what was submitted and what failed.
type ledger struct {
	numbers  map[authreport.Client]int64
	clients  []authreport.Client // client n+1 at n
	sums     map[dayClient]*authreport.ClientCount
	byName   map[string][]dayClient   // keys of sums by account, in the order of their coming
	counts   []authreport.ClientCount // of sums, once sorted
	failed   map[failedKey]*authreport.FailureCount
	failures []authreport.FailureCount // of failed, once sorted
}

type dayClient struct {
	day    authreport.Day
	client int64
}

type failedKey struct {
	day     authreport.Day
	account string
	ip      netip.Addr
}

func newLedger() ledger {
	return ledger{
		numbers: make(map[authreport.Client]int64), sums: make(map[dayClient]*authreport.ClientCount), byName: make(map[string][]dayClient), failed: make(map[failedKey]*authreport.FailureCount),
	}
}

// add counts messages of a client. Hours are those in which they were sent.
func (l *ledger) add(day authreport.Day, client authreport.Client, messages, recipients int, hours authreport.Hours) {
	if messages < 1 {
		return
	}
	number, known := l.numbers[client]
	if !known {
		l.clients = append(l.clients, client)
		number = int64(len(l.clients))
		l.numbers[client] = number
	}
	sum := l.sums[dayClient{day, number}]
	if sum == nil {
		sum = &authreport.ClientCount{Day: day, ClientID: number}
		l.sums[dayClient{day, number}] = sum
		l.byName[client.Account] = append(l.byName[client.Account], dayClient{day, number})
	}
	sum.Messages += int64(messages)
	sum.Recipients += int64(max(messages, recipients))
	sum.Hours |= hours
}

// lately gives the client that an account used most on its last day before a day.
func (l *ledger) lately(account string, day authreport.Day) (c authreport.Client, known bool) {
	var most *authreport.ClientCount
	for _, key := range l.byName[account] {
		if sum := l.sums[key]; sum != nil && key.day < day && (most == nil || key.day > most.Day || key.day == most.Day && sum.Messages > most.Messages) {
			most = sum
		}
	}
	if most == nil {
		return c, false
	}
	return l.clients[most.ClientID-1], true
}

// restate makes others of the clients that an account used on some days; first is the first such day.
func (l *ledger) restate(account string, days authreport.Range, change func(authreport.Client) authreport.Client) (first authreport.Day, changed bool) {
	for _, key := range slices.Clone(l.byName[account]) {
		if sum := l.sums[key]; sum != nil && days.Contains(key.day) {
			delete(l.sums, key)
			l.add(key.day, change(l.clients[key.client-1]), int(sum.Messages), int(sum.Recipients), sum.Hours)
			if !changed || key.day < first {
				first, changed = key.day, true
			}
		}
	}
	return first, changed
}

// fail counts failed attempts.
func (l *ledger) fail(day authreport.Day, account string, ip netip.Addr, attempts int, hours authreport.Hours) {
	if attempts < 1 {
		return
	}
	sum := l.failed[failedKey{day, account, ip}]
	if sum == nil {
		sum = &authreport.FailureCount{Day: day, Server: "mx1", Account: account, IP: ip, Mechanism: "LOGIN"}
		l.failed[failedKey{day, account, ip}] = sum
	}
	sum.Attempts += int64(attempts)
	sum.Hours |= hours
}

// sort puts all in an order that does not depend on maps.
func (l *ledger) sort() {
	for _, sum := range l.sums {
		l.counts = append(l.counts, *sum)
	}
	slices.SortFunc(l.counts, func(a, b authreport.ClientCount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ClientID, b.ClientID))
	})
	for _, sum := range l.failed {
		l.failures = append(l.failures, *sum)
	}
	slices.SortFunc(l.failures, func(a, b authreport.FailureCount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account, b.Account), a.IP.Compare(b.IP))
	})
	l.sums, l.failed, l.byName, l.numbers = nil, nil, nil, nil
}
