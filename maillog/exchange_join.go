package maillog

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"authreport"
)

// exchangeLogin is who logged in, and how: what a message needs to be counted.
type exchangeLogin struct {
	time       int64 // of the row that told it
	server     string
	account    string
	mechanism  string
	ip         netip.Addr
	version    authreport.TLS
	cipher     string
	gap        authreport.Gap // why version is not known; empty: it is
	monitoring bool           // Exchange's own: not counted
	passed     bool           // the session was handed over, so that there must be a hub's log of it
	joined     bool           // the hub's log was seen
	told       bool           // that it was not has been told
}

// exchangeHandedOver is messages of a session that was handed over by a front end whose login has not come.
type exchangeHandedOver struct {
	server string
	ip     netip.Addr
	ended  bool // the hub's session has ended: no more messages come
	mails  []exchangeMail
}

// passOn notes that a front end's session was handed over to a hub, where its messages are.
func (x *exchange) passOn(name []byte) {
	s := x.begun()
	if s.server || s.passed {
		return
	}
	if s.account == "" && !s.monitoring {
		s.account, s.ip, s.host = x.names.text(name), endpoint(x.row.remote), x.server()
		if isMonitoring(s.account) {
			s.account, s.monitoring = "", true
		}
	}
	s.passed = true
	x.front = max(x.front, x.row.time)
	x.await(s)
}

// await joins a login with its messages: those that have come are counted, and it waits for others.
func (x *exchange) await(s *exchangeSession) {
	l := s.login()
	l.time = x.row.time
	if h := x.handed.find(x.row.session, x.row.time); h != nil {
		for i := range h.mails {
			x.count(&h.mails[i], &l)
		}
		x.held -= h.weight()
		x.handed.drop(x.row.session)
		if l.joined = true; h.ended {
			return
		}
	}
	x.logins.age = x.patience(x.hub)
	*x.logins.at(x.row.session, x.row.time) = l
}

// login gives what the session told so far of its login.
func (s *exchangeSession) login() exchangeLogin {
	l := exchangeLogin{server: s.host, account: s.account, mechanism: s.mechanism, ip: s.ip, monitoring: s.monitoring, passed: s.passed}
	switch {
	case s.encrypted:
		if l.version, l.cipher = s.version, s.cipher; l.version == authreport.TLSUnknown {
			l.gap = authreport.GapTLSName
		}
	case s.started:
		l.gap = authreport.GapExchangeTLS
	case s.complete:
		l.version = authreport.TLSNone
	default:
		l.gap = authreport.GapBeforeLog
	}
	return l
}

// accepted counts the message that the server took, once it is known who was logged in.
func (x *exchange) accepted() {
	s := x.session()
	if s == nil || !s.mail.began {
		return
	}
	mail := s.mail
	s.mail, s.sent = exchangeMail{}, true
	if s.front == 0 {
		l := s.login()
		x.count(&mail, &l)
		return
	}
	x.hub = max(x.hub, x.row.time)
	if l := x.logins.find(s.front, x.row.time); l != nil {
		l.joined = true
		x.count(&mail, l)
		return
	}
	if isMonitoring(mail.sender) {
		return
	}
	h := x.handOver(s)
	h.mails = append(h.mails, mail)
	x.held += mail.weight()
	switch {
	case x.held >= exchangeMost:
		x.handed.all()
	case len(h.mails) >= exchangeMostMails:
		x.unclaimed(s.front, h)
	}
}

// handOver gives what waits for the login of a session that was taken over.
func (x *exchange) handOver(s *exchangeSession) *exchangeHandedOver {
	x.handed.age = x.patience(x.front)
	h := x.handed.at(s.front, x.row.time)
	h.server, h.ip = x.server(), s.client
	return h
}

// finish ends a session.
func (x *exchange) finish(s *exchangeSession) {
	x.told(s)
	switch {
	case s.front != 0:
		x.hub = max(x.hub, x.row.time)
		l := x.logins.find(s.front, x.row.time)
		switch {
		case l == nil:
			x.handOver(s).ended = s.sent
		case s.sent: // the front end hands a session over once; only a hub that took no message may be followed by another
			x.logins.drop(s.front)
		default:
			l.joined = true
		}
	case s.account != "" && !s.passed && !s.sent: // a front end whose words for the handing over are not known; or the client sent nothing
		x.await(s)
	}
}

