package maillog

import (
	"bytes"
	"strings"
	"time"

	"authreport"
)

// exim reads Exim's main log, from its file or through syslog. The shapes are those of Exim 4.10 to 4.99 (src/receive.c, smtp_in.c, host.c, log.c of its sources).
//
// A message is one line: the reception, "<=", that names the AUTH identity in A=. It is written after the message was accepted and before the client is told, so it
// needs no proof and there is nothing to join. All else is nothing: deliveries ("=>"), rejections, which have A= too, and "(=", a message that was taken and whose
// client was told otherwise. What a client words (HELO, a quoted sender, the names in certificates, message-id, subject) may look like any of it; exim_fields.go tells
// it apart.
//
// The reject log has a copy of every line that tells of a failed AUTH attempt. As a file of its own it is recognised, for it has none of the main log's other lines;
// in syslog the copy follows its original (exim_twins.go).
type exim struct {
	framing framing
	options Options
	names   interned
	record  record
	tally   *authreport.Tally // of the call under way
	arrival eximArrival       // of the latest line

	stamp eximStamp // derived

	mainLog bool          // a file of Exim's own: it has shown a line that the reject log never has
	held    []eximAttempt // until then
	parts   sessions[string, eximParts]
	runs    sessions[string, eximRun]
	hosts   sessions[string, eximHost]

	senders cache[eximSender]
	logins  cache[eximLogin]
	ciphers cache[eximCipher]
}

// newExim makes a parser of Exim's logs.
func newExim(o Options) Parser {
	p := &exim{options: o}
	p.framing.clock.location = o.Location
	if o.Location == nil {
		p.framing.clock.location = time.UTC
	}
	p.framing.lines.current.Source, p.framing.source = o.Source, o.Source
	p.reset()
	return p
}

// reset forgets all but the options.
func (p *exim) reset() {
	p.mainLog, p.held = false, nil
	p.parts = newSessions[string, eximParts](partsAge, maxParts, nil)
	p.runs = newSessions(runAge, maxRuns, p.closeRun)
	p.hosts = newSessions[string, eximHost](hostAge, maxHosts, nil)
	p.names = interned{}
	p.senders, p.logins, p.ciphers = cache[eximSender]{}, cache[eximLogin]{}, cache[eximCipher]{}
	p.stamp = eximStamp{}
	p.framing.clock.restore(0, false)
	p.framing.forget()
}

func (p *exim) File(modified time.Time) { p.framing.clock.file(modified) }

func (p *exim) Flush(tally *authreport.Tally) { p.framing.lines.flush(tally) }

// Settle has nothing to count: what waits is an attempt that may be the copy of another.
func (p *exim) Settle(*authreport.Tally) {}

func (p *exim) Line(line []byte, tally *authreport.Tally) {
	p.tally = tally
	n := p.ownStamp(line)
	if n == 0 {
		p.framed(line)
		return
	}
	text := skipProcess(line[n:])
	word, ok := firstWord(text)
	if ok && !p.mainLog && startsProcess(text[word+1:]) { // a syslog daemon with stamps like these
		p.framed(line)
		return
	}
	p.enter()
	if len(line) >= MaxLine {
		p.framing.notUnderstood(line)
		return
	}
	if !ok {
		return
	}
	rest := text[word+1:]
	if !p.mainLog && inMainLog(text[:word], rest) {
		p.isMainLog()
	}
	switch rest[0] {
	case '<':
		if len(rest) > 3 && rest[1] == '=' && rest[2] == ' ' {
			p.received(line, text[:word], rest[3:], p.options.Source)
		}
	case 'a':
		if tail, ok := bytes.CutPrefix(rest, eximFailed); ok {
			p.failed(line, text[:word], tail)
		}
	}
}

var eximFailed = []byte("authenticator failed for ")

// framed reads a line that begins with something else than Exim's own stamp.
func (p *exim) framed(line []byte) {
	if text, server, process, ok := p.afterOrigin(line); ok {
		p.enter()
		p.syslogText(line, text, server, process)
		return
	}
	r := &p.record
	if !p.framing.read(line, r, p.tally) {
		return
	}
	if r.from == nil {
		p.syslogText(line, r.text, p.options.Source, "")
		return
	}
	if mine, known := r.from.known.(bool); !known {
		mine = isEximTag(r.from.tag)
		if r.from.known = mine; !mine {
			return
		}
	} else if !mine {
		return
	}
	p.syslogText(line, r.text, r.from.host, processKey(r.from.host, r.pid))
}

