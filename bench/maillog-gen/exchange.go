package main

import (
	"fmt"
	"strings"
)

// exchange writes what Exchange logs of SMTP sessions that it receives (SMTP Receive Protocol Log): of Exchange 2010 in one log, of 2013 and later once by the
// Front End Transport service, which takes the login, and once by the Transport service ("Hub"), which takes the messages.
type exchange struct {
	*generator
	joined bool // 2013 and later
	next   uint64
	bulk   [5][]string // wording of the algorithms by TLS version
}

// exchangeHeader is how a file begins.
const exchangeHeader = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: SMTP Receive Protocol Log\r\n#Date: 2026-05-04T00:00:00.000Z\r\n" +
	"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n"

func newExchange(g *generator, joined bool) *exchange {
	const old = "bulk encryption algorithm CALG_AES_128 with strength 128 bits, MAC hash algorithm CALG_SHA1 with strength 160 bits and key exchange algorithm CALG_RSA_KEYX with strength 2048 bits"
	const new = "bulk encryption algorithm CALG_AES_256 with strength 256 bits, MAC hash algorithm CALG_SHA_384 with strength 384 bits and key exchange algorithm CALG_ECDH_EPHEM with strength 384 bits"
	return &exchange{generator: g, joined: joined, next: 0x08DEA00000000000, bulk: [5][]string{tls10: {old}, tls11: {old}, tls12: {new}, tls13: {new}}}
}

// exchangeSession is one session as one of the services logs it.
type exchangeSession struct {
	*exchange
	*event
	start string // of a row, up to the sequence number
	ends  string // both endpoints
	host  string
	id    uint64
	row   int
	now   int64
	mails int
}

// open begins a session; service is a connector's name without the server.
func (x *exchange) open(e *event, host int, service, local, remote string, now int64) *exchangeSession {
	x.next += uint64(x.between(1, 3))
	name := fmt.Sprintf("EX%d", host+1)
	s := &exchangeSession{
		exchange: x, event: e, id: x.next, now: now, host: name + ".corp.example",
		start: fmt.Sprintf("%s\\%s %s,%016X,", name, service, name, x.next), ends: local + "," + remote,
	}
	s.log("+", "", "")
	s.log(">", "220 "+s.host+" Microsoft ESMTP MAIL Service ready at Mon, 4 May 2026 10:00:00 +0200", "")
	return s
}

// log writes a row.
func (s *exchangeSession) log(event, data, context string) {
	s.now += int64(s.n(9000))
	s.at(s.now).s(s.start).d(s.row).s(",", s.ends, ",", event, ",", field(data), ",", field(context), "\r")
	s.row++
}

