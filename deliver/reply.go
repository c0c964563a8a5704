package deliver

import (
	"errors"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// judge gives err the kind that its reply code asks for. An err without a reply code is a fault of the network, so temporary.
func judge(err error) error {
	if errors.Is(err, ErrTemporary) || errors.Is(err, ErrPermanent) {
		return err
	}
	code, text := reply(err)
	switch {
	case code >= 500 && code <= 599 && tooLarge(code, text):
		return &fault{err, []error{ErrTooLarge, ErrPermanent}}
	case code == 530 || code == 534 || code == 535 || code == 538:
		return authFault(err)
	case code >= 500 && code <= 599:
		return permanent(err)
	case code != 421 && limited(text): // what comes after 421 on a new connection shows whether the server is away
		return serverFault(err)
	}
	return temporary(err)
}

// reply is the SMTP reply in err, 0 if there is none.
func reply(err error) (code int, text string) {
	var r *textproto.Error
	if !errors.As(err, &r) {
		return 0, ""
	}
	return r.Code, oneLine(r.Msg)
}

// Replies that are not about one recipient but about how much the server takes. No enhanced code stands for rate limits, so servers word them: Postfix's
// "4.7.1 Error: too much mail from", Exchange's "4.3.2 … sender thread limit exceeded", policy servers' "Too many messages from sender".
var (
	limitCodes = []string{"4.3.1 ", "4.3.2 ", "4.4.5 "} // system full, takes no messages now, congested (RFC 3463 sections 3.4 and 3.5)
	limitWords = regexp.MustCompile(`(?i)\btoo (many|much|fast|quickly)\b|\brate.?limit|\blimit (was |is |has been )?(exceeded|reached)|\bexceed\w* .*\b(limit|rate|quota)\b|throttl|slow(ing)? down|(server|system) .*(busy|overload)`)
)

// limited says whether a temporary reply's text says that the server takes nothing more from us for now. What concerns a mailbox (X.2.X, RFC 3463 section 3.3) is
// never that: a recipient who gets too much mail is one recipient.
func limited(text string) bool {
	if strings.HasPrefix(text, "4.2.") || greylisted(text) {
		return false
	}
	for _, code := range limitCodes {
		if strings.HasPrefix(text, code) {
			return true
		}
	}
	return limitWords.MatchString(text)
}

var recipientWords = regexp.MustCompile(`(?i)^[45]\.5\.3 |\btoo many (recipients|rcpts)\b`) // the enhanced code: RFC 3463 section 3.6

// tooMany says whether a refused RCPT TO means that the message has enough recipients: those left want a message of their own. The code is 452, and was 552 once
// (RFC 5321 section 4.5.3.1.10).
func tooMany(err error) bool {
	code, text := reply(err)
	return (code == 452 || code == 552) && recipientWords.MatchString(text)
}

var greyWords = regexp.MustCompile(`(?i)\bgr[ae]y.?list`)

func greylisted(text string) bool { return greyWords.MatchString(text) }

// greyDelay is how long greylisting takes where it does not say: the default of postgrey, rspamd and most others.
const greyDelay = 5 * time.Minute

// How replies name a wait: "Greylisted for 300 seconds", "try again in 5 min", "please come back in 00:05:00" (milter-greylist).
var (
	waitWords = regexp.MustCompile(`(?i)\b(?:in|for|after) (?:about |another )?(\d{1,5}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b`)
	waitClock = regexp.MustCompile(`\bin (\d{1,2}):(\d\d):(\d\d)\b`)
)

// waitOf is how long a temporary reply asks to wait before the next attempt; 0 if it does not say.
func waitOf(text string) time.Duration {
	number := func(digits string) time.Duration {
		n, _ := strconv.Atoi(digits) // a few digits
		return time.Duration(n)
	}
	if m := waitClock.FindStringSubmatch(text); m != nil {
		return number(m[1])*time.Hour + number(m[2])*time.Minute + number(m[3])*time.Second
	}
	if m := waitWords.FindStringSubmatch(text); m != nil {
		unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour}[strings.ToLower(m[2])[0]]
		return number(m[1]) * unit
	}
	if greylisted(text) {
		return greyDelay
	}
	return 0
}
