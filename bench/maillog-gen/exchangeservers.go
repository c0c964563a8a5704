package main

import "fmt"

// handOver begins the session in which a front end hands a client's session over to a hub.
func (x *exchange) handOver(e *event, host int, front uint64, client string, start int64) *exchangeSession {
	s := x.peering(e, host, "Client Proxy", "192.0.2.10:465", start)
	s.log("<", fmt.Sprintf("XPROXY SID=%016X IP=%s PORT=%d DOMAIN=client", front, addressOf(client), x.between(1024, 65535)), "")
	s.log(">", "250 XProxy accepted and authenticated", "")
	return s
}

// peering begins a session of one server with another, which logs in as itself.
func (x *exchange) peering(e *event, host int, service, local string, start int64) *exchangeSession {
	s := x.open(e, host, service, local, x.endpoint("[192.0.2.9]"), start)
	s.hello("EX1.corp.example", tls12)
	s.log("<", "X-EXPS EXCHANGEAUTH SHA256 ", "")
	s.log("*", "SMTPSubmit SMTPAcceptAnySender SMTPAcceptXProxyFrom", "Set Session Permissions")
	s.log("*", `CORP\EX1$`, "authenticated")
	s.log(">", "235 <authentication response>", "")
	return s
}

// addressOf takes the port, and the brackets of IPv6, off an endpoint.
func addressOf(endpoint string) string {
	for i := len(endpoint) - 1; i > 0; i-- {
		if endpoint[i] == ':' {
			endpoint = endpoint[:i]
			break
		}
	}
	if endpoint[0] == '[' {
		endpoint = endpoint[1 : len(endpoint)-1]
	}
	return endpoint
}

func (x *exchange) inbound(start int64, messages int) {
	v := tls12
	switch f := x.float(); {
	case f < 0.12:
		v = tlsNone
	case f < 0.40:
		v = tls13
	case f < 0.43:
		v = tls10
	}
	e := x.log.event()
	host := x.n(x.options.hosts)
	service := "Default"
	if x.joined {
		service = "Default Frontend"
	}
	remote := x.endpoint(x.world.peers[x.world.byPeer.draw(x.rng)])
	s := x.open(e, host, service, "192.0.2.10:25", remote, start)
	s.hello("mx."+x.world.drawRemote(x.rng), v)
	for range messages {
		from := x.world.drawRemoteAddress(x.rng)
		if x.chance(0.08) {
			from = ""
		}
		to := []string{pick(x.rng, x.world.local)}
		o := taken
		if x.chance(0.15) {
			o = noRecipient
		}
		id := x.messageID()
		if x.joined && o == taken { // the hub logs the same message, with the same answer
			hub := x.peering(e, x.n(x.options.hosts), "Default", "192.0.2.10:2525", s.now)
			hub.log("<", fmt.Sprintf("XPROXYFROM SID=%016X IP=%s PORT=25000 DOMAIN=mx.example SEQNUM=1 PERMS=1073 AUTHSRC=Anonymous", s.id, addressOf(remote)), "")
			hub.log(">", "250 XProxyFrom accepted", "")
			hub.mail(from, to, id, taken)
			hub.quit()
		}
		s.mail(from, to, id, o)
	}
	s.quit()
	x.log.add(e)
}

func (x *exchange) noise(start int64) {
	e := x.log.event()
	host := x.n(x.options.hosts)
	client, submit := "Default", "Client"
	if x.joined {
		client, submit = "Default Frontend", "Client Frontend"
	}
	switch f := x.float(); {
	case f < 0.35: // a load balancer looks whether the port is open
		s := x.open(e, host, client, "192.0.2.10:25", "192.0.2.200:30000", start)
		s.log("-", "", "Remote(SocketError)")
	case f < 0.70: // a wrong password
		who := &x.world.senders[x.world.drawSender(x.rng)]
		s := x.open(e, host, submit, "192.0.2.10:587", x.endpoint(x.peer(0.6)), start)
		s.hello("User", pick(x.rng, []tlsVersion{tlsNone, tls12}))
		s.auth("LOGIN", who.login, false)
		s.log("-", "", "Remote(ConnectionReset)")
	case f < 0.80: // a mechanism that is not offered
		s := x.open(e, host, submit, "192.0.2.10:587", x.endpoint(x.peer(0.6)), start)
		s.hello("User", tlsNone)
		s.log("<", "AUTH CRAM-MD5", "")
		s.log(">", "504 5.7.4 Unrecognized authentication type", "")
		s.quit()
	case f < 0.90: // the server tries itself
		const mailbox = "HealthMailbox0123456789abcdef0123456789abcdef@corp.example"
		s := x.open(e, host, submit, "127.0.0.1:587", "127.0.0.1:40000", start)
		s.hello("EX1", tls12)
		s.auth("LOGIN", mailbox, true)
		hub := s
		if x.joined {
			hub = x.handOver(e, host, s.id, "127.0.0.1:40000", s.now)
		}
		hub.mail(mailbox, []string{mailbox}, x.messageID(), taken)
		hub.quit()
		if x.joined {
			s.now = hub.now
			s.log("-", "", "Local")
		}
	default: // another server of the organisation
		s := x.peering(e, host, "Default", "192.0.2.10:2525", start)
		s.mail(pick(x.rng, x.world.local), []string{pick(x.rng, x.world.local)}, x.messageID(), taken)
		s.quit()
	}
	x.log.add(e)
}
