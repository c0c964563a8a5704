package maillog

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// newTestExchange makes a parser of logs written today, in the sense of these tests.
func newTestExchange() *exchange {
	x := newExchange(Options{Source: "src", Location: time.UTC}).(*exchange)
	x.File(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return x
}

// exchangeFrontEnd is the rows of a front end's session that logs in and is handed over, so many seconds after 10 o'clock of 20 November 2026.
func exchangeFrontEnd(session, second int) []string {
	row := exchangeRows(`FE1\Client Frontend FE1`, session, second)
	return []string{
		row(0, "+,,"), row(1, "<,AUTH LOGIN,"), row(2, fmt.Sprintf("*,user%d@example.org,authenticated", session)),
		row(3, fmt.Sprintf("*,,Proxy session was successfully set up. Session foruser%d@example.org will now be proxied", session)), row(4, "-,,Local"),
	}
}

// exchangeHub is the rows of the hub's session that takes the front end's over.
func exchangeHub(session, second int) []string {
	row := exchangeRows(`MBX1\Client Proxy MBX1`, session+1<<32, second)
	return []string{
		row(0, "+,,"), row(1, "<,X-EXPS EXCHANGEAUTH SHA256 ,"), row(2, `*,EXAMPLE\FE1$,authenticated`),
		row(3, fmt.Sprintf("<,XPROXY SID=%016X IP=192.0.2.1 PORT=1 DOMAIN=client,", session)), row(4, ">,250 XProxy accepted and authenticated,"),
		row(5, "<,MAIL FROM:<sender@example.org>,"), row(6, `>,"250 2.6.0 <1@example.org> [InternalId=1, Hostname=x] Queued mail for delivery",`), row(7, "-,,Local"),
	}
}

// exchangeRows gives what makes the rows of a session.
func exchangeRows(connector string, session, second int) func(sequence int, rest string) string {
	start := fmt.Sprintf("%s,%s,%016X,", time.Date(2026, 11, 20, 10, 0, second, 0, time.UTC).Format("2006-01-02T15:04:05.000Z"), connector, session)
	return func(sequence int, rest string) string {
		return fmt.Sprint(start, sequence, ",192.0.2.9:587,192.0.2.1:50000,", rest)
	}
}

// exchangeFigures gives the messages by account and TLS version, and the gaps by name.
func exchangeFigures(tally *authreport.Tally) map[string]int64 {
	sums := messages(tally)
	for g := range tally.Gaps() {
		sums[string(g.Gap)] += g.Count
	}
	return sums
}

// TestExchangeWaits sees what becomes of a login without messages and of a message without login, by the log's own time.
func TestExchangeWaits(t *testing.T) {
	const hour = 3600
	login, both := map[string]int64{"exchange-no-hub-log": 1}, map[string]int64{"user1@example.org none": 1}
	message, alone := map[string]int64{" unknown": 1, "exchange-no-frontend-log": 1}, map[string]int64{}
	for _, c := range []struct {
		name  string
		lines [][]string
		want  map[string]int64
	}{
		{"a login waits", [][]string{exchangeFrontEnd(1, 0), exchangeFrontEnd(2, hour)}, alone},
		{"for two hours, if there is no hub", [][]string{exchangeFrontEnd(1, 0), exchangeFrontEnd(2, 3*hour)}, login},
		{"for two days, if there is one", [][]string{exchangeHub(9, -1), exchangeFrontEnd(9, -1), exchangeFrontEnd(1, 0), exchangeFrontEnd(2, 30*hour)},
			map[string]int64{"user9@example.org none": 1}},
		{"and no longer", [][]string{exchangeHub(9, -1), exchangeFrontEnd(9, -1), exchangeFrontEnd(1, 0), exchangeFrontEnd(2, 70*hour)},
			map[string]int64{"user9@example.org none": 1, "exchange-no-hub-log": 1}},
		{"its messages come late", [][]string{exchangeFrontEnd(1, 0), exchangeFrontEnd(2, hour), exchangeHub(1, 1)}, both},
		{"a message waits", [][]string{exchangeHub(1, 0), exchangeHub(2, hour)}, alone},
		{"for two hours, if there is no front end", [][]string{exchangeHub(1, 0), exchangeHub(2, 3*hour)}, message},
		{"for two days, if there is one ", [][]string{exchangeFrontEnd(9, -1), exchangeHub(9, -1), exchangeHub(1, 0), exchangeHub(2, 30*hour)},
			map[string]int64{"user9@example.org none": 1}},
		{"its login comes late", [][]string{exchangeHub(1, 0), exchangeHub(2, hour), exchangeFrontEnd(1, 1)}, both},
		{"the front end does not say that it hands over", [][]string{exchangeHub(1, 0), slices.Delete(exchangeFrontEnd(1, 0), 3, 4)}, both},
		{"nor that its session ends", [][]string{exchangeFrontEnd(1, 0)[:3], exchangeHub(1, 0), exchangeHub(2, 3*hour)}, both},
		{"a session without end expires", [][]string{exchangeFrontEnd(1, 0)[:2], {exchangeRows("x", 1, 0)(2, "*,,Inbound AUTH LOGIN failed because of LogonDenied")}, exchangeFrontEnd(2, 25*hour)},
			map[string]int64{"exchange-failure-account": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, tally := newTestExchange(), authreport.NewTally(time.UTC)
			for _, lines := range c.lines {
				for _, line := range lines {
					x.Line([]byte(line), tally)
				}
			}
			if diff := gocmp.Diff(exchangeFigures(tally), c.want); diff != "" {
				t.Errorf("figures (-got +want):\n%s", diff)
			}
		})
	}
}

// TestExchangeSettle counts what waits, once, and takes what comes later all the same.
func TestExchangeSettle(t *testing.T) {
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	failure := exchangeRows(`FE1\x`, 3, 0)
	for _, line := range append(append(exchangeFrontEnd(1, 0), exchangeHub(2, 0)...), failure(0, "+,,"), failure(1, "*,,Inbound AUTH LOGIN failed because of LogonDenied"), failure(2, "*,,User Name: who")) {
		x.Line([]byte(line), tally)
	}
	x.Settle(tally)
	x.Settle(tally)
	want := map[string]int64{"exchange-no-hub-log": 1, " unknown": 1, "exchange-no-frontend-log": 1}
	if diff := gocmp.Diff(exchangeFigures(tally), want); diff != "" {
		t.Errorf("settled (-got +want):\n%s", diff)
	}
	for _, line := range append(append(exchangeHub(1, 0), exchangeFrontEnd(2, 0)...), failure(3, ">,535 5.7.3 Authentication unsuccessful,"), failure(4, "-,,Local")) {
		x.Line([]byte(line), tally)
	}
	x.Settle(tally)
	want["user1@example.org none"] = 1
	if diff := gocmp.Diff(exchangeFigures(tally), want); diff != "" {
		t.Errorf("what came later (-got +want):\n%s", diff)
	}
	for f := range tally.Failures() {
		if f.Attempts != 1 || f.Account != "who" {
			t.Errorf("failed attempt is %+v", f)
		}
	}
}

// TestExchangeAnyOrder reads the two logs of one server interleaved in a hundred ways.
func TestExchangeAnyOrder(t *testing.T) {
	var logs [2][][]byte
	for i, name := range []string{"frontend-only", "hub-only"} {
		logs[i] = logCase{name: "exchange/" + name}.lines(t)[5:] // without headers
	}
	want := logCase{format: "exchange", name: "exchange/2013-frontend-first", options: Options{Source: "src"}}.read(t)
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		x, tally := newTestExchange(), authreport.NewTally(time.UTC)
		for rest := logs; len(rest[0])+len(rest[1]) > 0; {
			from := random.IntN(2)
			n := min(len(rest[from]), 1+random.IntN(60))
			for _, line := range rest[from][:n] {
				x.Line(line, tally)
			}
			rest[from] = rest[from][n:]
		}
		x.Settle(tally)
		if diff := gocmp.Diff(exchangeFigures(tally), exchangeFigures(want)); diff != "" {
			t.Fatalf("seed %d: figures (-got +want):\n%s", seed, diff)
		}
	}
}