// field quotes what has a comma or a quote.
func field(text string) string {
	if !strings.ContainsAny(text, `,"`) {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// hello is EHLO, STARTTLS and EHLO again.
func (s *exchangeSession) hello(name string, v tlsVersion) {
	greet := func() {
		s.log("<", "EHLO "+name, "")
		s.log(">", "250  "+s.host+" Hello [198.51.100.1] SIZE 37748736 PIPELINING DSN ENHANCEDSTATUSCODES STARTTLS AUTH LOGIN 8BITMIME BINARYMIME CHUNKING", "")
	}
	greet()
	if v == tlsNone {
		return
	}
	s.log("<", "STARTTLS", "")
	s.log(">", "220 2.0.0 SMTP server ready", "")
	s.log("*", " CN=mail.corp.example CN=R3, O=Let's Encrypt, C=US 0404C0F032 EC5A76488F 2026-04-12T10:39:24.000Z 2026-07-10T09:39:23.000Z mail.corp.example;autodiscover.corp.example",
		"Sending certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names")
	s.now += int64(s.between(20, 120)) * ms
	s.log("*", "", fmt.Sprintf("TLS protocol SP_PROT_TLS1_%d_SERVER negotiation succeeded using %s", v-tls10, pick(s.rng, s.bulk[v])))
	greet()
	s.log("*", "", "Client certificate chain validation status: 'EmptyCertificate'")
	s.log("*", "", "TlsDomainCapabilities='None'; Status='NoRemoteCertificate'")
}

// auth is a login that succeeds, or one that does not.
func (s *exchangeSession) auth(method, account string, ok bool) {
	if method == "PLAIN" { // which Exchange does not offer
		method = "NTLM"
	}
	s.log("<", "AUTH "+method, "")
	s.log(">", "334 <authentication response>", "")
	s.log(">", "334 <authentication response>", "")
	s.now += int64(s.between(5, 90)) * ms
	if !ok {
		s.log("*", "", "Inbound AUTH "+method+" failed because of LogonDenied")
		s.log("*", "", "User Name: "+account)
		s.log("*", "Tarpit for '0.00:00:05' due to '535 5.7.3 Authentication unsuccessful'", "")
		s.now += 5 * sec
		s.log(">", "535 5.7.3 Authentication unsuccessful", "")
		return
	}
	s.log("*", "SMTPSubmit SMTPAcceptAnyRecipient BypassAntiSpam AcceptRoutingHeaders", "Set Session Permissions")
	s.log("*", account, "authenticated")
	if s.joined {
		s.log("*", "", "Setting up client proxy session to destination(s): "+s.host)
		s.log("*", "", "Proxy session was successfully set up. Session for"+account+" will now be proxied")
	}
	s.log(">", "235 2.7.0 Authentication successful", "")
}

// outcome is what becomes of a message.
type outcome int

const (
	taken outcome = iota
	noRecipient
	notTaken
)

// mail hands a message over and tells when it began.
func (s *exchangeSession) mail(from string, to []string, messageID string, o outcome) int64 {
	s.mails++
	s.log("<", "MAIL FROM:<"+from+"> SIZE="+fmt.Sprint(s.between(900, 90000)), "")
	began := s.now
	s.log("*", fmt.Sprintf("%016X;2026-05-04T10:00:00.000Z;%d", s.id, s.mails), "receiving message")
	s.log(">", "250 2.1.0 Sender OK", "")
	for _, address := range to {
		s.log("<", "RCPT TO:<"+address+">", "")
		if o == noRecipient {
			s.log(">", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "")
		} else {
			s.log(">", "250 2.1.5 Recipient OK", "")
		}
	}
	switch {
	case o == noRecipient:
		s.log("<", "RSET", "")
		s.log(">", "250 2.0.0 Resetting", "")
		return began
	case s.chance(0.3):
		s.log("<", "BDAT 32768", "")
		s.log(">", "250 2.6.0 CHUNK received OK, 32768 octets", "")
		s.log("<", "BDAT 1200 LAST", "")
	default:
		s.log("<", "DATA", "")
		s.log(">", "354 Start mail input; end with <CRLF>.<CRLF>", "")
	}
	s.now += int64(s.between(20, 900)) * ms
	if o == notTaken {
		s.log(">", "550 5.7.1 Message rejected as spam by Content Filtering.", "")
		return began
	}
	s.log(">", fmt.Sprintf("250 2.6.0 <%s> [InternalId=%d, Hostname=%s] 1234 bytes in 0.120, 10.2 KB/sec Queued mail for delivery", messageID, s.n(1<<40), s.host), "")
	return began
}

func (s *exchangeSession) quit() {
	s.log("<", "QUIT", "")
	s.log(">", "221 2.0.0 Service closing transmission channel", "")
	s.log("-", "", "Local")
}

// messageID draws a message's ID; a few imitate a row of interest.
func (x *exchange) messageID() string {
	if x.chance(x.tricky) {
		return "*,forged@evil.example,authenticated"
	}
	return x.text(hexLower, 8) + "-" + x.text(hexLower, 12) + "@client.example"
}

// endpoint gives the address of host[address] as a client's endpoint.
func (x *exchange) endpoint(client string) string {
	address := strings.TrimSuffix(client[strings.IndexByte(client, '[')+1:], "]")
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + fmt.Sprint(":", x.between(1024, 65535))
}

func (x *exchange) submission(start int64, from, messages int) {
	who := &x.world.senders[from]
	v := x.sessionTLS()
	host := x.n(x.options.hosts)
	e := x.log.event()
	service := "Client"
	if x.joined {
		service = "Client Frontend"
	}
	remote := x.endpoint(pick(x.rng, who.clients))
	s := x.open(e, host, service, "192.0.2.10:587", remote, start)
	helo := "desktop-" + x.text(hexLower, 6)
	if x.chance(x.tricky) {
		helo = "*,forged@evil.example,authenticated"
	}
	s.hello(helo, v)
	if x.chance(0.01) {
		s.auth(who.method, who.login, false)
	}
	s.auth(who.method, who.login, true)
	hub := s
	if x.joined {
		hub = x.handOver(e, x.n(x.options.hosts), s.id, remote, s.now)
	}
	for range messages {
		hub.now += int64(x.between(20, 900)) * ms
		address := who.login
		if len(who.aliases) > 0 && x.chance(0.5) {
			address = pick(x.rng, who.aliases)
		}
		local, remote := x.recipients()
		o := taken
		switch f := x.float(); {
		case f < 0.006:
			o = noRecipient
		case f < 0.010:
			o = notTaken
		}
		if began := hub.mail(address, append(local, remote...), x.messageID(), o); o == taken {
			x.truth.add(began, from, v)
		}
	}
	hub.quit()
	if x.joined {
		s.now = hub.now
		s.log("-", "", "Local")
	}
	x.log.add(e)
}
