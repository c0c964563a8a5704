package jobs

import (
	"strings"
	"testing"
	"time"

	"authreport"
	"authreport/config"
	"authreport/report"
	"authreport/store"
)

// TestWithheld holds when reports are mailed: while it is not known whether there is what they wait for, they are.
func TestWithheld(t *testing.T) {
	calm := report.Standing{Submitted: true}
	with := func(change func(*report.Standing)) report.Standing {
		s := calm
		change(&s)
		return s
	}
	for name, test := range map[string]struct {
		s                     report.Standing
		data, unusual, legacy bool // whether it is mailed
	}{
		"calm":              {s: calm, data: true},
		"nobody":            {s: report.Standing{}},
		"nobody, unjudged":  {s: report.Standing{Unjudged: true}},
		"unusual":           {s: with(func(s *report.Standing) { s.Unusual = true }), data: true, unusual: true},
		"not judged yet":    {s: with(func(s *report.Standing) { s.Unjudged = true }), data: true, unusual: true},
		"legacy TLS":        {s: with(func(s *report.Standing) { s.Legacy = true }), data: true, legacy: true},
		"unknown TLS":       {s: with(func(s *report.Standing) { s.UnknownTLS = true }), data: true, legacy: true},
		"no TLS":            {s: with(func(s *report.Standing) { s.NoTLS = true }), data: true},
		"partial":           {s: with(func(s *report.Standing) { s.Incomplete = true }), data: true, unusual: true, legacy: true},
		"partial, no mails": {s: report.Standing{Incomplete: true}, data: true, unusual: true, legacy: true},
	} {
		for condition, want := range map[string]bool{config.SendAlways: true, "": true, config.SendIfData: test.data, config.SendIfUnusual: test.unusual, config.SendIfLegacyTLS: test.legacy} {
			if why := Withheld(condition, test.s); (why == "") != want {
				t.Errorf("%s, %s: withheld because %q", name, condition, why)
			}
		}
	}
}

// quietWeeks fills a desk's store with 40 days of lines and of the same few submissions of one account, and begins with a report that is mailed on a condition.
func (d *desk) quietWeeks(send string) {
	d.t.Helper()
	d.config.Reports[0].Send = send
	client := authreport.Client{Server: "mx1", Account: "alice", Sender: "alice@example.org", Domain: "example.org", TLS: authreport.TLS12, Mechanism: "PLAIN"}
	tally := authreport.NewTally(d.config.Zone)
	for day := range authreport.Day(40) {
		at := start.AddDate(0, 0, -int(day)-1)
		tally.AddLines(authreport.Lines{Source: "mx1", Day: authreport.DayOf(at), Read: 10, First: at, Last: at})
		tally.AddMessages(authreport.Submission{Time: at, Client: client, Recipients: 3}, 3)
	}
	d.write("quiet", tally)
}

func (d *desk) write(stream string, tally *authreport.Tally) {
	d.t.Helper()
	position := authreport.Position{Source: "mx1", Stream: stream, Fingerprint: stream, Length: 1, Offset: 1, Path: "/" + stream}
	if _, err := d.store.Write(d.t.Context(), authreport.Batch{Position: position, Tally: tally}); err != nil {
		d.t.Fatal(err)
	}
}

// odd writes messages of an account over a TLS version that nobody has used.
func (d *desk) odd(tls authreport.TLS) {
	d.t.Helper()
	tally := authreport.NewTally(d.config.Zone)
	tally.AddMessages(authreport.Submission{Time: start.AddDate(0, 0, -1), Client: authreport.Client{Server: "mx1", Account: "alice", Sender: "alice@example.org", Domain: "example.org", TLS: tls, Mechanism: "PLAIN"}, Recipients: 1}, 4)
	d.write("odd", tally)
}

// TestConditions holds that a run of a schedule that is mailed on a condition ends as done, with the reason and without deliveries, where the condition does not
// hold, that who asks by hand gets it, and that it is mailed where the condition holds or the data is partial.
func TestConditions(t *testing.T) {
	for _, test := range []struct {
		name, send, asked string // asked is the request's own condition, by hand
		change            func(*desk)
		why               string // empty: it is mailed
	}{
		{name: "unusual", send: config.SendIfUnusual, why: "nothing unusual"},
		{name: "legacy TLS", send: config.SendIfLegacyTLS, why: "no legacy TLS"},
		{name: "something unusual", send: config.SendIfUnusual, change: func(d *desk) { d.odd(authreport.TLSNone) }},
		{name: "some legacy TLS", send: config.SendIfLegacyTLS, change: func(d *desk) { d.odd(authreport.TLS11) }},
		{name: "partial", send: config.SendIfLegacyTLS, change: func(d *desk) { d.config.Sources = append(d.config.Sources, config.Source{Name: "mx2"}) }},
		{name: "asked for all the same", send: config.SendIfUnusual, asked: config.SendAlways},
		{name: "asked for on a condition", send: config.SendAlways, asked: config.SendIfUnusual, why: "nothing unusual"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.quietWeeks(test.send)
			if test.change != nil {
				test.change(d)
			}
			asked := store.AskedBySchedule
			if test.asked != "" {
				asked = "a test"
			}
			r := store.Request{Report: "once", Range: authreport.Range{First: authreport.DayOf(d.clock) - 7, Last: authreport.DayOf(d.clock) - 1}, Recipients: []string{"a@example.org"},
				AskedBy: asked, Due: d.clock, Created: d.clock, Send: test.asked}
			d.config.Reports[0].Recipients = r.Recipients
			id, err := d.store.AddRequest(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			q := d.requester("one")
			var ended store.Request
			q.Ended = func(r store.Request) { ended = r }
			d.do(t.Context(), q)
			states, got := "", ""
			if test.why == "" {
				states, got = "a delivered", "a"
			}
			if r := d.request(id); r.State != store.Done || r.Withheld != test.why || ended.Withheld != test.why || d.states(id) != states || d.server.got() != got {
				t.Errorf("request is %+v, %s; received by %s", r, d.states(id), d.server.got())
			}
		})
	}
}

// TestConditionIsJudgedOnce holds that once somebody has got a report, or may have, all get it, whatever is counted or configured meanwhile.
func TestConditionIsJudgedOnce(t *testing.T) {
	d := newDesk(t)
	d.quietWeeks(config.SendIfUnusual)
	d.odd(authreport.TLSNone)
	d.server.refuse["b@example.org"] = reply(451, "4.7.1 come back later")
	id := d.add(store.AskedBySchedule, start, []string{"a@example.org", "b@example.org"})
	q := d.requester("one")
	d.do(t.Context(), q)
	d.config.Reports[0].Send = config.SendIfLegacyTLS // which does not hold
	delete(d.server.refuse, "b@example.org")
	d.drain(start.Add(time.Hour), q)
	if d.states(id) != "a delivered, b delivered" || d.request(id).Withheld != "" {
		t.Errorf("states are %s, %+v", d.states(id), d.request(id))
	}
}

// TestQuietMailHasNoPicture holds that a quiet week's mail says so, and is without the picture of its volume.
func TestQuietMailHasNoPicture(t *testing.T) {
	d := newDesk(t)
	d.quietWeeks(config.SendAlways)
	d.ask("a@example.org")
	d.do(t.Context(), d.requester("one"))
	if words := d.words("a@example.org"); !strings.Contains(words, "All is well") || strings.Contains(words, "image/png") {
		t.Errorf("the mail says\n%s", words)
	}
}
