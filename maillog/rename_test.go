package maillog

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"authreport"
)

// TestRenameState takes all addresses that a log names out of the state after every third line: it has none of their bytes then, can be taken up, and reading
// goes on.
func TestRenameState(t *testing.T) {
	for _, c := range logCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var addresses []string
			all := c.read(t)
			for count := range all.Counts() {
				addresses = append(addresses, count.Client.Account, count.Client.Sender)
			}
			for failure := range all.Failures() {
				addresses = append(addresses, failure.Account)
			}
			var pairs []string
			for _, a := range addresses {
				if strings.Contains(a, "@") {
					pairs = append(pairs, a, "")
				}
			}
			rename := strings.NewReplacer(pairs...).Replace
			p, tally := c.parser(t), authreport.NewTally(time.UTC)
			for i, line := range c.lines(t) {
				p.Line(line, tally)
				p.Flush(tally)
				if i%3 > 0 {
					continue
				}
				state, err := p.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				renamed, err := RenameState(c.parser(t), state, rename)
				if err != nil {
					t.Fatalf("after line %d: %v", i+1, err)
				}
				for j := 0; j < len(pairs); j += 2 {
					if bytes.Contains(renamed, []byte(pairs[j])) {
						t.Fatalf("after line %d the state still has %s", i+1, pairs[j])
					}
				}
				p = c.parser(t)
				if err := p.UnmarshalBinary(renamed); err != nil {
					t.Fatalf("after line %d, renamed: %v", i+1, err)
				}
			}
			p.Settle(tally)
		})
	}
}
