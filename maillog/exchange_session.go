package maillog

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"authreport"
)

// exchangeSession is one SMTP session that has not ended.
type exchangeSession struct {
	complete  bool // its first row was seen
	started   bool // STARTTLS was accepted
	encrypted bool // the row that tells the TLS version was seen
	version   authreport.TLS
	cipher    string

	server     bool   // the latest login is one Exchange server's to another (X-EXPS)
	mechanism  string // of the latest AUTH command
	account    string // who is logged in; empty: nobody, another server, or Exchange's own monitoring
	ip         netip.Addr
	host       string // the server, with account or front
	monitoring bool   // a HealthMailbox is logged in
	passed     bool   // the session was handed over to a hub
	sent       bool   // a message was accepted

	front  uint64     // of a session that was taken over: the front end's; 0: it was not
	client netip.Addr // and its client
	asked  bool       // XPROXY has not been answered

	mail    exchangeMail // under way, if began is set
	failure exchangeFailure
}

// exchangeMail is a message, from MAIL on.
type exchangeMail struct {
	began      bool
	time       int64 // of MAIL
	sender     string
	recipients int64 // accepted
}

// exchangeFailure is a failed attempt to log in, of which up to four rows tell.
type exchangeFailure struct {
	state    failureState
	attempt  authreport.Attempt // with failurePending
	inside   bool               // it came from the server itself
	answered uint32             // sequence number of the latest 535 and 1; 0 if there was none
}

type failureState uint8

const (
	noFailure      failureState = iota
	failurePending              // the row with the account may follow
	failureCounted              // the 535 may follow
)

// command reads what the client said. Anybody may say anything.
func (x *exchange) command() {
	said := unquoted(x.row.data)
	if len(said) < 4 {
		return
	}
	switch said[0] | 0x20 {
	case 'm':
		if sender, ok := mailFrom(said); ok {
			if s := x.session(); s != nil && (s.account != "" || s.front != 0) {
				if x.row.data[0] == '"' {
					sender, _ = mailFrom(plain(x.row.data))
				}
				s.asked = false
				s.mail = exchangeMail{began: true, time: x.row.time, sender: x.names.text(sender)}
			}
		}
	case 'r', 'e', 'h': // RFC 5321 sections 4.1.1.5 and 4.1.1.1
		if hasFold(said, "RSET") || hasFold(said, "EHLO") || hasFold(said, "HELO") {
			if s := x.session(); s != nil {
				s.mail = exchangeMail{}
			}
		}
	case 'a':
		if hasFold(said, "AUTH ") {
			mechanism, _, _ := bytes.Cut(bytes.TrimRight(said[len("AUTH "):], `"`), []byte{' '})
			x.login(false).mechanism = mechanismName(mechanism)
		}
	case 'x':
		if hasFold(said, "X-EXPS ") {
			x.login(true)
		} else if hasFold(said, "XPROXY ") {
			x.takeOver(said[len("XPROXY "):])
		}
	}
}

// login begins an attempt to log in.
func (x *exchange) login(server bool) *exchangeSession {
	s := x.begun()
	x.told(s)
	s.failure.state = noFailure
	s.server, s.mechanism = server, ""
	return s
}

// takeOver reads "SID=08D7D4D2EFBC4CC6 IP=192.0.2.1 PORT=50767 DOMAIN=client", by which a front end says whose session it hands over. The server refuses it from anybody else.
func (x *exchange) takeOver(parameters []byte) {
	s := x.begun()
	s.front, s.client, s.asked = 0, netip.Addr{}, true
	s.mail = exchangeMail{} // another client's
	for parameter := range bytes.SplitSeq(bytes.TrimRight(parameters, `"`), []byte{' '}) {
		key, value, _ := bytes.Cut(parameter, []byte{'='})
		switch string(key) {
		case "SID":
			s.front, _ = hexadecimal(value)
		case "IP":
			s.client = endpoint(value)
		case "DOMAIN": // the client's own word
			return
		}
	}
}

// reply reads what the server answered.
func (x *exchange) reply() {
	said := unquoted(x.row.data)
	if len(said) < len("250 2.1.5") {
		return
	}
	switch said[0] {
	case '2':
		switch string(said[:len("250 2.1.5")]) {
		case "250 2.1.5":
			if s := x.session(); s != nil && s.mail.began {
				s.mail.recipients++
			}
		case "250 2.6.0": // also the answer to a chunk that is not the last (RFC 3030)
			if bytes.Contains(said, []byte("Queued mail for delivery")) || bytes.Contains(x.row.context, []byte("Queued mail for delivery")) {
				x.accepted()
			}
		case "220 2.0.0":
			x.begun().started = true
		}
	case '4', '5':
		s := x.session()
		if bytes.HasPrefix(said, []byte("535")) {
			x.refusal(s)
		} else if s != nil && s.asked {
			s.asked, s.front = false, 0
		}
	}
}

