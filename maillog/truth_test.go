package maillog

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"authreport"

	gocmp "github.com/google/go-cmp/cmp"
)

// truthKey is a row of a capture's truth: what the client of a real server knows of its own submissions.
type truthKey struct{ day, account, tls string }

// TestTruth compares the counts of captured logs with what the clients saw (NAME.truth.csv: UTC day, account in lower case, TLS version, accepted messages).
func TestTruth(t *testing.T) {
	compared := 0
	for _, c := range logCases(t) {
		file, err := os.Open(c.path(".truth.csv"))
		if err != nil {
			continue
		}
		defer file.Close()
		compared++
		t.Run(c.name, func(t *testing.T) {
			rows, err := csv.NewReader(file).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			want := make(map[truthKey]int64)
			for _, row := range rows[1:] {
				n, err := strconv.ParseInt(row[3], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				want[whatTheLogTells(c, truthKey{row[0], row[1], truthTLS(t, row[2])})] += n
			}
			for k, n := range sentBeforeSTARTTLS[c.name] {
				if want[k] -= n; want[k] == 0 {
					delete(want, k)
				}
				k.tls = "unknown"
				want[k] += n
			}
			for k, n := range withoutSetID[c.name] {
				if want[k] -= n; want[k] == 0 {
					delete(want, k)
				}
				k.account = ""
				want[k] += n
			}
			got := make(map[truthKey]int64)
			for count := range c.read(t).Counts() {
				k := truthKey{count.Day.String(), strings.ToLower(count.Client.Account), count.Client.TLS.String()}
				got[k] += count.Messages
			}
			if diff := gocmp.Diff(got, want, gocmp.AllowUnexported(truthKey{})); diff != "" {
				t.Errorf("messages (-got +truth):\n%s", diff)
			}
		})
	}
	if compared == 0 {
		t.Fatal("no captures with a truth in testdata")
	}
}

// sentBeforeSTARTTLS is messages of sessions that handed one over in clear text and then began TLS, in a log without TLS lines: the session's counters prove
// that there was TLS, not when. (sessions.jsonl of the capture: kind midtls, sessions 1, 13 and 67.)
var sentBeforeSTARTTLS = map[string]map[truthKey]int64{
	"postfix/C-loglevel0": {{"2026-11-23", "dave@example.org", "none"}: 2, {"2026-11-23", "monitor@corp.example", "none"}: 1},
}

// withoutSetID is messages of logins by Exim's login_server, which has no server_set_id there, by what the log tells of all else. (truth.jsonl of the capture: mech LOGIN.)
var withoutSetID = map[string]map[truthKey]int64{
	"exim/C-no-tls-cipher-no-setid": {
		{"2026-11-23", "alice@example.com", "unknown"}:          4,
		{"2026-11-23", "bob@example.com", "none"}:               1,
		{"2026-11-23", "bob@example.com", "unknown"}:            9,
		{"2026-11-23", "carol@example.net", "none"}:             1,
		{"2026-11-23", "carol@example.net", "unknown"}:          3,
		{"2026-11-23", "mixed.case@example.net", "unknown"}:     1,
		{"2026-11-23", `m\303\274ller@corp.example`, "unknown"}: 2,
		{"2026-11-23", "svc_backup@example.net", "unknown"}:     8,
	},
}

// truthTLS gives the report's name of a version in the truth.
func truthTLS(t *testing.T, name string) string {
	if name == "none" {
		return name
	}
	version := authreport.ParseTLSAsLogged(name)
	if version == authreport.TLSUnknown {
		t.Fatalf("TLS version %q in the truth", name)
	}
	return version.String()
}

// whatTheLogTells lowers a row of the truth to what the log can tell.
func whatTheLogTells(c logCase, k truthKey) truthKey {
	if c.name == "postfix/C-loglevel0" && k.tls != "none" { // smtpd_tls_loglevel = 0: the counters prove that there was none, not which one there was
		k.tls = "unknown"
	}
	if c.name == "exim/C-no-tls-cipher-no-setid" && k.tls != "none" { // log_selector = -tls_cipher
		k.tls = "unknown"
	}
	switch {
	case c.format == "exim": // as Exim writes accounts, with octal escapes
		k.account = strings.ReplaceAll(k.account, "ü", `\303\274`)
	case c.name == "sendmail/C-loglevel8": // no AUTH= and no STARTTLS= lines: proto= tells that there was TLS, not which
		if k.account = ""; k.tls != "none" {
			k.tls = "unknown"
		}
	case c.format == "sendmail": // as sendmail writes accounts, in xtext (RFC 3461 section 4); the test has made it lower case
		k.account = strings.NewReplacer("+", "+2b", "ü", "+c3+bc").Replace(k.account)
	case c.format == "opensmtpd": // as smtpd writes accounts, in the manner of vis(3)
		k.account = strings.ReplaceAll(k.account, "ü", `\m-c\m-<`)
	}
	return k
}
