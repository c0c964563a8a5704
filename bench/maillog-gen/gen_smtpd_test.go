package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	smtpdLine      = regexp.MustCompile(`^(\S+) (?:sm-mta|smtpd)\[(\d+)\]: (.*)$`)
	sendmailTLS    = regexp.MustCompile(`^STARTTLS=server, relay=.*, version=TLSv1(?:\.([123]))?, verify=`)
	sendmailAuth   = regexp.MustCompile(`^AUTH=server, relay=.*, authid=([^,]*), mech=`)
	sendmailFrom   = regexp.MustCompile(`^([0-9A-Za-z]{14}): from=<.*, msgid=<.*>, (?:bodytype=8BITMIME, )?proto=ESMTP(S?)A, daemon=MSA, relay=`)
	sendmailRefuse = regexp.MustCompile(`^([0-9A-Za-z]{14}): Milter: data, reject=`)
	opensmtpdLine  = regexp.MustCompile(`^([0-9a-f]{16}) smtp (connected|tls|authentication|message)(.*)$`)
)

// readSendmail reads a log of sendmail in the plainest way.
func readSendmail(t *testing.T, o options, log string) map[string]int {
	counts, tls, account, messages := map[string]int{}, map[string]string{}, map[string]string{}, map[string]string{}
	for line := range strings.Lines(log) {
		m := smtpdLine.FindStringSubmatch(strings.TrimSuffix(line[stampEnd[o.format]+1:], "\n"))
		process, text := m[1]+m[2], m[3]
		if v := sendmailTLS.FindStringSubmatch(text); v != nil {
			tls[process] = "TLS1." + max(v[1], "0")
		} else if v := sendmailAuth.FindStringSubmatch(text); v != nil {
			account[process] = v[1]
		} else if v := sendmailFrom.FindStringSubmatch(text); v != nil {
			version := "none"
			if v[2] == "S" {
				version = tls[process]
			}
			row := parseStamp(t, o, line).UTC().Format(time.DateOnly) + "," + account[process] + "," + version
			messages[m[1]+v[1]] = row
			counts[row]++
		} else if v := sendmailRefuse.FindStringSubmatch(text); v != nil {
			if row := messages[m[1]+v[1]]; counts[row] > 1 {
				counts[row]--
			} else {
				delete(counts, row)
			}
		}
	}
	return counts
}

// readOpenSMTPD reads a log of OpenSMTPD in the plainest way.
func readOpenSMTPD(t *testing.T, o options, log string) map[string]int {
	counts, tls, account := map[string]int{}, map[string]string{}, map[string]string{}
	for line := range strings.Lines(log) {
		m := smtpdLine.FindStringSubmatch(strings.TrimSuffix(line[stampEnd[o.format]+1:], "\n"))
		e := opensmtpdLine.FindStringSubmatch(m[3])
		if e == nil {
			continue
		}
		id, rest := e[1], e[3]
		switch e[2] {
		case "connected":
			tls[id] = "none"
		case "tls":
			version, _, _ := strings.Cut(strings.TrimPrefix(rest, " ciphers=TLSv"), ":")
			if version == "1" {
				version = "1.0"
			}
			tls[id] = "TLS" + version
		case "authentication":
			if user, ok := strings.CutSuffix(rest, " result=ok"); ok {
				account[id] = strings.TrimPrefix(user, " user=")
			}
		case "message":
			if account[id] != "" {
				counts[parseStamp(t, o, line).UTC().Format(time.DateOnly)+","+account[id]+","+tls[id]]++
			}
		}
	}
	return counts
}
