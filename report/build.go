package report

import (
	"context"
	"fmt"
	"slices"

	"authreport"
)

// weekDays is how many days the widget looks back on.
const weekDays = 7

// data is what a report's tables are made from: each client's sums, who the clients are, and their groups.
type data struct {
	*counts
	*names
	senders, accounts, domains groups
	placeOf                    []uint32         // places of clients in accounts, while activity is judged
	failures                   map[uint32]int64 // failed attempts in the range that named an account, by its group
	own                        map[string]bool
	unmarked                   bool // rows do not tell whether they are authreport's own: with pseudonyms, the mail's From would be one's real name

	failedAccounts, failedAddresses map[failureKey]failedBefore // of days in the range: by group of accounts, by address; by address also of the day before
	failedEarlier                   []int64                     // attempts on each group of accounts in the baselineDays before the range

	senderOrder, accountOrder []uint32 // of the range: group numbers, most messages first
	clientCount               int      // with messages in the range
}

// Build reads source and gives the report that request asks for. It reads counts first, then clients, failures and lines: what ingest adds meanwhile may be
// missing from the counts, but every count has its client. Errors are the source's, or tell of a count whose client the source does not know.
func Build(ctx context.Context, source Source, request Request) (*Report, error) {
	return build(ctx, source, request, judgedAtATime)
}

func build(ctx context.Context, source Source, request Request, judged uint32) (*Report, error) {
	if len(request.Domains) > 0 {
		source = newScope(source, request)
		request.Filters = nil // they may name anybody
	}
	own := request.Own
	if p := request.Pseudonyms; p != nil {
		source = disguise{source, p, request.Name}
		request.Filters = nil
		own = nil
		for _, name := range request.Own {
			own = append(own, p.Name(name))
		}
	}
	week := authreport.Range{First: request.Range.Last - weekDays + 1, Last: request.Range.Last}
	r := &Report{
		Request: request,
		Summary: Summary{Range: request.Range, Before: request.Range.Before()},
		Week:    Summary{Range: week, Before: week.Before()},
	}
	counts := newCounts(newPeriods(r))
	if err := counts.readAll(source.Counts(ctx, counts.read)); err != nil {
		return nil, fmt.Errorf("read counts of %s: %w", counts.read, err)
	}
	names, err := readNames(counts, source.Clients(ctx, counts.read))
	if err != nil {
		return nil, fmt.Errorf("read clients of %s: %w", counts.read, err)
	}
	r.data = newData(counts, names, own)
	r.data.unmarked = request.Pseudonyms != nil
	if err := r.readFailures(source.Failures(ctx, counts.read)); err != nil {
		return nil, fmt.Errorf("read failed attempts of %s: %w", counts.read, err)
	}
	lines := newLines(counts.read, request)
	if err := lines.readAll(source.Lines(ctx, counts.read)); err != nil {
		return nil, fmt.Errorf("read what was read of %s: %w", counts.read, err)
	}
	r.data.summarize(&r.Summary, counts.main, counts.before, lines)
	r.data.summarize(&r.Week, counts.week, counts.weekBefore, lines)
	r.Domains = r.data.domainFigures()
	r.data.domains = groups{} // nothing else needs them
	r.Dependences = r.data.dependences(r.HistoryRange())
	r.unusual(lines, judged)
	r.Quality = lines.quality(r)
	if r.Quality.Gaps, err = readGaps(source.Gaps(ctx, request.Range)); err != nil {
		return nil, fmt.Errorf("read gaps of %s: %w", request.Range, err)
	}
	from, to := request.Range.First.Start(request.Zone), (request.Range.Last + 1).Start(request.Zone)
	if err := r.Quality.readFailedRuns(source.FailedRuns(ctx, from, to)); err != nil {
		return nil, fmt.Errorf("read failed runs of %s: %w", request.Range, err)
	}
	if len(request.Domains) > 0 {
		r.Request.Sources, r.Quality.Sources = nil, nil // they are whole servers
	}
	return r, nil
}

func newData(c *counts, n *names, own []string) *data {
	d := &data{counts: c, names: n, own: make(map[string]bool), failures: make(map[uint32]int64),
		failedAccounts: make(map[failureKey]failedBefore), failedAddresses: make(map[failureKey]failedBefore)}
	for _, name := range own {
		if name != "" { // the account of a server that is not logged in to
			d.own[name] = true
		}
	}
	c.numbers = numbers{} // all clients have theirs
	limit := n.limit()
	sender := func(number uint32) uint32 { return n.clients[number].sender }
	account := func(number uint32) uint32 { return n.clients[number].account }
	domain := func(number uint32) uint32 { return n.clients[number].domain }
	d.senders = group(n.shown, limit, sender, domain)
	for g := range uint32(d.senders.count()) {
		for _, number := range d.senders.of(g) {
			n.clients[number].group = g
		}
	}
	d.accounts = group(n.shown, limit, account)
	d.failedEarlier = make([]int64, d.accounts.count())
	d.domains = group(n.shown, limit, domain)
	d.senderOrder = ranked(d.senders.count(), func(g uint32) int64 { return d.messages(d.senders.of(g), c.main) })
	d.accountOrder = ranked(d.accounts.count(), func(g uint32) int64 { return d.messages(d.accounts.of(g), c.main) })
	for _, number := range n.shown {
		if c.in(number, c.main).messages > 0 {
			d.clientCount++
		}
	}
	return d
}

// marked says whether one of some names is authreport's own, and is to be told so.
func (d *data) marked(names ...string) bool {
	return !d.unmarked && slices.ContainsFunc(names, func(name string) bool { return d.own[name] })
}

// messages gives the messages of some clients in a period.
func (d *data) messages(clients []uint32, period int) int64 {
	var all int64
	for _, n := range clients {
		all += d.in(n, period).messages
	}
	return all
}

// tls gives the messages of some clients in a period by TLS version.
func (d *data) tls(clients []uint32, period int) authreport.TLSCounts {
	var all authreport.TLSCounts
	for _, n := range clients {
		all[d.wayOf(n).tls] += d.in(n, period).messages
	}
	return all
}

// distinct says how many different values the clients with messages in a period have. It gives scratch back, grown, to be used again.
func (d *data) distinct(clients []uint32, period int, scratch []uint32, value func(*client) uint32) (int64, []uint32) {
	scratch = scratch[:0]
	for _, n := range clients {
		if d.in(n, period).messages > 0 {
			scratch = append(scratch, value(&d.clients[n]))
		}
	}
	slices.Sort(scratch)
	return int64(len(slices.Compact(scratch))), scratch
}

// days gives the first and last day of some clients, at least one.
func (d *data) days(clients []uint32) (first, last authreport.Day) {
	all := *d.spans.at(int(clients[0]))
	for _, n := range clients {
		span := d.spans.at(int(n))
		all.First, all.Last = min(all.First, span.First), max(all.Last, span.Last)
	}
	return all.First, all.Last
}
