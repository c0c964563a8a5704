package simulate

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"authreport"
	"authreport/report"
)

// small is a company that takes a test no longer than it must.
var small = Settings{Seed: 5, Accounts: 600, Incidents: 66}

// TestTargets: what docs/unusual-activity.md promises holds on a company on which nothing was tuned. A change of thresholds, weights or rules that breaks it is seen
// here; make unusual has the figures of larger ones.
func TestTargets(t *testing.T) {
	r, err := Evaluate(t.Context(), New(small), report.Thresholds{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Incidents != small.Incidents || r.AccountWeeks < 5000 {
		t.Errorf("%d incidents, %d account-weeks", r.Incidents, r.AccountWeeks)
	}
	if r.Recall() < 0.9 {
		t.Errorf("%.1f %% of the incidents raised within a day, want 90; without an alarm:", 100*r.Recall())
		for _, i := range r.Missed {
			t.Logf("%s %s %s: %s", i.First, i.Account, i.Kind, i.Story)
		}
	}
	if r.FalsePer500() > 1 {
		t.Errorf("%.2f alarms without an incident in 500 account-weeks, want at most 1:", r.FalsePer500())
		for _, u := range r.False {
			t.Logf("%s %s %s: %d", u.First, u.Account, u.Kind, u.Value)
		}
	}
	for _, k := range r.Kinds {
		if k.Incidents == 0 || k.Named == 0 {
			t.Errorf("%s: of %d incidents %d were told as such", k.Kind, k.Incidents, k.Named)
		}
	}
}

// TestNothingJudged: without any rule nothing is raised, so that the figures cannot come from elsewhere.
func TestNothingJudged(t *testing.T) {
	r, err := Evaluate(t.Context(), New(Settings{Seed: 1, Accounts: 60, Incidents: 6}), report.Thresholds{Off: report.UnusualKinds()})
	if err != nil {
		t.Fatal(err)
	}
	if r.Raised != 0 || r.Alarmed != 0 || r.Notices != 0 || len(r.Missed) != 6 || r.Recall() != 0 {
		t.Errorf("told without rules: %+v", r)
	}
}

// TestCompany: the same seed is the same company; its counts could be a store's; ordinary life is in it.
func TestCompany(t *testing.T) {
	settings := Settings{Seed: 3, Accounts: 300, Incidents: 33}
	c := New(settings)
	if again := New(settings); !reflect.DeepEqual(c, again) {
		t.Error("the same seed gave another company")
	}
	settings.Seed++
	if other := New(settings); reflect.DeepEqual(c.ledger.counts, other.ledger.counts) {
		t.Error("another seed gave the same company")
	}
	days, byWeekday := make(map[authreport.Day]bool), make(map[time.Weekday]int64)
	for n := range c.Counts(t.Context(), authreport.Range{First: c.Range.First - 9, Last: c.Range.Last + 9}) {
		if n.Messages < 1 || n.Recipients < n.Messages || n.Hours == 0 || n.Hours >= 1<<24 || !c.Range.Contains(n.Day) {
			t.Fatalf("no store has this: %+v", n)
		}
		days[n.Day] = true
		if c.ledger.clients[n.ClientID-1].Mechanism == "XOAUTH2" { // people
			byWeekday[n.Day.Weekday()] += n.Messages
		}
	}
	if len(days) != Days {
		t.Errorf("%d days with mail", len(days))
	}
	if byWeekday[time.Sunday]*4 > byWeekday[time.Tuesday] {
		t.Errorf("people mail on Sundays: %v", byWeekday)
	}
	versions := make(map[authreport.TLS]bool)
	for known := range c.Clients(t.Context(), c.Range) {
		versions[known.Client.TLS] = true
	}
	if !versions[authreport.TLS13] || !versions[authreport.TLS12] || !versions[authreport.TLS10] || !versions[authreport.TLSNone] {
		t.Errorf("TLS versions: %v", versions)
	}
	kinds := make(map[report.UnusualKind]int)
	for _, i := range c.Incidents {
		kinds[i.Kind]++
		if i.First < c.Range.First+settled || i.Last < i.First || i.Last > c.Range.Last || i.Account == "" {
			t.Errorf("incident: %+v", i)
		}
		mailed := slices.ContainsFunc(c.ledger.counts, func(n authreport.ClientCount) bool {
			return n.Day == i.First && c.ledger.clients[n.ClientID-1].Account == i.Account
		})
		if !mailed {
			t.Errorf("no mail on the first day of %+v", i)
		}
	}
	for _, kind := range report.UnusualKinds() {
		if kinds[kind] != 3 {
			t.Errorf("%d incidents of %s, want 3", kinds[kind], kind)
		}
	}
}
