package maillog

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"authreport"
)

// encrypted reads "name [address], version=TLSv1.3, verify=NO, cipher=NAME, bits=256/256" (tls.c, tls_get_info). A client may authenticate first: sendmail keeps that.
// TLS does not begin twice, nor with another address: that is the next connection of the same process ID.
func (p *sendmail) encrypted(r *record, of *sendmailOrigin, b []byte) bool {
	i := max(bytes.IndexByte(b, ','), 0) // the client has none
	wording, ok := bytes.CutPrefix(b[i:], []byte(", version="))
	if !ok {
		return true // of the client's certificate: "field=…"
	}
	layer, ok := p.layer(wording[:max(bytes.LastIndexByte(wording, ','), 0)])
	if !ok {
		return false
	}
	p.host(r, of).logged = r.time
	key := connectionKey(of, r.pid)
	if key == 0 {
		return true
	}
	layer.ip = p.relay(b[:i])
	if c := p.open.find(key, r.time); c != nil && c.tls.cipher == "" && sameClient(c.tls.ip, layer.ip) {
		c.tls.version, c.tls.family, c.tls.cipher, c.early = layer.version, layer.family, layer.cipher, false
		p.take(c.message)
	} else if c != nil {
		p.forget(key)
	}
	*p.starting.at(key, r.time) = layer
	return true
}

// layer reads "TLSv1.3, verify=NO, cipher=NAME", all the same for most clients.
func (p *sendmail) layer(wording []byte) (layer sendmailTLS, ok bool) {
	if layer, ok = p.layers[string(wording)]; ok {
		return layer, true
	}
	version, rest, _ := bytes.Cut(wording, []byte(", verify="))
	_, cipher, ok := bytes.Cut(rest, []byte(", cipher="))
	cipher, _, _ = bytes.Cut(cipher, []byte{','})
	if !ok || len(cipher) == 0 {
		return layer, false
	}
	layer.cipher = string(cipher)
	layer.version, layer.family = tlsOrFamily(string(version), layer.cipher)
	if len(wording) <= longestName {
		if len(p.layers) >= maxNames {
			clear(p.layers)
		}
		p.layers[string(wording)] = layer
	}
	return layer, true
}

// authenticated reads "name [address], authid=NAME, mech=PLAIN, bits=0" (srvrsmtp.c). sendmail takes one AUTH in a connection, so a second one is of another.
func (p *sendmail) authenticated(r *record, of *sendmailOrigin, b []byte) bool {
	relay, rest, ok := bytes.Cut(b, []byte(", authid="))
	i := bytes.LastIndex(rest, []byte(", mech="))
	if !ok || i < 0 {
		return false
	}
	mechanism, _, _ := bytes.Cut(rest[i+len(", mech="):], []byte{','})
	host := p.host(r, of)
	host.logged = r.time
	key := connectionKey(of, r.pid)
	if key == 0 {
		return true
	}
	ip := p.relay(relay)
	var layer sendmailTLS
	if s := p.starting.find(key, r.time); s != nil && sameClient(s.ip, ip) {
		layer = *s
	}
	p.forget(key)
	layer.ip = ip
	*p.open.at(key, r.time) = sendmailConnection{
		tls: layer, account: p.names.text(rest[:i]), mechanism: mechanismName(mechanism),
		early: layer.cipher == "" && r.time-host.since < firstLines,
	}
	return true
}

// firstLines is how long in seconds after the first line of a host a session's STARTTLS line may have been before it: clients authenticate at once.
const firstLines = 60

// host gives what is known of a host.
func (p *sendmail) host(r *record, of *sendmailOrigin) *sendmailHost {
	h := p.hosts.at(of.hash, r.time)
	if h.since == 0 {
		h.since = r.time
	}
	return h
}

// sameClient says whether two addresses may be of one client; sendmail cuts the client off some lines at 100 bytes, address and all.
func sameClient(a, b netip.Addr) bool { return a == b || !a.IsValid() || !b.IsValid() }

