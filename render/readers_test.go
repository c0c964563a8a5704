package render

import (
	"fmt"
	"strings"
	"testing"
)

// TestReaders: both bodies say who gets what, some of many, and a mail without readers says nothing of them.
func TestReaders(t *testing.T) {
	readers := []Reader{
		{Recipients: []string{"postmaster@example.org"}},
		{Recipients: []string{"owner@example.net", "b", "c", "d", "e", "f"}, Domains: []string{"example.net", "example.com"}},
		{Recipients: []string{"<script>@example.org"}, Pseudonyms: true, Domains: []string{"example.com"}},
	}
	for len(readers) < 200 {
		readers = append(readers, Reader{Recipients: []string{fmt.Sprintf("%d%s@example.org", len(readers), strings.Repeat("x", 300))}, Domains: []string{strings.Repeat("y", 250), strings.Repeat("z", 250)}})
	}
	r := mailed(t, office(20), 7, nil)
	facts := testFacts
	facts.Readers = readers
	_, seen, plain := bodies(t, r, facts)
	squeezed := func(text string) string { return strings.Join(strings.Fields(text), "") } // elements begin and end where text has no spaces
	for name, text := range map[string]string{"HTML": squeezed(seen), "text": squeezed(plain)} {
		for _, want := range []string{"Who gets what of this report", "postmaster@example.org: everything", "e and 1 more: only example.net, example.com",
			"<script>@example.org: only example.com; names and client addresses are pseudonyms", "20 of 200."} {
			if !strings.Contains(text, squeezed(want)) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	body, err := MailHTML(r, facts)
	if err != nil || len(body) > 100_000 {
		t.Errorf("the body has %d bytes, %v", len(body), err)
	}
	if _, seen, _ := bodies(t, r, testFacts); strings.Contains(seen, "Who gets what") {
		t.Error("it is told though there is nobody to tell of")
	}
}
