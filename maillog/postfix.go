package maillog

import (
	"bytes"
	"maps"
	"strings"
	"time"

	"authreport"
)

// postfix reads what Postfix's smtpd, cleanup, qmgr and tlsproxy log. The shapes are those of Postfix 2.3 to 3.11 (src/smtpd/smtpd.c,
// smtpd_sasl_glue.c, src/cleanup/cleanup_message.c, src/qmgr/qmgr_message.c, src/tls/tls_misc.c of its sources).
//
// A message is found in three steps. smtpd's client= line names the AUTH identity at the first recipient; the session's TLS line, which went before,
// is joined to it by host, service and process ID. The message is accepted when the queue manager takes it: its from= line of the same queue ID.
// Postfix writes no other line for every accepted message. Messages that the queue manager never sees, because they are held, discarded or handed to a
// before-queue filter, are told by cleanup's hold: and discard: and smtpd's proxy-accept: lines. Everything else is nothing: rejects, lost connections,
// messages that come back from a content filter, and whatever a client words (headers, HELO, message-id), which never stands at the start of a text.
type postfix struct {
	framing  framing
	options  Options
	hosts    map[string]*mailHost
	waiting  waiting
	sessions int   // how many all services hold, ended ones included
	services int   // how many all hosts have
	returned int   // how many messages came back on all hosts
	proxied  int   // how many connections tlsproxy holds on all hosts
	held     int   // the weight of what waits in all sessions
	kept     int   // messages whose only proof may be cleanup's message-id= line
	filtered int   // messages in a before-queue filter
	swept    int64 // Unix time of the latest sweep
	unswept  int64 // lines since then

	// Derived, not part of the state.
	names    interned
	accounts cache[*account]
	ciphers  [256]*cipherWording      // by a hash of their wording
	recent   [recentSessions]*session // by process ID
	spare    *message                 // of those no longer needed
}

// recentSessions is how many sessions are found by their process ID alone.
const recentSessions = 1 << 8

// mailHost is one host of the log, as the framing names it.
type mailHost struct {
	name     string
	services []*service
	returned map[string]*reinjection // messages that came back from a before-queue filter, by queue ID
	proxied  map[string]tlsLayer     // TLS of connections that tlsproxy holds, by "ip]:port"
	now      int64                   // Unix time of its latest line of interest: hosts' clocks may differ
	gone     bool                    // it is let go
}

// service is one smtpd service of a host, as the syslog tag tells it.
type service struct {
	host     *mailHost
	tag      string // the tag without "/smtpd"; "postfix/submission"; empty where the framing cut it off
	starts   Service
	used     int64               // Unix time of the latest line
	tls      int64               // Unix time of the latest TLS line, 0 if there was none: the service's smtpd_tls_loglevel was 1 or more then
	sessions map[uint32]*session // by process ID; ended ones stay until the next sweep, for the process's next session
}

// program is what an origin is to Postfix.
type program struct {
	daemon  daemon
	host    *mailHost
	service *service // of smtpd
}

// daemon is a kind of Postfix process.
type daemon uint8

const (
	otherDaemon daemon = iota
	smtpdDaemon
	cleanupDaemon
	qmgrDaemon
	tlsproxyDaemon
	anyDaemon // the framing cut the name off
)

// tlsLayer is what a TLS line tells.
type tlsLayer struct {
	version authreport.TLS
	cipher  string
	time    int64 // of the line
}

// newPostfix makes a parser of Postfix's logs.
func newPostfix(o Options) Parser {
	p := &postfix{options: o}
	p.framing.clock.location = o.Location
	if o.Location == nil {
		p.framing.clock.location = time.UTC
	}
	p.framing.lines.current.Source, p.framing.source = o.Source, o.Source
	p.options.Services = map[string]Service{"smtpd": STARTTLS, "submission": STARTTLS, "smtps": ImplicitTLS, "submissions": ImplicitTLS}
	maps.Copy(p.options.Services, o.Services)
	p.reset()
	return p
}