// information reads what the server says of the session. Its data may be the client's word: a certificate's names.
func (x *exchange) information() {
	text := unquoted(x.row.context)
	if len(text) == 0 {
		return
	}
	switch text[0] {
	case 'a':
		if string(plain(x.row.context)) == "authenticated" && len(x.row.data) > 0 {
			x.authenticated(plain(x.row.data))
		}
	case 'T':
		if rest, ok := bytes.CutPrefix(text, []byte("TLS protocol ")); ok {
			x.encrypted(rest)
		}
	case 'S':
		if bytes.HasPrefix(text, []byte("Sending certificate")) {
			x.begun().started = true
		}
	case 'I':
		if rest, ok := bytes.CutPrefix(text, []byte("Inbound AUTH ")); ok {
			if mechanism, _, ok := bytes.Cut(rest, []byte(" failed because of ")); ok {
				x.failed(mechanism)
			}
		}
	case 'U':
		if name, ok := bytes.CutPrefix(plain(x.row.context), []byte("User Name: ")); ok {
			if s := x.session(); s != nil && s.failure.state == failurePending {
				s.failure.attempt.Account = string(name)
			}
		}
	case 'P':
		if rest, ok := bytes.CutPrefix(plain(x.row.context), []byte("Proxy session was successfully set up. Session for")); ok {
			x.passOn(bytes.TrimSpace(bytes.TrimSuffix(rest, []byte(" will now be proxied"))))
		}
	}
}

// encrypted reads "SP_PROT_TLS1_2_SERVER negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits, …". The name is one of Windows
// (schannel.h); Microsoft's documentation spells it SP_PROT-TLS1_2_CLIENT. A session with _CLIENT is one that the server itself began.
func (x *exchange) encrypted(rest []byte) {
	name, rest, ok := bytes.Cut(rest, []byte(" negotiation succeeded"))
	if !ok || bytes.HasSuffix(name, []byte("CLIENT")) {
		return
	}
	s := x.begun()
	s.encrypted, s.version, s.cipher = true, schannelVersion(name), ""
	if _, cipher, ok := bytes.Cut(rest, []byte(" using ")); ok {
		cipher = bytes.TrimPrefix(cipher, []byte("bulk encryption algorithm "))
		if end := bytes.IndexAny(cipher, ` ,"`); end >= 0 {
			cipher = cipher[:end]
		}
		s.cipher = x.names.text(cipher)
	}
}

// schannelVersion gives the version that a constant of Windows names, whatever stands between its parts.
func schannelVersion(name []byte) authreport.TLS {
	switch strings.ReplaceAll(string(name), "-", "_") {
	case "SP_PROT_TLS1_3_SERVER":
		return authreport.TLS13
	case "SP_PROT_TLS1_2_SERVER":
		return authreport.TLS12
	case "SP_PROT_TLS1_1_SERVER":
		return authreport.TLS11
	case "SP_PROT_TLS1_0_SERVER", "SP_PROT_TLS1_SERVER":
		return authreport.TLS10
	case "SP_PROT_SSL3_SERVER", "SP_PROT_SSL2_SERVER":
		return authreport.SSL30
	}
	return authreport.TLSUnknown
}

// authenticated notes who is logged in.
func (x *exchange) authenticated(name []byte) {
	s := x.begun()
	if s.server || s.front != 0 || s.mechanism == "" && bytes.HasSuffix(name, []byte{'$'}) {
		return // another server
	}
	s.account, s.monitoring = x.names.text(name), false
	s.ip, s.host = endpoint(x.row.remote), x.server()
	if isMonitoring(s.account) {
		s.account, s.monitoring = "", true
	}
}

// failed notes a failed attempt to log in. The row may come twice.
func (x *exchange) failed(mechanism []byte) {
	s := x.begun()
	f := &s.failure
	if s.server || f.state == failureCounted || f.state == failurePending && f.attempt.Account == "" {
		return
	}
	x.told(s)
	x.attempt(f, "", mechanismName(mechanism))
}

// attempt notes what the row tells of a failed attempt.
func (x *exchange) attempt(f *exchangeFailure, account, mechanism string) {
	ip := endpoint(x.row.remote)
	f.state, f.inside = failurePending, ip.IsLoopback() || ip == endpoint(x.row.local)
	f.attempt = authreport.Attempt{Time: time.Unix(x.row.time, 0), Server: x.server(), Account: account, IP: ip, Mechanism: mechanism}
}

// refusal reads a 535. It is the end of an attempt of which other rows told, else it tells of one: also where the login was right, and the front end found no
// server to hand the session over to.
func (x *exchange) refusal(s *exchangeSession) {
	if s == nil {
		s = x.begun()
	}
	f := &s.failure
	if s.server || f.state == noFailure && f.answered == x.row.sequence+1 { // the row comes twice
		return
	}
	if f.state == noFailure {
		x.attempt(f, s.account, s.mechanism)
	}
	x.told(s)
	f.state, f.answered = noFailure, x.row.sequence+1
	s.account, s.monitoring = "", false
}

// told counts the failed attempt of which enough was told. The monitoring's own are left out.
func (x *exchange) told(s *exchangeSession) {
	f := &s.failure
	if f.state != failurePending {
		return
	}
	f.state = failureCounted
	if !f.inside || !isMonitoring(f.attempt.Account) {
		x.tally.AddFailure(f.attempt)
		if f.attempt.Account == "" {
			x.tally.AddGap(x.options.Source, f.attempt.Time, authreport.GapExchangeFailure, 1)
		}
	}
	f.attempt = authreport.Attempt{}
}
