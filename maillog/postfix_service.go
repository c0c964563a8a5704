package maillog

import (
	"cmp"
	"slices"
	"strings"

	"authreport"
)

// service gives the host's service of a tag without its last part.
func (p *postfix) service(h *mailHost, tag string, tally *authreport.Tally) *service {
	for _, v := range h.services {
		if v.tag == tag {
			return v
		}
	}
	if len(h.services) >= maxServices {
		p.retireUnused(slices.Clone(h.services), tally)
	} else if p.services >= maxServicesInAll {
		var all []*service
		for _, h := range p.hosts {
			all = append(all, h.services...)
		}
		p.retireUnused(all, tally)
	}
	v := &service{host: h, tag: tag, used: p.framing.clock.now, sessions: make(map[uint32]*session)}
	if tag != "" {
		name := "smtpd" // of port 25, or of another instance
		if i := strings.LastIndexByte(tag, '/'); i >= 0 {
			name = tag[i+1:]
		}
		v.starts = p.options.Services[name] // empty for a name that the configuration does not know
	}
	h.services = append(h.services, v)
	p.services++
	return v
}

// retireUnused lets go of the eighth of the services that has been silent longest.
func (p *postfix) retireUnused(all []*service, tally *authreport.Tally) {
	slices.SortFunc(all, func(a, b *service) int {
		return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.host.name, b.host.name), cmp.Compare(a.tag, b.tag))
	})
	for _, v := range all[:(len(all)+7)/8] {
		p.retire(v, tally)
	}
}

// retire lets go of a service and its sessions.
func (p *postfix) retire(v *service, tally *authreport.Tally) {
	for _, s := range v.sessions {
		p.finish(s, nil, tally)
		p.drop(s)
	}
	v.host.services = slices.DeleteFunc(v.host.services, func(other *service) bool { return other == v })
	p.services--
	p.framing.forgetOrigins()
}

// drop lets go of a session that has ended.
func (p *postfix) drop(s *session) {
	delete(s.service.sessions, s.pid)
	s.service = nil // p.recent may have it
	p.sessions--
}
