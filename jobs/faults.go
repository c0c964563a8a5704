package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"authreport/config"
	"authreport/tail"
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

// storedFault is a fault as the store has it.
type storedFault struct {
	Text    string `json:"fault"`
	Missing bool   `json:"missing"`        // whether lines are missing for it
	Last    int64  `json:"last,omitempty"` // none of them is later, in seconds since 1970; 0: they may be of any time
}

// stored gives what is kept of a fault. A file that is not there, or is counted for another source, has no lines that are missing. In a file that nobody has
// written to since yesterday none is later than the file.
func (g *Ingester) stored(fault error) storedFault {
	s := storedFault{Text: fault.Error(), Missing: !errors.Is(fault, fs.ErrNotExist) && !errors.Is(fault, tail.ErrAlien)}
	if file := new(tail.FileError); errors.As(fault, &file) {
		info, err := os.Stat(file.Path)
		switch {
		case err != nil:
		case info.IsDir():
			s.Missing = errors.Is(fault, fs.ErrPermission)
		case info.ModTime().Before(g.Now().AddDate(0, 0, -1)):
			s.Last = info.ModTime().Unix()
		}
	}
	return s
}

// storeFaults keeps the faults of each source for Faults, if they have changed.
func (g *Ingester) storeFaults(ctx context.Context, faults []Fault) error {
	if g.faults == nil {
		g.faults = map[string]string{}
	}
	for _, source := range g.Sources {
		all := []storedFault{}
		for _, f := range faults {
			if f.Source == source.Name {
				all = append(all, g.stored(f.Err))
			}
		}
		encoded, err := json.Marshal(all)
		if err != nil {
			return err
		}
		stored, known := g.faults[source.Name]
		if !known {
			if stored, err = g.Store.Runtime(ctx, faultsKey(source.Name)); err != nil {
				return err
			}
		}
		if text := string(encoded); text != stored && (stored != "" || len(all) > 0) {
			if err := g.Store.SetRuntime(ctx, faultsKey(source.Name), text); err != nil {
				return err
			}
			stored = text
		}
		g.faults[source.Name] = stored
	}
	return nil
}

func faultsKey(source string) string { return "unread of " + source }

func storedFaults(ctx context.Context, facts Facts, source string) (all []storedFault, err error) {
	text, err := facts.Runtime(ctx, faultsKey(source))
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read the faults of source %s: %w", source, err)
	}
	return all, nil
}

// Faults gives what could not be read of a source, in words, when its logs were last looked at; empty if all was well.
func Faults(ctx context.Context, facts Facts, source string) (texts []string, err error) {
	all, err := storedFaults(ctx, facts, source)
	for _, f := range all {
		texts = append(texts, f.Text)
	}
	return texts, err
}