// TestExchangeNextFile goes on in the middle of a file that is the right one, after one that is not.
func TestExchangeNextFile(t *testing.T) {
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	for _, line := range append([]string{"#Log-type: SMTP Send Protocol Log"}, exchangeFrontEnd(1, 0)...) {
		x.Line([]byte(line), tally)
	}
	x.File(time.Now())
	for _, line := range append(exchangeFrontEnd(2, 0), exchangeHub(2, 0)...) {
		x.Line([]byte(line), tally)
	}
	x.Flush(tally)
	if diff := gocmp.Diff(exchangeFigures(tally), map[string]int64{"user2@example.org none": 1}); diff != "" {
		t.Errorf("figures (-got +want):\n%s", diff)
	}
	for l := range tally.Lines() {
		if l.NotUnderstood > 0 && (l.NotUnderstood != 5 || !strings.Contains(l.Example, "SMTP Send Protocol Log")) {
			t.Errorf("lines are %+v", l)
		}
	}
}

func TestExchangeLongLine(t *testing.T) {
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	for _, line := range exchangeFrontEnd(1, 0)[:3] {
		x.Line([]byte(line), tally)
	}
	row := exchangeRows("x", 1, 0)
	x.Line([]byte(row(4, "<,MAIL FROM:<a@example.org>,")), tally)
	x.Line([]byte(row(5, ">,250 2.6.0 "+strings.Repeat("x", MaxLine)+" Queued mail for delivery,")), tally)
	x.Flush(tally)
	if got := exchangeFigures(tally); len(got) != 0 {
		t.Errorf("a cut line counts: %v", got)
	}
	for l := range tally.Lines() {
		if l.Read != 5 || l.NotUnderstood != 1 {
			t.Errorf("lines are %+v", l)
		}
	}
}

func TestRecogniseExchange(t *testing.T) {
	for _, c := range logCases(t) {
		n := 0
		for _, line := range c.lines(t) {
			if recogniseExchange(line, nil) {
				n++
			}
		}
		if c.format != "exchange" && n > 0 {
			t.Errorf("%s: %d lines are taken for Exchange's", c.name, n)
		}
		if c.format == "exchange" && n < len(c.lines(t))/4 {
			t.Errorf("%s: %d lines recognised of %d", c.name, n, len(c.lines(t)))
		}
	}
}

func TestExchangeStateOfAnother(t *testing.T) {
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	for _, line := range append(exchangeFrontEnd(1, 0), exchangeHub(2, 0)[:7]...) {
		x.Line([]byte(line), tally)
	}
	state := must(x.MarshalBinary())
	other := bytes.Clone(state)
	other[0]++
	for name, data := range map[string][]byte{"empty": nil, "other version": other, "cut": state[:len(state)-1], "longer": append(bytes.Clone(state), 0), "garbage": []byte("garbage")} {
		if err := x.UnmarshalBinary(data); err == nil {
			t.Errorf("%s: taken up", name)
		}
		if fresh := must(newTestExchange().MarshalBinary()); !bytes.Equal(fresh, must(x.MarshalBinary())) {
			t.Errorf("%s: something was kept", name)
		}
	}
	if err := x.UnmarshalBinary(state); err != nil {
		t.Error(err)
	}
}
