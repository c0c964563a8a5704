package maillog

import "testing"

// TestOrigins holds that origins are told apart and found again whatever the length of their names, in the common line's form and in others.
func TestOrigins(t *testing.T) {
	f := framing{source: "src"}
	seen := map[*origin]string{}
	for range 2 {
		for _, key := range []string{"h t", "mx exim", "mx exin", "mx1 exim", "mx1 postfix/qmgr", "mx2 postfix/qmgr", "mx1 postfix/qmg", "mail.example.org postfix/submission/smtpd",
			"mail.example.org postfix/submissionX/smtpd", "mail.example.net postfix/submission/smtpd"} {
			var r record
			if !f.process([]byte(key+"[123]: some text of some length"), &r) || r.pid != 123 || string(r.text) != "some text of some length" {
				t.Fatalf("%s: record is %+v", key, r)
			}
			var short record
			if !f.process([]byte(key+"[123]: x"), &short) || short.from.key != key {
				t.Errorf("%s: of a short line the origin is %+v", key, short.from)
			}
			if name, known := seen[r.from]; known && name != key || r.from.host+" "+r.from.tag != key {
				t.Errorf("%s: origin is %+v", key, r.from)
			}
			seen[r.from] = key
			if o := f.origin([]byte(key), true); o == r.from || !o.cut {
				t.Errorf("%s: cut origin is %+v", key, o)
			}
		}
	}
}
