package jobs

import (
	"context"
	"os"
	"testing"
	"time"
)

// truncatingStore is a store that is asked for sessions just when the log is truncated.
type truncatingStore struct {
	*failingStore
	truncate func(stream string)
}

func (s truncatingStore) Sessions(ctx context.Context, source, stream string) ([]byte, error) {
	s.truncate(stream)
	return s.failingStore.Sessions(ctx, source, stream)
}

// TestSettleOfTruncatedLog holds that a message is settled only if that can be stored: the log is truncated between the look at it and its first line.
func TestSettleOfTruncatedLog(t *testing.T) {
	h := newHost(t)
	h.write("mail.log", []byte(openSession))
	h.once()
	h.restart()
	h.append("mail.log", []byte("2026-11-24T10:00:02+00:00 mx1 postfix/qmgr[2]: statistics\n"))
	h.write("mail.log.old", []byte("2026-11-24T09:00:00+00:00 mx1 postfix/qmgr[2]: started\n"))
	h.ingester.Settle = true
	h.ingester.Store = truncatingStore{h.failing, func(stream string) {
		if stream == h.path("mail.log") {
			h.write("mail.log", []byte(sessionEnd))
		}
	}}
	h.once()
	h.restart()
	h.once()
	if got := h.messages(); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

// A session that ends in another file, or later.
const (
	openSession = `2026-11-24T10:00:00+00:00 mx1 postfix/submission/smtpd[1]: connect from pc[192.0.2.1]
2026-11-24T10:00:01+00:00 mx1 postfix/submission/smtpd[1]: A1B2C3D4E5: client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=alice
2026-11-24T10:00:02+00:00 mx1 postfix/qmgr[2]: A1B2C3D4E5: from=<alice@example.org>, size=100, nrcpt=1 (queue active)
`
	sessionEnd = "2026-11-24T10:00:03+00:00 mx1 postfix/submission/smtpd[1]: disconnect from pc[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6\n"
)

// messages is how many the store has counted.
func (h *host) messages() (sum int64) {
	h.t.Helper()
	for c, err := range h.store.Export(h.t.Context(), everyDay, nil) {
		if err != nil {
			h.t.Fatal(err)
		}
		sum += c.Messages
	}
	return sum
}

// TestSettle reads a log that ends within a session: its message waits for more lines, or is counted if none are to come; then it is not counted again.
func TestSettle(t *testing.T) {
	for _, test := range []struct {
		settle      bool
		submissions int64
	}{{false, 0}, {true, 1}} {
		h := newHost(t)
		h.now = time.Date(2026, 11, 24, 10, 0, 4, 0, time.UTC)
		h.write("mail.log", []byte(openSession))
		h.write("mail.log.1.gz", zipped(t, []byte("2026-11-24T09:00:00+00:00 mx1 postfix/qmgr[2]: started\n")))
		h.ingester.Settle = test.settle
		if got := h.once(); got.Submissions != test.submissions {
			t.Errorf("settle %v: %d submissions, want %d", test.settle, got.Submissions, test.submissions)
		}
		h.restart()
		h.append("mail.log", []byte(sessionEnd))
		h.once()
		if messages := h.messages(); messages != 1 {
			t.Errorf("settle %v: %d messages in the end, want 1", test.settle, messages)
		}
	}
}

// TestSilence: a message waits for a later line while one may come. When the log has been silent long enough it is counted, once, in whichever process.
func TestSilence(t *testing.T) {
	last := time.Date(2026, 11, 24, 10, 0, 2, 0, time.UTC)
	for _, test := range []struct {
		name    string
		steps   []time.Duration // after the last line; a pass at each
		restart bool
		want    []int64
	}{
		{"read at once", []time.Duration{time.Second, 9 * time.Minute, 10 * time.Minute, time.Hour}, false, []int64{0, 0, 1, 1}},
		{"in other processes", []time.Duration{time.Second, 9 * time.Minute, 10 * time.Minute, time.Hour}, true, []int64{0, 0, 1, 1}},
		{"read late", []time.Duration{time.Hour, 2 * time.Hour}, false, []int64{1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.write("mail.log", []byte(openSession))
			if err := os.Chtimes(h.path("mail.log"), last, last); err != nil {
				t.Fatal(err)
			}
			for i, after := range test.steps {
				h.now = last.Add(after)
				h.once()
				if got := h.messages(); got != test.want[i] {
					t.Errorf("%v after the last line: %d messages, want %d", after, got, test.want[i])
				}
				if test.restart {
					h.restart()
				}
			}
			h.append("mail.log", []byte(sessionEnd))
			h.once()
			if got := h.messages(); got != 1 {
				t.Errorf("after the session's end: %d messages, want 1", got)
			}
		})
	}
}

// TestNoSilence: who follows a log does not take it for silent while it is being written, though its stamps are an hour old: they are of another zone than the source says.
func TestNoSilence(t *testing.T) {
	h := newHost(t)
	written := time.Date(2026, 11, 24, 11, 0, 2, 0, time.UTC)
	h.write("mail.log", []byte(openSession))
	if err := os.Chtimes(h.path("mail.log"), written, written); err != nil {
		t.Fatal(err)
	}
	h.ingester.follows = true
	for _, test := range []struct {
		after time.Duration
		want  int64
	}{{time.Second, 0}, {silentAfter, 1}} {
		h.now = written.Add(test.after)
		h.once()
		if got := h.messages(); got != test.want {
			t.Errorf("%v after the last line was written: %d messages, want %d", test.after, got, test.want)
		}
	}
}
