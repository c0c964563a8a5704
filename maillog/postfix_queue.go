package maillog

import (
	"bytes"

	"authreport"
)

// client reads what follows "client=" in smtpd's line of a new message, which it writes at the first recipient:
//
//	name[address]:port, sasl_method=PLAIN, sasl_username=user, sasl_sender=<…>, orig_queue_id=…, orig_client=name[address]
//
// All but the client is optional, the order is fixed. sasl_sender alone is the parameter of MAIL FROM (RFC 4954 section 5), no authentication.
func (p *postfix) client(r *record, v *service, id, text []byte, tally *authreport.Tally) bool {
	if p.waiting.weight >= maxSessions {
		p.crowded(tally)
	}
	var s *session
	if r.pid != 0 {
		s = p.session(r, v, tally)
		p.supersede(s, tally)
	}
	if id != nil {
		if m := p.waiting.find(v.host, id); m != nil { // the ID is used again: the message before was never accepted
			p.forget(m)
		}
	}
	if p.filtered == 0 && bytes.IndexByte(text, ',') < 0 { // of another server, as most are
		return endsInAddress(text)
	}
	ip, _, rest, ok := parseClient(text)
	if !ok || bytes.IndexByte(id, ' ') >= 0 {
		return false
	}
	method, rest, hasMethod := parameter(rest, ", sasl_method=", ", ")
	user, rest, hasUser := parameter(rest, ", sasl_username=", ", sasl_sender=", ", orig_queue_id=", ", orig_client=")
	if !bytes.HasPrefix(rest, []byte(", ")) && len(rest) > 0 {
		return false
	}
	address, forwarded := p.names.address(ip), bytes.Contains(rest, []byte(", orig_"))
	local := address.IsLoopback()
	if !hasMethod && !hasUser || forwarded && local {
		// Of another server, or from a content filter on this host; one that XFORWARDs (XFORWARD_README) may log in to hand the message back.
		if p.filtered > 0 && (forwarded || local) {
			p.comeBack(r, v.host, id, tally)
		}
		return true
	}
	if id == nil && s == nil { // nothing tells of its acceptance
		return true
	}
	m := p.newMessage()
	m.host, m.time, m.account, m.mechanism, m.ip = v.host, r.time, p.account(user), mechanismName(method), address
	p.begin(s, m, id)
	return true
}

// parameter takes "name=value" off b; the value goes to the first of the ends, or to the end of b.
func parameter(b []byte, name string, ends ...string) (value, rest []byte, ok bool) {
	if len(b) < len(name) || string(b[:len(name)]) != name {
		return nil, b, false
	}
	b = b[len(name):]
	n := len(b)
	if bytes.IndexByte(b, ',') < 0 {
		return b, nil, true
	}
	for _, end := range ends {
		if i := bytes.Index(b[:n], []byte(end)); i >= 0 {
			n = i
		}
	}
	return b[:n], b[n:], true
}

// comeBack notes that a message came back to this host while a before-queue filter has one.
func (p *postfix) comeBack(r *record, h *mailHost, id []byte, tally *authreport.Tally) {
	if id == nil || p.returned >= maxSessions {
		return
	}
	if old := h.returned[string(id)]; old != nil {
		p.take(h, string(id))
		if old.message != nil { // the ID is used again: the queue manager's line is lost
			p.acceptAsTold(old.message, tally)
		}
	}
	h.returned[string(id)] = &reinjection{time: r.time, recipients: -1}
	p.returned++
}

// take takes a message out of those that came back.
func (p *postfix) take(h *mailHost, id string) {
	delete(h.returned, id)
	p.returned--
}

// proxyAccept reads the reply of a before-queue filter that took a message: "250 2.0.0 Ok: queued as ID; from=<…> to=<…> proto=…". The number of recipients
// is told where the filter's message comes back and is queued.
func (p *postfix) proxyAccept(r *record, v *service, reply []byte, tally *authreport.Tally) bool {
	s := p.session(r, v, tally)
	m := s.current
	if m == nil || !m.filter {
		return true
	}
	m.filter = false
	p.filtered--
	s.current = nil
	answer, _, ok := bytes.Cut(reply, []byte("; from=<"))
	if !ok {
		return false
	}
	m.sender = envelopeSender(reply)
	if i := bytes.LastIndex(answer, []byte("queued as ")); i >= 0 {
		id, _, _ := bytes.Cut(answer[i+len("queued as "):], []byte{' '})
		if back := m.host.returned[string(id)]; back != nil && back.message == nil {
			if back.recipients < 0 {
				back.message = m
				return true
			}
			p.take(m.host, string(id))
			p.accept(m, []byte(m.sender), back.recipients, tally)
			return true
		}
	}
	p.acceptAsTold(m, tally)
	return true
}

