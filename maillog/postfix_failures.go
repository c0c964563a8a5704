package maillog

import (
	"bytes"
	"strings"
	"time"

	"authreport"
)

// warning reads "name[address]: SASL LOGIN authentication failed: reason, sasl_username=user" (the user since 3.9), and knows an oversized message.
// The Cyrus library's own "SASL authentication failure: …" tells of the same attempt a second time.
func (p *postfix) warning(r *record, v *service, warning []byte, times int64, tally *authreport.Tally) bool {
	ip, _, rest, ok := parseClient(warning)
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(": SASL "))
	}
	if !ok {
		if id, rest, ok := queueID(warning); ok && bytes.HasPrefix(rest, []byte("queue file size limit exceeded")) {
			if m := p.waiting.find(v.host, id); m != nil {
				p.forget(m)
			}
		}
		return true
	}
	mechanism, rest, _ := bytes.Cut(rest, []byte{' '})
	if !bytes.HasPrefix(rest, []byte("authentication failed")) && !bytes.HasPrefix(rest, []byte("authentication aborted")) {
		return true
	}
	attempt := authreport.Attempt{IP: p.names.address(ip), Mechanism: mechanismName(mechanism)}
	_, user, logged := bytes.Cut(rest, []byte(", sasl_username="))
	if logged && string(user) != "(unavailable)" {
		attempt.Account = p.names.text(user)
	}
	if r.pid != 0 {
		p.session(r, v, tally).failures += times
	}
	p.failed(r, v, attempt, times, tally)
	if !logged {
		tally.AddGap(p.options.Source, time.Unix(r.time, 0), authreport.GapPostfixFailure, min(times, maxRepeats))
	}
	return true
}

// failed counts failed attempts.
func (p *postfix) failed(r *record, v *service, a authreport.Attempt, times int64, tally *authreport.Tally) {
	a.Time, a.Server = time.Unix(r.time, 0), v.host.name
	for range min(times, maxRepeats) {
		tally.AddFailure(a)
	}
}

// maxRepeats is the most attempts that one line may tell of: a limit on the harm of a garbled number.
const maxRepeats = 1 << 16

// mechanismName gives a SASL mechanism in upper case; smtpd logs what the client typed. What cannot be one (RFC 4422 section 3.1) is empty.
func mechanismName(b []byte) string {
	switch string(b) {
	case "PLAIN": // without a copy
		return "PLAIN"
	case "LOGIN":
		return "LOGIN"
	}
	if len(b) > 20 {
		return ""
	}
	name := strings.ToUpper(string(b))
	for _, c := range []byte(name) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ""
		}
	}
	return name
}

// repeated reads rsyslog's "message repeated 3 times: [ text]" ($RepeatedMsgReduction), whose text it has written once before.
// Only failed attempts look alike twice in a row and count each time.
func (p *postfix) repeated(r *record, v *service, rest []byte, tally *authreport.Tally) bool {
	times, text, ok := bytes.Cut(rest, []byte(" times: ["))
	if !ok {
		return false
	}
	text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(" ")), []byte("]"))
	if warning, ok := bytes.CutPrefix(text, []byte("warning: ")); ok {
		return p.warning(r, v, warning, int64(number(times)), tally)
	}
	return true
}
