package maillog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"authreport"
)

// taken is a line in RFC 3339's form, taken apart.
type taken struct {
	time                 time.Time
	host, tag, pid, text string
}

var usualLine = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\S+) (\S+) ([^ :\[]+)\[(\d+)\]: (.*)$`)

func takeApart(line []byte) (taken, bool) {
	m := usualLine.FindSubmatch(line)
	if m == nil {
		return taken{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(m[1]))
	return taken{at.UTC(), string(m[2]), string(m[3]), string(m[4]), string(m[5])}, err == nil
}

func (l taken) rest() string { return fmt.Sprintf("%s %s[%s]: %s", l.host, l.tag, l.pid, l.text) }
func (l taken) bsd() string  { return l.time.Format(time.Stamp) + " " + l.rest() }

// inJSON writes an object whose members are pairs of names and values.
func inJSON(members ...any) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(",:"[i%2])
		}
		switch m := m.(type) {
		case string: // encoding/json would lose bytes that are no UTF-8
			b.WriteByte('"')
			for _, c := range []byte(m) {
				switch {
				case c == '"' || c == '\\':
					b.Write([]byte{'\\', c})
				case c < ' ':
					fmt.Fprintf(&b, "\\u%04x", c)
				default:
					b.WriteByte(c)
				}
			}
			b.WriteByte('"')
		default:
			text, _ := json.Marshal(m)
			b.Write(text)
		}
	}
	b.WriteByte('}')
	return b.String()
}

func numbers(s string) []int {
	n := make([]int, len(s))
	for i, b := range []byte(s) {
		n[i] = int(b)
	}
	return n
}

// forms writes a line in each form that tells as much as RFC 3339's, but for the host in some.
var forms = map[string]func(taken) string{
	"BSD":             taken.bsd,
	"zero-padded BSD": func(l taken) string { return l.time.Format("Jan 02 15:04:05 ") + l.rest() },
	"unpadded BSD":    func(l taken) string { return l.time.Format("Jan 2 15:04:05 ") + l.rest() },
	"short-precise":   func(l taken) string { return l.time.Format("Jan _2 15:04:05.000000 ") + l.rest() },
	"short-iso": func(l taken) string {
		return l.time.Add(7*time.Hour).Format("2006-01-02T15:04:05") + "+0700 " + l.rest()
	},
	"short-iso-precise": func(l taken) string {
		return l.time.Add(-150*time.Minute).Format("2006-01-02T15:04:05.000000") + "-0230 " + l.rest()
	},
	"short-full":   func(l taken) string { return l.time.Format("Mon 2006-01-02 15:04:05 UTC ") + l.rest() },
	"syslog-ng":    func(l taken) string { return l.time.Format("2006-01-02 15:04:05 ") + l.rest() },
	"double stamp": func(l taken) string { return l.time.Add(3*time.Second).Format("2006-01-02T15:04:05Z ") + l.bsd() },
	"priority":     func(l taken) string { return "<22>" + l.bsd() },
	"RFC 5424": func(l taken) string {
		return "<22>1 " + l.time.Format(time.RFC3339Nano) + " " + l.host + " " + l.tag + " " + l.pid + ` - [a b="]\""]  ` + "\ufeff" + l.text
	},
	"busybox": func(l taken) string { return strings.Replace(l.bsd(), l.host+" ", l.host+" mail.info ", 1) },
	"FreeBSD": func(l taken) string { return l.time.Format(time.Stamp) + " <mail.info> " + l.rest() },
	"Solaris": func(l taken) string { return strings.Replace(l.bsd(), "]: ", "]: [ID 197553 mail.info] ", 1) },
	noHost:    func(l taken) string { return strings.Replace(l.bsd(), " "+l.host+" ", " ", 1) },
	"compose": func(l taken) string { return "mail-1    | " + l.bsd() },
	"journald": func(l taken) string {
		return inJSON("MESSAGE", l.text, "__REALTIME_TIMESTAMP", fmt.Sprint(l.time.UnixMicro()), "SYSLOG_IDENTIFIER", l.tag, "SYSLOG_PID", l.pid, "_PID", "1", "_HOSTNAME", l.host)
	},
	"journald bytes": func(l taken) string {
		return inJSON("_HOSTNAME", l.host, "MESSAGE", numbers(l.text), "__REALTIME_TIMESTAMP", fmt.Sprint(l.time.UnixMicro()), "SYSLOG_IDENTIFIER", l.tag, "_PID", l.pid)
	},
	"Docker": func(l taken) string {
		there := l
		there.time = l.time.Add(2 * time.Hour) // the container's zone is another
		return inJSON("log", there.bsd()+"\n", "stream", "stdout", "time", l.time.Format(time.RFC3339Nano))
	},
	"Filebeat": func(l taken) string {
		return inJSON("@timestamp", l.time.AddDate(0, 2, 0).Format(time.RFC3339Nano), "host", map[string]string{"name": "x"}, "message", l.bsd())
	},
	"Logstash": func(l taken) string {
		return inJSON("message", l.text, "@timestamp", l.time.Format(time.RFC3339Nano), "program", l.tag, "pid", l.pid, "logsource", l.host)
	},
}

const noHost = "no host"

// TestFramingForms rewrites a capture of each server, line by line, in other forms: what is counted stays the same.
func TestFramingForms(t *testing.T) {
	smallest := make(map[string]logCase)
	for _, c := range logCases(t) {
		lines := c.lines(t)
		if _, ok := takeApart(lines[len(lines)/2]); !ok || len(lines) < 100 {
			continue
		}
		if s, ok := smallest[c.format]; !ok || len(lines) < len(s.lines(t)) {
			smallest[c.format] = c
		}
	}
	if len(smallest) == 0 {
		t.Fatal("no captures in RFC 3339's form")
	}
	for format, c := range smallest {
		c.options.Location = time.UTC
		for name, write := range forms {
			t.Run(format+"/"+name, func(t *testing.T) {
				t.Parallel()
				server := ""
				if name == noHost {
					server = c.options.Source
				}
				compareFigures(t, figures(c.rewritten(t, write), ""), figures(c.read(t), server))
			})
		}
	}
}

// TestFramingMailcow reads captures as mailcow keeps them, without process and host: the messages are found, and who sent them.
func TestFramingMailcow(t *testing.T) {
	for _, name := range []string{"postfix/V-3.10-deb13", "postfix/A-syslog-long"} {
		c := logCase{format: "postfix", name: name, modified: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), options: Options{Source: "src", Location: time.UTC}}
		bare := func(tally *authreport.Tally) map[string]int64 {
			sums := make(map[string]int64)
			for c := range tally.Counts() {
				sums[fmt.Sprint(c.Day, c.Client.Account, " ", c.Client.Sender, " ", c.Client.IP, " ", c.Client.Mechanism)] += c.Messages
			}
			return sums
		}
		got := c.rewritten(t, func(l taken) string {
			return inJSON("time", fmt.Sprint(l.time.Unix()), "priority", "info", "program", l.tag, "message", l.text) + ","
		})
		compareFigures(t, bare(got), bare(c.read(t)))
	}
}

// TestFramingOwnStamps reads Exim's main log as the output of a container, and from the journal, without being told that it is Exim's.
func TestFramingOwnStamps(t *testing.T) {
	c := logCase{format: Auto, name: "exim/A-default", modified: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), options: Options{Source: "src", Location: time.UTC}}
	want := figures(c.read(t), "")
	maps.DeleteFunc(want, func(k string, _ int64) bool { return strings.HasSuffix(k, " failures") })
	if len(want) < 100 {
		t.Fatal("nothing was counted")
	}
	for name, write := range map[string]func(at time.Time, line string) string{
		"Docker": func(at time.Time, line string) string {
			return inJSON("log", line+"\n", "stream", "stdout", "time", at.Format(time.RFC3339Nano))
		},
		"journald": func(at time.Time, line string) string {
			return inJSON("MESSAGE", line, "CONTAINER_NAME", "mta", "__REALTIME_TIMESTAMP", fmt.Sprint(at.UnixMicro()), "SYSLOG_IDENTIFIER", "d5cf39d5", "_PID", "77", "_HOSTNAME", "node")
		},
		"journald, of a service": func(at time.Time, line string) string {
			return inJSON("MESSAGE", line, "__REALTIME_TIMESTAMP", fmt.Sprint(at.UnixMicro()), "SYSLOG_IDENTIFIER", "exim", "_PID", "77", "_HOSTNAME", "src")
		},
		"compose":           func(at time.Time, line string) string { return "mta-1  | " + line },
		"docker logs -t":    func(at time.Time, line string) string { return at.Format(time.RFC3339Nano) + " " + line },
		"journalctl -o cat": func(at time.Time, line string) string { return "src exim[77]: " + line },
	} {
		t.Run(name, func(t *testing.T) {
			p, tally := c.parser(t), authreport.NewTally(time.UTC)
			for _, line := range c.lines(t) {
				at, err := time.Parse(time.DateTime, string(line[:19]))
				if err != nil {
					t.Fatal(err)
				}
				p.Line([]byte(write(at, string(line))), tally)
			}
			p.Flush(tally)
			got := figures(tally, "")
			// Two like failures of one second may be one, told by main log and reject log alike, where both end in one stream.
			maps.DeleteFunc(got, func(k string, _ int64) bool { return strings.HasSuffix(k, " failures") })
			compareFigures(t, got, want)
		})
	}
}

// TestFramingUnits reads journalctl -o with-unit, which names the unit of systemd in place of the program: as much as RFC 5424 tells with the program's name cut.
func TestFramingUnits(t *testing.T) {
	for _, c := range logCases(t) {
		if c.name != "postfix/V-3.10-deb13" {
			continue
		}
		units := c.rewritten(t, func(l taken) string {
			return l.time.Format("Mon 2006-01-02 15:04:05 UTC ") + l.host + " postfix@-.service[" + l.pid + "]: " + l.text
		})
		cut := c.rewritten(t, func(l taken) string {
			return "1 " + l.time.Format(time.RFC3339) + " " + l.host + " postfix " + l.pid + " - - " + l.text
		})
		if len(figures(cut, "")) < 100 {
			t.Fatal("nothing was counted")
		}
		compareFigures(t, figures(units, ""), figures(cut, ""))
	}
}

// rewritten reads the log with its lines in another form.
func (c logCase) rewritten(t *testing.T, write func(taken) string) *authreport.Tally {
	p, tally := c.parser(t), authreport.NewTally(time.UTC)
	for _, line := range c.lines(t) {
		if l, ok := takeApart(line); ok {
			line = []byte(write(l))
		}
		p.Line(line, tally)
	}
	if c.settle {
		p.Settle(tally)
	}
	p.Flush(tally)
	return tally
}

// TestFramingBounded reads lines that each name another host and program, in several forms: what is kept of them does not grow.
func TestFramingBounded(t *testing.T) {
	f, tally := newTestFraming(time.UTC), authreport.NewTally(time.UTC)
	var r record
	long := strings.Repeat("x", 150)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 50_000 {
		l := taken{time.Unix(1795188181, 0).UTC(), fmt.Sprint(long, i), fmt.Sprint("postfix/", i, long), fmt.Sprint(i + 1), "the text"}
		for _, form := range []string{"BSD", "FreeBSD", "journald"} {
			if !f.read([]byte(forms[form](l)), &r, tally) || r.from == nil {
				t.Fatalf("not understood: %s", forms[form](l))
			}
		}
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d bytes are kept", after-before)
	}
	runtime.KeepAlive(f)
}