// qmgr reads "ID: from=<sender>, size=1234, nrcpt=2 (queue active)": the queue manager has taken the message. It says so again when it tries deferred mail again.
func (p *postfix) qmgr(r *record, h *mailHost, tally *authreport.Tally) bool {
	id, rest, ok := queueID(r.text)
	if !ok {
		return true
	}
	if len(rest) < 6 || string(rest[:6]) != "from=<" {
		return true // "removed"
	}
	from := rest[6:]
	m := p.waiting.find(h, id)
	var back *reinjection
	if m == nil {
		if len(h.returned) == 0 {
			return true
		}
		if back = h.returned[string(id)]; back == nil {
			return true
		}
	}
	// From the end, for the sender is the client's own word.
	i := bytes.LastIndexByte(from, '(')
	if i < 1 {
		return bytes.Contains(rest, []byte(">, status="))
	}
	from, count := cutNumber(from[:i-1])
	from, counted := bytes.CutSuffix(from, []byte(", nrcpt="))
	from, _ = cutNumber(from)
	sender, sized := bytes.CutSuffix(from, []byte(">, size="))
	if !counted || !sized {
		return false
	}
	recipients := int64(number(count))
	if m != nil {
		p.accept(m, sender, recipients, tally)
		return true
	}
	if back.recipients = recipients; back.message != nil {
		p.take(h, string(id))
		p.accept(back.message, []byte(back.message.sender), recipients, tally)
	}
	return true
}

// cutNumber takes the digits at the end of b off.
func cutNumber(b []byte) (before, digits []byte) {
	i := len(b)
	for i > 0 && b[i-1] >= '0' && b[i-1] <= '9' {
		i--
	}
	return b[:i], b[i:]
}

// cleanup reads a line of the process that receives a message's content from smtpd.
func (p *postfix) cleanup(r *record, h *mailHost, tally *authreport.Tally) bool {
	id, rest, ok := queueID(r.text)
	if !ok || len(rest) == 0 {
		return true
	}
	switch rest[0] {
	case 'm':
		if len(rest) > 11 && string(rest[:11]) == "message-id=" {
			if p.kept == 0 {
				return true
			}
			if m := p.waiting.find(h, id); m != nil && m.kept {
				p.prove(m, tally)
			}
			return true
		}
	case 'r':
		if reason, ok := bytes.CutPrefix(rest, []byte("removed (")); ok { // since 3.10 (HISTORY 20241112)
			m := p.waiting.find(h, id)
			switch {
			case m == nil:
			case bytes.HasPrefix(reason, []byte("discarded")):
				p.acceptAsTold(m, tally)
			default:
				p.forget(m)
			}
			return true
		}
	}
	return p.action(r, h, nil, id, rest, tally)
}

// action reads what smtpd or cleanup decided of a message: "hold: header Subject: … from name[address]; from=<…> to=<…> proto=…", or "reject: DATA from …".
// What stands between may be the client's own words.
func (p *postfix) action(r *record, h *mailHost, v *service, id, rest []byte, tally *authreport.Tally) bool {
	verb, where, ok := bytes.Cut(rest, []byte(": "))
	if !ok {
		return true
	}
	var keep bool
	switch string(verb) {
	case "hold", "discard", "milter-hold", "milter-discard":
		keep = true
	case "reject", "milter-reject":
	default:
		return true
	}
	stage, text, _ := bytes.Cut(where, []byte{' '})
	var content bool // the message's content has been received, or its part that decided
	switch string(stage) {
	case "header", "body", "content", "mime-error", "END-OF-MESSAGE":
		content = true
	}
	if id == nil {
		if keep && v != nil && r.pid != 0 {
			s := p.session(r, v, tally)
			s.kept, s.sender = true, envelopeSender(text)
		}
		return true
	}
	m := p.waiting.find(h, id)
	switch {
	case m == nil:
	case keep && content:
		m.sender = envelopeSender(text)
		p.prove(m, tally)
	case keep && !m.kept:
		m.kept, m.sender = true, envelopeSender(text)
		p.kept++
	case !keep && content:
		p.forget(m)
	}
	return true
}

// prove says that all that can undo the message now is that its connection is lost in DATA.
func (p *postfix) prove(m *message, tally *authreport.Tally) {
	m.proven = true
	if m.session == nil || m.session.current != m {
		p.acceptAsTold(m, tally)
	}
}

// longestPath is what is kept of an envelope sender, in bytes, until its message is accepted; RFC 5321 section 4.5.3.1.3 allows 256.
const longestPath = 1 << 10

// envelopeSender reads "; from=<sender> to=<recipient> proto=…" in an action's text. What stands before may quote a header.
func envelopeSender(text []byte) string {
	i := bytes.LastIndex(text, []byte("; from=<"))
	if i < 0 {
		return ""
	}
	text = text[i+len("; from=<"):]
	for _, end := range [...]string{"> to=<", "> proto=", ">"} {
		if i := bytes.Index(text, []byte(end)); i >= 0 {
			return string(text[:min(i, longestPath)])
		}
	}
	return ""
}
