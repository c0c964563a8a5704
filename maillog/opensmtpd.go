package maillog

import (
	"net/netip"
	"time"

	"authreport"
)

// opensmtpd reads what OpenSMTPD's smtpd logs of its SMTP sessions. Each line names its session by a number that is not used again, so lines join by that alone.
// The shapes are those of OpenSMTPD 5.4 to 7.8 (smtp_session.c of its sources), in three families:
//
//	smtp-in: Accepted message 6f9a1b2c on session 4a5b6c7d8e9f0a1b: from=<…>, to=<…>, …       5.4 to 5.9; 5.7 has "session 4a5b6c7d8e9f0a1b: msgid=6f9a1b2c, …"
//	4a5b6c7d8e9f0a1b smtp event=message address=192.0.2.1 host=name msgid=6f9a1b2c from=<…> …   6.0; 6.4 without "event="
//	4a5b6c7d8e9f0a1b smtp message msgid=6f9a1b2c size=494 nrcpt=2 proto=ESMTP                     6.6 and later
//
// A message line says that the message was accepted. In the first two families it is written once for each recipient; in the third, envelope lines follow it, one for
// each recipient, and only they name the sender. The session's lines prove that a session whose first line was seen had no TLS.
type opensmtpd struct {
	framing  framing
	options  Options
	names    interned
	record   record
	tally    *authreport.Tally // of the call under way
	sessions sessions[uint64, smtpdSession]
}

// How long in seconds of the log's own time a session may be silent, and how many are held. smtpd ends a silent one after 5 minutes (SMTPD_SESSION_TIMEOUT in smtpd.h).
const (
	smtpdSessionAge  = 3600
	maxSmtpdSessions = 1 << 16
)

// smtpdSession is an SMTP session.
type smtpdSession struct {
	server    string
	connected bool // its first line was seen
	ip        netip.Addr
	encrypted bool
	version   authreport.TLS
	family    bool // the version is a family's name, "TLSv1/SSLv3"
	cipher    string
	account   string // empty: the client has not authenticated

	failure smtpdFailure // waits for the line that tells its mechanism
	message smtpdMessage // the latest one
}

// smtpdFailure is a failed attempt. A time of 0 says that there is none.
type smtpdFailure struct {
	time    int64
	account string
}

// smtpdMessage is a message of an authenticated session. A time of 0 says that there is none.
type smtpdMessage struct {
	id         uint32
	time       int64 // Unix time of its first line
	sender     string
	named      bool // the sender is known
	recipients int64
	counted    bool
}

func newOpenSMTPD(o Options) Parser {
	p := &opensmtpd{options: o}
	p.framing.clock.location = o.Location
	if o.Location == nil {
		p.framing.clock.location = time.UTC
	}
	p.framing.lines.current.Source, p.framing.source = o.Source, o.Source
	p.reset()
	return p
}

// reset forgets all but the options.
func (p *opensmtpd) reset() {
	p.names = interned{}
	p.sessions = newSessions(smtpdSessionAge, maxSmtpdSessions, func(_ uint64, s *smtpdSession) { p.settle(s) })
	p.framing.clock = clock{location: p.framing.clock.location, modified: p.framing.clock.modified, fresh: p.framing.clock.fresh}
	p.framing.forget()
}

func (p *opensmtpd) File(modified time.Time) { p.framing.clock.file(modified) }

func (p *opensmtpd) Flush(tally *authreport.Tally) { p.framing.lines.flush(tally) }

// Settle counts the messages and failed attempts whose further lines have not come.
func (p *opensmtpd) Settle(tally *authreport.Tally) {
	p.tally = tally
	for _, o := range p.sessions.open {
		p.settle(&o.value)
	}
}

func (p *opensmtpd) Line(line []byte, tally *authreport.Tally) {
	r := &p.record
	if !p.framing.read(line, r, tally) || r.from == nil || !isOpenSMTPD(r.from.tag) {
		return
	}
	p.tally = tally
	if !p.text(r) {
		p.framing.notUnderstood(line)
	}
}

// isOpenSMTPD knows the syslog tag, which is the program's name. Postfix's smtpd has a slash in front.
func isOpenSMTPD(tag string) bool { return tag == "smtpd" || tag == "opensmtpd" }

// recogniseOpenSMTPD goes by the tag and the session's number.
func recogniseOpenSMTPD(_ []byte, r *record) bool {
	if r == nil || r.from == nil || !isOpenSMTPD(r.from.tag) {
		return false
	}
	_, _, ok := smtpdEvent(r.text)
	if !ok {
		_, _, _, ok = smtpdSentence(r.text)
	}
	return ok
}

// settle counts what waits in a session.
func (p *opensmtpd) settle(s *smtpdSession) {
	p.fail(s, "")
	p.count(s)
}

// fail counts the failed attempt that waits for its mechanism.
func (p *opensmtpd) fail(s *smtpdSession, mechanism string) {
	if s.failure.time == 0 {
		return
	}
	p.tally.AddFailure(authreport.Attempt{Time: time.Unix(s.failure.time, 0), Server: s.server, Account: s.failure.account, IP: s.ip, Mechanism: mechanism})
	s.failure = smtpdFailure{}
}

// count counts the message that waits for more recipients, or for its sender.
func (p *opensmtpd) count(s *smtpdSession) {
	m := &s.message
	if m.time == 0 || m.counted {
		return
	}
	m.counted = true
	at := time.Unix(m.time, 0)
	client := authreport.Client{Server: s.server, Account: s.account, IP: s.ip, TLS: authreport.TLSNone}
	client.Sender = authreport.FoldSender(m.sender)
	client.Domain = authreport.SenderDomain(client.Sender, p.options.DefaultDomain)
	if s.encrypted {
		client.TLS, client.Cipher = s.version, s.cipher
	} else if !s.connected {
		client.TLS = authreport.TLSUnknown
	}
	p.tally.Add(authreport.Submission{Time: at, Client: client, Recipients: m.recipients})
	if client.TLS == authreport.TLSUnknown {
		gap := authreport.GapBeforeLog
		if s.family {
			gap = authreport.GapOpenSMTPDFamily
		} else if s.encrypted {
			gap = authreport.GapTLSName
		}
		p.tally.AddGap(p.options.Source, at, gap, 1)
	}
	if !m.named {
		p.tally.AddGap(p.options.Source, at, authreport.GapOpenSMTPDSender, 1)
	}
}
