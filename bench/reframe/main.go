// Command reframe rewrites syslog lines with RFC 3339 stamps, as maillog-gen -format postfix-rfc3339 writes them, in another framing: rfc5424, journald (JSON
// as journalctl --output=json writes it) or docker (json-file).
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "reframe:", err)
		os.Exit(1)
	}
}

func run(arguments []string, in io.Reader, out io.Writer) error {
	framings := map[string]func(l line) (string, error){"rfc5424": rfc5424, "journald": journald, "docker": docker}
	if len(arguments) != 1 || framings[arguments[0]] == nil {
		return errors.New("usage: reframe rfc5424|journald|docker <LOG >LOG")
	}
	lines, w := bufio.NewScanner(in), bufio.NewWriterSize(out, 1<<20)
	for n := 1; lines.Scan(); n++ {
		l, err := parse(lines.Text())
		if err == nil {
			var text string
			if text, err = framings[arguments[0]](l); err == nil {
				_, err = w.WriteString(text + "\n")
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return errors.Join(lines.Err(), w.Flush())
}

// line is "STAMP HOST TAG[PID]: TEXT", or without "[PID]".
type line struct{ whole, stamp, host, tag, pid, text string }

func parse(whole string) (line, error) {
	parts := strings.SplitN(whole, " ", 4)
	if len(parts) < 4 {
		return line{}, fmt.Errorf("must have a stamp, a host and a program, is %q", whole)
	}
	tag, pid, _ := strings.Cut(strings.TrimRight(parts[2], "]:"), "[")
	return line{whole, parts[0], parts[1], tag, pid, parts[3]}, nil
}

func rfc5424(l line) (string, error) {
	return "<22>1 " + l.stamp + " " + l.host + " " + l.tag + " " + cmp.Or(l.pid, "-") + " - - " + l.text, nil
}

func journald(l line) (string, error) {
	at, err := time.Parse(time.RFC3339Nano, l.stamp)
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(at.UnixMicro(), 10)
	entry, err := json.Marshal(map[string]string{
		"__CURSOR": "s=0a1b;i=" + stamp, "__REALTIME_TIMESTAMP": stamp, "__MONOTONIC_TIMESTAMP": stamp, "_BOOT_ID": "3c2fd2f4", "_TRANSPORT": "syslog", "PRIORITY": "6",
		"SYSLOG_FACILITY": "2", "SYSLOG_IDENTIFIER": l.tag, "SYSLOG_PID": l.pid, "_PID": l.pid, "_HOSTNAME": l.host, "MESSAGE": l.text,
	})
	return string(entry), err
}

func docker(l line) (string, error) {
	entry, err := json.Marshal(map[string]string{"log": l.whole + "\n", "stream": "stdout", "time": l.stamp})
	return string(entry), err
}
