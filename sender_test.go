package authreport

import "testing"

func TestFoldSender(t *testing.T) {
	for address, want := range map[string]string{
		"":                                  "<>",
		"<>":                                "<>",
		"alice@example.org":                 "alice@example.org",
		"Alice+news@example.org":            "Alice+news@example.org",
		"root":                              "root",
		`"a=b+c=d.e"@example.org`:           `"a=b+c=d.e"@example.org`,
		"printer-00123456@example.org":      "printer-00123456@example.org",
		"a=b@example.org":                   "a=b@example.org",
		"prvs=1234abcdef=alice@example.org": "alice@example.org",
		"prvs=alice/1234abcdef@example.org": "alice@example.org",
		"SRS0=Hx7a=Q5=example.net=bob@fwd.example.org":                   "bob@example.net",
		"srs0+Hx7a=Q5=example.net=bob=x@fwd.example.org":                 "bob=x@example.net",
		"SRS1=KLk2=fwd.example.org==Hx7a=Q5=example.net=bob@2.example":   "bob@example.net",
		"list-bounces+joe=example.net@lists.example.org":                 "list-bounces@lists.example.org",
		"list-bounces+joe+tag=example.net@lists.example.org":             "list-bounces@lists.example.org",
		"list-return-123-joe-x=example.net@lists.example.org":            "list-return@lists.example.org",
		"news-77-joe=example.net@example.org":                            "news@example.org",
		"bounce-joe-doe=example.net@example.org":                         "bounce@example.org",
		"prvs=1234abcdef=list-bounces+joe=example.net@lists.example.org": "list-bounces@lists.example.org",
	} {
		if got := FoldSender(address); got != want {
			t.Errorf("FoldSender(%q) = %q, want %q", address, got, want)
		}
		if got := FoldSender(FoldSender(address)); got != FoldSender(address) {
			t.Errorf("FoldSender(%q) is not stable: %q", address, got)
		}
	}
}

func TestSenderDomain(t *testing.T) {
	for _, c := range []struct{ address, fallback, want string }{
		{"alice@Example.ORG", "", "example.org"},
		{`"a@b"@example.org`, "", "example.org"},
		{"root", "corp.example", "corp.example"},
		{"root", "", ""},
		{"<>", "corp.example", ""},
		{"alice@b\u00fccher.example", "", "xn--bcher-kva.example"},
		{"alice@", "corp.example", "corp.example"},
	} {
		if got := SenderDomain(c.address, c.fallback); got != c.want {
			t.Errorf("SenderDomain(%q, %q) = %q, want %q", c.address, c.fallback, got, c.want)
		}
	}
}