// relay reads the address in "name [192.0.2.1]", "user@name [IPv6:2001:db8:0:0:0:0:0:1] (may be forged)", "[192.0.2.1]". sendmail lets neither name nor user,
// which the client's ident server words, have a blank, a comma or a bracket (cleanstrcpy in util.c).
func (p *sendmail) relay(b []byte) netip.Addr {
	i := bytes.IndexByte(b, '[')
	if i < 0 {
		return netip.Addr{}
	}
	address, _, ok := bytes.Cut(b[i+1:], []byte{']'})
	if !ok {
		return netip.Addr{}
	}
	return p.names.address(address)
}

// from reads the line of a message's sender (logsender in headers.c). It shows msgid= only if the content was read to its end.
func (p *sendmail) from(r *record, of *sendmailOrigin, key uint64, b []byte) bool {
	f, ok := parseFrom(b)
	if !ok || !f.read {
		return ok
	}
	_, with, _ := bytes.Cut(f.protocol, []byte("SMTP")) // "ESMTPSA", "UTF8SMTPS"; "ESMTP" (RFC 3848, 6531)
	s, a := bytes.IndexByte(with, 'S') >= 0, bytes.IndexByte(with, 'A') >= 0
	if s {
		p.host(r, of).modern = true
	}
	if !a && p.open.open[connectionKey(of, r.pid)] == nil { // most mail
		return true
	}
	host := p.host(r, of)
	host.modern = host.modern || a
	ip := p.relay(f.relay)
	c, layer := p.connection(r, of, ip)
	if !a && (c == nil || host.modern) || c == nil && !f.daemon || f.local {
		return true
	}
	m := sendmailMessage{pid: r.pid}
	m.submission.Time, m.submission.Recipients = time.Unix(r.time, 0), f.recipients
	client := &m.submission.Client
	client.Server, client.IP = r.from.host, ip
	client.Sender = authreport.FoldSender(p.names.text(f.sender))
	client.Domain = authreport.SenderDomain(client.Sender, p.options.DefaultDomain)
	if c != nil {
		client.Account, client.Mechanism = c.account, c.mechanism
	}
	switch {
	case a && !s:
		client.TLS = authreport.TLSNone
	case layer != nil:
		client.TLS, client.Cipher = layer.version, layer.cipher
		if m.gap = authreport.GapTLSName; layer.family {
			m.gap = authreport.GapSendmailFamily
		}
	case a:
		m.gap = authreport.GapSendmailTLS
		if host.logged != 0 && r.time-host.logged <= sendmailHostAge {
			m.gap = authreport.GapBeforeLog
		}
	case c.early:
		m.gap = authreport.GapBeforeLog
	default:
		client.TLS = authreport.TLSNone
	}
	if client.TLS != authreport.TLSUnknown {
		m.gap = ""
	}
	if w := p.waiting.at(key, r.time); w.refused {
		p.waiting.drop(key)
	} else if *w = m; c != nil {
		c.message = key
	}
	return true
}

// connection gives the connection that a process serves, nil if it has not authenticated, and its TLS, nil if there was none or none was logged.
func (p *sendmail) connection(r *record, of *sendmailOrigin, ip netip.Addr) (*sendmailConnection, *sendmailTLS) {
	key := connectionKey(of, r.pid)
	c := p.open.find(key, r.time)
	if c != nil && sameClient(c.tls.ip, ip) {
		if c.tls.cipher == "" {
			return c, nil
		}
		return c, &c.tls
	}
	if s := p.starting.find(key, r.time); s != nil && sameClient(s.ip, ip) {
		return nil, s
	}
	return nil, nil
}

