package authreport_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"authreport"
)

var update = flag.Bool("update", false, "rewrite the table in the documentation")

// TestGapsAreDocumented holds the table of docs/what-logs-tell.md against the gaps: what a report can say must be found there in the same words.
func TestGapsAreDocumented(t *testing.T) {
	const path, begin, end = "docs/what-logs-tell.md", "<!-- table: go test . -run Gaps -update -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table between %q and %q", path, begin, end)
	}
	var want strings.Builder
	want.WriteString("| format | what is not known | which setting would tell it |\n| --- | --- | --- |\n")
	seen := map[authreport.Gap]bool{}
	for _, g := range authreport.Gaps() {
		if seen[g.Gap] || g.Missing == "" || g.Remedy == "" {
			t.Errorf("gap %q comes twice, or says nothing", g.Gap)
		}
		seen[g.Gap] = true
		format := g.Format
		if format == "" {
			format = "any"
		}
		cell := strings.NewReplacer("|", `\|`, "<", "&lt;").Replace
		fmt.Fprintf(&want, "| %s | %s | %s |\n", format, cell(g.Missing), cell(g.Remedy))
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want.String() {
		t.Errorf("the table of %s is not that of the gaps; go test . -run Gaps -update writes it", path)
	}
}

// TestUnknownGap: what a newer version stored is told all the same.
func TestUnknownGap(t *testing.T) {
	if a := authreport.Gap("from-the-future").Advice(); !strings.Contains(a.Missing, "from-the-future") || a.Remedy == "" {
		t.Errorf("an unknown gap is told as %+v", a)
	}
}
