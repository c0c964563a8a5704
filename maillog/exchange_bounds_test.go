package maillog

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"authreport"
)

// TestExchangeBounded reads logs in which nothing ever ends and nothing is ever joined: what is held has a bound, and so has the memory, however long the log.
// AUTHREPORT_TEST_LONG=1 makes it ten million sessions.
func TestExchangeBounded(t *testing.T) {
	sessions := 220_000
	if os.Getenv("AUTHREPORT_TEST_LONG") != "" {
		sessions = 10_000_000
	}
	x, tally := newTestExchange(), authreport.NewTally(time.UTC)
	var early uint64
	var told int64
	var line []byte
	for i := range sessions {
		// 500 sessions a second: all limits are reached long before anything is too old.
		stamp := time.Date(2026, 1, 1, 0, 0, i/500, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
		add := func(session int, sequence, rest string) {
			line = append(append(line[:0], stamp...), `,MBX1\Client Proxy MBX1,`...)
			line = append(strconv.AppendUint(line, uint64(session)<<4|0xA<<60, 16), ',')
			line = append(append(append(line, sequence...), ",192.0.2.9:587,192.0.2.1:50000,"...), rest...)
			x.Line(line, tally)
		}
		name := strconv.Itoa(i)
		switch i % 3 {
		case 0: // a login that no hub takes over
			add(i, "0", "+,,")
			add(i, "1", "*,user"+name+"@example.org,authenticated")
			add(i, "2", "*,,Proxy session was successfully set up. Session foruser"+name+" will now be proxied")
		case 1: // messages of a login that no file tells
			add(i, "0", "<,XPROXY SID="+fmt.Sprintf("B%015X", i)+" IP=192.0.2.1 PORT=1 DOMAIN=x,")
			add(i, "1", "<,MAIL FROM:<user"+name+"@example.org>,")
			add(i, "2", ">,250 2.6.0 <1@example.org> Queued mail for delivery,")
		case 2: // a failed attempt whose end is not seen
			add(i, "0", "+,,")
			add(i, "1", "*,,Inbound AUTH LOGIN failed because of LogonDenied")
			add(i, "2", "*,,User Name: user"+name)
		}
		if len(x.open.open) > maxSessions || len(x.logins.open) > exchangeMost || len(x.handed.open) > exchangeMost || x.held > exchangeMost || len(x.names.names.slots) > maxNames {
			t.Fatalf("after %d sessions: %d are open, %d logins and %d sessions with messages of weight %d wait, %d names", i+1,
				len(x.open.open), len(x.logins.open), len(x.handed.open), x.held, len(x.names.names.slots))
		}
		if i%50_000 == 49_999 { // as a batch is stored
			x.Flush(tally)
			told += gapsAndFailures(tally)
			tally.Reset()
		}
		if i == 199_999 {
			early = heap(x)
		}
	}
	late := heap(x)
	if late > early+8<<20 {
		t.Errorf("memory is %d KiB after %d sessions, %d KiB after 200,000", late>>10, sessions, early>>10)
	}
	if state := must(x.MarshalBinary()); len(state) > 32<<20 {
		t.Errorf("state of %d bytes", len(state))
	}
	x.Settle(tally)
	if told += gapsAndFailures(tally); told != int64(sessions) {
		t.Errorf("%d of %d sessions are told", told, sessions)
	}
	t.Logf("%d sessions: %d KiB", sessions, late>>10)
}

// gapsAndFailures is how many gaps and failed attempts a tally has.
func gapsAndFailures(tally *authreport.Tally) (n int64) {
	for g := range tally.Gaps() {
		n += g.Count
	}
	for f := range tally.Failures() {
		n += f.Attempts
	}
	return n
}

// heap is the memory in use while x is.
func heap(x *exchange) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(x)
	return m.HeapInuse
}
