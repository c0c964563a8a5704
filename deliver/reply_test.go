package deliver

import (
	"errors"
	"net/textproto"
	"testing"
	"time"
)

// TestReplies holds what replies of servers, as they word them, mean: for whom, and how long to wait.
func TestReplies(t *testing.T) {
	for _, test := range []struct {
		code   int
		text   string
		server bool // it is not about one recipient
		wait   time.Duration
	}{
		{450, "4.2.0 <a@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html", false, 5 * time.Minute},
		{450, "4.7.1 <a@example.org>: Recipient address rejected: Greylisted for 300 seconds", false, 5 * time.Minute},
		{450, "<a@example.org>: Recipient address rejected: Greylisted for 1 minutes", false, time.Minute},
		{451, "4.7.1 Greylisting in action, please come back in 00:30:00", false, 30 * time.Minute},
		{451, "4.7.1 Greylisted, too many new clients, try again in 90 sec", false, 90 * time.Second},
		{451, "4.7.1 Try again later", false, 0},
		{450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages; too many", false, 0},
		{452, "4.2.2 Mailbox full, quota exceeded", false, 0},
		{450, "4.1.2 <a@example.org>: Recipient address rejected: Domain not found", false, 0},
		{450, "4.7.1 Error: too much mail from 192.0.2.1", true, 0},
		{450, "4.7.1 <r@example.org>: Sender address rejected: Deferring: Too many messages from sender in last 60", true, 0},
		{452, "4.5.3 Error: too many recipients", true, 0},
		{452, "4.3.1 Insufficient system storage", true, 0},
		{452, "4.3.2 Connection rate limit exceeded.", true, 0},
		{432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", true, 0},
		{451, "4.7.500 Server busy. Please try again later from 192.0.2.1", true, 0},
		{450, "4.7.0 Throttled, retry after 2 minutes", true, 2 * time.Minute},
		{454, "4.7.0 Rate limited: at most 99999 an hour", true, 0},
	} {
		err := judge(&textproto.Error{Code: test.code, Msg: test.text})
		if !errors.Is(err, ErrTemporary) || errors.Is(err, ErrServer) != test.server {
			t.Errorf("%d %s: it is %v of the server", test.code, test.text, !test.server)
		}
		if got := waitOf(test.text); got != test.wait {
			t.Errorf("%d %s: wait %v, want %v", test.code, test.text, got, test.wait)
		}
	}
}

// TestTooLargeReplies holds that a message that is too large is told from a mailbox that is full, as servers word both.
func TestTooLargeReplies(t *testing.T) {
	for _, test := range []struct {
		code     int
		text     string
		tooLarge bool
	}{
		{552, "5.3.4 Message size exceeds fixed limit", true},                                  // Postfix
		{552, "Message size exceeds maximum permitted", true},                                  // Exim
		{552, "5.2.3 Message exceeds maximum fixed size (10000000)", true},                     // sendmail
		{552, "sorry, that message size exceeds my databytes limit (#5.3.4)", true},            // qmail
		{523, "Message length (10240001) exceeds administrative limit.", true},                 // Courier
		{554, "5.3.4 Message too big for system", true},                                        // Exim behind a content filter
		{552, "5.3.4 Your message exceeded Google's message size limits.", true},               // Gmail
		{550, "5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", true}, // Exchange
		{552, "Too much", true},                                                                                // 552 and nothing that says otherwise
		{552, "5.2.2 <a@example.org>: mailbox full", false},                                                    // Dovecot
		{552, "Requested mail action aborted: exceeded storage allocation", false},                             // RFC 5321
		{552, "sorry, user is over quota", false},                                                              // of old
		{552, "5.7.0 This message was blocked because its content presents a potential security issue", false}, // Gmail
		{550, "5.1.1 no such user", false},
		{550, "no such user here", false},
		{554, "mail from here is not wanted", false},
	} {
		if err := judge(&textproto.Error{Code: test.code, Msg: test.text}); !errors.Is(err, ErrPermanent) || errors.Is(err, ErrTooLarge) != test.tooLarge {
			t.Errorf("%d %s: too large is %v", test.code, test.text, !test.tooLarge)
		}
	}
}
