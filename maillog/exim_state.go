package maillog

import "time"

// eximState is the version of the state's form.
const eximState = 1

func (p *exim) MarshalBinary() ([]byte, error) {
	e := &encoder{}
	e.number(eximState)
	p.framing.save(e)
	e.flag(p.mainLog)
	saveAttempts(e, p.held)
	p.parts.save(e, e.text, func(v *eximParts) {
		e.number(int64(v.next))
		e.text(v.text)
	})
	p.runs.save(e, e.text, func(r *eximRun) {
		e.text(r.server)
		e.text(r.text)
		e.number(r.lines)
	})
	p.hosts.save(e, e.text, func(h *eximHost) {
		e.number(h.odd)
		e.number(h.even)
		saveAttempts(e, h.doubted)
	})
	return e.b, nil
}

func (p *exim) UnmarshalBinary(state []byte) error { return p.takeUp(&decoder{b: state}) }

func (p *exim) takeUp(d *decoder) error {
	p.reset()
	if d.number() != eximState {
		return errState
	}
	p.framing.restore(d)
	p.mainLog = d.flag()
	p.held = restoreAttempts(d)
	p.parts.restore(d, d.text, func(v *eximParts) { v.next, v.text = uint32(d.number()), d.name() })
	p.runs.restore(d, d.text, func(r *eximRun) { r.server, r.text, r.lines = d.text(), d.name(), d.number() })
	p.hosts.restore(d, d.text, func(h *eximHost) { h.odd, h.even, h.doubted = d.number(), d.number(), restoreAttempts(d) })
	if d.bad || len(d.b) > 0 {
		p.reset()
		return errState
	}
	return nil
}

func saveAttempts(e *encoder, attempts []eximAttempt) {
	e.number(int64(len(attempts)))
	for _, a := range attempts {
		e.number(a.Time.Unix())
		e.text(a.Server)
		e.text(a.Account)
		e.address(a.IP)
		e.text(a.Mechanism)
		e.flag(a.nameless)
	}
}

func restoreAttempts(d *decoder) (attempts []eximAttempt) {
	for range d.count() {
		var a eximAttempt
		a.Time = time.Unix(d.number(), 0)
		a.Server, a.Account, a.IP, a.Mechanism, a.nameless = d.text(), d.name(), d.address(), d.text(), d.flag()
		attempts = append(attempts, a)
	}
	return attempts
}
