package store

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	"github.com/google/go-cmp/cmp"
)

// TestForgetLedger holds that a name goes from requests, what became of them, and every text; that others stay; and that messages which are kept go.
func TestForgetLedger(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	r := weekly(noon)
	r.Recipients, r.Cc, r.AskedBy, r.OneOff, r.Report = []string{gone, "bob@example.org"}, []string{goneForms[1]}, gone+" (command line)", true, "report of "+gone
	id := add(t, s, r)
	claimed := claim(t, s, "me", id)
	for _, recipient := range []string{gone, "bob@example.org"} {
		d := Delivery{RequestID: id, Recipient: recipient, State: Deferred, Reply: "<" + strings.ToUpper(gone) + ">: try later, not malice.liddell@bücher.example", Updated: noon}
		if err := s.SetDelivery(ctx, claimed, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.KeepMessage(ctx, claimed, "", 0, []byte("PK "+gone)); err != nil {
		t.Fatal(err)
	}
	notice := Request{Report: "mx1", Recipients: []string{"bob@example.org"}, AskedBy: "authreport", OneOff: true, Due: noon, Created: noon, Notice: &Notice{Trouble: "source mx1", Fault: "line of " + gone, Since: noon}}
	if _, err := s.NoteTrouble(ctx, "source mx1", "cannot read "+gone); err != nil {
		t.Fatal(err)
	}
	if err := s.TellTrouble(ctx, "source mx1", notice); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPause(ctx, Pause{Server: "smtp.example.org:587", Since: noon, Until: noon, Faults: 1, Fault: gone + " is not welcome"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRuntime(ctx, "unread of mx1", `[{"fault":"of `+gone+`"}]`); err != nil {
		t.Fatal(err)
	}
	tally := authreport.NewTally(time.UTC)
	tally.AddLines(authreport.Lines{Source: "mail", Day: authreport.DayOf(noon), Read: 1, NotUnderstood: 1, Example: "what of " + gone})
	write(t, s, "/var/log/mail.log", noon, tally)
	if err := s.PutOff(ctx, claimed, "1 of 2 recipients, "+gone, noon, ""); err != nil {
		t.Fatal(err)
	}
	early := claim(t, s, "me", add(t, s, Request{Report: "daily", Recipients: []string{"bob@example.org"}, AskedBy: AskedBySchedule, Due: noon, Created: noon}))

	got, err := s.Forget(ctx, []string{gone}, ForgetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := Forgotten{Requests: 1, Deliveries: 2, Texts: 9, Letters: 1}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("it removed, and should have:\n%s", diff)
	}
	if err := s.KeepMessage(ctx, early, "", 0, []byte("made before, of "+gone)); err != nil {
		t.Fatal(err)
	}
	if data, err := s.KeptMessage(ctx, early.ID, "", 0); err != nil || data != nil {
		t.Errorf("a message that was made before is kept: %q, %v", data, err)
	}
	checkBytes(t, s, goneForms, []string{"malice.liddell@bücher.example"})
	left, err := s.Request(ctx, id)
	if err != nil || !slices.Equal(left.Recipients, []string{"bob@example.org"}) || len(left.Cc) > 0 || left.AskedBy != "(forgotten) (command line)" || left.Report != "report of (forgotten)" {
		t.Errorf("the request is now %+v, %v", left, err)
	}
	deliveries, err := s.Deliveries(ctx, id)
	if err != nil || len(deliveries) != 1 || deliveries[0].Reply != "<(forgotten)>: try later, not malice.liddell@bücher.example" {
		t.Errorf("deliveries are now %+v, %v", deliveries, err)
	}
	troubles, err := s.Troubles(ctx)
	if err != nil || len(troubles) != 1 || troubles[0].Fault != "cannot read (forgotten)" {
		t.Errorf("troubles are now %+v, %v", troubles, err)
	}
	if lines := collect(t, s.Lines(ctx, all)); lines[0].Example != "" || lines[0].NotUnderstood != 1 {
		t.Errorf("the lines are now %+v", lines)
	}
}

// TestForgetAccount holds that an account without a domain goes as sender, account and asker, and leaves words like it alone where programs read them.
func TestForgetAccount(t *testing.T) {
	ctx := t.Context()
	s := newStore(t)
	tally := authreport.NewTally(time.UTC)
	for _, account := range []string{"postfix", "postfix2", "Postfix", "postfix@example.org"} {
		tally.Add(authreport.Submission{Time: noon, Client: authreport.Client{Server: "mx1", Account: account, Sender: "x@example.org"}})
	}
	write(t, s, "/var/log/mail.log", noon, tally)
	const facts = `{"/var/log/mail.log":"postfix, RFC 3339 stamps"}`
	if err := s.SetRuntime(ctx, "formats of mail", facts); err != nil {
		t.Fatal(err)
	}
	got, err := s.Forget(ctx, []string{"postfix"}, ForgetOptions{})
	if err != nil || got.Counts != 1 || !slices.Equal(got.Alike, []string{"Postfix", "postfix@example.org"}) {
		t.Errorf("it removed %+v, %v", got, err)
	}
	if value, err := s.Runtime(ctx, "formats of mail"); err != nil || value != facts {
		t.Errorf("the formats are now %s, %v", value, err)
	}
	for _, name := range []string{"", "<>", "@example.org", "alice@", " alice", authreport.OtherAccount} {
		if _, err := s.Forget(ctx, []string{name}, ForgetOptions{}); err == nil {
			t.Errorf("%q was forgotten", name)
		}
	}
}

// TestForgetKnowsEveryColumn holds that somebody has thought of each column that has texts: what becomes of names in it when they are forgotten.
func TestForgetKnowsEveryColumn(t *testing.T) {
	known := map[string]bool{"requests.recipients": true, "requests.cc": true, "requests.bcc": true, "deliveries.recipient": true, "deliveries.message_id": true, "messages.data": true, "lines.example": true,
		"sessions.state": true, "chunks.data": true, "client_keys.key": true}
	for _, text := range forgetTexts {
		known[text.table+"."+text.column] = true
	}
	for _, column := range []string{ // names that the program or config.yaml gives
		"facts.key", "lines.source", "gaps.source", "gaps.gap", "sessions.source", "sessions.stream", "chunks.kind", "pauses.server", "troubles.name",
		"files.source", "files.stream", "files.fingerprint", "files.path", "files.cursor", "deliveries.state", "messages.copy",
		"requests.domains", "requests.message_host", "requests.state", "requests.owner", "requests.awaits", "requests.send",
	} {
		known[column] = true
	}
	s := newStore(t)
	for column := range rows(t.Context(), s, "read the schema", func(rows *sql.Rows, c *string) error { return rows.Scan(c) },
		"SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'goose_%' AND c.type IN ('TEXT', 'BLOB')") {
		if !known[column] {
			t.Errorf("what becomes of a name in %s? Have Forget remove it, or list it here", column)
		}
	}
}
