package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"authreport/config"
)

// Facts keeps a text for each key. Its errors name the store.
type Facts interface {
	Runtime(ctx context.Context, key string) (value string, err error)
	SetRuntime(ctx context.Context, key, value string) error
}

// Fault is why something that a source names cannot be read.
type Fault struct {
	Source string
	Err    error // a *tail.FileError with path and remedy, for the most part
}

// String names the source and says what is wrong.
func (f Fault) String() string { return "source " + f.Source + ": " + f.Err.Error() }

// sortFaults puts faults into the order of the sources, and of their texts.
func sortFaults(faults []Fault, sources []config.Source) {
	place := map[string]int{}
	for i, s := range sources {
		place[s.Name] = i
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(place[a.Source], place[b.Source]), strings.Compare(a.Err.Error(), b.Err.Error()))
	})
}

// storeFaults keeps the faults of each source for Faults, if they have changed.
func (g *Ingester) storeFaults(ctx context.Context, faults []Fault) error {
	if g.faults == nil {
		g.faults = map[string]string{}
	}
	for _, source := range g.Sources {
		texts := []string{}
		for _, f := range faults {
			if f.Source == source.Name {
				texts = append(texts, f.Err.Error())
			}
		}
		encoded, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		stored, known := g.faults[source.Name]
		if !known {
			if stored, err = g.Store.Runtime(ctx, faultsKey(source.Name)); err != nil {
				return err
			}
		}
		if text := string(encoded); text != stored && (stored != "" || len(texts) > 0) {
			if err := g.Store.SetRuntime(ctx, faultsKey(source.Name), text); err != nil {
				return err
			}
			stored = text
		}
		g.faults[source.Name] = stored
	}
	return nil
}

func faultsKey(source string) string { return "faults of " + source }

// Faults gives what could not be read of a source, in words, when its logs were last looked at; empty if all was well.
func Faults(ctx context.Context, facts Facts, source string) ([]string, error) {
	text, err := facts.Runtime(ctx, faultsKey(source))
	if err != nil || text == "" {
		return nil, err
	}
	var faults []string
	if err := json.Unmarshal([]byte(text), &faults); err != nil {
		return nil, fmt.Errorf("read the faults of source %s: %w", source, err)
	}
	return slices.Clip(faults), nil
}
