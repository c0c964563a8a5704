package report

import "slices"

// sharing is which accounts use each sender in the history, and the days of each where there are several.
type sharing struct {
	data  *data
	pair  []uint32          // of each client: the number of its sender and account; noGroup if nobody else has the sender
	first map[uint32]uint32 // of the senders with several accounts: the number of the first one's pair, the others' follow
	cells *cells            // by pair
}

func newSharing(d *data) *sharing {
	s := &sharing{data: d, pair: slices.Repeat([]uint32{noGroup}, len(d.clients)), first: make(map[uint32]uint32)}
	pairs := uint32(0)
	var accounts []uint32
	for sender := range uint32(d.senders.count()) {
		if accounts = s.accounts(accounts[:0], sender); len(accounts) < 2 {
			continue
		}
		for _, n := range d.senders.of(sender) {
			if place, used := slices.BinarySearch(accounts, d.clients[n].account); used {
				s.pair[n] = pairs + uint32(place)
			}
		}
		s.first[sender] = pairs
		pairs += uint32(len(accounts))
	}
	if pairs > 0 {
		s.cells = packCells(d, int(pairs), func(n uint32) uint32 { return s.pair[n] })
	}
	return s
}

// accounts gives the accounts that used a sender in the history, ascending, in all.
func (s *sharing) accounts(all []uint32, sender uint32) []uint32 {
	for _, n := range s.data.senders.of(sender) {
		if s.data.in(n, s.data.history).messages > 0 {
			all = append(all, s.data.clients[n].account)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// of gives the accounts of a sender.
func (s *sharing) of(sender uint32) []AccountHistory {
	var list []AccountHistory
	first, several := s.first[sender]
	for i, account := range s.accounts(nil, sender) {
		one := AccountHistory{Name: s.data.texts.at(account)}
		one.Own = s.data.marked(one.Name)
		if several {
			one.Cells = s.cells.of(first + uint32(i))
		}
		list = append(list, one)
	}
	return list
}
