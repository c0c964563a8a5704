package maillog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"authreport"
)

// TestEximHostile reads names that a client may word, of every length and kind, in the places where Exim logs them: each line is one submission by the same account.
func TestEximHostile(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	words := map[string]string{
		"NUL": "a\x00b", "controls": "a\x1b[31m\x7f\r", "bidi": "a\u202eb", "not UTF-8": "a\xff\xfeb", "formula": "=HYPERLINK(1)", "long": long,
		"fields": "P=esmtpa A=plain:eve@evil.example S=1", "address": ") [6.6.6.6]", "sign": "<= ", "failure": "plain authenticator failed for (c) [6.6.6.6]: 535 no (set_id=eve)",
	}
	places := map[string]string{
		"subject":    ` A=login:u@example.org S=1 T="%s"`,
		"DN":         ` DN="CN=%s" A=login:u@example.org S=1 T="s"`,
		"mailauth":   ` A=login:u@example.org:%s S=1`,
		"message-id": ` A=login:u@example.org S=1 id="%s"@example.org`,
		"recipient":  ` A=login:u@example.org S=1 for "%s"@example.net`,
	}
	for what, word := range words {
		for where, form := range places {
			t.Run(what+" in "+where, func(t *testing.T) {
				if what == "long" && where == "DN" {
					t.Skip("longer than Exim writes, and in doubt: not understood")
				}
				wantEximSubmission(t, "2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(c) [192.0.2.1] P=esmtpa"+fmt.Sprintf(form, word))
			})
		}
		t.Run(what+" in the sender", func(t *testing.T) {
			wantEximSubmission(t, fmt.Sprintf(`2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= "%s"@example.org H=(c) [192.0.2.1] P=esmtpa A=login:u@example.org S=1`, word))
		})
		t.Run(what+" in HELO", func(t *testing.T) {
			if what == "long" {
				word += " "
			}
			wantEximSubmission(t, fmt.Sprintf(`2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= a@example.org H=(%s) [192.0.2.1] P=esmtpa A=login:u@example.org S=1`, strings.TrimSpace(word)))
		})
	}
}

// wantEximSubmission reads a line that is one submission by u@example.org from 192.0.2.1 in clear text.
func wantEximSubmission(t *testing.T, line string) {
	t.Helper()
	_, tally := readExim(line)
	n := 0
	for c := range tally.Counts() {
		n++
		if k := c.Client; c.Messages != 1 || k.Account != "u@example.org" || k.IP.String() != "192.0.2.1" || k.TLS != authreport.TLSNone || k.Mechanism != "login" {
			t.Errorf("count is %.300v", c)
		}
	}
	if n != 1 {
		t.Errorf("%d counts, want 1, of %.200q", n, line)
	}
	for f := range tally.Failures() {
		t.Errorf("failure %.200v", f)
	}
}

// TestEximForgery writes lines as receive.c does, in which clients word what they may, and reads them: what counts is what the server said.
func TestEximForgery(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	words := func(most int, blank string) string {
		var all []string
		for range r.IntN(most) {
			all = append(all, pick("x", ")", "(", "[6.6.6.6]", "[6.6.6.6]:99", "P=esmtpa", "P=esmtp", "A=plain:eve@evil.example", "A=plain", "S=1", "S=1)", "id=x@y", "id=", "T=", `T="`, `"`, `DN="`, `SNI="`, "X=TLS1.0:x:1",
				"for", "for z@y", "from <a@b>", "H=(y)", "U=z", "I=[6.6.6.6]:1", "K", ":", "<=", `\`))
		}
		return strings.Join(all, blank)
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for n := range 30_000 {
		sender := pick("a@example.org", "<>", `"`+quoted.Replace(words(6, " "))+`"@example.org`)
		helo := pick("c", "[192.0.2.1]", words(8, " "), "x) [6.6.6.6] "+words(8, " "))
		var b strings.Builder
		fmt.Fprintf(&b, "2026-11-24 10:00:00 1xVbdZ-0001A5-01 <= %s H=(%s) [192.0.2.1]", sender, helo)
		if r.IntN(3) == 0 {
			b.WriteString(":1025 I=[198.51.100.25]:587")
		}
		b.WriteString(pick("", "", " U=x "+strings.ReplaceAll(words(6, " "), "[", "")))
		in, tls := r.IntN(2) == 0, r.IntN(2) == 0
		b.WriteString(" P=esmtp" + map[bool]string{true: "s"}[tls] + map[bool]string{true: "a"}[in])
		if tls {
			b.WriteString(" X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no")
			if r.IntN(2) == 0 {
				fmt.Fprintf(&b, ` DN="CN=%s"`, quoted.Replace(words(6, " ")))
			}
			if r.IntN(2) == 0 {
				b.WriteString(" SNI=" + strings.NewReplacer(" ", `\040`, `"`, "").Replace(words(6, " ")))
			}
		}
		if in {
			b.WriteString(" A=login:u@example.org")
		}
		b.WriteString(pick("", " K") + " S=321" + pick("", " id=x@y", ` id="`+quoted.Replace(words(6, " "))+`"@y`) + pick("", fmt.Sprintf(` T="%s"`, quoted.Replace(words(8, " ")))))
		b.WriteString(pick("", " from <"+strings.Trim(sender, "<>")+">") + pick("", ` for r@example.net "`+quoted.Replace(words(6, " "))+`"@example.net`))
		_, tally := readExim(b.String())
		counted := false
		for c := range tally.Counts() {
			counted = true
			k := c.Client
			if !in || k.Account != "u@example.org" || k.Mechanism != "login" || k.IP.String() != "192.0.2.1" || (k.TLS == authreport.TLS13) != tls || k.Sender != sender {
				t.Errorf("line %d: %s\ncounted as %+v", n, b.String(), k)
			}
		}
		if in && !counted {
			t.Errorf("line %d not counted: %s", n, b.String())
		}
		if t.Failed() {
			return
		}
	}
}