// text reads what Exim said, its stamp and process ID taken off, in the syslog form; process is empty if it is not known.
func (p *exim) text(line, text []byte, server, process string) {
	word, ok := firstWord(text)
	if !ok {
		return
	}
	if notice, ok := bytes.CutPrefix(text, []byte("message repeated ")); ok {
		p.repeated(line, notice, server, process)
		return
	}
	rest := text[word+1:]
	if tail, ok := bytes.CutPrefix(rest, eximFailed); ok {
		p.failedInSyslog(line, text[:word], tail, server, process)
		return
	}
	if process != "" {
		p.endRun(process)
	}
	if tail, ok := bytes.CutPrefix(rest, []byte("<= ")); ok {
		p.received(line, text[:word], tail, server)
	}
}

// firstWord gives the length of the first word of text; ok is false if none of at most 64 bytes has another one behind it. Two usual forms of message IDs, of 16 and
// 23 letters, are seen at once.
func firstWord(text []byte) (n int, ok bool) {
	if len(text) > 24 && text[6] == '-' {
		if text[16] == ' ' && text[13] == '-' {
			return 16, true
		}
		if text[23] == ' ' && text[18] == '-' {
			return 23, true
		}
	}
	n = bytes.IndexByte(text[:min(len(text), 65)], ' ')
	return n, n > 0 && n+1 < len(text)
}

// isMessageID says whether b has the form of a message ID: three groups of letters and digits, 6-6-2, since 4.97 6-11-4. Logs that were made anonymous have shorter ones.
func isMessageID(b []byte) bool {
	if len(b) > 23 {
		return false
	}
	hyphens, group := 0, 0
	for _, c := range b {
		switch {
		case c == '-':
			if group == 0 {
				return false
			}
			hyphens++
			group = 0
		case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
			group++
		default:
			return false
		}
	}
	return hyphens == 2 && group > 0
}

// hasAuthField says whether b has " A=". The letter is rare enough to be searched for, which costs less than to search for all three.
func hasAuthField(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 'A')
		if i < 0 || i+1 == len(b) {
			return false
		}
		if b[i+1] == '=' && i > 0 && b[i-1] == ' ' {
			return true
		}
		b = b[i+1:]
	}
}

// received counts the reception of a message, if that is what id is one of, by a client that has authenticated; b follows "<= ".
func (p *exim) received(line, id, b []byte, server string) {
	if !hasAuthField(b) || !isMessageID(id) { // as most lines have none
		return
	}
	a := &p.arrival
	if !a.read(b) {
		p.framing.notUnderstood(line)
		return
	}
	if !a.authenticated {
		return
	}
	login, cipher := p.login(a.auth), p.cipher(a.tls)
	sender := p.senderOf(login, a.sender)
	if cipher.name == "" && a.clear {
		cipher.version = authreport.TLSNone
	}
	at := time.Unix(p.framing.clock.now, 0)
	p.tally.Add(authreport.Submission{
		Time:       at,
		Recipients: a.recipients,
		Client: authreport.Client{
			Server: server, Account: login.account, Sender: sender.address, Domain: sender.domain, IP: p.names.address(a.ip),
			TLS: cipher.version, Cipher: cipher.name, Mechanism: login.authenticator,
		},
	})
	if cipher.version == authreport.TLSUnknown {
		gap := authreport.GapEximTLS
		if len(a.tls) > 0 {
			gap = authreport.GapTLSName
		}
		p.tally.AddGap(p.options.Source, at, gap, 1)
	}
	if login.account == "" {
		p.tally.AddGap(p.options.Source, at, authreport.GapEximSetID, 1)
	}
}

// recogniseExim goes by a stamp such as Exim's own and one of its shapes behind it, and in syslog by the tag.
func recogniseExim(line []byte, r *record) bool {
	if r != nil && r.from != nil {
		return isEximTag(r.from.tag)
	}
	p := &exim{}
	p.framing.clock.location = time.UTC
	var text []byte
	if n := p.ownStamp(line); n > 0 {
		text = skipProcess(line[n:])
	} else if r != nil { // a container's output
		text = skipProcess(r.text)
	}
	word, ok := firstWord(text)
	return ok && (inMainLog(text[:word], text[word+1:]) || bytes.HasPrefix(text[word+1:], eximFailed))
}

// isEximTag says whether a tag may be Exim's: "exim", "exim4", or what the administrator made of it (syslog_processname).
func isEximTag(tag string) bool { return strings.Contains(strings.ToLower(tag), "exim") }
