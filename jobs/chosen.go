package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"authreport/config"
	"authreport/maillog"
)

// Choice is what the format auto has recognised in a stream.
type Choice struct {
	Source, Stream string
	Format         string // in words; "postfix, RFC 3339 stamps"
}

// Chosen says in words what a parser of the format auto has recognised; empty for other formats, and while it has recognised nothing.
func Chosen(parser maillog.Parser) string {
	if p, ok := parser.(maillog.Chooser); ok {
		_, why := p.Chosen()
		return why
	}
	return ""
}

// choose notes what was recognised in a stream.
func (p *pass) choose(source config.Source, stream string, parser maillog.Parser) {
	if format := Chosen(parser); format != "" {
		p.summarize(func(s *Summary) { s.Choices = append(s.Choices, Choice{source.Name, stream, format}) })
	}
}

// sortedChoices gives each choice once, by source and stream; of several in a stream, in the order in which they were made.
func sortedChoices(choices []Choice) []Choice {
	slices.SortStableFunc(choices, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Stream, b.Stream))
	})
	return slices.Compact(choices)
}

// storeChoices keeps the choices of a pass in the store, if they have changed.
func (g *Ingester) storeChoices(ctx context.Context, choices []Choice) error {
	if g.choices == nil {
		g.choices = map[string]map[string]string{}
	}
	changed := map[string]bool{}
	for _, c := range choices {
		if g.choices[c.Source] == nil {
			known, err := Choices(ctx, g.Store, c.Source)
			if err != nil {
				return err
			}
			g.choices[c.Source] = known
		}
		if g.choices[c.Source][c.Stream] != c.Format {
			g.choices[c.Source][c.Stream] = c.Format
			changed[c.Source] = true
		}
	}
	for _, source := range slices.Sorted(maps.Keys(changed)) {
		text, err := json.Marshal(g.choices[source])
		if err != nil {
			return err
		}
		if err := g.Store.SetRuntime(ctx, choicesKey(source), string(text)); err != nil {
			return err
		}
	}
	return nil
}

func choicesKey(source string) string { return "formats of " + source }

// Choices gives what the format auto has recognised in a source, by stream; empty for other formats.
func Choices(ctx context.Context, facts Facts, source string) (map[string]string, error) {
	choices := map[string]string{}
	text, err := facts.Runtime(ctx, choicesKey(source))
	if err != nil || text == "" {
		return choices, err
	}
	if err := json.Unmarshal([]byte(text), &choices); err != nil {
		return nil, fmt.Errorf("read the formats of source %s: %w", source, err)
	}
	return choices, nil
}