// reset forgets all but the options.
func (p *postfix) reset() {
	p.hosts = make(map[string]*mailHost)
	p.names, p.accounts = interned{}, cache[*account]{}
	p.waiting, p.recent, p.spare = waiting{}, [recentSessions]*session{}, nil
	p.sessions, p.services, p.returned, p.proxied, p.held, p.kept, p.filtered, p.swept, p.unswept = 0, 0, 0, 0, 0, 0, 0, 0, 0
	p.framing.clock.restore(0, false)
	p.framing.forget()
}

func (p *postfix) File(modified time.Time) { p.framing.clock.file(modified) }

func (p *postfix) Flush(tally *authreport.Tally) { p.framing.lines.flush(tally) }

func (p *postfix) Line(line []byte, tally *authreport.Tally) {
	var r record
	if !p.framing.read(line, &r, tally) {
		return
	}
	if p.unswept++; p.unswept >= sweepLines && distance(r.time, p.swept) >= sweepEvery {
		p.sweep(tally)
	}
	if r.from != nil && !p.dispatch(&r, tally) {
		p.framing.notUnderstood(line)
	}
}

// dispatch hands a record to the daemon that wrote it; false if it is one of interest in an impossible shape.
func (p *postfix) dispatch(r *record, tally *authreport.Tally) bool {
	of, _ := r.from.known.(*program)
	if of == nil {
		of = p.program(r.from, tally)
		r.from.known = of
	}
	if of.host == nil {
		return true
	}
	of.host.now = r.time
	kind := of.daemon
	if kind == anyDaemon {
		kind = guessDaemon(r.text)
	}
	switch kind {
	case smtpdDaemon:
		of.service.used = r.time
		if r.pid == 0 {
			return p.withoutProcess(r, of.service, tally)
		}
		return p.smtpd(r, of.service, tally)
	case cleanupDaemon:
		return p.cleanup(r, of.host, tally)
	case qmgrDaemon:
		return p.qmgr(r, of.host, tally)
	case tlsproxyDaemon:
		return p.tlsproxy(r, of.host)
	}
	return true
}

// program tells what wrote the lines of an origin: service and syslog name are free (master.cf's syslog_name), the last part of the tag is the daemon.
func (p *postfix) program(o *origin, tally *authreport.Tally) *program {
	of := &program{}
	slash := strings.LastIndexByte(o.tag, '/')
	switch o.tag[slash+1:] {
	case "smtpd":
		of.daemon = smtpdDaemon
	case "cleanup":
		of.daemon = cleanupDaemon
	case "qmgr":
		of.daemon = qmgrDaemon
	case "tlsproxy":
		of.daemon = tlsproxyDaemon
	}
	service := ""
	if slash >= 0 {
		service = o.tag[:slash]
	} else if of.daemon = otherDaemon; o.cut && strings.HasPrefix(o.tag, "postfix") {
		of.daemon = anyDaemon
	}
	if of.daemon != otherDaemon {
		if len(p.hosts) >= maxHosts && p.hosts[o.host] == nil {
			p.leaveSilent(tally)
		}
		of.host = p.host(o.host)
	}
	if of.daemon == smtpdDaemon || of.daemon == anyDaemon {
		of.service = p.service(of.host, service, tally)
	}
	return of
}

// guessDaemon tells the daemon by what it said.
func guessDaemon(text []byte) daemon {
	if rest, ok := tlsFrom(text); ok && len(rest) > 0 && rest[0] == '[' {
		return tlsproxyDaemon
	}
	if _, rest, ok := queueID(text); ok {
		switch {
		case bytes.HasPrefix(rest, []byte("from=<")):
			return qmgrDaemon
		case bytes.HasPrefix(rest, []byte("message-id=")), bytes.HasPrefix(rest, []byte("removed (")):
			return cleanupDaemon
		}
	}
	return smtpdDaemon
}

// host gives the host of a name.
func (p *postfix) host(name string) *mailHost {
	h := p.hosts[name]
	if h == nil {
		h = &mailHost{
			name: name, now: p.framing.clock.now, returned: make(map[string]*reinjection), proxied: make(map[string]tlsLayer),
		}
		p.hosts[name] = h
	}
	return h
}
