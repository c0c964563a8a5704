package maillog

import (
	"bytes"
	"maps"
	"net/netip"
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
	recent   [8]*mailHost // hosts by the low bits of a cheap hash of their name; derived
	sessions map[sessionKey]*session
	pending  map[string]*message // messages that wait for proof, by key of queue ID and host
	returned map[string]*reinjection
	proxied  map[string]tlsLayer // TLS of connections that tlsproxy holds, by host and "ip]:port"
	kept     int                 // pending messages whose only proof may be cleanup's message-id= line
	filtered int                 // sessions with a message in a before-queue filter
	swept    int64               // Unix time of the latest sweep
	strings  map[string]string   // names that come again and again; derived
	record   record
	key      []byte // scratch
	free     []*session
}

// mailHost is one host of the log, as the framing names it.
type mailHost struct {
	name     string
	key      string // what the host adds to the key of a queue ID: a blank and the name
	services []*service
	seen     int64 // Unix time of the latest session's beginning
}

// service is one smtpd service of a host, as the syslog tag tells it.
type service struct {
	host   *mailHost
	tag    string // the tag without "/smtpd"; "postfix/submission"; empty where the framing cut it off
	starts Service
	tls    int64 // Unix time of the latest TLS line, 0 if there was none: the service's smtpd_tls_loglevel was 1 or more then
}

type sessionKey struct {
	service *service
	pid     uint32
}

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
	p.framing.lines.current.Source = o.Source
	p.options.Services = map[string]Service{"smtpd": STARTTLS, "submission": STARTTLS, "smtps": ImplicitTLS, "submissions": ImplicitTLS}
	maps.Copy(p.options.Services, o.Services)
	p.reset()
	return p
}

// reset forgets all but the options.
func (p *postfix) reset() {
	p.hosts = make(map[string]*mailHost)
	p.recent = [8]*mailHost{}
	p.sessions = make(map[sessionKey]*session)
	p.pending = make(map[string]*message)
	p.returned = make(map[string]*reinjection)
	p.proxied = make(map[string]tlsLayer)
	p.strings = make(map[string]string)
	p.kept, p.filtered, p.swept, p.free = 0, 0, 0, nil
}

func (p *postfix) File(modified time.Time) { p.framing.clock.file(modified) }

func (p *postfix) Flush(tally *authreport.Tally) { p.framing.lines.flush(tally) }

func (p *postfix) Line(line []byte, tally *authreport.Tally) {
	r := &p.record
	if !p.framing.read(line, r, tally) {
		return
	}
	if r.time-p.swept >= sweepEvery || r.time < p.swept {
		p.sweep(r.time, tally)
	}
	if !p.dispatch(r, tally) {
		p.framing.notUnderstood(line)
	}
}

// dispatch hands a record to the daemon that wrote it; false if it is one of interest in an impossible shape. Service and syslog name are free: the
// last part of the tag tells (master.cf's syslog_name).
func (p *postfix) dispatch(r *record, tally *authreport.Tally) bool {
	tag := r.tag
	n := len(tag)
	if n < 5 {
		return true
	}
	switch tag[n-1] {
	case 'd':
		if n > 6 && string(tag[n-6:]) == "/smtpd" {
			return p.smtpd(r, tag[:n-6], tally)
		}
	case 'r':
		if string(tag[n-5:]) == "/qmgr" {
			return p.qmgr(r, tally)
		}
	case 'p':
		if n > 8 && string(tag[n-8:]) == "/cleanup" {
			return p.cleanup(r, tally)
		}
	case 'y':
		if n > 9 && string(tag[n-9:]) == "/tlsproxy" {
			return p.tlsproxy(r)
		}
	}
	if bytes.HasPrefix(tag, []byte("postfix")) && bytes.IndexByte(tag, '/') < 0 {
		return p.anyDaemon(r, tally)
	}
	return true
}

// anyDaemon reads a line whose framing cut the daemon's name off (rsyslog's RFC 5424 form): the text must tell.
func (p *postfix) anyDaemon(r *record, tally *authreport.Tally) bool {
	if rest, ok := tlsFrom(r.text); ok && len(rest) > 0 && rest[0] == '[' {
		return p.tlsproxy(r)
	}
	if _, rest, ok := queueID(r.text); ok {
		switch {
		case bytes.HasPrefix(rest, []byte("from=<")):
			return p.qmgr(r, tally)
		case bytes.HasPrefix(rest, []byte("message-id=")), bytes.HasPrefix(rest, []byte("removed (")):
			return p.cleanup(r, tally)
		}
	}
	return p.smtpd(r, nil, tally)
}

// host gives the record's host.
func (p *postfix) host(r *record) *mailHost {
	name := r.host
	if len(name) == 0 {
		name = []byte(p.options.Source)
	}
	slot := &p.recent[(len(name)*3+int(last(name)))&7]
	if h := *slot; h != nil && h.name == string(name) {
		return h
	}
	h := p.hosts[string(name)]
	if h == nil {
		h = p.addHost(string(name))
	}
	*slot = h
	return h
}

func (p *postfix) addHost(name string) *mailHost {
	h := &mailHost{name: name, key: " " + name, seen: p.framing.clock.now}
	p.hosts[name] = h
	return h
}

func last(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[len(b)-1]
}

// service gives the host's service of a tag.
func (p *postfix) service(h *mailHost, tag []byte) *service {
	for _, s := range h.services {
		if s.tag == string(tag) {
			return s
		}
	}
	return p.addService(h, string(tag))
}

func (p *postfix) addService(h *mailHost, tag string) *service {
	s := &service{host: h, tag: tag}
	if tag != "" {
		name := "smtpd" // of port 25, or of another instance
		if i := strings.LastIndexByte(tag, '/'); i >= 0 {
			name = tag[i+1:]
		}
		s.starts = p.options.Services[name] // empty for a name that the configuration does not know
	}
	h.services = append(h.services, s)
	return s
}

// queue gives the key of a queue ID of a host, valid until the next call. Queue IDs of two hosts may be alike.
func (p *postfix) queue(h *mailHost, id []byte) []byte {
	p.key = append(append(p.key[:0], id...), h.key...)
	return p.key
}

// intern gives b as a string, the same one each time for names that come again.
func (p *postfix) intern(b []byte) string {
	if s, ok := p.strings[string(b)]; ok {
		return s
	}
	if len(p.strings) >= 1<<13 {
		clear(p.strings)
	}
	s := string(b)
	p.strings[s] = s
	return s
}

// address reads an IP address as Postfix writes it; the zero Addr for "unknown".
func address(b []byte) netip.Addr {
	a, err := netip.ParseAddr(strings.TrimPrefix(string(b), "IPv6:"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}
