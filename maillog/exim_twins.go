package maillog

import "bytes"

// Exim sends a line for the main log and its copy for the reject log to syslog, one after the other, unless syslog_duplication is off. Nothing in them tells which is
// which, and a client may fail the same way several times in a session. But with the copies there is an even number of lines each time.

// eximRun is a run of equal lines of one process that tell of failed attempts.
type eximRun struct {
	server string
	text   string
	lines  int64
}

// eximHost is what the runs of a host show.
type eximHost struct {
	odd, even int64         // runs of such numbers of lines
	doubted   []eximAttempt // second, fourth … lines of runs, taken for copies while the host seemed to write some
}

// single says whether a host writes no copies. One run of an odd number shows it, unless there are many of the other: a line may have been lost.
func (h *eximHost) single() bool { return 4*h.odd > h.even }

const (
	runAge      = 16      // seconds after which an equal line begins another run
	maxRuns     = 1 << 12 // beyond this many, the older half ends
	maxDoubted  = 1 << 8  // of a host
	repeatLimit = 1 << 10 // of the attempts that one notice of rsyslog's may tell of
)

// failedInSyslog counts a failed attempt told through syslog, unless the line is the copy of another.
func (p *exim) failedInSyslog(line, name, b []byte, server, process string) {
	a, ok := p.attempt(name, b, server)
	if !ok {
		p.framing.notUnderstood(line)
		return
	}
	text := string(name) + " " + string(b)
	if process == "" {
		process = server + " " + text
	}
	now := p.framing.clock.now
	run := p.runs.find(process, now)
	if run != nil && run.text != text {
		p.endRun(process)
		run = nil
	}
	if run == nil {
		run = p.runs.at(process, now)
		run.server, run.text = server, text
	}
	run.lines++
	host := p.hosts.at(server, now)
	if run.lines%2 == 1 || host.single() {
		p.count(a)
		return
	}
	if len(host.doubted) == maxDoubted {
		host.doubted = host.doubted[1:]
	}
	host.doubted = append(host.doubted, a)
}

// endRun says that a process has written another line.
func (p *exim) endRun(process string) {
	if len(p.runs.open) == 0 {
		return
	}
	if run := p.runs.find(process, p.framing.clock.now); run != nil {
		p.closeRun(process, run)
		p.runs.drop(process)
	}
}

// closeRun learns from a run that has ended.
func (p *exim) closeRun(_ string, run *eximRun) {
	host := p.hosts.at(run.server, p.framing.clock.now)
	if run.lines%2 == 0 {
		host.even++
		return
	}
	host.odd++
	if host.single() {
		for _, a := range host.doubted {
			p.count(a)
		}
		host.doubted = nil
	}
}

// repeated reads rsyslog's "message repeated 3 times: [ text]" ($RepeatedMsgReduction), whose text it has written once before. Only failed attempts come twice.
func (p *exim) repeated(line, text []byte, server, process string) {
	times, inner, found := bytes.Cut(text, []byte(" times: ["))
	if !found || !bytes.HasSuffix(inner, []byte{']'}) {
		return
	}
	inner = p.withoutStamp(bytes.TrimPrefix(inner[:len(inner)-1], []byte{' '}))
	word, ok := firstWord(inner)
	if !ok {
		return
	}
	if tail, ok := bytes.CutPrefix(inner[word+1:], eximFailed); ok {
		for range min(number(times), repeatLimit) {
			p.failedInSyslog(line, inner[:word], tail, server, process)
		}
	}
}
