package report

import (
	"cmp"
	"slices"

	"authreport"
)

// UnusualKind is a way in which an account may do something unlike itself. Its value serves as a key in documents and in config.yaml.
type UnusualKind string

// The kinds of unusual activity.
const (
	NewAccount     UnusualKind = "new_account"    // the account's first submission in all days kept
	UnusualVolume  UnusualKind = "volume"         // many more messages than on such days before
	ManyRecipients UnusualKind = "recipients"     // many more recipients than on such days before
	NewNetwork     UnusualKind = "new_network"    // first use of a network (/24 of IPv4, /48 of IPv6) that few other accounts use
	ManyNetworks   UnusualKind = "many_networks"  // of more such networks in a day than ever before
	TLSDowngrade   UnusualKind = "tls_downgrade"  // legacy TLS or none, of an account that had always used newer versions
	NewMechanism   UnusualKind = "new_mechanism"  // a SASL mechanism that the account had not used
	ManySenders    UnusualKind = "many_senders"   // several envelope senders that the account had not used
	DormantAccount UnusualKind = "dormant"        // submits again after a long silence
	NightHours     UnusualKind = "night"          // at night, of an account that is not used to it
	AfterFailures  UnusualKind = "after_failures" // a client address that is new to the account succeeds after attempts that failed
)

// UnusualKinds lists every kind, in the order in which reports explain them.
func UnusualKinds() []UnusualKind {
	return []UnusualKind{AfterFailures, UnusualVolume, ManyRecipients, ManyNetworks, ManySenders, DormantAccount, TLSDowngrade, NewMechanism, NightHours, NewNetwork, NewAccount}
}

// Grade says how much unusual activity asks for a look.
type Grade string

// The grades.
const (
	Notice Grade = "notice" // worth knowing; ordinary life has an explanation for it most of the time
	Alarm  Grade = "alarm"  // look at it now: the account may be stolen, or a device broken
)

// Unusual is unusual activity of one account.
type Unusual struct {
	Kind        UnusualKind
	Grade       Grade
	Account     string
	First, Last authreport.Day // the same on days in a row is told once
	Messages    int64          // of the account on the day with the highest Value
	// The figures behind it. Their unit is that of the kind: messages (UnusualVolume, NightHours, TLSDowngrade, NewMechanism, NewAccount, DormantAccount, NewNetwork),
	// recipients, networks, sender addresses, failed attempts (AfterFailures). Messages at night are estimated from the hours of each client.
	Value int64
	Usual int64    // median of comparable days (UnusualVolume, ManyRecipients), most new ones on a day before (ManyNetworks, ManySenders), days of silence (DormantAccount); else 0
	Limit int64    // from where on Value is told; 0 where there is none
	Names []string // networks, mechanisms, TLS versions, sender addresses, client addresses by kind: what is new; at most NamesPerUnusual
	More  int      // how many names there are besides
	Hour  int      // NightHours: the first such hour, 0 to 23; else -1
	With  []UnusualKind
	Own   bool
	// NewNetwork, ManyNetworks: whether a mail program came from there that the account had not used anywhere, as its TLS version, cipher and mechanism tell.
	Program bool
}

// NamesPerUnusual is how many names an Unusual lists, MaxUnusual how many a Report has.
const (
	NamesPerUnusual = 5
	MaxUnusual      = 1000
)

// UnusualCounts says how much unusual activity there is in all, also where Report.Unusual ends at MaxUnusual.
type UnusualCounts struct {
	Alarms, Notices int
	AlarmAccounts   int            // accounts with an alarm
	Judged          int            // days of the range before which the logs reach back far enough (Thresholds.History): on others nothing is called unusual
	FirstJudged     authreport.Day // the first of them; meaningless if there are none
}

// Thresholds says from where on activity is unusual. Zero fields stand for those of DefaultThresholds.
type Thresholds struct {
	History    int           // days with lines that must have gone before a day for it to be judged
	Known      int           // days on which an account must have submitted for its habits to be judged
	Messages   int           // messages of a day below which volume is not judged
	Recipients int           // recipients of a day below which they are not judged
	Spreads    float64       // how many spreads above the median of comparable days the limit lies
	Networks   int           // networks of a day, new to the account and used by few others, from which on they are many
	Senders    int           // new sender addresses of a day from which on they are many
	Dormant    int           // days of silence
	Failures   int           // failed attempts before a success from a new address; a third of them from that address is told, too
	Night      int           // messages at night
	NightFrom  int           // first hour of the night, 0 to 23, in the report's zone
	NightTo    int           // first hour after it
	NewAccount int           // messages of an account's first days from which on it is an alarm; a third of them if only it uses its networks
	Off        []UnusualKind // kinds that are not told
}