// count counts one submission.
func (x *exchange) count(mail *exchangeMail, l *exchangeLogin) {
	if l.monitoring {
		return
	}
	at := time.Unix(mail.time, 0)
	sender := authreport.FoldSender(mail.sender)
	x.tally.Add(authreport.Submission{Time: at, Recipients: mail.recipients, Client: authreport.Client{
		Server: l.server, Account: l.account, Sender: sender, Domain: authreport.SenderDomain(sender, x.options.DefaultDomain),
		IP: l.ip, TLS: l.version, Cipher: l.cipher, Mechanism: l.mechanism,
	}})
	if l.gap != "" {
		x.tally.AddGap(x.options.Source, at, l.gap, 1)
	}
}

// patience is how long things wait for what the other service's log tells, of which the latest was seen at a time.
func (x *exchange) patience(seen int64) int64 {
	if seen == 0 || distance(x.row.time, seen) > exchangeWait {
		return exchangeWaitAlone
	}
	return exchangeWait
}

// unclaimed counts messages whose login no file has told: they were handed over by a front end, so somebody was logged in.
func (x *exchange) unclaimed(front uint64, h *exchangeHandedOver) {
	l := exchangeLogin{server: h.server, ip: h.ip, gap: authreport.GapExchangeFrontEnd}
	if s := x.open.open[front]; s != nil && (s.value.account != "" || s.value.monitoring) { // told it was, only not that the session was handed over
		l = s.value.login()
	}
	for i := range h.mails {
		x.count(&h.mails[i], &l)
	}
	x.held -= h.weight()
	h.mails = nil
}

// weight is how much room a message takes: one of common length takes 1.
func (m *exchangeMail) weight() int { return 1 + len(m.sender)/128 }

func (h *exchangeHandedOver) weight() (sum int) {
	for i := range h.mails {
		sum += h.mails[i].weight()
	}
	return sum
}

// unanswered tells of a login of whose messages no file has told.
func (x *exchange) unanswered(_ uint64, l *exchangeLogin) {
	if l.passed && !l.joined && !l.told && !l.monitoring {
		l.told = true
		x.tally.AddGap(x.options.Source, time.Unix(l.time, 0), authreport.GapExchangeHub, 1)
	}
}

// mailFrom reads the envelope sender of "MAIL FROM:<sender> SIZE=1234" (RFC 5321 section 4.1.1.2); blanks and missing brackets are forgiven, as Exchange does.
func mailFrom(said []byte) (sender []byte, ok bool) {
	if !hasFold(said, "MAIL FROM:") {
		return nil, false
	}
	said = bytes.TrimLeft(said[len("MAIL FROM:"):], " ")
	if len(said) == 0 || said[0] != '<' {
		end := bytes.IndexAny(said, ` "`)
		if end < 0 {
			end = len(said)
		}
		return said[:end], true
	}
	quoted := false
	for i := 1; i < len(said); i++ {
		switch {
		case quoted && said[i] == '\\':
			i++
		case said[i] == '"':
			quoted = !quoted
		case said[i] == '>' && !quoted:
			return said[1:i], true
		}
	}
	if end := bytes.LastIndexByte(said, '>'); end > 0 { // a quote too many
		return said[1:end], true
	}
	return bytes.TrimRight(said[1:], `"`), true
}

// hasFold says whether b begins with an upper-case prefix, in whatever case.
func hasFold(b []byte, prefix string) bool {
	if len(b) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := b[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// isMonitoring says whether an account is one of the mailboxes with which Exchange tries its own services (Managed Availability): HealthMailbox and letters and digits.
func isMonitoring(account string) bool {
	const name = "healthmailbox"
	account = account[strings.LastIndexByte(account, '\\')+1:]
	if len(account) < len(name) || !strings.EqualFold(account[:len(name)], name) {
		return false
	}
	for i := len(name); i < len(account) && account[i] != '@'; i++ {
		if c := account[i] | 0x20; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
