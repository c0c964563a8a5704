package maillog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// newTestFraming makes a framing for the lines of a file of 24 November 2026.
func newTestFraming(zone *time.Location) *framing {
	f := &framing{source: "src"}
	f.clock.location = zone
	f.lines.current.Source = "src"
	f.clock.file(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return f
}

// TestFraming reads one line of each form. Their origin, unless said otherwise, is host mx1, tag postfix/smtpd, process 12.
func TestFraming(t *testing.T) {
	amsterdam := mustLoad("Europe/Amsterdam")
	const none = "no process"
	for _, c := range []struct {
		name string
		line string
		time string // what it means, UTC; 2026-11-20T15:23:01Z unless told
		from string // host, tag, process ID
		text string // "the text" unless told
	}{
		{name: "BSD", line: "Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "BSD, day padded with a blank", line: "Nov  2 16:23:01 mx1 postfix/smtpd[12]: the text", time: "2026-11-02T15:23:01Z"},
		{name: "BSD, day padded with a zero", line: "Nov 02 16:23:01 mx1 postfix/smtpd[12]: the text", time: "2026-11-02T15:23:01Z"},
		{name: "BSD, day not padded", line: "Nov 2 16:23:01 mx1 postfix/smtpd[12]: the text", time: "2026-11-02T15:23:01Z"},
		{name: "journalctl -o short-precise", line: "Nov 20 16:23:01.972000 mx1 postfix/smtpd[12]: the text"},
		{name: "RFC 3339", line: "2026-11-20T16:23:01.123456+01:00 mx1 postfix/smtpd[12]: the text"},
		{name: "RFC 3339 in UTC", line: "2026-11-20T15:23:01Z mx1 postfix/smtpd[12]: the text"},
		{name: "journalctl -o short-iso", line: "2026-11-20T16:23:01+0100 mx1 postfix/smtpd[12]: the text"},
		{name: "journalctl -o short-iso-precise", line: "2026-11-20T10:23:01.123456-0500 mx1 postfix/smtpd[12]: the text"},
		{name: "journalctl -o short-full", line: "Fri 2026-11-20 16:23:01 CET mx1 postfix/smtpd[12]: the text"},
		{name: "journalctl -o short-full --utc", line: "Fri 2026-11-20 15:23:01 UTC mx1 postfix/smtpd[12]: the text"},
		{name: "the same of a zone without a name", line: "Fri 2026-11-20 18:23:01 +03 mx1 postfix/smtpd[12]: the text"},
		{name: "the hour that comes twice, first", line: "Sun 2026-10-25 02:30:00 CEST mx1 postfix/smtpd[12]: the text", time: "2026-10-25T00:30:00Z"},
		{name: "the hour that comes twice, second", line: "Sun 2026-10-25 02:30:00 CET mx1 postfix/smtpd[12]: the text", time: "2026-10-25T01:30:00Z"},
		{name: "journalctl -o with-unit", line: "Fri 2026-11-20 16:23:01 CET mx1 postfix@-.service[12]: the text", from: "mx1 postfix... 12"},
		{name: "journalctl -o with-unit, a unit without instances", line: "Fri 2026-11-20 16:23:01 CET mx1 exim4.service[12]: the text", from: "mx1 exim4... 12"},
		{name: "syslog-ng template", line: "2026-11-20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "the same with a zone", line: "2026-11-20 16:23:01.5 +0100 mx1 postfix/smtpd[12]: the text"},
		{name: "a T and no zone", line: "2026-11-20T16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "double stamp", line: "2025-11-21T00:00:02.123456+01:00 Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text", time: "2025-11-20T15:23:01Z"},
		{name: "double stamp at new year", line: "2026-01-01T00:00:02+01:00 Dec 31 23:59:59 mx1 postfix/smtpd[12]: the text", time: "2025-12-31T22:59:59Z"},
		{name: "double stamp with the collector's name", line: "2026-11-20T15:23:05Z logs Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "docker logs -t", line: "2026-11-20T15:23:01.123456789Z Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "priority", line: "<22>Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "RFC 5424", line: "<22>1 2026-11-20T16:23:01.5+01:00 mx1 postfix/smtpd 12 - - the text", from: "mx1 postfix/smtpd... 12"},
		{name: "RFC 5424, program cut, nil values, byte order mark", line: "<22>1 2026-11-20T15:23:01Z - postfix 12 - -  \ufeffthe text", from: "src postfix... 12"},
		{name: "RFC 5424 with data", line: `1 2026-11-20T15:23:01Z mx1 postfix/smtpd 12 ID47 [a@1 b="]\"]"][c@2] the text`, from: "mx1 postfix/smtpd... 12"},
		{name: "Solaris", line: "Nov 20 16:23:01 mx1 postfix/smtpd[12]: [ID 197553 mail.info] the text"},
		{name: "no host", line: "Nov 20 16:23:01 postfix/smtpd[12]: the text", from: "src postfix/smtpd 12"},
		{name: "priority and no host", line: "<22>Nov 20 16:23:01 postfix/smtpd[12]: [ID 197553 mail.info] the text", from: "src postfix/smtpd 12"},
		{name: "busybox", line: "Nov 20 16:23:01 mx1 mail.info postfix/smtpd[12]: the text"},
		{name: "FreeBSD -v", line: "Nov 20 16:23:01 <2.6> mx1 postfix/smtpd[12]: the text"},
		{name: "FreeBSD -vv", line: "Nov 20 16:23:01 <mail.info> mx1 postfix/smtpd[12]: the text"},
		{name: "a host with a point is no facility", line: "Nov 20 16:23:01 mail.example postfix/smtpd[12]: the text", from: "mail.example postfix/smtpd 12"},
		{name: "journalctl -o cat of a server with stamps", line: "mx1 exim[12]: 2026-11-20 16:23:01 the text", from: "mx1 exim 12", text: "2026-11-20 16:23:01 the text"},
		{name: "compose prefix", line: "mail-1    | Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "swarm prefix", line: "mail_mta.1.x7k2@node-3    | 2026-11-20T15:23:01Z mx1 postfix/smtpd[12]: the text"},
		{name: "compose prefix and docker's stamp", line: "mail-1  | 2026-11-20T15:23:01.1Z Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"},
		{name: "journald", line: `{"MESSAGE":"the text","__REALTIME_TIMESTAMP":"1795188181999999","SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"12","_PID":"1","_HOSTNAME":"mx1"}`},
		{name: "journald, bytes", line: `{ "MESSAGE" : [116,104,101,32,255,0], "__REALTIME_TIMESTAMP" : "1795188181000000", "SYSLOG_IDENTIFIER":"postfix/smtpd", "_PID":"12", "_HOSTNAME":"mx1" }`, text: "the \xff\x00"},
		{name: "journald, several values", line: `{"MESSAGE":["the text","b"],"__REALTIME_TIMESTAMP":"1795188181000000","SYSLOG_IDENTIFIER":["postfix/smtpd","x"],"SYSLOG_PID":["12","13"],"_HOSTNAME":"mx1"}`},
		{name: "journald, bytes among several values", line: `{"MESSAGE":[[116,104,101],"b"],"__REALTIME_TIMESTAMP":"1795188181000000","_COMM":"smtpd","_PID":"12","_HOSTNAME":"mx1"}`, from: "mx1 smtpd 12", text: "the"},
		{name: "journald, from a container", line: `{"CONTAINER_NAME":"mail","MESSAGE":"Nov 20 03:00:00 mx1 postfix/smtpd[12]: the text","__REALTIME_TIMESTAMP":"1795188181000000","SYSLOG_IDENTIFIER":"1f2e","_PID":"900","_HOSTNAME":"node"}`},
		{name: "docker", line: `{"log":"Nov 20 03:00:00 mx1 postfix/smtpd[12]: the text\n","stream":"stdout","time":"2026-11-20T15:23:01.999999999Z"}`},
		{name: "docker, no stamp", line: `{"log":"postfix/smtpd[12]: the text\r\n","stream":"stderr","time":"2026-11-20T15:23:01Z"}`, from: "src postfix/smtpd 12"},
		{name: "docker, a server's own stamp", line: `{"log":"2026-11-20 03:00:00 1a-2b-3c the text\n","stream":"stdout","time":"2026-11-20T15:23:01Z"}`, from: none, text: "1a-2b-3c the text"},
		{name: "docker, noise", line: `{"log":"2026-11-20 03:00:00,518 INFO success: mta entered RUNNING state\n","stream":"stdout","time":"2026-11-20T15:23:01Z"}`, from: "INFO success 0", text: "mta entered RUNNING state"},
		{name: "docker, JSON within", line: `{"log":"{\"time\":\"1795188111\",\"program\":\"postfix/smtpd\",\"message\":\"the \\u0074ext\"}\n","stream":"stdout","time":"2026-11-20T15:23:01Z"}`, from: "src postfix/smtpd 0"},
		{name: "docker, compose prefix", line: `mail-1  | {"log":"Nov 20 03:00:00 mx1 postfix/smtpd[12]: the text\n","stream":"stdout","time":"2026-11-20T15:23:01Z"}`},
		{name: "mailcow", line: `{"time":"1795188181","priority":"info","program":"postfix/smtpd","message":"the text"},`, from: "src postfix/smtpd 0"},
		{name: "mailcow, a number", line: `{"message":"the text","program":"postfix/smtpd","priority":"info","time":1795188181} `, from: "src postfix/smtpd 0"},
		{name: "filebeat", line: `{"@timestamp":"2026-11-20T15:23:09.123Z","host":{"ip":["x"],"name":"beat"},"log":{"offset":1,"file":{"path":"/x"}},"message":"Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"}`},
		{name: "filebeat, read a year later", line: `{"@timestamp":"2027-11-18T15:23:09.123Z","message":"Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"}`},
		{name: "filebeat, no host in the line", line: `{"@timestamp":"2026-11-20T15:23:09.123Z","host":{"hostname":"beat"},"message":"Nov 20 16:23:01 postfix/smtpd[12]: the text"}`, from: "beat postfix/smtpd 12"},
		{name: "filebeat, no usable time", line: `{"@timestamp":{"sec":1},"host":"beat","message":"Nov 20 16:23:01 mx1 postfix/smtpd[12]: the text"}`},
		{name: "logstash", line: `{"@timestamp":"2026-11-20T15:23:01.000Z","program":"postfix/smtpd","pid":"12","logsource":"mx1","host":"127.0.0.1","message":"the text"}`},
		{name: "escapes", line: `{"MESSAGE":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx","\u005f_REALTIME_TIMESTAMP":"1795188181000000","SYSLOG_IDENTIFIER":"postfix\/smtpd","_PID":"12","_HOSTNAME":"mx1"}`, text: "\"\\/\b\f\n\r\té😀\ufffdx"},
		{name: "the last of two members", line: `{"MESSAGE":"a","MESSAGE":"the text","__REALTIME_TIMESTAMP":"1795188181000000","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"12","_HOSTNAME":"mx1"}`},
		{name: "no process ID", line: "Nov 20 16:23:01 mx1 dovecot: imap-login: the text", from: "mx1 dovecot 0", text: "imap-login: the text"},
		{name: "no process ID, and what looks like one later", line: "Nov 20 16:23:01 mx1 dovecot: a process[12]: the text", from: "mx1 dovecot 0", text: "a process[12]: the text"},
		{name: "a process without a name is none", line: "2026-11-20T15:23:01Z mx1 [12]: the text", from: none, text: "mx1 [12]: the text"},
		{name: "repeats tell nothing", line: "Nov 20 16:23:01 mx1 last message repeated 5 times", from: "not read"},
		{name: "repeats tell nothing, FreeBSD", line: "Nov 20 16:23:01 mx1 mail.info syslogd: last message repeated 5 times", from: "not read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, tally := newTestFraming(amsterdam), authreport.NewTally(time.UTC)
			f.clock.read([]byte("2026-11-20T12:00:00Z x"))
			var r record
			if !f.read([]byte(c.line), &r, tally) {
				if c.from != "not read" {
					t.Fatalf("not understood: %s", c.line)
				}
				if f.lines.current.NotUnderstood != 0 || f.lines.current.Repeats != 1 {
					t.Errorf("figures: %+v", f.lines.current)
				}
				return
			}
			from := none
			if r.from != nil {
				from = r.from.host + " " + r.from.tag
				if r.from.cut {
					from += "..."
				}
				from += fmt.Sprint(" ", r.pid)
			}
			got := []string{time.Unix(r.time, 0).UTC().Format(time.RFC3339), from, string(r.text)}
			want := []string{c.time, c.from, c.text}
			for i, usual := range []string{"2026-11-20T15:23:01Z", "mx1 postfix/smtpd 12", "the text"} {
				if want[i] == "" {
					want[i] = usual
				}
			}
			if diff := gocmp.Diff(got, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if f.lines.current.NotUnderstood != 0 || f.lines.current.Read != 1 {
				t.Errorf("figures: %+v", f.lines.current)
			}
		})
	}
}

// TestFramingNotUnderstood has lines that are in no form.
func TestFramingNotUnderstood(t *testing.T) {
	for _, line := range []string{
		"", "{", "{}", "}", "{\"", `{"MESSAGE":"x"}`, `{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1795188181000000"}`, `{"MESSAGE":"x","__REALTIME_TIMESTAMP":"y"}`,
		`{"MESSAGE":"\x","__REALTIME_TIMESTAMP":"1795188181000000"}`, `{"MESSAGE":[256],"__REALTIME_TIMESTAMP":"1795188181000000"}`, `{"MESSAGE":[[[["x"]]]],"__REALTIME_TIMESTAMP":"1795188181000000"}`,
		`{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1795188181000000"} {}`, `{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1795188181000000",}`,
		`{"log":"no stamp anywhere\n"}`, `{"message":"no time","program":"postfix/smtpd"}`, `{"other":1}`, "[", "the text", "mx1 postfix/smtpd[12]: the text without a time",
		"mail-1  | the text", "mail-1  | mail-1  | Nov 20 16:23:01 mx1 postfix/smtpd[12]: x", "Nov 20 16:23:01", "Nov 20 16:23:01 ", "Nov 20 16:23:01 mx1", "Fri 2026-11-20 16:23:01", "Fre 2026-11-20 16:23:01 CET mx1 a[1]: x",
		"0000-11-20 16:23:01 mx1 a[1]: x", "1969-12-31T23:59:59Z mx1 a[1]: x", "2026-11-20 16:23 mx1 a[1]: x", "2026-11-20 16:23:01  mx1 a[1]: x", "Fri 2026-11-20 16:23:01  ",
		"2026-11-20 16:23:01. mx1 a[1]: x", "Nov 20 16:23:01.1234567890 mx1 a[1]: x", "<22>", "<22>1 2026-11-20T15:23:01Z mx1",
	} {
		f, tally := newTestFraming(time.UTC), authreport.NewTally(time.UTC)
		var r record
		if f.read([]byte(line), &r, tally) || f.lines.current.NotUnderstood != 1 || f.lines.current.Read != 1 {
			t.Errorf("%q: read as %+v, figures %+v", line, r, f.lines.current)
		}
	}
}

// TestDockerParts reads lines that Docker spread over several records, from two streams at once.
func TestDockerParts(t *testing.T) {
	part := func(stream, text string) string {
		log, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"log":%s,"stream":%q,"time":"2026-11-20T15:23:01Z"}`, log, stream)
	}
	f, tally := newTestFraming(time.UTC), authreport.NewTally(time.UTC)
	var texts []string
	read := func(line string) {
		var r record
		if f.read([]byte(line), &r, tally) && r.from != nil {
			texts = append(texts, r.from.tag+" "+string(r.text))
		}
		var state encoder
		f.save(&state)
		*f = *newTestFraming(time.UTC) // a restart after every record
		f.restore(&decoder{b: state.b})
	}
	read(part("stdout", "Nov 20 10:00:00 mx1 postfix/smtpd[1]: one "))
	read(part("stderr", "Nov 20 10:00:00 mx1 postfix/qmgr[2]: two "))
	read(part("stdout", "and more "))
	read(part("stderr", "ends\n"))
	read(part("stdout", "ends\n"))
	read(part("stdout", "Nov 20 10:00:00 mx1 postfix/cleanup[3]: whole\n"))
	long := strings.Repeat("x", 16<<10)
	for range 1 << 10 {
		read(part("stdout", long))
		if len(f.parts[0]) > MaxLine {
			t.Fatalf("%d bytes are kept of one line", len(f.parts[0]))
		}
	}
	read(part("stdout", "Nov 20 10:00:00 mx1 postfix/cleanup[3]: the end of a line that was too long\n"))
	read(part("stdout", "Nov 20 10:00:00 mx1 postfix/cleanup[4]: after it\n"))
	want := []string{"postfix/qmgr two ends", "postfix/smtpd one and more ends", "postfix/cleanup whole", "postfix/cleanup after it"}
	if diff := gocmp.Diff(texts, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}