// DefaultThresholds are those found on a simulated company (docs/unusual-activity.md).
func DefaultThresholds() Thresholds {
	return Thresholds{
		History: 14, Known: 5, Messages: 50, Recipients: 100, Spreads: 6, Networks: 5, Senders: 4, Dormant: 30, Failures: 10, Night: 10, NightFrom: 0, NightTo: 5, NewAccount: 150,
	}
}

// filled gives t with the default in place of what is zero. A night of no hours (NightFrom equal to NightTo) is the default's.
func (t Thresholds) filled() Thresholds {
	d := DefaultThresholds()
	t.Spreads = cmp.Or(t.Spreads, d.Spreads)
	for _, f := range []struct{ value, usual *int }{
		{&t.History, &d.History}, {&t.Known, &d.Known}, {&t.Messages, &d.Messages}, {&t.Recipients, &d.Recipients}, {&t.Networks, &d.Networks}, {&t.Senders, &d.Senders},
		{&t.Dormant, &d.Dormant}, {&t.Failures, &d.Failures}, {&t.Night, &d.Night}, {&t.NewAccount, &d.NewAccount},
	} {
		*f.value = cmp.Or(*f.value, *f.usual)
	}
	if t.NightFrom == t.NightTo {
		t.NightFrom, t.NightTo = d.NightFrom, d.NightTo
	}
	return t
}

// night says whether an hour belongs to the night.
func (t *Thresholds) night(hour int) bool {
	if t.NightFrom <= t.NightTo {
		return hour >= t.NightFrom && hour < t.NightTo
	}
	return hour >= t.NightFrom || hour < t.NightTo
}

// nightHours is the night as a set.
func (t *Thresholds) nightHours() (hours authreport.Hours) {
	for h := range 24 {
		if t.night(h) {
			hours |= 1 << h
		}
	}
	return hours
}

// unusual judges the days of the range, so many accounts at a time, and enters what it finds in r.
func (r *Report) unusual(lines *lines, atATime uint32) {
	j := newJudge(r.data, r.Request, lines)
	for day, judged := range j.days() {
		if judged {
			if r.UnusualCounts.Judged++; r.UnusualCounts.Judged == 1 {
				r.UnusualCounts.FirstJudged = day
			}
		}
	}
	if r.UnusualCounts.Judged > 0 {
		j.each(atATime, func(found []Unusual) { r.add(joined(found)) })
	}
	r.data.failedAccounts, r.data.failedAddresses, r.data.failedEarlier = nil, nil, nil
}

// add enters what was found of some accounts, others than before.
func (r *Report) add(found []Unusual) {
	alarmed := make(map[string]bool)
	for _, u := range found {
		if u.Grade == Alarm {
			r.UnusualCounts.Alarms++
			alarmed[u.Account] = true
		} else {
			r.UnusualCounts.Notices++
		}
	}
	r.UnusualCounts.AlarmAccounts += len(alarmed)
	all := append(r.Unusual, found...)
	rank := UnusualKinds()
	slices.SortStableFunc(all, func(a, b Unusual) int {
		return cmp.Or(
			cmp.Compare(a.Grade, b.Grade), // "alarm" before "notice"
			cmp.Compare(b.Last, a.Last), cmp.Compare(a.Account, b.Account), cmp.Compare(slices.Index(rank, a.Kind), slices.Index(rank, b.Kind)),
		)
	})
	r.Unusual = slices.Clone(all[:min(len(all), MaxUnusual)])
}

// joined makes one of the same kind on days in a row. found is in the order of the days.
func joined(found []Unusual) []Unusual {
	type key struct {
		account string
		kind    UnusualKind
	}
	latest := make(map[key]int)
	var kept []Unusual
	for _, u := range found {
		k := key{u.Account, u.Kind}
		i, known := latest[k]
		if !known || u.First > kept[i].Last+1 {
			latest[k] = len(kept)
			kept = append(kept, u)
			continue
		}
		before := kept[i]
		one := before
		if u.Value > before.Value {
			one = u
		}
		one.First, one.Last = before.First, u.Last
		one.Grade = min(before.Grade, u.Grade)
		for _, kind := range before.With {
			if !slices.Contains(one.With, kind) {
				one.With = append(slices.Clip(one.With), kind)
			}
		}
		kept[i] = one
	}
	return kept
}