// verdict reads what a process writes of a queue ID besides the sender: whether its message was refused or went on.
func (p *sendmail) verdict(r *record, key uint64, b []byte) {
	switch b[0] {
	case 't':
		m := p.waiting.find(key, r.time)
		if m == nil || !bytes.HasPrefix(b, []byte("to=")) {
			return
		}
		switch refused, delivered := recipientLine(b[len("to="):]); {
		case delivered:
			p.take(key)
		case refused && m.pid == r.pid:
			p.waiting.drop(key)
		}
	case 'm':
		if bytes.HasPrefix(b, []byte("message size (")) {
			p.waiting.drop(key)
		}
	case 'M':
		if bytes.HasPrefix(b, []byte("Milter: data, reject=")) {
			p.waiting.drop(key)
		}
	case 'r':
		if ruleset, rest, ok := bytes.Cut(bytes.TrimPrefix(b, []byte("ruleset=")), []byte(", ")); ok && ofContent(ruleset) {
			i := bytes.LastIndex(rest, []byte(", relay=")) // what stands before is worded by the client
			if i < 0 {
				return
			}
			if _, action, ok := bytes.Cut(rest[i+len(", relay="):], []byte(", ")); ok && bytes.HasPrefix(action, []byte("reject=")) {
				*p.waiting.at(key, r.time) = sendmailMessage{refused: true}
			}
		}
	}
}

// ofContent says whether a ruleset checks a message's content: one that a header field names in sendmail.cf, or those at its end. All others check a command,
// a recipient or a connection.
func ofContent(ruleset []byte) bool {
	if bytes.HasPrefix(ruleset, []byte("check_")) {
		return string(ruleset) == "check_eoh" || string(ruleset) == "check_eom"
	}
	return !bytes.HasPrefix(ruleset, []byte("tls_")) && !slices.Contains([]string{"try_tls", "trust_auth", "srv_features", "greet_pause", "authinfo", "queuegroup", "bcc", "oc_rate", "oc_conc"}, string(ruleset))
}

// recipientLine reads "<a@b>,<c@d>, delay=00:00:01, xdelay=…, mailer=esmtp, pri=30494, …, stat=Sent" (logdelivery in deliver.c). A message that was refused has
// neither xdelay= nor mailer=; one that a filter discards has not either.
func recipientLine(b []byte) (refused, delivered bool) {
	i := addressEnd(b, len(b), ", delay=")
	if i < 0 {
		return false, false
	}
	_, rest, ok := bytes.Cut(b[i+len(", delay="):], []byte(", "))
	if !ok || !bytes.HasPrefix(rest, []byte("pri=")) {
		return false, ok
	}
	i = bytes.Index(rest, []byte(", stat="))
	return i >= 0 && string(rest[i+len(", stat="):]) != "discarded", false
}

// failed reads "LOGIN): authentication failure (-13) SASL(-13): detail, user=NAME, relay=name [address]" (LOGAUTHFAIL in srvrsmtp.c): the user since 8.16,
// the client since 8.14.
func (p *sendmail) failed(r *record, of *sendmailOrigin, b []byte, times int64) bool {
	mechanism, rest, ok := bytes.Cut(b, []byte("): "))
	if !ok {
		return false
	}
	attempt := authreport.Attempt{Time: time.Unix(r.time, 0), Server: r.from.host, Mechanism: mechanismName(mechanism)}
	if i := bytes.LastIndex(rest, []byte(", relay=")); i >= 0 {
		attempt.IP = p.relay(rest[i:])
		rest = rest[:i]
	}
	if !attempt.IP.IsValid() {
		if s := p.starting.find(connectionKey(of, r.pid), r.time); s != nil {
			attempt.IP = s.ip
		}
	}
	_, user, named := bytes.Cut(rest, []byte(", user="))
	attempt.Account = string(user)
	p.host(r, of).logged = r.time
	times = min(times, maxRepeats)
	for range times {
		p.tally.AddFailure(attempt)
	}
	if !named && times > 0 {
		p.tally.AddGap(p.options.Source, attempt.Time, authreport.GapSendmailFailure, times)
	}
	return true
}

// repeated reads rsyslog's "3 times: [ text]" ($RepeatedMsgReduction), whose text it has written once before. Only failed attempts look alike twice in a row and count each time.
func (p *sendmail) repeated(r *record, of *sendmailOrigin, b []byte) bool {
	times, text, ok := bytes.Cut(b, []byte(" times: ["))
	if !ok {
		return false
	}
	text = bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(" ")), []byte("]"))
	if _, rest, ok := queueID(text); ok {
		if failure, ok := bytes.CutPrefix(rest, []byte("AUTH failure (")); ok {
			return p.failed(r, of, failure, int64(number(times)))
		}
	}
	return true
}
