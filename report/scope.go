package report

import (
	"context"
	"iter"
	"strings"
	"time"

	"authreport"
)

// scope is a Source of what may be known to somebody who is to know some sender domains alone (docs/decisions/0022-copies.md): the report never sees the rest. Its
// sequences are to be read in the order in which build reads them.
type scope struct {
	Source
	report  string // name of the series
	domains map[string]bool
	others  map[string]bool             // other sender domains of the days that were read
	clients idSet                       // whose domain is within
	joined  map[int64]int64             // clients that cannot be told from another any more, since their accounts are not named: the other
	first   map[authreport.Client]int64 // that other
	inside  map[string]accountUse       // accounts whose names are of no domain, and which have clients within
}

// accountUse says what an account is used for.
type accountUse uint8

const (
	withinAlone accountUse = iota + 1 // for senders within the scope
	beyondToo                         // for others besides
)

func newScope(source Source, request Request) *scope {
	s := &scope{Source: source, report: request.Name, domains: make(map[string]bool)}
	for _, domain := range request.Domains {
		s.domains[domain] = true
	}
	return s
}

// Counts gives those of the clients within. It reads the clients first: a client that is new since then has no counts in this report.
func (s *scope) Counts(ctx context.Context, days authreport.Range) iter.Seq2[authreport.ClientCount, error] {
	return func(yield func(authreport.ClientCount, error) bool) {
		if err := s.readClients(s.Source.Clients(ctx, days)); err != nil {
			yield(authreport.ClientCount{}, err)
			return
		}
		for count, err := range s.Source.Counts(ctx, days) {
			if err == nil && !s.clients.has(count.ClientID) {
				continue
			}
			if other, joined := s.joined[count.ClientID]; joined {
				count.ClientID = other
			}
			if !yield(count, err) {
				return
			}
		}
	}
}

// readClients notes whose clients are within.
func (s *scope) readClients(source iter.Seq2[authreport.KnownClient, error]) error {
	s.others, s.clients, s.inside = make(map[string]bool), idSet{}, make(map[string]accountUse)
	s.joined, s.first = make(map[int64]int64), make(map[authreport.Client]int64)
	var open []authreport.KnownClient // those whose accounts can be told once all domains are known
	for known, err := range source {
		switch {
		case err != nil:
			return err
		case !s.domains[known.Client.Domain]:
			s.others[known.Client.Domain] = true
			continue
		}
		s.clients.add(known.ID)
		if strings.ContainsAny(known.Client.Account, "."+separators) && domainOf(known.Client.Account) == "" {
			open = append(open, known)
		} else {
			s.note(known)
		}
	}
	for _, known := range open {
		s.note(known)
	}
	return nil
}

// note notes what a client within says of its account.
func (s *scope) note(known authreport.KnownClient) {
	account := known.Client.Account
	if s.names(account) {
		if account != "" && domainOf(account) == "" && s.inside[account] == 0 {
			s.inside[strings.Clone(account)] = withinAlone
		}
		return
	}
	known.Client.Account = authreport.OtherAccount
	if first, seen := s.first[known.Client]; seen {
		s.joined[known.ID] = first
	} else {
		s.first[known.Client] = known.ID
	}
}

// separators may stand between a domain and the rest of an account's name: alice%example.org, example.org\alice. A domain with a dot is also told after others
// (alice.example.org, example.org_alice), which stand within what is no domain, too.
const separators, moreSeparators = `\/%!+#:@`, "._-=*~|,;&$ "

// longestDomain is that of a domain's name in bytes (RFC 1035 section 2.3.4).
const longestDomain = 253

// names says whether an account may be named: it is not of another domain. The longest domain in its name decides, of two alike the other.
func (s *scope) names(account string) bool {
	if domain := domainOf(account); domain != "" {
		return s.domains[domain]
	}
	longest, within := 0, true
	for start := range account {
		if start > 0 && !strings.ContainsRune(separators+moreSeparators, rune(account[start-1])) {
			continue
		}
		for end := start + 1; end <= min(len(account), start+longestDomain); end++ {
			if end < len(account) && !strings.ContainsRune(separators+moreSeparators, rune(account[end])) || end-start < longest {
				continue
			}
			if part := authreport.FoldDomain(account[start:end]); strings.Contains(part, ".") || between(account, start, end) {
				if s.others[part] || s.domains[part] && end-start > longest {
					longest, within = end-start, !s.others[part]
				}
			}
		}
	}
	return within
}

// between says whether a part of a name has separators on both sides, or is all there is.
func between(name string, start, end int) bool {
	return (start == 0 || strings.IndexByte(separators, name[start-1]) >= 0) && (end == len(name) || strings.IndexByte(separators, name[end]) >= 0)
}

// domainOf is the domain of an account's name, folded; empty if it has none.
func domainOf(account string) string { return authreport.SenderDomain(account, "") }

// Clients gives those within, and notes which accounts have others.
func (s *scope) Clients(ctx context.Context, days authreport.Range) iter.Seq2[authreport.KnownClient, error] {
	return func(yield func(authreport.KnownClient, error) bool) {
		for known, err := range s.Source.Clients(ctx, days) {
			if err == nil && !s.clients.has(known.ID) {
				if s.inside[known.Client.Account] != 0 && !s.domains[known.Client.Domain] {
					s.inside[known.Client.Account] = beyondToo
				}
				continue
			}
			if _, joined := s.joined[known.ID]; joined {
				continue
			}
			if err == nil && !s.names(known.Client.Account) {
				known.Client.Account = authreport.OtherAccount
			}
			if !yield(known, err) {
				return
			}
		}
	}
}

// Failures gives the attempts on accounts of the domains: by their names, or where these have no domain, because nothing else is submitted with them.
func (s *scope) Failures(ctx context.Context, days authreport.Range) iter.Seq2[authreport.FailureCount, error] {
	return only(s.Source.Failures(ctx, days), func(f *authreport.FailureCount) bool {
		domain := domainOf(f.Account)
		return domain != "" && s.domains[domain] || s.inside[f.Account] == withinAlone
	})
}

// Lines says of which days and sources there are lines, and no more: their numbers are of all domains, and an example may name anybody.
func (s *scope) Lines(ctx context.Context, days authreport.Range) iter.Seq2[authreport.Lines, error] {
	return only(s.Source.Lines(ctx, days), func(l *authreport.Lines) bool {
		*l = authreport.Lines{Source: l.Source, Day: l.Day, Read: min(l.Read, 1)}
		return true
	})
}

// Gaps gives none: they are not told by domain.
func (s *scope) Gaps(context.Context, authreport.Range) iter.Seq2[authreport.GapCount, error] {
	return func(func(authreport.GapCount, error) bool) {}
}

// FailedRuns gives those of the report's own series, and that lines are missing, but not where nor why.
func (s *scope) FailedRuns(ctx context.Context, from, to time.Time) iter.Seq2[authreport.FailedRun, error] {
	return only(s.Source.FailedRuns(ctx, from, to), func(run *authreport.FailedRun) bool {
		run.Fault = ""
		if run.Kind == authreport.ReadingRun {
			run.Name = ""
			return true
		}
		return run.Name == s.report
	})
}

// only gives what keep says yes to, as it leaves it.
func only[T any](source iter.Seq2[T, error], keep func(*T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range source {
			if (err != nil || keep(&one)) && !yield(one, err) {
				return
			}
		}
	}
}

// idSet is a set of a store's client IDs, which it mostly numbers from 1.
type idSet struct {
	dense  []uint64 // a bit for each ID
	sparse map[int64]bool
}

func (s *idSet) add(id int64) {
	if id < 0 || id >= denseIDs {
		if s.sparse == nil {
			s.sparse = make(map[int64]bool)
		}
		s.sparse[id] = true
		return
	}
	if missing := int(id/64) + 1 - len(s.dense); missing > 0 {
		s.dense = append(s.dense, make([]uint64, missing)...)
	}
	s.dense[id/64] |= 1 << (id % 64)
}

func (s *idSet) has(id int64) bool {
	if id < 0 || id >= denseIDs {
		return s.sparse[id]
	}
	return int(id/64) < len(s.dense) && s.dense[id/64]&(1<<(id%64)) != 0
}
